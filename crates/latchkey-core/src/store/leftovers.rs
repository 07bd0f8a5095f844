//! What a small transaction leaves to be done later: the job that does it is woken here.

use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Notify;

/// Wakes the job of `jobs/finish.rs`, and tells it what holds the bytes of deleted accounts.
pub struct Leftovers {
    left: Notify,
    rewrite_file: AtomicBool,
    empty_log: AtomicBool,
}

impl Default for Leftovers {
    /// What was left before a restart is not known, so the files count as ones that hold deleted rows.
    fn default() -> Self {
        Self { left: Notify::new(), rewrite_file: AtomicBool::new(true), empty_log: AtomicBool::new(true) }
    }
}

impl Leftovers {
    /// A transaction has been committed that leaves work for the job.
    pub fn report(&self) {
        self.left.notify_one();
    }

    /// Completes when something has been reported since the last time.
    pub async fn wait(&self) {
        self.left.notified().await;
    }

    /// Rows of a deleted account have been removed, and their bytes are still in the database file and in its log.
    pub fn files_hold_deleted_rows(&self) {
        self.rewrite_file.store(true, Ordering::SeqCst);
        self.log_holds_deleted_rows();
    }

    /// Their bytes are still in the log.
    pub fn log_holds_deleted_rows(&self) {
        self.empty_log.store(true, Ordering::SeqCst);
    }

    /// Whether the database file must be rewritten. From now on it counts as rewritten, so ask before that, and report
    /// again if it fails.
    pub fn take_rewrite(&self) -> bool {
        self.rewrite_file.swap(false, Ordering::SeqCst)
    }

    /// The same for emptying the log.
    pub fn take_log(&self) -> bool {
        self.empty_log.swap(false, Ordering::SeqCst)
    }
}
