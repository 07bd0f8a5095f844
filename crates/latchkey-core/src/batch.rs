//! Work that grows with the data is done in batches, a transaction each: other writes get in between.

use std::time::Duration;

/// The number of rows that one transaction changes, which takes a few milliseconds.
pub const ROWS: u32 = 200;

/// The pause between two transactions. Another process that waits for the write lock only polls it.
const REST: Duration = Duration::from_millis(10);

/// Lets others write before the next batch.
pub async fn yield_to_writers() {
    tokio::time::sleep(REST).await;
}
