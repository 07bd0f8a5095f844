//! Finds the client's IP address, also behind proxies.
//!
//! Throttling depends on it, so the client must not be able to choose it. A client cannot forge the address of the
//! socket, but it can send any `X-Forwarded-For`; only the entries that trusted proxies have appended are reliable. So
//! the header is read only if the socket's peer is a trusted proxy: from the right, past further trusted proxies, to
//! the first address that is not one. The client may have written the entries to the left; they are ignored.

use crate::settings::TrustedProxies;
use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap, HeaderName};
use std::net::{IpAddr, SocketAddr};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address of the client; `None` without a socket, as in tests.
pub fn find(extensions: &Extensions, headers: &HeaderMap, proxies: &TrustedProxies) -> Option<IpAddr> {
    locate(extensions, headers, proxies).map(|(address, _)| address)
}

/// Whether a trusted proxy has sent a header that does not name the client. The server then uses the proxy's own
/// address, so all its users are throttled together.
pub fn is_unreadable(extensions: &Extensions, headers: &HeaderMap, proxies: &TrustedProxies) -> bool {
    locate(extensions, headers, proxies).is_some_and(|(_, forwarded)| forwarded == Forwarded::Unreadable)
}

/// The result of reading `X-Forwarded-For` from the right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Forwarded {
    /// The first address that is not a trusted proxy's.
    Client(IpAddr),
    /// No header, or only trusted proxies in it.
    Absent,
    /// An entry that is not an address comes before any client's address.
    Unreadable,
}

fn locate(extensions: &Extensions, headers: &HeaderMap, proxies: &TrustedProxies) -> Option<(IpAddr, Forwarded)> {
    let ConnectInfo(peer) = extensions.get::<ConnectInfo<SocketAddr>>()?;
    Some(behind(peer.ip(), headers, proxies))
}

/// The client's address: the peer's, unless the peer is a trusted proxy and names another. An IPv4-mapped IPv6 address
/// (RFC 4291 §2.5.5.2) is converted to IPv4; otherwise a client would have two addresses.
fn behind(peer: IpAddr, headers: &HeaderMap, proxies: &TrustedProxies) -> (IpAddr, Forwarded) {
    let peer = peer.to_canonical();
    let forwarded = if proxies.contains(peer) { forwarded(headers, proxies) } else { Forwarded::Absent };
    match forwarded {
        Forwarded::Client(address) => (address, forwarded),
        Forwarded::Absent | Forwarded::Unreadable => (peer, forwarded),
    }
}

/// Reads the header as bytes, because the ignored part, which the client wrote, may not be UTF-8.
fn forwarded(headers: &HeaderMap, proxies: &TrustedProxies) -> Forwarded {
    // Several headers form one list (RFC 9110 §5.3).
    for line in headers.get_all(FORWARDED_FOR).iter().rev() {
        // An empty header is skipped. An empty entry in a list is unreadable: that proxy did not know the address of
        // its client.
        if line.as_bytes().trim_ascii().is_empty() {
            continue;
        }
        for entry in line.as_bytes().rsplit(|byte| *byte == b',') {
            match address(entry.trim_ascii()) {
                None => return Forwarded::Unreadable,
                Some(address) if proxies.contains(address) => {}
                Some(address) => return Forwarded::Client(address),
            }
        }
    }
    Forwarded::Absent
}

/// Accepts `203.0.113.7` and `2001:db8::7`, and the forms that some proxies write: `203.0.113.7:51234`,
/// `[2001:db8::7]`, `[2001:db8::7]:443`, and an IPv6 address with a zone (`fe80::1%eth0`).
fn address(entry: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(entry).ok()?;
    let is_port = |port: &str| port.parse::<u16>().is_ok() && port.bytes().all(|byte| byte.is_ascii_digit());
    let address = match text.strip_prefix('[') {
        Some(rest) => {
            let (address, port) = rest.split_once(']')?;
            if !port.is_empty() && !port.strip_prefix(':').is_some_and(is_port) {
                return None;
            }
            IpAddr::V6(without_zone(address).parse().ok()?)
        }
        None => match text.rsplit_once(':') {
            Some((address, port)) if !address.contains(':') => {
                IpAddr::V4(address.parse().ok().filter(|_| is_port(port))?)
            }
            _ => without_zone(text).parse().ok()?,
        },
    };
    Some(address.to_canonical())
}

