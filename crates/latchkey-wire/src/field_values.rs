//! The values of an account's [user fields](crate::UserField).

use crate::map_key::MapKey;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error as _, MapAccess, Visitor},
};
use std::fmt;

/// The highest number of members, because the time to find duplicates grows with the square of the number.
const MAX_FIELDS: usize = 100;

/// Texts by the name of their field, in JSON an object of strings. It is a list, because the code of a map would enlarge
/// the browser's download.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldValues(Vec<(String, String)>);

impl FieldValues {
    /// The text of a field, if it has one.
    pub fn get(&self, field: &str) -> Option<&str> {
        self.iter().find(|(name, _)| *name == field).map(|(_, text)| text)
    }

    /// Each name with its text.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, text)| (name.as_str(), text.as_str()))
    }

    /// Whether no field has a text.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<N: Into<String>> FromIterator<(N, String)> for FieldValues {
    fn from_iter<I: IntoIterator<Item = (N, String)>>(values: I) -> Self {
        Self(values.into_iter().map(|(name, text)| (name.into(), text)).collect())
    }
}

impl Serialize for FieldValues {
    fn serialize<S: Serializer>(&self, output: S) -> Result<S::Ok, S::Error> {
        output.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for FieldValues {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        input.deserialize_map(Values)
    }
}

struct Values;

impl<'de> Visitor<'de> for Values {
    type Value = FieldValues;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("texts by field")
    }

    /// A null is an absent field.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<FieldValues, A::Error> {
        let mut values = FieldValues::default();
        while let Some((MapKey(name), text)) = map.next_entry::<_, Option<String>>()? {
            if values.0.len() == MAX_FIELDS || values.get(&name).is_some() {
                return Err(A::Error::custom("a field twice, or too many"));
            }
            values.0.extend(text.map(|text| (name, text)));
        }
        Ok(values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    fn read(text: &str) -> Option<FieldValues> {
        let by_browser = json::read(text.as_bytes()).ok();
        assert_eq!(by_browser, serde_json::from_str(text).ok(), "{text}");
        by_browser
    }

    #[test]
    fn texts_by_field_are_an_object_of_strings() {
        let values: FieldValues =
            [("company", "A \"B\" & Söhne".to_owned()), ("vatId", "7".to_owned())].into_iter().collect();
        let text = serde_json::to_string(&values).expect("serialises");
        assert_eq!(text, r#"{"company":"A \"B\" & Söhne","vatId":"7"}"#);
        assert_eq!(read(&text), Some(values.clone()));
        assert_eq!((values.get("vatId"), values.get("vat")), (Some("7"), None));
        assert_eq!(read(r#"{"company":null}"#), Some(FieldValues::default()));
    }

    #[test]
    fn other_json_is_refused() {
        for bad in ["[]", "null", "1", "\"a\"", r#"{"a":1}"#, r#"{"a":{}}"#, r#"{"a":["b"]}"#, r#"{"a":"b","a":"c"}"#] {
            assert_eq!(read(bad), None, "{bad}");
        }
        let members = |number| {
            let members: Vec<_> = (0..number).map(|n| format!(r#""f{n}":"x""#)).collect();
            format!("{{{}}}", members.join(","))
        };
        assert!(read(&members(MAX_FIELDS)).is_some() && read(&members(MAX_FIELDS + 1)).is_none());
    }
}
