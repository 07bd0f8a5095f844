//! Work that grows with the data is done in batches, a transaction each: other writes get in between.

use std::time::Duration;

/// Rows in one transaction. To change so many takes a few milliseconds.
pub const ROWS: u32 = 200;

/// Between two transactions. Another process that waits to write only looks now and then whether it may.
const REST: Duration = Duration::from_millis(10);

/// Lets others write before the next batch.
pub async fn yield_to_writers() {
    tokio::time::sleep(REST).await;
}
