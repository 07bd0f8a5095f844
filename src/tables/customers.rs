//! The table `customers`.

use latchkey_core::store::{Store, StoreError, Transaction, statement};

/// Every customer's name, in alphabetical order.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn names(store: &Store) -> Result<Vec<String>, StoreError> {
    Ok(statement("SELECT name FROM customers ORDER BY name, id").values(store.readers()).await?)
}

/// Adds a customer, unless one with that id exists.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn add(tx: &mut Transaction, id: &str, name: &str) -> Result<(), StoreError> {
    statement("INSERT INTO customers (id, name) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING")
        .bind(id)
        .bind(name)
        .execute(tx)
        .await?;
    Ok(())
}

/// Deletes a customer; returns how many rows were deleted.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn delete(tx: &mut Transaction, id: &str) -> Result<u64, StoreError> {
    Ok(statement("DELETE FROM customers WHERE id = $1").bind(id).execute(tx).await?)
}
