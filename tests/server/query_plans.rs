//! Every statement finds its rows by an index, so the cost of a request does not grow with the number of sessions.
//!
//! The statements are read from the source, so new ones are checked automatically.

mod postgres;

use crate::support::Server;
use sqlx::{AnyConnection, AssertSqlSafe, Row as _};
use std::fs;
use std::path::Path;

/// Statements that may scan a table, with the reason.
const MAY_SCAN: [(&str, &str); 21] = [
    (
        "SELECT id, created_at, last_seen_at, idle_expires_at, absolute_expires_at, remember, ip, user_agent, rotated_ip, \
         rotated_network, rotated_user_agent, new_network, new_device FROM sessions WHERE user_id = $1 \
         AND epoch = (SELECT session_epoch FROM users WHERE id = $1) AND revoked_at IS NULL AND idle_expires_at > $2 \
         AND absolute_expires_at > $2 ORDER BY last_seen_at DESC, created_at DESC, id",
        "sorts one user's live sessions: an index by the time last seen would cost each rotation a page",
    ),
    (
        "SELECT id FROM (SELECT id, last_seen_at, created_at FROM sessions \
         WHERE user_id = $1 AND epoch = (SELECT session_epoch FROM users WHERE id = $1) \
         AND revoked_at IS NULL AND idle_expires_at > $2 AND absolute_expires_at > $2 ORDER BY created_at LIMIT $5) AS oldest \
         ORDER BY last_seen_at DESC, created_at DESC, id LIMIT $4 OFFSET $3",
        "the same, of no more than may be and a batch",
    ),
    ("SELECT name FROM customers ORDER BY name, id", "the whole list is what is asked for"),
    (
        "UPDATE sessions SET revoked_at = $2, revoke_reason = COALESCE((SELECT b.reason FROM bulk_revocations b \
         WHERE b.user_id = sessions.user_id AND b.epoch = sessions.epoch), $3) \
         WHERE id IN (SELECT id FROM sessions WHERE revoked_at IS NULL LIMIT $1) AND revoked_at IS NULL \
         RETURNING id, user_id, idle_expires_at, absolute_expires_at, (SELECT COUNT(*) FROM bulk_revocations b \
         WHERE b.user_id = sessions.user_id AND b.epoch = sessions.epoch)",
        "takes the first of an index of those that have not ended",
    ),
    (
        "SELECT s.id, u.username, s.created_at, s.last_seen_at, s.rotated_at, s.generation, s.idle_expires_at, \
         s.absolute_expires_at, s.revoked_at, s.revoke_reason, u.disabled_at, s.remember, s.ip, s.user_agent, \
         s.rotated_ip, s.rotated_network, s.rotated_user_agent FROM sessions s JOIN users u ON u.id = s.user_id \
         WHERE s.revoked_at IS NULL AND s.idle_expires_at > $1 AND s.absolute_expires_at > $1 \
         AND s.epoch = u.session_epoch AND u.disabled_at IS NULL AND ($2 = '' OR s.user_id = $2) \
         ORDER BY u.username_key, s.last_seen_at DESC, s.created_at DESC, s.id",
        "the whole list is what is asked for, at the command line",
    ),
    (
        "SELECT id, username, display_name, roles, fields, disabled_at, created_at, password_changed_at, \
         (SELECT COUNT(*) FROM sessions WHERE user_id = users.id AND epoch = users.session_epoch AND revoked_at IS NULL \
         AND idle_expires_at > $1 AND absolute_expires_at > $1) AS sessions FROM users WHERE deleted_at IS NULL \
         ORDER BY username_key",
        "the same",
    ),
    (
        "SELECT MAX(at) FROM (SELECT MAX(at) AS at FROM events UNION ALL SELECT MAX(last_seen_at) FROM sessions \
         UNION ALL SELECT MAX(created_at) FROM sessions UNION ALL SELECT MAX(rotated_at) FROM sessions UNION ALL SELECT MAX(password_changed_at) FROM users) AS times",
        "looks at everything, at the command line",
    ),
    (
        "SELECT address, COUNT(*) AS uses FROM (SELECT COALESCE(rotated_ip, ip) AS address FROM sessions \
         WHERE revoked_at IS NULL AND idle_expires_at > $1 AND absolute_expires_at > $1 \
         AND NOT EXISTS (SELECT 1 FROM bulk_revocations b \
         WHERE b.user_id = sessions.user_id AND b.epoch = sessions.epoch)) AS live \
         WHERE address IS NOT NULL GROUP BY address ORDER BY uses DESC, address LIMIT 1",
        "counts all live sessions, at the command line",
    ),
    (
        "SELECT id FROM sessions WHERE idle_expires_at < $1 LIMIT $2",
        "an index would be written by each refresh; asked every ten minutes, by a job beside the writer",
    ),
    ("SELECT version, checksum FROM _latchkey_migrations", "a handful of rows, at the start of a command"),
    ("SELECT version, checksum FROM _sqlx_migrations", "the same"),
    (
        "SELECT f.key, u.username, f.count, f.last_at FROM login_failures f LEFT JOIN users u ON u.id = f.user_id \
         WHERE f.count > 0 ORDER BY f.last_at DESC, f.key",
        "the whole list is what is asked for, at the command line",
    ),
    (
        "DELETE FROM usual_places WHERE user_id = $1 AND kind = $2 AND place IN (SELECT place FROM usual_places \
         WHERE user_id = $1 AND kind = $2 ORDER BY last_at DESC LIMIT 1000 OFFSET $3)",
        "sorts one user's places: there are never more than a hundred and one",
    ),
    (
        "DELETE FROM login_failures WHERE key IN (SELECT key FROM login_failures LIMIT $1) RETURNING key, count, last_at",
        "everything is to go, in batches, at the command line",
    ),
    ("SELECT 1 FROM users LIMIT 1", "ends at the first row"),
    ("SELECT COUNT(*) FROM sessions WHERE revoked_at IS NULL", "counts all of them, at the command line"),
    ("SELECT 1 FROM sessions WHERE revoked_at IS NULL LIMIT 1", "ends at the first of an index of those that live"),
    (
        "SELECT id FROM users WHERE deleted_at IS NOT NULL ORDER BY deleted_at LIMIT 1 OFFSET $1",
        "an index of those alone, and only those before it whose removal has failed",
    ),
    (
        "SELECT COUNT(*) FROM (SELECT 1 FROM events WHERE user_id = $1 LIMIT $2) AS counted",
        "counts the rows that an index has found, and no more than may be",
    ),
    (
        "DELETE FROM events WHERE id IN ( SELECT id FROM (SELECT id, kind, at FROM events WHERE user_id = $1 \
         ORDER BY at, id LIMIT 2000) AS oldest WHERE kind NOT IN ('replay_detected', 'password_changed', \
         'password_set_by_admin', 'roles_set_by_admin', 'account_created', 'disabled_by_admin', 'enabled_by_admin') \
         ORDER BY CASE WHEN kind IN ('signed_in', 'sign_in_failed', 'signed_out') THEN 0 ELSE 1 END, at, id LIMIT $2)",
        "sorts the oldest rows of one user",
    ),
    (
        "SELECT id FROM events WHERE user_id = $1 AND kind NOT IN ('replay_detected', 'password_changed', \
         'password_set_by_admin', 'roles_set_by_admin', 'account_created', 'disabled_by_admin', 'enabled_by_admin') \
         ORDER BY CASE WHEN kind IN ('signed_in', 'sign_in_failed', 'signed_out') THEN 0 ELSE 1 END, at, id LIMIT $2",
        "sorts the rows of one user, in a job beside the writer",
    ),
];

