//! The texts of the session inspector.

use latchkey_leptos::{
    client::{
        event_log::{ClientEvent, RefreshReason},
        inspect::Place,
        session::Connection,
    },
    messages::error_text,
};
use latchkey_wire::ApiError;

/// The state of the session. `left_ms` is the remaining lifetime of its access token in milliseconds, `None` for a
/// guest.
pub fn state(left_ms: Option<i64>, connection: Connection) -> &'static str {
    match (left_ms, connection) {
        (None, _) => "Guest",
        (Some(_), Connection::Offline) => "Signed in, offline",
        (Some(_), Connection::Reconnecting) => "Signed in, reconnecting",
        (Some(_), Connection::Waiting) => "Signed in, waiting as the server asked",
        (Some(1..), Connection::Fine) => "Signed in",
        (Some(_), Connection::Fine) => "Signed in, access token expired",
    }
}

/// The generation; `None` if the access token cannot be parsed.
pub fn generation(generation: Option<u64>) -> String {
    generation.map_or_else(|| "unknown".to_owned(), |generation| generation.to_string())
}

/// The remaining lifetime of the access token.
pub fn life_left(left_ms: i64, life_ms: i64) -> String {
    format!("{} of {} left", duration(left_ms), duration(life_ms))
}

/// Where the tokens are stored.
pub fn kept_in(place: Place) -> &'static str {
    match place {
        Place::Local => "local storage: for this browser",
        Place::Session => "session storage: for this tab",
        Place::Memory => "memory: until the page is closed or reloaded",
    }
}

/// When the next refresh is.
pub fn next_refresh(in_ms: Option<i64>) -> String {
    match in_ms {
        None => "when this page is in view and has a network".to_owned(),
        Some(ms) if ms <= 0 => "now".to_owned(),
        Some(ms) => format!("in {}", duration(ms)),
    }
}

/// The text of an entry of the event log.
pub fn describe(event: &ClientEvent) -> String {
    match event {
        ClientEvent::SignedIn => "Logged in.".to_owned(),
        ClientEvent::Found => "Found a session in the storage.".to_owned(),
        ClientEvent::Refreshed(reason) => format!("Refreshed {}.", describe_refresh_reason(*reason)),
        ClientEvent::Adopted => "Adopted fresh tokens from another tab.".to_owned(),
        ClientEvent::CallRetried => "Retried the call after 401.".to_owned(),
        ClientEvent::RefreshFailed(error) => format!("A refresh failed; still signed in. {}", hint(error)),
        ClientEvent::Expired => "Took the access token for expired, by hand.".to_owned(),
        ClientEvent::LoggedOut => "Logged out.".to_owned(),
        ClientEvent::Ended(reason) => format!("The session was over: {}.", reason.as_str()),
        ClientEvent::Lost => "The tokens were gone from the storage.".to_owned(),
    }
}

fn describe_refresh_reason(reason: RefreshReason) -> &'static str {
    match reason {
        RefreshReason::Ahead => "ahead of time",
        RefreshReason::Overdue => "after expiry",
        RefreshReason::Guard => "at the guard",
        RefreshReason::BeforeCall => "before a call",
        RefreshReason::AfterRefusal => "after 401",
        RefreshReason::PasswordChange => "after a password change",
        RefreshReason::Manual => "by hand",
    }
}

fn hint(error: &ApiError) -> String {
    match error.retry_after() {
        Some(seconds) => {
            format!("{} It asked for {} of patience.", error_text(error), duration(i64::from(seconds) * 1_000))
        }
        None => error_text(error),
    }
}

/// A duration in whole seconds: `4 min 12 s`.
fn duration(ms: i64) -> String {
    // Rounded up, so that a duration that has not ended is not shown as zero.
    let seconds = ms.max(0).saturating_add(999) / 1_000;
    match (seconds / 3_600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use latchkey_wire::EndReason;

    #[test]
    fn duration_is_shown_in_readable_units() {
        assert_eq!(duration(0), "0 s");
        assert_eq!(duration(-5), "0 s");
        assert_eq!(duration(1), "1 s");
        assert_eq!(duration(252_000), "4 min 12 s");
        assert_eq!(duration(3_660_000), "1 h 1 min");
        assert!(!duration(i64::MAX).is_empty());
    }

    #[test]
    fn client_event_description_names_the_reason() {
        assert_eq!(describe(&ClientEvent::Refreshed(RefreshReason::Ahead)), "Refreshed ahead of time.");
        assert_eq!(describe(&ClientEvent::Ended(EndReason::Replayed)), "The session was over: replayed.");
        let busy = ClientEvent::RefreshFailed(ApiError::Unavailable { retry_after: 5 });
        assert!(describe(&busy).ends_with("It asked for 5 s of patience."));
    }
}
