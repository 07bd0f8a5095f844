//! Sessions: opened by a sign-in, kept alive by refreshes, ended for good by a revocation or by time.
//!
//! [`lifecycle`] decides, the verbs ([`start`], [`refresh`], [`log_out`] …) carry it out: each change is acknowledged
//! only after its commit.

pub mod access_token;
mod administer;
mod caller;
mod device;
mod events;
mod introspect;
mod issue;
pub mod keyring;
pub mod lifecycle;
mod list;
mod refresh;
mod refresh_token;
mod revoke;
mod session;
mod start;
mod usual;
mod verified;

pub use administer::{Ending, end_all, end_all_of, end_one, live};
pub use caller::{AccessError, Caller, authenticate};
pub use events::{BadCursor, Cursor, EventKind, log, record};
pub use introspect::{LiveToken, TokenKind, introspect};
pub use issue::{Issued, SigningFailed};
pub use list::list;
pub use refresh::{RefreshError, refresh};
pub use refresh_token::{RefreshToken, RowSecret, SessionId};
pub use revoke::{RevokeError, begin_as, end_others, log_out, revoke_by_token, revoke_one, revoke_others};
pub use session::Session;
pub use start::{StartError, start};
use std::net::{IpAddr, Ipv6Addr};
pub use usual::{USUAL, Unusual};
pub use verified::VerifiedTokens;

/// Where a request came from, for the session's row and the security log.
#[derive(Clone, Debug, Default)]
pub struct Device {
    pub ip: Option<String>,
    pub user_agent: Option<String>,
}

impl Device {
    /// The [`network`] of its address.
    pub fn network(&self) -> Option<String> {
        Some(network(self.ip.as_deref()?.parse().ok()?).to_string())
    }
}

/// What counts as one address. With IPv6 a household or a rented machine has 2^64 of them and may change them at will, so
/// there it is the network, a /64 (RFC 4291 §2.5.1).
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (!0 << 64)).into(),
        ipv4 => ipv4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(ip: &str) -> Option<String> {
        Device { ip: Some(ip.to_owned()), user_agent: None }.network()
    }

    #[test]
    fn an_ipv6_network_is_one_address_and_a_mapped_ipv4_address_is_ipv4() {
        for (one, other, same) in [
            ("192.0.2.1", "192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false),
            ("::ffff:192.0.2.1", "192.0.2.1", true),
            ("2001:db8::1", "2001:db8:0:0:ffff:ffff:ffff:ffff", true),
            ("2001:db8::1", "2001:db8:0:1::1", false),
            ("2001:db8::", "192.0.2.1", false),
        ] {
            assert_eq!(network(one) == network(other), same, "{one} {other}");
        }
        assert_eq!(network("not an address"), None);
    }
}
