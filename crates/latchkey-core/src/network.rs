//! Networks: groups of addresses that count as one client.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The well-known prefix of NAT64, 64:ff9b::/96 (RFC 6052 §2.1): the last 32 bits are an IPv4 address.
const NAT64: u128 = 0x0064_ff9b << 96;

/// The network that an address belongs to: an IPv4 address itself (a /32), or the /64 of an IPv6 address. A household or a
/// rented machine has 2^64 IPv6 addresses and may change them at will (RFC 4291 §2.5.1). IPv6 addresses that stand for an
/// IPv4 address count as that address.
pub fn network(address: IpAddr) -> IpAddr {
    match to_ipv4(address) {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (!0 << 64)).into(),
        ipv4 => ipv4,
    }
}

/// Whether an address is not a public one: it is of this machine, a link, a private network, or a provider's shared
/// address space (RFC 1918, RFC 3927, RFC 4193, RFC 6598).
pub fn is_private(address: IpAddr) -> bool {
    match to_ipv4(address) {
        IpAddr::V4(address) => {
            let [first, second, ..] = address.octets();
            let is_shared = first == 100 && second & 0b1100_0000 == 64;
            address.is_private() || address.is_loopback() || address.is_link_local() || is_shared
        }
        IpAddr::V6(address) => address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local(),
    }
}

/// The IPv4 address behind an IPv4-mapped (RFC 4291 §2.5.5.2) or NAT64 address; any other address as it is.
fn to_ipv4(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) if address.to_bits() & (!0 << 32) == NAT64 => {
            let [.., a, b, c, d] = address.octets();
            Ipv4Addr::new(a, b, c, d).into()
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn network_is_an_ipv4_address_or_an_ipv6_prefix() {
        for (one, other, same) in [
            ("192.0.2.1", "192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false),
            ("::ffff:192.0.2.1", "192.0.2.1", true),
            ("64:ff9b::192.0.2.1", "192.0.2.1", true),
            ("64:ff9b::c000:201", "::ffff:192.0.2.1", true),
            ("64:ff9b::192.0.2.1", "64:ff9b::192.0.2.2", false),
            ("64:ff9b:0:0:0:1:c000:201", "192.0.2.1", false),
            ("64:ff9b:1::c000:201", "192.0.2.1", false),
            ("2001:db8::1", "2001:db8:0:0:ffff:ffff:ffff:ffff", true),
            ("2001:db8::1", "2001:db8:0:1::1", false),
            ("2001:db8::", "192.0.2.1", false),
        ] {
            let [first, second] = [one, other].map(|address| network(address.parse().unwrap()));
            assert_eq!(first == second, same, "{one} {other}");
        }
    }

    #[test]
    fn private_and_public_addresses_are_distinguished() {
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "172.17.0.1",
            "192.168.1.1",
            "169.254.1.1",
            "100.64.0.1",
            "100.127.255.255",
            "::1",
            "fd00::1",
            "fe80::1",
            "::ffff:10.0.0.1",
            "64:ff9b::10.0.0.1",
        ] {
            assert!(is_private(private.parse().unwrap()), "{private}");
        }
        for public in ["192.0.2.1", "172.32.0.1", "100.128.0.1", "100.63.0.1", "2001:db8::1", "::ffff:8.8.8.8"] {
            assert!(!is_private(public.parse().unwrap()), "{public}");
        }
    }
}
