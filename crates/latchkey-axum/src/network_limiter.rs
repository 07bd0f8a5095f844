//! Limits how many connections, or concurrent requests, each network has.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// The current count of each network, with the same limit for all.
pub struct NetworkLimiter {
    most: usize,
    counts: Mutex<HashMap<IpAddr, usize>>,
}

/// One connection or request that counts against the limit until this is dropped.
pub struct NetworkPermit {
    limiter: Arc<NetworkLimiter>,
    network: Option<IpAddr>,
}

impl NetworkLimiter {
    /// Creates a limiter that allows `most` for each network.
    pub fn new(most: usize) -> Self {
        Self { most, counts: Mutex::default() }
    }

    /// Adds one to the count of the network until the permit is dropped; `None` if the network has reached its limit. A
    /// client without a network is not limited.
    pub fn try_acquire(self: &Arc<Self>, network: Option<IpAddr>) -> Option<NetworkPermit> {
        if let Some(network) = network {
            let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
            let count = counts.entry(network).or_default();
            if *count >= self.most {
                if *count == 0 {
                    counts.remove(&network);
                }
                return None;
            }
            *count += 1;
        }
        Some(NetworkPermit { limiter: self.clone(), network })
    }
}

impl Drop for NetworkPermit {
    fn drop(&mut self) {
        let Some(network) = self.network else { return };
        let mut counts = self.limiter.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut count) = counts.entry(network) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn network_at_its_limit_is_refused_and_others_admitted() {
        let limiter = Arc::new(NetworkLimiter::new(2));
        let [one, other] = ["192.0.2.1", "2001:db8::"].map(|network| Some(network.parse().unwrap()));
        let permits = [limiter.try_acquire(one), limiter.try_acquire(one)];
        assert!(permits.iter().all(Option::is_some));
        assert!(limiter.try_acquire(one).is_none());
        let elsewhere = limiter.try_acquire(other);
        assert!(elsewhere.is_some());
        drop(permits);
        assert!(limiter.try_acquire(one).is_some());
        drop(elsewhere);
        assert!(limiter.counts.lock().unwrap().is_empty(), "a network that has gone takes no memory");
    }

    #[test]
    fn request_without_a_network_is_never_limited() {
        let limiter = Arc::new(NetworkLimiter::new(0));
        assert!(limiter.try_acquire(None).is_some());
        assert!(limiter.try_acquire(Some("192.0.2.1".parse().unwrap())).is_none());
        assert!(limiter.counts.lock().unwrap().is_empty());
    }
}
