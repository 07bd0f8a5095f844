//! The migrations of Latchkey's tables, and the tables in which a database records migrations.
//!
//! Latchkey's migrations are recorded in Latchkey's own table. Those of an application are recorded in sqlx's default
//! table.

use sqlx::FromRow;
use sqlx::migrate::Migrator;
use std::sync::LazyLock;

/// The table in which Latchkey's migrations are recorded.
pub const OWN_TABLE: &str = "_latchkey_migrations";

/// The table in which sqlx records the migrations of an application.
pub const TABLE_OF_APPLICATION: &str = "_sqlx_migrations";

/// Latchkey's own migrations.
pub static MIGRATIONS: LazyLock<Migrator> = LazyLock::new(|| {
    let mut migrator = sqlx::migrate!();
    migrator.dangerous_set_table_name(OWN_TABLE);
    migrator
});

/// A migration that is recorded in a database.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct AppliedStep {
    pub version: i64,
    pub checksum: Vec<u8>,
}

impl AppliedStep {
    /// Whether it is one of these migrations, with the same checksum.
    pub fn is_of(&self, steps: &Migrator) -> bool {
        steps.iter().any(|step| step.version == self.version && *step.checksum == *self.checksum)
    }
}
