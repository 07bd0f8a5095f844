//! The steps of the random walk, and their weights.

use super::places::THIEF;
use super::rules::{DAY, GivenAccessToken, HOUR, Model, RETRY_WINDOW, SECOND};
use crate::support::START;
use proptest::prelude::*;
use proptest::sample::select;
use proptest_state_machine::ReferenceStateMachine;

pub const USERS: usize = 3;

/// One step. A new way to end sessions needs a line here, one in [`Walk::apply`], one in `World::take`, and a weight.
#[derive(Clone, Debug)]
pub enum Step {
    /// Opens a session; the first one of a user by registering.
    LogIn {
        user: usize,
        remember: bool,
        /// The spot that it comes from, as below.
        from: usize,
    },
    Refresh {
        session: usize,
        generation: usize,
        access_token: GivenAccessToken,
        from: usize,
    },
    /// The thief copies the tokens that the owner has.
    Steal(usize),
    UseAccess(usize),
    RevokeByRefresh {
        session: usize,
        generation: usize,
    },
    RevokeByBearer(usize),
    /// In the name of an access token.
    RevokeOne {
        access: usize,
        session: usize,
    },
    RevokeOthers(usize),
    ChangePassword {
        access: usize,
        from: usize,
    },
    MoveClock(i64),
    Restart,
}

pub struct Walk;

impl ReferenceStateMachine for Walk {
    type State = Model;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<Model> {
        Just(Model { now: START, ..Model::default() }).boxed()
    }

    fn transitions(model: &Model) -> BoxedStrategy<Step> {
        let log_in = (0..USERS, any::<bool>(), 0..THIEF);
        let log_in = log_in.prop_map(|(user, remember, from)| Step::LogIn { user, remember, from });
        if model.sessions.is_empty() {
            return log_in.boxed();
        }
        // Opening a session costs a password hash: seldom, and more often the fewer are alive.
        let alive = model.sessions.iter().filter(|session| session.end_reason(model.now).is_none()).count();
        let log_ins = [30, 6, 3, 2].get(alive).copied().unwrap_or(1);
        let usual = prop_oneof![
            log_ins => log_in,
            28 => head(model),
            10 => parent(model),
            2 => replay(model),
            6 => with_access_token(model),
            4 => session(model).prop_map(Step::Steal),
            9 => thief(model),
            24 => newest_access(model),
            3 => (0..model.accesses.len()).prop_map(Step::UseAccess),
            5 => recent_access(model).prop_map(Step::UseAccess),
            2 => any_refresh_token(model).prop_map(|(session, generation)| Step::RevokeByRefresh { session, generation }),
            1 => (0..model.accesses.len()).prop_map(Step::RevokeByBearer),
            1 => recent_access(model).prop_map(Step::RevokeByBearer),
            2 => (recent_access(model), 0..model.sessions.len())
                .prop_map(|(access, session)| Step::RevokeOne { access, session }),
            1 => recent_access(model).prop_map(Step::RevokeOthers),
            2 => change_password(model),
            20 => clock(model),
            2 => Just(Step::Restart),
        ];
        // A session has reached a limit, so it is used now.
        match moments(model).into_iter().find(|(_, moment)| (moment - model.now).abs() <= 1) {
            Some((session, _)) => prop_oneof![1 => usual, 2 => any_use_of(model, session)].boxed(),
            None => usual.boxed(),
        }
    }

    fn preconditions(model: &Model, step: &Step) -> bool {
        let minted = |session: usize, generation| model.sessions.get(session).is_some_and(|row| generation <= row.head);
        let issued = |access: &usize| *access < model.accesses.len();
        match step {
            Step::Refresh { session, generation, access_token, .. } => {
                minted(*session, *generation)
                    && !matches!(access_token, GivenAccessToken::Access(access) if *access >= model.accesses.len())
            }
            Step::RevokeByRefresh { session, generation } => minted(*session, *generation),
            Step::UseAccess(access)
            | Step::RevokeByBearer(access)
            | Step::RevokeOthers(access)
            | Step::ChangePassword { access, .. } => issued(access),
            Step::RevokeOne { access, session } => issued(access) && *session < model.sessions.len(),
            Step::Steal(session) => *session < model.sessions.len(),
            Step::LogIn { .. } | Step::MoveClock(_) | Step::Restart => true,
        }
    }

