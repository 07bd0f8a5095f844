//! Why rows could not be moved.

use crate::store::{OpenError, StoreError};

/// Why rows could not be moved.
#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    /// The source is not SQLite.
    #[error("the rows are not in SQLite: only those of a SQLite database can be moved")]
    NotSqlite,
    /// The source is damaged.
    #[error("the SQLite database is damaged ({0}): restore it from your backup first")]
    SourceDamaged(String),
    /// The source has other tables, indexes or triggers than the migrations create.
    #[error("another program has changed the SQLite database ({0}): undo the change, which would be lost")]
    SourceChanged(String),
    /// The source cannot be read.
    #[error("the SQLite database cannot be read ({0}): run `latchkey doctor`")]
    Source(StoreError),
    /// The target cannot be reached.
    #[error("the PostgreSQL database cannot be opened ({0}): check the address after --to")]
    Connect(sqlx::Error),
    /// The target has a setting that loses commits, or its tables could not be created.
    #[error("Latchkey's tables could not be made in PostgreSQL, which {0}")]
    Tables(OpenError),
    /// The target has tables.
    #[error(
        "the PostgreSQL database is not empty: it has {0}. Name an empty database after --to; if a move to this one has \
         succeeded already, set LATCHKEY_DATABASE_URL to it"
    )]
    NotEmpty(String),
    /// The target cannot store every character.
    #[error("the PostgreSQL database stores text as {0}: create it with the encoding UTF8")]
    Encoding(String),
    /// Another program has locked the target.
    #[error(
        "another command is moving rows to the PostgreSQL database, or a server is starting on it: wait until it has ended"
    )]
    Busy,
    /// A column has a type that is not copied.
    #[error(
        "the column {column} of the table {table} has the type {kind}; only TEXT, BIGINT, INTEGER, SMALLINT and BYTEA can be moved"
    )]
    ColumnType {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// Its type in PostgreSQL.
        kind: String,
    },
    /// A row has a value that PostgreSQL cannot store.
    #[error(
        "the table {table} has a row that PostgreSQL cannot store: where {row}, {column} {problem}. Correct or delete that \
         row in the SQLite database, and run the command again"
    )]
    Value {
        /// The table.
        table: String,
        /// What identifies the row.
        row: String,
        /// The column.
        column: String,
        /// What is wrong with its value.
        problem: String,
    },
    /// The target has other rows than the source.
    #[error(
        "the rows of the table {table} differ between the databases ({in_sqlite} rows in SQLite, {in_postgres} in PostgreSQL), so \
         none were kept: remove what changes rows in PostgreSQL, such as a trigger, and run the command again"
    )]
    Differs {
        /// The table.
        table: String,
        /// The number of rows in SQLite.
        in_sqlite: u64,
        /// The number of rows in PostgreSQL.
        in_postgres: u64,
    },
    /// A row could not be written.
    #[error(
        "the rows of the table {table} could not be written ({cause}): remove the cause, and run the command again"
    )]
    NotWritten {
        /// The table.
        table: String,
        /// The error of PostgreSQL.
        cause: sqlx::Error,
    },
    /// PostgreSQL failed.
    #[error("PostgreSQL failed ({0}): remove the cause, and run the command again")]
    Target(#[from] sqlx::Error),
}

impl From<StoreError> for MoveError {
    fn from(error: StoreError) -> Self {
        Self::Source(error)
    }
}
