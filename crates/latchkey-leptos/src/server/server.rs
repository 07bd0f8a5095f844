//! [`Server`]: a whole server from an application's pages and routes.

use super::functions::{application_functions, routes as functions};
use super::pages::{PageState, pages};
use axum::Router;
use latchkey_axum::ServerState;
use latchkey_axum::routes::{at_prefix, common, well_known};
use latchkey_axum::settings::Settings;
use latchkey_axum::startup::{Latchkey, Parts, StartupError, check_routes, stop_signal};
use leptos::config::{LeptosOptions, get_configuration};
use leptos::prelude::IntoView;
use sqlx::migrate::Migrator;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

type BuildPages = Box<dyn FnOnce(PageState) -> Router + Send>;

/// A server with Latchkey's routes and those of the application, inside the request pipeline.
///
/// ```no_run
/// # use leptos::prelude::*;
/// # #[component] fn App() -> impl IntoView {}
/// # fn shell(_: LeptosOptions) -> impl IntoView {}
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// use latchkey_leptos::server::{Server, Settings};
///
/// Server::builder().settings(Settings::default()).pages(App, shell).serve().await?;
/// # Ok(())
/// # }
/// ```
///
/// An application that needs more uses the parts: [`Latchkey::open`], [`functions`], [`application_functions`] and
/// [`pages`].
#[derive(Default)]
pub struct Server {
    settings: Settings,
    parts: Parts,
    pages: Option<BuildPages>,
    routes: Router<Arc<ServerState>>,
}

impl Server {
    /// A server with the default settings and no pages.
    pub fn builder() -> Self {
        Self::default()
    }

    /// Sets the settings. Under `cargo leptos`, its address replaces the default one.
    #[must_use]
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// Adds the pages of the root component `app`; `shell` is the HTML document around it, as for
    /// `leptos_axum::file_and_error_handler`.
    #[must_use]
    pub fn pages<A: IntoView + 'static, S: IntoView + 'static>(
        mut self,
        app: impl Fn() -> A + Clone + Send + Sync + 'static,
        shell: impl Fn(LeptosOptions) -> S + Clone + Send + Sync + 'static,
    ) -> Self {
        self.pages = Some(Box::new(move |state| pages(app, shell, state)));
        self
    }

    /// Adds routes of the application. They may use the extractors of
    /// [`latchkey_axum::extract`]; for a state of their own, call `with_state` on them first.
    #[must_use]
    pub fn routes(mut self, routes: Router<Arc<ServerState>>) -> Self {
        self.routes = self.routes.merge(routes);
        self
    }

    /// Runs these migrations, of the application's own tables, after Latchkey's at each start.
    #[must_use]
    pub fn migrations(mut self, migrations: &'static Migrator) -> Self {
        self.parts.migrations = Some(migrations);
        self
    }

    /// Serves until Ctrl-C or SIGTERM.
    ///
    /// # Errors
    /// [`StartupError`], with a sentence that says what to do.
    pub async fn serve(self) -> Result<(), StartupError> {
        let stop = stop_signal();
        let mut leptos = get_configuration(None).map(|file| file.leptos_options).unwrap_or_else(|_| {
            // Outside cargo-leptos, and without its variables: the defaults of Leptos.
            LeptosOptions::builder().output_name(env!("CARGO_PKG_NAME")).build()
        });
        let Self { settings, parts, pages, routes } = self;
        let latchkey = Latchkey::open_with(under_cargo_leptos(settings, leptos.site_addr), parts).await?;
        let state = latchkey.state();
        leptos.site_addr = latchkey.settings().addr;
        // Axum panics for two routes with the same path.
        let all = catch_unwind(AssertUnwindSafe(|| all_routes(&state, leptos, pages, routes)))
            .map_err(|panic| StartupError::Overlap(message_of(&*panic)))?;
        check_routes(&all, &state).await?;
        latchkey.serve_until(latchkey_axum::pipeline::finish(all, &state, None), stop).await
    }
}

fn all_routes(
    state: &Arc<ServerState>,
    leptos: LeptosOptions,
    pages: Option<BuildPages>,
    routes: Router<Arc<ServerState>>,
) -> Router {
    let settings = &state.settings;
    let page_state = PageState { server: state.clone(), leptos };
    let own = at_prefix(settings, functions(settings).merge(common(settings)));
    let all = Router::new()
        .merge(own.merge(routes).with_state(state.clone()))
        .merge(well_known(state))
        .merge(application_functions(page_state.clone()));
    match pages {
        Some(pages) => all.merge(pages(page_state)),
        None => all,
    }
}

/// cargo-leptos sets the address to which its live reload and its tests connect.
fn under_cargo_leptos(settings: Settings, addr: SocketAddr) -> Settings {
    let is_set = std::env::var_os("LEPTOS_SITE_ADDR").is_some();
    if is_set && settings.addr == Settings::default().addr { settings.listening_on(addr) } else { settings }
}

fn message_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}
