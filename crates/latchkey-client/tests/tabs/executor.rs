//! Tasks and time of a simulation: a list of numbers chooses what runs next, and time passes only when the test moves
//! it.

use futures::future::LocalBoxFuture;
use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// The owner of a task: a tab, or the network.
pub type Owner = Option<usize>;

/// Tasks that wait for each other, and a clock.
pub struct Executor {
    now_ms: Cell<i64>,
    tasks: RefCell<Vec<Task>>,
    timers: RefCell<Vec<Rc<Timer>>>,
    choices: Vec<u8>,
    next_choice: Cell<usize>,
}

struct Task {
    owner: Owner,
    future: LocalBoxFuture<'static, ()>,
    wake: Arc<Flag>,
}

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

struct Timer {
    at_ms: i64,
    waker: RefCell<Option<Waker>>,
}

/// A wait until a time of the clock.
pub struct Sleep {
    executor: Rc<Executor>,
    timer: Rc<Timer>,
}

impl Executor {
    /// Choices are read from this list, repeatedly.
    pub fn new(choices: Vec<u8>) -> Rc<Self> {
        Rc::new(Self {
            now_ms: Cell::new(0),
            tasks: RefCell::default(),
            timers: RefCell::default(),
            choices,
            next_choice: Cell::default(),
        })
    }

    pub fn now_ms(&self) -> i64 {
        self.now_ms.get()
    }

    /// A number below `count`.
    pub fn choose(&self, count: usize) -> usize {
        if count < 2 || self.choices.is_empty() {
            return 0;
        }
        let at = self.next_choice.get();
        self.next_choice.set((at + 1) % self.choices.len());
        usize::from(self.choices[at]) % count
    }

    pub fn spawn(&self, owner: Owner, future: impl Future<Output = ()> + 'static) {
        let wake = Arc::new(Flag(AtomicBool::new(true)));
        self.tasks.borrow_mut().push(Task { owner, future: Box::pin(future), wake });
    }

    /// Drops the tasks of a tab that is closed.
    pub fn drop_tasks(&self, owner: Owner) {
        let (dropped, kept) = self.tasks.take().into_iter().partition::<Vec<_>, _>(|task| task.owner == owner);
        self.tasks.replace(kept);
        // A task that is dropped may wake another.
        drop(dropped);
    }

    /// The number of tasks that can run while the tabs for which `runs` is false are frozen.
    pub fn ready(&self, runs: impl Fn(Owner) -> bool) -> usize {
        let is_ready = |task: &&Task| task.wake.0.load(Ordering::Relaxed) && runs(task.owner);
        self.tasks.borrow().iter().filter(is_ready).count()
    }

    /// Polls one of them and returns its owner.
    pub fn poll(&self, index: usize, runs: impl Fn(Owner) -> bool) -> Owner {
        let position = {
            let tasks = self.tasks.borrow();
            let mut ready =
                (0..tasks.len()).filter(|at| tasks[*at].wake.0.load(Ordering::Relaxed) && runs(tasks[*at].owner));
            ready.nth(index).expect("a task that is ready")
        };
        let mut task = self.tasks.borrow_mut().remove(position);
        let owner = task.owner;
        task.wake.0.store(false, Ordering::Relaxed);
        let waker = Waker::from(Arc::clone(&task.wake));
        if task.future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
            self.tasks.borrow_mut().push(task);
        }
        owner
    }

    /// Moves the clock to the next moment at which a wait ends, but not past `until_ms`.
    pub fn advance(&self, until_ms: i64) {
        let next = self.timers.borrow().iter().map(|timer| timer.at_ms).filter(|at_ms| *at_ms > self.now_ms()).min();
        self.now_ms.set(next.map_or(until_ms, |at_ms| at_ms.min(until_ms)));
        for timer in self.timers.borrow().iter().filter(|timer| timer.at_ms <= self.now_ms()) {
            if let Some(waker) = timer.waker.take() {
                waker.wake();
            }
        }
    }

    /// Waits for so long.
    pub fn sleep(self: &Rc<Self>, ms: i64) -> Sleep {
        let timer = Rc::new(Timer { at_ms: self.now_ms() + ms, waker: RefCell::default() });
        self.timers.borrow_mut().push(Rc::clone(&timer));
        Sleep { executor: Rc::clone(self), timer }
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.executor.now_ms() >= self.timer.at_ms {
            return Poll::Ready(());
        }
        self.timer.waker.replace(Some(context.waker().clone()));
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.executor.timers.borrow_mut().retain(|timer| !Rc::ptr_eq(timer, &self.timer));
    }
}
