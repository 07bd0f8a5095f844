//! The messages of the app for users, in one place for translation: errors, results, progress and confirmations. They
//! are short and say what to do next.
//!
//! Headings, labels and explanations that a page always shows are in the file of the page.
//! [`latchkey_leptos::messages`] has the messages of forms, the guard and failed calls.

pub mod inspector;
pub mod moments;
pub mod start;

use latchkey_wire::{Device, DeviceKind, EndReason, Event, EventKind, LastUse};

pub const CLOSED: &str = "New accounts are made by the administrator here. Ask for one.";
pub const LOADING: &str = "Loading…";
pub const LOADING_CUSTOMERS: &str = "Loading the customers…";
pub const LOADING_DEVICES: &str = "Loading your devices…";
pub const LOADING_LOG: &str = "Loading the security log…";
pub const NEEDS_MANAGER: &str = "Your account lacks the role Manager, which this page needs. Ask an administrator for it, then load this page again.";
pub const NO_CUSTOMERS: &str = "No customers yet.";
/// The text before and after the searched text.
pub const NO_MATCH: [&str; 2] = ["No customer matches “", "”."];
pub const NO_EVENTS: &str = "No entries.";
pub const PART_BLOCKED: &str = "A part of this page is missing on the server, or was blocked or interrupted. Turn off \
                                content blockers for this site and try again; if it stays like this, tell the operator.";
pub const CRASHED: &str =
    "Something went wrong in this page. Reload it to go on; if you were signed in, you still are.";
pub const NOT_STORED: &str = "Your browser could not store your session. You stay signed in until you close or reload this \
                              page. The storage may be full, or the browser set to store nothing for this site: change \
                              that and log in again to stay signed in longer.";
pub const LOGOUT_PENDING: &str = "You are logged out here. The server could not be told yet; keep this page open and it will \
                            be, once the connection is back.";
pub const OFFLINE: &str = "You are offline. You are still signed in.";
pub const PASSWORD_CHANGED: &str = "Your password is changed. All your other devices are signed out.";
pub const RECONNECTING: &str = "Reconnecting to the server… You are still signed in.";
pub const SIGNING_OUT: &str = "Signing out…";
pub const WAITING: &str = "The server is busy and has asked to wait a little. You are still signed in.";
pub const CONFIRM_DELETE: &str = "Delete your account? This cannot be undone. Type your password to go on.";

/// The message if the server has another version of the pages.
pub fn newer_version(is_session_stored: bool) -> &'static str {
    if is_session_stored {
        "There is a newer version of this page. Reload it to go on; you stay signed in."
    } else {
        "There is a newer version of this page. Reload it and log in again to go on."
    }
}

/// The text of an event of the security log.
pub fn happened(event: &Event) -> &'static str {
    let reason = event.reason.as_deref().map(EndReason::from_text);
    match (&event.kind, reason) {
        (EventKind::AccountCreated, _) => "Account created",
        (EventKind::SignedIn, _) => "Logged in",
        (EventKind::SignInFailed, _) => "Login failed",
        (EventKind::SignedOut, _) => "Logged out",
        (EventKind::SessionRevoked, Some(EndReason::PasswordChanged)) => {
            "Session ended, because the password was changed"
        }
        (EventKind::SessionRevoked, Some(EndReason::RevokedByAdmin)) => "Session ended by an administrator",
        (EventKind::SessionRevoked, Some(EndReason::Displaced)) => "Session ended by a newer one: there were too many",
        (EventKind::SessionRevoked, Some(EndReason::Replayed)) => "Session ended, because an old token was used again",
        (EventKind::SessionRevoked, Some(EndReason::Restored)) => {
            "Session ended, because the server was restored from a backup"
        }
        (EventKind::SessionRevoked, _) => "Signed out another device",
        (EventKind::TokenPresentedElsewhere, _) => {
            "Refresh token presented from another network or program, and refused"
        }
        (EventKind::TokenRetriedElsewhere, _) => "Session refreshed a second time, from another network or program",
        (EventKind::ReplayDetected, _) => "An old token was used again, perhaps by somebody who had copied it",
        (EventKind::PasswordChanged, _) => "Password changed",
        (EventKind::PasswordSetByAdmin, _) => "Password changed by an administrator",
        (EventKind::RolesSetByAdmin, _) => "Roles changed by an administrator",
        (EventKind::DisabledByAdmin, _) => "Account disabled by an administrator",
        (EventKind::EnabledByAdmin, _) => "Account enabled again by an administrator",
        (EventKind::Unknown(_), _) => "Something else",
    }
}

