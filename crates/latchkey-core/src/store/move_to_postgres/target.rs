//! Checks, writes and reads the PostgreSQL database.

use super::checksum::{Checksum, Value};
use super::error::MoveError;
use super::source::SourceRow;
use super::tables::{Kind, Table};
use crate::store::{move_mark, postgres};
use sqlx::migrate::{Migrate as _, MigrateError};
use sqlx::postgres::{PgArguments, PgConnectOptions, PgConnection, PgRow};
use sqlx::{Arguments as _, AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, Row as _};
use std::str::FromStr as _;

/// How many rows are read at once.
const BATCH: usize = 1000;

/// The transaction may take long, and be idle while the source is read. `lock_timeout` gives PostgreSQL time to notice that
/// an earlier move was killed, and to release its lock.
const SETTINGS: &[&str] =
    &["SET statement_timeout = 0", "SET idle_in_transaction_session_timeout = 0", "SET lock_timeout = '30s'"];

/// Connects, and checks the durability settings and the encoding.
///
/// # Errors
/// [`MoveError::Connect`]; [`MoveError::Tables`] for a setting with which a crash loses commits; [`MoveError::Encoding`].
pub(super) async fn connect(url: &str) -> Result<PgConnection, MoveError> {
    let options = PgConnectOptions::from_str(url).map_err(MoveError::Connect)?.disable_statement_logging();
    let mut connection = PgConnection::connect_with(&options).await.map_err(MoveError::Connect)?;
    postgres::assert_durable(&mut connection).await.map_err(MoveError::Tables)?;
    let encoding: String =
        sqlx::query_scalar("(SELECT current_setting('server_encoding'))").fetch_one(&mut connection).await?;
    if encoding != "UTF8" {
        return Err(MoveError::Encoding(encoding));
    }
    for setting in SETTINGS {
        connection.execute(*setting).await?;
    }
    Ok(connection)
}

/// Takes the lock of migrations until the connection ends, so that no server creates its tables meanwhile.
///
/// # Errors
/// [`MoveError::Busy`].
pub(super) async fn lock(connection: &mut PgConnection) -> Result<(), MoveError> {
    connection.lock().await.map_err(|error| match error {
        MigrateError::Execute(cause) if is_lock_timeout(&cause) => MoveError::Busy,
        MigrateError::Execute(cause) => MoveError::Target(cause),
        other => MoveError::Target(sqlx::Error::Migrate(Box::new(other))),
    })
}

/// Whether it is `lock_not_available` (<https://www.postgresql.org/docs/current/errcodes-appendix.html>).
fn is_lock_timeout(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(|error| error.code()).is_some_and(|code| code == "55P03")
}

/// Checks that the schema has no table or view, except those of extensions and the mark of an interrupted move.
///
/// # Errors
/// [`MoveError::NotEmpty`].
pub(super) async fn assert_empty(connection: &mut PgConnection) -> Result<(), MoveError> {
    let names: Vec<String> = sqlx::query_scalar(
        "(SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
          WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'f', 'v', 'm') AND c.relname <> $1
                AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
          ORDER BY c.relname LIMIT 20)",
    )
    .bind(move_mark::TABLE)
    .fetch_all(connection)
    .await?;
    if names.is_empty() { Ok(()) } else { Err(MoveError::NotEmpty(names.join(", "))) }
}

/// Removes all rows.
pub(super) async fn truncate(connection: &mut PgConnection, tables: &[Table]) -> Result<(), sqlx::Error> {
    connection.execute(AssertSqlSafe(format!("TRUNCATE {}", names(tables)))).await?;
    Ok(())
}

/// Collects the statistics with which PostgreSQL plans statements; it would do so itself after a minute or more.
pub(super) async fn analyze(connection: &mut PgConnection, tables: &[Table]) -> Result<(), sqlx::Error> {
    connection.execute(AssertSqlSafe(format!("ANALYZE {}", names(tables)))).await?;
    Ok(())
}

fn names(tables: &[Table]) -> String {
    tables.iter().map(Table::quoted).collect::<Vec<_>>().join(", ")
}

/// Writes rows.
///
/// # Errors
/// [`MoveError::NotWritten`].
pub(super) async fn insert(
    connection: &mut PgConnection,
    table: &Table,
    rows: Vec<SourceRow>,
) -> Result<(), MoveError> {
    let arrays: Vec<_> = table
        .columns
        .iter()
        .enumerate()
        .map(|(index, column)| format!("${}::{}[]", index + 1, column.kind.name()))
        .collect();
    let query =
        format!("INSERT INTO {} ({}) SELECT * FROM UNNEST({})", table.quoted(), table.columns(), arrays.join(", "));
    let arguments = by_column(table, rows).map_err(sqlx::Error::Encode)?;
    sqlx::query_with(AssertSqlSafe(query), arguments)
        .execute(connection)
        .await
        .map_err(|cause| MoveError::NotWritten { table: table.name.clone(), cause })?;
    Ok(())
}

/// One array for each column.
fn by_column(table: &Table, rows: Vec<SourceRow>) -> Result<PgArguments, sqlx::error::BoxDynError> {
    let mut columns: Vec<Vec<Value>> = table.columns.iter().map(|_| Vec::with_capacity(rows.len())).collect();
    for row in rows {
        for (column, value) in columns.iter_mut().zip(row.values) {
            column.push(value);
        }
    }
    let mut arguments = PgArguments::default();
    for (column, values) in table.columns.iter().zip(columns) {
        macro_rules! add {
            ($kind:ident) => {
                arguments.add(
                    values
                        .into_iter()
                        .map(|value| if let Value::$kind(value) = value { value } else { None })
                        .collect::<Vec<_>>(),
                )?
            };
        }
        match column.kind {
            Kind::Integer => add!(Integer),
            Kind::Text => add!(Text),
            Kind::Bytes => add!(Bytes),
        }
    }
    Ok(arguments)
}

/// The checksum of all rows of a table.
pub(super) async fn checksum(connection: &mut PgConnection, table: &Table) -> Result<Checksum, sqlx::Error> {
    let columns: Vec<_> =
        table.columns.iter().map(|column| format!("{}::{}", column.quoted(), column.kind.name())).collect();
    let query = format!("SELECT {} FROM {}", columns.join(", "), table.quoted());
    connection.execute(AssertSqlSafe(format!("DECLARE moved NO SCROLL CURSOR FOR {query}"))).await?;
    let mut checksum = Checksum::default();
    loop {
        // Not cached: the same text returns other columns for each table.
        let fetch = sqlx::query(AssertSqlSafe(format!("FETCH {BATCH} FROM moved"))).persistent(false);
        let rows = fetch.fetch_all(&mut *connection).await?;
        for row in &rows {
            checksum.add(&read(table, row)?);
        }
        if rows.len() < BATCH {
            break;
        }
    }
    connection.execute("CLOSE moved").await?;
    Ok(checksum)
}

fn read(table: &Table, row: &PgRow) -> Result<Vec<Value>, sqlx::Error> {
    let value = |(index, kind)| match kind {
        Kind::Integer => row.try_get(index).map(Value::Integer),
        Kind::Text => row.try_get(index).map(Value::Text),
        Kind::Bytes => row.try_get(index).map(Value::Bytes),
    };
    table.columns.iter().map(|column| column.kind).enumerate().map(value).collect()
}
