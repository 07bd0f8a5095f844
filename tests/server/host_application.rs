//! Latchkey inside another application: under a prefix, with parts left out, beside routes and server functions of the
//! application's own.

use crate::support::{Answer, HOST, PASSWORD, claims, host_settings};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use axum::routing::{get, post};
use axum::{Json, Router};
use latchkey_axum::ServerState;
use latchkey_axum::extract::CurrentUser;
use latchkey_axum::pipeline::finish;
use latchkey_axum::settings::{PagePolicy, RouteGroup, Settings};
use latchkey_axum::startup::{Latchkey, check_routes};
use latchkey_leptos::client::signed_in::SignedIn;
use latchkey_leptos::server::{application_functions, page_context, routes as functions};
use latchkey_wire::ApiError;
use leptos::prelude::{ServerFnError, server};
use leptos::server_fn::ServerFn as _;
use serde_json::{Value, json};
use std::sync::Arc;
use tempfile::TempDir;
use tower::ServiceExt as _;

/// A default server function: form-encoded, with an error type that is not Latchkey's.
#[server(prefix = "/host")]
async fn shout(text: String) -> Result<String, ServerFnError> {
    if text.is_empty() { Err(ServerFnError::new("nothing to shout")) } else { Ok(text.to_uppercase()) }
}

/// A default server function for signed-in users.
#[server(prefix = "/host", client = SignedIn)]
async fn own_name() -> Result<String, ApiError> {
    Ok(latchkey_leptos::server::current_user().await?.session.user.username)
}

struct Host {
    latchkey: Latchkey,
    router: Router,
    _data: TempDir,
}

impl Host {
    async fn new(change: impl FnOnce(&mut Settings), routes: impl FnOnce(&Latchkey) -> Router) -> Self {
        let data = TempDir::new().unwrap();
        let mut settings = host_settings(data.path());
        change(&mut settings);
        let latchkey = Latchkey::open(settings).await.unwrap();
        let router = finish(routes(&latchkey), &latchkey.state(), None);
        Self { latchkey, router, _data: data }
    }

