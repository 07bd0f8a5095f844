//! Opens a PostgreSQL database, and checks on each connection that the server does not acknowledge what a crash can lose.

use super::connection::CONNECTION_TIMEOUT;
use super::move_mark;
use super::open_error::OpenError;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _};
use std::str::FromStr as _;

/// The highest number of connections that one Latchkey server opens.
const CONNECTIONS: u32 = 8;

/// Timeouts for locks and statements, so that a transaction that holds a lock for a long time does not block all others.
///
/// `random_page_cost` is that of solid-state disks and of data in memory. The planner assumes a
/// hundred rows for the JSON array of a batch, however few there are; with the default of 4, which is for rotating disks, it reads all sessions instead
/// of looking them up: 24 ms instead of 0.2 ms with 20,000 sessions.
const SETTINGS: &str = "SET lock_timeout = '5s'; SET statement_timeout = '10s'; SET random_page_cost = 1.1";

/// Opens the database at `url`.
///
/// # Errors
/// If it cannot be reached, [`OpenError::Unsafe`], or [`OpenError::MoveUnfinished`].
pub(super) async fn open(url: &str) -> Result<PgPool, OpenError> {
    let options = PgConnectOptions::from_str(url)?.disable_statement_logging();
    // A single connection reports the cause; a pool would report only a timeout.
    let mut connection = PgConnection::connect_with(&options).await?;
    assert_durable(&mut connection).await?;
    move_mark::assert_absent(&mut connection).await?;
    connection.close().await?;
    Ok(PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .min_connections(1)
        .acquire_timeout(CONNECTION_TIMEOUT)
        .idle_timeout(None)
        .max_lifetime(None)
        .after_release(|connection, _| Box::pin(is_sound(connection)))
        .after_connect(|connection, _| {
            Box::pin(async move {
                connection.execute(SETTINGS).await?;
                // The administrator may have changed the durability settings since Latchkey started.
                assert_durable(connection).await.map_err(|error| sqlx::Error::Configuration(error.into()))
            })
        })
        .connect_with(options)
        .await?)
}

/// Whether a connection that returns to the pool has no open transaction.
async fn is_sound(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    if connection.is_in_transaction() {
        // The rollback of a dropped transaction may be pending; it is done when the ping returns.
        connection.ping().await?;
    }
    Ok(!connection.is_in_transaction())
}

/// Checks the settings that durability depends on
/// (<https://www.postgresql.org/docs/current/runtime-config-wal.html>). `synchronous_commit` may have any value but
/// `off`, with which a crash loses the last commits; the other values differ in what a failover loses.
pub(super) async fn assert_durable(connection: &mut PgConnection) -> Result<(), OpenError> {
    let found: (String, String, String) = sqlx::query_as(
        "(SELECT current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit'))",
    )
    .fetch_one(connection)
    .await?;
    match found {
        (fsync, ..) if fsync != "on" => Err(OpenError::Unsafe { question: "fsync", answer: fsync, wanted: "on" }),
        (_, pages, _) if pages != "on" => {
            Err(OpenError::Unsafe { question: "full_page_writes", answer: pages, wanted: "on" })
        }
        (.., commit) if commit == "off" => {
            Err(OpenError::Unsafe { question: "synchronous_commit", answer: commit, wanted: "on" })
        }
        _ => Ok(()),
    }
}
