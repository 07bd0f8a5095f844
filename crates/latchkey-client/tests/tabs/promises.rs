//! The checks at the end of a walk. During the walk, `history.rs` checks that no tab becomes a guest without a reason,
//! and `tab.rs` that nothing is stored after a logout.

use crate::network::Request;
use crate::server::number;
use crate::walks::set_offline;
use crate::world::World;
use latchkey_client::claims::UnverifiedClaims;
use latchkey_wire::EndReason;

/// Checks ten minutes after the last fault, with all tabs visible.
pub fn check_at_rest(world: &World, actions: usize) {
    bring_to_rest(world);
    requests_are_bounded(world, actions);
    tabs_have_the_newest_tokens(world);
    only_users_log_out(world);
}

fn bring_to_rest(world: &World) {
    world.advance(100);
    world.faults.borrow_mut().clear();
    for id in world.open_tabs() {
        world.tabs.borrow_mut()[id].is_hidden = false;
        world.wake(id);
    }
    world.settle();
    set_offline(world, false);
    for id in world.open_tabs() {
        world.client(id).sync();
    }
    world.advance(660_000);
}

/// The numbers of actions and tabs and the time limit the number of requests.
fn requests_are_bounded(world: &World, actions: usize) {
    let refreshes = world.count(|request| matches!(request, Request::Refresh(_)));
    let tabs = world.tabs.borrow().len();
    let ten_minutes = usize::try_from(world.executor.now_ms() / 600_000).expect("a small number") + 1;
    let most = 3 * actions + tabs * 11 * ten_minutes;
    assert!(refreshes <= most, "{refreshes} refreshes after {actions} actions in {tabs} tabs, {most} at most");
    let confirmations = world.count(|request| matches!(request, Request::Confirm(_)));
    assert!(confirmations <= refreshes + actions, "{confirmations} confirmations of {refreshes} refreshes");
}

/// Every signed-in tab has the newest tokens of a live session.
fn tabs_have_the_newest_tokens(world: &World) {
    for id in world.open_tabs() {
        let Some(record) = world.client(id).record() else { continue };
        let claims = UnverifiedClaims::of(&record.token).expect("claims");
        let session = number(&claims.session.expect("a session"));
        let server = world.server.borrow();
        assert_eq!(
            server.end_reason(session, world.server_ms()),
            None,
            "tab {id} is in session {session}, which is over"
        );
        let head = u64::from(server.sessions[session].head);
        assert_eq!(claims.generation, Some(head), "tab {id} has old tokens of session {session}");
    }
}

/// This browser revoked only sessions that a user had logged out of, or whose new tokens a tab had to drop.
fn only_users_log_out(world: &World) {
    let history = world.history.borrow();
    for (session, state) in world.server.borrow().sessions.iter().enumerate() {
        let has_reason = history.logged_out.contains(&session)
            || history.dropped.contains(&session)
            || history.cleared.contains(&session)
            || history.cleared_in.iter().any(|(_, cleared)| *cleared == session);
        assert!(state.ended != Some(EndReason::LoggedOut) || has_reason, "session {session} was revoked by a client");
    }
}

/// No session ended by a replay, except after a race of two tabs without a lock, long after a rotation with a lost
/// response: the first retry is answered, and its tokens are seen, before the second arrives.
pub fn sessions_have_no_replay(world: &World) {
    for (session, state) in world.server.borrow().sessions.iter().enumerate().filter(|(_, state)| !state.is_late_race) {
        assert_ne!(state.ended, Some(EndReason::Replayed), "session {session} looks stolen");
    }
}

/// Each generation was exchanged once, unless a tab has dropped the answer.
pub fn each_generation_was_refreshed_once(world: &World) {
    let dropped = &world.history.borrow().dropped;
    for (session, state) in world.server.borrow().sessions.iter().enumerate().filter(|(id, _)| !dropped.contains(id)) {
        let twice = state.refreshes.iter().position(|refreshes| *refreshes > 1);
        assert_eq!(twice, None, "session {session} was refreshed twice with the token of that generation");
    }
}

/// Every session that a user logged out of is over at the server. Left out are those with a password change: a logout in a
/// duplicated tab, which crosses it, presents a token from before the change.
pub fn logouts_reach_the_server(world: &World) {
    let server = world.server.borrow();
    for session in world.history.borrow().logged_out.iter().filter(|id| server.sessions[**id].valid_from == 0) {
        assert!(server.end_reason(*session, world.server_ms()).is_some(), "session {session} lives on");
    }
}
