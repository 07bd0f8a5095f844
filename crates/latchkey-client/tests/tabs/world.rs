//! One browser with its tabs, the network and the server.

use crate::executor::{Executor, Owner};
use crate::history::History;
use crate::network::{Fault, Request};
use crate::server::{Server, number};
use crate::tab::{Handle, Tab};
use futures::channel::oneshot;
use latchkey_client::claims::session_of;
use latchkey_client::{Area, Place, SessionClient};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

/// The abilities of the browser; an old browser lacks some.
#[derive(Clone, Copy, Debug)]
pub struct Abilities {
    pub locks: bool,
    pub channel: bool,
}

pub const MODERN: Abilities = Abilities { locks: true, channel: true };

/// More steps than this at one moment are a loop.
const MOST_STEPS: usize = 20_000;

pub struct World {
    pub executor: Rc<Executor>,
    pub abilities: Abilities,
    pub server: RefCell<Server>,
    pub tabs: RefCell<Vec<Tab>>,
    pub local: RefCell<Option<String>>,
    pub local_is_full: Cell<bool>,
    /// Whether a tab reads the old content until a storage event arrives.
    pub local_lags: Cell<bool>,
    pub locks: RefCell<BTreeMap<String, LockQueue>>,
    pub is_offline: Cell<bool>,
    /// The network that the browser is in.
    pub place: Cell<usize>,
    /// The faults of the next requests.
    pub faults: RefCell<VecDeque<Fault>>,
    /// The longest way to the server, or back.
    pub latency_ms: Cell<i64>,
    /// Every request, with its time.
    pub sent: RefCell<Vec<(i64, Request)>>,
    pub clock_offset_ms: Cell<i64>,
    pub slept_ms: Cell<i64>,
    pub history: RefCell<History>,
}

/// A lock: who holds it, and who waits for it.
#[derive(Default)]
pub struct LockQueue {
    pub holder: Option<usize>,
    pub waiting: VecDeque<(usize, oneshot::Sender<()>)>,
}

impl World {
    pub fn new(abilities: Abilities, choices: Vec<u8>) -> Rc<Self> {
        Rc::new(Self {
            executor: Executor::new(choices),
            abilities,
            server: RefCell::default(),
            tabs: RefCell::default(),
            local: RefCell::default(),
            local_is_full: Cell::default(),
            local_lags: Cell::default(),
            locks: RefCell::default(),
            is_offline: Cell::default(),
            place: Cell::default(),
            faults: RefCell::default(),
            latency_ms: Cell::new(20),
            sent: RefCell::default(),
            clock_offset_ms: Cell::new(1_700_000_000_000),
            slept_ms: Cell::default(),
            history: RefCell::default(),
        })
    }

    /// Opens a tab with this session storage.
    pub fn open(self: &Rc<Self>, session: Option<String>) -> usize {
        let id = self.tabs.borrow().len();
        let client = SessionClient::new(Handle { world: Rc::clone(self), id });
        self.tabs.borrow_mut().push(Tab::new(client.clone(), session));
        client.start();
        id
    }

    /// Closes a tab, after the tasks that it could run; what it has sent reaches the server.
    pub fn close(&self, id: usize) {
        let own = |owner: Owner| owner == Some(id) && !self.tabs.borrow()[id].is_frozen;
        while self.executor.ready(own) > 0 {
            self.executor.poll(0, own);
        }
        self.tabs.borrow_mut()[id].is_closed = true;
        self.executor.drop_tasks(Some(id));
        let held: Vec<_> = {
            let locks = self.locks.borrow();
            locks.iter().filter(|(_, lock)| lock.holder == Some(id)).map(|(name, _)| name.clone()).collect()
        };
        held.iter().for_each(|name| self.release(name, id));
    }

    /// The user goes to a tab: it is awake, and first receives what the others have sent meanwhile.
    pub fn wake(&self, id: usize) {
        self.tabs.borrow_mut()[id].is_frozen = false;
        for is_message in [true, false] {
            while self.tabs.borrow()[id].has_event(is_message) {
                self.deliver((id, is_message));
                self.notice_guest(id);
            }
        }
    }

    pub fn client(&self, id: usize) -> SessionClient<Handle> {
        self.tabs.borrow()[id].client.clone()
    }

    pub fn open_tabs(&self) -> Vec<usize> {
        let tabs = self.tabs.borrow();
        (0..tabs.len()).filter(|id| !tabs[*id].is_closed).collect()
    }