    async fn send(&self, mut request: Request<Body>) -> Answer {
        request.headers_mut().insert(header::HOST, HOST);
        Answer::read(self.router.clone().oneshot(request).await.unwrap()).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    async fn post(&self, path: &str, body: &Value) -> Answer {
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    async fn register(&self, path: &str) -> String {
        let answer = self.post(path, &json!({ "username": "ada", "password": PASSWORD })).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.json()["token"].as_str().unwrap().to_owned()
    }
}

fn merged(latchkey: &Latchkey) -> Router {
    latchkey.router().merge(latchkey.well_known())
}

fn at_auth(latchkey: &Latchkey) -> Router {
    Router::new().nest("/auth", latchkey.router()).merge(latchkey.well_known())
}

fn prefix(settings: &mut Settings) {
    settings.http.prefix = "/auth".parse().unwrap();
}

#[tokio::test]
async fn prefix_is_in_paths_issuer_and_metadata() {
    let host = Host::new(prefix, at_auth).await;
    let claims = claims(&host.register("/auth/api/auth/register").await);
    assert_eq!(claims["iss"], "http://127.0.0.1:3000/auth");
    let metadata = host.get("/.well-known/oauth-authorization-server/auth").await.json();
    assert_eq!(metadata["issuer"], claims["iss"]);
    assert_eq!(metadata["token_endpoint"], "http://127.0.0.1:3000/auth/oauth/token");
    assert_eq!(metadata["jwks_uri"], "http://127.0.0.1:3000/.well-known/jwks.json");
    assert_eq!(host.get("/.well-known/jwks.json").await.status, 200);
    assert_eq!(host.get("/auth/healthz").await.status, 200);
    for elsewhere in ["/api/me", "/healthz", "/oauth/token", "/.well-known/oauth-authorization-server"] {
        assert_eq!(host.get(elsewhere).await.status, 404, "{elsewhere}");
    }
    let refused = host.get("/auth/api/me").await;
    assert_eq!((refused.status, refused.json()["code"].as_str()), (401, Some("invalid_token")));
    check_routes(&at_auth(&host.latchkey), &host.latchkey.state()).await.unwrap();
}

#[tokio::test]
async fn access_token_of_another_prefix_is_refused() {
    let data = TempDir::new().unwrap();
    let at = |path: &str| {
        let mut settings = host_settings(data.path());
        settings.http.prefix = path.parse().unwrap();
        settings
    };
    let host = |latchkey: &Latchkey| finish(at_auth(latchkey), &latchkey.state(), None);
    let first = Latchkey::open(at("/auth")).await.unwrap();
    let body = json!({ "username": "ada", "password": PASSWORD }).to_string();
    let request =
        Request::post("/auth/api/auth/register").header("content-type", "application/json").header("host", HOST);
    let answer = host(&first).oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
    let token = Answer::read(answer).await.tokens().access;
    first.close().await;

    let second = Latchkey::open(at("/login")).await.unwrap();
    let request = Request::get("/auth/api/me").header("authorization", format!("Bearer {token}")).header("host", HOST);
    let answer = host(&second).oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(answer.status(), 401);
}

#[tokio::test]
async fn routes_that_are_left_out_answer_404() {
    let without = |settings: &mut Settings| {
        settings.http.without = vec![
            RouteGroup::Registration,
            RouteGroup::OAuth,
            RouteGroup::Health,
            RouteGroup::Site,
            RouteGroup::AccountDeletion,
        ];
    };
    let host = Host::new(without, merged).await;
    for path in ["/api/auth/register", "/api/account/delete", "/oauth/token"] {
        assert_eq!(host.post(path, &json!({})).await.status, 404, "{path}");
    }
    for path in ["/healthz", "/readyz", "/.well-known/change-password", "/.well-known/security.txt"] {
        assert_eq!(host.get(path).await.status, 404, "{path}");
    }
    assert_eq!(host.post("/api/auth/login", &json!({ "username": "ada", "password": PASSWORD })).await.status, 401);
    let state = host.latchkey.state();
    check_routes(&merged(&host.latchkey), &state).await.unwrap();
    let own = functions(&state.settings).with_state(state.clone());
    check_routes(&own.merge(host.latchkey.well_known()), &state).await.unwrap();
}

#[tokio::test]
async fn pages_that_the_application_lacks_are_not_linked() {
    let host = Host::new(|_| {}, merged).await;
    let metadata = host.get("/.well-known/oauth-authorization-server").await.json();
    assert_eq!(metadata.get("service_documentation"), None, "{metadata}");
    host.get("/.well-known/change-password").await.problem(404, "not_found");

    let pages = |settings: &mut Settings| {
        prefix(settings);
        settings.http.account_page = Some("/me#password".to_owned());
        settings.http.documentation_page = Some("/developers".to_owned());
    };
    let host = Host::new(pages, at_auth).await;
    let metadata = host.get("/.well-known/oauth-authorization-server/auth").await.json();
    assert_eq!(metadata["service_documentation"], "http://127.0.0.1:3000/developers");
    let answer = host.get("/.well-known/change-password").await;
    assert_eq!((answer.status, answer.header("location")), (303, "/me#password"));
}

#[tokio::test]
async fn application_route_knows_the_user_and_has_the_pipeline() {
    let routes = |latchkey: &Latchkey| {
        let own = Router::<Arc<ServerState>>::new()
            .route("/api/greeting", get(async |CurrentUser(caller): CurrentUser| caller.session.user.username))
            .route("/api/broken", get(async || (StatusCode::INTERNAL_SERVER_ERROR, "their own text")))
            .route("/api/busy", get(async || StatusCode::SERVICE_UNAVAILABLE))
            .route("/api/panic", get(async || -> Json<Value> { panic!("a fault of the application") }));
        merged(latchkey).merge(own.with_state(latchkey.state()))
    };
    let host = Host::new(|_| {}, routes).await;
    let token = host.register("/api/auth/register").await;
    let request = Request::get("/api/greeting").header(header::AUTHORIZATION, format!("Bearer {token}"));
    assert_eq!(host.send(request.body(Body::empty()).unwrap()).await.text, "ada");
    let refused = host.get("/api/greeting").await;
    assert_eq!((refused.status, refused.header("content-type")), (401, "application/problem+json"));
    // The application's own error stays; a panic is a problem.
    assert_eq!(host.get("/api/broken").await.text, "their own text");
    assert_eq!(host.get("/api/busy").await.status, 503);
    assert_eq!(host.get("/api/panic").await.json()["code"], "internal");
}

#[tokio::test]
async fn body_limit_of_the_application_is_not_that_of_latchkey() {
    let large = |settings: &mut Settings| settings.http.longest_body = 100_000;
    let routes =
        |latchkey: &Latchkey| merged(latchkey).route("/upload", post(async |body: String| body.len().to_string()));
    let host = Host::new(large, routes).await;
    let upload = |length| Request::post("/upload").body(Body::from("x".repeat(length))).unwrap();
    assert_eq!(host.send(upload(100_000)).await.text, "100000");
    assert_eq!(host.send(upload(100_001)).await.status, 413);
    let login = json!({ "username": "ada", "password": "x".repeat(20_000) });
    assert_eq!(host.post("/api/auth/login", &login).await.status, 413);
}

#[tokio::test]
async fn source_in_the_page_policy_reaches_the_pages() {
    let policy = |settings: &mut Settings| {
        settings.http.page_policy =
            PagePolicy { images: vec!["https://cdn.example.org".into()], ..PagePolicy::default() };
    };
    let routes = |latchkey: &Latchkey| {
        let context = page_context(latchkey.state());
        let page = leptos_axum::render_app_to_stream_with_context(context, || "Hello");
        merged(latchkey).route("/", get(page))
    };
    let host = Host::new(policy, routes).await;
    let page = host.get("/").await;
    let header = page.header("content-security-policy");
    assert!(header.contains("img-src 'self' https://cdn.example.org;") && header.contains("'nonce-"), "{header}");

    let mut settings = Settings::default().with_data_dir(TempDir::new().unwrap().path().join("data"));
    settings.http.page_policy.images = vec!["https://x; script-src *".to_owned()];
    let Err(error) = Latchkey::open(settings).await.map(drop) else { panic!("the policy is refused") };
    assert!(error.to_string().contains("page policy"), "{error}");
}

fn form(path: &str, body: &'static str, origin: &str) -> Request<Body> {
    let request = Request::post(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ORIGIN, origin);
    request.body(Body::from(body)).unwrap()
}

fn with_functions(latchkey: &Latchkey) -> Router {
    let state = latchkey.state();
    functions(&state.settings)
        .with_state(state.clone())
        .merge(latchkey.well_known())
        .merge(application_functions(|| {}))
}

const OWN_ORIGIN: &str = "http://127.0.0.1:3000";

#[tokio::test]
async fn default_server_function_takes_a_form_of_the_own_origin() {
    let host = Host::new(|_| {}, with_functions).await;
    let answer = host.send(form(Shout::PATH, "text=hello", OWN_ORIGIN)).await;
    assert_eq!((answer.status, answer.text.as_str()), (200, "\"HELLO\""));
    let foreign = host.send(form(Shout::PATH, "text=hello", "https://evil.example")).await;
    assert_eq!((foreign.status, foreign.json()["code"].as_str()), (403, Some("cross_origin")));
    // Its own error goes out as Leptos sends it, so that its own client can read it.
    let failed = host.send(form(Shout::PATH, "text=", OWN_ORIGIN)).await;
    assert_eq!((failed.status, failed.text.contains("nothing to shout")), (500, true));
}

#[tokio::test]
async fn action_form_without_the_program_returns_to_its_page() {
    let host = Host::new(|_| {}, with_functions).await;
    let mut request = form(Shout::PATH, "text=hello", OWN_ORIGIN);
    request.headers_mut().insert(header::ACCEPT, "text/html".parse().unwrap());
    request.headers_mut().insert(header::REFERER, "http://127.0.0.1:3000/page".parse().unwrap());
    let answer = host.send(request).await;
    assert_eq!((answer.status, answer.header("location")), (302, "http://127.0.0.1:3000/page?"));
}

#[tokio::test]
async fn protected_server_function_of_the_application_knows_the_user() {
    let host = Host::new(|_| {}, with_functions).await;
    let token = host.register("/api/auth/register").await;
    let mut request = form(OwnName::PATH, "", OWN_ORIGIN);
    let refused = host.send(form(OwnName::PATH, "", OWN_ORIGIN)).await;
    assert_eq!((refused.status, refused.json()["reason"].as_str()), (401, Some("missing")));
    request.headers_mut().insert(header::AUTHORIZATION, format!("Bearer {token}").parse().unwrap());
    assert_eq!(host.send(request).await.text, "\"ada\"");
}
