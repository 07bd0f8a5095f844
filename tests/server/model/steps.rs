//! The random walk: which steps there are, and how often each is taken.

use super::rules::{Companion, DAY, HOUR, Model, RETRY_WINDOW, SECOND};
use crate::support::START;
use proptest::prelude::*;
use proptest::sample::select;
use proptest_state_machine::ReferenceStateMachine;

pub const USERS: usize = 3;

/// One step. A new way to end sessions is a line here, one in [`Walk::apply`], one in `World::take`, and a weight.
#[derive(Clone, Debug)]
pub enum Step {
    /// Opens a session; the first one of a user by registering.
    LogIn {
        user: usize,
        remember: bool,
    },
    Refresh {
        session: usize,
        generation: usize,
        companion: Companion,
    },
    UseAccess(usize),
    RevokeByRefresh {
        session: usize,
        generation: usize,
    },
    RevokeByBearer(usize),
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
        let log_in = (0..USERS, any::<bool>()).prop_map(|(user, remember)| Step::LogIn { user, remember });
        if model.sessions.is_empty() {
            return log_in.boxed();
        }
        // Opening a session costs a password hash: seldom, and more often the fewer are alive.
        let alive = model.sessions.iter().filter(|session| session.over(model.now).is_none()).count();
        let log_ins = [30, 6, 3, 2].get(alive).copied().unwrap_or(1);
        prop_oneof![
            log_ins => log_in,
            28 => head(model),
            10 => parent(model),
            2 => replay(model),
            6 => with_companion(model),
            24 => newest_access(model),
            6 => (0..model.accesses.len()).prop_map(Step::UseAccess),
            1 => any_refresh_token(model).prop_map(|(session, generation)| Step::RevokeByRefresh { session, generation }),
            1 => (0..model.accesses.len()).prop_map(Step::RevokeByBearer),
            16 => clock(model),
            2 => Just(Step::Restart),
        ]
        .boxed()
    }

    fn preconditions(model: &Model, step: &Step) -> bool {
        let minted = |session: usize, generation| model.sessions.get(session).is_some_and(|row| generation <= row.head);
        let issued = |access: &usize| *access < model.accesses.len();
        match step {
            Step::Refresh { session, generation, companion } => {
                minted(*session, *generation)
                    && !matches!(companion, Companion::Access(access) if *access >= model.accesses.len())
            }
            Step::RevokeByRefresh { session, generation } => minted(*session, *generation),
            Step::UseAccess(access) | Step::RevokeByBearer(access) => issued(access),
            Step::LogIn { .. } | Step::MoveClock(_) | Step::Restart => true,
        }
    }

    fn apply(mut model: Model, step: &Step) -> Model {
        match *step {
            Step::LogIn { user, remember } => model.log_in(user, remember),
            Step::Refresh { session, generation, companion } => model.refresh(session, generation, companion),
            Step::UseAccess(access) => model.use_access(access),
            Step::RevokeByRefresh { session, .. } => model.revoke(session),
            Step::RevokeByBearer(access) => model.revoke_by_bearer(access),
            Step::MoveClock(by) => model.move_clock(by),
            Step::Restart => model.move_clock(0),
        }
        model
    }
}

/// Mostly those that are alive: the others have less to tell.
fn session(model: &Model) -> BoxedStrategy<usize> {
    let all = 0..model.sessions.len();
    let alive: Vec<usize> = all.clone().filter(|index| model.sessions[*index].over(model.now).is_none()).collect();
    if alive.is_empty() { all.boxed() } else { prop_oneof![9 => select(alive), 1 => all].boxed() }
}

fn of_age(model: &Model, age: usize) -> BoxedStrategy<Step> {
    let heads: Vec<usize> = model.sessions.iter().map(|session| session.head).collect();
    let refresh = move |session: usize| Step::Refresh {
        session,
        generation: heads[session].saturating_sub(age),
        companion: Companion::None,
    };
    session(model).prop_map(refresh).boxed()
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
    session(model).prop_flat_map(move |session| (Just(session), 0..=heads[session])).boxed()
}

/// A refresh with an access token beside it: its own newest, any, or none of ours.
fn with_companion(model: &Model) -> BoxedStrategy<Step> {
    let heads: Vec<usize> = model.sessions.iter().map(|session| session.head).collect();
    let accesses = model.accesses.clone();
    (session(model), 0..6, 0..accesses.len(), 0..8_usize)
        .prop_map(move |(session, kind, any, age)| {
            let own = || accesses.iter().rposition(|access| access.session == session);
            let companion = match kind {
                0 => Companion::Rubbish,
                1 | 2 => Companion::Access(any),
                _ => own().map_or(Companion::None, Companion::Access),
            };
            // Mostly the head, sometimes older.
            let generation = heads[session].saturating_sub(age.saturating_sub(5));
            Step::Refresh { session, generation, companion }
        })
        .boxed()
}

fn newest_access(model: &Model) -> BoxedStrategy<Step> {
    let accesses = model.accesses.clone();
    let newest = move |session| accesses.iter().rposition(|access| access.session == session).unwrap_or_default();
    session(model).prop_map(newest).prop_map(Step::UseAccess).boxed()
}

/// From milliseconds to days, now and then back; and often to just before, at, or just after a moment that matters.
fn clock(model: &Model) -> BoxedStrategy<Step> {
    let now = model.now;
    let sessions = model.sessions.iter();
    let moments: Vec<i64> = sessions
        .flat_map(|session| [session.rotated_at + RETRY_WINDOW, session.idle_end, session.absolute_end])
        .chain(model.accesses.iter().rev().take(4).map(|access| access.expires * SECOND))
        .chain([now])
        .collect();
    let near: Vec<i64> = moments.iter().copied().filter(|moment| (moment - now).abs() < 360 * SECOND).collect();
    let to = move |moments| (select(moments), -1..=1_i64).prop_map(move |(moment, off): (i64, i64)| moment + off - now);
    prop_oneof![
        5 => 0..90 * SECOND,
        2 => 0..10 * HOUR,
        1 => 0..9 * DAY,
        2 => -40 * SECOND..0,
        1 => -2 * DAY..0,
        7 => to(near),
        1 => to(moments),
    ]
    .prop_map(Step::MoveClock)
    .boxed()
}
