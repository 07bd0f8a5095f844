//! The user's sessions, shown as devices that can be signed out.

use super::result::focus_result;
use crate::{
    components::{confirm::Confirm, icons::DeviceIcon, loaded::loaded, moment::Moment},
    messages,
};
use latchkey_leptos::{
    api::sessions::{revoke_other_sessions, revoke_session, sessions},
    client::load::load_and_retry,
    components::dynamic::dynamic,
    messages::error_text,
};
use latchkey_wire::{ApiError, ListedSession};
use leptos::{html, prelude::*};

/// The list of sessions, the current one first, with buttons to sign out the others. Notifies `changed` after a
/// sign-out, and reloads when `changed` is notified.
#[component]
pub fn Devices(changed: Trigger) -> impl IntoView {
    let load = Action::new(|(): &()| sessions());
    load_and_retry(load);
    Effect::new(move |before: Option<()>| {
        changed.track();
        if before.is_some() {
            load.dispatch(());
        }
    });
    let result = RwSignal::new(None::<Result<String, ApiError>>);
    let news = NodeRef::<html::Div>::new();
    Effect::new(move |_| {
        // The pressed button disappears, and would lose the focus.
        if result.read().is_some() {
            focus_result(news);
        }
    });
    let end_one = Action::new(move |session: &ListedSession| {
        let (id, name) = (session.id.clone(), messages::name_of(&session.device));
        async move {
            let answer = match revoke_session(id).await {
                Ok(()) => Ok(messages::device_signed_out(&name, false)),
                Err(ApiError::NotFound) => Ok(messages::device_signed_out(&name, true)),
                Err(error) => Err(error),
            };
            finish(result, changed, answer);
        }
    });
    let end_others = Action::new(move |(): &()| async move {
        let answer = revoke_other_sessions().await.map(|ended| messages::others_signed_out(ended.revoked));
        finish(result, changed, answer);
    });
    let pending = Signal::derive(move || end_one.pending().get() || end_others.pending().get());

    view! {
        <section aria-labelledby="devices">
            <h2 id="devices">"Devices"</h2>
            <p class="quiet">"Where you are signed in. Sign out what you do not know, and change your password then."</p>
            <div role="status" tabindex="-1" node_ref=news>
                {dynamic(move || match result.get() {
                    None => ().into_any(),
                    Some(Ok(done)) => view! { <p class="notice">{done}</p> }.into_any(),
                    Some(Err(error)) => view! { <p class="alert">{error_text(&error)}</p> }.into_any(),
                })}
            </div>
            <div>{loaded(load, messages::LOADING_DEVICES, move |sessions| {
                let others = sessions.iter().filter(|session| !session.current).count();
                view! {
                    {(others > 0)
                        .then(|| {
                            view! {
                                <div class="actions">
                                    <Confirm
                                        label="Sign out all other devices"
                                        pending_label=messages::SIGNING_OUT
                                        question=messages::sign_out_others(others)
                                        pending
                                        on_confirm=move |()| {
                                            end_others.dispatch(());
                                        }
                                    />
                                </div>
                            }
                        })}
                    <ul class="list">
                        {sessions
                            .into_iter()
                            .map(|session| {
                                view! {
                                    <Card
                                        session=session.clone()
                                        pending
                                        on_end=move |()| {
                                            end_one.dispatch(session.clone());
                                        }
                                    />
                                }
                            })
                            .collect_view()}
                    </ul>
                }
                    .into_any()
            })}</div>
        </section>
    }
}

#[component]
fn Card(session: ListedSession, pending: Signal<bool>, #[prop(into)] on_end: Callback<()>) -> impl IntoView {
    let name = messages::name_of(&session.device);
    view! {
        <li class="device">
            <DeviceIcon kind=session.device.kind />
            <div id=session.id.clone()>
                <strong>{name.clone()}</strong>
                {session.current.then(|| view! { <span class="badge">"This device"</span> })}
                {messages::unusual(session.new_network, session.new_device)
                    .map(|words| view! { <span class="badge">{words}</span> })}
                <div class="quiet">
                    "Last seen " <Moment at=session.last_seen_at /> ", signed in " <Moment at=session.created_at />
                    {session.ip.map(|ip| format!(", from {ip}"))}
                </div>
                {session.last_used_from.as_ref().and_then(messages::last_used_from).map(|text| view! { <div>{text}</div> })}
            </div>
            {(!session.current)
                .then(|| {
                    view! {
                        <div>
                            <Confirm
                                label="Sign out"
                                pending_label=messages::SIGNING_OUT
                                beside=session.id
                                question=messages::sign_out_device(&name)
                                pending
                                on_confirm=on_end
                            />
                        </div>
                    }
                })}
        </li>
    }
}

/// Shows the result and reloads the sessions. `try_set` fails if the user has left the page in the meantime.
fn finish(result: RwSignal<Option<Result<String, ApiError>>>, changed: Trigger, answer: Result<String, ApiError>) {
    let is_done = answer.is_ok();
    if result.try_set(Some(answer)).is_none() && is_done {
        changed.notify();
    }
}
