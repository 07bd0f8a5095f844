//! Setup, actions and observations of the directed tests.

use crate::network::Request;
use crate::tab::Handle;
use crate::walks::log_in;
use crate::world::{Abilities, World};
use latchkey_client::claims::UnverifiedClaims;
use latchkey_client::{AuthState, Outcome, RefreshReason, SessionClient};
use latchkey_wire::ApiError;
use std::cell::RefCell;
use std::rc::Rc;

/// The result of a task; `None` while it runs.
pub type Later<T> = Rc<RefCell<Option<T>>>;

/// A browser in which a user has signed in, in the first of some tabs. Without `remember` the others are duplicates of it.
pub fn signed_in(abilities: Abilities, tabs: usize, remember: bool, choices: Vec<u8>) -> Rc<World> {
    let world = World::new(abilities, choices);
    world.open(None);
    log_in(&world, 0, 0, remember);
    world.advance(1_000);
    for _ in 1..tabs {
        let session = world.tabs.borrow()[0].session.clone();
        world.open(session);
    }
    world
}

/// The same, with access tokens that have expired and tabs whose timers rest, so that nothing happens by itself.
pub fn expired(abilities: Abilities, tabs: usize, remember: bool) -> Rc<World> {
    let world = signed_in(abilities, tabs, remember, Vec::new());
    world.tabs.borrow_mut().iter_mut().for_each(|tab| tab.is_hidden = true);
    world.advance(300_000);
    assert_eq!(refreshes(&world), 0, "hidden tabs do not refresh");
    world
}

/// Begins to refresh the tokens of a tab.
pub fn refresh(world: &World, id: usize) -> Later<Outcome> {
    let record = world.client(id).record().expect("a user who is signed in");
    run(world, id, |client| async move { client.refresh(&record, RefreshReason::BeforeCall).await })
}

/// Begins to run a task of a tab.
pub fn run<T: 'static, F: Future<Output = T> + 'static>(
    world: &World,
    id: usize,
    task: impl FnOnce(SessionClient<Handle>) -> F,
) -> Later<T> {
    let later = Later::default();
    let (result, task) = (Rc::clone(&later), task(world.client(id)));
    world.executor.spawn(Some(id), async move { drop(result.replace(Some(task.await))) });
    later
}

/// The generation of the tokens that a tab has; `None` for a guest.
pub fn generation(world: &World, id: usize) -> Option<u64> {
    UnverifiedClaims::of(&world.client(id).record()?.token)?.generation
}

pub fn is_guest(world: &World, id: usize) -> bool {
    world.client(id).view().auth == AuthState::Guest
}

pub fn refreshes(world: &World) -> usize {
    world.count(|request| matches!(request, Request::Refresh(_)))
}

/// The refresh tokens that were revoked, in order.
pub fn revoked(world: &World) -> Vec<String> {
    let token = |request: &Request| match request {
        Request::Revoke(token) => Some(token.expose().to_owned()),
        _ => None,
    };
    world.sent.borrow().iter().filter_map(|(_, request)| token(request)).collect()
}

/// Whether the refresh succeeded.
pub fn is_refreshed(outcome: &Later<Outcome>) -> bool {
    matches!(*outcome.borrow(), Some(Outcome::Refreshed(_)))
}

/// The error of the refresh, if it failed.
pub fn failure(outcome: &Later<Outcome>) -> Option<ApiError> {
    match &*outcome.borrow() {
        Some(Outcome::Failed(error)) => Some(error.clone()),
        _ => None,
    }
}
