//! What happened to the account, in plain words.

use crate::{
    api::{
        ApiError,
        account::{Event, EventPage, security_log},
    },
    components::{announce::Loading, failed::Failed, moment::Moment},
    messages,
};
use leptos::{html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// The security log, newest first; older lines come when they are asked for.
#[component]
pub fn SecurityLog() -> impl IntoView {
    let events = RwSignal::new(Vec::<Event>::new());
    let load = Action::new(move |before: &Option<String>| {
        let before = before.clone();
        async move {
            let EventPage { events: more, next } = security_log(before).await?;
            // The page may have been left meanwhile.
            events.try_update(|events| events.extend(more));
            Ok::<_, ApiError>(next)
        }
    });
    Effect::new(move |_| {
        load.dispatch(None);
    });
    // Where to go on: after a failure where this try began, at first at the newest.
    let at = RwSignal::new(None::<String>);
    let go_on = move |()| {
        if !load.pending().get_untracked() {
            load.dispatch(at.get_untracked());
        }
    };
    let list = NodeRef::<html::Ol>::new();
    Effect::new(move |before: Option<usize>| {
        if let Some(Ok(next)) = load.value().get() {
            // With the last lines the button goes, and the focus must not go with it.
            if let (None, Some(before @ 1..)) = (&next, before) {
                focus_line(list, before);
            }
            at.set(next);
        }
        events.read_untracked().len()
    });

    view! {
        <section aria-labelledby="security-log">
            <h2 id="security-log">"Security log"</h2>
            <p class="quiet">"If something here was not you, change your password."</p>
            <ol class="list" node_ref=list hidden=move || events.read().is_empty()>
                <For each=move || events.get() key=|event| event.id.clone() let:event>
                    <Line event />
                </For>
            </ol>
            {move || match (load.value().get(), load.pending().get()) {
                // The button stays, and the focus with it.
                (Some(Ok(Some(_))), pending) => {
                    view! {
                        <button
                            type="button"
                            class="secondary"
                            aria-disabled=pending.then_some("true")
                            on:click=move |_| go_on(())
                        >
                            {if pending { messages::LOADING_LOG } else { "Show older entries" }}
                        </button>
                    }
                        .into_any()
                }
                (_, true) => {
                    view! { <Loading text=messages::LOADING_LOG /> }.into_any()
                }
                (None | Some(Ok(None)), false) => ().into_any(),
                (Some(Err(error)), false) => {
                    view! { <Failed text=messages::of_error(&error) again=go_on /> }.into_any()
                }
            }}
        </section>
    }
}

/// Moves the focus to the line that has so many before it.
fn focus_line(list: NodeRef<html::Ol>, before: usize) {
    let place = format!("li:nth-child({})", before + 1);
    let line = list.get_untracked().and_then(|list| list.query_selector(&place).ok().flatten());
    if let Some(line) = line.and_then(|line| line.dyn_into::<HtmlElement>().ok()) {
        line.set_tab_index(-1);
        // A focus that cannot be moved is no reason to fail.
        let _ = line.focus();
    }
}

#[component]
fn Line(event: Event) -> impl IntoView {
    let class = if event.kind == "replay_detected" { "event alarming" } else { "event" };
    let place = [event.device.browser.clone(), event.device.system.clone(), event.ip.clone()];
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