#[tokio::test]
async fn every_statement_uses_an_index() {
    let server = Server::start().await;
    let mut connection = server.connect().await;
    let is_on_postgres = server.is_on_postgres();
    let statements = statements_in_the_source(is_on_postgres);
    assert!(statements.len() >= 15, "the source was not understood: {statements:#?}");
    for table in ["users", "sessions", "events", "customers"] {
        assert!(statements.iter().any(|statement| statement.contains(table)), "nothing is said of {table}");
    }
    if is_on_postgres {
        postgres::prepare(&mut connection).await;
    }
    for statement in statements {
        let steps = match is_on_postgres {
            true => postgres::steps(&mut connection, &statement).await,
            false => steps_on_sqlite(&mut connection, &statement).await,
        };
        let steps = steps.unwrap_or_else(|error| {
            panic!("{error}: if it is put together at run time, so must this test\n  in {statement}")
        });
        let also = if is_on_postgres { postgres::MAY_SCAN } else { &[] };
        let may = MAY_SCAN.iter().chain(also).any(|(allowed, _)| *allowed == statement);
        for (step, walks) in steps {
            assert!(!walks || may, "{step}\n  in {statement}");
        }
    }
}

/// The steps of a plan, each with whether it looks at every row of a table or an index, or sorts.
type Steps = Result<Vec<(String, bool)>, sqlx::Error>;

