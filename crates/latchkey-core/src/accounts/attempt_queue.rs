//! Sign-in attempts at one account are checked one after the other.
//!
//! An attempt counts as a failure until it has succeeded. If attempts ran side by side, five that are not finished yet
//! would use up the account's free tries: a forgotten program that tries a previous password over several connections
//! would keep the owner out, although none of its tries stays counted. So each attempt waits until the one before it is
//! settled. It waits in memory, as long as there are places; networks take turns, so an owner elsewhere waits for one
//! attempt of each other network. Any name has a queue, whether there is such an account or not: the wait does not tell
//! who exists.

use super::hash_queue::{HashQueue, Requester};
use crate::sessions::ClientInfo;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

/// No attempt waits for longer than this: a client has given up by then, and tries again.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// Attempts at one account that may be under way or wait. A network that is alone gets half of the places.
const PLACES: usize = 64;

type Waiting = (Requester, oneshot::Sender<AttemptSlot>);

/// The queues of all accounts at which attempts are under way, by the key of their count.
#[derive(Clone, Default)]
pub struct AttemptQueue(Arc<Mutex<HashMap<String, HashQueue<Waiting>>>>);

/// The right to make one attempt. The next one has its turn when this is dropped.
pub struct AttemptSlot {
    attempt_queue: AttemptQueue,
    key: String,
    requester: Requester,
}

impl AttemptQueue {
    /// Waits until the attempts that came before are settled; `None` if too many wait, or if it takes too long.
    pub async fn take(&self, key: &str, client: &ClientInfo) -> Option<AttemptSlot> {
        let requester = Requester::at(client);
        let turn = {
            let mut queues = self.lock();
            let queue = queues.entry(key.to_owned()).or_insert_with(|| HashQueue::new(PLACES));
            let is_first = queue.free() == PLACES;
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
        tokio::time::timeout(LONGEST_WAIT, turn).await.ok()?.ok()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, HashQueue<Waiting>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for AttemptSlot {
    /// Passes the turn on. An attempt that waits no longer drops it at once, and so passes it on in turn.
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
        assert_eq!(refused.len(), 100 - (PLACES / 2 - 1));
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
