//! What a small transaction leaves to be done later: the job that does it is woken here.

use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Notify;

/// Wakes the job of `jobs/finish.rs`, and tells it whether an account was deleted since it last emptied the log.
pub struct Leftovers {
    left: Notify,
    log_has_deleted: AtomicBool,
}

impl Default for Leftovers {
    /// What was left before a restart is not known, so the log counts as one that holds deleted rows.
    fn default() -> Self {
        Self { left: Notify::new(), log_has_deleted: AtomicBool::new(true) }
    }
}

impl Leftovers {
    /// A transaction has been committed that leaves work for the job.
    pub fn report(&self) {
        self.left.notify_one();
    }

    /// Rows of a deleted account have been removed, and the log still holds them.
    pub fn log_holds_deleted_rows(&self) {
        self.log_has_deleted.store(true, Ordering::SeqCst);
    }

    /// Completes when something has been reported since the last time.
    pub async fn wait(&self) {
        self.left.notified().await;
    }

    /// Whether the log may hold rows of a deleted account. From now on it counts as one that does not, so ask before it is
    /// emptied, and report again if that fails.
    pub fn take_deleted(&self) -> bool {
        self.log_has_deleted.swap(false, Ordering::SeqCst)
    }
}
