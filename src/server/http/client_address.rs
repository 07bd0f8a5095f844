//! Whose address a request comes from, when proxies may stand in between.
//!
//! Throttling rests on it, so it must not be for the client to choose. The socket cannot lie. `X-Forwarded-For` can, in
//! all but what the nearest proxies have added to its end: it is read only when the socket's peer is a proxy that the
//! settings name, from the right, past further proxies of ours, to the first address that is not one. What stands to the
//! left of that was written by the client, and is not looked at.

use crate::server::proxies::TrustedProxies;
use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap, HeaderName};
use std::net::{IpAddr, SocketAddr};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address of whoever sent a request with these; `None` where there is no socket, as in tests.
pub fn of(extensions: &Extensions, headers: &HeaderMap, proxies: &TrustedProxies) -> Option<IpAddr> {
    let ConnectInfo(peer) = extensions.get::<ConnectInfo<SocketAddr>>()?;
    Some(behind(peer.ip(), headers, proxies))
}

/// The client's address: the peer's own, unless the peer is a trusted proxy and names another. An IPv4 address in IPv6's
/// clothes (RFC 4291 §2.5.5.2) comes out as IPv4, or everybody would have two.
fn behind(peer: IpAddr, headers: &HeaderMap, proxies: &TrustedProxies) -> IpAddr {
    let peer = peer.to_canonical();
    if proxies.contains(peer) { forwarded(headers, proxies).unwrap_or(peer) } else { peer }
}

/// `None` when there is no such address, or rubbish before it: a proxy that writes no addresses is no help, and the
/// peer's is at least true.
fn forwarded(headers: &HeaderMap, proxies: &TrustedProxies) -> Option<IpAddr> {
    // More than one header is one list (RFC 9110 §5.3).
    for line in headers.get_all(FORWARDED_FOR).iter().rev() {
        for entry in line.to_str().ok()?.rsplit(',') {
            let address = entry.trim().parse::<IpAddr>().ok()?.to_canonical();
            if !proxies.contains(address) {
                return Some(address);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[track_caller]
    fn check(peer: &str, lines: &[&'static str], wanted: &str) {
        let proxies = "10.0.0.0/8, 2001:db8::1".parse().unwrap();
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, HeaderValue::from_static(line));
        }
        assert_eq!(behind(peer.parse().unwrap(), &headers, &proxies).to_string(), wanted, "{peer} {lines:?}");
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        check("192.0.2.9", &["203.0.113.1"], "192.0.2.9");
        check("10.0.0.1", &["203.0.113.1"], "203.0.113.1");
        check("::ffff:10.0.0.1", &["203.0.113.1"], "203.0.113.1");
        check("2001:db8::1", &["::ffff:203.0.113.1"], "203.0.113.1");
        check("2001:db8::2", &["203.0.113.1"], "2001:db8::2");
    }

    #[test]
    fn what_the_client_wrote_itself_is_not_looked_at() {
        check("10.0.0.1", &["1.1.1.1, 203.0.113.1"], "203.0.113.1");
        check("10.0.0.1", &["10.9.9.9, 203.0.113.1, 10.0.0.2"], "203.0.113.1");
        check("10.0.0.1", &["rubbish, 203.0.113.1"], "203.0.113.1");
        check("10.0.0.1", &["1.1.1.1", "203.0.113.1", "10.0.0.2"], "203.0.113.1");
    }

    #[test]
    fn without_a_sound_address_it_is_the_peer() {
        for rubbish in ["", "unknown", "203.0.113.1,", "203.0.113.1, rubbish", "203.0.113.1:80", "10.0.0.3, 10.0.0.2"] {
            check("10.0.0.1", &[rubbish], "10.0.0.1");
        }
        check("10.0.0.1", &[], "10.0.0.1");
    }
}
