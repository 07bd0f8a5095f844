//! The threads that hash passwords, and their queue. `fair_queue.rs` decides which requests may wait in it.

use super::NormalizedPassword;
use super::argon2id::{Memory, PasswordMatch};
use super::fair_queue::{FairQueue, Requester};
use crate::metrics::HashingMetrics;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use tokio::sync::oneshot;
use tracing::Span;

/// The highest number of hashes that wait for a free core. A hash takes about 20 ms, so the last one waits for about
/// 1.3 s divided by the number of cores.
const MAX_WAITING: usize = 64;

/// Places that password advice leaves free for sign-ins, registrations and password changes.
const RESERVED_PLACES: usize = MAX_WAITING / 2;

/// The niceness of the hashing threads (nice(2)): their priority is lower than that of the other threads. A hash keeps
/// a core busy for 20 ms, and a refresh needs a core for 20 µs several times: at equal priority the refresh would wait
/// for the hash each time. A sign-in is not noticeably slower.
const NICENESS: i32 = 10;

/// Why a password was not hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashingError {
    /// The queue is full, or the client has used up its share of it.
    #[error("too many passwords are being checked just now")]
    Busy,
    /// The job panicked, or the library failed.
    #[error("the hashing failed")]
    Broken,
}

/// Hashes passwords on its own threads: as many at once as there are cores. A bounded number of requests waits; the
/// others are rejected with [`HashingError::Busy`]. Each hash takes 19 MiB and a core; without a bound, a flood of
/// logins would take both from all users who are signed in.
pub struct Hasher(Arc<Gate>);

struct Gate {
    state: Mutex<State>,
    /// Notified when there is a job, or when the hasher is dropped.
    changed: Condvar,
    metrics: HashingMetrics,
    /// Whether networks and users have shares of the queue.
    shares: bool,
}

struct State {
    queue: FairQueue<Job>,
    closed: bool,
}

type Job = Box<dyn FnOnce(&mut Memory) + Send>;

/// A place in the queue: the right to run one job. It is returned when the job is done, or when the permit is dropped.
pub struct HashPermit {
    gate: Arc<Gate>,
    requester: Requester,
}

impl Hasher {
    /// A hasher that runs as many hashes at once as the machine has cores.
    pub fn new() -> Self {
        Self::with_threads(cores(), true)
    }

    /// The same without shares, for load tests in which all clients are in one network: requests get places in the
    /// order in which they arrive.
    pub fn without_shares() -> Self {
        Self::with_threads(cores(), false)
    }

    fn with_threads(threads: usize, shares: bool) -> Self {
        let state = State { queue: FairQueue::new(threads + MAX_WAITING), closed: false };
        let (changed, metrics) = (Condvar::new(), HashingMetrics::default());
        let gate = Arc::new(Gate { state: Mutex::new(state), changed, metrics, shares });
        for number in 0..threads {
            let gate = Arc::clone(&gate);
            let thread = thread::Builder::new().name(format!("hashing-{number}")).spawn(move || work(&gate));
            if let Err(error) = thread {
                tracing::error!(%error, "a hashing thread could not be started");
            }
        }
        Self(gate)
    }

    /// Takes a place in the queue, or fails at once.
    ///
    /// # Errors
    /// [`HashingError::Busy`].
    pub(super) fn permit(&self, requester: &Requester) -> Result<HashPermit, HashingError> {
        let requester = if self.0.shares { requester.clone() } else { Requester::default() };
        if !self.0.lock().queue.take(&requester) {
            self.0.metrics.refused.inc();
            return Err(HashingError::Busy);
        }
        Ok(HashPermit { gate: Arc::clone(&self.0), requester })
    }

    /// Takes a place while more than [`RESERVED_PLACES`] are free. For password advice, which any client may request
    /// without limit.
    ///
    /// # Errors
    /// [`HashingError::Busy`].
    pub(super) fn low_priority_permit(&self, requester: &Requester) -> Result<HashPermit, HashingError> {
        if self.0.lock().queue.free() > RESERVED_PLACES { self.permit(requester) } else { Err(HashingError::Busy) }
    }

