//! Uses new tokens once, so that the server knows that they have arrived.

use super::SessionClient;
use crate::environment::Environment;

impl<E: Environment> SessionClient<E> {
    /// Uses the tokens that have just been stored in a call without other effects. From then on, the server rejects the
    /// previous tokens if they are presented from elsewhere. If another call uses the new tokens first, nothing is
    /// sent.
    pub(super) fn make_seen(&self) {
        self.0.is_unseen.set(true);
        self.environment().spawn(self.clone().confirm_unless_used());
    }

    async fn confirm_unless_used(self) {
        // The calls that wait for the tokens are sent first.
        self.environment().sleep(0).await;
        if self.0.is_unseen.take()
            && let Some(record) = self.record()
        {
            // If it fails, the next call confirms the tokens.
            self.environment().confirm(record.token).await;
        }
    }

    /// Records that a call to Latchkey's own server uses the newest tokens, so that no extra call is needed.
    pub fn note_use(&self) {
        self.0.is_unseen.set(false);
    }
}
