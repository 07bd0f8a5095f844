//! Takes turns with the other tabs by a lock, if the browser has locks. This only saves requests: a tab that cannot get
//! the lock in time, because another tab hangs, continues without it.

use super::SessionClient;
use crate::{
    claims::session_of,
    environment::{Environment, Lock, Locks},
    record::Record,
};
use futures::future::{Either, select};
use std::pin::pin;

/// How long a tab waits for its turn. A refresh takes a fraction of this time unless the network is slow.
const MAX_WAIT_MS: u32 = 5_000;

/// A tab's turn; it ends when this is dropped, or when the page is closed.
pub struct Turn<H> {
    _held: H,
    /// Whether another tab had its turn just before.
    pub had_to_wait: bool,
}

impl<E: Environment> SessionClient<E> {
    /// Waits for this tab's turn among all tabs in the session of this record. `None` if the browser has no locks (old
    /// browsers, plain HTTP, private modes) or another tab has held the lock for too long.
    ///
    /// Each session has a lock, so that the tabs of different users do not wait for each other.
    pub(super) async fn turn(&self, record: &Record) -> Option<Turn<<E as Locks>::Held>> {
        let name = format!("latchkey.refresh.{}", session_of(record).unwrap_or_default());
        for had_to_wait in [false, true] {
            let request = pin!(self.environment().request(&name, !had_to_wait));
            match select(request, pin!(self.environment().sleep(MAX_WAIT_MS))).await {
                Either::Left((Lock::Held(held), _)) => return Some(Turn { _held: held, had_to_wait }),
                Either::Left((Lock::Taken, _)) => {}
                Either::Left((Lock::Missing, _)) | Either::Right(_) => return None,
            }
        }
        None
    }
}