    /// How many hashes have been computed so far. Hashes dominate the time of a response, so two responses that need
    /// the same number take the same time.
    pub fn computed(&self) -> u64 {
        self.0.metrics.computed.get()
    }

    /// The metrics of the hasher.
    pub fn metrics(&self) -> &HashingMetrics {
        &self.0.metrics
    }

    /// The PHC string to store for a password.
    ///
    /// # Errors
    /// [`HashingError`].
    pub async fn hash(
        &self,
        requester: &Requester,
        password: NormalizedPassword,
        salt: &[u8; 16],
    ) -> Result<String, HashingError> {
        let (permit, salt) = (self.permit(requester)?, *salt);
        permit.compute(move |memory| memory.hash(password.expose(), &salt)).await?.ok_or(HashingError::Broken)
    }
}

impl Default for Hasher {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Hasher {
    /// The threads finish the waiting jobs, and then end.
    fn drop(&mut self) {
        self.0.lock().closed = true;
        self.0.changed.notify_all();
    }
}

impl Gate {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the next job; `None` if the hasher has been dropped and no job waits.
    fn next(&self) -> Option<Job> {
        let mut state = self.lock();
        loop {
            if let Some(job) = state.queue.pop() {
                return Some(job);
            }
            if state.closed {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// The loop of a hashing thread, which reuses its own memory for each hash.
fn work(gate: &Gate) {
    // If the system does not allow it, the thread keeps its normal priority.
    let _ = rustix::process::setpriority_process(None, NICENESS);
    let mut memory = Memory::default();
    while let Some(job) = gate.next() {
        // A job that panics must not end the thread, which all later jobs need.
        if catch_unwind(AssertUnwindSafe(|| job(&mut memory))).is_err() {
            tracing::error!("a hashing job panicked");
            memory = Memory::default();
        }
    }
}

impl Drop for HashPermit {
    fn drop(&mut self) {
        self.gate.lock().queue.give_back(&self.requester);
    }
}

impl HashPermit {
    /// Tells whether the presented password is the current one, a previous one, or neither. The caller must have
    /// counted the attempt; `log_in` verifies again in the same attempt if the hash has changed meanwhile.
    ///
    /// # Errors
    /// [`HashingError`].
    pub(super) async fn verify(
        self,
        password: NormalizedPassword,
        hash: String,
        previous: Option<String>,
    ) -> Result<PasswordMatch, HashingError> {
        self.compute(move |memory| memory.compare(&hash, previous.as_deref().unwrap_or_default(), password.expose()))
            .await
    }

    async fn compute<T: Send + 'static>(
        self,
        work: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<T, HashingError> {
        self.gate.metrics.computed.inc();
        self.run(work).await
    }

    /// Runs a job when it is its turn.
    ///
    /// # Errors
    /// [`HashingError::Broken`].
    pub(super) async fn run<T: Send + 'static>(
        self,
        work: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<T, HashingError> {
        let (gate, requester) = (Arc::clone(&self.gate), self.requester.clone());
        let (result, done) = oneshot::channel();
        let (waiting, span) = (gate.metrics.waiting.clone(), Span::current());
        waiting.inc();
        let job = move |memory: &mut Memory| {
            waiting.dec();
            let _request = span.enter();
            let value = work(memory);
            // The job owns the permit: a client that disconnects must not free the place while the core is still busy.
            drop(self);
            let _ = result.send(value);
        };
        gate.lock().queue.push(&requester, Box::new(job));
        gate.changed.notify_one();
        done.await.map_err(|_| HashingError::Broken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sessions::ClientInfo;
    use latchkey_wire::PlainPassword;
    use std::sync::mpsc;

    fn secret(text: &str) -> PlainPassword {
        PlainPassword::from(text.to_owned())
    }

    fn at(ip: &str) -> Requester {
        Requester::at(&ClientInfo { ip: Some(ip.to_owned()), user_agent: None })
    }

    async fn check(hasher: &Hasher, typed: &str, hash: &str) -> Result<bool, HashingError> {
        let permit = hasher.permit(&Requester::default())?;
        let compared = permit.verify(NormalizedPassword::presented(&secret(typed)), hash.to_owned(), None).await?;
        Ok(compared == PasswordMatch::Current)
    }

    async fn hash(hasher: &Hasher, password: NormalizedPassword) -> String {
        hasher.hash(&Requester::default(), password, &[7; 16]).await.unwrap()
    }

    #[tokio::test]
    async fn password_typed_in_another_normal_form_verifies() {
        let hasher = Hasher::new();
        let hash = hash(&hasher, NormalizedPassword::chosen(&secret("pa\u{308}ssword")).unwrap()).await;
        assert!(check(&hasher, "p\u{e4}ssword", &hash).await.unwrap());
        assert!(!check(&hasher, "password", &hash).await.unwrap());
    }

    #[tokio::test]
    async fn full_queue_refuses_the_next_request() {
        let hasher = Hasher::new();
        let anyone = Requester::default();
        let everything = hasher.0.lock().queue.free();
        let take = |count: usize| (0..count).map(|_| hasher.permit(&anyone).unwrap()).collect::<Vec<_>>();
        assert!(hasher.permit(&anyone).is_ok() && hasher.low_priority_permit(&anyone).is_ok());
        let taken = take(everything - RESERVED_PLACES);
        assert!(hasher.permit(&anyone).is_ok() && hasher.low_priority_permit(&anyone).is_err());
        drop(taken);
        let _taken = take(everything);
        assert!(hasher.permit(&anyone).is_err() && hasher.low_priority_permit(&anyone).is_err());
    }

    #[tokio::test]
    async fn panicking_work_frees_its_thread_and_place() {
        let hasher = Hasher::new();
        let places = hasher.0.lock().queue.free();
        for _ in 0..2 * places {
            let broken = hasher.permit(&Requester::default()).unwrap().run(|_| -> bool { panic!("as if by a bug") });
            assert_eq!(broken.await, Err(HashingError::Broken));
        }
        let hash = hash(&hasher, NormalizedPassword::presented(&secret("x"))).await;
        assert!(check(&hasher, "x", &hash).await.unwrap());
    }

    #[tokio::test]
    async fn network_without_shares_gets_every_place() {
        let hasher = Hasher::with_threads(1, false);
        let places = hasher.0.lock().queue.free();
        let taken: Vec<_> = (0..places).filter_map(|_| hasher.permit(&at("198.51.100.9")).ok()).collect();
        assert_eq!(taken.len(), places);
        drop(taken);
        assert_eq!(hasher.0.lock().queue.free(), places);
    }

    /// A gate blocks the thread until all other jobs are queued, so the order in which they run is deterministic.
    #[tokio::test]
    async fn other_network_waits_for_one_hash_of_an_attacker() {
        let hasher = Hasher::with_threads(1, true);
        let (open, gate) = mpsc::channel::<()>();
        let holding = hasher.permit(&Requester::default()).unwrap();
        let (ran, order) = mpsc::channel();
        let mut running = vec![tokio::spawn(holding.run(move |_| gate.recv().unwrap()))];
        let line_up = |requester: &Requester, name: &'static str| {
            let (permit, ran) = (hasher.permit(requester)?, ran.clone());
            Ok::<_, HashingError>(tokio::spawn(permit.run(move |_| ran.send(name).unwrap())))
        };
        let attacks: Vec<_> = (0..90).filter_map(|_| line_up(&at("198.51.100.9"), "attacker").ok()).collect();
        assert_eq!(attacks.len(), 32, "half of what is free");
        tokio::task::yield_now().await;
        running.extend(attacks);
        running.push(line_up(&at("192.0.2.7"), "victim").expect("there is a place elsewhere"));
        while hasher.metrics().waiting.get() < 33 {
            tokio::task::yield_now().await;
        }
        open.send(()).unwrap();
        for task in running {
            task.await.unwrap().unwrap();
        }
        let turn = order.try_iter().position(|name| name == "victim");
        assert!(turn <= Some(1) && turn.is_some(), "its turn was {turn:?}");
    }
}
