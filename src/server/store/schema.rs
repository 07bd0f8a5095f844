//! Whether a SQLite file has the tables that the migrations make, and nothing that interferes with them.
//!
//! A trigger can undo what the server writes, a view can stand in a table's place, an index can refuse a row. So the file
//! is compared with an empty database that the same migrations have just made in memory.

use super::{Store, StoreError, version};
use sqlx::{AnyConnection, Connection as _};
use std::collections::BTreeMap;

/// How a file differs from what the migrations make.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// What must not be: a sentence each.
    pub differences: Vec<String>,
    /// Tables that are not Latchkey's, and that Latchkey leaves alone.
    pub other_tables: Vec<String>,
}

/// A line of `sqlite_master`.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
struct Entry {
    #[sqlx(rename = "type")]
    kind: String,
    name: String,
    tbl_name: String,
    /// None for an index that a constraint makes.
    sql: Option<String>,
}

/// What sqlx keeps its own records in: whether it is as it should be, the migrations have checked.
const RECORDS: &str = "_sqlx_migrations";

/// Compares a database, which must be of this version. PostgreSQL's is not looked at.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn compare(store: &Store) -> Result<Comparison, StoreError> {
    if !store.is_sqlite() {
        return Ok(Comparison::default());
    }
    let mut fresh = AnyConnection::connect("sqlite::memory:").await?;
    version::MIGRATIONS.run(&mut fresh).await.map_err(|error| StoreError::Damaged(error.to_string()))?;
    let ours = entries(&mut fresh).await?;
    fresh.close().await?;
    let found = entries(&mut *store.readers.acquire().await?).await?;
    Ok(differences(&ours, &found))
}

async fn entries(connection: &mut AnyConnection) -> Result<Vec<Entry>, StoreError> {
    Ok(sqlx::query_as("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY rowid")
        .fetch_all(connection)
        .await?)
}

fn differences(ours: &[Entry], found: &[Entry]) -> Comparison {
    let key = |entry: &Entry| (entry.kind.clone(), entry.name.to_lowercase());
    let expected: BTreeMap<_, _> = ours.iter().map(|entry| (key(entry), entry)).collect();
    let there: BTreeMap<_, _> = found.iter().map(|entry| (key(entry), entry)).collect();
    let our_tables: Vec<String> =
        ours.iter().filter(|entry| entry.kind == "table").map(|entry| entry.name.to_lowercase()).collect();
    let is_ours = |table: &str| our_tables.iter().any(|name| name.eq_ignore_ascii_case(table));

    let mut comparison = Comparison::default();
    for (key, entry) in &expected {
        let Entry { kind, name, .. } = entry;
        match there.get(key) {
            None => comparison.differences.push(format!("the {kind} {name} is missing")),
            Some(_) if name == RECORDS => {}
            Some(other) if normal(entry) != normal(other) => {
                comparison.differences.push(format!("the {kind} {name} is not as this version makes it"));
            }
            Some(_) => {}
        }
    }
    for entry in there.iter().filter(|(key, _)| !expected.contains_key(*key)).map(|(_, entry)| entry) {
        let Entry { kind, name, tbl_name, sql } = entry;
        // SQLite's own, such as the figures of ANALYZE; nothing else can have such a name.
        if name.starts_with("sqlite_") && (kind == "table" || kind == "index" && !is_ours(tbl_name)) {
            continue;
        }
        match kind.as_str() {
            "table" => comparison.other_tables.push(name.clone()),
            "index" if !is_ours(tbl_name) => {}
            "trigger" | "view" if !is_ours(tbl_name) && !mentions(sql.as_deref(), &our_tables) => {}
            _ => comparison
                .differences
                .push(format!("the {kind} {name} is not Latchkey's, and touches Latchkey's tables")),
        }
    }
    comparison
}

