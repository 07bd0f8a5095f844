//! Finding an account by its name.

use super::username::Username;
use crate::store::{self, Store, StoreError, users::UserRow};

/// The account with this name, including accounts from versions that did not fold final sigmas.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn find_user(store: &Store, name: &Username) -> Result<Option<UserRow>, StoreError> {
    store::usernames::find(store, name.key(), name.unfolded_key()).await
}
