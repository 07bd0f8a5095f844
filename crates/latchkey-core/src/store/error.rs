//! Why a statement failed.

use std::sync::Arc;

/// Why a statement failed. It is `Clone` because many callers may share one failure.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// A value that must be unique already exists.
    #[error("a unique value is taken")]
    Taken,
    /// The database is locked, full, read-only, unreadable or unreachable. A retry is safe and may succeed. "Malformed"
    /// is included, because SQLite also reports it if a read fails with an I/O error (SQLITE_IOERR_CORRUPTFS).
    #[error("the database cannot do this now: {0}")]
    Unavailable(#[source] Arc<sqlx::Error>),
    /// A row has a value that this program never writes.
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
