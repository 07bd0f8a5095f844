//! The gate in front of the hashes.

use super::Password;
use super::argon2id::Memory;
use crate::server::metrics::HashingMetrics;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tracing::Span;

/// How many hashes may wait for a free core: at about 20 ms each, nobody waits much longer than a second.
const WAITING: usize = 64;

/// Seats that are kept for those who sign in, change something or want an account.
const KEPT: usize = WAITING / 2;

/// How far the hashing threads step back (nice(2)). A hash keeps a core busy for 20 ms, and a refresh needs one for 20 µs
/// several times over: of equals, the refresh would wait for the hash each time. Somebody who logs in does not notice.
const NICENESS: i32 = 10;

/// Why a password was not hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashingError {
    /// No seat was free in front of the gate.
    #[error("too many passwords are being checked just now")]
    Busy,
    /// The work broke off, which it has no reason to.
    #[error("the hashing broke off")]
    Broken,
}

/// Hashes passwords on threads of its own, behind a gate: as many at once as there are cores, a bounded number waiting,
/// the rest told to come back. Each hash takes 19 MiB and a core; without a gate, a flood of logins would take both
/// from everybody who is signed in already.
pub struct Hasher(Arc<Gate>);

struct Gate {
    seats: Arc<Semaphore>,
    jobs: Sender<Job>,
    metrics: HashingMetrics,
}

type Job = Box<dyn FnOnce(&mut Memory) + Send>;

/// A seat in front of the gate: the right to one piece of work behind it.
pub struct Seat {
    held: OwnedSemaphorePermit,
    gate: Arc<Gate>,
}

impl Hasher {
    /// As many hashes at once as the machine has cores.
    pub fn new() -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let (jobs, waiting) = channel();
        let waiting = Arc::new(Mutex::new(waiting));
        for number in 0..cores {
            let waiting = Arc::clone(&waiting);
            let thread = thread::Builder::new().name(format!("hashing-{number}")).spawn(move || work(&waiting));
            if let Err(error) = thread {
                tracing::error!(%error, "a hashing thread could not be started");
            }
        }
        let seats = Arc::new(Semaphore::new(cores + WAITING));
        Self(Arc::new(Gate { seats, jobs, metrics: HashingMetrics::default() }))
    }

    /// Takes a seat, or does not wait for one.
    ///
    /// # Errors
    /// [`HashingError::Busy`].
    pub(super) fn seat(&self) -> Result<Seat, HashingError> {
        let held = Arc::clone(&self.0.seats).try_acquire_owned().map_err(|_| {
            self.0.metrics.refused.inc();
            HashingError::Busy
        })?;
        Ok(Seat { held, gate: Arc::clone(&self.0) })
    }

    /// Takes a seat as long as plenty are left: for what is a mere courtesy, and open to anybody as often as he likes.
    ///
    /// # Errors
    /// [`HashingError::Busy`].
    pub(super) fn spare_seat(&self) -> Result<Seat, HashingError> {
        if self.0.seats.available_permits() > KEPT { self.seat() } else { Err(HashingError::Busy) }
    }

    /// How many hashes have been computed so far. They are what an answer costs, so two answers that take the same number
    /// take the same time.
    pub fn computed(&self) -> u64 {
        self.0.metrics.computed.get()
    }

    /// What is counted here.
    pub fn metrics(&self) -> &HashingMetrics {
        &self.0.metrics
    }

    /// The PHC string to keep for a password.
    ///
    /// # Errors
    /// [`HashingError`].
    pub async fn hash(&self, password: Password, salt: &[u8; 16]) -> Result<String, HashingError> {
        let (seat, salt) = (self.seat()?, *salt);
        seat.compute(move |memory| memory.hash(password.expose(), &salt)).await?.ok_or(HashingError::Broken)
    }
}

impl Default for Hasher {
    fn default() -> Self {
        Self::new()
    }
}

/// A hashing thread, for as long as there is a gate. It computes in memory of its own, hash after hash.
fn work(waiting: &Mutex<Receiver<Job>>) {
    // Not being allowed to is no reason not to work.
    let _ = rustix::process::setpriority_process(None, NICENESS);
    let mut memory = Memory::default();
    loop {
        let job = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        // A job that panics must not take the thread, and with it the core, from all who come after.
        if catch_unwind(AssertUnwindSafe(|| job(&mut memory))).is_err() {
            tracing::error!("a hashing job panicked");
            memory = Memory::default();
        }
    }
}

impl Seat {
    /// Whether the password is the one that was hashed. Only an [`Attempt`](super::Attempt), which has been counted, leads
    /// here.
    ///
    /// # Errors
    /// [`HashingError`].
    pub(super) async fn verify(self, password: Password, hash: String) -> Result<bool, HashingError> {
        self.compute(move |memory| memory.is_hash_of(&hash, password.expose())).await
    }

    async fn compute<T: Send + 'static>(
        self,
        work: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<T, HashingError> {
        self.gate.metrics.computed.inc();
        self.run(work).await
    }

    /// Does a piece of work once a thread is free.
    ///
    /// # Errors
    /// [`HashingError::Broken`].
    pub(super) async fn run<T: Send + 'static>(
        self,
        work: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<T, HashingError> {
        let Self { held, gate } = self;
        let (result, done) = oneshot::channel();
        let (waiting, span) = (gate.metrics.waiting.clone(), Span::current());
        waiting.inc();
        let job = move |memory: &mut Memory| {
            waiting.dec();
            let _request = span.enter();
            // The seat goes with the work: a caller who hangs up must not open the gate while the core is still busy.
            let _ = result.send(work(memory));
            drop(held);
        };
        gate.jobs.send(Box::new(job)).map_err(|_| HashingError::Broken)?;
        done.await.map_err(|_| HashingError::Broken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Secret;

    fn secret(text: &str) -> Secret {
        Secret::from(text.to_owned())
    }

    async fn check(hasher: &Hasher, typed: &str, hash: &str) -> Result<bool, HashingError> {
        hasher.seat()?.verify(Password::presented(&secret(typed)), hash.to_owned()).await
    }

    #[tokio::test]
    async fn the_right_password_verifies_in_either_normal_form() {
        let hasher = Hasher::new();
        let hash = hasher.hash(Password::chosen(&secret("pa\u{308}ssword")).unwrap(), &[7; 16]).await.unwrap();
        assert!(check(&hasher, "p\u{e4}ssword", &hash).await.unwrap());
        assert!(!check(&hasher, "password", &hash).await.unwrap());
    }

    #[tokio::test]
    async fn a_full_gate_turns_the_next_one_away() {
        let hasher = Hasher::new();
        let everything = hasher.0.seats.available_permits() as u32;
        assert!(hasher.seat().is_ok() && hasher.spare_seat().is_ok());
        let taken = hasher.0.seats.acquire_many(everything - KEPT as u32).await.unwrap();
        assert!(hasher.seat().is_ok() && hasher.spare_seat().is_err());
        drop(taken);
        let _taken = hasher.0.seats.acquire_many(everything).await.unwrap();
        assert!(hasher.seat().is_err() && hasher.spare_seat().is_err());
    }

    #[tokio::test]
    async fn work_that_panics_leaves_the_threads_to_others() {
        let hasher = Hasher::new();
        for _ in 0..64 {
            let broken = hasher.seat().unwrap().run(|_| -> bool { panic!("as if by a bug") });
            assert_eq!(broken.await, Err(HashingError::Broken));
        }
        let hash = hasher.hash(Password::presented(&secret("x")), &[7; 16]).await.unwrap();
        assert!(check(&hasher, "x", &hash).await.unwrap());
    }
}
