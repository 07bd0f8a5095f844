//! Reads, creates and changes the keyring file. Every write is atomic; a damaged or exposed file is rejected.

use super::format::{FORMAT, KeyringFile};
use super::{KeyFacts, Keyring};
use crate::clock::Timestamp;
use crate::random::Random;
use std::fs::{self, File, Metadata, OpenOptions, Permissions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, fchown};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Why the keyring cannot be used. Each message says what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// Other users of the machine can read the file.
    #[error(
        "can be read by other users of this machine (mode {mode:o}): \
         check who had access, then run `chmod 600` on it, or give it to the user that Latchkey runs as"
    )]
    Exposed {
        /// The mode of the file.
        mode: u32,
    },
    /// The content is not a keyring; the text says what is wrong.
    #[error("is damaged ({0}): restore it from your backup")]
    Damaged(&'static str),
    /// The file has a later format than this version reads.
    #[error("was written by a newer version of Latchkey: run that version, or restore an older backup of the file")]
    Newer,
    /// The file does not exist.
    #[error("is missing: restore it from your backup, or name the right one by LATCHKEY_DATA_DIR or LATCHKEY_KEYRING")]
    Missing,
    /// The file cannot be read or written.
    #[error("cannot be read or written ({0}): fix the permissions of the file and its folder")]
    Io(#[from] io::Error),
    /// The crypto library failed to create a key.
    #[error("could not be made: the crypto library failed")]
    Crypto,
}

/// Reads the keyring at `path`; `None` if the file is missing.
///
/// # Errors
/// If the file is damaged or other users can read it.
pub fn load(path: &Path) -> Result<Option<Keyring>, KeyringError> {
    match read(path) {
        Ok(file) => {
            let keyring = Keyring::new(&file).map_err(KeyringError::Damaged)?;
            settle(path)?;
            Ok(Some(keyring))
        }
        Err(KeyringError::Missing) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Removes other users' permissions on a valid keyring, if the system allows it: container platforms make a volume's
/// files readable by a group at each start. Returns the previous mode; `None` if nothing was changed. If others can
/// still read the file, [`load`] rejects it.
pub fn tighten(path: &Path) -> Option<u32> {
    let mode = fs::metadata(path).ok().filter(Metadata::is_file)?.mode() & 0o777;
    let mut file = File::open(path).ok().filter(|_| mode & OTHERS != 0)?;
    // A wrong path must not change the mode of another file.
    let mut text = Vec::new();
    file.read_to_end(&mut text).ok()?;
    serde_json::from_slice::<KeyringFile>(&text).ok()?;
    file.set_permissions(Permissions::from_mode(mode & !OTHERS)).ok()?;
    Some(mode)
}

/// Permissions of the group and of other users.
const OTHERS: u32 = 0o077;

/// The warning about a keyring that [`tighten`] has changed.
pub fn was_exposed(path: &Path, mode: u32) -> String {
    format!(
        "the keyring {} could be read by other users of this machine (mode {mode:o}); now it is its owner's alone. A \
         reader can sign in as any user: unless it was the container platform that changed the mode, run the \
         command `key rotate --now`, then `key retire ID --now` for the older keys",
        path.display()
    )
}

fn read(path: &Path) -> Result<KeyringFile, KeyringError> {
    // Checked before opening, because opening a pipe would block.
    if !fs::metadata(path).map_err(missing_or_io)?.is_file() {
        return Err(KeyringError::Damaged("it is not a file"));
    }
    // Mode and content are read through one handle, in case the file is replaced meanwhile.
    let mut file = File::open(path).map_err(missing_or_io)?;
    let mode = file.metadata()?.mode() & 0o777;
    // A user who can read this file can sign in as any user, so the server refuses to start.
    if mode & OTHERS != 0 {
        return Err(KeyringError::Exposed { mode });
    }
    let mut text = Vec::new();
    file.read_to_end(&mut text)?;
    if is_newer(&text) {
        return Err(KeyringError::Newer);
    }
    // The parser's message would quote the file, and the file is secret.
    serde_json::from_slice(&text).map_err(|_| KeyringError::Damaged("it is not a keyring's JSON"))
}

/// Whether a file has the number of a later format; this version does not know the other fields of such a file.
fn is_newer(text: &[u8]) -> bool {
    #[derive(serde::Deserialize)]
    struct Numbered {
        version: u32,
    }
    serde_json::from_slice::<Numbered>(text).is_ok_and(|file| file.version > FORMAT)
}

/// Syncs the file and its folder. Another process may have just written the file without syncing it, and a power cut
/// must not lose a key that has already signed a token.
fn settle(path: &Path) -> Result<(), KeyringError> {
    let path = fs::canonicalize(path).map_err(missing_or_io)?;
    File::open(&path).map_err(missing_or_io)?.sync_all()?;
    Ok(sync_folder(&path)?)
}

fn missing_or_io(error: io::Error) -> KeyringError {
    match error.kind() {
        io::ErrorKind::NotFound => KeyringError::Missing,
        _ => error.into(),
    }
}

/// Creates a keyring at `path`, where no file may exist yet, atomically and durably.
///
/// # Errors
/// If the folder cannot be written, or a file has appeared at `path` meanwhile.
pub fn create(path: &Path, random: &dyn Random, now: Timestamp) -> Result<Keyring, KeyringError> {
    let file = KeyringFile::generate(random, now).ok_or(KeyringError::Crypto)?;
    let (keyring, text) = checked(&file)?;
    let draft = path.with_extension(format!("new-{}", std::process::id()));
    let written = write_new(&draft, &text, None).and_then(|()| {
        // A hard link, because a rename would silently replace a keyring that another process has just created.
        fs::hard_link(&draft, path)?;
        sync_folder(path)
    });
    remove_if_there(&draft)?;
    written?;
    Ok(keyring)
}

/// When the new keys of a rotation start to sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// [`PUBLICATION_PERIOD`] from now, so that every server has read the file before.
    Published,
    /// At once, because a key has leaked. Servers that have not read the file yet refuse the new tokens.
    AtOnce,
}

/// How often a running server checks the file.
pub const RELOAD_INTERVAL: Duration = Duration::from_secs(1);

/// How long new keys are in the file before they sign: the time between two checks of a server, and a minute in which the
/// file is copied to other servers, whose clocks may differ, and in which caches of the public keys expire.
pub const PUBLICATION_PERIOD: Duration = RELOAD_INTERVAL.saturating_add(Duration::from_secs(60));

/// Adds a new key of each kind, which makes new tokens from `start` on; the older keys still verify.
///
/// # Errors
/// If the keyring is missing, damaged or cannot be written. It is then unchanged.
pub fn rotate(path: &Path, random: &dyn Random, now: Timestamp, start: Start) -> Result<Keyring, KeyringError> {
    let signs_from = match start {
        Start::Published => Some(now.after(PUBLICATION_PERIOD)),
        Start::AtOnce => None,
    };
    let mut locked = Locked::open(path)?;
    locked.file.rotate(random, now, signs_from).ok_or(KeyringError::Crypto)?;
    locked.write()
}

/// Removes the keys that `choose` picks by their facts at this time, and returns them.
///
/// # Errors
/// Those of `choose`, or if the keyring is missing, damaged or cannot be written. It is then unchanged.
pub fn retire<E: From<KeyringError>>(
    path: &Path,
    now: Timestamp,
    choose: impl FnOnce(&[KeyFacts]) -> Result<Vec<KeyFacts>, E>,
) -> Result<Vec<KeyFacts>, E> {
    let mut locked = Locked::open(path)?;
    let keys = Keyring::new(&locked.file).map_err(KeyringError::Damaged)?.facts(now);
    let chosen = choose(&keys)?;
    if !chosen.is_empty() {
        locked.remove(&keys, &chosen);
        locked.write()?;
    }
    Ok(chosen)
}

/// The keyring file, locked by the command that changes it. Other commands wait, so that no change is lost.
struct Locked {
    path: PathBuf,
    file: KeyringFile,
    lock: File,
}

impl Locked {
    fn open(path: &Path) -> Result<Self, KeyringError> {
        // The target of a symbolic link is replaced, so that the link stays.
        let path = fs::canonicalize(path).map_err(missing_or_io)?;
        read(&path)?;
        let lock = loop {
            let lock = File::open(&path).map_err(missing_or_io)?;
            lock.lock()?;
            // The previous owner of the lock has replaced the file: lock the new one.
            if is_same(&lock.metadata()?, &fs::metadata(&path).map_err(missing_or_io)?) {
                break lock;
            }
        };
        Ok(Self { file: read(&path)?, path, lock })
    }

    fn remove(&mut self, keys: &[KeyFacts], chosen: &[KeyFacts]) {
        // The facts are in the order of the file, signing keys first.
        let mut stays = keys.iter().map(|key| !chosen.contains(key));
        self.file.signing.retain(|_| stays.next().unwrap_or(true));
        self.file.hmac.retain(|_| stays.next().unwrap_or(true));
    }

    /// Replaces the file atomically: a concurrent reader gets the old or the new one.
    fn write(self) -> Result<Keyring, KeyringError> {
        let (keyring, text) = checked(&self.file)?;
        let mut draft = self.path.clone().into_os_string();
        draft.push(".draft");
        let draft = PathBuf::from(draft);
        // A draft may be left from a killed command; because of the lock, no other process writes it now.
        remove_if_there(&draft)?;
        let owner = self.lock.metadata()?.uid();
        if let Err(error) = write_new(&draft, &text, Some(owner)).and_then(|()| fs::rename(&draft, &self.path)) {
            remove_if_there(&draft)?;
            return Err(error.into());
        }
        // From here on another command may run, because this lock is on the replaced file.
        sync_folder(&self.path)?;
        Ok(keyring)
    }
}

fn is_same(one: &Metadata, other: &Metadata) -> bool {
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// The text to write, after checking that it can be read again.
fn checked(file: &KeyringFile) -> Result<(Keyring, Vec<u8>), KeyringError> {
    let keyring = Keyring::new(file).map_err(KeyringError::Damaged)?;
    let text = serde_json::to_vec_pretty(file).map_err(|_| KeyringError::Crypto)?;
    Ok((keyring, text))
}

fn write_new(path: &Path, text: &[u8], owner: Option<u32>) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    // If root rotates the keys of a server that runs as another user, that user must still be able to read them.
    if let Some(owner) = owner.filter(|owner| file.metadata().is_ok_and(|draft| draft.uid() != *owner)) {
        fchown(&file, Some(owner), None)?;
    }
    file.write_all(text)?;
    file.sync_all()
}

fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    fs::remove_file(path).or_else(|error| match error.kind() {
        io::ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    })
}
