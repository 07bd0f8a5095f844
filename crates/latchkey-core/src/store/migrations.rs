//! Migrates the tables of Latchkey and of the application that is built on it, or checks that they are up to date.

use super::connection::Connection;
use super::earlier_record;
use super::open_error::OpenError;
use super::statement;
use super::steps::{AppliedStep, MIGRATIONS, OWN_TABLE, TABLE_OF_APPLICATION};
use sqlx::migrate::{Migrate as _, MigrateError, Migrator};

/// All migrations that are recorded in a database.
#[derive(Debug, Default)]
struct Applied {
    own: Vec<AppliedStep>,
    /// Latchkey's migrations that an earlier version recorded in the application's table.
    earlier: Vec<AppliedStep>,
    of_application: Vec<AppliedStep>,
}

impl Applied {
    async fn read(connection: &mut Connection<'_>) -> Result<Self, sqlx::Error> {
        let (mut own, mut shared) = (Vec::new(), Vec::new());
        if has_table(connection, OWN_TABLE).await? {
            own = statement("SELECT version, checksum FROM _latchkey_migrations").rows(&mut *connection).await?;
        }
        if has_table(connection, TABLE_OF_APPLICATION).await? {
            shared = statement("SELECT version, checksum FROM _sqlx_migrations").rows(&mut *connection).await?;
        }
        let (earlier, of_application) = earlier_record::split(shared);
        Ok(Self { own, earlier, of_application })
    }

    /// Fails if a newer version has changed the tables. If the application has not passed its migrations, it runs them
    /// itself, and its table is not checked.
    fn assert_known(&self, application: Option<&Migrator>) -> Result<(), OpenError> {
        let is_known = self.own.iter().all(|applied| applied.is_of(&MIGRATIONS))
            && self.earlier.iter().all(earlier_record::is_known)
            && application.is_none_or(|steps| self.of_application.iter().all(|applied| applied.is_of(steps)));
        if is_known { Ok(()) } else { Err(OpenError::Newer) }
    }

    fn are_all(&self, application: Option<&Migrator>) -> bool {
        // Down migrations are never recorded.
        let up = |steps: &Migrator| steps.iter().filter(|step| !step.migration_type.is_down_migration()).count();
        let has_all = |applied: &[AppliedStep], steps: &Migrator| applied.len() >= up(steps);
        has_all(&self.own, &MIGRATIONS) && application.is_none_or(|steps| has_all(&self.of_application, steps))
    }
}

/// Migrates the tables: Latchkey's, then the application's. All recorded migrations are checked before anything is
/// changed.
///
/// # Errors
/// [`OpenError::Newer`], [`OpenError::Migration`].
pub async fn run(connection: &mut Connection<'_>, application: Option<&Migrator>) -> Result<(), OpenError> {
    // The lock makes servers on one PostgreSQL database migrate one after the other. sqlx has no such lock for SQLite,
    // for which the server locks its data folder.
    if let Connection::Postgres(connection) = connection {
        connection.lock().await?;
    }
    let outcome = run_locked(connection, application).await;
    // Unlock also after a failure, because the connection returns to a pool.
    if let Connection::Postgres(connection) = connection {
        connection.unlock().await?;
    }
    outcome
}

async fn run_locked(connection: &mut Connection<'_>, application: Option<&Migrator>) -> Result<(), OpenError> {
    let applied = Applied::read(connection).await?;
    applied.assert_known(application)?;
    if applied.own.is_empty() && applied.earlier.is_empty() {
        assert_names_are_free(connection).await?;
    }
    if !applied.earlier.is_empty() {
        earlier_record::take_over(connection).await?;
    }
    run_steps(&MIGRATIONS, connection).await?;
    if let Some(steps) = application {
        run_steps(steps, connection).await?;
    }
    Ok(())
}

async fn run_steps(steps: &Migrator, connection: &mut Connection<'_>) -> Result<(), MigrateError> {
    match connection.reborrow() {
        Connection::Sqlite(connection) => steps.run(connection).await,
        Connection::Postgres(connection) => steps.run(connection).await,
    }
}

/// Latchkey's tables and indexes.
pub const NAMES: [&str; 19] = [
    "users",
    "sessions",
    "events",
    "login_failures",
    "usual_places",
    "bulk_revocations",
    "notices",
    "events_by_time",
    "events_by_user",
    "login_failures_by_time",
    "login_failures_by_user",
    "sessions_by_end",
    "sessions_by_network",
    "sessions_by_revocation",
    "sessions_by_user",
    "sessions_live_by_user",
    "users_deleted",
    "users_with_previous_hashes",
    "usual_places_by_time",
];

