//! The token record: one JSON value under one key, in the local or the session storage, or in memory when the browser
//! refuses it there.
//!
//! Nothing is cached: every decision reads the storage, so that it sees what another tab has stored. `gloo-storage`
//! panics outside a browser and when a storage is refused, so only effects, events and tasks come here, and
//! [`Place::storage`] asks first.

use super::device_clock;
use gloo_storage::{LocalStorage, SessionStorage, Storage};
use latchkey_wire::{AccessToken, RefreshToken, Tokens, User, json, secret};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;

/// The key of the record in either storage.
pub const KEY: &str = "latchkey.session";

/// The tokens of a signed-in tab.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// The access token.
    #[serde(serialize_with = "secret::serialize", deserialize_with = "secret::access_token")]
    pub token: AccessToken,
    #[serde(serialize_with = "secret::serialize", deserialize_with = "secret::refresh_token")]
    pub refresh_token: RefreshToken,
    /// Life of the access token at its receipt, in seconds.
    pub expires_in: u64,
    /// The device's wall clock at the receipt, Unix milliseconds.
    pub received_at: i64,
    /// Whether the server was asked for these tokens because it had refused the ones before.
    #[serde(default)]
    pub after_refusal: bool,
    pub user: User,
}

impl Record {
    /// A record of the tokens that the server has just issued, with the time of receipt. Browser only.
    pub fn received_now(tokens: Tokens) -> Self {
        Self {
            after_refusal: false,
            token: tokens.token,
            refresh_token: tokens.refresh_token,
            expires_in: tokens.expires_in,
            received_at: device_clock::wall_ms(),
            user: tokens.user,
        }
    }

    /// Life of the access token in milliseconds.
    pub fn life_ms(&self) -> i64 {
        i64::try_from(self.expires_in).unwrap_or(i64::MAX).saturating_mul(1_000)
    }
}

/// Where a record lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// This page only: the browser refused to store it.
    Memory,
    /// This tab, over reloads.
    Session,
    /// This browser, until logout.
    Local,
}

/// What lies in a place.
#[derive(Clone)]
enum Entry {
    Record(Box<Record>),
    /// In the session storage, or in memory: this tab's own session has ended. What is kept for the browser is another
    /// sign-in, perhaps another person's, and must not take its place unasked.
    Left,
}

/// Bytes of the longest text that is read: a record with the largest tokens that the server accepts takes half of this.
/// Reading is frequent, so that one of megabytes would hang the page.
const LONGEST: usize = 16 * 1024;

/// How [`Entry::Left`] is stored.
const LEFT: &str = r#"{"left":true}"#;

impl Entry {
    fn parse(text: &str) -> Option<Self> {
        if text == LEFT {
            return Some(Self::Left);
        }
        if text.len() > LONGEST {
            return None;
        }
        json::read::<Record>(text.as_bytes()).ok().map(Self::from)
    }

    fn text(&self) -> Option<String> {
        match self {
            Self::Record(record) => serde_json::to_string(record).ok(),
            Self::Left => Some(LEFT.to_owned()),
        }
    }
}

impl From<Record> for Entry {
    fn from(record: Record) -> Self {
        Self::Record(Box::new(record))
    }
}

/// In the order of reading. Memory comes first: a record is there only because the storage took nothing.
const PLACES: [Place; 3] = [Place::Memory, Place::Session, Place::Local];

thread_local! {
    static MEMORY: RefCell<Option<Entry>> = const { RefCell::new(None) };
}

/// The stored record, if there is a sound one. Anything else under the key is removed.
pub fn read() -> Option<Record> {
    find().map(|(_, record)| record)
}

/// Stores the record of a new sign-in, for this browser ("Keep me signed in") or for this tab, and returns the records
/// that it took the place of. A sign-in for this tab leaves alone what is kept for the others.
pub fn store(record: Record, remember: bool) -> Vec<Record> {
    let wanted = if remember { Place::Local } else { Place::Session };
    let displaced = [Place::Memory, Place::Session, wanted].into_iter().filter_map(Place::take).collect();
    if !wanted.set(&Entry::from(record.clone())) {
        MEMORY.set(Some(Entry::from(record)));
    }
    displaced
}

/// Puts the record where the present one lies, if there is one; in memory, if the browser does not take it. The
/// old record is removed in any case: after a reload its refresh token would look stolen.
pub fn replace(record: Record) {
    if let Some((place, _)) = find()
        && !place.set(&Entry::from(record.clone()))
    {
        place.remove();
        MEMORY.set(Some(Entry::from(record)));
    }
}

