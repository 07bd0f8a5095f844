//! The context of a request, for the handlers.

use crate::client_address;
use crate::state::ServerState;
use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderValue, header};
use latchkey_core::sessions::{Caller, ClientInfo};
use latchkey_wire::{AccessToken, ApiError, TokenError};
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;

/// The longest stored user agent, in bytes. A longer one is truncated; browsers send about 120 bytes.
const MAX_USER_AGENT: usize = 256;

/// The request without its body, and the server's state.
#[derive(Clone)]
pub struct RequestContext {
    /// The settings and services.
    pub state: Arc<ServerState>,
    ip: Option<IpAddr>,
    user_agent: Option<HeaderValue>,
    /// The access token in the `Authorization` header (RFC 6750 §2.1), not yet verified; or what is wrong with the
    /// header.
    pub bearer: Result<AccessToken, TokenError>,
}

impl RequestContext {
    /// Reads the headers of a request.
    pub fn new(state: Arc<ServerState>, extensions: &Extensions, headers: &HeaderMap) -> Self {
        let ip = client_address::find(extensions, headers, &state.settings.trusted_proxies);
        Self { state, ip, user_agent: headers.get(header::USER_AGENT).cloned(), bearer: bearer_in(headers) }
    }

    /// Creates the context with the state that the [pipeline](crate::pipeline) has put into the extensions. `None`
    /// outside the pipeline.
    pub fn in_pipeline(parts: &Parts) -> Option<Self> {
        let state = parts.extensions.get::<Arc<ServerState>>()?;
        Some(Self::new(state.clone(), &parts.extensions, &parts.headers))
    }

    /// The IP address and the user agent of the client.
    pub fn client(&self) -> ClientInfo {
        let user_agent = self.user_agent.as_ref().map(|value| stored_user_agent(value.as_bytes()));
        // An empty header counts as a missing one.
        let user_agent = user_agent.filter(|text| !text.is_empty());
        ClientInfo { ip: self.ip.map(|ip| ip.to_string()), user_agent }
    }

    /// The user who sent the request.
    ///
    /// # Errors
    /// [`ApiError::InvalidToken`] when the access token or its session is not valid.
    pub async fn caller(&self) -> Result<Caller, ApiError> {
        let bearer = self.bearer.as_ref().map_err(|fault| ApiError::InvalidToken(*fault))?;
        Ok(self.state.sessions.authenticate(bearer).await?)
    }
}

impl<S: Sync> FromRequestParts<S> for RequestContext
where
    Arc<ServerState>: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        Ok(Self::new(Arc::from_ref(state), &parts.extensions, &parts.headers))
    }
}

/// A user agent as it is stored: without control characters, and truncated to 256 bytes at a character boundary.
fn stored_user_agent(sent: &[u8]) -> String {
    let mut text: String = String::from_utf8_lossy(sent).chars().filter(|c| !c.is_control()).collect();
    text.truncate(text.floor_char_boundary(MAX_USER_AGENT));
    text
}

/// Reads the access token. The `headers` crate is not used, because it accepts the first of several headers.
fn bearer_in(headers: &HeaderMap) -> Result<AccessToken, TokenError> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next().ok_or(TokenError::Missing)?;
    // If there are two headers, a proxy may have checked a different one than this server would use.
    if values.next().is_some() {
        return Err(TokenError::Invalid);
    }
    let text = value.to_str().map_err(|_| TokenError::Invalid)?;
    let (scheme, token) = text.split_once(' ').ok_or(TokenError::Invalid)?;
    if scheme.eq_ignore_ascii_case("bearer") {
        Ok(AccessToken::from(token.to_owned()))
    } else {
        Err(TokenError::Invalid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(values: &[&'static str]) -> Result<AccessToken, TokenError> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::AUTHORIZATION, HeaderValue::from_static(value));
        }
        bearer_in(&headers)
    }

    #[test]
    fn user_agent_of_wide_characters_is_cut_at_256_bytes() {
        for (sent, kept) in
            [("x".repeat(256), 256), ("x".repeat(257), 256), ("é".repeat(300), 256), ("€".repeat(300), 255)]
        {
            let stored = stored_user_agent(sent.as_bytes());
            assert!(stored.len() == kept && sent.starts_with(&stored), "{stored}");
        }
        // Each byte that is not UTF-8 becomes three bytes.
        assert_eq!(stored_user_agent(&[0xff; 300]), "\u{fffd}".repeat(85));
        assert_eq!(stored_user_agent(b"a\tb"), "ab");
    }

    #[test]
    fn authorization_other_than_one_bearer_token_is_invalid() {
        assert_eq!(parse(&["Bearer abc"]), Ok(AccessToken::from("abc".to_owned())));
        assert_eq!(parse(&["bearer abc"]), Ok(AccessToken::from("abc".to_owned())));
        assert_eq!(parse(&[]), Err(TokenError::Missing));
        assert_eq!(parse(&["Basic abc"]), Err(TokenError::Invalid));
        assert_eq!(parse(&["Bearer"]), Err(TokenError::Invalid));
        assert_eq!(parse(&["Bearer abc", "Bearer abc"]), Err(TokenError::Invalid));
    }
}
