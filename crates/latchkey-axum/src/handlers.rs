//! The operations of the API, a function each, whichever way a request comes in: by a route of [`routes`](crate::routes), or
//! by a server function of Leptos. Each extracts, calls the service, and maps the error.
//!
//! Their errors are those of the [OpenAPI document](crate::openapi), which names them for each operation.

use crate::request::RequestContext;
use latchkey_core::accounts::{self, Owner, Requester};
use latchkey_core::ids::SessionId;
use latchkey_core::sessions::{self, Cursor, Persistence};
use latchkey_wire::{
    ApiError, ChangePasswordRequest, DeleteAccountRequest, EventPage, ListedSession, LoginRequest, Me, PasswordAdvice,
    PasswordAdviceRequest, REMEMBER_BY_DEFAULT, RefreshRequest, RegisterRequest, RevokeRequest, RevokeSessionRequest,
    Revoked, SecurityLogQuery, Tokens,
};

/// Creates an account and signs in with it.
///
/// # Errors
/// [`ApiError::ValidationFailed`] with everything that is wrong, field by field; [`ApiError::UsernameTaken`].
pub async fn register(request: &RequestContext, input: RegisterRequest) -> Result<Tokens, ApiError> {
    let RegisterRequest { username, password, display_name, remember } = input;
    let (accounts, persistence) = (&request.state.accounts, persistence(remember));
    let client = request.client();
    Ok(accounts::register(accounts, &username, &password, display_name.as_deref(), persistence, &client).await?.into())
}

/// Signs in.
///
/// # Errors
/// [`ApiError::InvalidCredentials`], the same for an unknown user and a wrong password.
pub async fn log_in(request: &RequestContext, input: LoginRequest) -> Result<Tokens, ApiError> {
    let LoginRequest { username, password, remember } = input;
    let (accounts, persistence) = (&request.state.accounts, persistence(remember));
    Ok(accounts::log_in(accounts, username, password, persistence, request.client()).await?.into())
}

/// Judges a password as [`register`] and [`change_password`] do, for the person with these names. It needs no sign-in,
/// counts nothing and writes nothing.
///
/// # Errors
/// [`ApiError::Unavailable`] when the server is too busy to judge it.
pub async fn advise_password(
    request: &RequestContext,
    input: PasswordAdviceRequest,
) -> Result<PasswordAdvice, ApiError> {
    let [username, display_name] = [input.username, input.display_name].map(Option::unwrap_or_default);
    let public_url = &request.state.settings.public_url;
    let owner = Owner { username: &username, display_name: &display_name, public_url };
    let requester = Requester::at(&request.client());
    Ok(accounts::advise(&request.state.accounts.passwords, &requester, &input.password, owner).await?)
}

/// Exchanges the newest refresh token of a session for the next one and a fresh access token.
///
/// # Errors
/// [`ApiError::InvalidGrant`] when the session is over or the token is not one of ours. That is the only answer that
/// means "signed out"; after any other the same token may be presented again.
pub async fn refresh(request: &RequestContext, input: RefreshRequest) -> Result<Tokens, ApiError> {
    let RefreshRequest { refresh_token, access_token } = input;
    let (sessions, client) = (&request.state.sessions, request.client());
    Ok(sessions::refresh(sessions, &refresh_token, access_token.as_ref(), &client).await?.into())
}

/// Ends the session of the given refresh token, or else of the access token in the `Authorization` header; also one that
/// had ended before.
///
/// # Errors
/// [`ApiError::InvalidToken`] when neither token names a session of ours.
pub async fn revoke(request: &RequestContext, input: RevokeRequest) -> Result<(), ApiError> {
    let (sessions, bearer) = (&request.state.sessions, request.bearer.clone());
    Ok(sessions::log_out(sessions, input.refresh_token.as_ref(), bearer, &request.client()).await?)
}

/// The signed-in user and the session that the access token belongs to.
///
/// # Errors
/// [`ApiError::InvalidToken`] when the access token or its session is not valid.
pub async fn me(request: &RequestContext) -> Result<Me, ApiError> {
    Ok(request.caller().await?.into())
}

/// The live sessions of the signed-in user: this one first, then the one last seen.
///
/// # Errors
/// [`ApiError::InvalidToken`] when the access token or its session is not valid.
pub async fn list_sessions(request: &RequestContext) -> Result<Vec<ListedSession>, ApiError> {
    let caller = request.caller().await?;
    Ok(sessions::list(&request.state.sessions, &caller).await?)
}

/// Ends one of the user's sessions; also one that had ended before.
///
/// # Errors
/// [`ApiError::NotFound`] for a session that is not the user's own.
pub async fn revoke_session(request: &RequestContext, input: RevokeSessionRequest) -> Result<(), ApiError> {
    let caller = request.caller().await?;
    let id = SessionId::parse(&input.id).ok_or(ApiError::NotFound)?;
    Ok(sessions::revoke_one(&request.state.sessions, &caller, id, &request.client()).await?)
}

/// Ends all of the user's sessions but the one that asks.
///
/// # Errors
/// [`ApiError::InvalidToken`] when the access token or its session is not valid.
pub async fn revoke_other_sessions(request: &RequestContext) -> Result<Revoked, ApiError> {
    let caller = request.caller().await?;
    Ok(Revoked { revoked: sessions::revoke_others(&request.state.sessions, &caller, &request.client()).await? })
}

/// What happened to the account, newest first.
///
/// # Errors
/// [`ApiError::InvalidRequest`] when `before` is not what an earlier page gave as `next`.
pub async fn security_log(request: &RequestContext, input: SecurityLogQuery) -> Result<EventPage, ApiError> {
    let caller = request.caller().await?;
    let from = input.before.as_deref().map_or(Ok(Cursor::Newest), Cursor::parse)?;
    Ok(sessions::log(&request.state.database, &caller, from).await?)
}

/// Changes the password. All other sessions of the user end; this one goes on with the tokens in the answer.
///
/// # Errors
/// [`ApiError::ValidationFailed`] for `currentPassword` if it is wrong, for `newPassword` if it is not acceptable.
pub async fn change_password(request: &RequestContext, input: ChangePasswordRequest) -> Result<Tokens, ApiError> {
    let ChangePasswordRequest { current_password, new_password } = input;
    let (accounts, caller) = (&request.state.accounts, request.caller().await?);
    let client = request.client();
    Ok(accounts::change_password(accounts, &caller, &current_password, &new_password, &client).await?.into())
}

/// Deletes the account with everything that belongs to it: its sessions and its security log.
///
/// # Errors
/// [`ApiError::ValidationFailed`] for `password` if it is wrong.
pub async fn delete_account(request: &RequestContext, input: DeleteAccountRequest) -> Result<(), ApiError> {
    let caller = request.caller().await?;
    Ok(accounts::delete(&request.state.accounts, &caller, &input.password, &request.client()).await?)
}

fn persistence(remember: Option<bool>) -> Persistence {
    Persistence::from_remember(remember.unwrap_or(REMEMBER_BY_DEFAULT))
}
