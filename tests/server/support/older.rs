//! Databases of earlier versions.

use sqlx::{AnyConnection, Connection as _, Executor as _};
use std::path::Path;

/// Creates the database of a version with the migrations up to `version`, with the rows of `from`.
pub async fn copy_of_version(version: i64, from: &Path, to: &Path) {
    sqlx::any::install_default_drivers();
    let mut migrator = sqlx::migrate!();
    migrator.migrations = migrator.iter().filter(|step| step.version <= version).cloned().collect::<Vec<_>>().into();
    let url = format!("sqlite://{}?mode=rwc", to.display());
    let mut connection = AnyConnection::connect(&url).await.unwrap();
    migrator.run(&mut connection).await.unwrap();
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
