//! A client that records what the server has acknowledged, and fails the test if that does not hold later.
//!
//! Each client has its own accounts and sessions. A request without an answer may have been executed or not; the client
//! then presents the same token again, as the rules allow. Only the client's own revocation may end one of its
//! sessions.

use crate::http::{Api, Lost, Tokens};
use rand::Rng as _;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;

const MOST_SESSIONS: usize = 3;

/// The outcomes of the requests.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    pub acknowledged: u64,
    pub lost: u64,
    pub rotations: u64,
    /// Parents presented again, after a lost response or at random.
    pub retries: u64,
    /// Rotations with a lost response: how many had happened, and how many had not.
    pub lost_but_done: u64,
    pub lost_and_undone: u64,
    pub revocations: u64,
    pub registrations: u64,
    pub logins: u64,
}

/// A session from the client's view.
struct Held {
    tokens: Tokens,
    generation: u64,
    /// What `tokens.refresh` was got for, as long as neither of `tokens` has been used: it must give the same again.
    parent: Option<String>,
    /// A refresh or a revocation was asked for, and no answer came.
    refresh_lost: bool,
    revoke_lost: bool,
}

pub struct Client {
    name: String,
    rng: StdRng,
    accounts: Vec<String>,
    /// The account whose registration was asked for, and not answered.
    registering: Option<String>,
    sessions: Vec<Held>,
    /// Sessions that have ended.
    ended: Vec<Tokens>,
    pub tally: Tally,
}

impl Client {
    pub fn new(name: String, rng: StdRng) -> Self {
        Self {
            name,
            rng,
            accounts: vec![],
            registering: None,
            sessions: vec![],
            ended: vec![],
            tally: Tally::default(),
        }
    }

    /// Checks everything that was acknowledged, then sends requests until an answer fails to come. Calls `acknowledged`
    /// after each answer.
    pub fn work(&mut self, api: Api, acknowledged: impl Fn()) -> Lost {
        let lost = |client: &mut Self| -> Result<(), Lost> {
            client.check_everything(api, false)?;
            loop {
                client.send_random_request(api)?;
                client.tally.acknowledged += 1;
                acknowledged();
            }
        };
        self.tally.lost += 1;
        lost(self).unwrap_err()
    }

    /// Checks everything that was acknowledged, on a server that is no longer killed.
    pub fn settle(&mut self, api: Api) {
        self.check_everything(api, true).unwrap();
        for account in self.accounts.clone() {
            self.log_in(api, &account).unwrap();
        }
        for at in (0..self.sessions.len()).rev() {
            self.refresh(api, at).unwrap();
        }
    }

    fn check_everything(&mut self, api: Api, thoroughly: bool) -> Result<(), Lost> {
        for at in (0..self.sessions.len()).rev() {
            match self.rng.random_range(0..3) {
                0 => self.use_access_token(api, at)?,
                1 => self.present_parent_again(api, at)?,
                _ => self.refresh(api, at)?,
            }
        }
        let looked_at = if thoroughly { self.ended.len() } else { 2 };
        for tokens in self.ended.choose_multiple(&mut self.rng, looked_at) {
            api.refresh(&tokens.refresh)?.problem(400, "invalid_grant", Some("logged_out"));
            api.me(&tokens.access)?.problem(401, "invalid_token", Some("session_ended"));
        }
        Ok(())
    }

    fn send_random_request(&mut self, api: Api) -> Result<(), Lost> {
        if self.registering.is_some() || self.accounts.is_empty() {
            return self.register(api);
        }
        let any = self.rng.random_range(0..self.sessions.len().max(1));
        match self.rng.random_range(0..100) {
            _ if self.sessions.len() < MOST_SESSIONS => {
                let account = self.accounts.choose(&mut self.rng).unwrap().clone();
                self.log_in(api, &account)
            }
            0..60 => self.refresh(api, any),
            60..75 => self.present_parent_again(api, any),
            75..93 => self.use_access_token(api, any),
            93..99 => self.revoke(api, any),
            _ => self.register(api),
        }
    }

