//! The key of a JSON object whose keys are not known in advance.

use serde::{Deserialize, Deserializer, de::Visitor};
use std::fmt;

/// A key. `serde_json_core` deserializes keys only as `&str`; with `String` it panics.
pub struct MapKey(pub String);

impl<'de> Deserialize<'de> for MapKey {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        input.deserialize_str(AnyKey)
    }
}

struct AnyKey;

impl Visitor<'_> for AnyKey {
    type Value = MapKey;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_str<E>(self, name: &str) -> Result<MapKey, E> {
        Ok(MapKey(name.to_owned()))
    }
}
