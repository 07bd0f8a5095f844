//! Pages for when the app cannot answer with one of its own: complete by themselves, without a program.
//!
//! They stand outside everything that renders, so that whatever breaks in there, the visitor reads what to do next.

use crate::shell::BEFORE_PAINT;
use aws_lc_rs::digest::{SHA256, digest};
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use std::sync::LazyLock;

/// The page needs the stylesheet, the icon and the script that knows which theme was chosen, named by its hash. Nothing
/// else may load or run in it.
pub static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = BASE64_STANDARD.encode(digest(&SHA256, BEFORE_PAINT.as_bytes()));
    format!(
        "default-src 'none'; script-src 'sha256-{hash}'; style-src 'self'; img-src 'self'; base-uri 'none'; \
         frame-ancestors 'none'; form-action 'none'"
    )
});

/// Puts a page into an answer that has none, if a visitor should see a text for its status.
pub fn fill(response: &mut Response, stylesheet: &str, request_id: &str) {
    let status = response.status();
    let (title, advice, number) = if status.is_server_error() {
        let number = format!(
            "<p class=\"quiet\">If it happens again, tell the operator this number: <code>{request_id}</code></p>"
        );
        ("Something went wrong", "This is our fault, and nothing of yours is lost. Try again in a moment.", number)
    } else if status == StatusCode::METHOD_NOT_ALLOWED {
        // A form that is sent before the program has started ends here.
        let advice = "What you sent was not taken in. Go back, reload the page and try once more.";
        (REFUSED, advice, String::new())
    } else {
        return;
    };
    put(response, stylesheet, title, advice, &number, "");
}

/// Puts a page into a refusal, in the place of what is for programs. If the visitor came by a wrong address, the page
/// names the right one, which is an origin, and leads there.
pub fn refuse(response: &mut Response, stylesheet: &str, advice: &str, address: Option<&str>) {
    let more = address.map(|url| format!("<p>The site's address is <a href=\"{url}\">{url}</a>.</p>"));
    put(response, stylesheet, REFUSED, advice, &more.unwrap_or_default(), address.unwrap_or_default());
}

const REFUSED: &str = "This did not work";

/// `more` is HTML; `origin` is empty for this one.
fn put(response: &mut Response, stylesheet: &str, title: &str, advice: &str, more: &str, origin: &str) {
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    if let Ok(policy) = HeaderValue::from_str(&POLICY) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let main = format!(
        "<main>\n<h1>{title}</h1>\n<p>{advice}</p>\n{more}\n\
         <p class=\"actions\"><a class=\"button\" href=\"{origin}/\">Go to the home page</a></p>\n</main>"
    );
    *response.body_mut() = Body::from(document(title, stylesheet, &main));
}

/// The document around the main part of such a page.
pub fn document(title: &str, stylesheet: &str, main: &str) -> String {
    format!(
        r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<script>{BEFORE_PAINT}</script>
<link rel="icon" type="image/svg+xml" href="/favicon.svg">
<link rel="stylesheet" href="{stylesheet}">
<title>{title} · Latchkey</title>
</head>
<body>
{main}
</body>
</html>
"#
    )
}
