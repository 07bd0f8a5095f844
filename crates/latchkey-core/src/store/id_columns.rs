//! Decodes ids from columns. A text that is not an id is an error.

use crate::ids::{SessionId, UserId};
use sqlx::error::BoxDynError;
use sqlx::{Database, Decode, Type};

macro_rules! id_column {
    ($id:ident) => {
        impl<DB: Database> Type<DB> for $id
        where
            String: Type<DB>,
        {
            fn type_info() -> DB::TypeInfo {
                String::type_info()
            }

            fn compatible(column: &DB::TypeInfo) -> bool {
                String::compatible(column)
            }
        }

        impl<'r, DB: Database> Decode<'r, DB> for $id
        where
            &'r str: Decode<'r, DB>,
        {
            fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
                Self::parse(<&str>::decode(value)?).ok_or_else(|| concat!("not a ", stringify!($id)).into())
            }
        }
    };
}

id_column!(SessionId);
id_column!(UserId);

/// The text to bind for a user. No row has the empty text, so a statement for no user does the same work and finds
/// nothing.
pub(super) fn text_of(user: Option<&UserId>) -> String {
    user.map(UserId::to_string).unwrap_or_default()
}

/// The text to bind for the session to keep. For `None` it is the empty text, which no row has.
pub(super) fn text_of_kept(kept: Option<SessionId>) -> String {
    kept.map(|id| id.to_string()).unwrap_or_default()
}
