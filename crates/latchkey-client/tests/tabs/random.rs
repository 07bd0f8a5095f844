//! Walks of two and of five tabs at random. A failure prints the shortest walk to it.

use crate::promises;
use crate::walks::{Action, calm, rough, walk};
use crate::world::{Abilities, MODERN};
use proptest::collection::vec;
use proptest::prelude::*;
use std::fmt;

const WALKS: u32 = 64;

/// The choices of what runs next, printed on one line.
#[derive(Clone)]
struct Choices(Vec<u8>);

impl fmt::Debug for Choices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

fn choices() -> impl Strategy<Value = Choices> {
    vec(any::<u8>(), 1..64).prop_map(Choices)
}

fn steps(of: BoxedStrategy<Action>) -> impl Strategy<Value = Vec<Action>> {
    vec(of, 1..60)
}

/// In a modern browser, each generation is refreshed once.
fn calm_walk(tabs: usize, remember: bool, choices: Choices, actions: &[Action]) {
    let world = walk(MODERN, tabs, remember, choices.0, actions);
    promises::sessions_have_no_replay(&world);
    promises::each_generation_was_refreshed_once(&world);
    promises::logouts_reach_the_server(&world);
}

/// A browser that may lack abilities, with every kind of fault. Without a channel, duplicated tabs cannot exchange
/// tokens, so replays are possible.
fn rough_walk(abilities: Abilities, tabs: usize, remember: bool, choices: Choices, actions: &[Action]) {
    let world = walk(abilities, tabs, remember, choices.0, actions);
    if abilities.channel {
        promises::sessions_have_no_replay(&world);
    }
}

prop_compose! {
    fn abilities()(locks: bool, channel: bool) -> Abilities {
        Abilities { locks, channel }
    }
}

/// Enough walks for a few seconds.
fn config() -> ProptestConfig {
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { ProptestConfig::default().cases } else { WALKS };
    // The failure prints the walk, so no file has to keep it.
    ProptestConfig { cases, max_shrink_iters: 400, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn two_tabs_without_faults_keep_the_promises(remember: bool, choices in choices(), actions in steps(calm())) {
        calm_walk(2, remember, choices, &actions);
    }

    #[test]
    fn five_tabs_without_faults_keep_the_promises(remember: bool, choices in choices(), actions in steps(calm())) {
        calm_walk(5, remember, choices, &actions);
    }

    #[test]
    fn two_tabs_with_faults_keep_the_promises(
        abilities in abilities(), remember: bool, choices in choices(), actions in steps(rough()),
    ) {
        rough_walk(abilities, 2, remember, choices, &actions);
    }

    #[test]
    fn five_tabs_with_faults_keep_the_promises(
        abilities in abilities(), remember: bool, choices in choices(), actions in steps(rough()),
    ) {
        rough_walk(abilities, 5, remember, choices, &actions);
    }
}
