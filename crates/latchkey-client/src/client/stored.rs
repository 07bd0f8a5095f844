//! Reads and writes the record: in the local or the session storage, or in memory if the browser does not store it.
//!
//! Nothing is cached. Every decision reads the storage, so that it sees the changes of other tabs.

use super::SessionClient;
use crate::{
    environment::{Area, Environment},
    record::{Entry, Place, Record},
};

/// The places in the order of reading. Memory is first, because a record is there only if the storage did not accept
/// it.
const PLACES: [Place; 3] = [Place::Memory, Place::Session, Place::Local];

impl<E: Environment> SessionClient<E> {
    /// The stored record, if there is a valid one. Any other text under the key is removed.
    pub fn record(&self) -> Option<Record> {
        self.find().map(|(_, record)| record)
    }

    /// The stored record and its place, if there is a valid one.
    pub fn find(&self) -> Option<(Place, Record)> {
        let (place, entry) = PLACES.into_iter().find_map(|place| Some((place, self.get(place)?)))?;
        match entry {
            Entry::Record(record) => Some((place, *record)),
            Entry::Left => None,
        }
    }

    /// The place of the stored record, if there is one.
    pub(super) fn place(&self) -> Option<Place> {
        self.find().map(|(place, _)| place)
    }

    /// Stores the record of a new sign-in, for this browser ("Keep me signed in") or for this tab, and returns the
    /// records that it replaced. A sign-in for this tab does not change the record of the other tabs.
    pub(super) fn store(&self, record: Record, remember: bool) -> Vec<Record> {
        let wanted = if remember { Place::Local } else { Place::Session };
        let taken = [Place::Memory, Place::Session, wanted].into_iter();
        let displaced = taken.filter_map(|place| self.take(place)).collect();
        let entry = Entry::from(record);
        if !self.set(wanted, &entry) {
            self.remember(entry);
        }
        displaced
    }

    /// Replaces the current record, if there is one, in its place; in memory, if the browser does not store it. The old
    /// record is removed in any case, because its refresh token would look stolen after a reload.
    pub(super) fn replace(&self, record: Record) {
        let Some(place) = self.place() else { return };
        let entry = Entry::from(record);
        if !self.set(place, &entry) {
            self.remove(place);
            self.remember(entry);
        }
    }

    /// Holds the record in memory, for this page only.
    pub(super) fn hold(&self, record: Record) {
        self.remember(Entry::from(record));
    }

    /// Removes the current record and returns it. This tab is then signed out.
    pub(super) fn leave(&self) -> Option<Record> {
        let (place, record) = self.find()?;
        self.remove(place);
        if self.find().is_some() && !self.set(Place::Session, &Entry::Left) {
            self.remember(Entry::Left);
        }
        Some(record)
    }

    /// Lets this tab use the browser's shared storage again, because a user has signed in there.
    pub(super) fn rejoin(&self) {
        for place in [Place::Memory, Place::Session] {
            if matches!(self.get(place), Some(Entry::Left)) {
                self.remove(place);
            }
        }
    }

    fn get(&self, place: Place) -> Option<Entry> {
        let Some(area) = area(place) else { return self.0.memory.borrow().clone() };
        let text = self.environment().get(area)?;
        let entry = Entry::parse(&text);
        if entry.is_none() {
            self.remove(place);
        }
        entry
    }

    /// Clears the place; returns the record, if there was one.
    fn take(&self, place: Place) -> Option<Record> {
        let entry = self.get(place);
        self.remove(place);
        match entry {
            Some(Entry::Record(record)) => Some(*record),
            Some(Entry::Left) | None => None,
        }
    }

    /// Stores the entry; returns whether it can be read again, because some browsers accept every write and store
    /// nothing. The caller handles memory.
    fn set(&self, place: Place, entry: &Entry) -> bool {
        let (Some(area), Some(text)) = (area(place), entry.text()) else { return false };
        self.environment().set(area, &text) && self.environment().get(area) == Some(text)
    }

    fn remember(&self, entry: Entry) {
        self.0.memory.replace(Some(entry));
    }

    fn remove(&self, place: Place) {
        match area(place) {
            Some(area) => self.environment().remove(area),
            None => drop(self.0.memory.take()),
        }
    }
}

/// The storage area of a place; `None` for memory.
fn area(place: Place) -> Option<Area> {
    match place {
        Place::Memory => None,
        Place::Session => Some(Area::Session),
        Place::Local => Some(Area::Local),
    }
}
