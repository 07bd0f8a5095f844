//! Compares the source of a request with that of the last refresh of its session.

use super::ClientInfo;
use super::lifecycle::PresentedFrom;

/// The network and the user agent of a client, by which the server recognises it. Neither is proof of identity: clients
/// behind one NAT share a network, and any client can send any user agent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// `None` in sessions that have not been refreshed since an upgrade from a version that did not store it.
    pub network: Option<String>,
    /// The `User-Agent` header.
    pub user_agent: Option<String>,
}

impl Source {
    /// The source of a request.
    pub fn of(client: &ClientInfo) -> Self {
        Self { network: client.network(), user_agent: client.user_agent.clone() }
    }

    /// Compares the source of a session's last rotation, `self`, with that of a request. While the row records no network,
    /// there is nothing to compare with.
    pub fn compare(&self, request: &Self) -> PresentedFrom {
        if self.network.is_none() || self == request { PresentedFrom::Same } else { PresentedFrom::Elsewhere }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(ip: &str, user_agent: Option<&str>) -> Source {
        Source::of(&ClientInfo { ip: Some(ip.to_owned()), user_agent: user_agent.map(str::to_owned) })
    }

    #[test]
    fn same_source_needs_the_same_network_and_user_agent() {
        let rotated = source("192.0.2.1", Some("Firefox"));
        for (ip, user_agent, expected) in [
            ("192.0.2.1", Some("Firefox"), PresentedFrom::Same),
            ("::ffff:192.0.2.1", Some("Firefox"), PresentedFrom::Same),
            ("64:ff9b::192.0.2.1", Some("Firefox"), PresentedFrom::Same),
            ("192.0.2.2", Some("Firefox"), PresentedFrom::Elsewhere),
            ("192.0.2.1", Some("curl"), PresentedFrom::Elsewhere),
            ("192.0.2.1", None, PresentedFrom::Elsewhere),
            ("not an address", Some("Firefox"), PresentedFrom::Elsewhere),
        ] {
            assert_eq!(rotated.compare(&source(ip, user_agent)), expected, "{ip} {user_agent:?}");
        }
    }

    #[test]
    fn missing_user_agent_equals_missing_user_agent() {
        let rotated = source("192.0.2.1", None);
        assert_eq!(rotated.compare(&source("192.0.2.1", None)), PresentedFrom::Same);
        assert_eq!(rotated.compare(&source("192.0.2.1", Some("curl"))), PresentedFrom::Elsewhere);
    }

    #[test]
    fn row_without_network_equals_any_source() {
        let from_before = Source::default();
        assert_eq!(from_before.compare(&source("192.0.2.1", Some("curl"))), PresentedFrom::Same);
    }
}
