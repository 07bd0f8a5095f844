//! The data folder and the database file: creates them with restrictive modes, and locks them for one server.

use super::error::StartupError;
use crate::settings::DatabaseAddress;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// The suffix of a database file while it is being restored.
pub const RESTORING: &str = ".restoring";

/// Locks on the folders of the data.
pub struct DataLock(Vec<File>);

impl Drop for DataLock {
    /// Unlocks explicitly: closing the files is not enough, because a child process that has just been forked has them
    /// open as well.
    fn drop(&mut self) {
        for folder in &self.0 {
            let _ = folder.unlock();
        }
    }
}

/// Locks the data folder, which is created if necessary, and the database's folder if it is another one. Without the
/// locks, a second server (for example in demo mode) or a restore could change the data of a running server. The locks
/// end with the process.
///
/// # Errors
/// [`StartupError::InUse`], [`StartupError::DataDir`].
pub fn lock_data(data_dir: &Path, address: &DatabaseAddress) -> Result<DataLock, StartupError> {
    let failed = |cause| StartupError::DataDir { path: data_dir.to_owned(), cause };
    DirBuilder::new().recursive(true).mode(0o700).create(data_dir).map_err(failed)?;
    let mut folders = vec![fs::canonicalize(data_dir).map_err(failed)?];
    // If the database's folder does not exist, opening the database fails later.
    folders.extend(address.path().and_then(folder_of).filter(|folder| *folder != folders[0]));
    let mut lock = DataLock(Vec::new());
    for path in folders {
        let failed = |cause| StartupError::DataDir { path: path.clone(), cause };
        let folder = File::open(&path).map_err(failed)?;
        match folder.try_lock() {
            Ok(()) => lock.0.push(folder),
            Err(TryLockError::WouldBlock) => return Err(StartupError::InUse { path }),
            Err(TryLockError::Error(cause)) => return Err(failed(cause)),
        }
    }
    Ok(lock)
}

/// The folder of a file, with symbolic links resolved.
pub fn folder_of(file: &Path) -> Option<PathBuf> {
    let path = fs::canonicalize(file).or_else(|_| std::path::absolute(file)).ok()?;
    fs::canonicalize(path.parent()?).ok()
}

/// Makes sure that there is a file that SQLite can open. A new file is readable by its owner only, because it will
/// contain password hashes. SQLite gives its write-ahead log the same mode.
pub(super) fn prepare_file(path: &Path, has_keyring: bool) -> Result<(), StartupError> {
    let owned = || path.to_path_buf();
    match fs::metadata(path) {
        // If there is a keyring, the empty file is a truncated database. SQLite would initialize it as a new one.
        Ok(file) if file.len() == 0 && has_keyring => Err(StartupError::EmptyDatabase { path: owned() }),
        Ok(file) if file.permissions().readonly() => Err(StartupError::ReadOnlyDatabase { path: owned() }),
        Ok(_) => Ok(()),
        Err(_) if with_suffix(path, RESTORING).exists() => Err(StartupError::RestoreInterrupted { path: owned() }),
        Err(_) if has_keyring || with_suffix(path, "-wal").exists() => {
            Err(StartupError::DatabaseLost { path: owned() })
        }
        Err(_) => OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .map(drop)
            .map_err(|cause| StartupError::NewDatabase { path: owned(), cause }),
    }
}

/// Removes other users' permissions on the database's files, and their write permission on the data folder, and logs
/// the change. Runs at each start, because container platforms may change the modes of a volume. Call it after the
/// database has been opened: a wrong path must not change the mode of other files. It opens no file, because closing
/// one would release SQLite's locks on it.
pub(super) fn tighten(data_dir: &Path, address: &DatabaseAddress) {
    remove_permissions(data_dir, 0o022);
    let Some(path) = address.path().and_then(|path| fs::canonicalize(path).ok()) else { return };
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return };
    let Ok(entries) = fs::read_dir(folder) else { return };
    let belongs_to_database = |file: &fs::DirEntry| {
        let found = file.file_name();
        found.as_encoded_bytes().strip_prefix(name.as_encoded_bytes()).is_some_and(is_database_suffix)
    };
    for file in
        entries.flatten().filter(belongs_to_database).filter(|file| file.file_type().is_ok_and(|kind| kind.is_file()))
    {
        remove_permissions(&file.path(), 0o077);
    }
}

/// Whether a file with this suffix after the database's name belongs to the database: the file itself, those that
/// SQLite creates, and those that a restore leaves.
fn is_database_suffix(ending: &[u8]) -> bool {
    let names: [&[u8]; 4] = [b"", b"-wal", b"-shm", b"-journal"];
    names.contains(&ending) || ending.starts_with(RESTORING.as_bytes()) || ending.starts_with(b".before-restore-")
}

/// Removes these permissions from a file or a folder, and logs it. A folder with the sticky bit, such as /tmp, is
/// shared intentionally and not changed.
fn remove_permissions(path: &Path, bits: u32) {
    let Ok(found) = fs::metadata(path) else { return };
    let mode = found.permissions().mode() & 0o7777;
    if mode & bits == 0 {
        return;
    }
    let removed = match found.is_dir() && mode & 0o1000 != 0 {
        false => fs::set_permissions(path, Permissions::from_mode(mode & !bits)),
        true => Err(io::Error::other("it has the sticky bit, so it is shared intentionally")),
    };
    let could = if bits & 0o444 == 0 { "could change" } else { "could read or change" };
    let (path, before, now) = (path.display(), mode & 0o777, mode & !bits & 0o777);
    match removed {
        Ok(()) => tracing::warn!(
            "other users of this machine {could} {path} (mode {before:o}); they no longer can (mode {now:o})"
        ),
        Err(cause) => tracing::warn!(
            "other users of this machine {could} {path} (mode {before:o}), and the server cannot change that ({cause}): \
             run the command `doctor`"
        ),
    }
}

/// The path of the database with a suffix, such as that of its write-ahead log.
pub fn with_suffix(database: &Path, ending: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}
