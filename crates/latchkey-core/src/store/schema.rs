//! Checks that a SQLite file has the tables that the migrations create, and nothing that interferes with them.
//!
//! A trigger can undo what the server writes, a view can replace a table, and an index can refuse a row. So the file is
//! compared with an empty in-memory database that the same migrations create.

use super::connection::{Connection, Pool};
use super::{Store, StoreError, migrations};
use sqlx::{AssertSqlSafe, Connection as _, PgPool, SqliteConnection};
use std::collections::BTreeMap;

/// How a file differs from what the migrations create.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Differences that make the file unusable, each as a sentence.
    pub differences: Vec<String>,
    /// Tables of other programs, which Latchkey does not touch.
    pub other_tables: Vec<String>,
}

/// A row of `sqlite_master`.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
struct Entry {
    #[sqlx(rename = "type")]
    kind: String,
    name: String,
    tbl_name: String,
    /// `None` for an index that a constraint creates.
    sql: Option<String>,
}

impl Entry {
    /// Compares the statements character by character: SQLite keeps the text of a statement as it was written, and so
    /// do `VACUUM INTO`, `.dump` and `.recover`. A looser comparison would have to read quotes and comments as SQLite
    /// does: `"--"` is part of a type's name and not a comment, and `TEXT "NOT" "NULL"` allows NULL.
    fn differs_from(&self, other: &Self) -> bool {
        self.sql != other.sql || !self.tbl_name.eq_ignore_ascii_case(&other.tbl_name)
    }
}

/// A foreign key: the table that has it, and the one that it refers to.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
struct ForeignKey {
    owner: String,
    refers_to: String,
}

impl ForeignKey {
    fn describe(&self) -> String {
        let Self { owner, refers_to } = self;
        format!("the table {owner} is not Latchkey's, and has a foreign key to Latchkey's {refers_to}")
    }
}

/// Tables that SQLite creates for ANALYZE and AUTOINCREMENT; they contain no data of Latchkey's.
const OF_SQLITE: [&str; 4] = ["sqlite_stat1", "sqlite_stat3", "sqlite_stat4", "sqlite_sequence"];

/// Compares a database, which must be of this version. On PostgreSQL it checks only triggers and rules of the tables,
/// and foreign keys of other tables to them.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn compare(store: &Store) -> Result<Comparison, StoreError> {
    let mut fresh = SqliteConnection::connect("sqlite::memory:").await?;
    // An application's migrations for PostgreSQL need not run on SQLite.
    let application = store.application.filter(|_| matches!(store.readers, Pool::Sqlite(_)));
    let made = migrations::run(&mut Connection::Sqlite(&mut fresh), application).await;
    made.map_err(|error| StoreError::Damaged(error.to_string()))?;
    let ours = entries(&mut fresh).await?;
    fresh.close().await?;
    match &store.readers {
        Pool::Sqlite(readers) => {
            let mut reader = readers.acquire().await?;
            Ok(differences(&ours, &entries(&mut reader).await?, &foreign_keys(&mut reader).await?))
        }
        Pool::Postgres(readers) => {
            let mut differences = postgres_additions(readers).await?;
            differences.extend(postgres_foreign_keys(readers, &our_tables(&ours)).await?);
            Ok(Comparison { differences, ..Comparison::default() })
        }
    }
}

/// Triggers and rules on tables in Latchkey's schema; Latchkey creates none. The query is built with `format!` so that
/// the test of the query plans, which uses SQLite, ignores it.
async fn postgres_additions(readers: &PgPool) -> Result<Vec<String>, StoreError> {
    let ours =
        "c.relkind = 'r' AND c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'sessions'::regclass)";
    let query = format!(
        "(SELECT 'trigger' AS kind, t.tgname::text AS name, c.relname::text AS tbl FROM pg_trigger t
          JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal AND {ours})
         UNION ALL
         (SELECT 'rule', r.rulename::text, c.relname::text FROM pg_rewrite r
          JOIN pg_class c ON c.oid = r.ev_class WHERE {ours})"
    );
    let rows: Vec<(String, String, String)> = sqlx::query_as(AssertSqlSafe(query)).fetch_all(readers).await?;
    Ok(rows.into_iter().map(|(kind, name, table)| format!("the table {table} has the {kind} {name}")).collect())
}

/// Foreign keys from other programs' tables to Latchkey's. A row of such a table can prevent the deletion of one of
/// ours.
async fn postgres_foreign_keys(readers: &PgPool, our_tables: &[String]) -> Result<Vec<String>, StoreError> {
    let query = "(SELECT CASE WHEN o.relnamespace = r.relnamespace THEN o.relname::text ELSE o.oid::regclass::text END AS owner,
                         r.relname::text AS refers_to
                  FROM pg_constraint f JOIN pg_class o ON o.oid = f.conrelid JOIN pg_class r ON r.oid = f.confrelid
                  WHERE f.contype = 'f'
                        AND r.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'sessions'::regclass))";
    let keys: Vec<ForeignKey> = sqlx::query_as(query).fetch_all(readers).await?;
    let is_ours = |table: &String| our_tables.contains(table);
    let of_others = keys.iter().filter(|key| is_ours(&key.refers_to) && !is_ours(&key.owner));
    Ok(of_others.map(ForeignKey::describe).collect())
}

