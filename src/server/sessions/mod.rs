//! Sessions: opened by a sign-in, kept alive by refreshes, ended for good by a revocation or by time.
//!
//! [`lifecycle`] decides, this module carries it out: each change is one write transaction, acknowledged only after its
//! commit.

pub mod access_token;
mod caller;
mod events;
pub mod keyring;
pub mod keyring_file;
pub mod lifecycle;
mod refresh_token;
mod session;

pub use caller::{AccessError, Caller, authenticate};
pub use events::{EventKind, record};
pub use refresh_token::{RefreshToken, RowSecret, SessionId};
pub use session::Session;

use super::accounts::User;
use super::clock::Timestamp;
use super::random;
use super::state::App;
use super::store::{self, StoreError, Transaction, sessions::NewSession};
use crate::api::Secret;
use crate::api::error::EndReason;
use crate::api::token::Tokens;
use access_token::{CLIENT_ID, Claims};
use lifecycle::{Decision, Generation, decide};

/// Where a request came from, for the session's row and the security log.
#[derive(Clone, Debug, Default)]
pub struct Device {
    pub ip: Option<String>,
    pub user_agent: Option<String>,
}

/// Fresh tokens, handed out only after the change behind them is on the disk.
pub struct Issued {
    access_token: Secret,
    access_expires_at: Timestamp,
    expires_in: u64,
    refresh_token: RefreshToken,
    refresh_expires_at: Timestamp,
    user: User,
}

