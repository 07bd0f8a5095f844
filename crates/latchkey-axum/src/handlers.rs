//! The operations of the API, one function each. The routes in [`routes`](crate::routes) and Leptos server functions
//! both call them. Each function calls the service and maps the error.
//!
//! The [OpenAPI document](crate::openapi) lists all errors of each operation.

use crate::request::RequestContext;
use latchkey_core::accounts::NewAccount;
use latchkey_core::ids::SessionId;
use latchkey_core::sessions::{Cursor, Persistence};
use latchkey_wire::{
    ApiError, ChangePasswordRequest, DeleteAccountRequest, EventPage, ListedSession, LoginRequest, Me, PasswordAdvice,
    PasswordAdviceRequest, REMEMBER_BY_DEFAULT, RefreshRequest, RegisterRequest, RevokeRequest, RevokeSessionRequest,
    Revoked, SecurityLogQuery, Tokens,
};

/// Creates an account and signs in with it.
///
/// # Errors
/// [`ApiError::ValidationFailed`] with a message for each wrong field; [`ApiError::UsernameTaken`].
pub async fn register(request: &RequestContext, input: RegisterRequest) -> Result<Tokens, ApiError> {
    let RegisterRequest { username, password, display_name, fields, remember } = input;
    let new = NewAccount { username, password, display_name, fields: fields.unwrap_or_default() };
    Ok(request.state.accounts.register(new, persistence(remember), &request.client()).await?.into())
}

/// Signs in.
///
/// # Errors
/// [`ApiError::InvalidCredentials`], the same for an unknown user and a wrong password.
pub async fn log_in(request: &RequestContext, input: LoginRequest) -> Result<Tokens, ApiError> {
    let LoginRequest { username, password, remember } = input;
    let (accounts, client) = (&request.state.accounts, request.client());
    Ok(accounts.log_in(username, password, persistence(remember), &client).await?.into())
}

/// Checks a password by the rules of [`register`] and [`change_password`], for a user with these names. The caller need
/// not be signed in, and nothing is stored.
///
/// # Errors
/// [`ApiError::Unavailable`] when the server is too busy.
pub async fn advise_password(
    request: &RequestContext,
    input: PasswordAdviceRequest,
) -> Result<PasswordAdvice, ApiError> {
    let [username, display_name] = [input.username, input.display_name].map(Option::unwrap_or_default);
    let (accounts, client) = (&request.state.accounts, request.client());
    Ok(accounts.advise_password(&username, &display_name, &input.password, &client).await?)
}

/// Exchanges the newest refresh token of a session for the next one and a fresh access token.
///
/// # Errors
/// [`ApiError::InvalidGrant`] when the session has ended or this server did not issue the token. Only this error means
/// that the user is signed out; after any other the client may retry with the same token.
pub async fn refresh(request: &RequestContext, input: RefreshRequest) -> Result<Tokens, ApiError> {
    let RefreshRequest { refresh_token, access_token } = input;
    let (sessions, client) = (&request.state.sessions, request.client());
    Ok(sessions.refresh(&refresh_token, access_token.as_ref(), &client).await?.into())
}

/// Revokes the session of the given refresh token. Without one, or if that has no effect (this server did not issue it, or
/// the password was changed since), revokes the session of the access token in the `Authorization` header. Succeeds also
/// if the session has ended before, and for an unknown refresh token alone (RFC 7009 §2.2).
///
/// # Errors
/// [`ApiError::InvalidToken`] without a token; with an access token that is needed and not valid.
pub async fn revoke(request: &RequestContext, input: RevokeRequest) -> Result<(), ApiError> {
    let (sessions, bearer) = (&request.state.sessions, request.bearer.clone());
    Ok(sessions.log_out(input.refresh_token.as_ref(), bearer, &request.client()).await?)
}

/// The signed-in user and the session that the access token belongs to.
///
/// # Errors
/// [`ApiError::InvalidToken`] when the access token or its session is not valid.
pub async fn me(request: &RequestContext) -> Result<Me, ApiError> {
    Ok(request.caller().await?.into())
}

/// The live sessions of the signed-in user: the caller's first, then the others by last use.
///
/// # Errors
/// [`ApiError::InvalidToken`] when the access token or its session is not valid.
pub async fn list_sessions(request: &RequestContext) -> Result<Vec<ListedSession>, ApiError> {
    let caller = request.caller().await?;
    Ok(request.state.sessions.list(&caller).await?)
}

/// Revokes one of the user's sessions. Succeeds also if the session has ended before.
///
/// # Errors
/// [`ApiError::NotFound`] for a session that is not the user's own.
pub async fn revoke_session(request: &RequestContext, input: RevokeSessionRequest) -> Result<(), ApiError> {
    let caller = request.caller().await?;
    let id = SessionId::parse(&input.id).ok_or(ApiError::NotFound)?;
    Ok(request.state.sessions.revoke_one(&caller, id, &request.client()).await?)
}

/// Revokes all of the user's sessions except the caller's.
///
/// # Errors
/// [`ApiError::InvalidToken`] when the access token or its session is not valid.
pub async fn revoke_other_sessions(request: &RequestContext) -> Result<Revoked, ApiError> {
    let caller = request.caller().await?;
    Ok(Revoked { revoked: request.state.sessions.revoke_others(&caller, &request.client()).await? })
}

/// A page of the account's security log, newest first.
///
/// # Errors
/// [`ApiError::InvalidRequest`] when `before` is not the `next` of an earlier page.
pub async fn security_log(request: &RequestContext, input: SecurityLogQuery) -> Result<EventPage, ApiError> {
    let caller = request.caller().await?;
    let from = input.before.as_deref().map_or(Ok(Cursor::Newest), Cursor::parse)?;
    Ok(request.state.sessions.security_log(&caller, from).await?)
}

/// Changes the password. All other sessions of the user end; the caller's continues with the returned tokens.
///
/// # Errors
/// [`ApiError::ValidationFailed`] for `currentPassword` if it is wrong, for `newPassword` if it is not acceptable.
pub async fn change_password(request: &RequestContext, input: ChangePasswordRequest) -> Result<Tokens, ApiError> {
    let ChangePasswordRequest { current_password, new_password } = input;
    let (accounts, caller) = (&request.state.accounts, request.caller().await?);
    let client = request.client();
    Ok(accounts.change_password(&caller, &current_password, &new_password, &client).await?.into())
}

/// Deletes the account with its sessions and its security log.
///
/// # Errors
/// [`ApiError::ValidationFailed`] for `password` if it is wrong.
pub async fn delete_account(request: &RequestContext, input: DeleteAccountRequest) -> Result<(), ApiError> {
    let caller = request.caller().await?;
    Ok(request.state.accounts.delete(&caller, &input.password, &request.client()).await?)
}

fn persistence(remember: Option<bool>) -> Persistence {
    Persistence::from_remember(remember.unwrap_or(REMEMBER_BY_DEFAULT))
}
