//! The invariants, each as a separate check after each step of a walk.

use super::places::{SPOTS, THIEF};
use super::rules::{Answer as Expected, Model, ParentGets, RETRY_WINDOW, Session};
use super::steps::Step;
use super::world::{Evidence, Rows, World};
use crate::support::{Answer, claims};
use std::sync::atomic::Ordering;
use std::time::Duration;

pub fn check(world: &World, model: &Model) {
    session_has_one_head(world, model);
    parent_has_one_successor(world, model);
    replay_ends_only_its_session(world, model);
    revoked_session_stays_revoked(world, model);
    acknowledged_state_is_on_the_disk(world, model);
    requests_succeed_and_can_be_repeated(world, model);
    tokens_end_by_the_absolute_end(world, model);
    users_change_only_their_own_sessions(world, model);
    only_a_refusal_signs_out(world, model);
    client_elsewhere_gets_no_used_successor(world);
}

/// 1: a session has one head; every accepted refresh returns the head or its successor.
fn session_has_one_head(world: &World, model: &Model) {
    assert_eq!(world.evidence.after.len(), model.sessions.len(), "promise 1: one row a session");
    let (Some((session, ..)), Some(answer)) = (refreshed(world), success(world)) else { return };
    let id = &world.session_ids[session];
    let (before, after) = (world.evidence.before[id].head, world.evidence.after[id].head);
    let handed_out = answer.tokens().claims()["gen"].as_i64().unwrap();
    assert!(handed_out == before || handed_out == before + 1, "promise 1: {before} was followed by {handed_out}");
    assert_eq!(handed_out, after, "promise 1: what was handed out is the head");
}

/// 2: two successes for one parent return the same refresh token. (So do those before: see [`World::successors`].)
fn parent_has_one_successor(world: &World, model: &Model) {
    for (index, session) in model.sessions.iter().enumerate() {
        let from = session.rotated_from;
        let tolerated = session.head > 0 && session.parent_gets(model.now, from) == ParentGets::TheHead;
        // A retry changes nothing, so it can be tried at any time.
        if session.end_reason(model.now).is_none() && tolerated && due(world, index) {
            let again = world.refresh(from, &world.refreshes[index][session.head - 1]);
            assert_eq!(again.status, 200, "promise 2: {}", again.text);
            assert_eq!(again.tokens().refresh, world.refreshes[index][session.head], "promise 2: one successor");
        }
    }
}

/// 3: after a replay is answered no token of that session works; other sessions are untouched.
fn replay_ends_only_its_session(world: &World, model: &Model) {
    ended_stay_ended(world, model, "promise 3", |reason| reason == "replayed");
    if let Some((replayed, ..)) = refreshed(world) {
        assert_others_unchanged(&world.evidence, "promise 3", |id| id == world.session_ids[replayed]);
    }
}

/// 4: after a revocation is acknowledged no token of that session works, across restarts.
fn revoked_session_stays_revoked(world: &World, model: &Model) {
    ended_stay_ended(world, model, "promise 4", |reason| !matches!(reason, "replayed" | "expired"));
}

/// 5: what is acknowledged is on the disk: another reader of the files sees what the model says, and no more.
fn acknowledged_state_is_on_the_disk(world: &World, model: &Model) {
    for (index, session) in model.sessions.iter().enumerate() {
        let row = &world.evidence.after[&world.session_ids[index]];
        let number = |value: usize| i64::try_from(value).unwrap();
        assert_eq!(Some(&row.user), world.user_ids[session.user].as_ref(), "promise 5: user");
        assert_eq!(row.head, number(session.head), "promise 5: generation");
        assert_eq!(row.seen, number(session.seen), "promise 5: confirmed generation");
        assert_eq!(row.valid_from, number(session.valid_from), "promise 5: valid from generation");
        assert_eq!(row.rotated_at, session.rotated_at, "promise 5: rotated at");
        assert_eq!(row.rotated_from, recorded(session.rotated_from), "promise 5: rotated from");
        assert_eq!(row.idle_end, session.idle_end, "promise 5: idle end");
        assert_eq!(row.absolute_end, session.absolute_end, "promise 5: absolute end");
        assert_eq!(row.revoked.as_deref(), session.revoked, "promise 5: reason of the end");
    }
}

/// 6: no answer is a 5xx here, but for one that says to wait and changes nothing; and had the last answer been lost, the
/// same request again would be safe: it gets the same refresh token, and changes nothing more. The exception is a
/// password change, after which the old token is refused, and that changes nothing either.
fn requests_succeed_and_can_be_repeated(world: &World, model: &Model) {
    if matches!(model.answer, Expected::Wait(_)) {
        assert_eq!(world.evidence.before, world.evidence.after, "promise 6: the state before");
    } else {
        assert!(world.evidence.answer.as_ref().is_none_or(|answer| answer.status < 500), "promise 6: no failure");
    }
    if let (Some(Step::ChangePassword { access, from }), Some(_)) = (&world.evidence.step, success(world)) {
        let session = model.accesses[*access].session;
        let old = step_number(world) % model.sessions[session].head;
        world.refresh(*from, &world.refreshes[session][old]).refused("password_changed");
        assert_eq!(world.rows(), world.evidence.after, "promise 6: an old token changes nothing");
    }
    let (Some((session, generation, from)), Some(answer)) = (refreshed(world), success(world)) else { return };
    let again = world.refresh(from, &world.refreshes[session][generation]);
    assert_eq!(again.status, 200, "promise 6: {:?} {}", model.sessions[session], again.text);
    assert_eq!(again.tokens().refresh, answer.tokens().refresh, "promise 6: the same again");
    assert_eq!(world.rows(), world.evidence.after, "promise 6: trying again changes nothing");
}

