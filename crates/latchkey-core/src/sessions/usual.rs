//! Records the usual networks and devices of a user: those of the sign-ins of the last 90 days.
//!
//! The device list and the security log use them to show "new network" and "new device", so that the owner notices an
//! attacker. Throttling does not use them: it trusts a network only while a session of the user is live in it
//! (`accounts/attempt.rs`), so that an attacker loses that trust when the session is revoked.

use super::ClientInfo;
use super::user_agent::describe;
use crate::clock::Timestamp;
use crate::ids::UserId;
use crate::store::{self, StoreError, Transaction, usual_places::PlaceHistory};
use std::time::Duration;

/// How long after a sign-in its network and its device count as usual.
pub const USUAL_PERIOD: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// The highest number of places (networks or devices) of each kind that are stored for a user. A traveller has a few
/// dozen; the limit keeps a program that signs in from a new address each time from filling the table.
const MAX_PLACES: u32 = 100;

/// What is unusual about a sign-in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unusual {
    /// The network is new.
    pub network: bool,
    /// The device is new.
    pub device: bool,
}

impl Unusual {
    /// The text in the security log.
    pub fn as_str(self) -> Option<&'static str> {
        match (self.network, self.device) {
            (false, false) => None,
            (true, false) => Some("new_network"),
            (false, true) => Some("new_device"),
            (true, true) => Some("new_network new_device"),
        }
    }

    /// Parses the text that [`as_str`](Self::as_str) has written.
    pub fn parse(text: &str) -> Self {
        let says = |word| text.split(' ').any(|found| found == word);
        Self { network: says("new_network"), device: says("new_device") }
    }
}

/// Records a sign-in and returns what is unusual about it, in the transaction that starts the session.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub(super) async fn record(
    tx: &mut Transaction,
    user_id: &UserId,
    client: &ClientInfo,
    now: Timestamp,
) -> Result<Unusual, StoreError> {
    let network = match client.network() {
        Some(network) => record_place(tx, user_id, "network", &network, now).await?,
        None => false,
    };
    Ok(Unusual { network, device: record_place(tx, user_id, "device", &device_of(client), now).await? })
}

/// Records the place of a sign-in; returns whether it is new for a user who has other places of its kind.
async fn record_place(
    tx: &mut Transaction,
    user_id: &UserId,
    kind: &str,
    place: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let known = store::usual_places::find(tx, user_id, kind, place, now.before(USUAL_PERIOD)).await?;
    store::usual_places::record(tx, user_id, kind, place, now).await?;
    if known.here == 0 {
        store::usual_places::keep_newest(tx, user_id, kind, MAX_PLACES).await?;
    }
    Ok(is_new(known))
}

/// A place does not count as new if the user has no other place of its kind: the user has just registered, or did not
/// sign in since places are recorded.
fn is_new(known: PlaceHistory) -> bool {
    known.here == 0 && known.places > 0
}

/// Browser and system without their versions, so that an update does not make a new device.
fn device_of(client: &ClientInfo) -> String {
    let named = describe(client.user_agent.as_deref());
    [named.browser, named.system].into_iter().flatten().collect::<Vec<_>>().join(" on ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn place_is_new_only_when_others_are_known() {
        assert!(!is_new(PlaceHistory { places: 0, here: 0 }));
        assert!(!is_new(PlaceHistory { places: 3, here: 1 }));
        assert!(is_new(PlaceHistory { places: 3, here: 0 }));
    }

    #[test]
    fn unusual_flags_written_as_text_are_read_back() {
        for network in [false, true] {
            for device in [false, true] {
                let unusual = Unusual { network, device };
                assert_eq!(Unusual::parse(unusual.as_str().unwrap_or_default()), unusual);
            }
        }
        assert_eq!(Unusual::parse("revoked"), Unusual::default());
    }
}
