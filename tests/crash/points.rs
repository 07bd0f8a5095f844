//! Ends the server at each point around a commit: before the write, during it, before the sync, after it, and while the
//! answer is sent.

use crate::http::{Answer, Api, Lost, Tokens};
use crate::site::{Running, Site};

/// The state after the server was ended during a request and restarted.
struct Aftermath {
    /// Of a session of ada's, with generation 1, that was used before.
    tokens: Tokens,
    server: Running,
    _site: Site,
}

/// Ends the server at the given point while it answers `request`, and restarts it.
#[track_caller]
fn ended(order: &str, request: impl Fn(Api, &Tokens) -> Result<Answer, Lost>) -> Aftermath {
    let site = Site::with_shim();
    let server = site.start();
    let api = server.api;
    // Rotated and used once, so that the log exists and the request has nothing to write but its own.
    let registered = api.register("ada").unwrap().tokens();
    let tokens = api.refresh(&registered.refresh).unwrap().tokens();
    assert_eq!(api.me(&tokens.access).unwrap().generation(), 1);

    site.order(order);
    let lost = request(api, &tokens).unwrap_err();
    assert_eq!(lost.received, usize::from(order.starts_with("answer")), "{order}");
    server.ended_as_ordered();
    site.withdraw_order();
    Aftermath { tokens, server: site.start(), _site: site }
}

/// Ends the server while it rotates, then presents the same token again. Returns whether the rotation had been
/// committed.
#[track_caller]
fn rotated(order: &str) -> bool {
    let Aftermath { tokens, server: Running { api, .. }, .. } =
        &ended(order, |api, tokens| api.refresh(&tokens.refresh));
    // An access token from before the rotation looks at the session and changes nothing.
    let generation = api.me(&tokens.access).unwrap().generation();
    assert!(matches!(generation, 1 | 2), "before or after, not {generation}");

    let first = api.refresh(&tokens.refresh).unwrap().tokens();
    let second = api.refresh(&tokens.refresh).unwrap().tokens();
    assert_eq!(first.refresh, second.refresh, "two successes for one parent differ");
    assert_eq!(api.me(&second.access).unwrap().generation(), 2);
    let third = api.refresh(&first.refresh).unwrap().tokens();
    assert_eq!(api.me(&third.access).unwrap().generation(), 3);
    generation == 2
}

/// Ends the server while it revokes a session. Returns whether it had ended, and then revokes it again.
#[track_caller]
fn revoked(order: &str) -> bool {
    let Aftermath { tokens, server: Running { api, .. }, .. } =
        &ended(order, |api, tokens| api.revoke(&tokens.refresh));
    let had_ended = api.me(&tokens.access).unwrap().status == 401;
    assert_eq!(api.revoke(&tokens.refresh).unwrap().status, 204);
    api.me(&tokens.access).unwrap().problem(401, "invalid_token", Some("session_ended"));
    api.refresh(&tokens.refresh).unwrap().problem(400, "invalid_grant", Some("logged_out"));
    had_ended
}

/// Ends the server while it registers the user grace. Answers whether the account was there; afterwards it is there.
#[track_caller]
fn registered(order: &str) -> bool {
    let Aftermath { server: Running { api, .. }, .. } = &ended(order, |api, _| api.register("grace"));
    let was_there = api.register("grace").unwrap().status == 409;
    let tokens = api.log_in("grace").unwrap().tokens();
    assert_eq!(api.me(&tokens.access).unwrap().generation(), 0);
    was_there
}

#[test]
fn crash_before_the_write_changes_nothing() {
    for order in ["write 1", "write 1 lose"] {
        assert!(!rotated(order));
        assert!(!revoked(order));
        assert!(!registered(order));
    }
}

#[test]
fn crash_during_the_write_changes_nothing() {
    for order in ["write 2", "write 2 lose"] {
        assert!(!rotated(order));
        assert!(!revoked(order));
        assert!(!registered(order));
    }
}

#[test]
fn crash_before_the_sync_keeps_all_or_nothing() {
    rotated("sync 1");
    revoked("sync 1");
    registered("sync 1");
    // What was not synced cannot survive the power cut: if it does, the shim is not at work.
    assert!(!rotated("sync 1 lose"));
    assert!(!revoked("sync 1 lose"));
    assert!(!registered("sync 1 lose"));
}

#[test]
fn crash_after_the_sync_keeps_the_write() {
    for order in ["synced 1", "synced 1 lose"] {
        assert!(rotated(order));
        assert!(revoked(order));
        assert!(registered(order));
    }
}

#[test]
fn crash_after_the_response_keeps_the_write() {
    for order in ["answer 1", "answer 1 lose"] {
        assert!(rotated(order));
        assert!(revoked(order));
        assert!(registered(order));
    }
}
