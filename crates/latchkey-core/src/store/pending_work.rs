//! Work that small transactions leave for a background job.

use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Notify;

/// Wakes the job `jobs/finish.rs` of latchkey-axum, and records which files still contain bytes of deleted accounts.
pub struct PendingWork {
    left: Notify,
    rewrite_file: AtomicBool,
    empty_log: AtomicBool,
}

impl Default for PendingWork {
    /// After a start the state is unknown, so the files are assumed to contain deleted rows.
    fn default() -> Self {
        Self { left: Notify::new(), rewrite_file: AtomicBool::new(true), empty_log: AtomicBool::new(true) }
    }
}

impl PendingWork {
    /// Wakes the job: a committed transaction has left work.
    pub fn report(&self) {
        self.left.notify_one();
    }

    /// Waits until work has been reported since the last call.
    pub async fn wait(&self) {
        self.left.notified().await;
    }

    /// Records that rows of a deleted account were removed, and that their bytes are still in the database file and in
    /// its write-ahead log.
    pub fn files_hold_deleted_rows(&self) {
        self.rewrite_file.store(true, Ordering::SeqCst);
        self.log_holds_deleted_rows();
    }

    /// Records that bytes of deleted rows are still in the write-ahead log.
    pub fn log_holds_deleted_rows(&self) {
        self.empty_log.store(true, Ordering::SeqCst);
    }

    /// Returns whether the database file must be rewritten, and marks it as rewritten. Call it before the rewrite, and
    /// report again if the rewrite fails.
    pub fn take_rewrite(&self) -> bool {
        self.rewrite_file.swap(false, Ordering::SeqCst)
    }

    /// The same for emptying the write-ahead log.
    pub fn take_log(&self) -> bool {
        self.empty_log.swap(false, Ordering::SeqCst)
    }
}