    fn apply(mut model: Model, step: &Step) -> Model {
        match *step {
            Step::LogIn { user, remember, from } => model.log_in(user, remember, from),
            Step::Refresh { session, generation, access_token, from } => {
                model.refresh(session, generation, access_token, from)
            }
            Step::Steal(session) => model.steal(session),
            Step::UseAccess(access) => model.use_access(access),
            Step::RevokeByRefresh { session, generation } => model.revoke(session, generation),
            Step::RevokeByBearer(access) => model.revoke_by_bearer(access),
            Step::RevokeOne { access, session } => model.revoke_one(access, session),
            Step::RevokeOthers(access) => model.revoke_others(access),
            Step::ChangePassword { access, from } => model.change_password(access, from),
            Step::MoveClock(by) => model.move_clock(by),
            Step::Restart => model.move_clock(0),
        }
        model
    }
}

/// Often the one used last, since most rules take several steps with one session; then mostly those that are alive: the
/// others have less to tell.
fn session(model: &Model) -> BoxedStrategy<usize> {
    let all = 0..model.sessions.len();
    let alive: Vec<usize> =
        all.clone().filter(|index| model.sessions[*index].end_reason(model.now).is_none()).collect();
    let last = model.accesses.last().map(|access| access.session).filter(|last| alive.contains(last));
    match last {
        _ if alive.is_empty() => all.boxed(),
        Some(last) => prop_oneof![5 => Just(last), 4 => select(alive), 1 => all].boxed(),
        None => prop_oneof![9 => select(alive), 1 => all].boxed(),
    }
}

fn of_age(model: &Model, age: usize) -> BoxedStrategy<Step> {
    let rows = model.sessions.clone();
    let refresh = move |(session, other): (usize, Option<usize>)| Step::Refresh {
        session,
        generation: rows[session].head.saturating_sub(age),
        access_token: GivenAccessToken::None,
        from: other.unwrap_or(rows[session].rotated_from),
    };
    (session(model), spot()).prop_map(refresh).boxed()
}

/// Often the spot of the last rotation, otherwise any of the owners'.
fn spot() -> impl Strategy<Value = Option<usize>> {
    prop_oneof![3 => Just(None), 2 => (0..THIEF).prop_map(Some)]
}

/// The thief refreshes with the newest token that it holds, or uses the newest access token that it was given; mostly of a
/// session that is alive.
fn thief(model: &Model) -> BoxedStrategy<Step> {
    let robbed = model.sessions.iter().enumerate().filter_map(|(index, row)| Some((index, row.stolen?)));
    let refresh = |(session, generation)| Step::Refresh {
        session,
        generation,
        access_token: GivenAccessToken::None,
        from: THIEF,
    };
    let is_alive = |session: &usize| model.sessions[*session].end_reason(model.now).is_none();
    let (alive, over): (Vec<_>, Vec<_>) = robbed.partition(|(session, _)| is_alive(session));
    let uses = model.accesses.iter().rposition(|access| access.stolen && is_alive(&access.session));
    let steps: Vec<Step> =
        alive.into_iter().chain(over.into_iter().take(1)).map(refresh).chain(uses.map(Step::UseAccess)).collect();
    if steps.is_empty() { session(model).prop_map(Step::Steal).boxed() } else { select(steps).boxed() }
}

fn head(model: &Model) -> BoxedStrategy<Step> {
    of_age(model, 0)
}

fn parent(model: &Model) -> BoxedStrategy<Step> {
    of_age(model, 1)
}

fn replay(model: &Model) -> BoxedStrategy<Step> {
    prop_oneof![of_age(model, 2), of_age(model, 3), of_age(model, usize::MAX)].boxed()
}

fn any_refresh_token(model: &Model) -> BoxedStrategy<(usize, usize)> {
    let heads: Vec<usize> = model.sessions.iter().map(|session| session.head).collect();
    let session = prop_oneof![session(model), 0..model.sessions.len()];
    session.prop_flat_map(move |session| (Just(session), 0..=heads[session])).boxed()
}