/// Refuses a database in which another program has a table or an index with one of Latchkey's names. Other tables do not
/// matter.
async fn assert_names_are_free(connection: &mut Connection<'_>) -> Result<(), OpenError> {
    for name in NAMES {
        if has_table(connection, name).await? {
            return Err(OpenError::NameTaken { name });
        }
    }
    Ok(())
}

/// Fails if the database must be migrated first. A command may run beside a server of another version, which would fail
/// if its tables changed.
///
/// # Errors
/// [`OpenError::Older`], [`OpenError::Newer`].
pub async fn assert_current(connection: &mut Connection<'_>, application: Option<&Migrator>) -> Result<(), OpenError> {
    let applied = Applied::read(connection).await?;
    applied.assert_known(application)?;
    if applied.are_all(application) { Ok(()) } else { Err(OpenError::Older) }
}

/// Whether there is a table or an index of this name.
async fn has_table(connection: &mut Connection<'_>, name: &'static str) -> Result<bool, sqlx::Error> {
    // The query for PostgreSQL begins with a parenthesis so that the test of the query plans, which uses SQLite,
    // ignores it.
    let query = match connection {
        Connection::Sqlite(_) => "SELECT COUNT(*) FROM sqlite_master WHERE name = $1",
        Connection::Postgres(_) => "(SELECT COUNT(*) FROM pg_class WHERE oid = to_regclass($1))",
    };
    let count: i64 = statement(query).bind(name).value(connection).await?;
    Ok(count > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::migrate::Migration;

    fn applied(steps: &[&Migration]) -> Vec<AppliedStep> {
        let step = |step: &&Migration| AppliedStep { version: step.version, checksum: step.checksum.to_vec() };
        steps.iter().map(step).collect()
    }

    fn unknown() -> AppliedStep {
        AppliedStep { version: 1, checksum: vec![0; 48] }
    }

    #[test]
    fn unknown_step_in_own_table_means_a_newer_version() {
        let mut of_newer = Applied { own: applied(&MIGRATIONS.iter().collect::<Vec<_>>()), ..Applied::default() };
        assert!(of_newer.assert_known(None).is_ok() && of_newer.are_all(None));
        of_newer.own[0].checksum = vec![0; 48];
        assert!(matches!(of_newer.assert_known(None), Err(OpenError::Newer)));
        of_newer.own[0] = AppliedStep { version: 9999, checksum: vec![0; 48] };
        assert!(matches!(of_newer.assert_known(None), Err(OpenError::Newer)));
    }

    #[test]
    fn unknown_application_step_counts_only_with_its_migrator() {
        let host = Applied { of_application: vec![unknown()], ..Applied::default() };
        assert!(host.assert_known(None).is_ok());
        assert!(matches!(host.assert_known(Some(&Migrator::DEFAULT)), Err(OpenError::Newer)));
    }

    #[tokio::test]
    async fn names_that_are_checked_are_those_of_the_migrations() {
        use sqlx::Connection as _;
        let mut connection = sqlx::SqliteConnection::connect("sqlite::memory:").await.unwrap();
        run(&mut Connection::Sqlite(&mut connection), None).await.unwrap();
        let query = r"SELECT name FROM sqlite_master WHERE type IN ('table', 'index') AND name NOT LIKE 'sqlite\_%' ESCAPE '\'
                      AND name <> '_latchkey_migrations' ORDER BY name";
        let made: Vec<String> = sqlx::query_scalar(query).fetch_all(&mut connection).await.unwrap();
        let mut checked = NAMES;
        checked.sort_unstable();
        assert_eq!(made, checked);
    }

    #[test]
    fn missing_step_means_an_older_database() {
        let all: Vec<_> = MIGRATIONS.iter().collect();
        let own = |steps: &[&Migration]| Applied { own: applied(steps), ..Applied::default() };
        assert!(own(&all).are_all(None) && own(&all).are_all(Some(&Migrator::DEFAULT)));
        assert!(!own(&all[1..]).are_all(None));
        assert!(!own(&all).are_all(Some(&MIGRATIONS)), "the application's");
    }
}
