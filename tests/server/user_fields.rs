//! Fields of users that an application declares once, in its settings: entered at registration, in every answer that has
//! the user, and kept when the declaration changes.

use crate::support::command::{latchkey, run};
use crate::support::engine::connect;
use crate::support::{Answer, HOST, PASSWORD, host_settings};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use axum::routing::get;
use latchkey_axum::extract::CurrentUser;
use latchkey_axum::pipeline::finish;
use latchkey_axum::settings::{Settings, SettingsFault, UserFieldsFault};
use latchkey_axum::startup::{Latchkey, StartupError};
use latchkey_leptos::components::register_form::RegisterForm;
use latchkey_leptos::server::{page_context, routes as functions};
use latchkey_wire::UserField;
use leptos::prelude::view;
use serde_json::{Value, json};
use sqlx::{Connection as _, Executor as _};
use std::path::Path;
use tempfile::TempDir;
use tower::ServiceExt as _;

const COMPANY: UserField = UserField::text("company", "Company").optional().longest(20).autocomplete("organization");
const CITY: UserField = UserField::text("city", "City");
const FIELDS: &[UserField] = &[COMPANY, CITY];

struct Host {
    latchkey: Latchkey,
    router: Router,
}

impl Host {
    /// An application with these fields, and Latchkey's routes without Leptos.
    async fn on(data: &Path, fields: &'static [UserField]) -> Self {
        Self::with(data, fields, |latchkey| {
            let company = async |CurrentUser(caller): CurrentUser| {
                caller.session.user.fields.get("company").unwrap_or("none").to_owned()
            };
            latchkey.router().merge(Router::new().route("/company", get(company)).with_state(latchkey.state()))
        })
        .await
    }

    async fn with(data: &Path, fields: &'static [UserField], routes: impl FnOnce(&Latchkey) -> Router) -> Self {
        let settings = Settings { user_fields: fields, ..host_settings(data) };
        let latchkey = Latchkey::open(settings).await.unwrap();
        let router = finish(routes(&latchkey), &latchkey.state(), None);
        Self { latchkey, router }
    }

    async fn send(&self, mut request: Request<Body>) -> Answer {
        request.headers_mut().insert(header::HOST, HOST);
        Answer::read(self.router.clone().oneshot(request).await.unwrap()).await
    }

    async fn get(&self, path: &str, token: &str) -> Answer {
        let request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {token}"));
        self.send(request.body(Body::empty()).unwrap()).await
    }

