//! The real server, and every token that it has issued, as the clients remember them.

use super::places::SPOTS;
use super::promises;
use super::rules::{Access, GivenAccessToken, Model};
use super::rules::{Answer as Expected, Session};
use super::steps::{Step, USERS, Walk};
use crate::support::{Answer, PASSWORD, Server, Tokens};
use latchkey_core::clock::Timestamp;
use proptest_state_machine::StateMachineTest;
use serde_json::{Value, json};
use sqlx::{AnyConnection, Row as _};
use std::cell::Cell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::runtime::Runtime;

/// A row of the table `sessions`, read by another connection.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub user: String,
    pub head: i64,
    pub seen: i64,
    pub valid_from: i64,
    pub rotated_at: i64,
    pub rotated_from: (Option<String>, Option<String>),
    pub idle_end: i64,
    pub absolute_end: i64,
    pub revoked: Option<String>,
}

/// The other password, to which it is changed and back.
const OTHER: &str = "violet umbrella on a quiet tram";

pub type Rows = HashMap<String, Row>;

/// The effects of the last step, for the checks.
#[derive(Default)]
pub struct Evidence {
    pub step: Option<Step>,
    pub answer: Option<Answer>,
    pub before: Rows,
    pub after: Rows,
}

pub struct World {
    pub runtime: Runtime,
    server: Option<Server>,
    /// The connection that reads the rows; `None` until the first time after a start of the server.
    reader: Cell<Option<AnyConnection>>,
    pub usernames: Vec<&'static str>,
    /// By user; none before the registration.
    pub user_ids: Vec<Option<String>>,
    pub session_ids: Vec<String>,
    /// By session, then by generation.
    pub refreshes: Vec<Vec<String>>,
    pub accesses: Vec<String>,
    /// Whose access token that is.
    user_of: Vec<usize>,
    passwords: Vec<&'static str>,
    /// What a refresh token was exchanged for, by session and generation.
    pub successors: HashMap<(usize, usize), String>,
    /// The first absolute end and the first reason of the end that were seen of each session.
    pub absolute_ends: HashMap<String, i64>,
    pub revoked: HashMap<String, String>,
    pub evidence: Evidence,
    pub steps: AtomicUsize,
}

impl StateMachineTest for World {
    type SystemUnderTest = Self;
    type Reference = Walk;

    fn init_test(_: &Model) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let server = runtime.block_on(Server::start());
        Self {
            runtime,
            server: Some(server),
            reader: Cell::default(),
            usernames: vec!["ada", "grace", "mary"],
            user_ids: vec![None; USERS],
            session_ids: Vec::new(),
            refreshes: Vec::new(),
            accesses: Vec::new(),
            user_of: Vec::new(),
            passwords: vec![PASSWORD; USERS],
            successors: HashMap::new(),
            absolute_ends: HashMap::new(),
            revoked: HashMap::new(),
            evidence: Evidence::default(),
            steps: AtomicUsize::new(0),
        }
    }

    fn apply(mut world: Self, model: &Model, step: Step) -> Self {
        let answer = world.take(&step);
        let before = std::mem::take(&mut world.evidence.after);
        let after = world.rows();
        for (id, row) in &after {
            world.absolute_ends.entry(id.clone()).or_insert(row.absolute_end);
            if let Some(reason) = &row.revoked {
                world.revoked.entry(id.clone()).or_insert_with(|| reason.clone());
            }
        }
        if let Some(answer) = &answer {
            world.compare(model, &step, answer);
        }
        world.evidence = Evidence { step: Some(step), answer, before, after };
        world
    }

    fn check_invariants(world: &Self, model: &Model) {
        world.steps.fetch_add(1, Ordering::Relaxed);
        promises::check(world, model);
    }

    fn teardown(world: Self, model: Model) {
        promises::check_every_token(&world, &model);
        promises::check_overtaken_owners(&world, &model);
    }
}

impl World {
    pub fn server(&self) -> &Server {
        self.server.as_ref().unwrap()
    }

