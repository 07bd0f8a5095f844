//! Converts user fields to and from their column in the database, a JSON object.

use crate::store::StoreError;
use latchkey_wire::{FieldValues, UserField};

/// The column of an account without fields.
pub const NO_FIELDS: &str = "{}";

/// The column's text for these values.
pub(crate) fn to_column(values: &FieldValues) -> String {
    serde_json::to_string(values).unwrap_or_else(|_| NO_FIELDS.to_owned())
}

/// All values in a column's text, including those of fields whose declaration was removed.
///
/// # Errors
/// [`StoreError::Damaged`] if it is not an object of strings.
pub fn from_column(text: &str) -> Result<FieldValues, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::Damaged("users.fields".to_owned()))
}

/// The values of the declared fields, in the order of the declaration. A field that was declared after the account was
/// created is absent. A field whose declaration was removed stays in the column and is not returned.
pub(crate) fn declared(text: &str, declared: &[UserField]) -> Result<FieldValues, StoreError> {
    // This avoids parsing: every request reads its user, and most users have no fields.
    if declared.is_empty() || text == NO_FIELDS {
        return Ok(FieldValues::default());
    }
    let stored = from_column(text)?;
    let value = |field: &UserField| Some((field.name(), stored.get(field.name())?.to_owned()));
    Ok(declared.iter().filter_map(value).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: [UserField; 2] = [UserField::text("company", "Company"), UserField::text("city", "City")];

    #[test]
    fn declared_fields_are_shown_in_their_order() {
        let stored = r#"{"team":"Red","city":"Oslo","company":"Acme"}"#;
        let shown = declared(stored, &FIELDS).unwrap();
        assert_eq!(shown.iter().collect::<Vec<_>>(), [("company", "Acme"), ("city", "Oslo")]);
        assert_eq!(declared(r#"{"city":"Oslo"}"#, &FIELDS).unwrap().iter().count(), 1);
        assert!(declared(stored, &[]).unwrap().is_empty() && declared(NO_FIELDS, &FIELDS).unwrap().is_empty());
        assert_eq!(from_column(&to_column(&shown)).unwrap(), shown);
    }

    #[test]
    fn column_that_is_not_an_object_of_strings_is_damaged() {
        for text in ["", "null", "[]", r#"{"company":7}"#, r#"{"company":"Acme""#] {
            assert!(matches!(declared(text, &FIELDS), Err(StoreError::Damaged(_))), "{text}");
        }
    }
}
