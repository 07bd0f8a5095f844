//! The check `clients`: whether the server sees the addresses of its clients, or only that of a proxy.

use super::check::{Check, Verdict};
use latchkey_axum::settings::TrustedProxies;
use latchkey_core::clock::{Clock as _, SystemClock};
use latchkey_core::sessions::is_private;
use latchkey_core::store::{Store, StoreError, session_lists};
use std::net::IpAddr;

/// The address with the most live sessions, their number, and the number of all live sessions.
struct MostCommon {
    address: String,
    sessions: i64,
    all: i64,
}

/// A warning if most live sessions come from an address that is not a client's.
pub async fn check(store: &Store, proxies: &TrustedProxies) -> Option<Check> {
    match most_common(store).await {
        Ok(found) => found.and_then(|found| warning_for(&found, proxies)),
        Err(error) => Some(Check::new("clients", Verdict::Problem, error.to_string())),
    }
}

async fn most_common(store: &Store) -> Result<Option<MostCommon>, StoreError> {
    let now = SystemClock.now();
    let Some((address, sessions)) = session_lists::most_common_address(store, now).await? else { return Ok(None) };
    Ok(Some(MostCommon { address, sessions, all: session_lists::count_live(store, now).await? }))
}

fn warning_for(found: &MostCommon, proxies: &TrustedProxies) -> Option<Check> {
    let MostCommon { address, sessions, all } = found;
    let ip: IpAddr = address.parse().ok().filter(|_| sessions.saturating_mul(2) > *all)?;
    let text = if proxies.contains(ip) {
        format!(
            "{sessions} of {all} live sessions were last refreshed from {address}, a proxy in LATCHKEY_TRUSTED_PROXIES: \
             configure it to send the client's address in X-Forwarded-For, or all its users are throttled together. If \
             the setting is new, the warning disappears as sessions are refreshed"
        )
    } else if proxies.is_empty() && is_private(ip) {
        format!(
            "{sessions} of {all} live sessions were last refreshed from {address}, a private address, and \
             LATCHKEY_TRUSTED_PROXIES is empty: if that is your proxy, add it. Without it all clients count as one \
             network: they share one throttle, and a thief's network does not differ from the owner's"
        )
    } else {
        return None;
    };
    Some(Check::new("clients", Verdict::Warning, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_warned_of(address: &str, sessions: i64, all: i64, proxies: &str) -> bool {
        warning_for(&MostCommon { address: address.to_owned(), sessions, all }, &proxies.parse().unwrap()).is_some()
    }

    #[test]
    fn most_sessions_from_one_private_address_are_suspicious() {
        for (address, sessions, all, expected) in [
            ("10.0.0.1", 2, 3, true),
            ("127.0.0.1", 1, 1, true),
            ("fd00::1", 3, 4, true),
            ("10.0.0.1", 2, 4, false),
            ("203.0.113.1", 4, 4, false),
            ("garbage", 4, 4, false),
        ] {
            assert_eq!(is_warned_of(address, sessions, all, ""), expected, "{address} {sessions} of {all}");
        }
        assert!(!is_warned_of("10.0.0.1", 4, 4, "192.0.2.1"), "clients of a private network behind a named proxy");
    }

    #[test]
    fn many_sessions_from_one_proxy_address_are_a_warning() {
        assert!(is_warned_of("10.0.0.1", 3, 5, "10.0.0.0/8"));
        assert!(is_warned_of("203.0.113.7", 3, 5, "203.0.113.7"));
        assert!(!is_warned_of("10.0.0.1", 2, 4, "10.0.0.0/8"));
    }
}
