//! Decides which of the keys of one kind makes new tokens at a given time.
//!
//! Unless it is run with `--now`, a rotation adds a key that starts to sign later, at the time in the file. Until then servers
//! verify with it and sign with the previous key, which leaves time to copy the file to every server.

use super::facts::{KeyFacts, KeyKind, KeyState};
use crate::clock::Timestamp;
use std::cmp::Ordering;

/// The times of a key in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct KeyTimes {
    /// When it was created; `None` if the file has no readable time.
    pub created_at: Option<Timestamp>,
    /// When it starts to sign; `None` for a key that signs as soon as it is in the file.
    pub signs_from: Option<Timestamp>,
}

impl KeyTimes {
    fn has_started(self, now: Timestamp) -> bool {
        self.signs_from.is_none_or(|from| from <= now)
    }

    fn start(self) -> Option<Timestamp> {
        self.signs_from.or(self.created_at)
    }
}

/// A key of either kind.
pub(super) trait Key {
    const KIND: KeyKind;

    fn id(&self) -> &str;
    fn times(&self) -> KeyTimes;
}

/// Keys of one kind, at least one.
pub(super) struct NewestFirst<K> {
    newest: K,
    older: Vec<K>,
}

impl<K: Key> NewestFirst<K> {
    pub fn new(mut keys: Vec<K>) -> Option<Self> {
        let older = keys.split_off(1.min(keys.len()));
        Some(Self { newest: keys.pop()?, older })
    }

    pub fn iter(&self) -> impl Iterator<Item = &K> {
        std::iter::once(&self.newest).chain(&self.older)
    }

    pub fn oldest(&self) -> &K {
        self.older.last().unwrap_or(&self.newest)
    }

    /// The key that makes new tokens: the newest that has started. If none has, because the clock is wrong, it is the
    /// oldest, which other servers have known for the longest time.
    pub fn in_use(&self, now: Timestamp) -> &K {
        self.iter().find(|key| key.times().has_started(now)).unwrap_or_else(|| self.oldest())
    }

    /// The facts about the keys, newest first.
    pub fn facts(&self, now: Timestamp) -> Vec<KeyFacts> {
        let in_use = self.iter().position(|key| key.times().has_started(now)).unwrap_or(self.older.len());
        let newer = std::iter::once(None).chain(self.iter().map(|key| Some(key.times())));
        let facts = |(n, (key, newer)): (usize, (&K, Option<KeyTimes>))| {
            let times = key.times();
            let state = match (n.cmp(&in_use), times.signs_from) {
                (Ordering::Less, Some(signs_from)) => KeyState::Published { signs_from },
                (Ordering::Equal, _) => KeyState::InUse,
                // A key was not replaced before it started, even if the clock was set back in between.
                _ => KeyState::Older {
                    replaced_at: newer.and_then(KeyTimes::start).zip(times.start()).map(|(newer, own)| newer.max(own)),
                },
            };
            KeyFacts { id: key.id().to_owned(), kind: K::KIND, created_at: times.created_at, state }
        };
        self.iter().zip(newer).enumerate().map(facts).collect()
    }

