//! Passwords, tokens and client secrets in requests and responses, each with its own type.
//!
//! They cannot be printed or serialized by accident: `Debug` shows only the name of the type, so that no log line,
//! panic message or derived `Debug` reveals the text, and none implements `Serialize`. A response with a secret uses
//! [`serialize`] at the field; a server function, where no attribute is possible, takes [`Sent`]. The text is
//! overwritten in memory when the value is dropped.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use std::fmt;
use zeroize::{Zeroize as _, ZeroizeOnDrop};

/// A type of this module, for [`serialize`].
pub trait SecretText {
    /// Writes the plain text.
    ///
    /// # Errors
    /// Those of the serialiser.
    fn write<S: Serializer>(&self, output: S) -> Result<S::Ok, S::Error>;
}

/// A text that is overwritten in memory when it is dropped.
#[derive(Clone, PartialEq, Eq)]
struct Cleared(String);

impl Drop for Cleared {
    // Not inlined, so that the WebAssembly contains one copy of this and not one for each place that drops a secret.
    #[inline(never)]
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl ZeroizeOnDrop for Cleared {}

macro_rules! secret_text {
    ($(#[$about:meta])* $name:ident) => {
        $(#[$about])*
        #[derive(Clone, PartialEq, Eq)]
        pub struct $name(Cleared);

        impl $name {
            /// The text itself. Review every call of this function.
            pub fn expose(&self) -> &str {
                &self.0.0
            }
        }

        impl SecretText for $name {
            fn write<S: Serializer>(&self, output: S) -> Result<S::Ok, S::Error> {
                output.serialize_str(self.expose())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(Cleared(text))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
                String::deserialize(input).map(Self::from)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                schema::of_secret()
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                schema::NAME.into()
            }
        }
    };
}

secret_text! {
    /// An access token, a JWT (RFC 9068), not verified yet.
    AccessToken
}

secret_text! {
    /// A refresh token, not verified yet.
    RefreshToken
}

secret_text! {
    /// A token of either kind (RFC 7009, RFC 7662), not verified yet.
    AnyToken
}

secret_text! {
    /// A password as it was typed.
    PlainPassword
}

secret_text! {
    /// The secret of an OAuth client (RFC 6749 §2.3.1).
    ClientSecret
}

impl AnyToken {
    /// The same text as an access token.
    pub fn as_access_token(&self) -> AccessToken {
        AccessToken(self.0.clone())
    }

    /// The same text as a refresh token.
    pub fn as_refresh_token(&self) -> RefreshToken {
        RefreshToken(self.0.clone())
    }
}

/// For `serialize_with`: writes the plain text. This attribute and [`Sent`] are the only ways to serialize a secret.
///
/// # Errors
/// Those of the serialiser.
pub fn serialize<T: SecretText, S: Serializer>(secret: &T, output: S) -> Result<S::Ok, S::Error> {
    secret.write(output)
}

/// A secret as the argument of a server function, which the client must serialize. The macro that creates the request
/// accepts no serde attributes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Sent<T>(pub T);

impl<T> From<T> for Sent<T> {
    fn from(secret: T) -> Self {
        Self(secret)
    }
}

impl<T: SecretText> Serialize for Sent<T> {
    fn serialize<S: Serializer>(&self, output: S) -> Result<S::Ok, S::Error> {
        serialize(&self.0, output)
    }
}

/// One schema for all secrets; each field describes its own secret.
#[cfg(feature = "openapi")]
mod schema {
    use utoipa::openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type};

    pub const NAME: &str = "Secret";

    pub fn of_secret() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Password)))
            .description(Some("A password, a token or the secret of a client: keep it out of logs."))
            .into()
    }
}

/// For `deserialize_with`: checks that a text has the form of an access token, three parts that fit into a header
/// (RFC 7519 §3.1).
///
/// # Errors
/// For any other text. The client could not send it in a header, and would notice that only at the next request.
pub fn access_token<'de, D: Deserializer<'de>>(input: D) -> Result<AccessToken, D::Error> {
    checked(input, |text| text.split('.').count() == 3 && text.split('.').all(|part| !part.is_empty()))
}