/// Holds the record in memory, for this page only.
pub fn hold(record: Record) {
    MEMORY.set(Some(Entry::from(record)));
}

/// Removes the present record and returns it: this tab is signed out from now on.
pub fn leave() -> Option<Record> {
    let (place, record) = find()?;
    place.remove();
    if find().is_some() && !Place::Session.set(&Entry::Left) {
        MEMORY.set(Some(Entry::Left));
    }
    Some(record)
}

/// Lets this tab use the browser's shared storage again, because a user has signed in there anew.
pub fn rejoin() {
    for place in [Place::Memory, Place::Session] {
        if matches!(place.get(), Some(Entry::Left)) {
            place.remove();
        }
    }
}

/// Where the stored record lies, if there is one.
pub fn place() -> Option<Place> {
    find().map(|(place, _)| place)
}

/// Whether a `storage` event with this key can mean our record. None stands for "everything was cleared".
pub fn concerns(key: Option<&str>) -> bool {
    key.is_none_or(|key| key == KEY)
}

/// The stored record and where it lies, if there is a sound one.
pub fn find() -> Option<(Place, Record)> {
    let (place, entry) = PLACES.into_iter().find_map(|place| Some((place, place.get()?)))?;
    match entry {
        Entry::Record(record) => Some((place, *record)),
        Entry::Left => None,
    }
}

impl Place {
    /// The browser's storage, if it can be used. Reaching for a refused one throws, and `gloo-storage` would turn that
    /// into a panic.
    fn storage(self) -> Option<web_sys::Storage> {
        let window = leptos::prelude::window();
        let (offered, storage): (_, fn() -> web_sys::Storage) = match self {
            Self::Memory => return None,
            Self::Session => (window.session_storage(), SessionStorage::raw),
            Self::Local => (window.local_storage(), LocalStorage::raw),
        };
        let usable = matches!(offered, Ok(Some(storage)) if storage.get_item(KEY).is_ok());
        usable.then(storage)
    }

    fn get(self) -> Option<Entry> {
        if self == Self::Memory {
            return MEMORY.with_borrow(Clone::clone);
        }
        let text = self.storage()?.get_item(KEY).ok()??;
        let entry = Entry::parse(&text);
        if entry.is_none() {
            self.remove();
        }
        entry
    }

    /// Empties the place; returns the record, if there was one.
    fn take(self) -> Option<Record> {
        let entry = self.get();
        self.remove();
        match entry {
            Some(Entry::Record(record)) => Some(*record),
            Some(Entry::Left) | None => None,
        }
    }

    /// Whether the entry is stored now; some browsers accept every write and store nothing. The caller handles memory.
    fn set(self, entry: &Entry) -> bool {
        let (Some(storage), Some(text)) = (self.storage(), entry.text()) else { return false };
        storage.set_item(KEY, &text).is_ok() && storage.get_item(KEY) == Ok(Some(text))
    }

    fn remove(self) {
        if self == Self::Memory {
            MEMORY.set(None);
        } else if let Some(storage) = self.storage() {
            // A record that cannot be removed cannot be read either.
            let _ = storage.remove_item(KEY);
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
        let text = Entry::from(record.clone()).text().expect("serialises");
        assert!(matches!(Entry::parse(&text), Some(Entry::Record(parsed)) if *parsed == record));
        let left = Entry::Left.text().expect("a constant");
        assert!(matches!(Entry::parse(&left), Some(Entry::Left)));
    }

    #[test]
    fn corrupt_and_foreign_content_is_not_a_record() {
        for content in ["", "null", "[]", "{}", "\"text\"", "{\"token\":\"x\"}", "{\"token\":"] {
            assert!(Entry::parse(content).is_none(), "{content}");
        }
    }

    #[test]
    fn a_record_of_megabytes_is_not_parsed() {
        let long = |length| {
            let padding = "x".repeat(length);
            sample("a.b.c", "lkr_1").to_string().replace("Alice", &padding)
        };
        assert!(Entry::parse(&long(LONGEST / 2)).is_some());
        assert!(Entry::parse(&long(LONGEST)).is_none());
        assert!(Entry::parse(&long(4 * 1024 * 1024)).is_none());
    }

    #[test]
    fn a_huge_life_does_not_overflow() {
        let forever = Record { expires_in: u64::MAX, ..record("a.b.c", "lkr_1") };
        assert_eq!(forever.life_ms(), i64::MAX);
    }

    #[test]
    fn storage_events_of_other_keys_are_not_ours() {
        assert!(concerns(Some(KEY)));
        assert!(concerns(None));
        assert!(!concerns(Some("theme")));
    }
}
