//! Decides which older keys may be removed. A key may be removed if no live token needs it.

use super::{KeyFacts, KeyKind, KeyState};
use crate::clock::Timestamp;
use crate::sessions::lifetimes::Lifetimes;
use std::time::Duration;

/// A running server may use a replaced key for this long: until it has loaded the changed file, or until its clock, which
/// may be behind, has reached the time from which the new key signs.
const SWITCH_MARGIN: Duration = Duration::from_secs(60);

/// Why a key is not removed. Each message says what to do.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum RetireError {
    /// The keyring has no key with this id.
    #[error("there is no key {0:?}: the command `key list` shows those that are there")]
    NoSuchKey(String),
    /// New tokens are made with the key.
    #[error("new tokens are made with {id}, the {kind} in use: {remedy}", kind = kind.name(), remedy = remedy(*until))]
    InUse {
        /// The id of the key.
        id: String,
        /// What the key is for.
        kind: KeyKind,
        /// When a newer key, which is already published, replaces it.
        until: Option<Timestamp>,
    },
    /// The key will make new tokens.
    #[error(
        "{id} is the {kind} that makes new tokens from {signs_from} on. If it has leaked, run the command \
         `key rotate --now` first, which replaces it at once",
        kind = kind.name()
    )]
    Published {
        /// The id of the key.
        id: String,
        /// What the key is for.
        kind: KeyKind,
        /// When it starts.
        signs_from: Timestamp,
    },
    /// Live tokens may need the key.
    #[error(
        "{id} may still be needed: {holders}. It can go {when}; --now removes it at once, and {consequence}",
        when = when(*until),
        holders = kind.holders(),
        consequence = kind.consequence()
    )]
    Needed {
        /// The id of the key.
        id: String,
        /// What the key is for.
        kind: KeyKind,
        /// When no live token can need it any more; `None` if that is unknown.
        until: Option<Timestamp>,
    },
}

impl KeyKind {
    /// The name in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Signing => "signing key",
            Self::Secret => "refresh-token secret",
        }
    }

    fn holders(self) -> &'static str {
        match self {
            Self::Signing => "it verifies access tokens that have not expired",
            Self::Secret => "it verifies the refresh tokens of sessions that have not refreshed since it was replaced",
        }
    }

    fn consequence(self) -> &'static str {
        match self {
            Self::Signing => "refuses those access tokens (browsers get new ones by themselves)",
            Self::Secret => "ends the sessions that have not been refreshed since it was replaced",
        }
    }
}

fn remedy(until: Option<Timestamp>) -> String {
    match until {
        Some(until) => {
            format!("a newer one replaces it at {until}; if it has leaked, run the command `key rotate --now` first")
        }
        None => "run the command `key rotate` first, or `key rotate --now` if it has leaked".to_owned(),
    }
}

fn when(until: Option<Timestamp>) -> String {
    match until {
        Some(until) => format!("after {until}"),
        None => "at no known time, for the keyring does not tell when it was replaced".to_owned(),
    }
}

/// Checks, by the lifetimes in the settings and the times in the file, that no live token can need this key.
///
/// # Errors
/// [`RetireError::InUse`], [`RetireError::Published`] and [`RetireError::Needed`].
pub fn check_retirable(key: &KeyFacts, lifetimes: &Lifetimes, now: Timestamp) -> Result<(), RetireError> {
    let replaced_at = match key.state {
        KeyState::Published { signs_from } => {
            return Err(RetireError::Published { id: key.id.clone(), kind: key.kind, signs_from });
        }
        KeyState::InUse => return Err(RetireError::InUse { id: key.id.clone(), kind: key.kind, until: None }),
        KeyState::Older { replaced_at } => replaced_at,
    };
    let lifetime = match key.kind {
        KeyKind::Signing => lifetimes.access_token_ttl,
        KeyKind::Secret => lifetimes.longest_unused(),
    };
    let until = replaced_at.map(|replaced_at| replaced_at.after(lifetime).after(SWITCH_MARGIN));
    match until {
        Some(until) if now >= until => Ok(()),
        until => Err(RetireError::Needed { id: key.id.clone(), kind: key.kind, until }),
    }
}

