//! The security log.

use crate::{components::moment::Moment, messages};
use latchkey_leptos::{
    api::account::security_log,
    client::load::load_and_retry,
    components::{
        announce::{Loading, announce},
        dynamic::dynamic,
        load_error::LoadError,
    },
    messages::error_text,
};
use latchkey_wire::{ApiError, Event, EventKind, EventPage};
use leptos::{html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// The result of loading a page of the log.
#[derive(Clone)]
struct LoadedPage {
    /// The cursor of the next, older page, if there is one.
    next: Option<String>,
    /// How many older entries were added; `None` if the list was replaced.
    older: Option<usize>,
}

/// The security log, newest first, with a button for older entries. Reloads when `changed` notifies.
#[component]
pub fn SecurityLog(changed: Trigger) -> impl IntoView {
    let events = RwSignal::new(Vec::<Event>::new());
    // The cursor of the next page to load; `None` for the newest. It does not change if loading fails.
    let cursor = RwSignal::new(None::<String>);
    let load = Action::new(move |(): &()| {
        let before = cursor.get_untracked();
        async move {
            let EventPage { events: more, next } = security_log(before.clone()).await?;
            let count = more.len();
            match (cursor.try_get_untracked(), &before) {
                (Some(now), before) if now != *before => return Ok(LoadedPage { next: now, older: None }),
                // The user has left the page in the meantime.
                (None, _) => {}
                (_, None) => events.set(more),
                (_, Some(_)) => events.update(|events| events.extend(more)),
            }
            Ok::<_, ApiError>(LoadedPage { next, older: before.map(|_| count) })
        }
    });
    load_and_retry(load);
    Effect::new(move |before: Option<()>| {
        changed.track();
        if before.is_some() {
            cursor.set(None);
            load.dispatch(());
        }
    });
    let load_more = move |()| {
        if !load.pending().get_untracked() {
            load.dispatch(());
        }
    };
    let list = NodeRef::<html::Ol>::new();
    Effect::new(move |_| {
        if let Some(Ok(LoadedPage { next, older })) = load.value().get() {
            // The button moves down or disappears, so the focus moves to the first of the new entries.
            if let Some(older) = older {
                focus_line(list, events.read_untracked().len().saturating_sub(older));
            }
            cursor.set(next);
        }
    });

    let is_asked_for = move || load.pending().get() && cursor.read_untracked().is_some();
    Effect::new(move |_| match load.value().get() {
        Some(Ok(_)) if is_asked_for() => announce(messages::LOADING_LOG.to_owned()),
        Some(Ok(LoadedPage { older: Some(older), .. })) => announce(messages::older_entries(older)),
        _ => {}
    });
    let has_older = move || matches!(&*load.value().read(), Some(Ok(LoadedPage { next: Some(_), .. })));
    let is_empty = move || matches!(&*load.value().read(), Some(Ok(_))) && events.read().is_empty();

    view! {
        <section aria-labelledby="security-log">
            <h2 id="security-log">"Security log"</h2>
            <p class="quiet">"If something here was not you, change your password."</p>
            <ol class="list" node_ref=list hidden=move || events.read().is_empty()>
                {dynamic(move || events.get().into_iter().map(|event| view! { <Line event /> }).collect_view().into_any())}
            </ol>
            <p hidden=move || !is_empty()>{messages::NO_EVENTS}</p>
            // Not `disabled` while loading: a disabled button loses the focus.
            <button
                type="button"
                class="secondary"
                hidden=move || !has_older()
                aria-disabled=move || load.pending().get().then_some("true")
                on:click=move |_| load_more(())
                prop:textContent=move || if is_asked_for() { messages::LOADING_LOG } else { "Show older entries" }
            ></button>
            <div>
                {dynamic(move || match (load.value().get(), load.pending().get()) {
                    (Some(Ok(_)), _) | (None, false) => ().into_any(),
                    (_, true) => view! { <Loading text=messages::LOADING_LOG /> }.into_any(),
                    (Some(Err(error)), false) => {
                        view! { <LoadError text=error_text(&error) again=load_more /> }.into_any()
                    }
                })}
            </div>
        </section>
    }
}

/// Moves the focus to the entry with this index.
fn focus_line(list: NodeRef<html::Ol>, before: usize) {
    let place = format!("li:nth-child({})", before + 1);
    let line = list.get_untracked().and_then(|list| list.query_selector(&place).ok().flatten());
    if let Some(line) = line.and_then(|line| line.dyn_into::<HtmlElement>().ok()) {
        line.set_tab_index(-1);
        // Moving the focus is optional.
        let _ = line.focus();
    }
}

#[component]
fn Line(event: Event) -> impl IntoView {
    let class = if event.kind == EventKind::ReplayDetected { "event alarming" } else { "event" };
    let unusual = messages::unusual(event.new_network, event.new_device).map(str::to_owned);
    let place = [event.device.browser.clone(), event.device.system.clone(), event.ip.clone(), unusual];
    let place: Vec<String> = place.into_iter().flatten().collect();
    view! {
        <li class=class>
            <span>{messages::happened(&event)}</span>
            <span class="quiet">
                <Moment at=event.at />
                {(!place.is_empty()).then(|| format!(" · {}", place.join(" · ")))}
            </span>
        </li>
    }
}
