//! The keyring of a running server, which loads a changed file without a restart.

use super::Keyring;
use super::file::{self, KeyringError};
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// The last valid keys, and the state of the file at that time.
pub struct LiveKeyring {
    path: PathBuf,
    current: RwLock<Arc<Keyring>>,
    seen: Mutex<Seen>,
}

/// The result of the last check.
#[derive(Default)]
struct Seen {
    stamp: Option<Stamp>,
    sound: bool,
}

/// A value that changes when the file changes, without reading the file; `None` if the file is missing. It includes the
/// ctime, so that a `chmod` counts.
type Stamp = Option<[i128; 7]>;

/// The result of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyringChange {
    /// No change, or a fault that was reported before.
    Unchanged,
    /// The new keys verify tokens, and make new ones from their time on.
    Reloaded,
}

impl LiveKeyring {
    /// Starts with a keyring that was read from the file at `path`.
    pub fn new(path: PathBuf, keyring: Keyring) -> Self {
        // The stamp is unknown: the file may have changed since it was read.
        Self { path, current: RwLock::new(Arc::new(keyring)), seen: Mutex::default() }
    }

    /// The current keys. A caller that needs them more than once should keep the returned value, so that they do not
    /// change in between.
    pub fn current(&self) -> Arc<Keyring> {
        // The `Arc` is replaced as a whole, so a panic cannot leave an inconsistent keyring.
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Checks the file, and loads it if it has changed. While it is damaged, exposed or missing, the previous keys stay
    /// in use, because an operator's mistake must not sign all users out.
    ///
    /// # Errors
    /// What is wrong with the file, once for each change. The file is read again at each check, in case only the read
    /// failed.
    pub fn check(&self) -> Result<KeyringChange, KeyringError> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        // Taken before reading, so that the next check finds a change during the read.
        let stamp = Some(stamp(&self.path));
        let known = seen.stamp == stamp;
        if known && seen.sound {
            return Ok(KeyringChange::Unchanged);
        }
        if let Some(mode) = file::tighten(&self.path) {
            tracing::warn!("{}", file::was_exposed(&self.path, mode));
        }
        let found = file::load(&self.path).and_then(|found| found.ok_or(KeyringError::Missing));
        *seen = Seen { stamp, sound: found.is_ok() };
        match found {
            Ok(keyring) => {
                let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
                let before = std::mem::replace(&mut *current, Arc::new(keyring));
                Ok(if before.is_same(&current) { KeyringChange::Unchanged } else { KeyringChange::Reloaded })
            }
            Err(_) if known => Ok(KeyringChange::Unchanged),
            Err(error) => Err(error),
        }
    }
}

fn stamp(path: &Path) -> Stamp {
    let file = fs::metadata(path).ok()?;
    Some([
        file.dev().into(),
        file.ino().into(),
        file.len().into(),
        file.mtime().into(),
        file.mtime_nsec().into(),
        file.ctime().into(),
        file.ctime_nsec().into(),
    ])
}
