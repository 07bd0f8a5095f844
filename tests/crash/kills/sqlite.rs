//! A power cut, which loses what is not synced to a SQLite file.

use super::deaths;
use crate::site::Site;
use rand::Rng as _;

const CUTS: usize = 30;

#[test]
fn acknowledged_write_survives_a_power_cut() {
    let site = Site::with_shim();
    let tally = deaths(&site, CUTS, |server, rng| {
        site.order(&format!("any {} lose", rng.random_range(1..=12)));
        server.ended_as_ordered();
        site.withdraw_order();
    });
    assert!(tally.rotations > 100 && tally.revocations > 0 && tally.retries > 0, "too little happened: {tally:?}");
}