fn our_tables(ours: &[Entry]) -> Vec<String> {
    ours.iter().filter(|entry| entry.kind == "table").map(|entry| entry.name.to_ascii_lowercase()).collect()
}

async fn entries(connection: &mut SqliteConnection) -> Result<Vec<Entry>, StoreError> {
    Ok(sqlx::query_as("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY rowid")
        .fetch_all(connection)
        .await?)
}

async fn foreign_keys(connection: &mut SqliteConnection) -> Result<Vec<ForeignKey>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT m.name AS owner, f.[table] AS refers_to
         FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table'",
    )
    .fetch_all(connection)
    .await?)
}

fn differences(ours: &[Entry], found: &[Entry], foreign_keys: &[ForeignKey]) -> Comparison {
    // SQLite ignores case in names for ASCII only.
    let key = |entry: &Entry| (entry.kind.clone(), entry.name.to_ascii_lowercase());
    let expected: BTreeMap<_, _> = ours.iter().map(|entry| (key(entry), entry)).collect();
    let there: BTreeMap<_, _> = found.iter().map(|entry| (key(entry), entry)).collect();
    let our_tables = our_tables(ours);
    let is_ours = |table: &str| our_tables.iter().any(|name| name.eq_ignore_ascii_case(table));

    let mut comparison = Comparison::default();
    for (key, entry) in &expected {
        let Entry { kind, name, .. } = entry;
        match there.get(key) {
            None => comparison.differences.push(format!("the {kind} {name} is missing")),
            Some(other) if other.differs_from(entry) => {
                comparison.differences.push(format!("the {kind} {name} is not as this version makes it"));
            }
            Some(_) => {}
        }
    }
    for entry in there.iter().filter(|(key, _)| !expected.contains_key(*key)).map(|(_, entry)| entry) {
        let Entry { kind, name, tbl_name, sql } = entry;
        match kind.as_str() {
            "table" => match foreign_keys.iter().find(|key| key.owner == *name && is_ours(&key.refers_to)) {
                // A row of it can prevent the deletion of one of ours, even if the table has one of SQLite's names.
                Some(key) => comparison.differences.push(key.describe()),
                None if OF_SQLITE.contains(&name.as_str()) => {}
                None => comparison.other_tables.push(name.clone()),
            },
            "index" if !is_ours(tbl_name) => {}
            "trigger" | "view" if !is_ours(tbl_name) && !mentions(sql.as_deref(), &our_tables) => {}
            _ => comparison
                .differences
                .push(format!("the {kind} {name} is not Latchkey's, and touches Latchkey's tables")),
        }
    }
    comparison
}

/// Whether a statement may name one of these tables. Quotes do not matter: SQLite accepts even `'users'` as a name.
fn mentions(sql: Option<&str>, tables: &[String]) -> bool {
    // A statement without its text may name any table.
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
        let Comparison { differences, other_tables } = differences(&ours(), &found, &[]);
        (differences.len(), other_tables)
    }

    #[test]
    fn statement_with_one_different_letter_is_a_difference() {
        for (name, sql) in [
            (
                "hidden constraint",
                "CREATE TABLE users (id TEXT NOT NULL, -- the id\n    name TEXT \"--\" CHECK (name <> 'a'))",
            ),
            ("quoted keyword", "CREATE TABLE users (id TEXT \"NOT\" \"NULL\", -- the id\n    name TEXT)"),
            ("comment", "CREATE TABLE users (id TEXT /* NOT NULL */, -- the id\n    name TEXT)"),
            ("case", "CREATE TABLE users (id TEXT NOT NULL, -- the ID\n    name TEXT)"),
        ] {
            let found = vec![entry("table", "users", "users", sql), ours()[1].clone()];
            assert_eq!(compared(found), (1, vec![]), "{name}");
        }
    }

    #[test]
    fn foreign_key_to_our_table_is_a_difference() {
        let notes = entry("table", "notes", "notes", "CREATE TABLE notes (id, user_id REFERENCES Users)");
        let found = [ours(), vec![notes]].concat();
        let key = |refers_to: &str| [ForeignKey { owner: "notes".into(), refers_to: refers_to.into() }];
        assert_eq!(differences(&ours(), &found, &key("Users")).differences.len(), 1);
        assert_eq!(differences(&ours(), &found, &key("other")).other_tables, ["notes"]);
        let disguised =
            entry("table", "sqlite_sequence", "sqlite_sequence", "CREATE TABLE sqlite_sequence (id REFERENCES users)");
        let key = [ForeignKey { owner: "sqlite_sequence".into(), refers_to: "users".into() }];
        assert_eq!(differences(&ours(), &[ours(), vec![disguised]].concat(), &key).differences.len(), 1);
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
    fn trigger_view_or_index_on_our_table_is_a_difference() {
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
    fn other_tables_and_their_objects_are_only_listed() {
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
