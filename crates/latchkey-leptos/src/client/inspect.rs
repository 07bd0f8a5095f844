//! The data of the session inspector, and the actions of its two buttons.

use super::tab::tab;
use js_sys::{Array, JSON, Object};
pub use latchkey_client::Place;
use latchkey_client::claims::{UnverifiedClaims, payload};
use latchkey_wire::AccessToken;
use wasm_bindgen::JsValue;

/// The stored record, and values that the client derives from it. Times are in milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Where the record is: in the storage of the browser, of the tab, or in memory only.
    pub place: Place,
    /// The shortened access token: the page shows both tokens only in this form, which cannot be used.
    pub access_token: String,
    /// The shortened refresh token.
    pub refresh_token: String,
    /// The claims of the access token, with their values as JSON, strings without quotes.
    pub claims: Vec<(String, String)>,
    /// How often the session's refresh token has been exchanged, as the access token has it.
    pub generation: Option<u64>,
    /// The life of the access token from its issue.
    pub life_ms: i64,
    /// What is left of it; negative after its end.
    pub left_ms: i64,
    /// The time until the client refreshes by itself; `None` if no refresh is planned, because the tab is hidden or offline.
    pub next_refresh_in_ms: Option<i64>,
}

/// The current state; `None` for a guest. Browser only.
pub fn snapshot() -> Option<Snapshot> {
    let tab = tab();
    let (place, record) = tab.find()?;
    Some(Snapshot {
        place,
        access_token: shortened(record.token.expose()),
        refresh_token: shortened(record.refresh_token.expose()),
        generation: UnverifiedClaims::of(&record.token).and_then(|claims| claims.generation),
        claims: listed(&record.token).unwrap_or_default(),
        life_ms: record.life_ms(),
        left_ms: tab.left_ms(&record),
        next_refresh_in_ms: tab.next_refresh_in_ms(),
    })
}

/// Refreshes now, even if the tokens are fresh. Browser only.
pub async fn refresh_manually() {
    tab().refresh_manually().await;
}

/// Marks the access token as expired in this browser; the server would still accept it. Browser only.
pub fn expire_here() {
    tab().expire_here();
}

/// Every claim with its value; strings without quotes. Uses the browser's JSON parser, because a claim may have any
/// value.
fn listed(token: &AccessToken) -> Option<Vec<(String, String)>> {
    let text = String::from_utf8(payload(token)?).ok()?;
    let claims = Object::from(JSON::parse(&text).ok()?);
    let pair = |entry: JsValue| {
        let [name, value] = [0, 1].map(|index| Array::from(&entry).get(index));
        let text = value.as_string().or_else(|| JSON::stringify(&value).ok()?.as_string())?;
        Some((name.as_string()?, text))
    };
    Object::entries(&claims).iter().map(pair).collect()
}

/// The beginning and the end of a token, which are too short to be used.
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
    fn long_token_is_shortened_to_its_ends() {
        let token = format!("lkr_ABCDEF{}WXYZ", "x".repeat(60));
        assert_eq!(shortened(&token), "lkr_ABCDEF…WXYZ");
    }

    #[test]
    fn token_too_short_to_shorten_is_hidden() {
        for odd in ["", "a", "lkr_0123456789", "ä".repeat(5).as_str(), "0123456789012345678901234567890123456789"] {
            assert_eq!(shortened(odd), "…", "{odd}");
        }
    }
}
