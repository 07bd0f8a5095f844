//! The token record: one JSON value under one key, in the local or the session storage, or in memory when the browser
//! refuses both.
//!
//! Nothing is cached: every decision reads anew, so that what a sibling tab stored is what counts. `gloo-storage`
//! panics outside a browser and when a storage is refused, so only effects, events and tasks come here, and
//! [`Place::usable`] asks first.

use super::clock;
use crate::api::{Secret, account::User, token::Tokens};
use gloo_storage::{LocalStorage, SessionStorage, Storage, errors::StorageError};
use serde::{Deserialize, Deserializer, Serialize, de::Error};
use std::cell::RefCell;

/// The key of the record in either storage.
pub const KEY: &str = "latchkey.session";

/// What a tab needs to be signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// The access token.
    #[serde(deserialize_with = "token")]
    pub token: Secret,
    #[serde(deserialize_with = "token")]
    pub refresh_token: Secret,
    /// Life of the access token at its receipt, in seconds.
    pub expires_in: u64,
    /// The device's wall clock at the receipt, Unix milliseconds.
    pub received_at: i64,
    pub user: User,
}

impl Record {
    /// What the server has just handed out, stamped with the moment of receipt. Browser only.
    pub fn received_now(tokens: Tokens) -> Self {
        Self {
            token: tokens.token,
            refresh_token: tokens.refresh_token,
            expires_in: tokens.expires_in,
            received_at: clock::wall_ms(),
            user: tokens.user,
        }
    }

    /// Life of the access token in milliseconds.
    pub fn life_ms(&self) -> i64 {
        i64::try_from(self.expires_in).unwrap_or(i64::MAX).saturating_mul(1_000)
    }
}

/// Anyone can write to the storage, and a token goes into a header: what could not stand there is not a token.
fn token<'de, D: Deserializer<'de>>(input: D) -> Result<Secret, D::Error> {
    let text = String::deserialize(input)?;
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(D::Error::custom("not a token"));
    }
    Ok(Secret::from(text))
}

/// Where a record lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// This page only: the browser refused to store it.
    Memory,
    /// This tab, over reloads.
    Session,
    /// This browser, until logout.
    Local,
}

/// In the order of reading. Memory comes first: a record is there only because the storage took nothing.
const PLACES: [Place; 3] = [Place::Memory, Place::Session, Place::Local];

thread_local! {
    static MEMORY: RefCell<Option<Record>> = const { RefCell::new(None) };
}

/// The stored record, if there is a sound one. Anything else under the key is removed.
pub fn read() -> Option<Record> {
    find().map(|(_, record)| record)
}

/// Stores the record of a new sign-in, for this browser ("Keep me signed in") or for this tab, instead of any other.
pub fn store(record: Record, remember: bool) {
    let kept = put(if remember { Place::Local } else { Place::Session }, record);
    PLACES.into_iter().filter(|place| *place != kept).for_each(Place::remove);
}

/// Puts the record where the present one lies, if there is one.
pub fn replace(record: Record) {
    if let Some((place, _)) = find() {
        put(place, record);
    }
}

/// Removes the present record. What then comes to light may be another session, kept for all tabs.
pub fn discard() {
    if let Some((place, _)) = find() {
        place.remove();
    }
}

/// Removes all records, of this tab and of the browser, and returns them.
pub fn take_all() -> Vec<Record> {
    PLACES
        .into_iter()
        .filter_map(|place| {
            let record = place.get();
            place.remove();
            record
        })
        .collect()
}

/// Whether the record lives in memory only, because the browser refused to store it.
pub fn is_in_memory() -> bool {
    MEMORY.with_borrow(Option::is_some)
}

/// Whether a `storage` event with this key can mean our record. None stands for "everything was cleared".
pub fn concerns(key: Option<&str>) -> bool {
    key.is_none_or(|key| key == KEY)
}

fn find() -> Option<(Place, Record)> {
    PLACES.into_iter().find_map(|place| Some((place, place.get()?)))
}

/// Returns where the record lies now, which is the memory if the browser does not take it.
fn put(wanted: Place, record: Record) -> Place {
    if wanted.set(&record) {
        return wanted;
    }
    wanted.remove();
    MEMORY.set(Some(record));
    Place::Memory
}

impl Place {
    /// Reaching for a refused storage throws, and `gloo-storage` would turn that into a panic.
    fn usable(self) -> bool {
        let window = leptos::prelude::window();
        let storage = match self {
            Self::Memory => return true,
            Self::Session => window.session_storage(),
            Self::Local => window.local_storage(),
        };
        matches!(storage, Ok(Some(storage)) if storage.get_item(KEY).is_ok())
    }

    fn get(self) -> Option<Record> {
        if !self.usable() {
            return None;
        }
        let found = match self {
            Self::Memory => return MEMORY.with_borrow(Clone::clone),
            Self::Session => SessionStorage::get(KEY),
            Self::Local => LocalStorage::get(KEY),
        };
        if let Err(StorageError::SerdeError(_)) = found {
            self.remove();
        }
        found.ok()
    }

    /// Whether the record is stored now. Memory is the caller's business.
    fn set(self, record: &Record) -> bool {
        self.usable()
            && match self {
                Self::Memory => false,
                Self::Session => SessionStorage::set(KEY, record).is_ok(),
                Self::Local => LocalStorage::set(KEY, record).is_ok(),
            }
    }

    fn remove(self) {
        if !self.usable() {
            return;
        }
        match self {
            Self::Memory => MEMORY.set(None),
            Self::Session => SessionStorage::delete(KEY),
            Self::Local => LocalStorage::delete(KEY),
        }
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use serde_json::{Value, json};

    /// A record with these two tokens.
    pub fn record(token: &str, refresh_token: &str) -> Record {
        serde_json::from_value(sample(token, refresh_token)).expect("a sound record")
    }

    fn sample(token: &str, refresh_token: &str) -> Value {
        json!({
            "token": token, "refreshToken": refresh_token, "expiresIn": 300, "receivedAt": 1_700_000_000_000_i64,
            "user": { "id": "1", "username": "alice", "displayName": "Alice", "roles": ["Manager"] }
        })
    }

    #[test]
    fn a_record_survives_the_way_through_json() {
        let record = record("a.b.c", "lkr_1");
        let json = serde_json::to_string(&record).expect("serialises");
        assert_eq!(serde_json::from_str::<Record>(&json).expect("parses"), record);
    }

    #[test]
    fn corrupt_and_foreign_content_is_no_record() {
        for content in ["", "null", "[]", "{}", "\"text\"", "{\"token\":\"x\"}", "{\"token\":"] {
            assert!(serde_json::from_str::<Record>(content).is_err(), "{content}");
        }
    }

    #[test]
    fn what_could_not_stand_in_a_header_is_no_token() {
        for bad in ["", " ", "a b", "a\r\nX: y", "ä", "\u{0}"] {
            assert!(serde_json::from_value::<Record>(sample(bad, "lkr_1")).is_err(), "{bad:?}");
            assert!(serde_json::from_value::<Record>(sample("a.b.c", bad)).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_huge_life_does_not_overflow() {
        let forever = Record { expires_in: u64::MAX, ..record("a", "b") };
        assert_eq!(forever.life_ms(), i64::MAX);
    }

    #[test]
    fn storage_events_of_other_keys_are_not_ours() {
        assert!(concerns(Some(KEY)));
        assert!(concerns(None));
        assert!(!concerns(Some("theme")));
    }
}
