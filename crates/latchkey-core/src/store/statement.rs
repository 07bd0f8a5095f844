//! A statement that SQLite and PostgreSQL both understand, with its arguments.
//!
//! sqlx knows at compile time which database a query is for. The text of most of Latchkey's statements serves both, so a
//! [`Statement`] keeps its arguments until it is executed, and then becomes a query of the connection's database.

use super::argument::{self, Argument};
use super::connection::On;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Postgres, SqlSafeStr as _, SqlStr, Sqlite};

/// A type that a row of either database can be decoded to: a struct with `#[derive(sqlx::FromRow)]`, or a tuple.
pub trait Row: for<'r> sqlx::FromRow<'r, SqliteRow> + for<'r> sqlx::FromRow<'r, PgRow> + Send + Unpin {}

impl<T> Row for T where T: for<'r> sqlx::FromRow<'r, SqliteRow> + for<'r> sqlx::FromRow<'r, PgRow> + Send + Unpin {}

/// A statement with its arguments. Its parameters are `$1`, `$2` and so on.
#[must_use = "a statement does nothing until it is executed"]
pub struct Statement<'q> {
    sql: SqlStr,
    arguments: Vec<Argument<'q>>,
}

/// A statement that is prepared once for each connection and then reused.
pub fn statement<'q>(sql: &'static str) -> Statement<'q> {
    Statement { sql: sql.into_sql_str(), arguments: Vec::new() }
}

/// Turns the statement into the parts of a query for the database of `$on`, and runs it there.
macro_rules! run {
    ($statement:ident, $on:ident, |$sql:ident, $arguments:ident, $executor:ident| $run:expr) => {{
        let Statement { sql: $sql, arguments } = $statement;
        match $on.into() {
            On::SqlitePool($executor) => {
                let $arguments = argument::encode::<Sqlite>(arguments)?;
                $run
            }
            On::Sqlite($executor) => {
                let $arguments = argument::encode::<Sqlite>(arguments)?;
                $run
            }
            On::PostgresPool($executor) => {
                let $arguments = argument::encode::<Postgres>(arguments)?;
                $run
            }
            On::Postgres($executor) => {
                let $arguments = argument::encode::<Postgres>(arguments)?;
                $run
            }
        }
    }};
}

impl<'q> Statement<'q> {
    /// Adds the value of the next parameter.
    pub fn bind(mut self, value: impl Into<Argument<'q>>) -> Self {
        self.arguments.push(value.into());
        self
    }

    /// Executes the statement and returns how many rows it has changed.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn execute<'c>(self, on: impl Into<On<'c>>) -> Result<u64, sqlx::Error> {
        run!(self, on, |sql, arguments, executor| Ok(sqlx::query_with(sql, arguments)
            .execute(executor)
            .await?
            .rows_affected()))
    }

    /// Whether the statement returns a row.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn exists<'c>(self, on: impl Into<On<'c>>) -> Result<bool, sqlx::Error> {
        run!(self, on, |sql, arguments, executor| Ok(sqlx::query_with(sql, arguments)
            .fetch_optional(executor)
            .await?
            .is_some()))
    }

    /// The first row, which must exist.
    ///
    /// # Errors
    /// Those of the database, and [`sqlx::Error::RowNotFound`].
    pub async fn row<'c, T: Row>(self, on: impl Into<On<'c>>) -> Result<T, sqlx::Error> {
        self.optional_row(on).await?.ok_or(sqlx::Error::RowNotFound)
    }

    /// The first row, if there is one.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn optional_row<'c, T: Row>(self, on: impl Into<On<'c>>) -> Result<Option<T>, sqlx::Error> {
        run!(self, on, |sql, arguments, executor| sqlx::query_as_with(sql, arguments).fetch_optional(executor).await)
    }

    /// Every row.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn rows<'c, T: Row>(self, on: impl Into<On<'c>>) -> Result<Vec<T>, sqlx::Error> {
        run!(self, on, |sql, arguments, executor| sqlx::query_as_with(sql, arguments).fetch_all(executor).await)
    }

    /// The first column of the first row, which must exist.
    ///
    /// # Errors
    /// Those of the database, and [`sqlx::Error::RowNotFound`].
    pub async fn value<'c, T>(self, on: impl Into<On<'c>>) -> Result<T, sqlx::Error>
    where
        (T,): Row,
    {
        Ok(self.row::<(T,)>(on).await?.0)
    }

    /// The first column of the first row, if there is one.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn optional_value<'c, T>(self, on: impl Into<On<'c>>) -> Result<Option<T>, sqlx::Error>
    where
        (T,): Row,
    {
        Ok(self.optional_row::<(T,)>(on).await?.map(|(value,)| value))
    }

    /// The first column of every row.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn values<'c, T>(self, on: impl Into<On<'c>>) -> Result<Vec<T>, sqlx::Error>
    where
        (T,): Row,
    {
        Ok(self.rows::<(T,)>(on).await?.into_iter().map(|(value,)| value).collect())
    }
}
