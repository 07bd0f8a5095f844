//! The application's own tables. `migrations/` creates them; this module has their SQL statements.

pub mod customers;

use sqlx::migrate::Migrator;

/// The migrations in `migrations/`.
pub static MIGRATIONS: Migrator = sqlx::migrate!();