/// A refresh with an access token beside it: its own newest, any, or none of ours.
fn with_access_token(model: &Model) -> BoxedStrategy<Step> {
    let rows = model.sessions.clone();
    let accesses = model.accesses.clone();
    (session(model), 0..6, 0..accesses.len(), 0..8_usize, spot())
        .prop_map(move |(session, kind, any, age, other)| {
            let own = || accesses.iter().rposition(|access| access.session == session);
            let access_token = match kind {
                0 => GivenAccessToken::Garbage,
                1 | 2 => GivenAccessToken::Access(any),
                _ => own().map_or(GivenAccessToken::None, GivenAccessToken::Access),
            };
            // Mostly the head, sometimes older.
            let generation = rows[session].head.saturating_sub(age.saturating_sub(5));
            let from = other.unwrap_or(rows[session].rotated_from);
            Step::Refresh { session, generation, access_token, from }
        })
        .boxed()
}

/// The thief's access tokens are used where the thief is.
fn change_password(model: &Model) -> BoxedStrategy<Step> {
    let stolen: Vec<bool> = model.accesses.iter().map(|access| access.stolen).collect();
    (recent_access(model), 0..THIEF)
        .prop_map(move |(access, spot)| Step::ChangePassword {
            access,
            from: if stolen[access] { THIEF } else { spot },
        })
        .boxed()
}

/// One of those handed out last.
fn recent_access(model: &Model) -> std::ops::Range<usize> {
    model.accesses.len().saturating_sub(6)..model.accesses.len()
}

fn newest_access(model: &Model) -> BoxedStrategy<Step> {
    let accesses = model.accesses.clone();
    let newest = move |session| accesses.iter().rposition(|access| access.session == session).unwrap_or_default();
    session(model).prop_map(newest).prop_map(Step::UseAccess).boxed()
}

/// The time of a limit, and its session.
fn moments(model: &Model) -> Vec<(usize, i64)> {
    let sessions = model.sessions.iter().enumerate().filter(|(_, session)| session.revoked.is_none());
    let of_session = sessions.flat_map(|(index, session)| {
        // While the head is unseen, the end of the window has no effect.
        let window = (session.head > 0 && session.seen == session.head).then_some(session.rotated_at + RETRY_WINDOW);
        [window, Some(session.idle_end), Some(session.absolute_end)].into_iter().flatten().map(move |end| (index, end))
    });
    let accesses = model.accesses.iter().rev().take(4).map(|access| (access.session, access.expires * SECOND));
    of_session.chain(accesses).collect()
}

fn any_use_of(model: &Model, session: usize) -> BoxedStrategy<Step> {
    let head = model.sessions[session].head;
    let from = model.sessions[session].rotated_from;
    let refresh_from =
        |generation, from| Step::Refresh { session, generation, access_token: GivenAccessToken::None, from };
    let refresh = |generation| refresh_from(generation, from);
    let newest = model.accesses.iter().rposition(|access| access.session == session).unwrap_or_default();
    let (parent, elsewhere) = (head.saturating_sub(1), (from + 4) % (THIEF + 1));
    select(vec![refresh(head), refresh(parent), refresh_from(parent, elsewhere), Step::UseAccess(newest)]).boxed()
}

/// From milliseconds to days, now and then back; and often to just before, at, or just after a moment that matters.
fn clock(model: &Model) -> BoxedStrategy<Step> {
    let now = model.now;
    let all: Vec<i64> = moments(model).into_iter().map(|(_, moment)| moment).chain([now]).collect();
    let soon: Vec<i64> = all.iter().copied().filter(|moment| (0..360 * SECOND).contains(&(moment - now))).collect();
    let to = move |moments| {
        (select(moments), select(vec![0, 0, -1, 1])).prop_map(move |(moment, off): (i64, i64)| moment + off - now)
    };
    // So near to its absolute end, a session's access token cannot live its whole life.
    let live = model.sessions.iter().filter(|session| session.end_reason(now).is_none());
    let capped = live.filter(|session| session.idle_end == session.absolute_end).map(|session| session.absolute_end);
    let last_minutes = (select(capped.chain([now]).collect::<Vec<_>>()), 1..300 * SECOND);
    let last_minutes = last_minutes.prop_map(move |(end, before)| end - before - now);
    prop_oneof![
        2 => 0..20 * SECOND,
        1 => 0..90 * SECOND,
        3 => 0..11 * HOUR,
        1 => 0..9 * DAY,
        1 => -40 * SECOND..0,
        1 => -2 * DAY..0,
        9 => to(soon),
        2 => to(all),
        2 => last_minutes,
    ]
    .prop_map(Step::MoveClock)
    .boxed()
}
