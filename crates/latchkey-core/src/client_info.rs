//! The client that sent a request.

use crate::network::network;

/// The address and the user agent of the client that sent a request, for the session's row and the security log. The
/// default stands for no client: the server itself, or an administrator at the command line.
#[derive(Clone, Debug, Default)]
pub struct ClientInfo {
    /// Its IP address as text.
    pub ip: Option<String>,
    /// Its `User-Agent` header.
    pub user_agent: Option<String>,
}

impl ClientInfo {
    /// The [`network()`] of its address.
    pub fn network(&self) -> Option<String> {
        Some(network(self.ip.as_deref()?.parse().ok()?).to_string())
    }
}
