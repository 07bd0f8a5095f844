//! The trusted proxies.

use ipnet::IpNet;
use std::net::IpAddr;
use std::str::FromStr;

/// IP addresses and networks of the proxies in front of the server, parsed from a comma-separated list.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Whether no proxy is trusted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a network contains all IPv4 or all IPv6 addresses. Any such client could then claim any address.
    pub fn trusts_all(&self) -> bool {
        self.0.iter().any(|network| network.prefix_len() == 0)
    }

    /// Whether the address is trusted. An IPv4-mapped address counts as its IPv4 address. A NAT64 address
    /// (64:ff9b::/96) does not count as the IPv4 address in it, because other clients may use the same gateway: trusting
    /// 10.0.0.0/8 does not trust 64:ff9b::10.0.0.1.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address.to_canonical()))
    }
}

/// Converts a network of IPv4-mapped addresses to IPv4, because `contains` converts the addresses, too.
fn canonical(network: IpNet) -> IpNet {
    let IpNet::V6(mapped) = network else { return network };
    let inner = mapped.addr().to_ipv4_mapped().zip(mapped.prefix_len().checked_sub(96));
    inner.and_then(|(address, length)| IpNet::new(address.into(), length).ok()).unwrap_or(network)
}

impl FromStr for TrustedProxies {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let network = |part: &str| match part.parse::<IpAddr>() {
            Ok(address) => Ok(IpNet::from(address.to_canonical())),
            Err(_) => part.parse().map(canonical).map_err(|_| {
                format!("contains {part:?}: write IP addresses or networks, such as 127.0.0.1 or 10.0.0.0/8")
            }),
        };
        Ok(Self(parts.map(network).collect::<Result<_, _>>()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contains_matches_addresses_and_networks_of_both_families() {
        let proxies: TrustedProxies =
            "127.0.0.1, 10.0.0.0/8,2001:db8::/32, ::ffff:192.0.2.1,::ffff:198.51.100.0/120,".parse().unwrap();
        for inside in ["127.0.0.1", "10.255.0.1", "::ffff:10.1.1.1", "2001:db8:1::1", "192.0.2.1", "198.51.100.7"] {
            assert!(proxies.contains(inside.parse().unwrap()), "{inside}");
        }
        for outside in ["198.51.101.1", "127.0.0.2", "11.0.0.1", "2001:db9::1", "::1", "64:ff9b::10.0.0.1"] {
            assert!(!proxies.contains(outside.parse().unwrap()), "{outside}");
        }
        assert!(!proxies.trusts_all());
        for all in ["10.0.0.0/8,0.0.0.0/0", "::/0"] {
            assert!(all.parse::<TrustedProxies>().unwrap().trusts_all());
        }
        assert!(!TrustedProxies::default().contains("127.0.0.1".parse().unwrap()));
    }

    #[test]
    fn invalid_entry_is_quoted_in_error() {
        for wrong in ["proxy.example.org", "10.0.0.0/33", "10.0.0.1:80", "*"] {
            let error = format!("127.0.0.1,{wrong}").parse::<TrustedProxies>().unwrap_err();
            assert!(error.contains(wrong) && error.contains("10.0.0.0/8"), "{error}");
        }
    }
}
