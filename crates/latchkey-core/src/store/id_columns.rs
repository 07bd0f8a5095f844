//! Decodes ids from columns. A text that is not an id is an error.

use crate::ids::{SessionId, UserId};
use sqlx::any::{AnyTypeInfo, AnyValueRef};
use sqlx::error::BoxDynError;
use sqlx::{Any, Decode, Type};

macro_rules! id_column {
    ($id:ident) => {
        impl Type<Any> for $id {
            fn type_info() -> AnyTypeInfo {
                <String as Type<Any>>::type_info()
            }

            fn compatible(column: &AnyTypeInfo) -> bool {
                <String as Type<Any>>::compatible(column)
            }
        }

        impl<'r> Decode<'r, Any> for $id {
            fn decode(value: AnyValueRef<'r>) -> Result<Self, BoxDynError> {
                let text = <String as Decode<'r, Any>>::decode(value)?;
                Self::parse(&text).ok_or_else(|| concat!("not a ", stringify!($id)).into())
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
