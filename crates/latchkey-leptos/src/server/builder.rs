//! [`Server`]: builds a whole server from an application's pages and routes.

use super::functions::{application_functions, routes as functions};
use super::pages::{PageState, pages};
use axum::Router;
use latchkey_axum::ServerState;
use latchkey_axum::routes::{at_prefix, health_and_oauth_routes, well_known};
use latchkey_axum::settings::Settings;
use latchkey_axum::startup::{Latchkey, Parts, StartupError};
use latchkey_core::hooks::Hooks;
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
pub struct Server {
    settings: Settings,
    parts: Parts,
    pages: Option<BuildPages>,
    context: Arc<dyn Fn() + Send + Sync>,
    routes: Vec<Router<Arc<ServerState>>>,
    leptos: Option<LeptosOptions>,
}

impl Server {
    /// A server with the default settings and no pages.
    pub fn builder() -> Self {
        Self {
            settings: Settings::default(),
            parts: Parts::default(),
            pages: None,
            context: Arc::new(|| {}),
            routes: Vec::new(),
            leptos: None,
        }
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

    /// Sets the options of Leptos. By default they are those that `cargo leptos` set when it built the program, or sets
    /// when it runs it.
    #[must_use]
    pub fn leptos(mut self, options: LeptosOptions) -> Self {
        self.leptos = Some(options);
        self
    }

    /// Calls this for each request, to provide the contexts that the application's views and server functions use.
    #[must_use]
    pub fn context(mut self, provide: impl Fn() + Send + Sync + 'static) -> Self {
        self.context = Arc::new(provide);
        self
    }

    /// Adds routes of the application. They may use the extractors of [`latchkey_axum::extract`]; if they have their
    /// own state, call `with_state` on them first.
    #[must_use]
    pub fn routes(mut self, routes: Router<Arc<ServerState>>) -> Self {
        self.routes.push(routes);
        self
    }

    /// Runs these migrations of the application's own tables at each start, after Latchkey's.
    #[must_use]
    pub fn migrations(mut self, migrations: &'static Migrator) -> Self {
        self.parts.migrations = Some(migrations);
        self
    }

    /// Sets the code that the application runs at registrations and sign-ins, and for the claims that it adds to access
    /// tokens.
    #[must_use]
    pub fn hooks(mut self, hooks: Hooks) -> Self {
        self.parts.hooks = hooks;
        self
    }

    /// Serves until Ctrl-C or SIGTERM.
    ///
    /// # Errors
    /// [`StartupError`]; its message says what to do.
    pub async fn serve(self) -> Result<(), StartupError> {
        let (latchkey, routes) = self.open().await?;
        latchkey.serve(routes).await
    }

    /// Opens the data and builds all routes, for an application that serves them itself, and for tests: see
    /// [`Latchkey::serve`].
    ///
    /// # Errors
    /// [`StartupError`]; [`StartupError::Overlap`] if two routes have the same method and path.
    pub async fn open(self) -> Result<(Latchkey, Router), StartupError> {
        let Self { settings, parts, pages, context, routes, leptos } = self;
        let mut leptos = leptos.map_or_else(leptos_options, Ok)?;
        let latchkey = Latchkey::open_with(under_cargo_leptos(settings, leptos.site_addr), parts).await?;
        leptos.site_addr = latchkey.settings().addr;
        let page_state = PageState { server: latchkey.state(), leptos, context };
        // Axum panics for two routes with the same path.
        let all = catch_unwind(AssertUnwindSafe(|| all_routes(page_state, pages, routes)))
            .map_err(|panic| StartupError::Overlap(message_of(&*panic)))?;
        Ok((latchkey, all))
    }
}

fn all_routes(page_state: PageState, pages: Option<BuildPages>, routes: Vec<Router<Arc<ServerState>>>) -> Router {
    let (state, context) = (page_state.server.clone(), page_state.context.clone());
    let settings = &state.settings;
    let own = at_prefix(settings, functions(settings).merge(health_and_oauth_routes(settings)));
    let all = Router::new()
        .merge(routes.into_iter().fold(own, Router::merge).with_state(state.clone()))
        .merge(well_known(&state))
        .merge(application_functions(move || context()));
    match pages {
        Some(pages) => all.merge(pages(page_state)),
        None => all,
    }
}

fn leptos_options() -> Result<LeptosOptions, StartupError> {
    let options = get_configuration(None).map_err(|error| StartupError::Leptos(error.to_string()))?.leptos_options;
    if options.output_name.is_empty() {
        return Err(StartupError::Leptos("LEPTOS_OUTPUT_NAME is not set".to_owned()));
    }
    Ok(options)
}

/// Uses the address that cargo-leptos sets, because its live reload and its tests connect to it.
fn under_cargo_leptos(settings: Settings, addr: SocketAddr) -> Settings {
    let is_set = std::env::var_os("LEPTOS_SITE_ADDR").is_some();
    if is_set && settings.addr == Settings::default().addr { settings.listening_on(addr) } else { settings }
}

fn message_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}
