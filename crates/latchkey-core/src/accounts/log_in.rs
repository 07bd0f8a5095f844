//! Logging in.

use super::argon2id::{self, DUMMY_HASH, PasswordMatch};
use super::attempt::{AttemptKind, Checked, begin_attempt};
use super::count_key::key;
use super::service::Accounts;
use super::{AttemptError, HashingError, NormalizedPassword, Requester, Username, find_user, sign_in_limit};
use crate::detached::{Panicked, detached};
use crate::ids::UserId;
use crate::metrics::EntryOutcome;
use crate::random;
use crate::sessions::{self, ClientInfo, Issued, Persistence, StartError};
use crate::store::{self, StoreError, Transaction, login_failures::Failures, users::UserRow};
use latchkey_wire::PlainPassword;
use std::time::Duration;

/// Why a login failed.
#[derive(Debug, thiserror::Error)]
pub enum LogInError {
    #[error("unknown user, wrong password or disabled account")]
    InvalidCredentials,
    #[error(transparent)]
    Attempt(#[from] AttemptError),
    #[error(transparent)]
    Hashing(#[from] HashingError),
    #[error(transparent)]
    Session(#[from] StartError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Panicked(#[from] Panicked),
}

impl LogInError {
    fn outcome(&self) -> EntryOutcome {
        match self {
            Self::InvalidCredentials => EntryOutcome::Refused,
            Self::Attempt(error) => error.outcome(),
            Self::Hashing(error) => error.outcome(),
            Self::Session(_) | Self::Store(_) | Self::Panicked(_) => EntryOutcome::Failed,
        }
    }
}

/// Opens a session if the password is right.
///
/// An unknown user, a wrong password and a disabled account are answered alike, and do the same work: the same
/// questions to the database, one password hash, two commits. (The statement that writes to the security log runs for
/// any name, and writes nothing if no account has it.) So neither the answer nor the time it takes tells which
/// usernames exist.
///
/// It runs to its end whether or not the caller waits for it: an attempt that is counted is also written to the
/// security log, even if the client closes the connection as soon as it has sent the request.
///
/// # Errors
/// [`LogInError`].
pub async fn log_in(
    accounts: &Accounts,
    username: String,
    password: PlainPassword,
    persistence: Persistence,
    client: ClientInfo,
) -> Result<Issued, LogInError> {
    let accounts = accounts.clone();
    detached(async move {
        let entry = try_password(&accounts, &username, &password, persistence, &client).await;
        accounts.metrics.login(entry.as_ref().map_or_else(LogInError::outcome, |_| EntryOutcome::Succeeded));
        entry
    })
    .await
}

async fn try_password(
    accounts: &Accounts,
    username: &str,
    password: &PlainPassword,
    persistence: Persistence,
    client: &ClientInfo,
) -> Result<Issued, LogInError> {
    let parsed = Username::parse(username).ok();
    let row = find(accounts, parsed.as_ref()).await?;
    // Counted by the account's own key, so that clearing the counts of an account finds them.
    let name = row.as_ref().map(|row| &*row.username_key).or(parsed.as_ref().map(Username::key)).unwrap_or(username);
    let name = name.to_owned();
    let user_id = row.as_ref().map(|row| row.id.clone());
    let attempt =
        begin_attempt(accounts, AttemptKind::SignIn { username: &name, user_id: user_id.as_ref() }, client).await?;
    // The attempt may have waited for others: a password that was changed meanwhile is a previous one now.
    let row = find(accounts, parsed.as_ref()).await?;

    let presented = NormalizedPassword::presented(password);
    let stored_hash = row.as_ref().map_or(DUMMY_HASH, |row| &row.password_hash).to_owned();
    let previous = row.as_ref().and_then(|row| row.previous_hashes.clone());
    let checked = attempt.check(presented.clone(), stored_hash, previous).await?;
    if let Some(row) = row.filter(|row| checked.right && row.disabled_at.is_none())
        && let Some(issued) = open_session(accounts, row, presented, &checked, persistence, client).await?
    {
        return Ok(issued);
    }
    let user_id = user_id.as_ref();
    let mut tx = accounts.database.store.begin().await?;
    let limited = sign_in_limit::check_in(accounts, &mut tx, user_id).await;
    if checked.previous {
        checked.not_counted(&mut tx).await?;
    } else {
        checked.failed(&mut tx, accounts.database.clock.now()).await?;
    }
    let is_recorded = match user_id {
        Some(user_id) if checked.previous => is_first_in_an_hour(accounts, &mut tx, user_id).await?,
        Some(_) | None => true,
    };
    if is_recorded {
        sessions::record_failed_sign_in(&accounts.database, &mut tx, user_id, client).await?;
    }
    tx.commit().await?;
    limited?;
    Err(LogInError::InvalidCredentials)
}

async fn find(accounts: &Accounts, username: Option<&Username>) -> Result<Option<UserRow>, StoreError> {
    match username {
        Some(username) => find_user(&accounts.database.store, username).await,
        None => Ok(None),
    }
}

/// Whether this try with a previous password is the first one in an hour, which is then recorded. A forgotten program
/// tries it every second, and a line for each try would leave no room in the security log for anything else.
async fn is_first_in_an_hour(accounts: &Accounts, tx: &mut Transaction, user_id: &UserId) -> Result<bool, StoreError> {
    const EVERY: Duration = Duration::from_secs(60 * 60);
    // A row beside those of the counts, whose own count stays 0: when the last line was written.
    let (key, now) = (key("previous", user_id.as_str()), accounts.database.clock.now());
    let logged = store::login_failures::hold(tx, &key).await?;
    let is_first = logged.last_at > now || now.since(logged.last_at) >= EVERY;
    if is_first {
        store::login_failures::set(tx, &key, Some(user_id), Failures { count: 0, last_at: now }).await?;
        store::users::set_previous_tried(tx, user_id, now).await?;
    }
    Ok(is_first)
}

/// Opens a session for an account whose password has just been checked; `None` if the account has changed meanwhile.
async fn open_session(
    accounts: &Accounts,
    mut row: UserRow,
    password: NormalizedPassword,
    checked: &Checked,
    persistence: Persistence,
    client: &ClientInfo,
) -> Result<Option<Issued>, LogInError> {
    let requester = Requester::user_at(row.id.as_str(), client);
    loop {
        let mut kept_hash = row.password_hash.clone();
        if argon2id::is_outdated(&kept_hash)
            // If hashing is busy, the login still succeeds; the next one renews the hash.
            && let Ok(renewed) =
                accounts.passwords.hash(&requester, password.clone(), &random::bytes(&*accounts.database.random)).await
        {
            kept_hash = renewed;
        }

        let mut tx = accounts.database.store.begin().await?;
        // Hashing took its time. A password changed or an account disabled meanwhile must not end in a session.
        if store::users::confirm(&mut tx, &row.id, &row.password_hash, &kept_hash).await? {
            if let Err(limited) = sign_in_limit::check_in(accounts, &mut tx, Some(&row.id)).await {
                checked.not_counted(&mut tx).await?;
                tx.commit().await?;
                return Err(limited.into());
            }
            checked.succeeded(&mut tx).await?;
            let issued = sessions::start(&accounts.sessions, &mut tx, row.into(), persistence, client).await?;
            tx.commit().await?;
            return Ok(Some(issued));
        }
        drop(tx);
        // Perhaps a login at the same time has renewed the hash of the same password.
        let now = store::users::find(&accounts.database.store, &row.id).await?;
        let Some(now) = now.filter(|now| now.disabled_at.is_none() && now.password_hash != row.password_hash) else {
            return Ok(None);
        };
        let permit = accounts.passwords.permit(&requester)?;
        let compared = permit.verify(password.clone(), now.password_hash.clone(), None).await?;
        if compared != PasswordMatch::Current {
            return Ok(None);
        }
        row = now;
    }
}
