//! Example responses, made from the response types.

use crate::oauth::{ActiveToken, Introspection, TokenAnswer};
use latchkey_core::accounts::{ADD_WORDS, COMMON_PASSWORD};
use latchkey_core::sessions::access_token::CLIENT_ID;
use latchkey_wire::{
    AccessToken, Device, DeviceKind, EndReason, Event, EventKind, EventPage, FieldValues, LastUse, ListedSession, Me,
    PasswordAdvice, RefreshToken, SessionInfo, TOKEN_TYPE, Tokens, User,
};
use serde_json::{Value, json};

/// The id of a session.
pub const SESSION: &str = "bVzJx1YpQ0qkq6v1jZb0Tw";
const USER: &str = "3Jx0kq5Qm7cN1sVt8Lr2Wg";
/// Has the format of a real token, but is not valid.
pub const REFRESH_TOKEN: &str = "lkr_bVzJx1YpQ0qkq6v1jZb0TwAAAAABJ7m2vQ4s0u1w3y5A7C9E1G3I5K7M9O1Q3S5U7W9Y1ag";
/// Has the format of a real token, but is not valid.
pub const ACCESS_TOKEN: &str = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIzSngwa3E1UW03In0.c2lnbmF0dXJl";
const ISSUER: &str = "https://login.example.org";

fn user() -> User {
    User {
        id: USER.to_owned(),
        username: "ada".to_owned(),
        display_name: "Ada Lovelace".to_owned(),
        roles: vec!["Manager".to_owned()],
        fields: FieldValues::default(),
    }
}

fn device() -> Device {
    let (browser, system) = (Some("Firefox".to_owned()), Some("Linux".to_owned()));
    Device { kind: DeviceKind::Computer, browser, system }
}

fn at(hour: u8) -> String {
    format!("2026-01-01T{hour:02}:00:00Z")
}

pub fn tokens() -> Value {
    json!(Tokens {
        token: AccessToken::from(ACCESS_TOKEN.to_owned()),
        refresh_token: RefreshToken::from(REFRESH_TOKEN.to_owned()),
        token_type: TOKEN_TYPE.to_owned(),
        expires_in: 300,
        expires_at: "2026-01-01T09:05:00Z".to_owned(),
        refresh_token_expires_at: "2026-01-08T09:00:00Z".to_owned(),
        user: user(),
    })
}

pub fn advice() -> Value {
    let advice = Some(format!("{COMMON_PASSWORD} {ADD_WORDS}"));
    json!(PasswordAdvice { acceptable: false, strength: 0, advice })
}

pub fn me() -> Value {
    let session = SessionInfo {
        id: SESSION.to_owned(),
        created_at: at(8),
        last_seen_at: at(9),
        idle_expires_at: at(20),
        absolute_expires_at: "2026-01-02T08:00:00Z".to_owned(),
        generation: 3,
        remember: false,
    };
    json!(Me { user: user(), session })
}

pub fn sessions() -> Value {
    let session = ListedSession {
        id: SESSION.to_owned(),
        current: true,
        device: device(),
        ip: Some("192.0.2.7".to_owned()),
        new_network: false,
        new_device: true,
        created_at: at(8),
        last_seen_at: at(9),
        idle_expires_at: at(20),
        absolute_expires_at: "2026-01-02T08:00:00Z".to_owned(),
        remember: false,
        last_used_from: Some(LastUse {
            ip: Some("198.51.100.4".to_owned()),
            device: device(),
            network_differs: true,
            user_agent_differs: false,
        }),
    };
    json!([session])
}

pub fn security_log() -> Value {
    let event = Event {
        id: "qL2vJt0x8mS5d3fGh7Kp1w".to_owned(),
        kind: EventKind::SessionRevoked,
        at: at(9),
        session_id: Some(SESSION.to_owned()),
        reason: Some(EndReason::Revoked.as_str().to_owned()),
        device: device(),
        ip: Some("192.0.2.7".to_owned()),
        new_network: false,
        new_device: false,
    };
    json!(EventPage { events: vec![event], next: Some("1767258000000.qL2vJt0x8mS5d3fGh7Kp1w".to_owned()) })
}

pub fn token_answer() -> Value {
    json!(TokenAnswer {
        access_token: AccessToken::from(ACCESS_TOKEN.to_owned()),
        token_type: TOKEN_TYPE.to_owned(),
        expires_in: 300,
        refresh_token: RefreshToken::from(REFRESH_TOKEN.to_owned()),
        scope: None,
    })
}

pub fn introspection() -> Value {
    json!(Introspection::Active(Box::new(ActiveToken {
        active: true,
        client_id: CLIENT_ID,
        token_type: TOKEN_TYPE,
        username: "ada".to_owned(),
        sub: USER.to_owned(),
        roles: vec!["Manager".to_owned()],
        sid: SESSION.to_owned(),
        iss: ISSUER.to_owned(),
        aud: ISSUER.to_owned(),
        iat: 1_767_258_000,
        exp: 1_767_258_300,
        jti: Some("u0yP6s4dR2fG8hJ1kL3zXw".to_owned()),
        claims: Default::default(),
    })))
}