    /// Runs a call of the client as a task of the tab.
    pub fn act<F: Future<Output = ()> + 'static>(&self, id: usize, action: impl FnOnce(SessionClient<Handle>) -> F) {
        self.executor.spawn(Some(id), action(self.client(id)));
    }

    /// Gives a lock to the next tab that waits for it.
    pub fn release(&self, name: &str, id: usize) {
        let mut locks = self.locks.borrow_mut();
        let Some(lock) = locks.get_mut(name).filter(|lock| lock.holder == Some(id)) else { return };
        lock.holder = None;
        while let Some((next, granted)) = lock.waiting.pop_front() {
            if granted.send(()).is_ok() {
                lock.holder = Some(next);
                return;
            }
        }
    }

    /// Queues an event in the other tabs when one has changed the local storage.
    pub fn local_changed(&self, by: usize, old: Option<String>) {
        for (id, tab) in self.tabs.borrow_mut().iter_mut().enumerate() {
            if id != by && !tab.is_closed {
                if self.local_lags.get() {
                    tab.stale_local.get_or_insert_with(|| old.clone());
                }
                tab.storage_events.push_back(old.is_none());
            }
        }
    }

    /// The user clears the storage of the site in one tab.
    pub fn clear(&self, id: usize) {
        let sessions = |text: &Option<String>| text.as_deref().and_then(session_in);
        let mut history = self.history.borrow_mut();
        history.cleared.extend(sessions(&self.local.borrow()));
        let session = self.tabs.borrow_mut()[id].session.take();
        history.cleared_in.extend(sessions(&session).map(|session| (id, session)));
        if self.local.take().is_some() {
            // The event of a cleared storage has no old value.
            self.local_changed(id, None);
        }
    }

    /// One step of what is ready now; `false` if nothing is.
    pub fn step(&self) -> bool {
        let runs = |owner: Owner| owner.is_none_or(|id| !self.tabs.borrow()[id].is_frozen);
        let tasks = self.executor.ready(runs);
        let events: Vec<_> = self
            .open_tabs()
            .into_iter()
            .filter(|id| !self.tabs.borrow()[*id].is_frozen)
            .flat_map(|id| [(id, true), (id, false)])
            .filter(|(id, is_message)| self.tabs.borrow()[*id].has_event(*is_message))
            .collect();
        if tasks + events.len() == 0 {
            return false;
        }
        let chosen = self.executor.choose(tasks + events.len());
        let owner = match chosen.checked_sub(tasks) {
            None => self.executor.poll(chosen, runs),
            Some(event) => Some(self.deliver(events[event])),
        };
        owner.into_iter().for_each(|id| self.notice_guest(id));
        true
    }

    fn deliver(&self, (id, is_message): (usize, bool)) -> usize {
        let client = self.client(id);
        if is_message {
            let text = self.tabs.borrow_mut()[id].messages.pop_front().expect("a message");
            client.receive(&text);
        } else {
            let was_empty = {
                let mut tabs = self.tabs.borrow_mut();
                let was_empty = tabs[id].storage_events.pop_front().expect("an event");
                if tabs[id].storage_events.is_empty() {
                    tabs[id].stale_local = None;
                }
                was_empty
            };
            client.storage_changed(was_empty);
        }
        id
    }

    /// Runs everything that is ready now.
    pub fn settle(&self) {
        let steps = (0..=MOST_STEPS).take_while(|_| self.step()).count();
        assert!(steps < MOST_STEPS, "the tabs do not come to rest");
    }

    /// Lets so much time pass.
    pub fn advance(&self, ms: i64) {
        let until_ms = self.executor.now_ms() + ms;
        self.settle();
        while self.executor.now_ms() < until_ms {
            self.executor.advance(until_ms);
            self.settle();
        }
    }

    /// The laptop sleeps: the monotonic clock and the timers stand still.
    pub fn sleep_device(&self, ms: i64) {
        self.slept_ms.set(self.slept_ms.get() + ms);
    }

    /// The server's time.
    pub fn server_ms(&self) -> i64 {
        self.executor.now_ms() + self.slept_ms.get()
    }

    pub fn read(&self, id: usize, area: Area) -> Option<String> {
        match area {
            Area::Session => self.tabs.borrow()[id].session.clone(),
            Area::Local => self.tabs.borrow()[id].stale_local.clone().unwrap_or_else(|| self.local.borrow().clone()),
        }
    }

    /// The session that a tab is in.
    pub fn session_of(&self, id: usize) -> Option<usize> {
        self.client(id).record().and_then(|record| session_of(&record)).map(|sid| number(&sid))
    }

    /// The sessions whose place a sign-in in this tab takes.
    pub fn sessions_displaced_by(&self, id: usize, remember: bool) -> Vec<usize> {
        let areas = [Some(Area::Session), remember.then_some(Area::Local)];
        let stored = areas.into_iter().flatten().filter_map(|area| session_in(&self.read(id, area)?));
        let in_memory = self.client(id).find().filter(|(place, _)| *place == Place::Memory);
        stored.chain(in_memory.and_then(|_| self.session_of(id))).collect()
    }

    /// How many requests match.
    pub fn count(&self, matches: impl Fn(&Request) -> bool) -> usize {
        self.sent.borrow().iter().filter(|(_, request)| matches(request)).count()
    }
}

/// The number of the session whose record this text is.
pub fn session_in(text: &str) -> Option<usize> {
    let record = serde_json::from_str::<latchkey_client::Record>(text).ok()?;
    session_of(&record).map(|sid| number(&sid))
}
