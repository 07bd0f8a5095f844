//! The steps that make Latchkey's tables, and where a database records the steps that it has had.
//!
//! Latchkey's own steps have a table of their own. An application that is built on Latchkey has the table that sqlx gives
//! every program.

use sqlx::migrate::Migrator;
use sqlx::{AnyConnection, FromRow};
use std::sync::LazyLock;

/// Where Latchkey's steps are recorded.
pub const OWN_TABLE: &str = "_latchkey_migrations";

/// Where sqlx records the steps of an application.
pub const TABLE_OF_APPLICATION: &str = "_sqlx_migrations";

/// Latchkey's own steps.
pub static MIGRATIONS: LazyLock<Migrator> = LazyLock::new(|| {
    let mut migrator = sqlx::migrate!();
    migrator.dangerous_set_table_name(OWN_TABLE);
    migrator
});

/// A step that a database has had.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct AppliedStep {
    pub version: i64,
    pub checksum: Vec<u8>,
}

impl AppliedStep {
    /// Whether it is one of these, and was then what it is now.
    pub fn is_of(&self, steps: &Migrator) -> bool {
        steps.iter().any(|step| step.version == self.version && *step.checksum == *self.checksum)
    }
}

/// Whether it is a connection to SQLite; else it is one to PostgreSQL.
pub fn is_sqlite(connection: &AnyConnection) -> bool {
    connection.backend_name() == "SQLite"
}
