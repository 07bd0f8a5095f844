//! Ids in columns. A row that holds another text is a damaged one.

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

/// The text to ask for. No row has the empty one, so a statement about no user does the same work and finds nothing.
pub(super) fn text_of(user: Option<&UserId>) -> String {
    user.map(UserId::to_string).unwrap_or_default()
}

/// The text of the session to be spared; the empty one, which no row has, spares none.
pub(super) fn text_of_kept(kept: Option<SessionId>) -> String {
    kept.map(|id| id.to_string()).unwrap_or_default()
}
