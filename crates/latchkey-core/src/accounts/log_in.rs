//! Login with a username and a password.

use super::argon2id::{self, DUMMY_HASH, PasswordMatch};
use super::attempt::{AttemptKind, CheckedAttempt};
use super::count_key::count_key;
use super::service::Accounts;
use super::{AttemptError, HashingError, NormalizedPassword, Requester, Username, find_user};
use crate::detached::{TaskFailed, detached};
use crate::hooks::SignInKind;
use crate::identity::User;
use crate::ids::UserId;
use crate::metrics::EntryOutcome;
use crate::random;
use crate::sessions::{self, ClientInfo, IssuedTokens, Persistence, StartError};
use crate::store::{self, StoreError, Transaction, login_failures::Failures, users::UserRow};
use latchkey_wire::PlainPassword;
use std::time::Duration;

/// Why a login failed.
#[derive(Debug, thiserror::Error)]
pub enum LogInError {
    /// The user is unknown, the password is wrong, or the account is disabled.
    #[error("unknown user, wrong password or disabled account")]
    InvalidCredentials,
    /// The attempt was rejected before the password was checked.
    #[error(transparent)]
    Attempt(#[from] AttemptError),
    /// The password was not hashed.
    #[error(transparent)]
    Hashing(#[from] HashingError),
    /// The session could not be started.
    #[error(transparent)]
    Session(#[from] StartError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The task panicked, or the server was shut down.
    #[error(transparent)]
    TaskFailed(#[from] TaskFailed),
}

impl LogInError {
    fn outcome(&self) -> EntryOutcome {
        match self {
            Self::InvalidCredentials => EntryOutcome::Refused,
            Self::Attempt(error) => error.outcome(),
            Self::Hashing(error) => error.outcome(),
            Self::Session(_) | Self::Store(_) | Self::TaskFailed(_) => EntryOutcome::Failed,
        }
    }
}

impl Accounts {
    /// Starts a session if the password is right.
    ///
    /// An unknown user, a wrong password and a disabled account get the same response, and the server does the same
    /// work for each: the same queries, one password hash, two commits. (The statement that writes to the security log
    /// runs for any name, and writes nothing if no account has it.) So neither the response nor its time tells which
    /// usernames exist.
    ///
    /// The login completes even if the client disconnects, so that every counted attempt is written to the security
    /// log.
    ///
    /// # Errors
    /// [`LogInError`].
    pub async fn log_in(
        &self,
        username: String,
        password: PlainPassword,
        persistence: Persistence,
        client: &ClientInfo,
    ) -> Result<IssuedTokens, LogInError> {
        let (accounts, client) = (self.clone(), client.clone());
        detached(async move {
            let login = accounts.try_password(&username, &password, persistence, &client).await;
            accounts.metrics.login(login.as_ref().map_or_else(LogInError::outcome, |_| EntryOutcome::Succeeded));
            if let Ok(issued) = &login {
                accounts.report_sign_in(issued, SignInKind::Login, &client).await;
            }
            login
        })
        .await
    }

    async fn try_password(
        &self,
        username: &str,
        password: &PlainPassword,
        persistence: Persistence,
        client: &ClientInfo,
    ) -> Result<IssuedTokens, LogInError> {
        let parsed = Username::parse(username).ok();
        let row = self.find(parsed.as_ref()).await?;
        // The attempt is counted under the account's own key, so that clearing the counts of the account finds it.
        let key = row.as_ref().map(|row| &*row.username_key);
        let name = key.or(parsed.as_ref().map(Username::key)).unwrap_or(username).to_owned();
        let user_id = row.as_ref().map(|row| row.id.clone());
        let kind = AttemptKind::SignIn { username: &name, user_id: user_id.as_ref() };
        let attempt = self.begin_attempt(kind, client).await?;
        // The attempt may have waited for others: a password that was changed meanwhile is a previous one now.
        let row = self.find(parsed.as_ref()).await?;

        let presented = NormalizedPassword::presented(password);
        let stored_hash = row.as_ref().map_or(DUMMY_HASH, |row| &row.password_hash).to_owned();
        let previous = row.as_ref().and_then(|row| row.previous_hashes.clone());
        let checked = attempt.check(presented.clone(), stored_hash, previous).await?;
        if let Some(row) = row.filter(|row| checked.is_right() && row.disabled_at.is_none())
            && let Some(issued) = self.start_session(row, presented, &checked, persistence, client).await?
        {
            return Ok(issued);
        }
        let user_id = user_id.as_ref();
        let mut tx = self.database.store.begin_shared().await?;
        let limited = self.check_sign_in_limit_in(&mut tx, user_id).await;
        let is_previous = checked.password == PasswordMatch::Previous;
        if is_previous {
            checked.undo_count(&mut tx).await?;
        } else {
            checked.record_failure(&mut tx, self.database.clock.now()).await?;
        }
        let is_recorded = match user_id {
            Some(user_id) if is_previous => self.is_first_in_an_hour(&mut tx, user_id).await?,
            Some(_) | None => true,
        };
        if is_recorded {
            sessions::record_failed_sign_in(&self.database, &mut tx, user_id, client).await?;
        }
        tx.commit().await?;
        limited?;
        Err(LogInError::InvalidCredentials)
    }

    async fn find(&self, username: Option<&Username>) -> Result<Option<UserRow>, StoreError> {
        match username {
            Some(username) => find_user(&self.database.store, username).await,
            None => Ok(None),
        }
    }

    /// Whether this attempt with a previous password is the first one in an hour; only the first is recorded. A
    /// forgotten program may try every second, and an event for each try would leave no room in the security log for
    /// other events.
    async fn is_first_in_an_hour(&self, tx: &mut Transaction, user_id: &UserId) -> Result<bool, StoreError> {
        const INTERVAL: Duration = Duration::from_secs(60 * 60);
        // The table of counts also stores when the last such event was written, in a row whose count stays 0.
        let (key, now) = (count_key("previous", user_id.as_str()), self.database.clock.now());
        let logged = store::login_failures::hold(tx, &key).await?;
        let is_first = logged.last_at > now || now.since(logged.last_at) >= INTERVAL;
        if is_first {
            store::login_failures::set(tx, &key, Some(user_id), Failures { count: 0, last_at: now }).await?;
            store::users::set_previous_tried(tx, user_id, now).await?;
        }
        Ok(is_first)
    }

    /// Starts a session for an account whose password has just been checked; `None` if the account has changed
    /// meanwhile.
    async fn start_session(
        &self,
        mut row: UserRow,
        password: NormalizedPassword,
        checked: &CheckedAttempt,
        persistence: Persistence,
        client: &ClientInfo,
    ) -> Result<Option<IssuedTokens>, LogInError> {
        let requester = Requester::user_at(row.id.as_str(), client);
        loop {
            let mut kept_hash = row.password_hash.clone();
            if argon2id::is_outdated(&kept_hash)
                // If hashing is busy, the login still succeeds; the next one renews the hash.
                && let Ok(renewed) =
                    self.passwords.hash(&requester, password.clone(), &random::bytes(&*self.database.random)).await
            {
                kept_hash = renewed;
            }

            let user = User::from_row(row.clone(), self.sessions.user_fields())?;
            let claims = match self.sessions.hooks.extra_claims(&user).await {
                Ok(claims) => claims,
                // The password is right, so a failing hook must not make the user wait.
                Err(error) => {
                    let mut tx = self.database.store.begin_shared().await?;
                    checked.undo_count(&mut tx).await?;
                    tx.commit().await?;
                    return Err(StartError::from(error).into());
                }
            };
            let mut tx = self.database.store.begin_shared().await?;
            // If the password was changed or the account disabled during the hashing, no session may start.
            if store::users::confirm(&mut tx, &row.id, &row.password_hash, &kept_hash).await? {
                if let Err(limited) = self.check_sign_in_limit_in(&mut tx, Some(&row.id)).await {
                    checked.undo_count(&mut tx).await?;
                    tx.commit().await?;
                    return Err(limited.into());
                }
                checked.record_success(&mut tx).await?;
                let issued = self.sessions.start(&mut tx, user, claims, persistence, client).await?;
                tx.commit().await?;
                return Ok(Some(issued));
            }
            tx.discard().await?;
            // Perhaps a simultaneous login has renewed the hash of the same password.
            let now = store::users::find(&self.database.store, &row.id).await?;
            let Some(now) = now.filter(|now| now.disabled_at.is_none() && now.password_hash != row.password_hash)
            else {
                return Ok(None);
            };
            let permit = self.passwords.permit(&requester)?;
            let compared = permit.verify(password.clone(), now.password_hash.clone(), None).await?;
            if compared != PasswordMatch::Current {
                return Ok(None);
            }
            row = now;
        }
    }
}
