//! Three servers on one database, each with its own copy of the keyring, while calls go on.

use super::kid;
use crate::support::{Server, Tokens};
use latchkey_core::clock::Clock as _;
use latchkey_core::random::SystemRandom;
use latchkey_core::sessions::keyring::file::RELOAD_INTERVAL;
use latchkey_core::sessions::keyring::file::{self, PUBLICATION_PERIOD, Start};
use std::collections::HashSet;
use std::fs;
use std::time::Duration;

/// The calls of a client are this far apart.
const STEP: Duration = Duration::from_millis(500);

/// Three servers, whose clocks differ, and a client that calls them in turn.
struct Cluster {
    servers: [Server; 3],
    steps: u32,
    tokens: Tokens,
    /// The keys of the access tokens that the client got.
    kids: HashSet<String>,
    /// Descriptions of the refused calls.
    refused: Vec<String>,
}

impl Cluster {
    async fn start() -> Self {
        let first = Server::start().await;
        let servers = [first.beside(-400).await, first.beside(500).await];
        let [second, third] = servers;
        let tokens = first.register("ada").await;
        Self { servers: [first, second, third], steps: 0, tokens, kids: HashSet::new(), refused: Vec::new() }
    }

    /// Rotates the keys in the first server's file. The other servers get copies after these times.
    async fn rotate_keys(&mut self, start: Start, delays: [Duration; 2]) {
        let first = &self.servers[0];
        let source = first.app.settings.server.keyring.clone();
        file::rotate(&source, &SystemRandom, first.clock.now(), start).unwrap();
        let mut passed = Duration::ZERO;
        let mut copies: Vec<_> =
            self.servers[1..].iter().map(|server| server.app.settings.server.keyring.clone()).zip(delays).collect();
        loop {
            copies.retain(|(copy, delay)| {
                if passed >= *delay {
                    fs::copy(&source, copy).unwrap();
                }
                passed < *delay
            });
            if copies.is_empty() {
                return;
            }
            self.step().await;
            passed += STEP;
        }
    }

    async fn run_for(&mut self, time: Duration) {
        for _ in 0..time.div_duration_f64(STEP) as u32 {
            self.step().await;
        }
    }

    /// Moves the clocks. Each server checks its file every [`RELOAD_INTERVAL`], not all at one time. Then the client refreshes at
    /// one server, retries at the next, and presents its access token at all.
    async fn step(&mut self) {
        self.steps += 1;
        for (server, phase) in self.servers.iter().zip(0..) {
            server.clock.advance(STEP);
            if (STEP * (self.steps + phase)).as_millis().is_multiple_of(RELOAD_INTERVAL.as_millis()) {
                server.app.server.sessions.live_keyring().check().unwrap();
            }
        }
        let turn = self.steps as usize % 3;
        let (here, there) = (&self.servers[turn], &self.servers[(turn + 1) % 3]);
        let parent = self.tokens.refresh.clone();
        let answer = here.refresh(&parent).await;
        if answer.status != 200 {
            self.refused.push(format!("refresh at step {}: {}", self.steps, answer.text));
            return;
        }
        self.tokens = answer.tokens();
        self.kids.insert(kid(&self.tokens.access).to_string());
        let retry = there.refresh(&parent).await;
        if retry.status != 200 || retry.tokens().refresh != self.tokens.refresh {
            self.refused.push(format!("retry at step {}: {}", self.steps, retry.text));
        }
        for server in &self.servers {
            let answer = server.get_as(&self.tokens.access, "/api/me").await;
            if answer.status != 200 {
                self.refused.push(format!("access at step {}: {}", self.steps, answer.text));
            }
        }
    }
}

#[tokio::test]
async fn rotation_on_three_servers_refuses_no_token() {
    let mut cluster = Cluster::start().await;
    cluster.run_for(Duration::from_secs(2)).await;
    cluster.rotate_keys(Start::Published, [Duration::from_secs(1), Duration::from_secs(2)]).await;
    cluster.run_for(PUBLICATION_PERIOD - Duration::from_secs(3)).await;
    assert_eq!(cluster.kids.len(), 1, "the new key does not sign yet");
    cluster.run_for(Duration::from_secs(5)).await;
    assert_eq!(cluster.refused, [""; 0]);
    assert_eq!(cluster.kids.len(), 2);
    for server in &cluster.servers {
        let signs = &server.get("/.well-known/jwks.json").await.json()["keys"][0]["kid"];
        assert_eq!(*signs, kid(&cluster.tokens.access), "all servers sign with the new key");
        cluster.tokens = server.rotate(&cluster.tokens.refresh).await;
        assert_eq!(*signs, kid(&cluster.tokens.access));
    }
}

#[tokio::test]
async fn copy_within_the_minute_is_in_time() {
    let mut cluster = Cluster::start().await;
    cluster.rotate_keys(Start::Published, [Duration::ZERO, Duration::from_secs(58)]).await;
    cluster.run_for(Duration::from_secs(8)).await;
    assert_eq!(cluster.refused, [""; 0]);
    assert_eq!(cluster.kids.len(), 2);
}

#[tokio::test]
async fn two_rotations_within_the_minute_refuse_no_token() {
    let mut cluster = Cluster::start().await;
    for _ in 0..2 {
        cluster.rotate_keys(Start::Published, [Duration::from_secs(2), Duration::from_secs(1)]).await;
        cluster.run_for(Duration::from_secs(20)).await;
    }
    cluster.run_for(PUBLICATION_PERIOD).await;
    assert_eq!(cluster.refused, [""; 0]);
    assert_eq!(cluster.kids.len(), 3);
}

#[tokio::test]
async fn rotation_at_once_is_refused_until_the_file_is_read() {
    let mut cluster = Cluster::start().await;
    cluster.rotate_keys(Start::AtOnce, [Duration::from_secs(1), Duration::from_secs(2)]).await;
    cluster.run_for(Duration::from_secs(2)).await;
    let refused = cluster.refused.len();
    for kind in ["refresh", "retry", "access"] {
        assert!(cluster.refused.iter().any(|call| call.starts_with(kind)), "{kind}: {:?}", cluster.refused);
    }
    cluster.run_for(Duration::from_secs(10)).await;
    assert_eq!(cluster.refused.len(), refused, "no more once all have read it: {:?}", cluster.refused);
}
