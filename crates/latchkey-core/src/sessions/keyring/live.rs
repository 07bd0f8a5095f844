//! The keyring of a running server: a change of the file is taken up without a restart.

use super::Keyring;
use super::file::{self, KeyringError};
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// The keys as they were last found sound, and what the file looked like then.
pub struct LiveKeyring {
    path: PathBuf,
    current: RwLock<Arc<Keyring>>,
    seen: Mutex<Seen>,
}

/// What the last look found.
#[derive(Default)]
struct Seen {
    stamp: Option<Stamp>,
    sound: bool,
}

/// A value that changes when the file changes, taken without reading it; `None` if there is no file. The time of the last change
/// of the inode is in it, so that a `chmod` counts too.
type Stamp = Option<[i128; 7]>;

/// What a look found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyringChange {
    /// Nothing new; or something bad that has been reported before.
    Unchanged,
    /// Other keys are in use from now on.
    TakenUp,
}

impl LiveKeyring {
    /// Goes on from a keyring that was read from the file at `path`.
    pub fn new(path: PathBuf, keyring: Keyring) -> Self {
        // Nothing is seen yet: the file may have changed since it was read.
        Self { path, current: RwLock::new(Arc::new(keyring)), seen: Mutex::default() }
    }

    /// The keys as they are now. A caller that makes or checks several things with them keeps this one.
    pub fn current(&self) -> Arc<Keyring> {
        // An `Arc` is put in whole, so a panic elsewhere cannot have left half a keyring.
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Checks the file, and takes it up if it has changed. While it is damaged, exposed or missing, the keys read
    /// before go on working: an operator's mistake must not sign all users out.
    ///
    /// # Errors
    /// What is wrong with the file, once a change: it is read again at each look, in case only the reading failed.
    pub fn check(&self) -> Result<KeyringChange, KeyringError> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        // Before reading: what changes meanwhile is found at the next look.
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
                Ok(if before.facts() == current.facts() { KeyringChange::Unchanged } else { KeyringChange::TakenUp })
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
