//! Ending sessions for good.

use super::caller;
use super::events::{EventKind, record};
use super::refresh::{RefreshError, recognise};
use super::session::Session;
use super::{AccessError, Device};
use crate::api::Secret;
use crate::api::error::{EndReason, TokenFault};
use crate::server::state::App;
use crate::server::store::{self, StoreError, Transaction};

/// Logs out: ends the session of the refresh token, of whatever generation, or else that of the Bearer token. Fine if it
/// had ended before (RFC 7009 §2.2), and if the refresh token is none of ours: then there is nothing to end.
///
/// # Errors
/// [`AccessError::Refused`] when there is no refresh token and the Bearer token is not good; [`AccessError::Store`]: the
/// session may still live, so the caller must be told.
pub async fn log_out(
    app: &App,
    refresh_token: Option<&Secret>,
    bearer: Result<Secret, TokenFault>,
    device: &Device,
) -> Result<(), AccessError> {
    let session = match refresh_token {
        Some(presented) => match recognise(app, presented).await {
            Ok((_, session)) => Some(session),
            Err(RefreshError::Store(error)) => return Err(error.into()),
            Err(_) => None,
        },
        None => None,
    };
    let session = match (session, bearer) {
        (Some(session), _) => Some(session),
        (None, Ok(bearer)) => caller::of_live_or_ended(app, &bearer).await?,
        (None, Err(_)) if refresh_token.is_some() => None,
        (None, Err(fault)) => return Err(AccessError::Refused(fault)),
    };
    if let Some(session) = session {
        revoke(app, &session, EndReason::LoggedOut, EventKind::SignedOut, device).await?;
    }
    Ok(())
}

/// Ends a session for good; fine if it had ended before.
pub(super) async fn revoke(
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
