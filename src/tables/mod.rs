//! The application's own tables: `migrations/` makes them, and each has its SQL statements here.

pub mod customers;

use sqlx::migrate::Migrator;

/// The steps of `migrations/`.
pub static MIGRATIONS: Migrator = sqlx::migrate!();