/// What is unusual about a sign-in, if anything.
pub fn unusual(new_network: bool, new_device: bool) -> Option<&'static str> {
    match (new_network, new_device) {
        (true, true) => Some("new network, new device"),
        (true, false) => Some("new network"),
        (false, true) => Some("new device"),
        (false, false) => None,
    }
}

/// The name of a device: `Firefox on Windows 10`.
pub fn name_of(device: &Device) -> String {
    match (&device.browser, &device.system, device.kind) {
        (Some(browser), Some(system), _) => format!("{browser} on {system}"),
        (Some(name), None, _) | (None, Some(name), _) => name.clone(),
        (None, None, DeviceKind::Other) => "Unknown program".to_owned(),
        (None, None, _) => "Unknown device".to_owned(),
    }
}

/// The client that last used a session, if it differs from the one that signed in.
pub fn last_used_from(last: &LastUse) -> Option<String> {
    let differs = match (last.network_differs, last.user_agent_differs) {
        (false, false) => return None,
        (true, false) => "another network",
        (false, true) => "another user agent",
        (true, true) => "another network and user agent",
    };
    let name = name_of(&last.device);
    let ip = last.ip.as_ref().map(|ip| format!(", {ip}")).unwrap_or_default();
    Some(format!("Last used from {name}{ip}: {differs} than at the sign-in"))
}

/// The question before a device is signed out.
pub fn sign_out_device(name: &str) -> String {
    format!("Sign out {name}? Whoever uses it has to log in again.")
}

/// The question before `count` other devices are signed out.
pub fn sign_out_others(count: usize) -> String {
    match count {
        1 => "Sign out the other device? Whoever uses it has to log in again.".to_owned(),
        count => format!("Sign out {count} other devices? Whoever uses them has to log in again."),
    }
}

/// The message that a device is signed out; `before` if it already was.
pub fn device_signed_out(name: &str, before: bool) -> String {
    if before { format!("{name} had been signed out already.") } else { format!("{name} is signed out.") }
}

/// The message that `count` other devices are signed out.
pub fn others_signed_out(count: usize) -> String {
    match count {
        0 => "There was no other device to sign out.".to_owned(),
        1 => "One other device is signed out.".to_owned(),
        count => format!("{count} other devices are signed out."),
    }
}

/// The announcement that `count` older events of the security log are shown.
pub fn older_entries(count: usize) -> String {
    match count {
        1 => "One older entry.".to_owned(),
        count => format!("{count} older entries."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(browser: Option<&str>, system: Option<&str>, kind: DeviceKind) -> String {
        name_of(&Device { kind, browser: browser.map(str::to_owned), system: system.map(str::to_owned) })
    }

    #[test]
    fn device_is_named_by_its_known_parts() {
        assert_eq!(device(Some("Firefox"), Some("Linux"), DeviceKind::Computer), "Firefox on Linux");
        assert_eq!(device(None, Some("iOS"), DeviceKind::Phone), "iOS");
        assert_eq!(device(Some("curl"), None, DeviceKind::Other), "curl");
        assert_eq!(device(None, None, DeviceKind::Other), "Unknown program");
        assert_eq!(device(None, None, DeviceKind::Tablet), "Unknown device");
    }

    #[test]
    fn last_use_is_shown_only_when_it_differs_from_sign_in() {
        let device = Device { kind: DeviceKind::Other, browser: Some("curl".to_owned()), system: None };
        let text = |network_differs, user_agent_differs| {
            let (ip, device) = (Some("192.0.2.1".to_owned()), device.clone());
            last_used_from(&LastUse { ip, device, network_differs, user_agent_differs }).unwrap_or_default()
        };
        assert_eq!(text(false, false), "");
        assert_eq!(text(true, false), "Last used from curl, 192.0.2.1: another network than at the sign-in");
        assert_eq!(text(false, true), "Last used from curl, 192.0.2.1: another user agent than at the sign-in");
        assert_eq!(
            text(true, true),
            "Last used from curl, 192.0.2.1: another network and user agent than at the sign-in"
        );
    }

    #[test]
    fn device_counts_are_singular_or_plural() {
        assert_eq!(others_signed_out(0), "There was no other device to sign out.");
        assert_eq!(others_signed_out(1), "One other device is signed out.");
        assert_eq!(others_signed_out(3), "3 other devices are signed out.");
        assert!(sign_out_others(1).contains("the other device"));
        assert!(sign_out_others(3).contains("3 other devices"));
    }
}
