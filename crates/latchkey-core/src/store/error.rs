//! What a statement can fail with.

use std::sync::Arc;

/// What a statement can fail with. Many callers may be told of one failure.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// A unique value exists already.
    #[error("a unique value is taken")]
    Taken,
    /// Locked, full, read-only, unreadable, unreachable: trying again later is safe, and may work. "Malformed" is among
    /// these, because SQLite reports it also when a read fails with an I/O error (SQLITE_IOERR_CORRUPTFS).
    #[error("the database cannot do this now: {0}")]
    Unavailable(#[source] Arc<sqlx::Error>),
    /// A row holds what this program never writes.
    #[error("the database holds a damaged value: {0}")]
    Damaged(String),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(cause) if cause.is_unique_violation() => Self::Taken,
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::ColumnNotFound(_) => {
                Self::Damaged(error.to_string())
            }
            _ => Self::Unavailable(Arc::new(error)),
        }
    }
}
