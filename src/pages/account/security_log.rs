//! What happened to the account, in plain words.

use crate::{components::moment::Moment, messages};
use latchkey_leptos::{
    api::account::security_log,
    client::load::keep_loaded,
    components::{
        announce::{Loading, announce},
        failed::Failed,
        place::place,
    },
    messages::of_error,
};
use latchkey_wire::{ApiError, Event, EventKind, EventPage};
use leptos::{html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// The outcome of loading a page of the log.
#[derive(Clone)]
struct Seen {
    /// Where older lines begin, if there are some.
    next: Option<String>,
    /// How many lines came to those that were there already; nothing if they began anew.
    older: Option<usize>,
}

/// The security log, newest first; older lines come when they are asked for. It begins anew when `changed` says so.
#[component]
pub fn SecurityLog(changed: Trigger) -> impl IntoView {
    let events = RwSignal::new(Vec::<Event>::new());
    // Where to go on: at first at the newest, and after a failure where this try began.
    let at = RwSignal::new(None::<String>);
    let load = Action::new(move |(): &()| {
        let before = at.get_untracked();
        async move {
            let EventPage { events: more, next } = security_log(before.clone()).await?;
            let count = more.len();
            match (at.try_get_untracked(), &before) {
                (Some(now), before) if now != *before => return Ok(Seen { next: now, older: None }),
                // The page may have been left meanwhile.
                (None, _) => {}
                (_, None) => events.set(more),
                (_, Some(_)) => events.update(|events| events.extend(more)),
            }
            Ok::<_, ApiError>(Seen { next, older: before.map(|_| count) })
        }
    });
    keep_loaded(load);
    Effect::new(move |before: Option<()>| {
        changed.track();
        if before.is_some() {
            at.set(None);
            load.dispatch(());
        }
    });
    let go_on = move |()| {
        if !load.pending().get_untracked() {
            load.dispatch(());
        }
    };
    let list = NodeRef::<html::Ol>::new();
    Effect::new(move |_| {
        if let Some(Ok(Seen { next, older })) = load.value().get() {
            // The button goes down with the lines that came, or away with the last of them: one reads on where they
            // begin.
            if let Some(older) = older {
                focus_line(list, events.read_untracked().len().saturating_sub(older));
            }
            at.set(next);
        }
    });

    let is_asked_for = move || load.pending().get() && at.read_untracked().is_some();
    Effect::new(move |_| match load.value().get() {
        Some(Ok(_)) if is_asked_for() => announce(messages::LOADING_LOG.to_owned()),
        Some(Ok(Seen { older: Some(older), .. })) => announce(messages::older_entries(older)),
        _ => {}
    });
    let has_older = move || matches!(&*load.value().read(), Some(Ok(Seen { next: Some(_), .. })));
    let is_empty = move || matches!(&*load.value().read(), Some(Ok(_))) && events.read().is_empty();

    view! {
        <section aria-labelledby="security-log">
            <h2 id="security-log">"Security log"</h2>
            <p class="quiet">"If something here was not you, change your password."</p>
            <ol class="list" node_ref=list hidden=move || events.read().is_empty()>
                {place(move || events.get().into_iter().map(|event| view! { <Line event /> }).collect_view().into_any())}
            </ol>
            <p hidden=move || !is_empty()>{messages::NO_EVENTS}</p>
            // The button stays while one waits, and the focus with it.
            <button
                type="button"
                class="secondary"
                hidden=move || !has_older()
                aria-disabled=move || load.pending().get().then_some("true")
                on:click=move |_| go_on(())
                prop:textContent=move || if is_asked_for() { messages::LOADING_LOG } else { "Show older entries" }
            ></button>
            <div>
                {place(move || match (load.value().get(), load.pending().get()) {
                    (Some(Ok(_)), _) | (None, false) => ().into_any(),
                    (_, true) => view! { <Loading text=messages::LOADING_LOG /> }.into_any(),
                    (Some(Err(error)), false) => {
                        view! { <Failed text=of_error(&error) again=go_on /> }.into_any()
                    }
                })}
            </div>
        </section>
    }
}

/// Moves the focus to the line that has so many before it.
fn focus_line(list: NodeRef<html::Ol>, before: usize) {
    let place = format!("li:nth-child({})", before + 1);
    let line = list.get_untracked().and_then(|list| list.query_selector(&place).ok().flatten());
    if let Some(line) = line.and_then(|line| line.dyn_into::<HtmlElement>().ok()) {
        line.set_tab_index(-1);
        // If the focus cannot be moved, nothing else has to change.
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
