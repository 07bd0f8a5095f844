//! A model-based test of the session lifecycle: a model ([`rules`]) and the real server ([`world`]) take the same
//! random steps ([`steps`]), and all invariants are checked after each step ([`promises`]). Clients are in several
//! places ([`places`]), and one of them is a thief that copies the owners' tokens.
//!
//! `PROPTEST_CASES=1000 cargo test --features ssr model` runs longer walks; a failure prints how to reproduce it.

mod places;
mod promises;
mod rules;
mod steps;
mod world;

use proptest::test_runner::{Config, RngSeed, TestRunner};
use proptest_state_machine::{ReferenceStateMachine as _, StateMachineTest as _};
use std::sync::atomic::{AtomicUsize, Ordering};
use steps::Walk;
use world::World;

/// Enough for thousands of steps, and for every way that a session can end at several ages.
const WALKS: u32 = 32;
const STEPS: std::ops::RangeInclusive<usize> = 100..=140;

/// The same walks in each run, so that results are reproducible.
#[test]
fn server_keeps_its_promises_on_known_walks() {
    walk(2);
}

/// Random walks, new at each run.
#[test]
fn server_keeps_its_promises_on_random_walks() {
    let RngSeed::Fixed(seed) = Config::default().rng_seed else {
        return walk(rand::random());
    };
    walk(seed);
}

fn walk(seed: u64) {
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { Config::default().cases } else { WALKS };
    let config = Config {
        cases,
        rng_seed: RngSeed::Fixed(seed),
        // A failure is reproduced by its seed, not by a file.
        failure_persistence: None,
        max_shrink_iters: 400,
        ..Config::default()
    };
    let steps = AtomicUsize::new(0);
    let outcome = TestRunner::new(config.clone()).run(&Walk::sequential_strategy(STEPS), |(model, walk, seen)| {
        steps.fetch_add(walk.len(), Ordering::Relaxed);
        World::test_sequential(config.clone(), model, walk, seen);
        Ok(())
    });
    let steps = steps.into_inner();
    println!("{steps} steps on {cases} walks, seed {seed}");
    if let Err(error) = outcome {
        panic!(
            "{error}\nAfter {steps} steps. Again: PROPTEST_RNG_SEED={seed} PROPTEST_CASES={cases} \
             cargo test --features ssr random_walks"
        );
    }
    assert!(steps >= cases as usize * STEPS.start(), "the walks were too short to prove anything");
}
