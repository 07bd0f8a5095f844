//! Finding an account by its name.

use super::username::Username;
use crate::store::{self, Store, StoreError, users::UserRow};

/// The account of this name, also one from before final sigmas were folded.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn find_user(store: &Store, name: &Username) -> Result<Option<UserRow>, StoreError> {
    store::usernames::find(store, name.key(), name.unfolded_key()).await
}
