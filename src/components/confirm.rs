//! A button for an action that cannot be undone: it asks once.

use leptos::{ev::KeyboardEvent, html, prelude::*};

/// The button; when it is pressed, `question` with a button that does it and one that does not. The focus goes along.
/// The question stays until the answer to it is there, which takes the focus by itself.
#[component]
pub fn Confirm(
    /// What both buttons say.
    label: &'static str,
    /// What the second says while it is being done.
    pending_label: &'static str,
    /// The id of what the first button stands beside, which is part of its name for those who do not see that.
    #[prop(optional, into)]
    beside: Option<String>,
    /// What will happen.
    question: String,
    /// While it is being done, here or beside.
    #[prop(into)]
    pending: Signal<bool>,
    #[prop(into)] on_confirm: Callback<()>,
) -> impl IntoView {
    let asking = RwSignal::new(false);
    let (first, no) = (NodeRef::<html::Button>::new(), NodeRef::<html::Button>::new());
    // Whether what is being done was asked for here.
    let sent = RwSignal::new(false);
    Effect::new(move |before: Option<bool>| {
        let (asks, waits) = (asking.get(), pending.get());
        if sent.get_untracked() && !waits {
            sent.set(false);
            asking.set(false);
            return false;
        }
        let focused = match before {
            Some(before) if before != asks => if asks { no } else { first }.get(),
            _ => None,
        };
        if let Some(button) = focused {
            // If the focus cannot be moved, nothing else has to change.
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
            on:keydown=move |event| escape(&event, no)
        >
            <p>{question}</p>
            <button
                type="button"
                class="danger"
                // One that is disabled under the finger would take the focus with it.
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
                node_ref=no
                disabled=move || sent.get()
                on:click=move |_| asking.set(false)
            >
                "Cancel"
            </button>
        </div>
    }
}

/// The Escape key presses the button for no.
pub fn escape(event: &KeyboardEvent, no: NodeRef<html::Button>) {
    if event.key() == "Escape"
        && let Some(button) = no.get_untracked()
    {
        button.click();
    }
}
