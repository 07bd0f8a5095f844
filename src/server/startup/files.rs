//! The folder and the file that the data is in: made with modes that keep others out, and for one server alone.

use super::error::StartupError;
use crate::config::DatabaseAddress;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// What a database's file is called while it is being restored, after its own name.
pub const RESTORING: &str = ".restoring";

/// The hold on the folders of the data.
pub struct DataLock(Vec<File>);

impl Drop for DataLock {
    /// Gives the locks back, which closing the files may not: a program that this process is just about to start has
    /// them open too, for a moment.
    fn drop(&mut self) {
        for folder in &self.0 {
            let _ = folder.unlock();
        }
    }
}

/// One server for the data: a second one, in demo mode say, would change the first one's under its feet, and a restore
/// would take the database away from it. So the data folder is locked, and made if it is not there; where the database
/// lies elsewhere, that folder is locked as well. The locks go with the process, however it ends.
///
/// # Errors
/// [`StartupError::InUse`], [`StartupError::DataDir`].
pub fn lock_data(data_dir: &Path, address: &DatabaseAddress) -> Result<DataLock, StartupError> {
    let failed = |cause| StartupError::DataDir { path: data_dir.to_owned(), cause };
    DirBuilder::new().recursive(true).mode(0o700).create(data_dir).map_err(failed)?;
    let mut folders = vec![fs::canonicalize(data_dir).map_err(failed)?];
    // One that is not there is complained of when the database is opened.
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

/// The folder in which a file really lies, whatever links lead there.
pub fn folder_of(file: &Path) -> Option<PathBuf> {
    let path = fs::canonicalize(file).or_else(|_| std::path::absolute(file)).ok()?;
    fs::canonicalize(path.parent()?).ok()
}

/// Makes sure that there is a file that SQLite may open. A new one is its owner's alone: it is going to hold password
/// hashes, and SQLite gives its write-ahead log the same mode.
pub(super) fn prepare_file(path: &Path, has_keyring: bool) -> Result<(), StartupError> {
    let owned = || path.to_path_buf();
    match fs::metadata(path) {
        // With a keyring beside it, this has been a database: it was truncated, or a disk was full. SQLite would take
        // it for a new one.
        Ok(file) if file.len() == 0 && has_keyring => Err(StartupError::EmptyDatabase { path: owned() }),
        Ok(file) if file.permissions().readonly() => Err(StartupError::ReadOnlyDatabase { path: owned() }),
        Ok(_) => Ok(()),
        Err(_) if beside(path, RESTORING).exists() => Err(StartupError::HalfRestored { path: owned() }),
        Err(_) if has_keyring || beside(path, "-wal").exists() => Err(StartupError::DatabaseLost { path: owned() }),
        Err(_) => OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .map(drop)
            .map_err(|cause| StartupError::NewDatabase { path: owned(), cause }),
    }
}

/// Removes other users' permissions on the files of the database, and their permission to write to the data folder;
/// logs that, or that it could not. Container platforms give a volume to a group at each start, and a mode that was
/// right yesterday need not be today. Only for a database that has been opened: a wrong path must not change the mode
/// of something else. No file is opened here: closing it would release the locks that SQLite has on it.
pub(super) fn tighten(data_dir: &Path, address: &DatabaseAddress) {
    remove_permissions(data_dir, 0o022);
    let Some(path) = address.path().and_then(|path| fs::canonicalize(path).ok()) else { return };
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return };
    let Ok(entries) = fs::read_dir(folder) else { return };
    let is_ours = |file: &fs::DirEntry| {
        let found = file.file_name();
        found.as_encoded_bytes().strip_prefix(name.as_encoded_bytes()).is_some_and(is_ending_of_ours)
    };
    for file in entries.flatten().filter(is_ours).filter(|file| file.file_type().is_ok_and(|kind| kind.is_file())) {
        remove_permissions(&file.path(), 0o077);
    }
}

/// Whether a file with this ending after the database's name is the database's: itself, what SQLite writes beside it,
/// and what a restore sets aside.
fn is_ending_of_ours(ending: &[u8]) -> bool {
    let names: [&[u8]; 4] = [b"", b"-wal", b"-shm", b"-journal"];
    names.contains(&ending) || ending.starts_with(RESTORING.as_bytes()) || ending.starts_with(b".before-restore-")
}

/// Removes these permissions from a file or a folder, and logs it. A folder with the sticky bit, such as /tmp, is
/// shared on purpose, and left alone.
fn remove_permissions(path: &Path, bits: u32) {
    let Ok(found) = fs::metadata(path) else { return };
    let mode = found.permissions().mode() & 0o7777;
    if mode & bits == 0 {
        return;
    }
    let removed = match found.is_dir() && mode & 0o1000 != 0 {
        false => fs::set_permissions(path, Permissions::from_mode(mode & !bits)),
        true => Err(io::Error::other("it is shared on purpose")),
    };
    let could = if bits & 0o444 == 0 { "could change" } else { "could read or change" };
    let (path, before, now) = (path.display(), mode & 0o777, mode & !bits & 0o777);
    match removed {
        Ok(()) => tracing::warn!(
            "other users of this machine {could} {path} (mode {before:o}); they no longer can (mode {now:o})"
        ),
        Err(cause) => tracing::warn!(
            "other users of this machine {could} {path} (mode {before:o}), and the server cannot change that ({cause}): \
             `latchkey doctor` says more"
        ),
    }
}

/// A file whose name begins like that of the database: its write-ahead log, say, which after a crash may hold all that
/// there is.
pub fn beside(database: &Path, ending: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}
