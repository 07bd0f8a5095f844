//! Where a request came from.

use super::network::network;

/// Where a request came from, for the session's row and the security log.
#[derive(Clone, Debug, Default)]
pub struct Device {
    pub ip: Option<String>,
    pub user_agent: Option<String>,
}

impl Device {
    /// The [`network()`] of its address.
    pub fn network(&self) -> Option<String> {
        Some(network(self.ip.as_deref()?.parse().ok()?).to_string())
    }
}
