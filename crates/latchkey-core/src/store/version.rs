//! Checks that a database has the tables of this version.

use super::open_error::OpenError;
use sqlx::AnyConnection;
use sqlx::migrate::Migrator;

/// The migrations in `migrations/`.
pub static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations");

/// Refuses a database that must be migrated first. A command may run beside a server of another version, which would
/// break if its tables changed.
///
/// # Errors
/// [`OpenError::Older`], [`OpenError::Newer`].
pub async fn assert_current(connection: &mut AnyConnection) -> Result<(), OpenError> {
    let applied: Vec<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT version, checksum FROM _sqlx_migrations").fetch_all(connection).await?;
    let known = |(version, checksum): &(i64, Vec<u8>)| {
        MIGRATIONS.iter().any(|step| step.version == *version && *step.checksum == **checksum)
    };
    if !applied.iter().all(known) {
        return Err(OpenError::Newer);
    }
    if applied.len() < MIGRATIONS.iter().count() { Err(OpenError::Older) } else { Ok(()) }
}
