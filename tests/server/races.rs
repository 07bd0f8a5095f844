//! Concurrent requests: what a race may decide and what it must not.

use crate::support::{Answer, PASSWORD, Server, Tokens};
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{Rng as _, SeedableRng as _};
use serde_json::json;
use std::collections::HashSet;
use std::sync::Arc;
use std::task::Poll;
use tokio::sync::Barrier;
use tokio::task::{JoinSet, yield_now};

/// Runs the same work many times concurrently, starting when all are ready. Returns the results in the order of `work`.
async fn at_once<W, T, F>(work: impl IntoIterator<Item = W>, job: impl Fn(W) -> F) -> Vec<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let jobs: Vec<F> = work.into_iter().map(job).collect();
    let barrier = Arc::new(Barrier::new(jobs.len()));
    let tasks: Vec<_> = jobs
        .into_iter()
        .map(|job| {
            let barrier = barrier.clone();
            tokio::spawn(async move {
                barrier.wait().await;
                job.await
            })
        })
        .collect();
    let mut results = Vec::new();
    for task in tasks {
        results.push(task.await.unwrap());
    }
    results
}

async fn refresh_with_all(server: &Arc<Server>, tokens: impl IntoIterator<Item = String>) -> Vec<Answer> {
    at_once(tokens, |token| {
        let server = server.clone();
        async move { server.refresh(&token).await }
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn hundred_parallel_refreshes_get_one_successor() {
    let server = Arc::new(Server::start().await);
    let first = server.register("ada").await;
    let answers = refresh_with_all(&server, vec![first.refresh.clone(); 100]).await;

    let mut successors = HashSet::new();
    let mut accesses = HashSet::new();
    for answer in &answers {
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(answer.tokens().claims()["gen"], 1);
        successors.insert(answer.tokens().refresh);
        accesses.insert(answer.tokens().access);
    }
    assert_eq!(successors.len(), 1);
    assert_eq!(accesses.len(), 100, "each its own access token");
    assert_eq!(server.sql("SELECT generation FROM sessions").await, "1");
    for access in accesses {
        assert_eq!(server.get_as(&access, "/api/me").await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tokens_refreshed_before_a_revocation_are_revoked() {
    let server = Arc::new(Server::with(&["--sign-ins-per-hour", "100"]).await);
    server.register("ada").await;
    let mut random = StdRng::seed_from_u64(7);
    let (mut refreshed_first, mut revoked_first) = (0, 0);
    for round in 0..80 {
        let tokens = server.log_in("ada").await;
        let mut jobs: Vec<Option<u32>> = vec![None, Some(0), Some(1), Some(2)];
        jobs.shuffle(&mut random);
        let delays: Vec<usize> = jobs.iter().map(|_| random.random_range(0..12)).collect();
        let answers = at_once(jobs.into_iter().zip(delays), |(job, delay)| {
            let (server, tokens) = (server.clone(), tokens.clone());
            async move {
                for _ in 0..delay {
                    yield_now().await;
                }
                if job.is_some() {
                    return Some(server.refresh(&tokens.refresh).await);
                }
                let body = json!({ "refreshToken": tokens.refresh });
                assert_eq!(server.post("/api/token/revoke", body).await.status, 204);
                // From here on, also for requests in flight.
                server.get_as(&tokens.access, "/api/me").await.problem(401, "invalid_token");
                server.refresh(&tokens.refresh).await.refused("logged_out");
                None
            }
        })
        .await;
        for answer in answers.into_iter().flatten() {
            if answer.status == 200 {
                refreshed_first += 1;
                assert_dead(&server, &answer.tokens(), "logged_out").await;
            } else {
                revoked_first += 1;
                answer.refused("logged_out");
            }
        }
        assert_eq!(server.sql("SELECT COUNT(*) FROM sessions WHERE revoked_at IS NULL").await, "1", "round {round}");
    }
    assert!(refreshed_first > 0 && revoked_first > 0, "a race has two ends: {refreshed_first}, {revoked_first}");
}

/// Other devices refresh as fast as they can during the password change: the tokens of the last refresh are refused
/// once the change is acknowledged.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tokens_refreshed_before_a_password_change_are_revoked() {
    let server = Arc::new(Server::start().await);
    let mut here = server.register("ada").await;
    let passwords = [PASSWORD, "violet umbrella on a quiet tram"];
    for round in 0..6 {
        let (current, new) = (passwords[round % 2], passwords[(round + 1) % 2]);
        let mut others = Vec::new();
        for _ in 0..3 {
            let body = json!({ "username": "ada", "password": current });
            others.push(server.post("/api/auth/login", body).await.tokens());
        }
        let refreshing: Vec<_> = others
            .into_iter()
            .map(|mut tokens| {
                let server = server.clone();
                tokio::spawn(async move {
                    for rotations in 0.. {
                        let answer = server.refresh(&tokens.refresh).await;
                        if answer.status != 200 {
                            answer.refused("password_changed");
                            return (tokens, rotations);
                        }
                        tokens = answer.tokens();
                    }
                    unreachable!()
                })
            })
            .collect();
        let body = json!({ "currentPassword": current, "newPassword": new });
        let changed = server.post_as(&here.access, "/api/account/password", body).await;
        assert_eq!(changed.status, 200, "{}", changed.text);
        here = changed.tokens();
        assert_eq!(server.sql("SELECT COUNT(*) FROM sessions WHERE revoked_at IS NULL").await, "1", "round {round}");
        for task in refreshing {
            let (last, rotations) = task.await.unwrap();
            assert!(rotations > 0, "no session was there to be ended");
            assert_dead(&server, &last, "password_changed").await;
        }
        assert_eq!(server.get_as(&here.access, "/api/me").await.status, 200);
    }
}

async fn assert_dead(server: &Server, tokens: &Tokens, reason: &str) {
    server.get_as(&tokens.access, "/api/me").await.problem(401, "invalid_token");
    server.refresh(&tokens.refresh).await.refused(reason);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn registrations_in_many_spellings_make_one_account() {
    let server = Arc::new(Server::start().await);
    let spellings =
        ["josé", "JOSÉ", "José", "Jose\u{301}", "JOSE\u{301}", "ｊｏｓé", "ＪＯＳÉ", " josé", "josé ", "jOSé"];
    let answers = at_once(spellings, |name| {
        let server = server.clone();
        async move { server.post("/api/auth/register", json!({ "username": name, "password": PASSWORD })).await }
    })
    .await;
    let (made, taken): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 201);
    assert_eq!(made.len(), 1);
    for answer in taken {
        answer.problem(409, "username_taken");
    }
    for (query, count) in [
        ("SELECT COUNT(*) FROM users", "1"),
        ("SELECT COUNT(*) FROM sessions", "1"),
        ("SELECT COUNT(*) FROM events", "2"),
    ] {
        assert_eq!(server.sql(query).await, count, "{query}");
    }
    assert_eq!(server.get_as(&made[0].tokens().access, "/api/me").await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parallel_replays_end_the_session_once() {
    let server = Arc::new(Server::start().await);
    let first = server.register("ada").await;
    let second = server.rotate(&first.refresh).await;
    let third = server.rotate(&second.refresh).await;
    for answer in refresh_with_all(&server, vec![first.refresh.clone(); 8]).await {
        answer.refused("replayed");
    }
    assert_dead(&server, &third, "replayed").await;
    assert_eq!(server.sql("SELECT COUNT(*) FROM events WHERE kind = 'replay_detected'").await, "1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn replay_during_the_owners_refresh_ends_the_session() {
    let server = Arc::new(Server::start().await);
    server.register("ada").await;
    for _ in 0..20 {
        let first = server.log_in("ada").await;
        let second = server.rotate(&first.refresh).await;
        let third = server.rotate(&second.refresh).await;
        let answers = refresh_with_all(&server, [first.refresh, third.refresh.clone()]).await;
        answers[0].refused("replayed");
        match answers[1].status {
            200 => assert_dead(&server, &answers[1].tokens(), "replayed").await,
            _ => answers[1].refused("replayed"),
        }
        assert_dead(&server, &third, "replayed").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parallel_logins_open_a_session_each() {
    // Twelve attempts at one account at once are more than a person makes.
    let server = Arc::new(Server::with(&["--throttle", "off"]).await);
    server.register("ada").await;
    let logins = at_once(0..12, |_| {
        let server = server.clone();
        async move { server.log_in("ada").await }
    })
    .await;
    let sessions: HashSet<String> = logins.iter().map(|tokens| tokens.claims()["sid"].to_string()).collect();
    assert_eq!(sessions.len(), 12);
    assert_eq!(server.sql("SELECT COUNT(*) FROM sessions").await, "13");
    for tokens in logins {
        server.rotate(&tokens.refresh).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sessions_refreshed_in_parallel_are_not_mixed_up() {
    let server = Arc::new(Server::start().await);
    let mut signed_in = Vec::new();
    for name in ["ada", "grace", "mary"] {
        signed_in.push(server.register(name).await);
        for _ in 0..4 {
            signed_in.push(server.log_in(name).await);
        }
    }
    at_once(signed_in, |first| {
        let server = server.clone();
        async move {
            let mut tokens = first.clone();
            for generation in 1..=20 {
                let parent = tokens.refresh.clone();
                tokens = server.rotate(&parent).await;
                let (claims, was) = (tokens.claims(), first.claims());
                assert_eq!(claims["gen"], generation);
                for same in ["sid", "sub", "username"] {
                    assert_eq!(claims[same], was[same], "{same}");
                }
                assert_eq!(server.rotate(&parent).await.refresh, tokens.refresh, "a retry gets its own session's head");
                let me = server.get_as(&tokens.access, "/api/me").await.json();
                assert_eq!(me["session"]["id"], was["sid"]);
                assert_eq!(me["user"]["username"], was["username"]);
            }
        }
    })
    .await;
    assert_eq!(server.sql("SELECT COUNT(*) FROM sessions WHERE generation = 20").await, "15");
    assert_eq!(server.sql("SELECT COUNT(*) FROM sessions WHERE confirmed_generation = 20").await, "15");
}

/// A request whose client hangs up may have been processed or not. In both cases the same token presented again gets
/// the one successor, and the session lives.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn refresh_after_a_dropped_request_returns_the_successor() {
    let server = Arc::new(Server::start().await);
    let mut tokens = server.register("ada").await;
    let (mut answered, mut dropped) = (0, 0);
    for polls_before_hanging_up in 0..120 {
        let before: u32 = server.sql("SELECT generation FROM sessions").await.parse().unwrap();
        {
            let mut request = std::pin::pin!(server.refresh(&tokens.refresh));
            let mut polls = 0;
            std::future::poll_fn(|context| {
                polls += 1;
                if polls > polls_before_hanging_up % 12 || request.as_mut().poll(context).is_ready() {
                    return Poll::Ready(());
                }
                context.waker().wake_by_ref();
                Poll::Pending
            })
            .await;
        }
        let mut others = JoinSet::new();
        for _ in 0..2 {
            let (server, token) = (server.clone(), tokens.refresh.clone());
            others.spawn(async move { server.rotate(&token).await });
        }
        let successors = others.join_all().await;
        assert_eq!(successors[0].refresh, successors[1].refresh);
        assert_eq!(successors[0].claims()["gen"], before + 1);
        if polls_before_hanging_up % 12 == 0 {
            dropped += 1
        } else {
            answered += 1
        }
        tokens = successors.into_iter().next().unwrap();
        assert_eq!(server.get_as(&tokens.access, "/api/me").await.status, 200);
    }
    assert!(answered > 0 && dropped > 0);
    assert_eq!(server.sql("SELECT generation FROM sessions").await, "120");
}
