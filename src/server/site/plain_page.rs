//! Static pages without the app's script, for errors and for the API documentation.
//!
//! They do not use the app's renderer, so a user gets a page even if that fails.

use super::files::SiteFiles;
use crate::brand::BRAND;
use crate::shell::before_paint;
use aws_lc_rs::digest::{SHA256, digest};
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use latchkey_axum::pipeline::{FailurePages, is_host_error};
use latchkey_leptos::messages::error_text;
use latchkey_wire::ApiError;
use std::sync::LazyLock;

/// How a page gets its stylesheet and its icon.
pub enum Assets<'a> {
    /// Linked; the text is the path of the stylesheet.
    Linked(&'a str),
    /// Inlined, for a request with an unknown host: the server would reject requests for files as well.
    Inline,
}

const STYLESHEET: &str = include_str!("../../../style/main.css");
const ICON: &str = include_str!("../../../public/favicon.svg");

/// Allows only the stylesheet, the icon and the theme script, by its hash.
pub static POLICY: LazyLock<String> = LazyLock::new(|| policy("style-src 'self'; img-src 'self'"));

static INLINE_POLICY: LazyLock<String> =
    LazyLock::new(|| policy(&format!("style-src '{}'; img-src data:", hash(STYLESHEET))));

fn policy(assets: &str) -> String {
    format!(
        "default-src 'none'; script-src '{}'; {assets}; base-uri 'none'; frame-ancestors 'none'; form-action 'none'",
        hash(&before_paint())
    )
}

fn hash(text: &str) -> String {
    format!("sha256-{}", BASE64_STANDARD.encode(digest(&SHA256, text.as_bytes())))
}

/// Renders the page for a request that failed before one of the app's pages could answer.
pub struct FailurePage {
    site: SiteFiles,
}

impl FailurePage {
    /// Uses the stylesheet of this site.
    pub fn new(site: SiteFiles) -> Self {
        Self { site }
    }
}

impl FailurePages for FailurePage {
    fn replace_problem(&self, response: &mut Response, error: &ApiError, address: Option<&str>) {
        let stylesheet = &self.site.page_files().style;
        let assets = if is_host_error(error) { Assets::Inline } else { Assets::Linked(stylesheet) };
        write_refusal(response, &assets, &error_text(error), address);
    }

    fn fill_empty(&self, response: &mut Response, request_id: &str) {
        write_failure(response, &self.site.page_files().style, request_id);
    }
}

/// Writes a page into a response without a body, if its status is a server error or 405.
fn write_failure(response: &mut Response, stylesheet: &str, request_id: &str) {
    let status = response.status();
    let (title, advice, number) = if status.is_server_error() {
        let number = format!(
            "<p class=\"quiet\">If it happens again, tell the operator this number: <code>{request_id}</code></p>"
        );
        ("Something went wrong", "This is our fault, and nothing of yours is lost. Try again in a moment.", number)
    } else if status == StatusCode::METHOD_NOT_ALLOWED {
        // A form that a browser submits before the program has started leads here.
        let advice = "What you sent was not taken in. Go back, reload the page and try once more.";
        (REFUSED, advice, String::new())
    } else {
        return;
    };
    write_page(response, &Assets::Linked(stylesheet), title, advice, &number, "");
}

/// Replaces the JSON body of an error by a page. `address`, if given, is the right origin of this server, which the
/// page links to.
fn write_refusal(response: &mut Response, assets: &Assets<'_>, advice: &str, address: Option<&str>) {
    let more = address.map(|url| format!("<p>The site's address is <a href=\"{url}\">{url}</a>.</p>"));
    write_page(response, assets, REFUSED, advice, &more.unwrap_or_default(), address.unwrap_or_default());
}

const REFUSED: &str = "This did not work";

/// Makes a page. `more` is HTML; `origin` is that of the link to the home page, empty for this server.
fn write_page(response: &mut Response, assets: &Assets<'_>, title: &str, advice: &str, more: &str, origin: &str) {
    let policy = match assets {
        Assets::Linked(_) => POLICY.as_str(),
        Assets::Inline => INLINE_POLICY.as_str(),
    };
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    if let Ok(policy) = HeaderValue::from_str(policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let main = format!(
        "<main>\n<h1>{title}</h1>\n<p>{advice}</p>\n{more}\n\
         <p class=\"actions\"><a class=\"button\" href=\"{origin}/\">Go to the home page</a></p>\n</main>"
    );
    *response.body_mut() = Body::from(document(title, assets, &main));
}

/// The HTML document around the `main` element of such a page.
pub fn document(title: &str, assets: &Assets<'_>, main: &str) -> String {
    let assets = match assets {
        Assets::Linked(stylesheet) => format!(
            "<link rel=\"icon\" type=\"image/svg+xml\" href=\"/favicon.svg\">\n<link rel=\"stylesheet\" href=\"{stylesheet}\">"
        ),
        Assets::Inline => format!(
            "<link rel=\"icon\" href=\"data:image/svg+xml;base64,{}\">\n<style>{STYLESHEET}</style>",
            BASE64_STANDARD.encode(ICON)
        ),
    };
    let (script, site) = (before_paint(), BRAND.title().replace('&', "&amp;").replace('<', "&lt;"));
    format!(
        r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<script>{script}</script>
{assets}
<title>{title} · {site}</title>
</head>
<body>
{main}
</body>
</html>
"#
    )
}