    pub fn refresh(&self, from: usize, refresh_token: &str) -> Answer {
        self.runtime.block_on(self.server().refresh_from(SPOTS[from].place, refresh_token))
    }

    pub fn get_me(&self, access_token: &str) -> Answer {
        self.runtime.block_on(self.server().get_as(access_token, "/api/me"))
    }

    pub fn rows(&self) -> Rows {
        self.runtime.block_on(async {
            let mut reader = match self.reader.take() {
                Some(reader) => reader,
                None => self.server().connect().await,
            };
            let rows = rows(&mut reader).await;
            self.reader.set(Some(reader));
            rows
        })
    }

    fn post(&self, path: &str, body: Value) -> Option<Answer> {
        Some(self.runtime.block_on(self.server().post(path, body)))
    }

    fn post_from(&self, from: usize, path: &str, body: Value) -> Option<Answer> {
        Some(self.runtime.block_on(self.server().post_from(SPOTS[from].place, path, body)))
    }

    fn post_as(&self, access: usize, path: &str, body: Value) -> Option<Answer> {
        Some(self.runtime.block_on(self.server().post_as(&self.accesses[access], path, body)))
    }

    fn take(&mut self, step: &Step) -> Option<Answer> {
        match *step {
            Step::LogIn { user, remember, from } => {
                let path = if self.user_ids[user].is_some() { "/api/auth/login" } else { "/api/auth/register" };
                let (username, password) = (self.usernames[user], self.passwords[user]);
                let body = json!({ "username": username, "password": password, "remember": remember });
                self.post_from(from, path, body)
            }
            Step::Refresh { session, generation, access_token, from } => {
                let mut body = json!({ "refreshToken": self.refreshes[session][generation] });
                match access_token {
                    GivenAccessToken::None => {}
                    GivenAccessToken::Access(access) => body["accessToken"] = json!(self.accesses[access]),
                    GivenAccessToken::Garbage => body["accessToken"] = json!("garbage"),
                }
                self.post_from(from, "/api/token/refresh", body)
            }
            // The thief reads, and the server does not notice.
            Step::Steal(_) => None,
            Step::UseAccess(access) => Some(self.get_me(&self.accesses[access])),
            Step::RevokeByRefresh { session, generation } => {
                self.post("/api/token/revoke", json!({ "refreshToken": self.refreshes[session][generation] }))
            }
            Step::RevokeByBearer(access) => self.post_as(access, "/api/token/revoke", json!({})),
            Step::RevokeOne { access, session } => {
                self.post_as(access, "/api/sessions/revoke", json!({ "id": self.session_ids[session] }))
            }
            Step::RevokeOthers(access) => self.post_as(access, "/api/sessions/revoke-others", json!({})),
            Step::ChangePassword { access, from } => {
                let user = self.user_of[access];
                let (current, new) =
                    (self.passwords[user], if self.passwords[user] == PASSWORD { OTHER } else { PASSWORD });
                let body = json!({ "currentPassword": current, "newPassword": new });
                let server = self.server();
                let changing =
                    server.post_as_from(SPOTS[from].place, &self.accesses[access], "/api/account/password", body);
                let answer = Some(self.runtime.block_on(changing));
                if answer.as_ref().is_some_and(|answer| answer.status == 200) {
                    self.passwords[user] = new;
                }
                answer
            }
            Step::MoveClock(by) => {
                let distance = Duration::from_millis(by.unsigned_abs());
                let clock = &self.server().clock;
                if by < 0 {
                    clock.set_back(distance)
                } else {
                    clock.advance(distance)
                }
                None
            }
            Step::Restart => {
                self.reader.take();
                let server = self.server.take();
                self.server = server.map(|server| self.runtime.block_on(server.restart(&[])));
                None
            }
        }
    }

