//! A table that marks a PostgreSQL database into which rows are being moved.
//!
//! It is committed before the move begins, and the transaction that writes the rows removes it. So a database with it has
//! none of the rows, and a server that started there would begin a new installation.

use super::open_error::OpenError;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Executor as _};

/// The name of the table.
pub(super) const TABLE: &str = "_latchkey_move";

/// Marks the database, which an earlier, interrupted move may have done.
pub(super) async fn set(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    connection.execute(AssertSqlSafe(format!("CREATE TABLE IF NOT EXISTS {TABLE} ()"))).await?;
    Ok(())
}

/// Removes the mark.
pub(super) async fn remove(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    connection.execute(AssertSqlSafe(format!("DROP TABLE {TABLE}"))).await?;
    Ok(())
}

/// Checks that no move into the database is unfinished.
///
/// # Errors
/// [`OpenError::MoveUnfinished`].
pub(super) async fn assert_absent(connection: &mut PgConnection) -> Result<(), OpenError> {
    let is_marked: bool =
        sqlx::query_scalar("(SELECT to_regclass($1) IS NOT NULL)").bind(TABLE).fetch_one(connection).await?;
    if is_marked { Err(OpenError::MoveUnfinished) } else { Ok(()) }
}