    async fn post(&self, path: &str, body: &Value) -> Answer {
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    async fn register(&self, username: &str, fields: Value) -> Answer {
        let body = json!({ "username": username, "password": PASSWORD, "fields": fields });
        self.post("/api/auth/register", &body).await
    }

    async fn log_in(&self, username: &str) -> Answer {
        self.post("/api/auth/login", &json!({ "username": username, "password": PASSWORD })).await
    }

    async fn close(self) {
        self.latchkey.close().await;
    }
}

/// One value of the database.
async fn sql(data: &Path, query: &'static str) -> String {
    let mut connection = connect(data).await;
    let value = sqlx::query_scalar(query).fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    value
}

/// Registers, signs in, refreshes, and asks who is signed in; each answer has this in place of the fields.
async fn assert_answers_have(host: &Host, fields: &Value) {
    let registered = host.register("ada", fields.clone()).await;
    assert_eq!((registered.status, &registered.json()["user"]["fields"]), (201, fields), "{}", registered.text);
    let signed_in = host.log_in("ada").await;
    assert_eq!(&signed_in.json()["user"]["fields"], fields);
    let refreshed = host.post("/api/token/refresh", &json!({ "refreshToken": signed_in.tokens().refresh })).await;
    assert_eq!(&refreshed.json()["user"]["fields"], fields);
    let me = host.get("/api/me", &refreshed.tokens().access).await;
    assert_eq!(&me.json()["user"]["fields"], fields);
}

#[tokio::test]
async fn declared_fields_are_in_every_answer_with_the_user() {
    let data = TempDir::new().unwrap();
    let host = Host::on(data.path(), FIELDS).await;
    assert_answers_have(&host, &json!({ "company": "Acme", "city": "Oslo" })).await;
    let token = host.log_in("ada").await.tokens().access;
    assert_eq!(host.get("/company", &token).await.text, "Acme");
    assert_eq!(sql(data.path(), "SELECT fields FROM users").await, r#"{"company":"Acme","city":"Oslo"}"#);
}

#[tokio::test]
async fn server_functions_take_and_answer_fields_as_well() {
    let data = TempDir::new().unwrap();
    let routes = |latchkey: &Latchkey| functions(&latchkey.state().settings).with_state(latchkey.state());
    let host = Host::with(data.path(), FIELDS, routes).await;
    assert_answers_have(&host, &json!({ "company": "Acme", "city": "Oslo" })).await;
}

#[tokio::test]
async fn register_form_has_the_fields_after_the_display_name() {
    let data = TempDir::new().unwrap();
    let routes = |latchkey: &Latchkey| {
        let context = page_context(latchkey.state());
        let form = || view! { <RegisterForm fields=FIELDS /> };
        Router::new().route("/register", get(leptos_axum::render_app_to_stream_with_context(context, form)))
    };
    let host = Host::with(data.path(), FIELDS, routes).await;
    let page = host.send(Request::get("/register").body(Body::empty()).unwrap()).await.text;
    let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text} in {page}"));
    let names = ["username", "displayName", "company", "city", "password", "remember"];
    let places = names.map(|name| at(&format!(r#" name="{name}""#)));
    assert!(places.is_sorted(), "{page}");
    for (name, label) in [("company", "Company (optional)"), ("city", "City")] {
        at(&format!(r#"<label for="{name}">{label}</label>"#));
        at(&format!(r#"aria-describedby="{name}-error""#));
    }
    at(r#"autocomplete="organization""#);
    let input = |name: &str| {
        let end = at(&format!(r#" name="{name}""#));
        let begin = page[..end].rfind("<input").unwrap();
        page[begin..].split('>').next().unwrap().to_owned()
    };
    assert!(input("city").contains(" required") && !input("company").contains(" required"));
}

#[tokio::test]
async fn answers_without_fields_are_as_before() {
    let data = TempDir::new().unwrap();
    let host = Host::on(data.path(), &[]).await;
    // Fields that are not declared are ignored.
    let answer = host.register("ada", json!({ "company": "Acme" })).await;
    let user = r#""user":{"id":"ID","username":"ada","displayName":"ada","roles":[]}}"#;
    let id = answer.json()["user"]["id"].as_str().unwrap().to_owned();
    assert!(answer.text.ends_with(&user.replace("ID", &id)), "{}", answer.text);
    assert_eq!(sql(data.path(), "SELECT fields FROM users").await, "{}");
    host.close().await;

    let host = Host::on(data.path(), &[COMPANY]).await;
    for (name, fields) in
        [("bob", Value::Null), ("cleo", json!({})), ("dora", json!({ "company": " ", "shoeSize": "9" }))]
    {
        let answer = host.register(name, fields).await;
        assert_eq!((answer.status, answer.json()["user"].get("fields")), (201, None), "{}", answer.text);
    }
    // As a client that does not know of fields.
    let older = host.post("/api/auth/register", &json!({ "username": "eve", "password": PASSWORD })).await;
    assert_eq!((older.status, older.json()["user"].get("fields")), (201, None), "{}", older.text);
}

#[tokio::test]
async fn every_wrong_field_is_named_at_once_and_nothing_written() {
    let data = TempDir::new().unwrap();
    let host = Host::on(data.path(), FIELDS).await;
    let body = json!({
        "username": "", "password": "short", "displayName": "\u{202e}ada",
        "fields": { "company": "x".repeat(21), "unknown": "\u{0}" },
    });
    let problem = host.post("/api/auth/register", &body).await.problem(422, "validation_failed");
    let mut named: Vec<_> = problem["errors"].as_object().unwrap().keys().cloned().collect();
    named.sort();
    assert_eq!(named, ["city", "company", "displayName", "password", "username"]);
    assert_eq!(problem["errors"]["company"], json!(["Use at most 20 characters, without invisible ones."]));
    assert_eq!(problem["errors"]["city"], json!(["Fill out this field."]));

    for (city, hint) in [
        ("Os\u{202e}lo", "invisible"),
        ("Os\nlo", "invisible"),
        ("Os\u{200b}lo", "invisible"),
        ("\u{301}Oslo", "accents"),
        ("\u{2800}", "can be seen"),
        (&"ø".repeat(101), "100 characters"),
        ("  ", "Fill out"),
    ] {
        let problem = host.register("ada", json!({ "city": city })).await.problem(422, "validation_failed");
        assert!(problem["errors"]["city"][0].as_str().unwrap().contains(hint), "{city:?}: {problem}");
        assert_eq!(problem["errors"].as_object().unwrap().len(), 1, "{problem}");
    }
    assert_eq!(sql(data.path(), "SELECT CAST(COUNT(*) AS TEXT) FROM users").await, "0");
    assert_eq!(
        host.register("ada", json!({ "city": "ø".repeat(100), "company": "株式会社アクメ 🏢" })).await.status,
        201
    );
}

#[tokio::test]
async fn declared_field_of_another_type_is_a_wrong_field() {
    let data = TempDir::new().unwrap();
    let host = Host::on(data.path(), FIELDS).await;
    let functions = |latchkey: &Latchkey| functions(&latchkey.state().settings).with_state(latchkey.state());
    for city in [json!(7), json!(true), json!(["Oslo"]), json!({ "name": "Oslo" }), json!(-0.5)] {
        let fields = json!({ "city": city, "company": 7 });
        let problem = host.register("ada", fields).await.problem(422, "validation_failed");
        let wrong = json!(["This must be a text."]);
        assert_eq!(problem["errors"], json!({ "company": wrong, "city": wrong }));
    }
    host.close().await;
    let host = Host::with(data.path(), FIELDS, functions).await;
    let problem = host.register("ada", json!({ "city": 7 })).await.problem(422, "validation_failed");
    assert_eq!(problem["errors"].as_object().unwrap().len(), 1, "{problem}");
}

/// So that a newer client can register at a server that does not have its fields yet.
#[tokio::test]
async fn undeclared_fields_of_any_type_are_ignored() {
    let data = TempDir::new().unwrap();
    let host = Host::on(data.path(), FIELDS).await;
    let mut fields = json!({ "x": {}, "y": [1, null], "z": 0.5, "long": "ø".repeat(1_000), "city": "Oslo" });
    let many = (0..500).map(|number| (format!("f{number}"), json!("x")));
    fields.as_object_mut().unwrap().extend(many);
    let answer = host.register("ada", fields).await;
    assert_eq!((answer.status, &answer.json()["user"]["fields"]), (201, &json!({ "city": "Oslo" })), "{}", answer.text);
    assert_eq!(sql(data.path(), "SELECT fields FROM users").await, r#"{"city":"Oslo"}"#);
}

#[tokio::test]
async fn fields_that_are_no_object_are_not_understood() {
    let data = TempDir::new().unwrap();
    let host = Host::on(data.path(), FIELDS).await;
    for fields in [json!([]), json!("Acme"), json!(7)] {
        host.register("ada", fields).await.problem(400, "invalid_request");
    }
    let twice = format!(r#"{{"username":"ada","password":"{PASSWORD}","fields":{{"city":"Oslo","city":"Bergen"}}}}"#);
    let request = Request::post("/api/auth/register").header(header::CONTENT_TYPE, "application/json");
    host.send(request.body(Body::from(twice)).unwrap()).await.problem(400, "invalid_request");
    // A null is an absent field.
    host.register("ada", json!({ "city": null })).await.problem(422, "validation_failed");
    assert_eq!(host.register("ada", json!({ "city": "Oslo", "company": null })).await.status, 201);
}

#[tokio::test]
async fn removed_field_stays_in_the_row_and_is_not_shown() {
    let data = TempDir::new().unwrap();
    let host = Host::on(data.path(), FIELDS).await;
    let tokens = host.register("ada", json!({ "company": "Acme", "city": "Oslo" })).await.tokens();
    host.close().await;

    let host = Host::on(data.path(), &[CITY]).await;
    let shown = json!({ "city": "Oslo" });
    assert_eq!(host.get("/api/me", &tokens.access).await.json()["user"]["fields"], shown);
    assert_eq!(host.log_in("ada").await.json()["user"]["fields"], shown);
    let refreshed = host.post("/api/token/refresh", &json!({ "refreshToken": tokens.refresh })).await;
    assert_eq!(refreshed.json()["user"]["fields"], shown);
    host.close().await;
    assert_eq!(sql(data.path(), "SELECT fields FROM users").await, r#"{"company":"Acme","city":"Oslo"}"#);

    let host = Host::on(data.path(), &[]).await;
    assert_eq!(host.log_in("ada").await.json()["user"].get("fields"), None);
    host.close().await;
    let host = Host::on(data.path(), FIELDS).await;
    assert_eq!(host.log_in("ada").await.json()["user"]["fields"], json!({ "company": "Acme", "city": "Oslo" }));
}

#[tokio::test]
async fn added_field_is_absent_for_older_accounts() {
    let data = TempDir::new().unwrap();
    let host = Host::on(data.path(), &[COMPANY]).await;
    let tokens = host.register("ada", json!({ "company": "Acme" })).await.tokens();
    host.close().await;

    // The new field is required, and nothing that the account does needs it.
    let host = Host::on(data.path(), FIELDS).await;
    let shown = json!({ "company": "Acme" });
    assert_eq!(host.get("/api/me", &tokens.access).await.json()["user"]["fields"], shown);
    let signed_in = host.log_in("ada").await;
    assert_eq!((signed_in.status, &signed_in.json()["user"]["fields"]), (200, &shown));
    host.register("bob", json!({ "company": "Acme" })).await.problem(422, "validation_failed");
}

#[tokio::test]
async fn deleted_account_keeps_no_field() {
    let data = TempDir::new().unwrap();
    let host = Host::on(data.path(), FIELDS).await;
    let token = host.register("ada", json!({ "city": "Oslo" })).await.tokens().access;
    // So many rows that the account is only marked, and deleted by the job.
    let mut connection = connect(data.path()).await;
    let events = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
                  INSERT INTO events (id, user_id, session_id, kind, at)
                  SELECT 'AAAAAAAAAAAAAAAAAA' || (1000 + i), user_id, session_id, kind, at + i
                  FROM n, (SELECT * FROM events LIMIT 1) AS one";
    connection.execute(events).await.unwrap();
    connection.close().await.unwrap();
    let request = Request::post("/api/account/delete")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::AUTHORIZATION, format!("Bearer {token}"));
    let answer = host.send(request.body(Body::from(json!({ "password": PASSWORD }).to_string())).unwrap()).await;
    assert_eq!(answer.status, 204, "{}", answer.text);
    let marked = "SELECT fields FROM users WHERE deleted_at IS NOT NULL";
    assert_eq!(sql(data.path(), marked).await, "{}");
}

#[tokio::test]
async fn list_of_users_as_json_has_the_fields_if_there_are_some() {
    let data = TempDir::new().unwrap();
    let host = Host::on(data.path(), FIELDS).await;
    host.register("ada", json!({ "city": "Oslo" })).await;
    host.close().await;
    let host = Host::on(data.path(), &[]).await;
    host.register("bob", json!({})).await;
    host.close().await;
    // As the application's own start does, which also has the table of the customers.
    crate::support::start_and_stop(data.path()).await.unwrap();
    let listed: Value =
        serde_json::from_str(&run(latchkey(data.path()).args(["user", "list", "--json"])).done()).unwrap();
    assert_eq!(listed[0]["fields"], json!({ "city": "Oslo" }));
    assert_eq!((&listed[1]["username"], listed[1].get("fields")), (&json!("bob"), None));
}

#[tokio::test]
async fn fields_that_cannot_be_used_together_fail_the_start() {
    const TWICE: &[UserField] = &[CITY, UserField::text("city", "Town")];
    let data = TempDir::new().unwrap();
    let settings = Settings { user_fields: TWICE, ..Settings::default().with_data_dir(data.path().join("data")) };
    let Err(error) = Latchkey::open(settings).await.map(drop) else { panic!("the fields are refused") };
    let expected = SettingsFault::UserFields(UserFieldsFault::Twice { name: "city" });
    assert!(matches!(&error, StartupError::Settings(fault) if *fault == expected), "{error}");
    assert!(error.to_string().contains("two user fields have the name city"), "{error}");
    assert!(!data.path().join("data").exists());
}
