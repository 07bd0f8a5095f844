//! What a client enters for [user fields](crate::UserField), before the server has checked it.

use crate::field_values::FieldValues;
use crate::map_key::MapKey;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error as _, IgnoredAny, MapAccess, Visitor},
};
use std::{collections::HashSet, fmt};

/// Texts by the name of their field, in JSON an object. Members with values other than a text are read as well: the
/// server ignores members that the application has not declared, and refuses the others by name. A null counts as an
/// absent member. Only the server reads it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnteredFields {
    texts: FieldValues,
    others: HashSet<String>,
}

impl EnteredFields {
    /// The text of a field, if it has one.
    pub fn get(&self, field: &str) -> Option<&str> {
        self.texts.get(field)
    }

    /// Whether the value of a field is neither a text nor null.
    pub fn is_of_another_type(&self, field: &str) -> bool {
        self.others.contains(field)
    }
}

impl From<FieldValues> for EnteredFields {
    fn from(texts: FieldValues) -> Self {
        Self { texts, others: HashSet::new() }
    }
}

impl Serialize for EnteredFields {
    fn serialize<S: Serializer>(&self, output: S) -> Result<S::Ok, S::Error> {
        self.texts.serialize(output)
    }
}

impl<'de> Deserialize<'de> for EnteredFields {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        input.deserialize_map(Members)
    }
}

/// The value of a member.
#[derive(Deserialize)]
#[serde(untagged)]
enum Value {
    Text(String),
    Null(()),
    Other(IgnoredAny),
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = EnteredFields;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("texts by field")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<EnteredFields, A::Error> {
        let (mut names, mut others, mut texts) = (HashSet::new(), HashSet::new(), Vec::new());
        while let Some((MapKey(name), value)) = map.next_entry()? {
            if !names.insert(name.clone()) {
                return Err(A::Error::custom("a field twice"));
            }
            match value {
                Value::Text(text) => texts.push((name, text)),
                Value::Null(()) => {}
                Value::Other(IgnoredAny) => drop(others.insert(name)),
            }
        }
        Ok(EnteredFields { texts: texts.into_iter().collect(), others })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<EnteredFields, serde_json::Error> {
        serde_json::from_str(text)
    }

    #[test]
    fn members_of_any_type_are_read_and_texts_kept() {
        let text = r#"{"a":"A \"\u00df\"","b":null,"c":7,"d":1.5e300,"e":true,"f":["x"],"g":{"a":{}},"h":""}"#;
        let entered = read(text).expect("an object");
        assert_eq!((entered.get("a"), entered.get("b"), entered.get("h")), (Some("A \"ß\""), None, Some("")));
        for (name, other) in [("a", false), ("b", false), ("c", true), ("e", true), ("f", true), ("g", true)] {
            assert_eq!(entered.is_of_another_type(name), other, "{name}");
            assert!(!other || entered.get(name).is_none(), "{name}");
        }
        assert_eq!(serde_json::to_string(&entered).expect("serialises"), r#"{"a":"A \"ß\"","h":""}"#);
    }

    #[test]
    fn fields_that_are_no_object_or_twice_are_refused() {
        for bad in ["[]", "null", "1", "\"a\"", r#"{"a":"b","a":"c"}"#, r#"{"a":1,"a":null}"#, r#"{"a":"b""#] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
