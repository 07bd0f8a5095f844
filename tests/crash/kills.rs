//! Clients use a server that is killed repeatedly, and check every guarantee.

mod sqlite;

use crate::client::{Client, Tally};
use crate::site::{Running, Site, fresh_seed};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use std::hint::spin_loop;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

const CLIENTS: usize = 4;
const KILLS: usize = 40;

/// Longer than a single answer may take, so that a hanging server does not block the tests.
const TIMEOUT: Duration = Duration::from_secs(30);

#[test]
fn acknowledged_write_survives_kill_9() {
    let site = Site::new();
    let tally = deaths(&site, KILLS, |server, rng| {
        for _ in 0..rng.random_range(0..20_000) {
            spin_loop();
        }
        server.kill();
    });
    assert!(tally.rotations > 100 && tally.revocations > 0 && tally.retries > 0, "too little happened: {tally:?}");
}

/// Runs the clients and kills the server repeatedly, each time after a random number of answers; then checks everything
/// once more.
fn deaths(site: &Site, count: usize, die: impl Fn(Running, &mut StdRng)) -> Tally {
    let seed = std::env::var("CRASH_TEST_SEED").map_or_else(|_| fresh_seed(), |seed| seed.parse().unwrap());
    println!("to repeat the choices of this run: CRASH_TEST_SEED={seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    let mut clients: Vec<Client> = (0..CLIENTS)
        .map(|number| Client::new(format!("client-{number}"), StdRng::seed_from_u64(rng.random())))
        .collect();

    for _ in 0..count {
        let server = site.start();
        let (api, dying) = (server.api, &AtomicBool::new(false));
        let (acknowledged, answers) = mpsc::channel();
        thread::scope(|scope| {
            for client in &mut clients {
                let acknowledged = acknowledged.clone();
                scope.spawn(move || {
                    // The receiver may have gone.
                    let lost = client.work(api, || {
                        let _ = acknowledged.send(());
                    });
                    assert!(dying.load(Ordering::SeqCst), "a server in good health owes an answer: {lost:?}");
                });
            }
            drop(acknowledged);
            for _ in 0..rng.random_range(1..=80) {
                answers.recv_timeout(TIMEOUT).unwrap();
            }
            dying.store(true, Ordering::SeqCst);
            die(server, &mut rng);
        });
    }

    let server = site.start();
    let mut tally = Tally::default();
    for client in &mut clients {
        client.settle(server.api);
        tally += client.tally;
    }
    println!("{count} deaths: {tally:?}");
    tally
}
