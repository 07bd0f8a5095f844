//! A tab: what the browser keeps for it, and the environment that its client runs in.

use crate::network::{Request, send};
use crate::server::session_of_token;
use crate::world::{World, session_in};
use futures::channel::oneshot;
use latchkey_client::{Area, Channel, ClientEvent, Clock, Lock, Locks, Page, SessionClient, Storage, Transport, View};
use latchkey_wire::{AccessToken, ApiError, RefreshToken, Tokens};
use std::collections::VecDeque;
use std::rc::Rc;

pub struct Tab {
    pub client: SessionClient<Handle>,
    pub session: Option<String>,
    /// The content of the local storage as this tab sees it.
    pub stale_local: Option<Option<String>>,
    pub messages: VecDeque<String>,
    /// Undelivered events of the local storage; whether it was empty before.
    pub storage_events: VecDeque<bool>,
    pub is_hidden: bool,
    pub is_frozen: bool,
    pub is_closed: bool,
    pub log: Vec<ClientEvent>,
    /// The session of the tab at the last check.
    pub was_in: Option<usize>,
    /// The session of which it presents the token, while it waits for the answer.
    pub refreshing: Option<usize>,
    /// The session whose password it changes.
    pub changing: Option<usize>,
    /// The session that its own user logged out of.
    pub left: Option<usize>,
}

impl Tab {
    pub fn new(client: SessionClient<Handle>, session: Option<String>) -> Self {
        Self {
            client,
            session,
            stale_local: None,
            messages: VecDeque::new(),
            storage_events: VecDeque::new(),
            is_hidden: false,
            is_frozen: false,
            is_closed: false,
            log: Vec::new(),
            was_in: None,
            refreshing: None,
            changing: None,
            left: None,
        }
    }

    pub fn has_event(&self, is_message: bool) -> bool {
        if is_message { !self.messages.is_empty() } else { !self.storage_events.is_empty() }
    }
}

/// The world as a client sees it.
pub struct Handle {
    pub world: Rc<World>,
    pub id: usize,
}

impl Storage for Handle {
    fn get(&self, area: Area) -> Option<String> {
        self.world.read(self.id, area)
    }

    fn set(&self, area: Area, text: &str) -> bool {
        let world = &self.world;
        if let Some(session) = session_in(text) {
            let left_here = world.tabs.borrow()[self.id].left == Some(session);
            let logged_out = world.history.borrow().logged_out.contains(&session);
            let is_gone = left_here || (logged_out && area == Area::Local);
            assert!(!is_gone, "tokens were stored after a logout");
        }
        match area {
            Area::Session => {
                world.tabs.borrow_mut()[self.id].session = Some(text.to_owned());
            }
            Area::Local if world.local_is_full.get() => return false,
            Area::Local => {
                let old = world.local.replace(Some(text.to_owned()));
                world.tabs.borrow_mut()[self.id].stale_local = None;
                world.local_changed(self.id, old);
            }
        }
        true
    }

    fn remove(&self, area: Area) {
        match area {
            Area::Session => drop(self.world.tabs.borrow_mut()[self.id].session.take()),
            Area::Local => {
                self.world.tabs.borrow_mut()[self.id].stale_local = None;
                if let Some(old) = self.world.local.take() {
                    self.world.local_changed(self.id, Some(old));
                }
            }
        }
    }
}

impl Clock for Handle {
    fn wall_ms(&self) -> i64 {
        self.world.server_ms() + self.world.clock_offset_ms.get()
    }

    fn monotonic_ms(&self) -> i64 {
        self.world.executor.now_ms()
    }

    fn sleep(&self, ms: u32) -> impl Future<Output = ()> + 'static {
        self.world.executor.sleep(i64::from(ms))
    }

    fn chance(&self) -> f64 {
        self.world.executor.choose(5) as f64 / 4.0
    }
}

/// A lock that a tab holds.
pub struct Held {
    world: Rc<World>,
    name: String,
    id: usize,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.world.release(&self.name, self.id);
    }
}

impl Locks for Handle {
    type Held = Held;

    async fn request(&self, name: &str, if_free: bool) -> Lock<Held> {
        if !self.world.abilities.locks {
            return Lock::Missing;
        }
        let held = || Held { world: Rc::clone(&self.world), name: name.to_owned(), id: self.id };
        let granted = {
            let mut locks = self.world.locks.borrow_mut();
            let lock = locks.entry(name.to_owned()).or_default();
            if lock.holder.is_none() {
                lock.holder = Some(self.id);
                return Lock::Held(held());
            }
            if if_free {
                return Lock::Taken;
            }
            let (granted, grant) = oneshot::channel();
            lock.waiting.push_back((self.id, granted));
            grant
        };
        match granted.await {
            Ok(()) => Lock::Held(held()),
            Err(_) => Lock::Missing,
        }
    }
}

impl Channel for Handle {
    fn post(&self, text: &str) -> bool {
        if self.world.abilities.channel {
            for (id, tab) in self.world.tabs.borrow_mut().iter_mut().enumerate() {
                if id != self.id && !tab.is_closed {
                    tab.messages.push_back(text.to_owned());
                }
            }
        }
        self.world.abilities.channel
    }
}

impl Transport for Handle {
    async fn refresh(&self, refresh_token: RefreshToken) -> Result<Tokens, ApiError> {
        let session = session_of_token(&refresh_token);
        self.world.tabs.borrow_mut()[self.id].refreshing = Some(session);
        let answer = send(&self.world, Request::Refresh(refresh_token)).await;
        self.world.tabs.borrow_mut()[self.id].refreshing = None;
        answer.map(|tokens| tokens.expect("tokens"))
    }

    async fn revoke(&self, refresh_token: RefreshToken) -> Result<(), ApiError> {
        send(&self.world, Request::Revoke(refresh_token)).await.map(drop)
    }

    async fn confirm(&self, access_token: AccessToken) {
        let _ = send(&self.world, Request::Confirm(access_token)).await;
    }
}

impl Page for Handle {
    fn is_hidden(&self) -> bool {
        self.world.tabs.borrow()[self.id].is_hidden
    }

    fn is_offline(&self) -> bool {
        self.world.is_offline.get()
    }

    fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        self.world.executor.spawn(Some(self.id), task);
    }

    fn show(&self, _: View) {}

    fn record_changed(&self) {}

    fn recovered(&self) {}

    fn log(&self, event: ClientEvent) {
        self.world.tabs.borrow_mut()[self.id].log.push(event);
    }
}
