//! A server with the rules of `latchkey-core`: rotation by generation, retries of the parent, replays, password
//! changes, revocation and expiry.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use latchkey_wire::{AccessToken, ApiError, EndReason, FieldValues, RefreshToken, TokenError, Tokens, User};
use serde::Deserialize;

const RETRY_WINDOW_MS: i64 = 30_000;
const IDLE_MS: i64 = 7 * 86_400_000;

/// One session.
#[derive(Clone, Debug)]
pub struct Session {
    pub user: usize,
    pub head: u32,
    /// The newest generation of which an access token has been used.
    pub seen: u32,
    /// The first generation after the last password change.
    pub valid_from: u32,
    pub ended: Option<EndReason>,
    /// Ended by a replay of a parent whose retry was answered just before, long after its rotation.
    pub is_late_race: bool,
    answered_at_ms: i64,
    rotated_at_ms: i64,
    rotated_from: usize,
    idle_until_ms: i64,
    /// How many times the refresh token of each generation was exchanged with success.
    pub refreshes: Vec<u32>,
}

/// All sessions, by their number; the session `s3` has number 3.
pub struct Server {
    pub sessions: Vec<Session>,
    pub access_life_s: u64,
    issued: u32,
}

impl Default for Server {
    fn default() -> Self {
        Self { sessions: Vec::new(), access_life_s: 300, issued: 0 }
    }
}

#[derive(Deserialize)]
struct Claims {
    sid: String,
    r#gen: u32,
    exp: i64,
}

/// The number of a session in a `sid`.
pub fn number(sid: &str) -> usize {
    sid.strip_prefix('s').and_then(|number| number.parse().ok()).expect("a session of this server")
}

/// The number of the session of an access token.
pub fn session_of_access_token(token: &AccessToken) -> Option<usize> {
    claims(token).map(|claims| number(&claims.sid))
}

/// The number of the session of a refresh token.
pub fn session_of_token(token: &RefreshToken) -> usize {
    parse(token).expect("a token of this server").0
}

impl Server {
    pub fn log_in(&mut self, user: usize, from: usize, now_ms: i64) -> Tokens {
        self.sessions.push(Session {
            user,
            head: 0,
            seen: 0,
            valid_from: 0,
            ended: None,
            is_late_race: false,
            answered_at_ms: now_ms,
            rotated_at_ms: now_ms,
            rotated_from: from,
            idle_until_ms: now_ms + IDLE_MS,
            refreshes: vec![0],
        });
        self.issue(self.sessions.len() - 1, now_ms)
    }

    /// `POST /api/token/refresh`.
    pub fn refresh(&mut self, token: &RefreshToken, from: usize, now_ms: i64) -> Result<Tokens, ApiError> {
        let (number, generation) = parse(token).ok_or(ApiError::InvalidGrant(EndReason::Unknown))?;
        if let Some(reason) = self.end_reason(number, now_ms) {
            return Err(ApiError::InvalidGrant(reason));
        }
        let session = &mut self.sessions[number];
        if generation < session.valid_from {
            return Err(ApiError::InvalidGrant(EndReason::PasswordChanged));
        }
        if generation == session.head {
            session.head += 1;
            session.refreshes.push(0);
            session.rotated_at_ms = now_ms;
            session.rotated_from = from;
            session.idle_until_ms = now_ms + IDLE_MS;
        } else {
            let within_window = now_ms - session.rotated_at_ms < RETRY_WINDOW_MS;
            let is_parent = generation + 1 == session.head;
            let is_unseen = session.seen < session.head;
            if is_parent && !is_unseen && within_window && session.rotated_from != from {
                let rest_ms = RETRY_WINDOW_MS - (now_ms - session.rotated_at_ms);
                return Err(ApiError::Unavailable { retry_after: u32::try_from(rest_ms / 1_000).expect("small") + 1 });
            }
            if !is_parent || !(is_unseen || within_window) {
                session.ended = Some(EndReason::Replayed);
                session.is_late_race = is_parent && now_ms - session.answered_at_ms < RETRY_WINDOW_MS;
                return Err(ApiError::InvalidGrant(EndReason::Replayed));
            }
        }
        session.answered_at_ms = now_ms;
        session.refreshes[usize::try_from(generation).expect("small")] += 1;
        Ok(self.issue(number, now_ms))
    }

