//! Random walks: what users, networks and tabs do, one after the other.

use crate::network::{Fault, Request, send};
use crate::promises;
use crate::scene::{Later, run, signed_in};
use crate::server::{session_of_access_token, session_of_token};
use crate::world::{Abilities, World};
use latchkey_client::{Admission, Change, GuardStep};
use latchkey_wire::{ApiError, EndReason};
use proptest::prelude::*;
use proptest::sample::select;
use std::rc::Rc;

/// One step. A tab is a number from which one of the open ones is chosen.
#[derive(Clone, Debug)]
pub enum Action {
    LogIn {
        tab: usize,
        user: usize,
        remember: bool,
    },
    LogOut {
        tab: usize,
    },
    Call {
        tab: usize,
    },
    Guard {
        tab: usize,
    },
    RefreshManually {
        tab: usize,
    },
    TryNow {
        tab: usize,
    },
    ChangePassword {
        tab: usize,
    },
    Open,
    Duplicate {
        tab: usize,
    },
    Reload {
        tab: usize,
    },
    Close {
        tab: usize,
    },
    Clear {
        tab: usize,
    },
    Hide {
        tab: usize,
        hidden: bool,
    },
    Freeze {
        tab: usize,
        frozen: bool,
    },
    /// Time passes.
    Pass {
        ms: i64,
    },
    /// Runs a few ready tasks without time passing.
    Run {
        steps: usize,
    },
    SleepDevice {
        ms: i64,
    },
    SetClock {
        ms: i64,
    },
    Faults {
        fault: Fault,
        count: usize,
    },
    Offline {
        offline: bool,
    },
    Move {
        place: usize,
    },
    /// The user ends the session from another device.
    RevokeElsewhere {
        tab: usize,
    },
}

/// Steps where everything works: no failure, no frozen tab, no tab that is closed before its answer comes.
pub fn calm() -> BoxedStrategy<Action> {
    let tab = 0..8_usize;
    prop_oneof![
        6 => prop_oneof![(0..400_i64), (1_000..20_000_i64), (200_000..320_000_i64)].prop_map(|ms| Action::Pass { ms }),
        3 => (0..12_usize).prop_map(|steps| Action::Run { steps }),
        4 => tab.clone().prop_map(|tab| Action::Call { tab }),
        1 => tab.clone().prop_map(|tab| Action::Guard { tab }),
        2 => tab.clone().prop_map(|tab| Action::RefreshManually { tab }),
        1 => (tab.clone(), 0..2_usize, any::<bool>())
            .prop_map(|(tab, user, remember)| Action::LogIn { tab, user, remember }),
        1 => tab.clone().prop_map(|tab| Action::LogOut { tab }),
        1 => tab.clone().prop_map(|tab| Action::ChangePassword { tab }),
        1 => Just(Action::Open),
        2 => tab.clone().prop_map(|tab| Action::Duplicate { tab }),
        1 => (tab, any::<bool>()).prop_map(|(tab, hidden)| Action::Hide { tab, hidden }),
    ]
    .boxed()
}

/// The same steps, and faults.
pub fn rough() -> BoxedStrategy<Action> {
    let tab = 0..8_usize;
    let fault = select(vec![
        Fault::Lost,
        Fault::AnswerLost,
        Fault::AnswerLost,
        Fault::Hangs,
        Fault::Internal,
        Fault::Page,
        Fault::Busy(7),
        Fault::TooMany(40),
        Fault::TokenRefused,
    ]);
    prop_oneof![
        8 => calm(),
        3 => (fault, 1..5_usize).prop_map(|(fault, count)| Action::Faults { fault, count }),
        1 => any::<bool>().prop_map(|offline| Action::Offline { offline }),
        2 => (tab.clone(), any::<bool>()).prop_map(|(tab, frozen)| Action::Freeze { tab, frozen }),
        1 => tab.clone().prop_map(|tab| Action::Close { tab }),
        1 => tab.clone().prop_map(|tab| Action::Reload { tab }),
        1 => tab.clone().prop_map(|tab| Action::TryNow { tab }),
        1 => (0..2_usize).prop_map(|place| Action::Move { place }),
        1 => prop_oneof![(1_000..900_000_i64), Just(8 * 86_400_000_i64)].prop_map(|ms| Action::SleepDevice { ms }),
        1 => (-4_000_000_i64..4_000_000).prop_map(|ms| Action::SetClock { ms }),
        1 => tab.clone().prop_map(|tab| Action::Clear { tab }),
        1 => tab.prop_map(|tab| Action::RevokeElsewhere { tab }),
    ]
    .boxed()
}

/// A browser with `tabs` tabs, in which a user has signed in, takes the actions. Checks run on the way and at the end.
pub fn walk(abilities: Abilities, tabs: usize, remember: bool, choices: Vec<u8>, actions: &[Action]) -> Rc<World> {
    let world = signed_in(abilities, tabs, remember, choices);
    for action in actions {
        take(&world, action);
    }
    promises::check_at_rest(&world, actions.len() + tabs);
    world
}