    /// The server must answer as the model does, to the last field.
    fn compare(&mut self, model: &Model, step: &Step, answer: &Answer) {
        let context = format!("{step:?} at {}: {} {}", model.now, answer.status, answer.text);
        match model.answer {
            Expected::Tokens { session, expires_in } => {
                assert!(matches!(answer.status, 200 | 201), "{context}");
                self.keep(model, step, session, expires_in, &answer.tokens());
            }
            Expected::Refused(reason) => {
                assert_eq!(answer.status, 400, "{context}");
                answer.refused(reason);
            }
            Expected::Wait(seconds) => {
                assert_eq!(answer.status, 503, "{context}");
                assert_eq!(answer.problem(503, "unavailable")["retryAfter"], seconds, "{context}");
                assert_eq!(answer.header("retry-after"), seconds.to_string(), "{context}");
            }
            Expected::Unauthorized(reason) => {
                assert_eq!(answer.status, 401, "{context}");
                assert_eq!(answer.problem(401, "invalid_token")["reason"], reason, "{context}");
            }
            Expected::Welcome(user) => {
                assert_eq!(answer.status, 200, "{context}");
                assert_eq!(answer.json()["user"]["username"], self.usernames[user], "{context}");
            }
            Expected::Revoked(ended) => {
                assert_eq!(answer.status, 200, "{context}");
                assert_eq!(answer.json()["revoked"], ended, "{context}");
            }
            Expected::NotFound => {
                assert_eq!(answer.status, 404, "{context}");
                answer.problem(404, "not_found");
            }
            Expected::Done => assert_eq!(answer.status, 204, "{context}"),
            Expected::None => panic!("an answer that the model does not know: {context}"),
        }
    }

    fn keep(&mut self, model: &Model, step: &Step, session: usize, expires_in: i64, tokens: &Tokens) {
        let Session { user, head, idle_end, .. } = model.sessions[session];
        let Access { generation, issued, expires, .. } = *model.accesses.last().unwrap();
        let claims = tokens.claims();
        assert_eq!(claims["gen"], generation, "{step:?}");
        assert_eq!(claims["iat"], issued, "{step:?}");
        assert_eq!(claims["exp"], expires, "{step:?}");
        assert_eq!(tokens.all["expiresIn"], expires_in, "{step:?}");
        assert_eq!(tokens.all["expiresAt"], Timestamp::from_millis(expires * 1000).to_string(), "{step:?}");
        assert_eq!(tokens.all["refreshTokenExpiresAt"], Timestamp::from_millis(idle_end).to_string(), "{step:?}");
        assert_eq!(tokens.all["user"]["username"], self.usernames[user], "{step:?}");

        let user_id = self.user_ids[user].get_or_insert_with(|| claims["sub"].as_str().unwrap().to_owned());
        assert_eq!(claims["sub"], *user_id, "{step:?}");
        if session == self.session_ids.len() {
            self.session_ids.push(claims["sid"].as_str().unwrap().to_owned());
            self.refreshes.push(Vec::new());
        }
        assert_eq!(claims["sid"], self.session_ids[session], "{step:?}");
        if head == self.refreshes[session].len() {
            self.refreshes[session].push(tokens.refresh.clone());
        }
        assert_eq!(tokens.refresh, self.refreshes[session][head], "{step:?}");
        self.accesses.push(tokens.access.clone());
        self.user_of.push(user);
        if let Step::Refresh { session, generation, .. } = *step {
            let successor = self.successors.entry((session, generation)).or_insert_with(|| tokens.refresh.clone());
            assert_eq!(*successor, tokens.refresh, "promise 2: two successes for one parent return the same token");
        }
    }
}

async fn rows(reader: &mut AnyConnection) -> Rows {
    let query = "SELECT id, user_id, generation, confirmed_generation, rotated_at, idle_expires_at,
                        absolute_expires_at, revoke_reason, rotated_network, rotated_user_agent, valid_from_generation
                 FROM sessions";
    let rows = sqlx::query(query).fetch_all(reader).await.unwrap();
    let row = |row: sqlx::any::AnyRow| {
        let content = Row {
            user: row.get(1),
            head: row.get(2),
            seen: row.get(3),
            rotated_at: row.get(4),
            rotated_from: (row.get(8), row.get(9)),
            idle_end: row.get(5),
            absolute_end: row.get(6),
            revoked: row.get(7),
            valid_from: row.get(10),
        };
        (row.get(0), content)
    };
    rows.into_iter().map(row).collect()
}
