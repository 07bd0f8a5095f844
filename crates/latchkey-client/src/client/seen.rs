//! Using new tokens once, so that the server knows that they have arrived.

use super::SessionClient;
use crate::environment::Environment;

impl<E: Environment> SessionClient<E> {
    /// Uses the tokens that have just been stored, by a call that does nothing else: from then on the server refuses a
    /// copy of the tokens before them that is presented from elsewhere. Nothing is sent if another call uses the new
    /// tokens first.
    pub(super) fn make_seen(&self) {
        self.0.is_unseen.set(true);
        self.environment().spawn(self.clone().confirm_unless_used());
    }

    async fn confirm_unless_used(self) {
        // First come the calls that have been waiting for the tokens.
        self.environment().sleep(0).await;
        if self.0.is_unseen.take()
            && let Some(record) = self.record()
        {
            // If it fails, the next call does the same.
            self.environment().confirm(record.token).await;
        }
    }

    /// A call to Latchkey's own server goes out with the newest tokens, so they need no call of their own.
    pub fn note_use(&self) {
        self.0.is_unseen.set(false);
    }
}