async fn steps_on_sqlite(connection: &mut AnyConnection, statement: &str) -> Steps {
    let question = format!("EXPLAIN QUERY PLAN {statement}");
    let plan = sqlx::query(AssertSqlSafe(question)).fetch_all(connection).await?;
    // The values of a batch are a table of their own, and a constant row is a SELECT without FROM.
    let is_of_no_table = |step: &String| ["SCAN json_each", "SCAN CONSTANT ROW"].iter().any(|no| step.starts_with(no));
    let scans = |step: &String| step.starts_with("SCAN") && !is_of_no_table(step);
    let walks = |step: &String| scans(step) || step.contains("USE TEMP B-TREE");
    Ok(plan.iter().map(|row| row.get(3)).map(|step: String| (step.clone(), walks(&step))).collect())
}

/// What only the statements of one engine contain.
const OF_SQLITE: &[&str] = &["json_each("];
const OF_POSTGRES: &[&str] = &["jsonb_array_elements("];

/// The string literals in `store` in latchkey-core, and in `tables`, that are statements for this engine.
fn statements_in_the_source(is_on_postgres: bool) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders =
        ["crates/latchkey-core/src/store", "src/tables"].map(|folder| fs::read_dir(root.join(folder)).unwrap());
    // The statements in folders below them are for whole tables.
    let files = folders.into_iter().flatten().map(|file| file.unwrap().path()).filter(|path| path.is_file());
    let files = files.filter(|path| path.file_name() != Some("tests.rs".as_ref()));
    let files = files.map(|path| fs::read_to_string(path).unwrap());
    let statement = |text: &String| {
        let verb = text.split_whitespace().next();
        let is_of_other_engine = if is_on_postgres { OF_SQLITE } else { OF_POSTGRES };
        matches!(verb, Some("SELECT" | "INSERT" | "UPDATE" | "DELETE" | "WITH"))
            && !text.contains("sqlite_master") // the list of tables is short
            && !is_of_other_engine.iter().any(|word| text.contains(word))
    };
    // The one that is put together at run time ends where its ids begin.
    let whole = |text: String| if text.ends_with(" IN") { format!("{text} ($1, $2)") } else { text };
    files.flat_map(|source| literals(&source)).filter(statement).map(whole).collect()
}

/// The string literals of a source, white space folded. Quotes in comments yield texts that are not literals; they are
/// not statements either.
fn literals(source: &str) -> Vec<String> {
    let code: String =
        source.lines().filter(|line| !line.trim_start().starts_with("//")).map(|l| format!("{l}\n")).collect();
    let mut literals = Vec::new();
    let mut characters = code.chars();
    while characters.by_ref().any(|c| c == '"') {
        let mut text = String::new();
        while let Some(c) = characters.next() {
            match c {
                '"' => break,
                '\\' => match characters.next() {
                    Some('\n') | None => text.push(' '),
                    Some(escaped) => text.push(escaped),
                },
                c => text.push(c),
            }
        }
        literals.push(text.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    literals
}