/// For `deserialize_with`: checks that a text can be a refresh token. The server chooses the prefix, so any text of the
/// allowed characters is accepted.
///
/// # Errors
/// For any other text.
pub fn refresh_token<'de, D: Deserializer<'de>>(input: D) -> Result<RefreshToken, D::Error> {
    checked(input, |text| !text.is_empty())
}

fn checked<'de, D: Deserializer<'de>, T: From<String>>(input: D, looks_right: fn(&str) -> bool) -> Result<T, D::Error> {
    let text = String::deserialize(input)?;
    let of_base64url = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if text.bytes().all(of_base64url) && looks_right(&text) {
        Ok(T::from(text))
    } else {
        Err(D::Error::custom("not a token"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use zeroize::ZeroizeOnDrop;

    #[derive(Serialize, Deserialize)]
    struct Pair {
        #[serde(serialize_with = "serialize", deserialize_with = "access_token")]
        access: AccessToken,
        #[serde(serialize_with = "serialize", deserialize_with = "refresh_token")]
        refresh: RefreshToken,
    }

    fn pair(access: &str, refresh: &str) -> Result<Pair, serde_json::Error> {
        serde_json::from_value(serde_json::json!({ "access": access, "refresh": refresh }))
    }

    #[test]
    fn text_invalid_in_a_header_is_not_a_token() {
        let good = pair("a-1.b_2.c", "lkr_x-Y_9").expect("tokens");
        assert_eq!((good.access.expose(), good.refresh.expose()), ("a-1.b_2.c", "lkr_x-Y_9"));
        for bad in ["", " ", "***", "a.b", "a..c", "a.b.c.d", "a.b.c ", "a.b\r\nX: y.c", "ä.b.c", "a.\u{0}.c"] {
            assert!(pair(bad, "lkr_x").is_err(), "{bad:?}");
        }
        for bad in ["", " ", "***", "lkr_a b", "lkr_ä", "lkr_a\n"] {
            assert!(pair("a.b.c", bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn refresh_token_with_another_prefix_is_a_token() {
        for good in ["acme_x", "acme-portal_x-Y_9", "x"] {
            assert_eq!(pair("a.b.c", good).expect("tokens").refresh.expose(), good);
        }
    }

    #[test]
    fn debug_output_of_a_secret_hides_it() {
        let text = || "hunter2".to_owned();
        assert_eq!(format!("{:?}", AccessToken::from(text())), "AccessToken(…)");
        assert_eq!(format!("{:?}", RefreshToken::from(text())), "RefreshToken(…)");
        assert_eq!(format!("{:?}", AnyToken::from(text())), "AnyToken(…)");
        assert_eq!(format!("{:?}", ClientSecret::from(text())), "ClientSecret(…)");
        assert_eq!(format!("{:?}", Sent(PlainPassword::from(text()))), "Sent(PlainPassword(…))");
    }

    #[test]
    fn secret_in_a_response_or_request_is_plain_text() {
        let written = serde_json::to_string(&pair("a.b.c", "lkr_1").expect("tokens")).expect("serialises");
        assert_eq!(written, r#"{"access":"a.b.c","refresh":"lkr_1"}"#);
        let sent = Sent(PlainPassword::from("\"ü\"".to_owned()));
        let written = serde_json::to_string(&sent).expect("serialises");
        assert_eq!(written, r#""\"ü\"""#);
        assert_eq!(serde_json::from_str::<Sent<PlainPassword>>(&written).expect("is a text"), sent);
    }

    /// For a type that implements `Serialize`, two implementations apply, so the call is ambiguous and does not
    /// compile.
    trait NotSerialize<A> {
        fn holds() {}
    }
    impl<T> NotSerialize<()> for T {}
    impl<T: Serialize> NotSerialize<u8> for T {}

    #[test]
    fn secret_alone_does_not_serialise() {
        <AccessToken as NotSerialize<_>>::holds();
        <RefreshToken as NotSerialize<_>>::holds();
        <AnyToken as NotSerialize<_>>::holds();
        <PlainPassword as NotSerialize<_>>::holds();
        <ClientSecret as NotSerialize<_>>::holds();
    }

    #[test]
    fn secret_is_overwritten_when_dropped() {
        fn assert_overwritten<T: ZeroizeOnDrop>(_: &T) {}
        let text = || "hunter2".to_owned();
        assert_overwritten(&AccessToken::from(text()).0);
        assert_overwritten(&PlainPassword::from(text()).0);
    }
}
