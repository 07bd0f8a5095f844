//! The claims that an application adds to access tokens.

use super::call::HookError;
use serde_json::{Map, Value};
use std::fmt;
use std::sync::Arc;

/// The largest size of the added claims, in bytes of JSON. A token with the longest username, roles and public URL and
/// with claims of this size is still accepted (tests/server/token_size.rs).
pub const LARGEST_CLAIMS: usize = 512;

/// Claims that an application cannot add: those that Latchkey issues or obeys, those about how a user was authenticated
/// or which client may use a token (RFC 7519, 7662, 7800, 8693, 9068), and the other members of an introspection
/// response.
pub const RESERVED_CLAIMS: [&str; 21] = [
    "act",
    "acr",
    "active",
    "amr",
    "aud",
    "auth_time",
    "client_id",
    "cnf",
    "exp",
    "gen",
    "iat",
    "iss",
    "jti",
    "may_act",
    "nbf",
    "roles",
    "scope",
    "sid",
    "sub",
    "token_type",
    "username",
];

/// Names that begin with this are reserved for claims of later versions.
pub const RESERVED_PREFIX: &str = "latchkey";

/// The claims of an access token that the application has added. A clone is cheap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExtraClaims(Arc<Map<String, Value>>);

/// Why claims cannot be added to a token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimsError {
    /// The value is not a JSON object.
    #[error("the hook `claims` must return a JSON object, such as json!({{ \"plan\": \"pro\" }})")]
    NotAnObject,
    /// The name is reserved.
    #[error("the hook `claims` returned the reserved claim {0:?}: choose another name")]
    Reserved(String),
    /// The object is too large.
    #[error("the hook `claims` returned {bytes} bytes of JSON: return at most {LARGEST_CLAIMS}")]
    TooLarge {
        /// Its size as JSON.
        bytes: usize,
    },
    /// The object is nested so deeply that the verifier could not parse it.
    #[error("the hook `claims` returned a value that is nested too deeply")]
    TooDeep,
    /// The hook returned an error.
    #[error("the hook `claims` failed: {0}")]
    Failed(String),
    /// The hook timed out or panicked.
    #[error(transparent)]
    Hook(#[from] HookError),
}

/// The result of the hook `claims`.
pub(super) type Returned = Result<Map<String, Value>, ClaimsError>;

/// Types that the hook `claims` may return.
pub trait IntoClaims {
    /// Converts the value into claims.
    ///
    /// # Errors
    /// [`ClaimsError::NotAnObject`], [`ClaimsError::Failed`].
    fn into_claims(self) -> Result<Map<String, Value>, ClaimsError>;
}

impl IntoClaims for Map<String, Value> {
    fn into_claims(self) -> Result<Map<String, Value>, ClaimsError> {
        Ok(self)
    }
}

impl IntoClaims for Value {
    fn into_claims(self) -> Result<Map<String, Value>, ClaimsError> {
        match self {
            Self::Object(claims) => Ok(claims),
            _ => Err(ClaimsError::NotAnObject),
        }
    }
}

impl<T: IntoClaims, E: fmt::Display> IntoClaims for Result<T, E> {
    fn into_claims(self) -> Result<Map<String, Value>, ClaimsError> {
        self.map_err(|error| ClaimsError::Failed(error.to_string()))?.into_claims()
    }
}

impl ExtraClaims {
    /// Claims for a new access token.
    ///
    /// # Errors
    /// [`ClaimsError`] for a reserved name, and for an object that is too large or nested too deeply.
    pub fn new(claims: Map<String, Value>) -> Result<Self, ClaimsError> {
        if let Some(name) = claims.keys().find(|name| is_reserved(name)) {
            return Err(ClaimsError::Reserved(name.clone()));
        }
        let json = serde_json::to_string(&claims).map_err(|error| ClaimsError::Failed(error.to_string()))?;
        if json.len() > LARGEST_CLAIMS {
            return Err(ClaimsError::TooLarge { bytes: json.len() });
        }
        if serde_json::from_str::<Map<String, Value>>(&json).is_err() {
            return Err(ClaimsError::TooDeep);
        }
        Ok(Self(Arc::new(claims)))
    }

    /// The claims of a verified token without the reserved ones.
    pub(crate) fn of_token(mut claims: Map<String, Value>) -> Self {
        claims.retain(|name, _| !is_reserved(name));
        Self(Arc::new(claims))
    }

    /// The value of a claim, if the token has it.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// All added claims.
    pub fn as_map(&self) -> &Map<String, Value> {
        &self.0
    }
}

fn is_reserved(name: &str) -> bool {
    RESERVED_CLAIMS.contains(&name) || name.starts_with(RESERVED_PREFIX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn checked(claims: Value) -> Result<ExtraClaims, ClaimsError> {
        claims.into_claims().and_then(ExtraClaims::new)
    }

    #[test]
    fn reserved_names_are_refused() {
        for name in RESERVED_CLAIMS.into_iter().chain(["latchkey", "latchkey_plan"]) {
            assert_eq!(checked(json!({ "plan": 1, name: 1 })), Err(ClaimsError::Reserved(name.to_owned())));
        }
        for name in ["plan", "email", "groups", "Sub", "https://example.com/plan", ""] {
            assert_eq!(checked(json!({ name: 1 })).unwrap().get(name), Some(&json!(1)), "{name:?}");
        }
    }

    #[test]
    fn size_is_limited_in_bytes_of_json() {
        let sized = |bytes: usize| json!({ "a": "ü".repeat((bytes - 8) / 2) });
        assert_eq!(serde_json::to_string(&sized(LARGEST_CLAIMS)).unwrap().len(), LARGEST_CLAIMS);
        assert!(checked(sized(LARGEST_CLAIMS)).is_ok());
        assert_eq!(checked(sized(LARGEST_CLAIMS + 2)), Err(ClaimsError::TooLarge { bytes: LARGEST_CLAIMS + 2 }));
    }

    #[test]
    fn claims_that_the_verifier_could_not_parse_are_refused() {
        let nested = |depth: usize| (0..depth).fold(json!(1), |inner, _| json!([inner]));
        assert!(checked(json!({ "a": nested(100) })).is_ok());
        assert_eq!(checked(json!({ "a": nested(150) })), Err(ClaimsError::TooDeep));
    }

    #[test]
    fn only_an_object_is_accepted() {
        for value in [json!(null), json!([]), json!("plan"), json!(1)] {
            assert_eq!(checked(value), Err(ClaimsError::NotAnObject));
        }
        let failed: Result<Value, &str> = Err("no connection");
        assert_eq!(failed.into_claims(), Err(ClaimsError::Failed("no connection".to_owned())));
        assert_eq!(Ok::<_, &str>(json!({})).into_claims(), Ok(Map::new()));
    }

    #[test]
    fn claims_of_a_token_never_include_reserved_names() {
        let Value::Object(claims) = json!({ "plan": "pro", "active": false, "latchkey_new": 1 }) else { panic!() };
        assert_eq!(*ExtraClaims::of_token(claims).as_map(), *json!({ "plan": "pro" }).as_object().unwrap());
    }
}
