//! Which client sends the request.

use super::Refusal;
use crate::settings::IntrospectionClient;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use latchkey_core::sessions::access_token::CLIENT_ID;
use latchkey_wire::ClientSecret;
use url::form_urlencoded;

/// The refusal of a client that tokens are not handed out to.
pub const OTHER_CLIENT: Refusal = Refusal::InvalidClient("Send client_id=latchkey, or none, and no secret.");

/// The refusal of a client that may not introspect.
pub const WRONG_SECRET: Refusal = Refusal::InvalidClient("The client's name or secret is wrong.");

/// A client's name and secret, as far as they were sent.
#[derive(Default)]
pub struct Credentials {
    pub id: Option<String>,
    pub secret: Option<ClientSecret>,
}

/// Lets the one client go on that tokens are handed out to. It is public (RFC 6749 §2.1): its name may be left out, and
/// it has no secret. A client that sends one is configured for another server.
///
/// # Errors
/// [`Refusal::InvalidClient`].
pub fn check_public(headers: &HeaderMap, sent: &Credentials) -> Result<(), Refusal> {
    let in_header = basic(headers)?.unwrap_or_default();
    let is_other = |sent: &Credentials| sent.secret.is_some() || sent.id.as_ref().is_some_and(|id| id != CLIENT_ID);
    if is_other(sent) || is_other(&in_header) {
        return Err(OTHER_CLIENT);
    }
    Ok(())
}

/// Lets the client of the introspection endpoint go on.
///
/// # Errors
/// [`Refusal::InvalidClient`]; [`Refusal::InvalidRequest`] if header and form differ, or both have a secret.
pub fn check_introspection(
    headers: &HeaderMap,
    in_form: Credentials,
    known: &IntrospectionClient,
) -> Result<(), Refusal> {
    let sent = match basic(headers)? {
        Some(in_header) if in_header.secret.is_some() && in_form.secret.is_some() => {
            return Err(Refusal::InvalidRequest("Send the secret once: in the header Authorization or in the form."));
        }
        Some(in_header) if in_header.id.is_some() && in_form.id.is_some() && in_form.id != in_header.id => {
            return Err(Refusal::InvalidRequest("Send one client's name: header and form differ."));
        }
        Some(in_header) => Credentials { id: in_header.id.or(in_form.id), secret: in_header.secret.or(in_form.secret) },
        None => in_form,
    };
    let (Some(id), Some(secret)) = (sent.id, sent.secret) else {
        return Err(Refusal::InvalidClient("Send the client's name and secret as HTTP Basic."));
    };
    let is_known = |id: &str, secret: &str| is_same(id, &known.id) & is_same(secret, known.secret.expose());
    // In the header both should be encoded as in a form before they are joined (RFC 6749 §2.3.1); curl does not do
    // that, and OAuth libraries do.
    if is_known(&id, secret.expose()) | is_known(&decoded(&id), &decoded(secret.expose())) {
        Ok(())
    } else {
        Err(WRONG_SECRET)
    }
}

/// By digests: how long it takes tells neither how much was right nor how long the secret is. For the same reason the
/// callers look at name and secret, whatever comes of the first.
fn is_same(one: &str, other: &str) -> bool {
    let [one, other] = [one, other].map(|text| digest(&SHA256, text.as_bytes()));
    verify_slices_are_equal(one.as_ref(), other.as_ref()).is_ok()
}

/// What a header `Authorization` of the kind Basic says, if there is one. Any other kind is a user's, and is ignored,
/// as it is wherever tokens are refreshed.
fn basic(headers: &HeaderMap) -> Result<Option<Credentials>, Refusal> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter().filter_map(|value| {
        let (scheme, rest) = value.to_str().ok()?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("basic").then_some(rest)
    });
    let Some(encoded) = values.next() else { return Ok(None) };
    let sent = STANDARD.decode(encoded.trim()).ok().and_then(|bytes| {
        let text = String::from_utf8(bytes).ok()?;
        let (id, secret) = text.split_once(':')?;
        // An empty part counts as absent, as in a form: RFC 6749 §2.3.1 lets a client leave out a secret that is empty.
        let part = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Some(Credentials { id: part(id), secret: part(secret).map(ClientSecret::from) })
    });
    match (sent, values.next()) {
        (Some(sent), None) => Ok(Some(sent)),
        _ => Err(Refusal::InvalidClient("The header Authorization is not HTTP Basic as it should be.")),
    }
}

fn decoded(text: &str) -> String {
    let pair = format!("x={text}");
    form_urlencoded::parse(pair.as_bytes()).next().map_or(String::new(), |(_, value)| value.into_owned())
}
