//! What the client has done of its own accord, and why: the short list that the session inspector shows.

use super::device_clock;
use latchkey_wire::{ApiError, EndReason};
use leptos::prelude::*;
use std::{cell::Cell, collections::VecDeque};

/// Older ones are forgotten.
const LENGTH: usize = 12;

/// Something that the client did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    SignedIn,
    /// Found a session in the storage when the page was opened.
    Found,
    Refreshed(Why),
    /// Took over what another tab had stored or told.
    Adopted,
    /// Sent a call a second time, with fresh tokens, after the server had refused the first.
    SentAgain,
    RefreshFailed(ApiError),
    /// The user had the access token count as expired.
    Expired,
    LoggedOut,
    Ended(EndReason),
    /// The storage lost the tokens: somebody cleared it.
    Lost,
}

/// Why the tokens were refreshed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The timer, before the access token expires.
    Ahead,
    /// The timer, as soon as the access token can be seen to have expired.
    Overdue,
    /// A guarded place was entered with an expired access token.
    Guard,
    /// A call was about to be sent with an access token near its end.
    BeforeCall,
    /// The server refused the access token.
    AfterRefusal,
    /// The user changed the password.
    PasswordChange,
    ByHand,
}

/// A line of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// By the device's wall clock, Unix milliseconds.
    pub at_ms: i64,
    pub deed: Deed,
}

/// The journal of this tab, newest first.
#[derive(Clone, Copy)]
pub struct Journal(RwSignal<VecDeque<Entry>>);

impl Journal {
    /// The lines; tracked.
    pub fn entries(self) -> Vec<Entry> {
        self.0.with(|entries| entries.iter().cloned().collect())
    }
}

thread_local! {
    static TAB: Cell<Option<Journal>> = const { Cell::new(None) };
}

/// Provides the journal to all views below.
pub fn provide_journal() {
    let journal = Journal(RwSignal::default());
    provide_context(journal);
    Effect::new(move |_| TAB.set(Some(journal)));
}

/// Writes a line. Browser only.
pub fn note(deed: Deed) {
    let Some(Journal(entries)) = TAB.get() else { return };
    let entry = Entry { at_ms: device_clock::wall_ms(), deed };
    entries.update(|entries| write(entries, entry));
}

/// The same deed twice in a row is one line, the later: retries would push everything else out.
fn write(entries: &mut VecDeque<Entry>, entry: Entry) {
    if entries.front().is_some_and(|newest| newest.deed == entry.deed) {
        entries.pop_front();
    }
    entries.push_front(entry);
    entries.truncate(LENGTH);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn journal(deeds: impl IntoIterator<Item = Deed>) -> VecDeque<Entry> {
        let mut entries = VecDeque::new();
        for (at_ms, deed) in (0..).zip(deeds) {
            write(&mut entries, Entry { at_ms, deed });
        }
        entries
    }

    #[test]
    fn the_newest_comes_first_and_the_oldest_goes() {
        let alternating = (0..40).map(|n| if n % 2 == 0 { Deed::Adopted } else { Deed::SentAgain });
        let entries = journal(alternating);
        assert_eq!(entries.len(), LENGTH);
        assert_eq!(entries[0], Entry { at_ms: 39, deed: Deed::SentAgain });
    }

    #[test]
    fn repetitions_are_one_line() {
        let failed = || Deed::RefreshFailed(ApiError::Unreachable);
        let entries = journal([Deed::SignedIn, failed(), failed(), failed()]);
        assert_eq!(entries, [Entry { at_ms: 3, deed: failed() }, Entry { at_ms: 0, deed: Deed::SignedIn }]);
    }
}
