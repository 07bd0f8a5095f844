//! Serves the pages, and the files that they load.

#[cfg(feature = "embed")]
mod embedded;
mod files;
mod plain_page;

pub use files::SiteFiles;
pub use plain_page::{Assets, FailurePage, POLICY, document};

use crate::app::App as Pages;
use crate::shell::shell;
use crate::state::App;
use axum::Extension;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use latchkey_leptos::server::page_context;
use leptos::server_fn::axum::server_fn_paths;
use leptos_axum::{LeptosRoutes as _, generate_route_list_with_exclusions};

/// Routes for the pages and for the built files under `/pkg`. The fallback serves the files of `public/` and the
/// not-found page.
pub fn routes(app: &App, site: &SiteFiles) -> Router<App> {
    // The server functions are excluded, because `latchkey_leptos::server` has their routes.
    let functions = server_fn_paths().map(|(path, _)| path.to_owned()).collect();
    let pages = generate_route_list_with_exclusions(Pages, Some(functions));
    let (state, files) = (app.clone(), site.clone());
    Router::new()
        .route("/pkg/{*file}", get(package_file))
        .route("/pkg/again/{*file}", get(package_file))
        .leptos_routes_with_context(app, pages, context(app), move || {
            shell((*state.leptos).clone(), files.page_files(), !state.settings.server.registration_open)
        })
        .fallback(public_file_or_not_found)
        .layer(Extension(site.clone()))
}

fn context(app: &App) -> impl Fn() + Clone + Send + Sync + 'static {
    page_context(app.server.clone())
}

/// Serves the files under `/pkg`. If a name contains a hash of the content, browsers may cache the file without
/// revalidation.
///
/// `/pkg/again/` serves the same files for a second instance of the program: a browser loads a module from a different
/// URL as a separate module with its own state.
async fn package_file(Extension(site): Extension<SiteFiles>, mut request: Request) -> Response {
    if let Some(file) = request.uri().path().strip_prefix("/pkg/again/")
        && let Ok(first) = format!("/pkg/{file}").parse()
    {
        *request.uri_mut() = first;
    }
    let has_hash = request.uri().path().matches('.').count() > 1;
    let policy = if has_hash { "public, max-age=31536000, immutable" } else { "no-cache" };
    cached(site.answer(request).await, HeaderValue::from_static(policy))
}

async fn public_file_or_not_found(
    State(app): State<App>,
    Extension(site): Extension<SiteFiles>,
    request: Request,
) -> Response {
    let (parts, _) = request.into_parts();
    let request_again = || Request::from_parts(parts.clone(), Body::empty());

    let file = site.answer(request_again()).await;
    if file.status() != StatusCode::NOT_FOUND && file.status() != StatusCode::METHOD_NOT_ALLOWED {
        return cached(file, HeaderValue::from_static("no-cache"));
    }
    // The pages' router treats `/login/` like `/login`; the redirect gives each page one URL. A path with two slashes
    // in front would redirect to another host, and browsers treat a backslash as a slash.
    let path = parts.uri.path();
    let trimmed = path.trim_end_matches('/');
    if trimmed != path && !trimmed.is_empty() && !path.starts_with("//") && !path.contains('\\') {
        let query = parts.uri.query().map_or(String::new(), |query| format!("?{query}"));
        return Redirect::permanent(&format!("{trimmed}{query}")).into_response();
    }
    let render = leptos_axum::render_app_to_stream_with_context(context(&app), move || {
        shell((*app.leptos).clone(), site.page_files(), !app.settings.server.registration_open)
    });
    let mut page = render(request_again()).await;
    *page.status_mut() = StatusCode::NOT_FOUND;
    page
}

/// Sets `Cache-Control` and `Vary` on a file.
fn cached(mut response: Response, policy: HeaderValue) -> Response {
    if matches!(response.status(), StatusCode::OK | StatusCode::PARTIAL_CONTENT | StatusCode::NOT_MODIFIED) {
        response.headers_mut().insert(header::CACHE_CONTROL, policy);
        response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    }
    response
}
