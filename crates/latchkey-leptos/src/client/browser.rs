//! The browser as the environment of a session: its clocks, its page and the way to the server. Storage and locks are
//! in their own files.

use super::{event_log::EventLog, session::SessionContext, tabs::Tabs};
use crate::{
    sign_in::token,
    transport::{fetch, prefix},
};
use gloo_net::http::RequestBuilder;
use gloo_timers::future::TimeoutFuture;
use latchkey_client::{Channel, ClientEvent, Clock, Page, Transport, View};
use latchkey_wire::{AccessToken, ApiError, Brand, RefreshToken, Tokens};
use leptos::prelude::{document, window};
use std::cell::Cell;

/// The browser, with the signals that show the session of this tab. They are not set until the page has been hydrated.
#[derive(Default)]
pub struct Browser {
    pub(super) brand: Cell<Brand>,
    pub(super) tabs: Tabs,
    pub(super) session: Cell<Option<SessionContext>>,
    pub(super) event_log: Cell<Option<EventLog>>,
}

impl Clock for Browser {
    fn wall_ms(&self) -> i64 {
        js_sys::Date::now() as i64
    }

    fn monotonic_ms(&self) -> i64 {
        window().performance().map_or_else(|| self.wall_ms(), |performance| performance.now() as i64)
    }

    fn sleep(&self, ms: u32) -> impl Future<Output = ()> + 'static {
        TimeoutFuture::new(ms)
    }

    fn chance(&self) -> f64 {
        js_sys::Math::random()
    }
}

impl Channel for Browser {
    fn post(&self, text: &str) -> bool {
        self.tabs.post(text)
    }
}

impl Transport for Browser {
    fn refresh(&self, refresh_token: RefreshToken) -> impl Future<Output = Result<Tokens, ApiError>> {
        // The access token is optional and not sent, because the refresh token is sufficient.
        token::refresh(refresh_token.into(), None)
    }

    fn revoke(&self, refresh_token: RefreshToken) -> impl Future<Output = Result<(), ApiError>> {
        token::revoke(Some(refresh_token.into()))
    }

    async fn confirm(&self, access_token: AccessToken) {
        // If it fails, the next call does the same.
        let _ = fetch(RequestBuilder::new(&prefix::with_prefix("/api/me")).build(), Some(access_token), false).await;
    }
}

impl Page for Browser {
    fn is_hidden(&self) -> bool {
        document().hidden()
    }

    fn is_offline(&self) -> bool {
        !window().navigator().on_line()
    }

    fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        leptos::task::spawn_local(task);
    }

    fn show(&self, view: View) {
        if let Some(session) = self.session.get() {
            session.show(view);
        }
    }

    fn record_changed(&self) {
        if let Some(session) = self.session.get() {
            session.record_changed();
        }
    }

    fn recovered(&self) {
        if let Some(session) = self.session.get() {
            session.recovered();
        }
    }

    fn log(&self, event: ClientEvent) {
        if let Some(event_log) = self.event_log.get() {
            event_log.record(event, self.wall_ms());
        }
    }
}
