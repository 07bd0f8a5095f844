//! Work that grows with the data runs in batches, one transaction each, so that other writes can run in between.

use std::time::Duration;

/// The number of rows that one transaction changes, which takes a few milliseconds.
pub const ROWS: u32 = 200;

/// The pause between two transactions. Another process that waits for the write lock polls it, so the lock must stay
/// free for a while.
const REST: Duration = Duration::from_millis(10);

/// Lets others write before the next batch.
pub async fn yield_to_writers() {
    tokio::time::sleep(REST).await;
}
