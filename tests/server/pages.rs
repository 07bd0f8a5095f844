//! The rendered pages.

use crate::support::{Answer, Server};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::routing::get;
use latchkey::server::router::finish;
use tower::ServiceExt as _;

#[tokio::test]
async fn guarded_page_is_rendered_without_data() {
    let server = Server::with(&["--demo", "on"]).await;
    let page = server.get("/customers").await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("Checking your session"));
    assert!(!page.text.contains("Jane Doe"));
}

#[tokio::test]
async fn each_page_has_its_headline_and_is_not_cached() {
    let server = Server::start().await;
    for (path, headline) in
        [("/", "Sign-in that stays signed in"), ("/login", "Log in"), ("/register", "Create an account")]
    {
        let page = server.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(page.text.contains(headline), "{path}");
        assert_eq!(page.header("cache-control"), "no-store", "{path}");
        assert!(page.header("content-type").starts_with("text/html"), "{path}");
    }
}

#[tokio::test]
async fn login_and_register_forms_use_post() {
    let server = Server::start().await;
    for path in ["/login", "/register"] {
        let page = server.get(path).await;
        assert!(page.text.contains("method=\"post\""), "{path}");
    }
}

#[tokio::test]
async fn unknown_path_is_a_404_page() {
    let server = Server::start().await;
    for path in ["/nothing", "/customers/7", "/favicon.exe"] {
        let page = server.get(path).await;
        assert_eq!(page.status, 404, "{path}");
        assert!(page.text.contains("Page not found"), "{path}");
    }
}

#[tokio::test]
async fn page_with_a_trailing_slash_is_redirected() {
    let server = Server::start().await;
    let page = server.get("/login/?next=/customers").await;
    assert_eq!((page.status, page.header("location")), (308, "/login?next=/customers"));
    for elsewhere in ["//evil.example/", "//evil.example/login/", "/\\evil.example/"] {
        let request = axum::http::Request::get(format!("http://127.0.0.1:3000{elsewhere}"));
        let answer = server.send(request.body(axum::body::Body::empty()).unwrap()).await;
        assert_eq!((answer.status, answer.header("location")), (404, ""), "{elsewhere}");
    }
}

#[tokio::test]
async fn static_files_have_encoding_and_cache_headers() {
    let server = Server::start().await;
    let site = server.data.path().join("site");
    std::fs::create_dir_all(site.join("pkg")).unwrap();
    std::fs::write(site.join("pkg/app.js"), "plain").unwrap();
    std::fs::write(site.join("pkg/app.js.br"), "brotli").unwrap();
    std::fs::write(site.join("icon.svg"), "<svg/>").unwrap();
    let site = site.to_str().unwrap().to_owned();
    let server = server.restart(&["--leptos-site-root", &site]).await;

    let file = server.get("/pkg/app.js").await;
    assert_eq!((file.status, file.text.as_str(), file.header("vary")), (200, "plain", "accept-encoding"));
    assert_eq!(file.header("content-type"), "text/javascript");
    let request = axum::http::Request::get("/pkg/app.js").header("accept-encoding", "br");
    let file = server.send(request.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!((file.text.as_str(), file.header("content-encoding")), ("brotli", "br"));
    assert_eq!(server.get("/icon.svg").await.header("cache-control"), "no-cache");
    let again = server.get("/pkg/again/app.js").await;
    assert_eq!((again.status, again.text.as_str()), (200, "plain"), "for a second instance of the program");
    assert_eq!(server.get("/pkg/again/nothing.js").await.status, 404);
    for outside in [
        "/pkg/..%2f..%2fkeyring.json",
        "/pkg/again/..%2f..%2fkeyring.json",
        "/pkg/%2e%2e/%2e%2e/keyring.json",
        "/..%2fkeyring.json",
    ] {
        assert_eq!(server.get(outside).await.status, 404, "{outside}");
    }
}

#[tokio::test]
async fn page_policy_contains_the_nonce_of_its_script() {
    let server = Server::start().await;
    for path in ["/", "/nothing"] {
        let page = server.get(path).await;
        let policy = page.header("content-security-policy");
        let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).unwrap();
        assert!(nonce.len() >= 16, "{policy}");
        assert!(page.text.contains(&format!("nonce=\"{nonce}\"")), "{path}");
        assert!(!policy.contains("unsafe-inline"), "{policy}");
        assert_ne!(policy, server.get(path).await.header("content-security-policy"), "a nonce is used once");
        for header in ["x-content-type-options", "referrer-policy", "cross-origin-opener-policy"] {
            assert!(!page.header(header).is_empty(), "{header}");
        }
    }
}

