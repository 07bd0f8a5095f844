//! One HTTP exchange for each connection, so that it is clear what a killed server had answered.

use serde_json::Value;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Longer than the server may take, so that a broken server does not block the tests.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A whole answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    head: String,
    pub body: String,
}

/// No answer, or a part of one. The request may have been executed or not.
#[derive(Debug, PartialEq, Eq)]
pub struct Lost {
    pub received: usize,
}

/// The data that a client keeps.
#[derive(Clone, Debug)]
pub struct Tokens {
    pub access: String,
    pub refresh: String,
}

/// The API of the server at this address.
#[derive(Clone, Copy, Debug)]
pub struct Api(pub SocketAddr);

impl Api {
    pub fn get(self, path: &str) -> Result<Answer, Lost> {
        self.exchange(&format!("GET {path} HTTP/1.1\r\n"), "")
    }

    pub fn post(self, path: &str, body: &Value) -> Result<Answer, Lost> {
        self.exchange(&format!("POST {path} HTTP/1.1\r\nContent-Type: application/json\r\n"), &body.to_string())
    }

    pub fn me(self, access: &str) -> Result<Answer, Lost> {
        self.exchange(&format!("GET /api/me HTTP/1.1\r\nAuthorization: Bearer {access}\r\n"), "")
    }

    pub fn refresh(self, token: &str) -> Result<Answer, Lost> {
        self.post("/api/token/refresh", &serde_json::json!({ "refreshToken": token }))
    }

    pub fn revoke(self, token: &str) -> Result<Answer, Lost> {
        self.post("/api/token/revoke", &serde_json::json!({ "refreshToken": token }))
    }

    pub fn register(self, name: &str) -> Result<Answer, Lost> {
        self.post("/api/auth/register", &credentials(name))
    }

    pub fn log_in(self, name: &str) -> Result<Answer, Lost> {
        self.post("/api/auth/login", &credentials(name))
    }

    fn exchange(self, head: &str, body: &str) -> Result<Answer, Lost> {
        let request =
            format!("{head}Host: {}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}", self.0, body.len());
        let mut received = Vec::new();
        let mut converse = || -> std::io::Result<()> {
            let mut stream = TcpStream::connect_timeout(&self.0, TIMEOUT)?;
            stream.set_read_timeout(Some(TIMEOUT))?;
            stream.write_all(request.as_bytes())?;
            stream.read_to_end(&mut received)?;
            Ok(())
        };
        match converse() {
            // A reset after the last byte does not matter.
            Ok(()) | Err(_) => Answer::parse(&received).ok_or(Lost { received: received.len() }),
        }
    }
}

fn credentials(name: &str) -> Value {
    serde_json::json!({ "username": name, "password": "correct horse battery staple" })
}

impl Answer {
    /// `None` unless it has arrived whole.
    fn parse(received: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(received).ok()?;
        let (head, body) = text.split_once("\r\n\r\n")?;
        let status = head.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
        let answer = Self { status, head: head.to_owned(), body: body.to_owned() };
        let length = if status == 204 { 0 } else { answer.header("content-length")?.parse().ok()? };
        (body.len() == length).then_some(answer)
    }

    pub fn header(&self, wanted: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value)
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Asserts a success that hands out tokens.
    #[track_caller]
    pub fn tokens(&self) -> Tokens {
        assert!(matches!(self.status, 200 | 201), "{self:?}");
        let all = self.json();
        let text = |field: &str| all[field].as_str().unwrap().to_owned();
        Tokens { access: text("token"), refresh: text("refreshToken") }
    }

    /// Asserts an answer of `/api/me`; the generation that the session has got to.
    #[track_caller]
    pub fn generation(&self) -> u64 {
        assert_eq!(self.status, 200, "{self:?}");
        self.json()["session"]["generation"].as_u64().unwrap()
    }

    /// Asserts a problem with this status, and `code`, and `reason`.
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str, reason: Option<&str>) {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        let problem = self.json();
        assert_eq!(problem["code"], code, "{self:?}");
        assert_eq!(problem["reason"].as_str(), reason, "{self:?}");
    }

    /// Asserts a 503 with the time to retry.
    #[track_caller]
    pub fn unavailable(&self) {
        self.problem(503, "unavailable", None);
        let seconds = self.header("retry-after").and_then(|value| value.parse::<u32>().ok());
        assert!(seconds.is_some_and(|seconds| seconds >= 1), "{self:?}");
    }
}