/// What a statement says, whatever its spaces, and the case and quotes of its names.
fn normal(entry: &Entry) -> Option<(String, String)> {
    let sql = entry.sql.as_deref()?;
    let mut text = String::with_capacity(sql.len());
    for line in sql.lines() {
        text.push_str(line.split_once("--").map_or(line, |(before, _)| before));
        text.push(' ');
    }
    let plain: String = text.to_lowercase().chars().filter(|c| !matches!(c, '"' | '`' | '[' | ']')).collect();
    let spaced = plain.replace('(', " ( ").replace(')', " ) ").replace(',', " , ");
    Some((entry.tbl_name.to_lowercase(), spaced.split_whitespace().collect::<Vec<_>>().join(" ")))
}

/// Whether a statement may name one of these tables. Quotes do not matter: SQLite takes even `'users'` for a name.
fn mentions(sql: Option<&str>, tables: &[String]) -> bool {
    // Without its text it may name any table.
    let Some(sql) = sql else { return true };
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let sql = sql.to_lowercase();
    sql.split(|c| !is_part(c)).any(|word| tables.iter().any(|table| table == word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(kind: &str, name: &str, table: &str, sql: &str) -> Entry {
        Entry { kind: kind.into(), name: name.into(), tbl_name: table.into(), sql: Some(sql.into()) }
    }

    fn ours() -> Vec<Entry> {
        vec![
            entry("table", "users", "users", "CREATE TABLE users (id TEXT NOT NULL, -- the id\n    name TEXT)"),
            entry("index", "by_name", "users", "CREATE INDEX by_name ON users (name)"),
        ]
    }

    fn compared(found: Vec<Entry>) -> (usize, Vec<String>) {
        let Comparison { differences, other_tables } = differences(&ours(), &found);
        (differences.len(), other_tables)
    }

    #[test]
    fn schema_written_in_other_words_is_the_same() {
        let found = vec![
            entry("table", "USERS", "USERS", "create table \"users\"(id text not null,name text)"),
            entry("index", "by_name", "users", "CREATE INDEX  [by_name] ON `users`( name )"),
        ];
        assert_eq!(compared(found), (0, vec![]));
    }

    #[test]
    fn missing_or_changed_table_or_index_is_a_difference() {
        assert_eq!(compared(ours()[..1].to_vec()), (1, vec![]));
        let changed = entry("table", "users", "users", "CREATE TABLE users (id TEXT, name TEXT)");
        assert_eq!(compared(vec![changed, ours()[1].clone()]), (1, vec![]));
        let a_view = entry("view", "users", "users", "CREATE VIEW users AS SELECT 1");
        assert_eq!(compared(vec![a_view, ours()[1].clone()]), (2, vec![]));
    }

    #[test]
    fn trigger_view_or_index_that_touches_our_table_is_a_difference() {
        for touching in [
            entry("trigger", "t", "users", "CREATE TRIGGER t AFTER UPDATE ON users BEGIN SELECT 1; END"),
            entry("trigger", "t", "other", "CREATE TRIGGER t AFTER INSERT ON other BEGIN DELETE FROM 'Users'; END"),
            entry("view", "v", "v", "CREATE VIEW v AS SELECT*FROM[users]"),
            entry("index", "i", "users", "CREATE UNIQUE INDEX i ON users (id)"),
        ] {
            let found = [ours(), vec![touching.clone()]].concat();
            assert_eq!(compared(found), (1, vec![]), "{touching:?}");
        }
    }

    #[test]
    fn other_tables_are_listed_and_what_is_about_them_is_not_minded() {
        let others = vec![
            entry("table", "notes", "notes", "CREATE TABLE notes (id)"),
            entry("index", "notes_by_id", "notes", "CREATE INDEX notes_by_id ON notes (id)"),
            entry("trigger", "t", "notes", "CREATE TRIGGER t AFTER INSERT ON notes BEGIN SELECT 1; END"),
            entry("view", "v", "v", "CREATE VIEW v AS SELECT * FROM notes"),
            entry("table", "sqlite_stat1", "sqlite_stat1", "CREATE TABLE sqlite_stat1(tbl,idx,stat)"),
        ];
        assert_eq!(compared([ours(), others].concat()), (0, vec!["notes".to_owned()]));
    }
}
