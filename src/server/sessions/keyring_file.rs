//! The keyring's file: found and sound, or created whole, or refused.

use super::keyring::{Keyring, KeyringFile};
use crate::server::clock::Timestamp;
use crate::server::random::Random;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

/// Why there is no keyring. Each sentence says what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    #[error(
        "can be read by other users of this machine (mode {mode:o}): \
         check who had access, then run `chmod 600` on it"
    )]
    Exposed { mode: u32 },
    #[error("is damaged ({0}): restore it from your backup")]
    Damaged(&'static str),
    #[error("cannot be read or written ({0}): mend the permissions of the file and its folder")]
    Io(#[from] io::Error),
    #[error("could not be made: the crypto library failed")]
    Crypto,
}

/// Reads the keyring at `path`; `None` if there is no file.
///
/// # Errors
/// When the file is damaged, or readable by others.
pub fn load(path: &Path) -> Result<Option<Keyring>, KeyringError> {
    let metadata = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other?,
    };
    if !metadata.is_file() {
        return Err(KeyringError::Damaged("it is not a file"));
    }
    let mode = metadata.mode() & 0o777;
    // Whoever can read this file can sign in as anybody; refusing is kinder than running on.
    if mode & 0o077 != 0 {
        return Err(KeyringError::Exposed { mode });
    }
    // The parser's message would quote the file, and the file is secret.
    let file: KeyringFile =
        serde_json::from_slice(&fs::read(path)?).map_err(|_| KeyringError::Damaged("it is not a keyring's JSON"))?;
    Keyring::new(&file).map(Some).map_err(KeyringError::Damaged)
}

/// Creates a keyring at `path`, where there must be none: complete and on the disk, or not at all.
///
/// # Errors
/// When the folder cannot be written, or a file has appeared at `path` meanwhile.
pub fn create(path: &Path, random: &dyn Random, now: Timestamp) -> Result<Keyring, KeyringError> {
    let file = KeyringFile::generate(random, now).ok_or(KeyringError::Crypto)?;
    let keyring = Keyring::new(&file).map_err(KeyringError::Damaged)?;
    let text = serde_json::to_vec_pretty(&file).map_err(|_| KeyringError::Crypto)?;

    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let draft = path.with_extension(format!("new-{}", std::process::id()));
    let written = write_new(&draft, &text).and_then(|()| {
        // A link, not a rename: a rename would silently replace a keyring that another process has just made.
        fs::hard_link(&draft, path)?;
        File::open(folder)?.sync_all()
    });
    fs::remove_file(&draft).or_else(|error| match error.kind() {
        io::ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    })?;
    written?;
    Ok(keyring)
}

fn write_new(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text)?;
    file.sync_all()
}
