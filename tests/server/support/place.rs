//! Requests from a place, that is an address and a user agent.

use super::{Answer, PASSWORD, Server, Tokens};
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::request::Builder;
use axum::http::{Request, header};
use serde_json::{Value, json};
use std::net::SocketAddr;
use url::form_urlencoded::Serializer;

/// A client's address and user agent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place<'a> {
    pub ip: &'a str,
    pub user_agent: Option<&'a str>,
}

impl<'a> Place<'a> {
    pub const fn new(ip: &'a str, user_agent: &'a str) -> Self {
        Self { ip, user_agent: Some(user_agent) }
    }

    fn put_into(self, request: Builder) -> Builder {
        let request = request.extension(ConnectInfo(SocketAddr::new(self.ip.parse().unwrap(), 40_000)));
        match self.user_agent {
            Some(user_agent) => request.header(header::USER_AGENT, user_agent),
            None => request,
        }
    }
}

impl Server {
    pub async fn post_from(&self, place: Place<'_>, path: &str, body: Value) -> Answer {
        let request = place.put_into(Request::post(path)).header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    pub async fn post_as_from(&self, place: Place<'_>, access_token: &str, path: &str, body: Value) -> Answer {
        let request = place.put_into(Request::post(path)).header(header::CONTENT_TYPE, "application/json");
        let request = request.header(header::AUTHORIZATION, format!("Bearer {access_token}"));
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    /// `GET /api/me`, which makes the generation of the access token seen.
    pub async fn me_from(&self, place: Place<'_>, tokens: &Tokens) -> Answer {
        let request = place.put_into(Request::get("/api/me"));
        let request = request.header(header::AUTHORIZATION, format!("Bearer {}", tokens.access));
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// Signs in with a browser that claims to be `user_agent`, from this address.
    pub async fn log_in_from(&self, name: &str, ip: &str, user_agent: &str) -> Tokens {
        self.log_in_at(name, Place::new(ip, user_agent)).await
    }

    pub async fn log_in_at(&self, name: &str, place: Place<'_>) -> Tokens {
        let body = json!({ "username": name, "password": PASSWORD, "remember": false });
        let answer = self.post_from(place, "/api/auth/login", body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.tokens()
    }

    pub async fn refresh_from(&self, place: Place<'_>, refresh_token: &str) -> Answer {
        self.post_from(place, "/api/token/refresh", json!({ "refreshToken": refresh_token })).await
    }

    /// The same as a plain OAuth client does it.
    pub async fn exchange_from(&self, place: Place<'_>, refresh_token: &str) -> Answer {
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token)];
        let form = Serializer::new(String::new()).extend_pairs(form).finish();
        let request = place.put_into(Request::post("/oauth/token"));
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(form)).unwrap()).await
    }

    /// Refreshes as our pages do: when the new tokens are stored, one `GET /api/me` makes their generation seen.
    pub async fn refresh_and_confirm(&self, place: Place<'_>, refresh_token: &str) -> Tokens {
        let answer = self.refresh_from(place, refresh_token).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let tokens = answer.tokens();
        assert_eq!(self.me_from(place, &tokens).await.status, 200);
        tokens
    }
}
