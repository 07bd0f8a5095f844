//! How long rows are kept.

use std::time::Duration;

/// How long rows are kept that the server no longer needs. With zero, the next run of the job deletes them.
#[derive(Clone, Copy, Debug)]
pub struct Retention {
    /// How long the row of an ended session is kept, so that a late client gets the reason of the end.
    pub sessions: Duration,
    /// How long an event of the security log is kept.
    pub events: Duration,
}
