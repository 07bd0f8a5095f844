//! Write transactions.

use super::error::StoreError;
use sqlx::Any;

/// A write transaction. Dropped without [`commit`](Transaction::commit), it changes nothing.
pub struct Transaction(pub(super) sqlx::Transaction<'static, Any>);

impl Transaction {
    /// Commits: after this returns, the changes survive a crash and a power cut.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]; it is then unknown whether the changes were committed.
    pub async fn commit(self) -> Result<(), StoreError> {
        Ok(self.0.commit().await?)
    }
}
