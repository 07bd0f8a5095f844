//! Startup errors.

use super::check::RouteFault;
use crate::settings::SettingsFault;
use latchkey_core::sessions::keyring::file::KeyringError;
use latchkey_core::store::{OpenError, StoreError};
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Why the server does not start. Each message names the file or the setting, and says what to do.
#[derive(thiserror::Error)]
#[allow(missing_docs, reason = "the fields of a variant are in its message")]
pub enum StartupError {
    /// The data folder cannot be created or opened.
    #[error("the data folder {path} cannot be created ({cause}): create it, or set LATCHKEY_DATA_DIR to another", path = path.display())]
    DataDir { path: PathBuf, cause: io::Error },
    /// Another process has the lock on the data folder.
    #[error("the data folder {path} is in use by another Latchkey: stop that one, or set LATCHKEY_DATA_DIR to another", path = path.display())]
    InUse { path: PathBuf },
    /// A command needs a database, and there is none.
    #[error("the database {path} does not exist: start the server once, or set LATCHKEY_DATA_DIR to its folder", path = path.display())]
    NoDatabase { path: PathBuf },
    /// The database has no bytes, although there is a keyring: it was truncated.
    #[error("the database {path} is empty: delete the file to start with a new one, or restore your backup", path = path.display())]
    EmptyDatabase { path: PathBuf },
    /// Files that belong to a database are there, and the database is not.
    #[error(
        "the database {path} is missing, but its keyring or its write-ahead log (-wal) is there: restore it from your \
         backup; to start with a new one, move those away", path = path.display()
    )]
    DatabaseLost { path: PathBuf },
    /// A restore did not finish.
    #[error("the database {path} was being restored, and that was interrupted: run the command `restore` again", path = path.display())]
    RestoreInterrupted { path: PathBuf },
    /// The file of a new database cannot be created.
    #[error("the database {path} cannot be created ({cause}): create its folder, and make it writable", path = path.display())]
    NewDatabase { path: PathBuf, cause: io::Error },
    /// The file of the database is not writable.
    #[error("the database {path} is read-only: make the file and its folder writable", path = path.display())]
    ReadOnlyDatabase { path: PathBuf },
    /// The database cannot be opened, or is not one that this version may use.
    #[error("the database {name} {cause}")]
    Database { name: String, cause: OpenError },
    /// The keyring cannot be read or written, or is damaged.
    #[error("the keyring {path} {cause}", path = path.display())]
    Keyring { path: PathBuf, cause: KeyringError },
    /// The keyring is missing, and without it the live sessions would end.
    #[error(
        "the keyring {path} is missing, but there are sessions that need it: restore it from your backup; \
         to sign all users out instead, run the command `session revoke --all`", path = path.display()
    )]
    KeyringLost { path: PathBuf },
    /// A query failed.
    #[error("the database failed: {0}")]
    Store(#[from] StoreError),
    /// Two settings contradict each other, or one is unsafe.
    #[error(transparent)]
    Settings(#[from] SettingsFault),
    /// A source in the page policy would change another directive.
    #[error("{found:?} in the page policy is not a source: write one such as https://cdn.example.org")]
    PagePolicy { found: String },
    /// The options of Leptos are missing or malformed; the text says which.
    #[error(
        "the pages cannot be served: {0}. Build the program by `cargo leptos build`, and run it by `cargo leptos serve` or with the variables LEPTOS_OUTPUT_NAME and LEPTOS_SITE_ROOT"
    )]
    Leptos(String),
    /// One of Latchkey's routes does not reach Latchkey.
    #[error(transparent)]
    Routes(#[from] RouteFault),
    /// Two routes have the same method and path; the text names them.
    #[error("two routes have the same path: {0}")]
    Overlap(String),
    /// The listen address is in use, or not one of this machine.
    #[error("cannot listen on {addr} ({cause}): set LATCHKEY_ADDR to a free address")]
    Listen { addr: String, cause: io::Error },
    /// The same for the address of the metrics.
    #[error("cannot listen on {addr} for metrics ({cause}): set LATCHKEY_METRICS_ADDR to a free address")]
    ListenForMetrics { addr: SocketAddr, cause: io::Error },
}

/// The sentence, as by `Display`: a `main` that returns an error prints it by `Debug`.
impl fmt::Debug for StartupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_of_a_startup_error_is_its_sentence() {
        let error = StartupError::InUse { path: "data".into() };
        assert_eq!(format!("{error:?}"), error.to_string());
        assert!(error.to_string().contains("is in use by another Latchkey"));
    }
}