fn without_zone(address: &str) -> &str {
    match address.split_once('%') {
        Some((before, zone)) if before.contains(':') && !zone.is_empty() => before,
        _ => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[track_caller]
    fn check(peer: &str, lines: &[&'static str], wanted: &str) -> Forwarded {
        let proxies = "10.0.0.0/8, 2001:db8::1".parse().unwrap();
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, HeaderValue::from_bytes(line.as_bytes()).unwrap());
        }
        let (address, forwarded) = behind(peer.parse().unwrap(), &headers, &proxies);
        assert_eq!(address.to_string(), wanted, "{peer} {lines:?}");
        forwarded
    }

    #[test]
    fn forwarded_header_from_untrusted_peer_is_ignored() {
        check("192.0.2.9", &["203.0.113.1"], "192.0.2.9");
        check("10.0.0.1", &["203.0.113.1"], "203.0.113.1");
        check("::ffff:10.0.0.1", &["203.0.113.1"], "203.0.113.1");
        check("2001:db8::1", &["::ffff:203.0.113.1"], "203.0.113.1");
        check("2001:db8::2", &["203.0.113.1"], "2001:db8::2");
    }

    #[test]
    fn forwarded_entries_left_of_the_client_are_ignored() {
        check("10.0.0.1", &["1.1.1.1, 203.0.113.1"], "203.0.113.1");
        check("10.0.0.1", &["10.9.9.9, 203.0.113.1, 10.0.0.2"], "203.0.113.1");
        check("10.0.0.1", &["garbage, 203.0.113.1"], "203.0.113.1");
        check("10.0.0.1", &["1.1.1.1", "203.0.113.1", "10.0.0.2"], "203.0.113.1");
    }

    #[test]
    fn forwarded_address_with_port_or_brackets_is_parsed() {
        for (line, wanted) in [
            ("203.0.113.7:51234", "203.0.113.7"),
            ("[2001:db8::7]:443", "2001:db8::7"),
            ("[2001:db8::7]", "2001:db8::7"),
            ("2001:db8::7", "2001:db8::7"),
            ("[::ffff:203.0.113.7]:80", "203.0.113.7"),
            ("fe80::1%eth0", "fe80::1"),
            ("1.1.1.1,203.0.113.7:1\t, 10.0.0.2:443 ,[2001:db8::1]:443", "203.0.113.7"),
        ] {
            check("10.0.0.1", &[line], wanted);
        }
    }

    #[test]
    fn forwarded_non_ascii_entries_on_the_left_are_ignored() {
        check("10.0.0.1", &["\u{e9}\u{202e}, \u{ff}, 203.0.113.1"], "203.0.113.1");
        let mut headers = HeaderMap::new();
        headers.append(FORWARDED_FOR, HeaderValue::from_bytes(b"\xff\xfe,, \xc0,203.0.113.1").unwrap());
        let proxies = "10.0.0.0/8".parse().unwrap();
        let client = "203.0.113.1".parse().unwrap();
        assert_eq!(behind("10.0.0.1".parse().unwrap(), &headers, &proxies).1, Forwarded::Client(client));
    }

    #[test]
    fn unreadable_forwarded_entry_yields_the_peer() {
        for unreadable in [
            "unknown",
            "203.0.113.1,",
            "203.0.113.1, garbage",
            "203.0.113.1:",
            "203.0.113.1:+80",
            "203.0.113.1:65536",
            "203.0.113.1:80:80",
            "[203.0.113.1]",
            "[2001:db8::7",
            "[2001:db8::7]443",
            "203.0.113.1%eth0",
            "2001:db8::7%",
            "203.0.113.1, \u{ff}",
            "203.0.113.1, _hidden, 10.0.0.2",
            ",",
        ] {
            assert_eq!(check("10.0.0.1", &[unreadable], "10.0.0.1"), Forwarded::Unreadable, "{unreadable}");
        }
    }

    #[test]
    fn forwarded_header_without_a_client_yields_the_peer() {
        assert_eq!(check("10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.1"), Forwarded::Absent);
        assert_eq!(check("10.0.0.1", &[""], "10.0.0.1"), Forwarded::Absent);
        assert_eq!(check("10.0.0.1", &[], "10.0.0.1"), Forwarded::Absent);
        assert_eq!(check("192.0.2.9", &["garbage"], "192.0.2.9"), Forwarded::Absent, "not a proxy of ours");
    }
}
