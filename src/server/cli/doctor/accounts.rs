//! What the rows tell about names, and about the addresses that requests come from.

use super::{Check, Verdict};
use crate::server::cli::work::count;
use crate::server::clock::{Clock as _, SystemClock};
use crate::server::config::Database;
use crate::server::proxies::TrustedProxies;
use crate::server::startup;
use crate::server::store::{self, Store, StoreError};

/// Looks at them. A database that cannot be opened has been complained of elsewhere.
pub async fn look(database: &Database, proxies: &TrustedProxies) -> Vec<Check> {
    let Ok(store) = startup::open_existing(database).await else { return Vec::new() };
    let checks = [("names", names(&store).await), ("proxies", forwarding(&store, proxies).await)];
    store.close().await;
    let check = |(name, found): (&'static str, Result<Vec<Check>, StoreError>)| {
        found.unwrap_or_else(|error| vec![Check::new(name, Verdict::Problem, error.to_string())])
    };
    checks.into_iter().flat_map(check).collect()
}

async fn names(store: &Store) -> Result<Vec<Check>, StoreError> {
    let twins = store::usernames::twins(store).await?;
    let check = |twins: store::usernames::Twins| {
        let text = format!(
            "{} and {} are one name by now, and each still signs in as it was written when the account was made: agree \
             with their users on which of the accounts to keep",
            twins.kept, twins.canonical
        );
        Check::new("names", Verdict::Warning, text)
    };
    Ok(twins.into_iter().map(check).collect())
}

async fn forwarding(store: &Store, proxies: &TrustedProxies) -> Result<Vec<Check>, StoreError> {
    if proxies.is_empty() {
        return Ok(Vec::new());
    }
    let addresses = store::addresses::of_live_sessions(store, SystemClock.now()).await?;
    Ok(of_proxies(&addresses, proxies).into_iter().collect())
}

/// A client whose address is the proxy's own: either it really is on that machine, or the proxy does not say who it is.
fn of_proxies(addresses: &[String], proxies: &TrustedProxies) -> Option<Check> {
    let is_proxy = |ip: &&String| ip.parse().is_ok_and(|ip| proxies.contains(ip));
    let (all, from_proxies) = (addresses.len(), addresses.iter().filter(is_proxy).count());
    (from_proxies * 2 > all).then(|| {
        let text = format!(
            "{} of {} seem to come from a proxy in LATCHKEY_TRUSTED_PROXIES: let it send the client's address in \
             X-Forwarded-For, or all its visitors are throttled together",
            from_proxies,
            count(all, "live session")
        );
        Check::new("proxies", Verdict::Warning, text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_from_the_proxy_itself_are_noticed_when_they_are_most() {
        let proxies = "10.0.0.0/8".parse().unwrap();
        let rows =
            |proxied, direct| [vec!["10.0.0.1".to_owned(); proxied], vec!["203.0.113.7".to_owned(); direct]].concat();
        assert!(of_proxies(&rows(3, 2), &proxies).is_some());
        assert!(of_proxies(&rows(2, 2), &proxies).is_none());
        assert!(of_proxies(&[], &proxies).is_none());
    }
}
