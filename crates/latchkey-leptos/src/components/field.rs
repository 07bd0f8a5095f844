//! A labelled text input with a hint and error messages.

use super::{
    advice::{Advice, AdviceText},
    dynamic::text,
    form_errors::{FormErrors, forget},
    input::in_document,
};
use crate::messages::CAPS_LOCK;
use leptos::{ev::KeyboardEvent, html, prelude::*};
use wasm_bindgen::JsCast;

/// A field of a form. The input is uncontrolled and read through `node_ref` on submit, so that text from a password
/// manager, or typed before hydration, is not lost. A password can be shown, and Caps Lock is reported.
#[component]
pub fn Field(
    /// The id and the form name.
    name: &'static str,
    /// The label. A text that is not required gets " (optional)" after it.
    label: &'static str,
    /// The input's type.
    #[prop(default = "text")]
    kind: &'static str,
    /// By which browsers and password managers fill in the field, such as `username`.
    autocomplete: &'static str,
    /// Whether the field must not be empty. The server checks it.
    #[prop(default = true)]
    required: bool,
    /// A text below the field.
    #[prop(optional)]
    hint: Option<&'static str>,
    /// The server's messages for the form; those for this field disappear when its text changes.
    #[prop(optional)]
    complaint: Option<RwSignal<FormErrors>>,
    /// For a new password, which the server judges while the user types: the inputs for username and display name.
    #[prop(optional)]
    owner: Option<[NodeRef<html::Input>; 2]>,
    /// The input, for the form to read.
    node_ref: NodeRef<html::Input>,
) -> impl IntoView {
    let is_password = kind == "password";
    let advice = owner.map(|owner| Advice::new(node_ref, owner));
    let is_optional = !required && kind == "text";
    let label = if is_optional { format!("{label} (optional)") } else { label.to_owned() };
    let id = |part| format!("{name}-{part}");
    // All of these elements exist from the start and are empty while they have no text.
    let described_by = [hint.map(|_| "hint"), is_password.then_some("caps"), advice.map(|_| "advice"), Some("error")];
    let described_by: Vec<String> = described_by.into_iter().flatten().map(id).collect();
    let message = move || complaint?.read().fields.get(name).map(|messages| messages.join(" "));

    // A password is shown or read aloud only while the user wants it, and the browser never stores it as ordinary text.
    let (can_show, shown, caps) = (RwSignal::new(false), RwSignal::new(false), RwSignal::new(false));
    if is_password {
        Effect::new(move |_| {
            can_show.set(true);
            let hide = move |event: web_sys::Event| {
                if is_in(node_ref, &event_target(&event)) {
                    shown.set(false);
                    if let Some(advice) = advice {
                        advice.sent();
                    }
                }
            };
            let sent = window_event_listener_untyped("submit", hide);
            let emptied = window_event_listener_untyped("reset", hide);
            on_cleanup(move || {
                sent.remove();
                emptied.remove();
            });
        });
    }

    Effect::new(move |_| {
        let is_invalid = message().is_some();
        let kind = if shown.get() { "text" } else { kind };
        if let Some(input) = in_document(node_ref) {
            input.set_type(kind);
            // Without the attribute the message still shows.
            let _ = if is_invalid {
                input.set_attribute("aria-invalid", "true")
            } else {
                input.remove_attribute("aria-invalid")
            };
        }
    });

    view! {
        <div class=if advice.is_some() { "field judged" } else { "field" }>
            <label for=name>{label}</label>
            {hint
                .map(|hint| {
                    view! {
                        <p class="hint" id=id("hint")>
                            {hint}
                        </p>
                    }
                })}
            // The listeners are not on the input, because other software may replace it.
            <div
                class=if is_password { "typed hideable" } else { "typed" }
                on:input=move |_| {
                    if let Some(complaint) = complaint {
                        forget(complaint, name);
                    }
                    if let Some(advice) = advice {
                        advice.typing();
                    }
                }
                on:keyup=move |event| caps.set(is_of_input(&event) && has_caps_lock(&event))
                on:focusout=move |_| {
                    caps.set(false);
                    if let Some(advice) = advice {
                        advice.left();
                    }
                }
            >
                <input
                    id=name
                    name=name
                    type=kind
                    autocomplete=autocomplete
                    autocapitalize="none"
                    spellcheck="false"
                    required=required
                    aria-describedby=described_by.join(" ")
                    node_ref=node_ref
                />
                {is_password
                    .then(|| {
                        view! {
                            // With a mouse, the cursor stays in the input.
                            <button
                                type="button"
                                class="plain"
                                hidden=move || !can_show.get()
                                on:mousedown=|event| event.prevent_default()
                                on:click=move |_| shown.update(|shown| *shown = !*shown)
                            >
                                {text(move || if shown.get() { "Hide" } else { "Show" })}
                                <span class="unseen">" password"</span>
                            </button>
                        }
                    })}
            </div>
            // Live regions exist before they have text: one that is inserted with its text is not announced.
            {is_password
                .then(|| {
                    view! {
                        <p
                            class="caps"
                            id=id("caps")
                            aria-live="polite"
                            prop:textContent=move || caps.get().then_some(CAPS_LOCK)
                        ></p>
                    }
                })}
            {advice.map(|advice| view! { <AdviceText advice id=id("advice") /> })}
            <div aria-live="polite">
                <p class="field-error" id=id("error") prop:textContent=message></p>
            </div>
        </div>
    }
}

/// Whether the key was pressed in the input, and not on the button beside it.
fn is_of_input(event: &KeyboardEvent) -> bool {
    event.target().is_some_and(|target| target.has_type::<web_sys::HtmlInputElement>())
}

/// Browsers that fill in a form send keyboard events without a key.
fn has_caps_lock(event: &KeyboardEvent) -> bool {
    event.has_type::<KeyboardEvent>() && event.get_modifier_state("CapsLock")
}

/// Whether the input is in this form.
fn is_in(input: NodeRef<html::Input>, form: &web_sys::Node) -> bool {
    in_document(input).is_some_and(|input| form.contains(Some(&input)))
}
