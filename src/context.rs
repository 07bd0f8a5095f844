//! What a server function can ask about the request that it is answering.

pub mod client_address;

use crate::state::App;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use latchkey_core::sessions::{self, Caller, ClientInfo};
use latchkey_wire::{AccessToken, ApiError, TokenFault};
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;

/// Longer ones are cut, in bytes: a browser's own is about 120.
const LONGEST_USER_AGENT: usize = 256;

/// The running server.
///
/// # Errors
/// [`ApiError::Internal`] outside a request.
pub fn app() -> Result<App, ApiError> {
    use_context().ok_or(ApiError::Internal)
}

/// The user who sent the request.
///
/// # Errors
/// [`ApiError::InvalidToken`] when the access token or its session is not valid.
pub async fn caller() -> Result<Caller, ApiError> {
    Ok(sessions::authenticate(&app()?.sessions, &bearer()?.map_err(ApiError::InvalidToken)?).await?)
}

/// The access token in the `Authorization` header (RFC 6750 §2.1), not looked at yet.
///
/// # Errors
/// [`ApiError::Internal`] outside a request; inside it, the header may lack a token.
pub fn bearer() -> Result<Result<AccessToken, TokenFault>, ApiError> {
    Ok(bearer_in(&parts()?.headers))
}

/// Where the request came from.
///
/// # Errors
/// [`ApiError::Internal`] outside a request.
pub fn client_info() -> Result<ClientInfo, ApiError> {
    Ok(client_info_of(&parts()?, &app()?))
}

/// The same for a route that is not a server function.
pub fn client_info_of(parts: &Parts, app: &App) -> ClientInfo {
    let user_agent = parts.headers.get(header::USER_AGENT).map(|value| stored_user_agent(value.as_bytes()));
    // An empty header says as much as none.
    let user_agent = user_agent.filter(|text| !text.is_empty());
    let ip = client_address::of(&parts.extensions, &parts.headers, &app.settings.trusted_proxies);
    ClientInfo { ip: ip.map(|ip| ip.to_string()), user_agent }
}

/// A user agent as it is kept: without control characters, and at most 256 bytes, cut between two characters.
fn stored_user_agent(sent: &[u8]) -> String {
    let mut text: String = String::from_utf8_lossy(sent).chars().filter(|c| !c.is_control()).collect();
    text.truncate(text.floor_char_boundary(LONGEST_USER_AGENT));
    text
}

/// Makes a success go out as 201.
pub fn created() {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.set_status(StatusCode::CREATED);
    }
}

fn parts() -> Result<Parts, ApiError> {
    use_context().ok_or(ApiError::Internal)
}

fn bearer_in(headers: &HeaderMap) -> Result<AccessToken, TokenFault> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next().ok_or(TokenFault::Missing)?;
    // Two headers: a proxy in front of us may have checked another one than we would use.
    if values.next().is_some() {
        return Err(TokenFault::Invalid);
    }
    let text = value.to_str().map_err(|_| TokenFault::Invalid)?;
    let (scheme, token) = text.split_once(' ').ok_or(TokenFault::Invalid)?;
    if scheme.eq_ignore_ascii_case("bearer") {
        Ok(AccessToken::from(token.to_owned()))
    } else {
        Err(TokenFault::Invalid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn parse(values: &[&'static str]) -> Result<AccessToken, TokenFault> {
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
        // Each byte that is not UTF-8 becomes three.
        assert_eq!(stored_user_agent(&[0xff; 300]), "\u{fffd}".repeat(85));
        assert_eq!(stored_user_agent(b"a\tb"), "ab");
    }

    #[test]
    fn one_bearer_token_and_nothing_else() {
        assert_eq!(parse(&["Bearer abc"]), Ok(AccessToken::from("abc".to_owned())));
        assert_eq!(parse(&["bearer abc"]), Ok(AccessToken::from("abc".to_owned())));
        assert_eq!(parse(&[]), Err(TokenFault::Missing));
        assert_eq!(parse(&["Basic abc"]), Err(TokenFault::Invalid));
        assert_eq!(parse(&["Bearer"]), Err(TokenFault::Invalid));
        assert_eq!(parse(&["Bearer abc", "Bearer abc"]), Err(TokenFault::Invalid));
    }
}