#[tokio::test]
async fn overlong_file_name_is_a_404() {
    let site = tempfile::tempdir().unwrap();
    std::fs::create_dir(site.path().join("pkg")).unwrap();
    let server = Server::with(&["--leptos-site-root", site.path().to_str().unwrap()]).await;
    for path in ["/", "/pkg/"] {
        assert_eq!(server.get(&format!("{path}{}", "a".repeat(256))).await.status, 404);
    }
}

/// Asserts a complete page that works without WebAssembly and has the layout of the others.
#[track_caller]
fn assert_plain_page(page: &Answer, status: u16, headline: &str) {
    assert_eq!(page.status, status);
    assert!(page.text.contains(&format!("<h1>{headline}</h1>")), "{}", page.text);
    assert!(page.text.starts_with("<!DOCTYPE html>") && page.text.contains(r#"href="/""#), "{}", page.text);
    assert!(page.text.contains(r#"href="/pkg/latchkey."#), "{}", page.text);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(page.header("cache-control"), "no-store");
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    let policy = page.header("content-security-policy");
    // One script, for the theme, which the policy allows by its hash.
    assert_eq!(page.text.matches("<script").count(), 1, "{}", page.text);
    assert!(policy.starts_with("default-src 'none'; script-src 'sha256-"), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains("nonce"), "{policy}");
}

#[tokio::test]
async fn failed_page_request_shows_a_page_with_the_request_id() {
    let server = Server::start().await;
    let broken = Router::new()
        .route("/panics", get(async || -> &'static str { panic!("provoked by a test") }))
        .route("/fails", get(async || StatusCode::BAD_GATEWAY));
    let broken = finish(broken, &server.app, &server.site);
    for (path, status) in [("/panics", 500), ("/fails", 502)] {
        let request = Request::get(path).header("host", "localhost").body(Body::empty()).unwrap();
        let page = Answer::read(broken.clone().oneshot(request).await.unwrap()).await;
        assert_plain_page(&page, status, "Something went wrong");
        let number = page.header("x-request-id");
        assert!(number.len() >= 16 && page.text.contains(&format!("<code>{number}</code>")), "{}", page.text);
        assert!(!page.text.contains("provoked"), "{}", page.text);
    }
}

#[tokio::test]
async fn failed_api_request_is_a_problem_without_details() {
    let server = Server::start().await;
    let broken = Router::new()
        .route("/api/panics", get(async || -> &'static str { panic!("provoked by a test") }))
        .route("/api/fails", get(async || StatusCode::BAD_GATEWAY));
    let broken = finish(broken, &server.app, &server.site);
    for path in ["/api/panics", "/api/fails"] {
        let request = Request::get(path).header("host", "localhost").body(Body::empty()).unwrap();
        let answer = Answer::read(broken.clone().oneshot(request).await.unwrap()).await;
        answer.problem(500, "internal");
        assert!(!answer.text.contains("provoked"), "{}", answer.text);
    }
}

#[tokio::test]
async fn form_posted_to_a_page_gets_a_405_page() {
    let server = Server::start().await;
    for path in ["/login", "/register", "/account", "/"] {
        let form = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
        let page = server.send(form.body(Body::from("username=ada&password=secret")).unwrap()).await;
        assert_plain_page(&page, 405, "This did not work");
        assert!(!page.text.contains("secret"), "{}", page.text);
        assert_eq!(page.header("allow"), "GET,HEAD", "{path}");
    }
}