/// Picks the key with this id. `at_once` removes an older key even if live tokens need it, but never the one in use or a
/// newer one.
///
/// # Errors
/// [`RetireError`].
pub fn pick(
    keys: &[KeyFacts],
    id: &str,
    lifetimes: &Lifetimes,
    at_once: bool,
    now: Timestamp,
) -> Result<Vec<KeyFacts>, RetireError> {
    let key = keys.iter().find(|key| key.id == id).ok_or_else(|| RetireError::NoSuchKey(id.to_owned()))?;
    match check_retirable(key, lifetimes, now) {
        Err(RetireError::Needed { .. }) if at_once => {}
        Err(RetireError::InUse { id, kind, .. }) => {
            return Err(RetireError::InUse { id, kind, until: next_start(keys, kind) });
        }
        other => other?,
    }
    Ok(vec![key.clone()])
}

/// When the first of the published keys of this kind starts to sign.
fn next_start(keys: &[KeyFacts], kind: KeyKind) -> Option<Timestamp> {
    let starts = keys.iter().filter(|key| key.kind == kind).map(|key| key.state);
    starts.filter_map(KeyState::signs_from).min()
}

/// Picks every key that no live token needs.
pub fn pick_all(keys: &[KeyFacts], lifetimes: &Lifetimes, now: Timestamp) -> Vec<KeyFacts> {
    keys.iter().filter(|key| check_retirable(key, lifetimes, now).is_ok()).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sessions::lifetimes::Lifetime;

    const MINUTE: Duration = Duration::from_secs(60);
    const HOUR: Duration = Duration::from_secs(60 * 60);

    fn lifetimes() -> Lifetimes {
        let remembered = Lifetime { idle: 50 * HOUR, absolute: 40 * HOUR };
        Lifetimes {
            access_token_ttl: 5 * MINUTE,
            remembered,
            browser_session: Lifetime { idle: 2 * HOUR, absolute: 90 * HOUR },
        }
    }

    fn replaced_at(kind: KeyKind, replaced_at: Option<Timestamp>) -> KeyFacts {
        KeyFacts { id: "older".to_owned(), kind, created_at: None, state: KeyState::Older { replaced_at } }
    }

    #[test]
    fn key_is_retirable_after_its_last_token_expires() {
        let start = Timestamp::from_millis(1_000_000);
        // For each kind of session the shorter lifetime (idle or absolute) counts, and of the two kinds the longer one.
        for (kind, lifetime) in [(KeyKind::Signing, 5 * MINUTE), (KeyKind::Secret, 40 * HOUR)] {
            let key = replaced_at(kind, Some(start));
            let end = start.after(lifetime).after(SWITCH_MARGIN);
            assert_eq!(check_retirable(&key, &lifetimes(), end), Ok(()));
            let before = Timestamp::from_millis(end.millis() - 1);
            let needed = RetireError::Needed { id: "older".to_owned(), kind, until: Some(end) };
            assert_eq!(check_retirable(&key, &lifetimes(), before), Err(needed));
        }
    }

    #[test]
    fn key_of_unknown_age_is_retired_only_with_now() {
        let keys = [replaced_at(KeyKind::Secret, None)];
        let late = Timestamp::from_millis(i64::MAX);
        assert!(pick(&keys, "older", &lifetimes(), false, late).is_err());
        assert!(pick(&keys, "older", &lifetimes(), true, late).is_ok());
        assert!(pick_all(&keys, &lifetimes(), late).is_empty());
    }

    #[test]
    fn key_in_use_and_published_key_cannot_be_retired() {
        let (kind, now) = (KeyKind::Signing, Timestamp::from_millis(0));
        let signs_from = Timestamp::from_millis(61_000);
        let in_use = KeyFacts { state: KeyState::InUse, ..replaced_at(kind, None) };
        let published =
            KeyFacts { id: "new".to_owned(), state: KeyState::Published { signs_from }, ..replaced_at(kind, None) };
        let other = KeyFacts { state: KeyState::Published { signs_from: now }, ..replaced_at(KeyKind::Secret, None) };
        let pick = |keys: &[KeyFacts], id| pick(keys, id, &lifetimes(), true, now).unwrap_err();
        let refused = |until| RetireError::InUse { id: "older".to_owned(), kind, until };
        assert_eq!(pick(&[in_use.clone(), other.clone()], "older"), refused(None));
        let keys = [published, in_use, other];
        assert_eq!(pick(&keys, "older"), refused(Some(signs_from)));
        assert_eq!(pick(&keys, "new"), RetireError::Published { id: "new".to_owned(), kind, signs_from });
        assert!(pick_all(&keys, &lifetimes(), Timestamp::from_millis(i64::MAX)).is_empty());
    }
}
