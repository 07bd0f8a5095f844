//! A button that asks for confirmation before an action that cannot be undone.

use leptos::{ev::KeyboardEvent, html, prelude::*};

/// The button. When pressed, it is replaced by `question` with a button to confirm and one to cancel, and the focus
/// moves to the latter. The question stays until the action has finished; then the caller moves the focus to its
/// result.
#[component]
pub fn Confirm(
    /// The label of the button, and of the one that confirms.
    label: &'static str,
    /// The label of the latter while the action is running.
    pending_label: &'static str,
    /// The id of an element beside the first button, whose text becomes part of the button's accessible name.
    #[prop(optional, into)]
    beside: Option<String>,
    /// Says what will happen.
    question: String,
    /// Whether an action is running, this one or another of the same list.
    #[prop(into)]
    pending: Signal<bool>,
    #[prop(into)] on_confirm: Callback<()>,
) -> impl IntoView {
    let asking = RwSignal::new(false);
    let (first, cancel) = (NodeRef::<html::Button>::new(), NodeRef::<html::Button>::new());
    // Whether the running action is this one.
    let sent = RwSignal::new(false);
    Effect::new(move |before: Option<bool>| {
        let (asks, waits) = (asking.get(), pending.get());
        if sent.get_untracked() && !waits {
            sent.set(false);
            asking.set(false);
            return false;
        }
        let focused = match before {
            Some(before) if before != asks => if asks { cancel } else { first }.get(),
            _ => None,
        };
        if let Some(button) = focused {
            // Moving the focus is optional.
            let _ = button.focus();
        }
        asks
    });

    let id = beside.as_ref().map(|beside| format!("{beside}-button"));
    let labels = beside.map(|beside| format!("{beside}-button {beside}"));
    let group_name = question.clone();
    view! {
        <button
            type="button"
            class="secondary"
            node_ref=first
            id=id
            aria-labelledby=labels
            hidden=move || asking.get()
            disabled=move || pending.get()
            on:click=move |_| asking.set(true)
        >
            {label}
        </button>
        <div
            class="confirm"
            role="group"
            aria-label=group_name
            hidden=move || !asking.get()
            on:keydown=move |event| escape(&event, cancel)
        >
            <p>{question}</p>
            <button
                type="button"
                class="danger"
                // Not `disabled`: a disabled button loses the focus.
                aria-disabled=move || pending.get().then_some("true")
                aria-busy=move || sent.get().then_some("true")
                on:click=move |_| {
                    if !pending.get_untracked() {
                        on_confirm.run(());
                        sent.set(true);
                    }
                }
                prop:textContent=move || if sent.get() { pending_label } else { label }
            ></button>
            <button
                type="button"
                class="secondary"
                node_ref=cancel
                disabled=move || sent.get()
                on:click=move |_| asking.set(false)
            >
                "Cancel"
            </button>
        </div>
    }
}

/// Clicks the button `cancel` if the key is Escape.
pub fn escape(event: &KeyboardEvent, cancel: NodeRef<html::Button>) {
    if event.key() == "Escape"
        && let Some(button) = cancel.get_untracked()
    {
        button.click();
    }
}
