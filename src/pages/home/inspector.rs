//! The session inspector: the client's tokens, its next refresh, and a log of its actions. It is for developers; to
//! remove it, delete its line in `home.rs`.

use crate::messages::inspector::{describe, generation, kept_in, life_left, next_refresh, state};
use latchkey_leptos::{
    client::{
        event_log::{Entry, EventLog},
        inspect::{Snapshot, expire_here, refresh_manually, snapshot},
        session::use_session,
    },
    components::dynamic::dynamic,
};
use leptos::{prelude::*, task::spawn_local};
use std::time::Duration;

/// The client's current state, updated every second, with two buttons that change it.
#[component]
pub fn Inspector() -> impl IntoView {
    let session = use_session();
    let now = RwSignal::new(None::<Snapshot>);
    Effect::new(move |_| {
        session.track_record();
        now.set(snapshot());
    });
    Effect::new(move |_| {
        let tick = move || {
            if !document().hidden() {
                now.set(snapshot());
            }
        };
        if let Ok(ticking) = set_interval_with_handle(tick, Duration::from_secs(1)) {
            on_cleanup(move || ticking.clear());
        }
    });
    let refreshing = RwSignal::new(false);
    let refresh = move |_| {
        if !refreshing.get_untracked() {
            refreshing.set(true);
            spawn_local(async move {
                refresh_manually().await;
                // The user may have left the page in the meantime.
                refreshing.try_set(false);
            });
        }
    };
    let fact = move |of: fn(&Snapshot) -> String| move || now.read().as_ref().map(of);
    let claims = Memo::new(move |_| now.read().as_ref().map(|now| now.claims.clone()).unwrap_or_default());

    view! {
        <section class="inspector" aria-labelledby="inspector">
            <h2 id="inspector">"Session inspector"</h2>
            <dl class="facts">
                <dt>"State"</dt>
                <dd prop:textContent=move || {
                    state(now.read().as_ref().map(|now| now.left_ms), session.connection())
                }></dd>
                <dt>"Kept in"</dt>
                <dd prop:textContent=fact(|now| kept_in(now.place).to_owned())></dd>
                <dt>"Generation"</dt>
                <dd prop:textContent=fact(|now| generation(now.generation))></dd>
                <dt>"Access token"</dt>
                <dd>
                    <code prop:textContent=fact(|now| now.access_token.clone())></code>
                    <progress
                        aria-label="Life left of the access token"
                        max=fact(|now| now.life_ms.max(1).to_string())
                        value=fact(|now| now.left_ms.to_string())
                    ></progress>
                    <span class="quiet" prop:textContent=fact(|now| life_left(now.left_ms, now.life_ms))></span>
                </dd>
                <dt>"Refresh token"</dt>
                <dd>
                    <code prop:textContent=fact(|now| now.refresh_token.clone())></code>
                </dd>
                <dt>"Next refresh"</dt>
                <dd prop:textContent=fact(|now| next_refresh(now.next_refresh_in_ms))></dd>
            </dl>
            <p class="actions">
                <button
                    type="button"
                    class="secondary"
                    aria-disabled=move || refreshing.get().then_some("true")
                    aria-busy=move || refreshing.get().then_some("true")
                    on:click=refresh
                >
                    "Refresh now"
                </button>
                <button type="button" class="secondary" on:click=|_| expire_here()>
                    "Expire the access token here"
                </button>
            </p>
            <Events />
            <h3>"Claims of the access token"</h3>
            <dl class="facts claims">
                {dynamic(move || claims.get().into_iter().map(claim).collect_view().into_any())}
            </dl>
        </section>
    }
}

/// The event log, newest first.
#[component]
fn Events() -> impl IntoView {
    let event_log = expect_context::<EventLog>();
    view! {
        <h3>"What the client did, and why"</h3>
        <ol class="journal">
            {dynamic(move || event_log.entries().into_iter().map(line).collect_view().into_any())}
        </ol>
    }
}

fn line(entry: Entry) -> impl IntoView {
    view! {
        <li>
            <time class="quiet">{time_of_day(entry.at_ms)}</time>
            " "
            {describe(&entry.event)}
        </li>
    }
}

fn claim((name, value): (String, String)) -> impl IntoView {
    view! {
        <dt>
            <code>{name}</code>
        </dt>
        <dd>
            <code>{value}</code>
        </dd>
    }
}

fn time_of_day(at_ms: i64) -> String {
    let date = js_sys::Date::new(&(at_ms as f64).into());
    date.to_locale_time_string("default").into()
}