fn take(world: &Rc<World>, action: &Action) {
    let open = world.open_tabs();
    let one_of = |tab: &usize| open[tab % open.len()];
    match action {
        Action::Pass { ms } => world.advance(*ms),
        Action::Run { steps } => drop((0..*steps).take_while(|_| world.step()).count()),
        Action::LogIn { tab, user, remember } => log_in(world, one_of(tab), *user, *remember),
        Action::LogOut { tab } => log_out(world, one_of(tab)),
        Action::Call { tab } => call(world, one_of(tab)),
        Action::Guard { tab } => guard(world, one_of(tab)),
        Action::RefreshManually { tab } => {
            world.act(one_of(tab), |client| async move { client.refresh_manually().await })
        }
        Action::TryNow { tab } => {
            world.wake(one_of(tab));
            world.client(one_of(tab)).try_now();
        }
        Action::ChangePassword { tab } => drop(change_password(world, one_of(tab))),
        Action::Open if open.len() < 7 => drop(world.open(None)),
        Action::Duplicate { tab } if open.len() < 7 => {
            world.wake(one_of(tab));
            let session = world.tabs.borrow()[one_of(tab)].session.clone();
            world.open(session);
        }
        Action::Open | Action::Duplicate { .. } => {}
        Action::Reload { tab } => {
            world.wake(one_of(tab));
            let session = world.tabs.borrow()[one_of(tab)].session.clone();
            world.close(one_of(tab));
            world.open(session);
        }
        Action::Close { tab } if open.len() > 1 => world.close(one_of(tab)),
        Action::Close { .. } => {}
        Action::Clear { tab } => world.clear(one_of(tab)),
        Action::Hide { tab, hidden } => {
            world.tabs.borrow_mut()[one_of(tab)].is_hidden = *hidden;
            world.client(one_of(tab)).sync();
        }
        Action::Freeze { tab, frozen: true } => world.tabs.borrow_mut()[one_of(tab)].is_frozen = true,
        Action::Freeze { tab, frozen: false } => world.wake(one_of(tab)),
        Action::SleepDevice { ms } => {
            world.sleep_device(*ms);
            open.iter().for_each(|id| world.client(*id).sync());
        }
        Action::SetClock { ms } => world.clock_offset_ms.set(world.clock_offset_ms.get() + ms),
        Action::Faults { fault, count } => world.faults.borrow_mut().extend(vec![*fault; *count]),
        Action::Offline { offline } => set_offline(world, *offline),
        Action::Move { place } => world.place.set(*place),
        Action::RevokeElsewhere { tab } => {
            if let Some(session) = world.tabs.borrow()[one_of(tab)].was_in {
                world.server.borrow_mut().sessions[session].ended.get_or_insert(EndReason::Revoked);
            }
        }
    }
}

pub fn set_offline(world: &World, offline: bool) {
    if world.is_offline.replace(offline) != offline {
        for id in world.open_tabs() {
            // A frozen tab checks its tokens itself when it wakes up.
            if offline { world.client(id).sync() } else { world.client(id).online() }
        }
    }
}

pub fn log_in(world: &Rc<World>, id: usize, user: usize, remember: bool) {
    let world = Rc::clone(world);
    world.clone().act(id, move |client| async move {
        let Ok(Some(tokens)) = send(&world, Request::LogIn(user)).await else { return };
        let displaced = world.sessions_displaced_by(id, remember);
        let (refreshing, changing) = (world.tabs.borrow()[id].refreshing, world.tabs.borrow()[id].changing);
        world.history.borrow_mut().logged_out.extend(displaced);
        world.history.borrow_mut().dropped.extend(refreshing.into_iter().chain(changing));
        client.sign_in(tokens, remember);
    });
}

pub fn log_out(world: &World, id: usize) {
    world.wake(id);
    let session = world.session_of(id);
    world.history.borrow_mut().logged_out.extend(session);
    world.tabs.borrow_mut()[id].left = session;
    world.client(id).log_out();
}

/// A call of a page in the name of its user.
pub fn call(world: &Rc<World>, id: usize) {
    let world = Rc::clone(world);
    world.clone().act(id, move |client| async move {
        let sender = client.clone();
        let answer = client.call(|token| {
            sender.note_use();
            let world = Rc::clone(&world);
            async move { send(&world, Request::Call(token)).await }
        });
        // The page shows it.
        let _ = answer.await;
    });
}

fn guard(world: &World, id: usize) {
    world.act(id, |client| async move {
        if let Some((GuardStep::Ask, record)) = client.guard(&Admission::Undecided, false) {
            // The page shows it.
            let _ = client.ask_for_guard(&record).await;
        }
    });
}

pub fn change_password(world: &Rc<World>, id: usize) -> Later<Result<Change, ApiError>> {
    let network = Rc::clone(world);
    run(world, id, move |client| async move {
        let caller = client.clone();
        let call = caller.call(|token| {
            caller.note_use();
            let network = Rc::clone(&network);
            network.tabs.borrow_mut()[id].changing = session_of_access_token(&token);
            async move {
                let tokens = send(&network, Request::ChangePassword(token)).await?.expect("tokens");
                let session = session_of_token(&tokens.refresh_token);
                if network.session_of(id) == Some(session) {
                    network.history.borrow_mut().unanswered_changes.remove(&session);
                }
                Ok(tokens)
            }
        });
        let change = client.change_password(call).await;
        network.tabs.borrow_mut()[id].changing = None;
        change
    })
}
