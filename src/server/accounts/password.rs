//! Passwords: what is acceptable, and how one is kept (argon2id, RFC 9106).

use crate::api::Secret;
use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use precis_profiles::OpaqueString;
use precis_profiles::precis_core::profile::PrecisFastInvocation as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

const SHORTEST: usize = 8;
const LONGEST: usize = 128;

const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// How many hashes may wait for a free core: at about 20 ms each, nobody waits much longer than a second.
const WAITING: usize = 64;

/// The hash of a password that nobody has, with today's parameters. Verifying against it takes as long as verifying
/// against a real one, so the time of an answer does not tell whether the user exists.
pub const DUMMY_HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5aGFzdGhpcw$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY";

/// A password in its one normal form, RFC 8265 OpaqueString: NFC, every kind of space a plain one, case kept.
/// Nothing is truncated. Debug shows nothing.
#[derive(Clone, Debug)]
pub struct Password(Secret);

/// What is wrong with a chosen password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordFault {
    TooShort,
    TooLong,
    Characters,
}

impl Password {
    /// A password as somebody wants to have it from now on; whether it is hard enough to guess,
    /// [`choose`](super::choose) decides.
    ///
    /// # Errors
    /// When it has fewer than 8 or more than 128 code points (NIST SP 800-63B §3.1.1.2), or control characters.
    pub(super) fn chosen(typed: &Secret) -> Result<Self, PasswordFault> {
        // Counted before the normalisation too, so that it never works on a megabyte.
        if typed.expose().chars().count() > LONGEST {
            return Err(PasswordFault::TooLong);
        }
        if typed.expose().is_empty() {
            return Err(PasswordFault::TooShort);
        }
        let normal = OpaqueString::enforce(typed.expose()).map_err(|_| PasswordFault::Characters)?;
        match normal.chars().count() {
            ..SHORTEST => Err(PasswordFault::TooShort),
            SHORTEST..=LONGEST => Ok(Self(Secret::from(normal.into_owned()))),
            _ => Err(PasswordFault::TooLong),
        }
    }

    /// A password presented to be checked. One that nobody could have chosen is merely wrong.
    pub fn presented(typed: &Secret) -> Self {
        let short_enough = Some(typed.expose()).filter(|text| text.chars().count() <= LONGEST);
        let normal = short_enough.and_then(|text| OpaqueString::enforce(text).ok());
        Self(Secret::from(normal.unwrap_or_default().into_owned()))
    }
}

impl Password {
    pub(super) fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl PasswordFault {
    /// Says to a person what to change.
    pub fn message(self) -> &'static str {
        match self {
            Self::TooShort => "Use at least 8 characters.",
            Self::TooLong => "Use at most 128 characters.",
            Self::Characters => "Use letters, digits, punctuation and symbols, without invisible characters.",
        }
    }
}

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
}

/// A seat in front of the gate: the right to one piece of work behind it.
pub struct Seat {
    held: OwnedSemaphorePermit,
    cores: Arc<Semaphore>,
    computed: Arc<AtomicU64>,
}

impl Hasher {
    /// As many hashes at once as the machine has cores.
    pub fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            cores: Arc::new(Semaphore::new(cores)),
            seats: Arc::new(Semaphore::new(cores + WAITING)),
            computed: Arc::default(),
        }
    }

    /// Takes a seat, or does not wait for one.
    ///
    /// # Errors
    /// [`HashingBusy`].
    pub(super) fn seat(&self) -> Result<Seat, HashingBusy> {
        let held = Arc::clone(&self.seats).try_acquire_owned().map_err(|_| HashingBusy)?;
        Ok(Seat { held, cores: Arc::clone(&self.cores), computed: Arc::clone(&self.computed) })
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
        let salt = SaltString::encode_b64(salt).map_err(|_| HashingBusy)?;
        let seat = self.seat()?;
        seat.computed.fetch_add(1, Ordering::Relaxed);
        seat.run(move || {
            argon2().hash_password(password.0.expose().as_bytes(), &salt).map(|hash| hash.to_string()).ok()
        })
        .await?
        .ok_or(HashingBusy)
    }

    /// Whether a hash was made with other parameters than today's.
    pub fn is_outdated(hash: &str) -> bool {
        !hash.starts_with(&format!("$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}$"))
    }
}

impl Seat {
    /// Whether the password is the one that was hashed. Only an [`Attempt`](super::Attempt), which has been counted, leads
    /// here.
    ///
    /// # Errors
    /// [`HashingBusy`].
    pub(super) async fn verify(self, password: Password, hash: String) -> Result<bool, HashingBusy> {
        self.computed.fetch_add(1, Ordering::Relaxed);
        self.run(move || {
            PasswordHash::new(&hash)
                .is_ok_and(|hash| argon2().verify_password(password.0.expose().as_bytes(), &hash).is_ok())
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

fn argon2() -> Argon2<'static> {
    // The parameters are constants that a test has seen to work; the default can never be reached.
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert!(!Hasher::is_outdated(&hash));
        assert!(check(&hasher, "p\u{e4}ssword", &hash).await.unwrap());
        assert!(!check(&hasher, "password", &hash).await.unwrap());
    }

    #[tokio::test]
    async fn nobody_has_the_dummy_password() {
        assert!(PasswordHash::new(DUMMY_HASH).is_ok() && !Hasher::is_outdated(DUMMY_HASH));
        assert!(!check(&Hasher::new(), "", DUMMY_HASH).await.unwrap());
    }

    #[tokio::test]
    async fn a_full_gate_turns_the_next_one_away() {
        let hasher = Hasher::new();
        let everything = hasher.seats.available_permits() as u32;
        assert!(hasher.seat().is_ok());
        let _taken = hasher.seats.acquire_many(everything).await.unwrap();
        assert!(hasher.seat().is_err());
    }

    #[test]
    fn length_is_counted_in_code_points_and_nothing_is_cut() {
        assert_eq!(Password::chosen(&secret("1234567")).unwrap_err(), PasswordFault::TooShort);
        assert!(Password::chosen(&secret(&"ü".repeat(128))).is_ok());
        assert_eq!(Password::chosen(&secret(&"ü".repeat(129))).unwrap_err(), PasswordFault::TooLong);
        assert_eq!(Password::chosen(&secret("pass\u{0}word")).unwrap_err(), PasswordFault::Characters);
    }
}
