//! Issues new tokens for a session after a password change, and invalidates the old ones.

use super::ClientInfo;
use super::caller::Caller;
use super::issue::IssuedTokens;
use super::lifecycle::Generation;
use super::refresh_token::RowSecret;
use super::service::Sessions;
use super::start::StartError;
use crate::hooks::ExtraClaims;
use crate::random;
use crate::store::{self, StoreError, Transaction, sessions::Renewal};

impl Sessions {
    /// Gives the caller's session a new secret and its next generation, as one step of a larger change; the caller of
    /// this method commits. From the commit on, the server rejects tokens of earlier generations, and tokens that were
    /// forged with the old secret. `None` if the session has ended.
    ///
    /// # Errors
    /// [`StartError`].
    pub(crate) async fn renew(
        &self,
        tx: &mut Transaction,
        caller: &Caller,
        claims: ExtraClaims,
        client: &ClientInfo,
    ) -> Result<Option<IssuedTokens>, StartError> {
        let (now, keyring) = (self.database.clock.now(), self.keyring());
        let tag_secret = keyring.secret_in_use(now);
        let mut session = caller.session.clone();
        let idle_expires_at = now.after(self.rules.lifetimes.for_session(session.persistence).idle);
        session.state.idle_expires_at = idle_expires_at.min(session.state.absolute_expires_at);
        session.secret = RowSecret::from_bytes(random::bytes(&*self.database.random));
        session.tag_key = tag_secret.tag_key();
        let renewal = Renewal {
            id: session.id,
            secret: session.secret.to_text(),
            tag_key: tag_secret.id().to_owned(),
            now,
            ip: client.ip.clone(),
            network: client.network(),
            user_agent: client.user_agent.clone(),
            idle_expires_at: session.state.idle_expires_at,
        };
        let Some(head) = store::sessions::renew(tx, renewal).await? else { return Ok(None) };
        let head = u32::try_from(head).map_err(|_| StoreError::Damaged("sessions.generation".to_owned()))?;
        session.state.head = Generation(head);
        Ok(Some(self.issue(&keyring, session, claims, now)?))
    }
}