/// 7: no token is valid after its session's absolute end, which never moves; and an ended session stays ended.
fn tokens_end_by_the_absolute_end(world: &World, model: &Model) {
    for (index, access) in model.accesses.iter().enumerate().skip(model.accesses.len().saturating_sub(1)) {
        let row = &world.evidence.after[&world.session_ids[access.session]];
        let expires = claims(&world.accesses[index])["exp"].as_i64().unwrap() * 1000;
        assert!(expires <= row.absolute_end && expires <= row.idle_end, "promise 7: an access token lives too long");
    }
    for (id, row) in &world.evidence.after {
        assert!(row.idle_end <= row.absolute_end, "promise 7: idle past the absolute end");
        assert_eq!(row.absolute_end, world.absolute_ends[id], "promise 7: the absolute end has moved");
        assert_eq!(row.revoked.as_ref(), world.revoked.get(id), "promise 7: revoked is for ever, for the first reason");
    }
    ended_stay_ended(world, model, "promise 7", |reason| reason == "expired");
}

/// 8: a request of one user never changes the sessions of another.
fn users_change_only_their_own_sessions(world: &World, model: &Model) {
    let owner = |session: usize| Some(model.sessions[session].user);
    let actor = match world.evidence.step {
        Some(Step::LogIn { user, .. }) => Some(user),
        Some(Step::Refresh { session, .. } | Step::RevokeByRefresh { session, .. }) => owner(session),
        Some(
            Step::UseAccess(access)
            | Step::RevokeByBearer(access)
            | Step::RevokeOne { access, .. }
            | Step::RevokeOthers(access)
            | Step::ChangePassword { access, .. },
        ) => owner(model.accesses[access].session),
        Some(Step::Steal(_) | Step::MoveClock(_) | Step::Restart) | None => None,
    };
    let own = actor.and_then(|user| world.user_ids[user].clone());
    let after = &world.evidence.after;
    assert_others_unchanged(&world.evidence, "promise 8", |id| Some(&after[id].user) == own.as_ref());
}

/// 9: only `invalid_grant` for an ended session signs a client out (or the client's own mistake: two tokens that do not
/// belong together; or a password change whose response it did not get). After any other answer it retries, and
/// succeeds.
fn only_a_refusal_signs_out(world: &World, model: &Model) {
    let Some(answer) = &world.evidence.answer else { return };
    let live = |session: usize| model.sessions[session].end_reason(model.now).is_none();
    let reason = || answer.json()["reason"].as_str().unwrap_or_default().to_owned();
    match world.evidence.step {
        Some(Step::Refresh { .. }) if answer.status == 503 => {
            answer.problem(503, "unavailable");
        }
        Some(Step::Refresh { session, generation, .. }) if answer.status != 200 => {
            answer.problem(400, "invalid_grant");
            let outdated = generation < model.sessions[session].valid_from && reason() == "password_changed";
            let signed_out = outdated || reason() == "unknown" || !live(session);
            assert!(signed_out, "promise 9: signed out of a live session");
        }
        Some(Step::UseAccess(access)) if answer.status != 200 => {
            answer.problem(401, "invalid_token");
            let ended = reason() == "session_ended";
            assert!(!ended || !live(model.accesses[access].session), "promise 9: told that a live session has ended");
        }
        _ => {}
    }
}

/// At the end of a walk, all tokens of ended sessions, or from before a password change, are tried, not only a few.
pub fn check_every_token(world: &World, model: &Model) {
    for (index, session) in model.sessions.iter().enumerate() {
        if session.end_reason(model.now).is_none() {
            for outdated in &world.refreshes[index][..session.valid_from] {
                world.refresh(index % SPOTS.len(), outdated).refused("password_changed");
            }
            for access in accesses_of(model, index).filter(|at| model.accesses[*at].generation < session.valid_from) {
                world.get_me(&world.accesses[access]).problem(401, "invalid_token");
            }
        }
        if let Some(reason) = session.end_reason(model.now) {
            for generation in 0..=session.head {
                world.refresh(generation % SPOTS.len(), &world.refreshes[index][generation]).refused(reason);
            }
            for access in accesses_of(model, index) {
                world.get_me(&world.accesses[access]).problem(401, "invalid_token");
            }
        }
    }
    let mut expected = world.evidence.after.clone();
    for (index, session) in model.sessions.iter().enumerate() {
        // A client has been told of it by now.
        if let Some(row) = expected.get_mut(&world.session_ids[index]) {
            row.revoked = session.end_reason(model.now).map(str::to_owned);
        }
    }
    assert_eq!(world.rows(), expected, "what is over does not change");
}

