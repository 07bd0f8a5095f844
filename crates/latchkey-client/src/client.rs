//! [`SessionClient`]: the session of one tab, and its state. Its methods are in several files, one for each subject,
//! and call each other across the files: new tokens change the view, and a change of the view plans the next refresh.

mod calls;
mod guard;
mod keep_fresh;
mod lifecycle;
mod logout_queue;
mod password;
mod receive;
mod refresh;
mod seen;
mod stored;
mod tabs;
mod timing;
mod turn;
mod view;

use crate::{
    attempts::Attempts, environment::Environment, freshness::Sighting, outcome::InFlight, record::Entry, view::View,
};
use futures::channel::oneshot;
use latchkey_wire::{AccessToken, RefreshToken};
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

/// The session of one tab: it stores the tokens and keeps them fresh. Clones are handles to the same session.
pub struct SessionClient<E>(Rc<Tab<E>>);

/// The state of a tab that is not in the storage.
struct Tab<E> {
    environment: E,
    /// The entry that the storage did not accept.
    memory: RefCell<Option<Entry>>,
    /// When this page first saw the access token.
    sighting: RefCell<Option<Sighting>>,
    view: RefCell<View>,
    /// The session (its `sid`) when this tab last read the storage.
    last_session: RefCell<Option<String>>,
    /// The access token when this tab last read the storage.
    last_token: RefCell<Option<AccessToken>>,
    /// The refresh in progress in this tab, with the token that it presents.
    in_flight: RefCell<Option<(RefreshToken, InFlight)>>,
    attempts: RefCell<Attempts>,
    /// Whether no call has been sent with the newest tokens.
    is_unseen: Cell<bool>,
    /// Dropping it cancels the timer of the next check of the tokens.
    timer: Cell<Option<oneshot::Sender<()>>>,
    /// Whether a try of the timer is in progress.
    is_trying: Cell<bool>,
    /// The timer does not try before this time of the monotonic clock.
    not_before_ms: Cell<i64>,
    /// The tasks that wait for another tab's answer.
    waiting_for_tabs: RefCell<Vec<oneshot::Sender<()>>>,
    /// The tasks that wait for the network.
    waiting_for_network: RefCell<Vec<oneshot::Sender<()>>>,
}

impl<E: Environment> SessionClient<E> {
    /// A client that has not read the storage yet: see [`start`](Self::start).
    pub fn new(environment: E) -> Self {
        Self(Rc::new(Tab {
            environment,
            memory: RefCell::default(),
            sighting: RefCell::default(),
            view: RefCell::new(View::UNKNOWN),
            last_session: RefCell::default(),
            last_token: RefCell::default(),
            in_flight: RefCell::default(),
            attempts: RefCell::default(),
            is_unseen: Cell::default(),
            timer: Cell::default(),
            is_trying: Cell::default(),
            not_before_ms: Cell::default(),
            waiting_for_tabs: RefCell::default(),
            waiting_for_network: RefCell::default(),
        }))
    }

    /// The environment in which the client runs.
    pub fn environment(&self) -> &E {
        &self.0.environment
    }
}

impl<E> Clone for SessionClient<E> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}
