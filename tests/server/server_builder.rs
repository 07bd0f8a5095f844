//! [`Server::builder`] of latchkey-leptos: the server that it builds, without listening.

use crate::support::{Answer, HOST, PASSWORD, claims, host_settings};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use axum::routing::get;
use latchkey_axum::extract::CurrentUser;
use latchkey_axum::pipeline::finish;
use latchkey_axum::startup::{Latchkey, StartupError, check_routes};
use latchkey_leptos::server::Server;
use latchkey_leptos::server::hooks::{FieldErrors, Hooks};
use leptos::config::LeptosOptions;
use leptos::prelude::{
    ElementChild as _, IntoView, ServerFnError, component, provide_context, server, use_context, view,
};
use leptos::server_fn::ServerFn as _;
use leptos_router::components::{Route, Router as Pages, Routes};
use leptos_router::path;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt as _;

/// What the application's `context` provides.
#[derive(Clone)]
struct Motto(&'static str);

#[server(name = ReadMotto, prefix = "/built")]
async fn motto() -> Result<String, ServerFnError> {
    Ok(use_context::<Motto>().map_or_else(String::new, |motto| motto.0.to_owned()))
}

#[component]
fn App() -> impl IntoView {
    let home = || use_context::<Motto>().map(|motto| view! { <h1>{motto.0}</h1> });
    view! { <Pages><Routes fallback=|| "not found"><Route path=path!("/home") view=home /></Routes></Pages> }
}

fn shell(_: LeptosOptions) -> impl IntoView {
    view! { <html><body><App /></body></html> }
}

struct Built {
    latchkey: Latchkey,
    routes: Router,
    router: Router,
    _data: TempDir,
}

impl Built {
    async fn new(change: impl FnOnce(Server) -> Server) -> Result<Self, StartupError> {
        let data = TempDir::new().unwrap();
        let server = Server::builder()
            .settings(host_settings(data.path()))
            .leptos(LeptosOptions::builder().output_name("app").build());
        let (latchkey, routes) = change(server).open().await?;
        let router = finish(routes.clone(), &latchkey.state(), None);
        Ok(Self { latchkey, routes, router, _data: data })
    }

    async fn send(&self, mut request: Request<Body>) -> Answer {
        request.headers_mut().insert(header::HOST, HOST);
        Answer::read(self.router.clone().oneshot(request).await.unwrap()).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    async fn register(&self, username: &str) -> Answer {
        let body = json!({ "username": username, "password": PASSWORD }).to_string();
        let request = Request::post("/api/auth/register").header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(Body::from(body)).unwrap()).await
    }
}

#[tokio::test]
async fn built_server_passes_the_check_at_the_start() {
    let built = Built::new(|server| server.pages(App, shell)).await.unwrap();
    check_routes(&built.routes, &built.latchkey.state()).await.unwrap();
    assert_eq!(built.get("/healthz").await.status, 200);
    assert_eq!(built.get("/.well-known/jwks.json").await.status, 200);
}

#[tokio::test]
async fn added_route_knows_the_user_and_has_the_pipeline() {
    let name = async |CurrentUser(caller): CurrentUser| caller.session.user.username;
    let stateless = Router::new().route("/time", get(async || "noon")).with_state(());
    let built = Built::new(|server| server.routes(Router::new().route("/name", get(name))).routes(stateless)).await;
    let built = built.unwrap();
    built.get("/name").await.problem(401, "invalid_token");
    let token = built.register("ada").await.tokens().access;
    let request = Request::get("/name").header(header::AUTHORIZATION, format!("Bearer {token}"));
    assert_eq!(built.send(request.body(Body::empty()).unwrap()).await.text, "ada");
    let answer = built.get("/time").await;
    assert_eq!((answer.text.as_str(), answer.header("x-content-type-options")), ("noon", "nosniff"));
}

#[tokio::test]
async fn context_reaches_pages_and_server_functions() {
    let context = || provide_context(Motto("Stay signed in"));
    let built = Built::new(|server| server.pages(App, shell).context(context)).await.unwrap();
    let page = built.get("/home").await;
    assert!(page.status == 200 && page.text.contains("Stay signed in"), "{}", page.text);
    assert!(page.header("content-security-policy").contains("script-src 'self' 'nonce-"));
    let call = Request::post(ReadMotto::PATH).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    assert_eq!(built.send(call.body(Body::empty()).unwrap()).await.text, "\"Stay signed in\"");
    // Other paths get the application's page, not one of Latchkey's.
    let unknown = built.get("/nowhere").await;
    assert!(unknown.status == 404 && unknown.text.contains("not found"), "{}", unknown.text);
}

#[tokio::test]
async fn hooks_run_in_the_built_server() {
    let hooks = Hooks::default()
        .before_register(async |new| match new.username.ends_with("-bot") {
            true => Err(FieldErrors::of("username", "Programs cannot register.")),
            false => Ok(()),
        })
        .claims(async |_| json!({ "plan": "gold" }));
    let built = Built::new(|server| server.hooks(hooks)).await.unwrap();
    let refused = built.register("a-bot").await.problem(422, "validation_failed");
    assert_eq!(refused["errors"], json!({ "username": ["Programs cannot register."] }));
    let token = built.register("ada").await.tokens().access;
    assert_eq!(claims(&token)["plan"], Value::from("gold"));
}

#[tokio::test]
async fn route_that_collides_with_latchkeys_fails_the_start() {
    for path in ["/api/me", "/healthz", "/.well-known/jwks.json"] {
        let own = Router::new().route(path, get(async || "mine"));
        let Err(error) = Built::new(|server| server.routes(own)).await.map(drop) else { panic!("{path} is refused") };
        assert!(matches!(error, StartupError::Overlap(_)), "{error}");
        assert!(error.to_string().starts_with("two routes have the same path:"), "{error}");
        assert!(error.to_string().contains(&format!("`GET {path}`")), "{error}");
    }
    // The same path with another method is the application's own affair.
    let put = Router::new().route("/api/me", axum::routing::put(async || "mine"));
    Built::new(|server| server.routes(put)).await.unwrap();
}
