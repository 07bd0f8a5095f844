//! Checks sign-in attempts on one account one after the other.
//!
//! An attempt counts as a failure until it has succeeded. If attempts ran in parallel, five unfinished ones would use
//! up the account's free tries: a forgotten program that tries a previous password over several connections would lock
//! the owner out, although none of its tries stays counted. So each attempt waits in memory until the one before it has
//! an outcome. The queue has a limited number of places. Networks take turns, so the owner waits for at most one
//! attempt of each other network. Names without an account have queues as well, so the wait does not tell which
//! accounts exist.

use super::fair_queue::{FairQueue, Requester};
use crate::sessions::ClientInfo;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

/// How long an attempt waits before it is rejected. The client tries again.
const MAX_WAIT: Duration = Duration::from_secs(10);

/// The highest number of attempts on one account that run or wait. A network that is alone gets half of the places.
const MAX_ATTEMPTS: usize = 64;

type Waiting = (Requester, oneshot::Sender<AttemptSlot>);

/// The queues of all accounts with attempts in progress, by the key of their count.
#[derive(Clone, Default)]
pub struct AttemptQueue(Arc<Mutex<HashMap<String, FairQueue<Waiting>>>>);

/// The right to make one attempt. Dropping it lets the next attempt start.
pub struct AttemptSlot {
    attempt_queue: AttemptQueue,
    key: String,
    requester: Requester,
}

impl AttemptQueue {
    /// Waits until all earlier attempts have an outcome; `None` if too many wait, or if the wait takes too long.
    pub async fn take(&self, key: &str, client: &ClientInfo) -> Option<AttemptSlot> {
        let requester = Requester::at(client);
        let turn = {
            let mut queues = self.lock();
            let queue = queues.entry(key.to_owned()).or_insert_with(|| FairQueue::new(MAX_ATTEMPTS));
            let is_first = queue.free() == MAX_ATTEMPTS;
            if !queue.take(&requester) {
                return None;
            }
            if is_first {
                return Some(AttemptSlot { attempt_queue: self.clone(), key: key.to_owned(), requester });
            }
            let (pass, turn) = oneshot::channel();
            queue.push(&requester.clone(), (requester, pass));
            turn
        };
        tokio::time::timeout(MAX_WAIT, turn).await.ok()?.ok()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, FairQueue<Waiting>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for AttemptSlot {
    /// Hands the slot to the next attempt. If that attempt has stopped waiting, it drops the slot, which hands it on.
    fn drop(&mut self) {
        let next = {
            let mut queues = self.attempt_queue.lock();
            let Some(queue) = queues.get_mut(&self.key) else { return };
            queue.give_back(&self.requester);
            let next = queue.pop();
            if next.is_none() {
                queues.remove(&self.key);
            }
            next
        };
        if let Some((requester, pass)) = next {
            let slot =
                Self { attempt_queue: self.attempt_queue.clone(), key: std::mem::take(&mut self.key), requester };
            drop(pass.send(slot));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt as _;

    fn at(ip: &str) -> ClientInfo {
        ClientInfo { ip: Some(ip.to_owned()), user_agent: None }
    }

    #[tokio::test]
    async fn waiting_attempts_alternate_between_networks() {
        let turns = AttemptQueue::default();
        let (one, other) = (at("192.0.2.1"), at("192.0.2.2"));
        let first = turns.take("ada", &one).await.unwrap();
        let (mut second, mut third) = (Box::pin(turns.take("ada", &one)), Box::pin(turns.take("ada", &one)));
        assert!((&mut second).now_or_never().is_none() && (&mut third).now_or_never().is_none());
        let mut elsewhere = Box::pin(turns.take("ada", &other));
        assert!((&mut elsewhere).now_or_never().is_none());
        assert!(turns.take("eve", &one).now_or_never().flatten().is_some(), "each account has a queue of its own");

        drop(first);
        let second = second.now_or_never().unwrap();
        assert!((&mut third).now_or_never().is_none() && (&mut elsewhere).now_or_never().is_none());
        drop(second);
        assert!((&mut third).now_or_never().is_none());
        drop(elsewhere.now_or_never().unwrap());
        drop(third.now_or_never().unwrap());
        assert!(turns.lock().is_empty());
    }

    #[tokio::test]
    async fn dropped_attempt_passes_its_turn_to_the_next() {
        let turns = AttemptQueue::default();
        let one = at("192.0.2.1");
        let first = turns.take("ada", &one).await.unwrap();
        let mut waiting: Vec<_> = (0..3).map(|_| Box::pin(turns.take("ada", &one))).collect();
        for attempt in &mut waiting {
            assert!(attempt.now_or_never().is_none());
        }
        let last = waiting.pop().unwrap();
        drop(waiting.swap_remove(0));
        drop(first);
        drop(waiting); // It had its turn, and had not been polled yet.
        drop(last.now_or_never().unwrap());
        assert!(turns.lock().is_empty());
    }

    #[tokio::test]
    async fn network_with_too_many_attempts_leaves_places_to_others() {
        let turns = AttemptQueue::default();
        let one = at("192.0.2.1");
        let _first = turns.take("ada", &one).await.unwrap();
        let mut waiting: Vec<_> = (0..100).map(|_| Box::pin(turns.take("ada", &one))).collect();
        let refused = waiting.iter_mut().filter_map(|attempt| attempt.now_or_never()).collect::<Vec<_>>();
        assert_eq!(refused.len(), 100 - (MAX_ATTEMPTS / 2 - 1));
        assert!(turns.take("ada", &at("192.0.2.2")).now_or_never().is_none(), "it waits");
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_attempt_times_out() {
        let (turns, one) = (AttemptQueue::default(), at("192.0.2.1"));
        let first = turns.take("ada", &one).await.unwrap();
        assert!(turns.take("ada", &one).await.is_none());
        drop(first);
        assert!(turns.take("ada", &one).await.is_some());
    }
}
