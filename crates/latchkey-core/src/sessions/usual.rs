//! What is usual for a user: the networks and devices that the account has been signed in from in the last 90 days.
//!
//! The device list and the security log show "new network" and "new device" by this, so that the owner notices an
//! attacker. It decides nothing: throttling trusts a network only while a session of the user is live in it
//! (`accounts/attempt.rs`), so that a thief whose session was revoked keeps no trust.

use super::ClientInfo;
use super::user_agent::describe;
use crate::clock::Timestamp;
use crate::ids::UserId;
use crate::store::{self, StoreError, Transaction, usual_places::PlaceHistory};
use std::time::Duration;

/// How long after a sign-in its network and its device count as usual.
pub const USUAL: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// Places of a kind that are remembered for a user. A traveller has a few dozen; a program that signs in from a new
/// address each time must not fill the table.
const MOST: u32 = 100;

/// What is unusual about a sign-in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unusual {
    pub network: bool,
    pub device: bool,
}

impl Unusual {
    /// As the security log keeps it.
    pub fn as_str(self) -> Option<&'static str> {
        match (self.network, self.device) {
            (false, false) => None,
            (true, false) => Some("new_network"),
            (false, true) => Some("new_device"),
            (true, true) => Some("new_network new_device"),
        }
    }

    /// What [`as_str`](Self::as_str) has written.
    pub fn parse(text: &str) -> Self {
        let says = |word| text.split(' ').any(|found| found == word);
        Self { network: says("new_network"), device: says("new_device") }
    }
}

/// Records a sign-in and answers what is unusual about it, as part of opening the session.
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
        Some(network) => visit(tx, user_id, "network", &network, now).await?,
        None => false,
    };
    Ok(Unusual { network, device: visit(tx, user_id, "device", &kind_of(client), now).await? })
}

/// Whether the place is new to a user who has been at others.
async fn visit(
    tx: &mut Transaction,
    user_id: &UserId,
    kind: &str,
    place: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let known = store::usual_places::find(tx, user_id, kind, place, now.before(USUAL)).await?;
    store::usual_places::record(tx, user_id, kind, place, now).await?;
    if known.here == 0 {
        store::usual_places::keep_newest(tx, user_id, kind, MOST).await?;
    }
    Ok(is_new(known))
}

/// A user without any place of the kind has just registered, or comes from a time when they were not recorded: there is
/// nothing that the place could differ from.
fn is_new(known: PlaceHistory) -> bool {
    known.here == 0 && known.places > 0
}

/// Browser and system without their versions: an update makes no new device.
fn kind_of(client: &ClientInfo) -> String {
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