/// Why a refresh token got nothing.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    #[error("refused: {0:?}")]
    Refused(EndReason),
    #[error(transparent)]
    Signing(#[from] SigningFailed),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a session could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Signing(#[from] SigningFailed),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The crypto library refused to sign, which it has no reason to.
#[derive(Debug, thiserror::Error)]
#[error("the access token could not be signed")]
pub struct SigningFailed;

/// Opens a session for a user, as part of a bigger change; the caller commits.
///
/// # Errors
/// [`StartError::Store`].
pub async fn start(
    app: &App,
    tx: &mut Transaction,
    user: User,
    remember: bool,
    device: &Device,
) -> Result<Issued, StartError> {
    let now = app.clock.now();
    let lifetime = app.settings.lifetime(remember);
    let absolute_expires_at = now.after(lifetime.absolute);
    let idle_expires_at = now.after(lifetime.idle).min(absolute_expires_at);
    let id = SessionId::from_bytes(random::bytes(&*app.random));
    let secret = RowSecret::from_bytes(random::bytes(&*app.random));
    let new = NewSession {
        id: id.to_string(),
        user_id: &user.id,
        secret: secret.to_text(),
        now,
        idle_expires_at,
        absolute_expires_at,
        remember,
        ip: device.ip.as_deref(),
        user_agent: device.user_agent.as_deref(),
    };
    store::sessions::insert(tx, new).await?;
    record(app, tx, &user.id, Some(id), EventKind::SignedIn, device).await?;
    Ok(issue(app, id, secret, Generation(0), idle_expires_at, absolute_expires_at, user, now)?)
}

/// Exchanges a refresh token, by the rules of [`lifecycle`].
///
/// `access_token`, if given, must be one of ours and of the same session; it may have expired.
///
/// # Errors
/// [`RefreshError::Refused`] with the reason; [`EndReason::Unknown`] for whatever is not a token of ours.
pub async fn refresh(
    app: &App,
    presented: &Secret,
    access_token: Option<&Secret>,
    device: &Device,
) -> Result<Issued, RefreshError> {
    let (token, _) = recognise(app, presented).await?;
    let companion_fits =
        access_token.is_none_or(|text| access_token::session_of(&app.keyring, text.expose()) == Some(token.session));

    let mut tx = app.store.begin().await?;
    let id = token.session.to_string();
    let row = store::sessions::lock(&mut tx, &id).await?.ok_or(RefreshError::Refused(EndReason::Unknown))?;
    let session = Session::try_from(row)?;
    let (now, standing) = (app.clock.now(), session.standing);
    match decide(&standing, token.generation, now, app.settings.retry_window) {
        // After the decision, so that a wrong companion cannot hide a replay.
        Decision::Rotate | Decision::Retry if !companion_fits => Err(RefreshError::Refused(EndReason::Unknown)),
        Decision::Rotate => {
            let head = standing.head.next();
            let idle_expires_at =
                now.after(app.settings.lifetime(session.remember).idle).min(standing.absolute_expires_at);
            store::sessions::rotate(&mut tx, &id, head.0, now, idle_expires_at).await?;
            let issued = issue_for(app, session, head, idle_expires_at, now)?;
            tx.commit().await?;
            Ok(issued)
        }
        Decision::Retry => {
            tracing::debug!(session = %id, "retry: the same refresh token again");
            Ok(issue_for(app, session, standing.head, standing.idle_expires_at, now)?)
        }
        Decision::End(reason) => {
            let kind = match reason {
                EndReason::Replayed => EventKind::ReplayDetected,
                reason => EventKind::SessionRevoked(reason),
            };
            end(app, &mut tx, &session, reason, kind, device).await?;
            tx.commit().await?;
            tracing::warn!(session = %id, reason = reason.as_str(), "session ended on presentation of a refresh token");
            Err(RefreshError::Refused(reason))
        }
        Decision::Refuse(reason) => Err(RefreshError::Refused(reason)),
    }
}

/// Ends the session of a refresh token, of whatever generation; answers whether it is a token of ours.
///
/// # Errors
/// [`StoreError::Unavailable`]: the session may still live, so the caller must be told.
pub async fn log_out(app: &App, presented: &Secret, device: &Device) -> Result<bool, StoreError> {
    match recognise(app, presented).await {
        Ok((_, session)) => {
            revoke(app, &session, EndReason::LoggedOut, EventKind::SignedOut, device).await?;
            Ok(true)
        }
        Err(RefreshError::Store(error)) => Err(error),
        Err(_) => Ok(false),
    }
}

/// Ends the session of a Bearer token; fine if it had ended before.
///
/// # Errors
/// [`AccessError::Refused`] when the token is not good for other reasons.
pub async fn log_out_bearer(app: &App, bearer: Secret, device: &Device) -> Result<(), AccessError> {
    if let Some(session) = caller::of_live_or_ended(app, &bearer).await? {
        revoke(app, &session, EndReason::LoggedOut, EventKind::SignedOut, device).await?;
    }
    Ok(())
}

/// Ends a session for good; fine if it had ended before.
async fn revoke(
    app: &App,
    session: &Session,
    reason: EndReason,
    kind: EventKind,
    device: &Device,
) -> Result<(), StoreError> {
    let mut tx = app.store.begin().await?;
    end(app, &mut tx, session, reason, kind, device).await?;
    tx.commit().await
}

async fn end(
    app: &App,
    tx: &mut Transaction,
    session: &Session,
    reason: EndReason,
    kind: EventKind,
    device: &Device,
) -> Result<(), StoreError> {
    let id = session.id.to_string();
    if store::sessions::revoke(tx, &id, reason.as_str(), app.clock.now()).await? {
        record(app, tx, &session.user.id, Some(session.id), kind, device).await?;
    }
    Ok(())
}

/// Finds the session of a presented refresh token and checks the tag. This reads only: what does not carry our tag
/// never reaches the writer, so a flood of made-up tokens cannot hold up those who have real ones.
async fn recognise(app: &App, presented: &Secret) -> Result<(RefreshToken, Session), RefreshError> {
    let unknown = RefreshError::Refused(EndReason::Unknown);
    let Some(token) = RefreshToken::parse(presented.expose()) else {
        return Err(unknown);
    };
    let Some(row) = store::sessions::find(&app.store, &token.session.to_string()).await? else {
        return Err(unknown);
    };
    let session = Session::try_from(row)?;
    if token.is_genuine(&app.keyring, session.secret) { Ok((token, session)) } else { Err(unknown) }
}

fn issue_for(
    app: &App,
    session: Session,
    head: Generation,
    idle_expires_at: Timestamp,
    now: Timestamp,
) -> Result<Issued, SigningFailed> {
    let absolute = session.standing.absolute_expires_at;
    issue(app, session.id, session.secret, head, idle_expires_at, absolute, session.user, now)
}

#[allow(clippy::too_many_arguments, reason = "two callers, and a struct for them would only repeat the names")]
fn issue(
    app: &App,
    id: SessionId,
    secret: RowSecret,
    generation: Generation,
    idle_expires_at: Timestamp,
    absolute_expires_at: Timestamp,
    user: User,
    now: Timestamp,
) -> Result<Issued, SigningFailed> {
    // Whole seconds are all that a JWT can say. Rounded up, so that a token lives as long as `expires_in` promises, but
    // never past its session.
    let session_end = absolute_expires_at.min(idle_expires_at);
    let expires_in = app.settings.access_token_ttl.min(session_end.since(now)).as_secs();
    let exp = now.after(app.settings.access_token_ttl).seconds_rounded_up().min(session_end.seconds());
    let claims = Claims {
        iss: app.settings.issuer().to_owned(),
        aud: app.settings.issuer().to_owned(),
        sub: user.id.clone(),
        client_id: CLIENT_ID.to_owned(),
        sid: id.to_string(),
        generation: generation.0,
        jti: random::id(&*app.random),
        iat: now.seconds(),
        exp,
        username: user.username.clone(),
        roles: user.roles.names(),
    };
    Ok(Issued {
        access_token: access_token::sign(&app.keyring, &claims).ok_or(SigningFailed)?,
        access_expires_at: Timestamp::from_millis(exp.saturating_mul(1000)),
        expires_in,
        refresh_token: RefreshToken::mint(&app.keyring, id, generation, secret),
        refresh_expires_at: idle_expires_at,
        user,
    })
}

impl From<Issued> for Tokens {
    fn from(issued: Issued) -> Self {
        Self {
            token: issued.access_token,
            refresh_token: issued.refresh_token.to_secret(),
            token_type: "Bearer".to_owned(),
            expires_in: issued.expires_in,
            expires_at: issued.access_expires_at.to_string(),
            refresh_token_expires_at: issued.refresh_expires_at.to_string(),
            user: (&issued.user).into(),
        }
    }
}
