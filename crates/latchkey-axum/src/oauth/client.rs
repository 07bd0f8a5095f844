//! Client authentication.

use super::OAuthFailure;
use crate::settings::IntrospectionClient;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use latchkey_core::sessions::access_token::CLIENT_ID;
use latchkey_wire::ClientSecret;
use url::form_urlencoded;

/// The error for a client that tokens are not issued to.
pub const OTHER_CLIENT: OAuthFailure = OAuthFailure::InvalidClient("Send client_id=latchkey, or none, and no secret.");

/// The error for a client that may not introspect.
pub const WRONG_SECRET: OAuthFailure = OAuthFailure::InvalidClient("The client's name or secret is wrong.");

/// The client's name and secret, if the request has them.
#[derive(Default)]
pub struct Credentials {
    pub id: Option<String>,
    pub secret: Option<ClientSecret>,
}

/// Accepts the one client that tokens are issued to. It is public (RFC 6749 §2.1): the name is optional, and there is
/// no secret. A client that sends a secret is configured for another server.
///
/// # Errors
/// [`OAuthFailure::InvalidClient`].
pub fn check_public(headers: &HeaderMap, sent: &Credentials) -> Result<(), OAuthFailure> {
    let in_header = basic(headers)?.unwrap_or_default();
    let is_other = |sent: &Credentials| sent.secret.is_some() || sent.id.as_ref().is_some_and(|id| id != CLIENT_ID);
    if is_other(sent) || is_other(&in_header) {
        return Err(OTHER_CLIENT);
    }
    Ok(())
}

/// Authenticates the client of the introspection endpoint.
///
/// # Errors
/// [`OAuthFailure::InvalidClient`]; [`OAuthFailure::InvalidRequest`] if header and form differ, or both have a secret.
pub fn check_introspection(
    headers: &HeaderMap,
    in_form: Credentials,
    known: &IntrospectionClient,
) -> Result<(), OAuthFailure> {
    let sent = match basic(headers)? {
        Some(in_header) if in_header.secret.is_some() && in_form.secret.is_some() => {
            return Err(OAuthFailure::InvalidRequest(
                "Send the secret once: in the header Authorization or in the form.",
            ));
        }
        Some(in_header) if in_header.id.is_some() && in_form.id.is_some() && in_form.id != in_header.id => {
            return Err(OAuthFailure::InvalidRequest("Send one client's name: header and form differ."));
        }
        Some(in_header) => Credentials { id: in_header.id.or(in_form.id), secret: in_header.secret.or(in_form.secret) },
        None => in_form,
    };
    let (Some(id), Some(secret)) = (sent.id, sent.secret) else {
        return Err(OAuthFailure::InvalidClient("Send the client's name and secret as HTTP Basic."));
    };
    let is_known = |id: &str, secret: &str| is_same(id, &known.id) & is_same(secret, known.secret.expose());
    // In the header, both should be form-encoded first (RFC 6749 §2.3.1). OAuth libraries do so, curl does not.
    if is_known(&id, secret.expose()) | is_known(&decoded(&id), &decoded(secret.expose())) {
        Ok(())
    } else {
        Err(WRONG_SECRET)
    }
}

/// Compares digests in constant time, so the duration reveals neither a common prefix nor the length of the secret. For
/// the same reason the caller uses `&` and `|`, which do not short-circuit.
fn is_same(one: &str, other: &str) -> bool {
    let [one, other] = [one, other].map(|text| digest(&SHA256, text.as_bytes()));
    verify_slices_are_equal(one.as_ref(), other.as_ref()).is_ok()
}

/// The credentials in an `Authorization` header of the scheme Basic. Other schemes, such as Bearer for users, are
/// ignored.
fn basic(headers: &HeaderMap) -> Result<Option<Credentials>, OAuthFailure> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter().filter_map(|value| {
        let (scheme, rest) = value.to_str().ok()?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("basic").then_some(rest)
    });
    let Some(encoded) = values.next() else { return Ok(None) };
    let sent = STANDARD.decode(encoded.trim()).ok().and_then(|bytes| {
        let text = String::from_utf8(bytes).ok()?;
        let (id, secret) = text.split_once(':')?;
        // An empty part counts as absent, as in a form: a client may omit an empty secret (RFC 6749 §2.3.1).
        let part = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Some(Credentials { id: part(id), secret: part(secret).map(ClientSecret::from) })
    });
    match (sent, values.next()) {
        (Some(sent), None) => Ok(Some(sent)),
        _ => Err(OAuthFailure::InvalidClient("The header Authorization is not HTTP Basic as it should be.")),
    }
}

fn decoded(text: &str) -> String {
    let pair = format!("x={text}");
    form_urlencoded::parse(pair.as_bytes()).next().map_or(String::new(), |(_, value)| value.into_owned())
}
