//! The places of the clients in a walk: addresses and programs, and what a session's row records of them.

use crate::support::Place;

pub struct Spot {
    pub place: Place<'static>,
    pub network: &'static str,
    pub user_agent: Option<&'static str>,
}

const fn spot(ip: &'static str, network: &'static str, user_agent: Option<&'static str>) -> Spot {
    Spot { place: Place { ip, user_agent }, network, user_agent }
}

/// The owners' places, and the thief's as the last one. Some are the same client written differently.
pub const SPOTS: [Spot; 9] = [
    spot("192.0.2.7", "192.0.2.7", Some("Firefox/145.0")),
    spot("::ffff:192.0.2.7", "192.0.2.7", Some("Firefox/145.0")),
    spot("64:ff9b::192.0.2.7", "192.0.2.7", Some("Firefox/145.0")),
    spot("192.0.2.7", "192.0.2.7", Some("Firefox/146.0")),
    spot("203.0.113.80", "203.0.113.80", Some("Firefox/145.0")),
    spot("2001:db8:7::1", "2001:db8:7::", Some("Firefox/145.0")),
    spot("2001:db8:7::ffff:1", "2001:db8:7::", Some("Firefox/145.0")),
    spot("203.0.113.80", "203.0.113.80", None),
    spot("198.51.100.9", "198.51.100.9", Some("curl/8.5.0")),
];

/// An index into [`SPOTS`].
pub const THIEF: usize = SPOTS.len() - 1;

/// Whether the server treats these two as one client.
pub fn is_same_client(one: usize, other: usize) -> bool {
    let of = |index: usize| (SPOTS[index].network, SPOTS[index].user_agent);
    of(one) == of(other)
}
