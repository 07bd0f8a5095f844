//! Why a database could not be opened.

use super::error::StoreError;
use std::sync::Arc;

/// Why a database could not be opened. Each message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file is damaged, or not a SQLite database.
    #[error("is damaged, or not a SQLite database: restore it from your backup")]
    Damaged,
    /// The tables of a database that was in use are missing.
    #[error("has lost its tables, and perhaps its write-ahead log (-wal): restore both from your backup")]
    Emptied,
    /// A table or an index of another program has one of Latchkey's names.
    #[error(
        "has a table or an index {name} that another program made, and Latchkey needs one of that name: set \
         LATCHKEY_DATABASE_URL to another database, which may have other tables"
    )]
    NameTaken {
        /// The name.
        name: &'static str,
    },
    /// The file or its folder is read-only.
    #[error("cannot be written: make the file and its folder writable")]
    ReadOnly,
    /// Another program has locked the database.
    #[error("is locked by another program: stop that program")]
    Locked,
    /// A newer version has migrated the database.
    #[error("was changed by a newer version of Latchkey: run that version, or restore an older backup")]
    Newer,
    /// The database lacks a migration, and this command does not run migrations.
    #[error("is not up to date, or was never used: start the server of this version once, which sees to that")]
    Older,
    /// Rows were to be moved to the database, which failed or was interrupted.
    #[error(
        "has none of the rows that were to be moved to it, because that was interrupted or failed: run the command `move` \
         again, or drop the table _latchkey_move to use the database without these rows"
    )]
    MoveUnfinished,
    /// A migration failed.
    #[error("could not be brought up to date ({0}): restore it from your backup")]
    Migration(sqlx::migrate::MigrateError),
    /// The URL is not one of a supported database.
    #[error("is at a URL of an unknown kind: LATCHKEY_DATABASE_URL begins with sqlite: or postgres:")]
    UnknownScheme,
    /// Another failure.
    #[error("cannot be opened ({0}): check LATCHKEY_DATABASE_URL")]
    Other(Arc<sqlx::Error>),
    /// A setting that durability depends on is not in effect.
    #[error("has {question} = {answer}, with which a crash can lose what was confirmed: it must be {wanted}")]
    Unsafe {
        /// The query that reads the setting.
        question: &'static str,
        /// The value that the database returned.
        answer: String,
        /// The required value.
        wanted: &'static str,
    },
}

impl From<sqlx::Error> for OpenError {
    fn from(error: sqlx::Error) -> Self {
        Self::from(Arc::new(error))
    }
}

impl From<Arc<sqlx::Error>> for OpenError {
    fn from(error: Arc<sqlx::Error>) -> Self {
        match sqlite_code(&error) {
            Some(11 | 26) => Self::Damaged,
            Some(5 | 6) => Self::Locked,
            Some(8 | 14) => Self::ReadOnly,
            _ => Self::Other(error),
        }
    }
}

impl From<StoreError> for OpenError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(error) => error.into(),
            StoreError::Taken | StoreError::Damaged(_) => Self::Damaged,
        }
    }
}

impl From<sqlx::migrate::MigrateError> for OpenError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        use sqlx::migrate::MigrateError;
        match error {
            MigrateError::VersionMissing(_) | MigrateError::VersionMismatch(_) => Self::Newer,
            MigrateError::Execute(error) => error.into(),
            other => Self::Migration(other),
        }
    }
}

/// SQLite's primary result code, the low byte of the extended code (<https://sqlite.org/rescode.html>): 11 and 26 are a
/// damaged file, 5 and 6 a locked one, 8 and 14 one that cannot be written or opened. PostgreSQL's codes have five
/// characters, so they are not mistaken for one.
fn sqlite_code(error: &sqlx::Error) -> Option<u32> {
    let code = error.as_database_error()?.code()?;
    Some(code.parse::<u32>().ok().filter(|_| code.len() < 5)? & 0xff)
}
