//! What the session inspector shows and does: the client's state at this moment, and two ways to stir it.

use super::{
    claims::Claims,
    clock,
    journal::{self, Deed, Why},
    keep_fresh, refresh, session,
    storage::{self, Place, Record},
};
use leptos::task::spawn_local;

/// The stored record and what the client makes of it. Times are milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    pub place: Place,
    /// Both tokens shortened, fit to be shown to whoever looks over one's shoulder.
    pub access_token: String,
    pub refresh_token: String,
    pub claims: Vec<(String, String)>,
    pub generation: Option<u64>,
    pub life_ms: i64,
    pub left_ms: i64,
    /// Nothing while none is planned: the tab is hidden, or without a network.
    pub next_refresh_in_ms: Option<i64>,
}

/// The state at this moment; nothing for a guest. Browser only.
pub fn snapshot() -> Option<Snapshot> {
    let (place, record) = storage::find()?;
    let claims = Claims::of(&record.token);
    Some(Snapshot {
        place,
        access_token: shortened(record.token.expose()),
        refresh_token: shortened(record.refresh_token.expose()),
        generation: claims.as_ref().and_then(Claims::generation),
        claims: claims.map(|claims| claims.listed()).unwrap_or_default(),
        life_ms: record.life_ms(),
        left_ms: clock::left_ms(&record),
        next_refresh_in_ms: keep_fresh::next_refresh_in_ms(),
    })
}

/// Refreshes now, due or not. Browser only.
pub fn refresh_by_hand() {
    refresh::hurry();
    if let Some(record) = storage::read() {
        spawn_local(async move {
            // What comes of it stands in the journal.
            refresh::refresh(&record, Why::ByHand).await;
        });
    }
}

/// Has this browser take the access token for expired; the server would still accept it. Browser only.
pub fn expire_here() {
    if let Some(record) = storage::read() {
        storage::replace(Record { expires_in: 0, ..record });
        journal::note(Deed::Expired);
        session::sync();
    }
}

/// The beginning and the end of a token, too little of it to be used.
fn shortened(token: &str) -> String {
    let (head, tail) = (token.get(..10), token.len().checked_sub(4).and_then(|at| token.get(at..)));
    match (head, tail) {
        (Some(head), Some(tail)) if token.len() > 40 => format!("{head}…{tail}"),
        _ => "…".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shortened_token_cannot_be_used() {
        let token = format!("lkr_ABCDEF{}WXYZ", "x".repeat(60));
        assert_eq!(shortened(&token), "lkr_ABCDEF…WXYZ");
    }

    #[test]
    fn what_is_too_short_to_be_shortened_is_not_shown() {
        for odd in ["", "a", "lkr_0123456789", "ä".repeat(5).as_str(), "0123456789012345678901234567890123456789"] {
            assert_eq!(shortened(odd), "…", "{odd}");
        }
    }
}
