//! Error messages for the fields of a form.

use crate::map_key::MapKey;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor},
};
use std::{fmt, mem::take};

/// Messages by field, in JSON an object of lists. It is a list because a form has few fields, and the code of a map
/// would enlarge the browser's download.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldErrors(Vec<(String, Vec<String>)>);

impl FieldErrors {
    /// One message about one field.
    pub fn of(field: &str, message: &str) -> Self {
        let mut errors = Self::default();
        errors.add(field, message);
        errors
    }

    /// Adds a message about a field.
    pub fn add(&mut self, field: &str, message: &str) {
        match self.0.iter_mut().find(|(name, _)| name == field) {
            Some((_, messages)) => messages.push(message.to_owned()),
            None => self.0.push((field.to_owned(), vec![message.to_owned()])),
        }
    }

    /// The messages about a field, if there are any.
    pub fn get(&self, field: &str) -> Option<&[String]> {
        self.0.iter().find(|(name, _)| name == field).map(|(_, messages)| messages.as_slice())
    }

    /// Keeps the messages about some fields, and returns all the others as one text.
    pub fn keep(&mut self, kept: &dyn Fn(&str) -> bool) -> String {
        let (fields, others): (Vec<_>, Vec<_>) = take(&mut self.0).into_iter().partition(|(name, _)| kept(name));
        self.0 = fields;
        others.into_iter().flat_map(|(_, messages)| messages).collect::<Vec<_>>().join(" ")
    }

    /// How many fields have messages.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether all fields are acceptable.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for FieldErrors {
    fn serialize<S: Serializer>(&self, output: S) -> Result<S::Ok, S::Error> {
        output.collect_map(self.0.iter().map(|(field, messages)| (field, messages)))
    }
}

impl<'de> Deserialize<'de> for FieldErrors {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        input.deserialize_map(Fields)
    }
}

struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = FieldErrors;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("lists of messages by field")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<FieldErrors, A::Error> {
        let mut errors = Vec::new();
        while let Some((MapKey(name), messages)) = map.next_entry()? {
            errors.push((name, messages));
        }
        Ok(FieldErrors(errors))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn field_errors_serialise_as_an_object_of_lists() {
        let mut errors = FieldErrors::of("username", "Too short.");
        errors.add("password", "Too weak.");
        errors.add("username", "Odd.");
        let text = serde_json::to_string(&errors).expect("serialises");
        assert_eq!(text, r#"{"username":["Too short.","Odd."],"password":["Too weak."]}"#);
        assert_eq!(json::read(text.as_bytes()), Ok(errors));
        for odd in ["null", "[]", r#"{"a":"b"}"#, r#"{"a":[1]}"#] {
            assert!(json::read::<FieldErrors>(odd.as_bytes()).is_err(), "{odd}");
        }
    }

    #[test]
    fn errors_outside_the_form_become_one_text() {
        let mut errors = FieldErrors::of("username", "Too short.");
        errors.add("email", "Missing.");
        errors.add("shoe size", "Odd.");
        assert_eq!(errors.keep(&|field| field == "username"), "Missing. Odd.");
        assert_eq!(errors, FieldErrors::of("username", "Too short."));
    }
}
