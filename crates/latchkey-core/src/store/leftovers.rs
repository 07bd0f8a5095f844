//! What a small transaction leaves to be done later: the job that does it is woken here.

use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Notify;

/// Wakes the job of `jobs/finish.rs`, and tells it whether an account was deleted since it last erased the
/// traces of deleted rows from the files.
pub struct Leftovers {
    left: Notify,
    files_have_deleted: AtomicBool,
}

impl Default for Leftovers {
    /// What was left before a restart is not known, so the files count as ones that hold deleted rows.
    fn default() -> Self {
        Self { left: Notify::new(), files_have_deleted: AtomicBool::new(true) }
    }
}

impl Leftovers {
    /// A transaction has been committed that leaves work for the job.
    pub fn report(&self) {
        self.left.notify_one();
    }

    /// Rows of a deleted account have been removed, and the files still hold their bytes.
    pub fn files_hold_deleted_rows(&self) {
        self.files_have_deleted.store(true, Ordering::SeqCst);
    }

    /// Completes when something has been reported since the last time.
    pub async fn wait(&self) {
        self.left.notified().await;
    }

    /// Whether the files may hold rows of a deleted account. From now on they count as ones that do not, so ask before they
    /// are erased, and report again if that fails.
    pub fn take_deleted(&self) -> bool {
        self.files_have_deleted.swap(false, Ordering::SeqCst)
    }
}
