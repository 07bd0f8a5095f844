//! A JSON API with sign-in, without Leptos. Latchkey's routes are under `/auth`, and only the operator adds accounts:
//! `echo PASSWORD | cargo run -- add ada editor`, then `cargo run`.

use axum::{Json, Router, routing::get};
use latchkey_axum::extract::{CurrentUser, RequireRole, RequiredRole};
use latchkey_axum::hooks::Hooks;
use latchkey_axum::settings::{RouteGroup, Settings};
use latchkey_axum::startup::{Latchkey, Parts};
use latchkey_core::{accounts::NewAccount, identity::Role};
use serde_json::{Value, json};
use std::{env, error::Error, io};

struct Editor;

impl RequiredRole for Editor {
    const ROLE: Role = Role::new("editor");
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut settings = Settings::default();
    if let Ok(addr) = env::var("ADDR") {
        settings = settings.listening_on(addr.parse()?);
    }
    settings.http.prefix = "/auth".parse()?;
    settings.http.without = vec![RouteGroup::Registration];
    // A claim of the application: it is in each access token, for other services that verify it, too.
    let hooks = Hooks::default().claims(async |user| json!({ "initial": user.display_name.chars().next() }));
    let latchkey = Latchkey::open_with(settings, Parts { hooks, ..Parts::default() }).await?;

    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [command, name, roles] = &*arguments
        && command == "add"
    {
        return add(latchkey, name, roles).await;
    }
    let api =
        Router::new().route("/articles", get(articles)).route("/drafts", get(drafts)).route("/initial", get(initial));
    let app = Router::new()
        .nest("/auth", latchkey.router())
        .merge(latchkey.well_known())
        .merge(api.with_state(latchkey.state()));
    Ok(latchkey.serve(app).await?)
}

/// For every signed-in user.
async fn articles(CurrentUser(caller): CurrentUser) -> Json<Vec<String>> {
    Json(vec![format!("Welcome, {}", caller.session.user.display_name)])
}

/// For editors.
async fn drafts(_: RequireRole<Editor>) -> Json<Vec<&'static str>> {
    Json(vec!["Not finished yet"])
}

/// The claim of the access token.
async fn initial(CurrentUser(caller): CurrentUser) -> Json<Value> {
    Json(json!(caller.claims.get("initial")))
}

/// Adds an account, with the password on standard input.
async fn add(latchkey: Latchkey, name: &str, roles: &str) -> Result<(), Box<dyn Error>> {
    let password = io::read_to_string(io::stdin())?.trim_end().to_owned().into();
    let new = NewAccount::new(name.to_owned(), password);
    let user = latchkey.state().accounts.admin().add(&new, &roles.parse()?).await?;
    println!("added {}", user.username);
    latchkey.close().await;
    Ok(())
}
