//! The tables that the migrations have created in PostgreSQL, and the order in which their rows can be written.

use super::error::MoveError;
use crate::store::move_mark;
use crate::store::steps::{OWN_TABLE, TABLE_OF_APPLICATION};
use sqlx::postgres::PgConnection;

/// A table whose rows are moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
    /// Whether it is part of the primary key.
    pub(super) is_key: bool,
}

/// The type of a column's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Integer,
    Text,
    Bytes,
}

impl Kind {
    fn of(postgres: &str) -> Option<Self> {
        match postgres {
            "bigint" | "integer" | "smallint" => Some(Self::Integer),
            "text" => Some(Self::Text),
            "bytea" => Some(Self::Bytes),
            _ => None,
        }
    }

    /// The type in PostgreSQL that holds all such values.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Integer => "bigint",
            Self::Text => "text",
            Self::Bytes => "bytea",
        }
    }
}

impl Table {
    pub(super) fn quoted(&self) -> String {
        quoted(&self.name)
    }

    /// The columns in the order of a row's values.
    pub(super) fn columns(&self) -> String {
        self.columns.iter().map(Column::quoted).collect::<Vec<_>>().join(", ")
    }
}

impl Column {
    pub(super) fn quoted(&self) -> String {
        quoted(&self.name)
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The tables of the schema, each after those that its foreign keys refer to.
///
/// # Errors
/// [`MoveError::ColumnType`].
pub(super) async fn read(connection: &mut PgConnection) -> Result<Vec<Table>, MoveError> {
    let rows: Vec<(String, String, String, bool)> = sqlx::query_as(
        "(SELECT c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod),
                 COALESCE(a.attnum = ANY (i.indkey), FALSE)
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
          JOIN pg_attribute a ON a.attrelid = c.oid LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
          WHERE n.nspname = current_schema() AND c.relkind = 'r' AND c.relname <> ALL ($1) AND a.attnum > 0
                AND NOT a.attisdropped AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
          ORDER BY c.relname, a.attnum)",
    )
    .bind([OWN_TABLE, TABLE_OF_APPLICATION, move_mark::TABLE])
    .fetch_all(&mut *connection)
    .await?;
    let mut tables: Vec<Table> = Vec::new();
    for (table, name, postgres, is_key) in rows {
        let Some(kind) = Kind::of(&postgres) else {
            return Err(MoveError::ColumnType { table, column: name, kind: postgres });
        };
        let column = Column { name, kind, is_key };
        match tables.last_mut().filter(|last| last.name == table) {
            Some(last) => last.columns.push(column),
            None => tables.push(Table { name: table, columns: vec![column] }),
        }
    }
    let keys: Vec<(String, String)> = sqlx::query_as(
        "(SELECT o.relname::text, r.relname::text FROM pg_constraint f
          JOIN pg_class o ON o.oid = f.conrelid JOIN pg_class r ON r.oid = f.confrelid
          JOIN pg_namespace n ON n.oid = o.relnamespace WHERE f.contype = 'f' AND n.nspname = current_schema())",
    )
    .fetch_all(connection)
    .await?;
    Ok(in_order(tables, &keys))
}

/// Sorts tables so that each follows those that it refers to. Tables that refer to each other keep their order.
fn in_order(mut tables: Vec<Table>, keys: &[(String, String)]) -> Vec<Table> {
    let mut sorted = Vec::new();
    while !tables.is_empty() {
        let waits = |table: &Table| {
            let mut referred = keys.iter().filter(|(owner, to)| *owner == table.name && to != owner);
            referred.any(|(_, to)| tables.iter().any(|other| other.name == *to))
        };
        let next = tables.iter().position(|table| !waits(table)).unwrap_or_default();
        sorted.push(tables.remove(next));
    }
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(names: &[&str], keys: &[(&str, &str)]) -> Vec<String> {
        let table = |name: &&str| Table { name: (*name).to_owned(), columns: Vec::new() };
        let keys: Vec<_> = keys.iter().map(|(owner, to)| ((*owner).to_owned(), (*to).to_owned())).collect();
        in_order(names.iter().map(table).collect(), &keys).into_iter().map(|table| table.name).collect()
    }

    #[test]
    fn table_follows_those_that_it_refers_to() {
        let keys = [("a", "b"), ("b", "c"), ("c", "c")];
        assert_eq!(sorted(&["a", "b", "c", "d"], &keys), ["c", "b", "a", "d"]);
        assert_eq!(sorted(&["a", "b"], &[("a", "b"), ("b", "a")]), ["a", "b"]);
    }

    #[test]
    fn name_of_a_table_is_quoted() {
        assert_eq!(quoted("odd\"name"), "\"odd\"\"name\"");
    }
}