/// At the end of a walk, owners whom the thief has overtaken and whose tokens it has used come back, wait as they are told,
/// and end the session for both.
pub fn check_overtaken_owners(world: &World, model: &Model) {
    let is_overtaken = |session: &Session| session.owned < session.head && session.seen == session.head;
    for (index, session) in model.sessions.iter().enumerate() {
        if session.end_reason(model.now).is_some() || !is_overtaken(session) {
            continue;
        }
        let (home, newest) = (0, &world.refreshes[index][session.owned]);
        let mut answer = world.refresh(home, newest);
        if answer.status == 503 {
            let wait: i64 = answer.header("retry-after").parse().unwrap();
            assert!(wait * 1000 <= 2 * RETRY_WINDOW + 1000, "an owner is told to wait for {wait} s");
            world.server().clock.advance(Duration::from_secs(wait.unsigned_abs()));
            answer = world.refresh(home, newest);
            world.server().clock.set_back(Duration::from_secs(wait.unsigned_abs()));
        }
        answer.problem(400, "invalid_grant");
        for generation in 0..=session.head {
            let answer = world.refresh(THIEF, &world.refreshes[index][generation]);
            answer.problem(400, "invalid_grant");
        }
    }
}

/// 10: what is presented from elsewhere gets no successor that the owner has used already, whatever the model says: by the
/// rows alone.
fn client_elsewhere_gets_no_used_successor(world: &World) {
    let (Some((session, generation, from)), Some(_)) = (refreshed(world), success(world)) else { return };
    let row = &world.evidence.before[&world.session_ids[session]];
    let is_parent = i64::try_from(generation).unwrap() + 1 == row.head;
    let followed = is_parent && row.seen >= row.head && row.rotated_from != recorded(from);
    assert!(!followed, "promise 10: followed from {:?}", SPOTS[from].place);
}

/// What the row records of a spot.
fn recorded(spot: usize) -> (Option<String>, Option<String>) {
    (Some(SPOTS[spot].network.to_owned()), SPOTS[spot].user_agent.map(str::to_owned))
}

/// Tries the head, one of the older refresh tokens and the newest access token of sessions that are over for such a
/// reason. None of that may change anything.
fn ended_stay_ended(world: &World, model: &Model, promise: &str, such: impl Fn(&str) -> bool) {
    for (index, session) in model.sessions.iter().enumerate() {
        // An expiry that no request has noticed has not been reported; asking would change that.
        let Some(reason) = session.revoked.filter(|reason| such(reason)) else { continue };
        if due(world, index) {
            let old = step_number(world) % (session.head + 1);
            for generation in [session.head, old] {
                let answer = world.refresh(step_number(world) % SPOTS.len(), &world.refreshes[index][generation]);
                assert_eq!(answer.status, 400, "{promise}: generation {generation} of {session:?}: {}", answer.text);
                answer.refused(reason);
            }
            let newest = accesses_of(model, index).last().unwrap();
            let answer = world.get_me(&world.accesses[newest]);
            assert_eq!(answer.status, 401, "{promise}: an access token of {session:?} is let in");
        }
    }
}

fn accesses_of(model: &Model, session: usize) -> impl Iterator<Item = usize> {
    model.accesses.iter().enumerate().filter(move |(_, access)| access.session == session).map(|(index, _)| index)
}

fn assert_others_unchanged(Evidence { before, after, .. }: &Evidence, promise: &str, mine: impl Fn(&str) -> bool) {
    let others = |rows: &Rows| {
        rows.iter().filter(|(id, _)| !mine(id)).map(|(id, row)| (id.clone(), row.clone())).collect::<Rows>()
    };
    let (before, after) = (others(before), others(after));
    assert_eq!(before, after, "{promise}: another session has changed");
}

/// The session of the last step, the generation presented and the spot, if that step was a refresh.
fn refreshed(world: &World) -> Option<(usize, usize, usize)> {
    match world.evidence.step {
        Some(Step::Refresh { session, generation, from, .. }) => Some((session, generation, from)),
        _ => None,
    }
}

fn success(world: &World) -> Option<&Answer> {
    world.evidence.answer.as_ref().filter(|answer| answer.status == 200)
}

fn step_number(world: &World) -> usize {
    world.steps.load(Ordering::Relaxed)
}

/// Whether to try this session's tokens after this step: the one that the step was about, and the others in turn.
fn due(world: &World, session: usize) -> bool {
    let touched = match world.evidence.step {
        Some(Step::Refresh { session: touched, .. } | Step::RevokeByRefresh { session: touched, .. }) => Some(touched),
        _ => None,
    };
    touched == Some(session) || (step_number(world) + session).is_multiple_of(4)
}
