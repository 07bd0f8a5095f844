//! The model that the real server is compared with: the rules of a session, implemented a second time without code from
//! `src/` or `crates/`. Times are Unix milliseconds.

use super::places::{THIEF, is_same_client};

pub const SECOND: i64 = 1000;
pub const HOUR: i64 = 3600 * SECOND;
pub const DAY: i64 = 24 * HOUR;
pub const RETRY_WINDOW: i64 = 30 * SECOND;
const ACCESS_LIFE: i64 = 300 * SECOND;

/// Idle and absolute lifetime with and without "keep me signed in".
fn lifetimes(remember: bool) -> (i64, i64) {
    if remember { (7 * DAY, 30 * DAY) } else { (12 * HOUR, DAY) }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Model {
    pub now: i64,
    pub sessions: Vec<Session>,
    /// Every access token that was ever handed out, in that order.
    pub accesses: Vec<Access>,
    /// What the last step is answered with.
    pub answer: Answer,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    pub user: usize,
    pub remember: bool,
    pub head: usize,
    /// The newest generation whose access token has been used.
    pub seen: usize,
    /// The first generation after the last password change in this session.
    pub valid_from: usize,
    /// The newest generation that a client other than the thief was given.
    pub owned: usize,
    /// The generation that the thief holds a copy of.
    pub stolen: Option<usize>,
    /// The spot of the last rotation, or of the sign-in.
    pub rotated_from: usize,
    pub rotated_at: i64,
    pub idle_end: i64,
    pub absolute_end: i64,
    /// Why it was revoked, if it was.
    pub revoked: Option<&'static str>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Access {
    pub session: usize,
    pub generation: usize,
    /// Whether the thief was given it.
    pub stolen: bool,
    /// In seconds, as a JWT has them.
    pub issued: i64,
    pub expires: i64,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub enum Answer {
    #[default]
    None,
    /// The head of this session, and the newest of [`Model::accesses`], good for so many seconds from now.
    Tokens { session: usize, expires_in: i64 },
    /// 400 `invalid_grant` for this reason.
    Refused(&'static str),
    /// The user's own data.
    Welcome(usize),
    /// 503, to be tried again after so many seconds.
    Wait(i64),
    /// 200, so many sessions ended.
    Revoked(usize),
    /// 404.
    NotFound,
    /// 401 `invalid_token` for this reason.
    Unauthorized(&'static str),
    /// 204.
    Done,
}

/// The access token that comes along with a refresh.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum GivenAccessToken {
    None,
    /// This one, of whatever session and however old.
    Access(usize),
    Garbage,
}

/// What becomes of the head's parent when it is presented.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ParentGets {
    TheHead,
    /// So many seconds.
    ToWait(i64),
    TheEnd,
    /// It is from before a password change.
    Outdated,
}

impl Session {
    /// Why the session is over, if it is. A revocation is permanent, and so is an expiry once a client has been told of
    /// it: until then it depends on the time.
    pub fn end_reason(&self, now: i64) -> Option<&'static str> {
        let expired = now >= self.idle_end || now >= self.absolute_end;
        self.revoked.or(expired.then_some("expired"))
    }

    fn rotate(&mut self, now: i64, from: usize) {
        self.head += 1;
        self.rotated_at = now;
        self.rotated_from = from;
        self.idle_end = (now + lifetimes(self.remember).0).min(self.absolute_end);
    }

    /// What the head's parent gets at this spot.
    pub fn parent_gets(&self, now: i64, from: usize) -> ParentGets {
        let in_window = (now - self.rotated_at).abs() < RETRY_WINDOW;
        if self.head <= self.valid_from {
            ParentGets::Outdated
        } else if self.seen < self.head || (in_window && is_same_client(self.rotated_from, from)) {
            ParentGets::TheHead
        } else if in_window {
            let rest = self.rotated_at + RETRY_WINDOW - now;
            ParentGets::ToWait((rest + SECOND + SECOND - 1) / SECOND)
        } else {
            ParentGets::TheEnd
        }
    }
}

impl Model {
    pub fn log_in(&mut self, user: usize, remember: bool, from: usize) {
        let (idle, absolute) = lifetimes(remember);
        self.sessions.push(Session {
            user,
            remember,
            head: 0,
            seen: 0,
            valid_from: 0,
            owned: 0,
            stolen: None,
            rotated_from: from,
            rotated_at: self.now,
            idle_end: self.now + idle.min(absolute),
            absolute_end: self.now + absolute,
            revoked: None,
        });
        self.issue_tokens(self.sessions.len() - 1, from);
    }

    /// The thief copies what the owner holds.
    pub fn steal(&mut self, session: usize) {
        let row = &mut self.sessions[session];
        row.stolen = Some(row.owned);
        self.answer = Answer::None;
    }

    pub fn refresh(&mut self, session: usize, generation: usize, access_token: GivenAccessToken, from: usize) {
        let now = self.now;
        let fits = match access_token {
            GivenAccessToken::None => true,
            GivenAccessToken::Access(access) => self.accesses[access].session == session,
            GivenAccessToken::Garbage => false,
        };
        let row = &mut self.sessions[session];
        let is_head = generation == row.head;
        let parent_gets = if generation + 1 == row.head { row.parent_gets(now, from) } else { ParentGets::TheEnd };
        if let Some(reason) = row.end_reason(now) {
            row.revoked = Some(reason);
            self.answer = Answer::Refused(reason);
        } else if generation < row.valid_from {
            self.answer = Answer::Refused("password_changed");
        } else if let (false, ParentGets::ToWait(seconds)) = (is_head, parent_gets) {
            self.answer = Answer::Wait(seconds);
        } else if !is_head && parent_gets == ParentGets::TheEnd {
            row.revoked = Some("replayed");
            self.answer = Answer::Refused("replayed");
        } else if !fits {
            self.answer = Answer::Refused("unknown");
        } else {
            if is_head {
                row.rotate(now, from);
            }
            self.issue_tokens(session, from);
        }
    }

    fn issue_tokens(&mut self, session: usize, to: usize) {
        let row = &mut self.sessions[session];
        if to == THIEF {
            row.stolen = Some(row.head);
        } else {
            row.owned = row.head;
        }
        let end = row.idle_end.min(row.absolute_end);
        // A JWT counts whole seconds: rounded up for the token's own life, down for the session's end. The client is
        // told what is left of that, rounded down.
        let expires = ((self.now + ACCESS_LIFE + 999) / SECOND).min(end / SECOND);
        self.answer = Answer::Tokens { session, expires_in: (expires * SECOND - self.now).max(0) / SECOND };
        let (issued, stolen) = (self.now / SECOND, to == THIEF);
        let access = Access { session, generation: row.head, stolen, issued, expires };
        self.accesses.push(access);
    }

    pub fn use_access(&mut self, access: usize) {
        let Access { session, generation, issued, expires, .. } = self.accesses[access];
        let seconds = self.now / SECOND;
        let row = &mut self.sessions[session];
        let over = row.end_reason(self.now);
        self.answer = if seconds >= expires {
            Answer::Unauthorized("expired")
        } else if issued > seconds + 1 {
            Answer::Unauthorized("invalid")
        } else if over.is_some() {
            row.revoked = over;
            Answer::Unauthorized("session_ended")
        } else if generation < row.valid_from {
            Answer::Unauthorized("password_changed")
        } else {
            row.seen = row.seen.max(generation);
            Answer::Welcome(row.user)
        };
    }

    /// A token from before a password change ends nothing.
    pub fn revoke(&mut self, session: usize, generation: usize) {
        if generation >= self.sessions[session].valid_from {
            self.end(session, "logged_out");
        }
        self.answer = Answer::Done;
    }

    pub fn revoke_by_bearer(&mut self, access: usize) {
        let before = self.sessions.clone();
        self.use_access(access);
        // A revocation is not a use of the session. If the client is told that the session has ended, it stays ended
        // whatever the clock does next.
        self.sessions = before;
        if matches!(self.answer, Answer::Welcome(_) | Answer::Unauthorized("session_ended")) {
            self.revoke(self.accesses[access].session, self.accesses[access].generation);
        }
    }

    /// Ends one session from another; another user's session is not found.
    pub fn revoke_one(&mut self, access: usize, session: usize) {
        self.use_access(access);
        if let Answer::Welcome(user) = self.answer {
            let own = self.sessions[session].user == user;
            if own {
                self.end(session, "revoked");
            }
            self.answer = if own { Answer::Done } else { Answer::NotFound };
        }
    }

    pub fn revoke_others(&mut self, access: usize) {
        self.use_access(access);
        if let Answer::Welcome(user) = self.answer {
            let ended = self.end_others(user, self.accesses[access].session, "revoked");
            self.answer = Answer::Revoked(ended);
        }
    }

    pub fn change_password(&mut self, access: usize, from: usize) {
        self.use_access(access);
        if let Answer::Welcome(user) = self.answer {
            let session = self.accesses[access].session;
            self.end_others(user, session, "password_changed");
            let row = &mut self.sessions[session];
            row.rotate(self.now, from);
            row.valid_from = row.head;
            self.issue_tokens(session, from);
        }
    }

    /// Returns how many of them were live.
    fn end_others(&mut self, user: usize, kept: usize, reason: &'static str) -> usize {
        let others = self.sessions.iter_mut().enumerate().filter(|(index, row)| *index != kept && row.user == user);
        let mut alive = 0;
        for (_, row) in others {
            alive += usize::from(row.end_reason(self.now).is_none());
            row.revoked.get_or_insert(reason);
        }
        alive
    }

    /// The first reason is the one that stays.
    fn end(&mut self, session: usize, reason: &'static str) {
        self.sessions[session].revoked.get_or_insert(reason);
    }

    pub fn move_clock(&mut self, by: i64) {
        self.now += by;
        self.answer = Answer::None;
    }
}
