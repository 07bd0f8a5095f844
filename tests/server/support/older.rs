//! Databases of earlier versions.

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AnyConnection, Connection as _, Executor as _, SqlSafeStr as _};
use std::path::Path;

/// The migrations of an earlier version, up to `version`, as it ran them: recorded in `_sqlx_migrations`, and the first one
/// made the table of the customers as well.
pub fn migrations(version: i64) -> Migrator {
    let first = include_str!("../upgrade/first_with_customers.sql");
    let mut migrator = sqlx::migrate!("crates/latchkey-core/migrations");
    let mut steps: Vec<_> = migrator.iter().filter(|step| step.version <= version).cloned().collect();
    steps[0] = Migration::new(1, "first".into(), MigrationType::Simple, first.into_sql_str(), false);
    migrator.migrations = steps.into();
    migrator
}

/// Makes the database that a version with the migrations up to `version` would have, with the rows of `from`.
pub async fn copy_of_version(version: i64, from: &Path, to: &Path) {
    sqlx::any::install_default_drivers();
    let url = format!("sqlite://{}?mode=rwc", to.display());
    let mut connection = AnyConnection::connect(&url).await.unwrap();
    migrations(version).run(&mut connection).await.unwrap();
    run(&mut connection, format!("ATTACH '{}' AS newer", from.display())).await;
    for table in ["users", "sessions", "events", "login_failures", "customers"] {
        let columns: String = sqlx::query_scalar("SELECT group_concat(name) FROM pragma_table_info($1)")
            .bind(table)
            .fetch_one(&mut connection)
            .await
            .unwrap();
        run(&mut connection, format!("INSERT INTO {table} ({columns}) SELECT {columns} FROM newer.{table}")).await;
    }
    connection.close().await.unwrap();
}

async fn run(connection: &mut AnyConnection, statement: String) {
    connection.execute(sqlx::AssertSqlSafe(statement)).await.unwrap();
}
