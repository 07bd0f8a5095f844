//! Arguments of statements.

use crate::clock::Timestamp;
use crate::ids::{SessionId, UserId};
use sqlx::{Arguments, Database, Encode, Type};
use std::borrow::Cow;

/// An argument of a statement. `None` is NULL.
#[derive(Clone, Debug)]
pub enum Argument<'q> {
    /// A number, a time in milliseconds since 1970, or a truth value as 1 or 0.
    Integer(Option<i64>),
    /// A text.
    Text(Option<Cow<'q, str>>),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// Encodes the arguments for a database's driver.
///
/// # Errors
/// [`sqlx::Error::Encode`] if the driver cannot encode one, which does not happen for these types.
pub(super) fn encode<DB: Database>(arguments: Vec<Argument<'_>>) -> Result<DB::Arguments, sqlx::Error>
where
    Option<i64>: for<'t> Encode<'t, DB> + Type<DB>,
    for<'t> Option<&'t str>: Encode<'t, DB> + Type<DB>,
    Vec<u8>: for<'t> Encode<'t, DB> + Type<DB>,
{
    let mut encoded = DB::Arguments::default();
    for argument in arguments {
        match argument {
            Argument::Integer(number) => encoded.add(number),
            Argument::Text(text) => encoded.add(text.as_deref()),
            Argument::Bytes(bytes) => encoded.add(bytes),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(encoded)
}

impl From<i64> for Argument<'_> {
    fn from(number: i64) -> Self {
        Self::Integer(Some(number))
    }
}

impl From<u32> for Argument<'_> {
    fn from(number: u32) -> Self {
        i64::from(number).into()
    }
}

impl From<bool> for Argument<'_> {
    fn from(truth: bool) -> Self {
        i64::from(truth).into()
    }
}

impl From<Timestamp> for Argument<'_> {
    fn from(time: Timestamp) -> Self {
        time.millis().into()
    }
}

impl<'q> From<&'q str> for Argument<'q> {
    fn from(text: &'q str) -> Self {
        Self::Text(Some(text.into()))
    }
}

impl<'q> From<&'q String> for Argument<'q> {
    fn from(text: &'q String) -> Self {
        text.as_str().into()
    }
}

impl From<String> for Argument<'_> {
    fn from(text: String) -> Self {
        Self::Text(Some(text.into()))
    }
}

impl<'q> From<Option<&'q str>> for Argument<'q> {
    fn from(text: Option<&'q str>) -> Self {
        Self::Text(text.map(Cow::from))
    }
}

impl From<Option<String>> for Argument<'_> {
    fn from(text: Option<String>) -> Self {
        Self::Text(text.map(Cow::from))
    }
}

impl<'q> From<&'q UserId> for Argument<'q> {
    fn from(id: &'q UserId) -> Self {
        id.as_str().into()
    }
}

impl From<SessionId> for Argument<'_> {
    fn from(id: SessionId) -> Self {
        id.to_string().into()
    }
}

impl From<Vec<u8>> for Argument<'_> {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}
