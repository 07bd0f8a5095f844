//! All SQL statements of Latchkey; `migrations/` defines the tables.
//!
//! Most statements run unchanged on SQLite and PostgreSQL ([`statement()`]); `sqlite` and `postgres` have what differs. On
//! SQLite, one connection writes and several read, so writers wait in order for that connection, and do not compete for
//! the lock of the database. Functions take `&Store` for a read of their own, and a [`Transaction`] as one step of a larger
//! change.

mod argument;
pub mod bulk_revocations;
mod connection;
pub mod deleted_users;
mod earlier_record;
pub mod ended_sessions;
mod error;
pub mod event_limit;
pub mod events;
mod handle;
mod id_columns;
pub mod integrity;
pub mod login_failures;
mod migrations;
mod move_mark;
pub mod move_to_postgres;
pub mod notices;
mod open;
mod open_error;
mod pending_work;
mod postgres;
pub mod schema;
pub mod session_lists;
pub(crate) mod session_revocations;
mod session_row;
mod session_updates;
pub mod sessions;
mod shared_commit;
mod shared_read;
pub(crate) mod sign_ins;
pub mod space;
mod sqlite;
mod sqlite_group;
mod sqlite_writer;
mod statement;
mod steps;
#[cfg(test)]
mod tests;
mod transaction;
pub mod usernames;
pub mod users;
pub mod usual_places;
mod writer;

pub use argument::Argument;
pub use connection::{Connection, On, Pool};
pub use error::StoreError;
pub use handle::Store;
pub use open_error::OpenError;
pub use pending_work::PendingWork;
pub use statement::{Row, Statement, statement};
pub use transaction::Transaction;
