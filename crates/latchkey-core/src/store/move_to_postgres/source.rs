//! Reads the rows of the SQLite database.

use super::checksum::Value;
use super::error::MoveError;
use super::tables::{Column, Kind, Table};
use crate::store::schema::{self, Comparison};
use crate::store::{Store, StoreError, integrity};
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Row as _};

/// The number of rows that are read and written at once.
const BATCH: i64 = 1000;

/// A row, with its `rowid`.
pub(super) struct SourceRow {
    pub(super) id: i64,
    pub(super) values: Vec<Value>,
}

/// Checks that the database is sound and has the tables that the migrations create, and returns the names of tables of
/// other programs.
///
/// # Errors
/// [`MoveError::SourceDamaged`], [`MoveError::SourceChanged`].
pub(super) async fn check(store: &Store) -> Result<Vec<String>, MoveError> {
    let faults = integrity::faults(store).await?;
    if !faults.is_empty() {
        return Err(MoveError::SourceDamaged(faults.join("; ")));
    }
    let Comparison { differences, other_tables } = schema::compare(store).await?;
    if differences.is_empty() { Ok(other_tables) } else { Err(MoveError::SourceChanged(differences.join("; "))) }
}

/// The number of rows of a table.
pub(super) async fn count(connection: &mut SqliteConnection, table: &Table) -> Result<u64, MoveError> {
    let query = format!("SELECT COUNT(*) FROM {}", table.quoted());
    let count: i64 = sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(connection).await.map_err(StoreError::from)?;
    Ok(count.unsigned_abs())
}

/// The next rows of a table, after this `rowid`.
///
/// # Errors
/// [`MoveError::Value`].
pub(super) async fn batch(
    connection: &mut SqliteConnection,
    table: &Table,
    after: Option<i64>,
) -> Result<Vec<SourceRow>, MoveError> {
    // Two statements, because SQLite would not use the rowid for a condition with OR.
    let condition = if after.is_some() { "WHERE rowid > $1" } else { "" };
    let query =
        format!("SELECT rowid, {} FROM {} {condition} ORDER BY rowid LIMIT {BATCH}", table.columns(), table.quoted());
    let mut query = sqlx::query(AssertSqlSafe(query));
    if let Some(after) = after {
        query = query.bind(after);
    }
    let rows = query.fetch_all(connection).await.map_err(StoreError::from)?;
    rows.iter().map(|row| read(table, row)).collect()
}

fn read(table: &Table, row: &SqliteRow) -> Result<SourceRow, MoveError> {
    let id = row.try_get(0).map_err(StoreError::from)?;
    let value = |(index, column): (usize, &Column)| {
        value(row, index + 1, column.kind).map_err(|problem| MoveError::Value {
            table: table.name.clone(),
            row: describe(table, row, id),
            column: column.name.clone(),
            problem,
        })
    };
    Ok(SourceRow { id, values: table.columns.iter().enumerate().map(value).collect::<Result<_, _>>()? })
}

/// The value of a column, or what is wrong with it. In SQLite, a value need not have the type of its column.
fn value(row: &SqliteRow, index: usize, kind: Kind) -> Result<Value, String> {
    match kind {
        Kind::Integer => row.try_get(index).map(Value::Integer).map_err(|_| "is not an integer".to_owned()),
        Kind::Bytes => row.try_get(index).map(Value::Bytes).map_err(|_| "is not a sequence of bytes".to_owned()),
        Kind::Text => {
            let text: Option<String> = row.try_get(index).map_err(|_| "is not a text in UTF-8".to_owned())?;
            match text.as_deref().is_some_and(|text| text.contains('\0')) {
                true => Err("contains the character U+0000".to_owned()),
                false => Ok(Value::Text(text)),
            }
        }
    }
}

/// The primary key of a row, such as `id = "x"`, or else its `rowid`.
fn describe(table: &Table, row: &SqliteRow, id: i64) -> String {
    let key = |(index, column): (usize, &Column)| {
        let text = row.try_get::<String, _>(index + 1).map(|text| format!("{text:?}"));
        let text = text.or_else(|_| row.try_get::<i64, _>(index + 1).map(|number| number.to_string()));
        text.ok().map(|text| format!("{} = {text}", column.name))
    };
    let keys = table.columns.iter().enumerate().filter(|(_, column)| column.is_key);
    let keys: Option<Vec<String>> = keys.map(key).collect();
    keys.filter(|keys| !keys.is_empty()).map_or_else(|| format!("rowid = {id}"), |keys| keys.join(" and "))
}
