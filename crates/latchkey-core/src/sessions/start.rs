//! Starts a session.

use super::events::{SecurityEvent, record};
use super::issue::{IssuedTokens, SigningFailed};
use super::lifecycle::{Generation, SessionState};
use super::service::Sessions;
use super::session::{RevocationRecord, Session};
use super::source::Source;
use super::{ClientInfo, Persistence, RowSecret, usual};
use crate::hooks::{ClaimsError, ExtraClaims};
use crate::identity::User;
use crate::ids::SessionId;
use crate::random;
use crate::store::{self, StoreError, Transaction, sessions::NewSession};

/// Why a session could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The application's claims could not be added to the access token.
    #[error(transparent)]
    Claims(#[from] ClaimsError),
    /// The access token could not be signed.
    #[error(transparent)]
    Signing(#[from] SigningFailed),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Sessions {
    /// Starts a session for a user and returns its first tokens. It is one step of a larger change: the caller commits
    /// the transaction, and sends the tokens only after that. It first revokes the user's least recently used sessions
    /// beyond [`max_sessions`](super::SessionRules::max_sessions).
    ///
    /// `claims` are those of the application. Their hook must have been called before the transaction began.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn start(
        &self,
        tx: &mut Transaction,
        user: User,
        claims: ExtraClaims,
        persistence: Persistence,
        client: &ClientInfo,
    ) -> Result<IssuedTokens, StartError> {
        self.revoke_excess(tx, &user.id, client).await?;
        let now = self.database.clock.now();
        let keyring = self.keyring();
        let tag_secret = keyring.secret_in_use(now);
        let lifetime = self.rules.lifetimes.for_session(persistence);
        let absolute_expires_at = now.after(lifetime.absolute);
        let session = Session {
            id: SessionId::from_bytes(random::bytes(&*self.database.random)),
            user,
            secret: RowSecret::from_bytes(random::bytes(&*self.database.random)),
            retired_secrets: Vec::new(),
            tag_key: tag_secret.tag_key(),
            state: SessionState {
                head: Generation(0),
                confirmed: Generation(0),
                valid_from: Generation(0),
                rotated_at: now,
                idle_expires_at: now.after(lifetime.idle).min(absolute_expires_at),
                absolute_expires_at,
                revoked: None,
            },
            rotated_from: Source::of(client),
            revocation_record: RevocationRecord::Missing,
            created_at: now,
            last_seen_at: now,
            persistence,
        };
        let unusual = usual::record(tx, &session.user.id, client, now).await?;
        let new = NewSession {
            id: session.id,
            user_id: &session.user.id,
            secret: session.secret.to_text(),
            tag_key: tag_secret.id(),
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
        record(&self.database, tx, &session.user.id, Some(session.id), SecurityEvent::SignedIn(unusual), client)
            .await?;
        Ok(self.issue(&keyring, session, claims, now)?)
    }
}
