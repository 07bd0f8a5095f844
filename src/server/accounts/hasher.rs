//! The gate in front of the hashes.

use super::Password;
use super::argon2id::Memory;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many hashes may wait for a free core: at about 20 ms each, nobody waits much longer than a second.
const WAITING: usize = 64;

/// No seat was free in front of the hashing gate.
#[derive(Debug, thiserror::Error)]
#[error("too many passwords are being checked just now")]
pub struct HashingBusy;

/// Hashes passwords off the async threads, behind a gate: as many at once as there are cores, a bounded number waiting,
/// the rest told to come back. Each hash takes 19 MiB and a core; without a gate, a flood of logins would take both
/// from everybody who is signed in already.
pub struct Hasher {
    cores: Arc<Semaphore>,
    seats: Arc<Semaphore>,
    computed: Arc<AtomicU64>,
    spare: Arc<Mutex<Vec<Memory>>>,
}

/// A seat in front of the gate: the right to one piece of work behind it.
pub struct Seat {
    held: OwnedSemaphorePermit,
    cores: Arc<Semaphore>,
    computed: Arc<AtomicU64>,
    spare: Arc<Mutex<Vec<Memory>>>,
}

impl Hasher {
    /// As many hashes at once as the machine has cores.
    pub fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            cores: Arc::new(Semaphore::new(cores)),
            seats: Arc::new(Semaphore::new(cores + WAITING)),
            computed: Arc::default(),
            spare: Arc::default(),
        }
    }

    /// Takes a seat, or does not wait for one.
    ///
    /// # Errors
    /// [`HashingBusy`].
    pub(super) fn seat(&self) -> Result<Seat, HashingBusy> {
        let held = Arc::clone(&self.seats).try_acquire_owned().map_err(|_| HashingBusy)?;
        Ok(Seat {
            held,
            cores: Arc::clone(&self.cores),
            computed: Arc::clone(&self.computed),
            spare: Arc::clone(&self.spare),
        })
    }

    /// How many hashes have been computed so far. They are what an answer costs, so two answers that take the same number
    /// take the same time.
    pub fn computed(&self) -> u64 {
        self.computed.load(Ordering::Relaxed)
    }

    /// The PHC string to keep for a password.
    ///
    /// # Errors
    /// [`HashingBusy`].
    pub async fn hash(&self, password: Password, salt: &[u8; 16]) -> Result<String, HashingBusy> {
        let (seat, salt) = (self.seat()?, *salt);
        seat.compute(move |memory| memory.hash(password.expose(), &salt)).await?.ok_or(HashingBusy)
    }
}

impl Seat {
    /// Whether the password is the one that was hashed. Only an [`Attempt`](super::Attempt), which has been counted, leads
    /// here.
    ///
    /// # Errors
    /// [`HashingBusy`].
    pub(super) async fn verify(self, password: Password, hash: String) -> Result<bool, HashingBusy> {
        self.compute(move |memory| memory.is_hash_of(&hash, password.expose())).await
    }

    /// Counts a hash and computes it in memory that is kept for the next one: as much as there are cores, once there has
    /// been a rush.
    async fn compute<T: Send + 'static>(
        self,
        work: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<T, HashingBusy> {
        self.computed.fetch_add(1, Ordering::Relaxed);
        let spare = Arc::clone(&self.spare);
        self.run(move || {
            let spare = || spare.lock().unwrap_or_else(PoisonError::into_inner);
            let mut memory = spare().pop().unwrap_or_default();
            let result = work(&mut memory);
            spare().push(memory);
            result
        })
        .await
    }

    /// Does a piece of work once a core is free.
    ///
    /// # Errors
    /// [`HashingBusy`], if the work breaks off.
    pub(super) async fn run<T: Send + 'static>(
        self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, HashingBusy> {
        let core = self.cores.acquire_owned().await.map_err(|_| HashingBusy)?;
        // Both go with the work: a caller who hangs up must not open the gate while the core is still busy.
        let held: [OwnedSemaphorePermit; 2] = [self.held, core];
        tokio::task::spawn_blocking(move || {
            let result = work();
            drop(held);
            result
        })
        .await
        .map_err(|_| HashingBusy)
    }
}

impl Default for Hasher {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Secret;

    fn secret(text: &str) -> Secret {
        Secret::from(text.to_owned())
    }

    async fn check(hasher: &Hasher, typed: &str, hash: &str) -> Result<bool, HashingBusy> {
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
        let everything = hasher.seats.available_permits() as u32;
        assert!(hasher.seat().is_ok());
        let _taken = hasher.seats.acquire_many(everything).await.unwrap();
        assert!(hasher.seat().is_err());
    }
}
