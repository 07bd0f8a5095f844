//! What an administrator does to sessions, at the command line.

use super::device::describe;
use super::revoke::{end, end_all_but};
use super::{Device, EventKind, SessionId, record};
use crate::api::error::EndReason;
use crate::api::sessions::Device as DeviceName;
use crate::server::state::Ledger;
use crate::server::store::{self, StoreError, Transaction, sessions::LiveRow};
use std::time::Duration;

/// Sessions that end in one transaction: whoever waits to write comes between two of them.
const BATCH: u32 = 500;

/// Between two transactions. Another process that waits to write only looks now and then whether it may.
const REST: Duration = Duration::from_millis(10);

/// What came of ending one session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    Ended,
    /// It had ended before.
    WasOver,
    /// There is none with this id.
    Unknown,
}

/// The live sessions of a user, or of everybody, by user, the one last seen first; and what each device is.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn live(ledger: &Ledger, user_id: Option<&str>) -> Result<Vec<(LiveRow, DeviceName)>, StoreError> {
    let rows = store::sessions::live(&ledger.store, user_id, ledger.clock.now()).await?;
    let named = |row: LiveRow| {
        let device = describe(row.user_agent.as_deref());
        (row, device)
    };
    Ok(rows.into_iter().map(named).collect())
}

/// Ends one session, whoever's it is.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn end_one(ledger: &Ledger, id: &str) -> Result<Ending, StoreError> {
    let Some(id) = SessionId::parse(id) else { return Ok(Ending::Unknown) };
    let Some(user_id) = store::sessions::owner(&ledger.store, &id.to_string()).await? else {
        return Ok(Ending::Unknown);
    };
    let mut tx = ledger.store.begin().await?;
    let (reason, nobody) = (EndReason::RevokedByAdmin, Device::default());
    let ended = end(ledger, &mut tx, &user_id, id.to_string(), reason, &nobody).await?;
    tx.commit().await?;
    Ok(if ended { Ending::Ended } else { Ending::WasOver })
}

/// Ends all sessions of a user, as a step of a bigger change; answers how many were alive.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn end_all_of(
    ledger: &Ledger,
    tx: &mut Transaction,
    user_id: &str,
    reason: EndReason,
) -> Result<usize, StoreError> {
    end_all_but(ledger, tx, user_id, "", reason, &Device::default()).await
}

/// Ends all sessions of everybody, in steps that hold nobody up; answers how many were alive.
///
/// # Errors
/// [`StoreError::Unavailable`]; what has ended before stays so.
pub async fn end_all(ledger: &Ledger, reason: EndReason) -> Result<usize, StoreError> {
    let mut alive = 0;
    loop {
        let now = ledger.clock.now();
        let mut tx = ledger.store.begin().await?;
        let ended = store::sessions::revoke_some(&mut tx, BATCH, reason.as_str(), now).await?;
        for session in ended.iter().filter(|session| now.millis() < session.end) {
            let (id, kind) = (SessionId::parse(&session.id), EventKind::SessionRevoked(reason));
            record(ledger, &mut tx, &session.user_id, id, kind, &Device::default()).await?;
            alive += 1;
        }
        tx.commit().await?;
        if ended.is_empty() {
            return Ok(alive);
        }
        tokio::time::sleep(REST).await;
    }
}