    fn register(&mut self, api: Api) -> Result<(), Lost> {
        let (name, count) = (&self.name, self.accounts.len());
        let account = self.registering.get_or_insert_with(|| format!("{name}-{count}")).clone();
        let answer = api.register(&account)?;
        match answer.status {
            201 => self.sessions.push(Held::new(answer.tokens())),
            _ => answer.problem(409, "username_taken", None), // it had happened; logging in will tell whether whole
        }
        self.registering = None;
        self.accounts.push(account.clone());
        self.tally.registrations += 1;
        if answer.status == 409 { self.log_in(api, &account) } else { Ok(()) }
    }

    fn log_in(&mut self, api: Api, account: &str) -> Result<(), Lost> {
        let tokens = api.log_in(account)?.tokens();
        self.sessions.push(Held::new(tokens));
        self.tally.logins += 1;
        Ok(())
    }

    fn refresh(&mut self, api: Api, at: usize) -> Result<(), Lost> {
        let held = &mut self.sessions[at];
        held.parent = None;
        let again = std::mem::replace(&mut held.refresh_lost, true);
        let answer = api.refresh(&held.tokens.refresh)?;
        held.refresh_lost = false;
        if held.revoke_lost && answer.status == 400 {
            answer.problem(400, "invalid_grant", Some("logged_out"));
            self.end(at);
            return Ok(());
        }
        let tokens = answer.tokens();
        assert_ne!(tokens.refresh, held.tokens.refresh, "a refresh gives the next generation");
        // An answer means that the revocation, if one was lost, had not happened.
        held.revoke_lost = false;
        held.parent = Some(std::mem::replace(&mut held.tokens, tokens).refresh);
        held.generation += 1;
        self.tally.rotations += 1;
        self.tally.retries += u64::from(again);
        Ok(())
    }

    fn present_parent_again(&mut self, api: Api, at: usize) -> Result<(), Lost> {
        let held = &mut self.sessions[at];
        let Some(parent) = held.parent.clone().filter(|_| !held.revoke_lost) else {
            return self.use_access_token(api, at);
        };
        let tokens = api.refresh(&parent)?.tokens();
        assert_eq!(tokens.refresh, held.tokens.refresh, "two successes for one parent differ");
        held.tokens = tokens;
        self.tally.retries += 1;
        Ok(())
    }

    fn use_access_token(&mut self, api: Api, at: usize) -> Result<(), Lost> {
        let held = &mut self.sessions[at];
        held.parent = None;
        let answer = api.me(&held.tokens.access)?;
        if held.revoke_lost && answer.status == 401 {
            answer.problem(401, "invalid_token", Some("session_ended"));
            self.end(at);
            return Ok(());
        }
        held.revoke_lost = false;
        let generation = answer.generation();
        if held.refresh_lost {
            assert!([held.generation, held.generation + 1].contains(&generation), "{generation}: {answer:?}");
            let done = generation > held.generation;
            self.tally.lost_but_done += u64::from(done);
            self.tally.lost_and_undone += u64::from(!done);
        } else {
            assert_eq!(generation, held.generation, "neither lost nor gained a rotation: {answer:?}");
        }
        Ok(())
    }

    fn revoke(&mut self, api: Api, at: usize) -> Result<(), Lost> {
        let held = &mut self.sessions[at];
        held.revoke_lost = true;
        let answer = api.revoke(&held.tokens.refresh)?;
        assert_eq!(answer.status, 204, "{answer:?}");
        self.end(at);
        self.tally.revocations += 1;
        Ok(())
    }

    fn end(&mut self, at: usize) {
        self.ended.push(self.sessions.swap_remove(at).tokens);
    }
}

impl Held {
    fn new(tokens: Tokens) -> Self {
        Self { tokens, generation: 0, parent: None, refresh_lost: false, revoke_lost: false }
    }
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.acknowledged += other.acknowledged;
        self.lost += other.lost;
        self.rotations += other.rotations;
        self.retries += other.retries;
        self.lost_but_done += other.lost_but_done;
        self.lost_and_undone += other.lost_and_undone;
        self.revocations += other.revocations;
        self.registrations += other.registrations;
        self.logins += other.logins;
    }
}
