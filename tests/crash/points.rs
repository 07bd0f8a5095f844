//! The server ended at each point around the commit of a rotation.

use crate::http::{Door, Lost, Tokens};
use crate::site::Site;

/// Ends the server as ordered while it rotates a session, starts it again, and presents the same token again.
/// Answers whether the rotation had happened.
#[track_caller]
fn happened(order: &str, received: usize) -> bool {
    let site = Site::with_shim();
    let server = site.start();
    let Tokens { access, refresh } = seen_once(server.door);

    site.order(order);
    assert_eq!(server.door.refresh(&refresh).unwrap_err(), Lost { received });
    server.ended_as_ordered();
    site.withdraw_order();

    let server = site.start();
    // An access token from before the rotation looks at the session and changes nothing.
    let generation = server.door.me(&access).unwrap().generation();
    assert!(matches!(generation, 1 | 2), "before or after, not {generation}");

    let first = server.door.refresh(&refresh).unwrap().tokens();
    let second = server.door.refresh(&refresh).unwrap().tokens();
    assert_eq!(first.refresh, second.refresh, "two successes for one parent differ");
    assert_eq!(server.door.me(&second.access).unwrap().generation(), 2);
    let third = server.door.refresh(&first.refresh).unwrap().tokens();
    assert_eq!(server.door.me(&third.access).unwrap().generation(), 3);
    generation == 2
}

/// A session of generation 1 that has been used, so that the log exists and nothing but the rotation is left to write.
fn seen_once(door: Door) -> Tokens {
    let registered = door.register("ada").unwrap().tokens();
    let tokens = door.refresh(&registered.refresh).unwrap().tokens();
    assert_eq!(door.me(&tokens.access).unwrap().generation(), 1);
    tokens
}

#[test]
fn before_the_write_nothing_has_happened() {
    assert!(!happened("write 1", 0));
    assert!(!happened("write 1 lose", 0));
}

#[test]
fn in_the_middle_of_the_write_nothing_has_happened() {
    assert!(!happened("write 2", 0));
    assert!(!happened("write 2 lose", 0));
}

#[test]
fn before_the_sync_it_is_up_to_the_disk_and_either_is_whole() {
    happened("sync 1", 0);
    assert!(!happened("sync 1 lose", 0), "what was not synced cannot survive the power cut: is the shim at work?");
}

#[test]
fn after_the_sync_the_rotation_stays_though_nobody_was_told() {
    assert!(happened("synced", 0));
    assert!(happened("synced 1 lose", 0));
}

#[test]
fn once_the_answer_leaves_the_rotation_stays() {
    assert!(happened("answer", 1));
    assert!(happened("answer 1 lose", 1));
}
