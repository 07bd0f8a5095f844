//! Write transactions.

use super::error::StoreError;
use sqlx::{Any, AnyConnection};

/// A write transaction. Dropped without [`commit`](Transaction::commit), it changes nothing.
pub struct Transaction(pub(super) sqlx::Transaction<'static, Any>);

impl Transaction {
    /// The connection that the transaction holds, for the statements of an application that change its own tables.
    pub fn connection(&mut self) -> &mut AnyConnection {
        &mut self.0
    }

    /// Commits the changes. When this has returned, they survive a crash and a power cut.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]; it is then unknown whether the changes were committed.
    pub async fn commit(self) -> Result<(), StoreError> {
        Ok(self.0.commit().await?)
    }
}