    /// Whether these are the same keys with the same times.
    pub fn is_same(&self, other: &Self) -> bool {
        let entry = |key: &K| (key.id().to_owned(), key.times());
        self.iter().map(entry).eq(other.iter().map(entry))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct TestKey(&'static str, KeyTimes);

    impl Key for TestKey {
        const KIND: KeyKind = KeyKind::Signing;

        fn id(&self) -> &str {
            self.0
        }

        fn times(&self) -> KeyTimes {
            self.1
        }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    /// A key that signs as soon as it is in the file.
    fn at_once(id: &'static str, created_at: i64) -> TestKey {
        TestKey(id, KeyTimes { created_at: Some(at(created_at)), signs_from: None })
    }

    /// A key that signs a minute after its creation.
    fn published(id: &'static str, created_at: i64) -> TestKey {
        TestKey(id, KeyTimes { created_at: Some(at(created_at)), signs_from: Some(at(created_at + 60)) })
    }

    fn keys<const N: usize>(keys: [TestKey; N]) -> NewestFirst<TestKey> {
        NewestFirst::new(keys.into()).unwrap()
    }

    #[track_caller]
    fn assert_in_use<const N: usize>(keys: &NewestFirst<TestKey>, expected: [(i64, &str); N]) {
        for (second, id) in expected {
            assert_eq!(keys.in_use(at(second)).0, id, "at {second} s");
            let facts = keys.facts(at(second));
            let in_use: Vec<_> = facts.iter().filter(|key| key.state == KeyState::InUse).map(|key| &key.id).collect();
            assert_eq!(in_use, [id], "at {second} s");
        }
    }

    fn states(keys: &NewestFirst<TestKey>, now: i64) -> Vec<KeyState> {
        keys.facts(at(now)).into_iter().map(|key| key.state).collect()
    }

    fn older(replaced_at: i64) -> KeyState {
        KeyState::Older { replaced_at: Some(at(replaced_at)) }
    }

    #[test]
    fn published_key_signs_from_its_time_on() {
        let keys = keys([published("new", 100), at_once("old", 10)]);
        assert_in_use(&keys, [(0, "old"), (100, "old"), (159, "old"), (160, "new"), (1_000_000, "new")]);
        assert!(!published("new", 100).1.has_started(Timestamp::from_millis(159_999)));
        assert_eq!(states(&keys, 159), [KeyState::Published { signs_from: at(160) }, KeyState::InUse]);
        assert_eq!(states(&keys, 160), [KeyState::InUse, older(160)], "replaced when the new one signs, not earlier");
    }

    #[test]
    fn key_without_a_time_signs_at_once() {
        let keys = keys([at_once("new", 100), at_once("old", 10)]);
        assert_in_use(&keys, [(0, "new"), (99, "new"), (100, "new")]);
        assert_eq!(states(&keys, 0), [KeyState::InUse, older(100)]);
    }

    #[test]
    fn single_published_key_signs_before_its_time() {
        assert_in_use(&keys([published("only", 100)]), [(0, "only"), (160, "only")]);
        assert_in_use(&keys([published("new", 200), published("old", 100)]), [(0, "old"), (160, "old"), (260, "new")]);
    }

    #[test]
    fn second_rotation_within_the_minute_signs_after_the_first() {
        let keys = keys([published("second", 120), published("first", 100), at_once("old", 10)]);
        assert_in_use(&keys, [(159, "old"), (160, "first"), (179, "first"), (180, "second")]);
        let published = |signs_from| KeyState::Published { signs_from: at(signs_from) };
        assert_eq!(states(&keys, 159), [published(180), published(160), KeyState::InUse]);
        assert_eq!(states(&keys, 160), [published(180), KeyState::InUse, older(160)]);
        assert_eq!(states(&keys, 180), [KeyState::InUse, older(180), older(160)]);
    }

    #[test]
    fn rotation_at_once_overtakes_a_published_key() {
        let keys = keys([at_once("replacement", 110), published("leaked", 100), at_once("old", 10)]);
        assert_in_use(&keys, [(110, "replacement"), (160, "replacement"), (1000, "replacement")]);
        // Later than the truth is safe: an older key stays for longer.
        assert_eq!(states(&keys, 110), [KeyState::InUse, older(160), older(160)]);
    }

    #[test]
    fn key_of_unknown_age_has_no_end_time() {
        let unknown = TestKey("old", KeyTimes { created_at: None, signs_from: None });
        assert_eq!(
            states(&keys([published("new", 100), unknown]), 160),
            [KeyState::InUse, KeyState::Older { replaced_at: None }]
        );
    }

    #[test]
    fn same_keys_with_another_time_are_a_change() {
        let (later, sooner) = (keys([published("key", 100)]), keys([published("key", 99)]));
        assert!(later.is_same(&keys([published("key", 100)])));
        assert!(!later.is_same(&sooner) && !later.is_same(&keys([published("other", 100)])));
        assert!(!later.is_same(&keys([published("key", 100), published("other", 100)])));
    }
}
