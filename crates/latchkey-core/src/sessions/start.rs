//! Opening a session.

use super::events::{SecurityEvent, record};
use super::issue::{Issued, SigningFailed, issue};
use super::lifecycle::{Generation, SessionState};
use super::revoke::make_room;
use super::service::Sessions;
use super::session::Session;
use super::source::Source;
use super::{ClientInfo, Persistence, RowSecret, usual};
use crate::identity::User;
use crate::ids::SessionId;
use crate::random;
use crate::store::{self, StoreError, Transaction, sessions::NewSession};

/// Why a session could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Signing(#[from] SigningFailed),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Opens a session for a user, as part of a bigger change; the caller commits. If that makes one too many, the session
/// that has not been seen for longest makes room.
///
/// # Errors
/// [`StartError::Store`].
pub async fn start(
    sessions: &Sessions,
    tx: &mut Transaction,
    user: User,
    persistence: Persistence,
    client: &ClientInfo,
) -> Result<Issued, StartError> {
    make_room(sessions, tx, &user.id, client).await?;
    let now = sessions.database.clock.now();
    let keyring = sessions.keyring();
    let lifetime = sessions.rules.lives.lifetime(persistence);
    let absolute_expires_at = now.after(lifetime.absolute);
    let session = Session {
        id: SessionId::from_bytes(random::bytes(&*sessions.database.random)),
        user,
        secret: RowSecret::from_bytes(random::bytes(&*sessions.database.random)),
        retired_secrets: Vec::new(),
        tag_key: Some(keyring.newest_secret_id().to_owned()),
        state: SessionState {
            head: Generation(0),
            confirmed: Generation(0),
            valid_from: Generation(0),
            rotated_at: now,
            idle_expires_at: now.after(lifetime.idle).min(absolute_expires_at),
            absolute_expires_at,
            ended: None,
        },
        rotated_from: Source::of(client),
        end_is_written: false,
        created_at: now,
        last_seen_at: now,
        persistence,
    };
    let unusual = usual::record(tx, &session.user.id, client, now).await?;
    let new = NewSession {
        id: session.id,
        user_id: &session.user.id,
        secret: session.secret.to_text(),
        tag_key: keyring.newest_secret_id(),
        now,
        idle_expires_at: session.state.idle_expires_at,
        absolute_expires_at,
        remember: persistence.is_remembered(),
        ip: client.ip.as_deref(),
        network: session.rotated_from.network.clone(),
        user_agent: client.user_agent.as_deref(),
        new_network: unusual.network,
        new_device: unusual.device,
    };
    store::sessions::insert(tx, new).await?;
    record(&sessions.database, tx, &session.user.id, Some(session.id), SecurityEvent::SignedIn(unusual), client)
        .await?;
    Ok(issue(sessions, &keyring, session, now)?)
}
