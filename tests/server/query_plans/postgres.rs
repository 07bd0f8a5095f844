//! PostgreSQL's plans.

use super::Steps;
use sqlx::{AnyConnection, AssertSqlSafe, Executor as _, Row as _};

/// Statements that may scan on PostgreSQL only, with the reason.
pub const MAY_SCAN: &[(&str, &str)] = &[
    (
        "SELECT b.user_id, b.epoch, b.reason, b.at FROM bulk_revocations b JOIN users u ON u.id = b.user_id \
         WHERE u.deleted_at IS NULL AND (b.user_id, b.epoch) > ($1, $2) ORDER BY b.user_id, b.epoch LIMIT 1",
        "merges two indexes up to the first match, in a job beside the writers",
    ),
    (
        "SELECT COUNT(*) FROM sessions WHERE revoked_at IS NULL AND idle_expires_at > $1 AND absolute_expires_at > $1 \
         AND NOT EXISTS (SELECT 1 FROM bulk_revocations b \
         WHERE b.user_id = sessions.user_id AND b.epoch = sessions.epoch)",
        "counts all live sessions, and reads the few bulk revocations once",
    ),
];

/// A statement with this locks the rows of its batch in the order of their ids.
const SORTS_ITS_BATCH: &str = "ORDER BY id FOR NO KEY UPDATE";

/// As many rows as in a small installation: PostgreSQL chooses a plan by their numbers.
const ROWS: &str = "
    INSERT INTO users (id, username, username_key, display_name, password_hash, roles, created_at, password_changed_at)
    SELECT 'user ' || i, 'name ' || i, 'key ' || i, 'Name', 'hash', '', i, i FROM generate_series(1, 2000) i;
    INSERT INTO sessions (id, user_id, secret, generation, confirmed_generation, rotated_at, created_at, last_seen_at,
                          idle_expires_at, absolute_expires_at, remember, network, revoked_at, revoke_reason)
    SELECT 'session ' || i, 'user ' || (i % 2000 + 1), 'secret', 1, 1, i, i, i, i, i, 1, 'network ' || i % 100,
           CASE WHEN i % 2 = 0 THEN i END, CASE WHEN i % 2 = 0 THEN 'revoked' END
    FROM generate_series(1, 20000) i;
    INSERT INTO events (id, user_id, session_id, kind, at)
    SELECT 'event ' || i, 'user ' || (i % 2000 + 1), 'session ' || i, 'signed_in', i FROM generate_series(1, 20000) i;
    INSERT INTO login_failures (key, count, last_at, user_id)
    SELECT 'key ' || i, 1, i, 'user ' || i FROM generate_series(1, 2000) i;
    INSERT INTO usual_places (user_id, kind, place, last_at)
    SELECT 'user ' || (i % 2000 + 1), 'network', 'network ' || i, i FROM generate_series(1, 10000) i;
    INSERT INTO bulk_revocations (user_id, epoch, reason, at)
    SELECT 'user ' || i, 0, 'revoked', i FROM generate_series(1, 1000) i;
    INSERT INTO customers (id, name) SELECT 'customer ' || i, 'Name ' || i FROM generate_series(1, 1000) i;
    ANALYZE";

/// PostgreSQL may read a whole table where it expects few rows. Here it does so only without another way, because tables
/// grow. A plan without the values of the parameters is the one for every value.
const PLANNER: &str = "SET enable_seqscan = off; SET enable_sort = off; SET plan_cache_mode = force_generic_plan";

/// For the statement of each refresh: with the settings of the server's connections, the planner must choose the index by
/// itself.
const AS_THE_SERVER: &str = "SET enable_seqscan = on; SET enable_sort = on; SET random_page_cost = 1.1";

pub async fn prepare(connection: &mut AnyConnection) {
    connection.execute(ROWS).await.unwrap();
}

pub async fn steps(connection: &mut AnyConnection, statement: &str) -> Steps {
    let sorts = statement.contains(SORTS_ITS_BATCH);
    connection.execute(if sorts { AS_THE_SERVER } else { PLANNER }).await?;
    let parameters = (1..).take_while(|number| statement.contains(&format!("${number}"))).count();
    let values = match parameters {
        0 => String::new(),
        _ => format!("({})", vec!["NULL"; parameters].join(", ")),
    };
    connection.execute(AssertSqlSafe(format!("PREPARE explained AS {statement}"))).await?;
    let explain = format!("EXPLAIN EXECUTE explained{values}");
    let plan = sqlx::query(AssertSqlSafe(explain)).fetch_all(&mut *connection).await?;
    connection.execute("DEALLOCATE explained").await?;
    // A step begins with an arrow, and the lines below it describe it.
    let lines: Vec<String> = plan.iter().map(|row| row.get(0)).collect();
    let plan = lines.join("\n");
    let step =
        |step: &str| (step.to_owned(), walks(step.trim_start()) || !sorts && step.trim_start().starts_with("Sort"));
    Ok(plan.split("->").map(step).collect())
}

/// Whether a step looks at every row of a table or of an index.
fn walks(step: &str) -> bool {
    let is_over_an_index =
        ["Index Scan", "Index Only Scan", "Bitmap Index Scan"].iter().any(|scan| step.starts_with(scan));
    step.starts_with("Seq Scan") || is_over_an_index && !step.contains("Index Cond:")
}