    /// `POST /api/token/revoke`.
    pub fn revoke(&mut self, token: &RefreshToken) {
        if let Some((number, generation)) = parse(token)
            && generation >= self.sessions[number].valid_from
        {
            self.sessions[number].ended.get_or_insert(EndReason::LoggedOut);
        }
    }

    /// Any call with an access token; the number of its session.
    pub fn call(&mut self, token: &AccessToken, now_ms: i64) -> Result<usize, ApiError> {
        let claims = claims(token).ok_or(ApiError::InvalidToken(TokenError::Invalid))?;
        let number = number(&claims.sid);
        if now_ms >= claims.exp {
            return Err(ApiError::InvalidToken(TokenError::Expired));
        }
        if self.end_reason(number, now_ms).is_some() {
            return Err(ApiError::InvalidToken(TokenError::SessionEnded));
        }
        let session = &mut self.sessions[number];
        if claims.r#gen < session.valid_from {
            return Err(ApiError::InvalidToken(TokenError::PasswordChanged));
        }
        session.seen = session.seen.max(claims.r#gen);
        Ok(number)
    }

    /// `POST /api/account/password`: ends the user's other sessions, and refuses this one's older tokens.
    pub fn change_password(&mut self, token: &AccessToken, from: usize, now_ms: i64) -> Result<Tokens, ApiError> {
        let number = self.call(token, now_ms)?;
        let user = self.sessions[number].user;
        for (other, session) in self.sessions.iter_mut().enumerate().filter(|(_, session)| session.user == user) {
            if other == number {
                session.head += 1;
                session.refreshes.push(0);
                session.valid_from = session.head;
                session.rotated_at_ms = now_ms;
                session.rotated_from = from;
                session.idle_until_ms = now_ms + IDLE_MS;
            } else {
                session.ended.get_or_insert(EndReason::PasswordChanged);
            }
        }
        Ok(self.issue(number, now_ms))
    }

    /// Why a session is over, if it is.
    pub fn end_reason(&self, number: usize, now_ms: i64) -> Option<EndReason> {
        let session = &self.sessions[number];
        session.ended.or((now_ms >= session.idle_until_ms).then_some(EndReason::Expired))
    }

    fn issue(&mut self, number: usize, now_ms: i64) -> Tokens {
        self.issued += 1;
        let (session, issued) = (&self.sessions[number], self.issued);
        let life_ms = i64::try_from(self.access_life_s).expect("a short life") * 1_000;
        let claims = serde_json::json!({
            "sid": format!("s{number}"), "gen": session.head, "exp": now_ms + life_ms, "jti": issued.to_string()
        });
        let claims = Base64UrlUnpadded::encode_string(claims.to_string().as_bytes());
        let name = format!("user{}", session.user);
        Tokens {
            token: AccessToken::from(format!("e30.{claims}.c2ln")),
            refresh_token: RefreshToken::from(format!("lkr_{number}-{}-{}", session.head, session.valid_from)),
            token_type: "Bearer".to_owned(),
            expires_in: self.access_life_s,
            expires_at: String::new(),
            refresh_token_expires_at: String::new(),
            user: User {
                id: session.user.to_string(),
                username: name.clone(),
                display_name: name,
                roles: Vec::new(),
                fields: FieldValues::default(),
            },
        }
    }
}

fn parse(token: &RefreshToken) -> Option<(usize, u32)> {
    let mut parts = token.expose().strip_prefix("lkr_")?.split('-');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

fn claims(token: &AccessToken) -> Option<Claims> {
    let payload = Base64UrlUnpadded::decode_vec(token.expose().split('.').nth(1)?).ok()?;
    serde_json::from_slice(&payload).ok()
}
