//! A bounded queue that networks share fairly, without threads or I/O: it decides which requests may wait and which is
//! next. `hasher.rs` uses it for all hashes, `attempt_queue.rs` for the sign-in attempts on each account.
//!
//! A hash takes a core for about 20 ms, and all sign-ins share one queue. So a client with very many requests, even
//! with right passwords, must neither fill the queue nor delay other clients:
//!
//! - **A network may hold as many places as are still free.** A network that is alone gets half of them, two get a third
//!   each, and there is always a place for the next network (the rule of dynamic thresholds, from packet switches).
//! - **A user may hold [`MAX_PLACES_PER_USER`] places**, from however many networks.
//! - **Networks take turns.** A job waits for at most one job of each other network at a time, not for all earlier
//!   jobs.

use crate::sessions::ClientInfo;
use std::collections::{HashMap, VecDeque};

/// The highest number of places that one user may hold. A user has one or two password checks in progress; an attacker
/// with a stolen access token gets no more than this.
const MAX_PLACES_PER_USER: usize = 8;

/// The client for which a password is hashed; its network and its user have shares of the queue. The default is the
/// server itself, or an administrator at the command line, limited only by the free places.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requester {
    network: Option<String>,
    user: Option<String>,
}

impl Requester {
    /// A client that has not named an account.
    pub fn at(client: &ClientInfo) -> Self {
        Self { network: client.network(), user: None }
    }

    /// A client that is, or claims to be, this user. `user` is any text that identifies the user.
    pub fn user_at(user: &str, client: &ClientInfo) -> Self {
        Self { user: Some(user.to_owned()), ..Self::at(client) }
    }
}

/// A queue of jobs of type `T`. A requester first takes a place, and later pushes a job for it.
pub struct FairQueue<T> {
    free: usize,
    networks: HashMap<String, usize>,
    users: HashMap<String, usize>,
    /// The waiting jobs, by network. The network at the front is next.
    turns: VecDeque<(Option<String>, VecDeque<T>)>,
}

impl<T> FairQueue<T> {
    /// A queue with this number of places.
    pub fn new(places: usize) -> Self {
        Self { free: places, networks: HashMap::new(), users: HashMap::new(), turns: VecDeque::new() }
    }

    /// Places that are not taken.
    pub fn free(&self) -> usize {
        self.free
    }

    /// Takes a place if the requester's shares allow it; returns whether it did.
    pub fn take(&mut self, requester: &Requester) -> bool {
        let held = |shares: &HashMap<String, usize>, key: &Option<String>| {
            key.as_ref().and_then(|key| shares.get(key)).copied().unwrap_or_default()
        };
        if held(&self.networks, &requester.network) >= self.free
            || held(&self.users, &requester.user) >= MAX_PLACES_PER_USER
        {
            return false;
        }
        self.free -= 1;
        for (shares, key) in [(&mut self.networks, &requester.network), (&mut self.users, &requester.user)] {
            if let Some(key) = key {
                *shares.entry(key.clone()).or_default() += 1;
            }
        }
        true
    }

    /// Returns a place that this requester has got from [`take`](Self::take).
    pub fn give_back(&mut self, requester: &Requester) {
        self.free += 1;
        for (shares, key) in [(&mut self.networks, &requester.network), (&mut self.users, &requester.user)] {
            let Some(key) = key else { continue };
            let left = shares.get_mut(key).map(|held| {
                *held = held.saturating_sub(1);
                *held
            });
            if left == Some(0) {
                shares.remove(key);
            }
        }
    }

    /// Appends a job to the waiting jobs of its network.
    pub fn push(&mut self, requester: &Requester, work: T) {
        match self.turns.iter_mut().find(|(network, _)| *network == requester.network) {
            Some((_, waiting)) => waiting.push_back(work),
            None => self.turns.push_back((requester.network.clone(), VecDeque::from([work]))),
        }
    }

    /// Removes the next job: the oldest one of the network whose turn it is.
    pub fn pop(&mut self) -> Option<T> {
        let (network, mut waiting) = self.turns.pop_front()?;
        let work = waiting.pop_front();
        if !waiting.is_empty() {
            self.turns.push_back((network, waiting));
        }
        work
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(network: &str) -> Requester {
        Requester { network: Some(network.to_owned()), user: None }
    }

    fn user(user: &str, network: &str) -> Requester {
        Requester { user: Some(user.to_owned()), ..from(network) }
    }

    fn take_all(queue: &mut FairQueue<()>, requester: &Requester) -> usize {
        std::iter::repeat_with(|| queue.take(requester)).take_while(|taken| *taken).count()
    }

    #[test]
    fn full_share_of_a_network_leaves_places_for_others() {
        let mut queue = FairQueue::new(66);
        assert_eq!(take_all(&mut queue, &from("attacker")), 33);
        assert_eq!(take_all(&mut queue, &from("second")), 17);
        assert!(queue.take(&from("victim")));
    }

    #[test]
    fn each_of_fifty_networks_gets_a_place() {
        let mut queue = FairQueue::new(66);
        for network in 0..50 {
            assert!(take_all(&mut queue, &from(&network.to_string())) > 0 || queue.free() == 0, "network {network}");
        }
        assert!(queue.free() < 2, "and none is kept for nothing: {}", queue.free());
    }

    #[test]
    fn user_on_many_networks_gets_one_share() {
        let mut queue = FairQueue::<()>::new(66);
        let taken = (0..90).filter(|number| queue.take(&user("mallory", &format!("network {number}")))).count();
        assert_eq!(taken, MAX_PLACES_PER_USER);
        assert!(queue.take(&user("ada", "network 1")));
    }

    #[test]
    fn requester_without_network_can_take_every_place() {
        let mut queue = FairQueue::<()>::new(66);
        assert_eq!(take_all(&mut queue, &Requester::default()), 66);
    }

    #[test]
    fn returned_places_are_free_again() {
        let mut queue = FairQueue::<()>::new(4);
        let mallory = user("mallory", "attacker");
        assert_eq!(take_all(&mut queue, &mallory), 2);
        queue.give_back(&mallory);
        queue.give_back(&mallory);
        assert_eq!((queue.free(), queue.networks.len(), queue.users.len()), (4, 0, 0));
        assert_eq!(take_all(&mut queue, &mallory), 2);
    }

    #[test]
    fn queued_requests_alternate_between_networks_in_order() {
        let mut queue = FairQueue::new(66);
        for number in 1..=4 {
            queue.push(&user("any", "attacker"), format!("a{number}"));
        }
        queue.push(&from("victim"), "v1".to_owned());
        queue.push(&Requester::default(), "s1".to_owned());
        queue.push(&from("victim"), "v2".to_owned());
        let order: Vec<_> = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!(order, ["a1", "v1", "s1", "a2", "v2", "a3", "a4"]);
        assert!(queue.turns.is_empty());
    }
}
