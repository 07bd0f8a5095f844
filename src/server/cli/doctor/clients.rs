//! Where the sessions come from: whether the server sees its clients' addresses, or only a proxy's.

use super::{Check, Verdict};
use crate::server::clock::{Clock as _, SystemClock, Timestamp};
use crate::server::config::Database;
use crate::server::sessions::is_private;
use crate::server::startup;
use crate::server::store::{Store, StoreError, session_lists};

/// Looks at the live sessions of a server that trusts no proxy. A database that cannot be opened is another check's matter.
pub async fn look(database: &Database) -> Option<Check> {
    let store = startup::open_existing(database).await.ok()?;
    let found = of_most(&store, SystemClock.now()).await;
    store.close().await;
    let (address, sessions, all) = found.ok()??;
    is_suspicious(&address, sessions, all).then(|| {
        let text = format!(
            "{sessions} of {all} live sessions were last refreshed from {address}, a private address, and \
             LATCHKEY_TRUSTED_PROXIES is empty: if that is your proxy, name it. Otherwise all clients count as one network, \
             which share one throttle, and a thief's network is not told from the owner's"
        );
        Check::new("clients", Verdict::Warning, text)
    })
}

/// The address that the most live sessions come from, how many these are, and how many there are in all.
async fn of_most(store: &Store, now: Timestamp) -> Result<Option<(String, i64, i64)>, StoreError> {
    let Some((address, sessions)) = session_lists::most_common_address(store, now).await? else { return Ok(None) };
    Ok(Some((address, sessions, session_lists::count_live(store, now).await?)))
}

/// Whether this looks like a proxy in front that is not named: more than half of the sessions, from an address that no
/// client on the internet has.
fn is_suspicious(address: &str, sessions: i64, all: i64) -> bool {
    address.parse().is_ok_and(is_private) && sessions.saturating_mul(2) > all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_sessions_from_one_private_address_are_suspicious() {
        for (address, sessions, all, expected) in [
            ("10.0.0.1", 2, 3, true),
            ("127.0.0.1", 1, 1, true),
            ("fd00::1", 3, 4, true),
            ("10.0.0.1", 2, 4, false),
            ("203.0.113.1", 4, 4, false),
            ("rubbish", 4, 4, false),
        ] {
            assert_eq!(is_suspicious(address, sessions, all), expected, "{address} {sessions} of {all}");
        }
    }
}
