//! How long rows are kept.

use std::time::Duration;

/// How long rows are kept that the server does not need any more. With zero they are deleted at the next run of the job.
#[derive(Clone, Copy, Debug)]
pub struct Retention {
    /// A session's row after its end, so that a late client gets the reason.
    pub sessions: Duration,
    /// A line of the security log.
    pub events: Duration,
}
