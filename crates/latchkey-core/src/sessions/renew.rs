//! New tokens for a session, and the end of every copy of the old ones.

use super::ClientInfo;
use super::caller::Caller;
use super::issue::{Issued, issue};
use super::lifecycle::Generation;
use super::refresh_token::RowSecret;
use super::service::Sessions;
use super::start::StartError;
use crate::random;
use crate::store::{self, StoreError, Transaction, sessions::Renewal};

/// Gives the caller's session a new secret and its next generation, as part of a bigger change; the caller commits. From
/// the commit on, tokens of the generations before are refused, and so are tokens that were forged with the old secret.
/// `None` if the session is over.
///
/// # Errors
/// [`StartError`].
pub async fn renew(
    sessions: &Sessions,
    tx: &mut Transaction,
    caller: &Caller,
    client: &ClientInfo,
) -> Result<Option<Issued>, StartError> {
    let (now, keyring) = (sessions.database.clock.now(), sessions.keyring());
    let mut session = caller.session.clone();
    let idle_expires_at = now.after(sessions.rules.lives.lifetime(session.persistence).idle);
    session.state.idle_expires_at = idle_expires_at.min(session.state.absolute_expires_at);
    session.secret = RowSecret::from_bytes(random::bytes(&*sessions.database.random));
    session.tag_key = Some(keyring.newest_secret_id().to_owned());
    let renewal = Renewal {
        id: session.id,
        secret: session.secret.to_text(),
        tag_key: keyring.newest_secret_id().to_owned(),
        now,
        ip: client.ip.clone(),
        network: client.network(),
        user_agent: client.user_agent.clone(),
        idle_expires_at: session.state.idle_expires_at,
    };
    let Some(head) = store::sessions::renew(tx, renewal).await? else { return Ok(None) };
    let head = u32::try_from(head).map_err(|_| StoreError::Damaged("sessions.generation".to_owned()))?;
    session.state.head = Generation(head);
    Ok(Some(issue(sessions, &keyring, session, now)?))
}
