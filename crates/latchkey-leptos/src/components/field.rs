//! A labelled text input with a hint and error messages.

use super::{
    advice::{Advice, AdviceText},
    dynamic::text,
    form_errors::{FormErrors, clear_field_errors},
    input::in_document,
};
use crate::messages::CAPS_LOCK;
use leptos::{ev::KeyboardEvent, html, prelude::*};
use wasm_bindgen::JsCast;

/// A field of a form. The input is uncontrolled: the form reads it through `node_ref` on submit, so text from a
/// password manager, or typed before hydration, is not lost. A password field has a button that shows the password, and
/// reports Caps Lock.
#[component]
pub fn Field(
    /// The attributes `id` and `name` of the input.
    name: &'static str,
    /// The label. " (optional)" is appended for a text field that is not required.
    label: &'static str,
    /// The attribute `type` of the input.
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
    /// The server's error messages for the form. Those for this field disappear when its text changes.
    #[prop(optional)]
    errors: Option<RwSignal<FormErrors>>,
    /// For a new password: the inputs for username and display name. The server checks the password against them, and
    /// gives advice while the user types.
    #[prop(optional)]
    identity_inputs: Option<[NodeRef<html::Input>; 2]>,
    /// The input, for the form to read.
    node_ref: NodeRef<html::Input>,
) -> impl IntoView {
    let is_password = kind == "password";
    let advice = identity_inputs.map(|inputs| Advice::new(node_ref, inputs));
    let is_optional = !required && kind == "text";
    let label = if is_optional { format!("{label} (optional)") } else { label.to_owned() };
    let id = |part| format!("{name}-{part}");
    // All of these elements exist from the start. They are empty while there is nothing to say.
    let described_by = [hint.map(|_| "hint"), is_password.then_some("caps"), advice.map(|_| "advice"), Some("error")];
    let described_by: Vec<String> = described_by.into_iter().flatten().map(id).collect();
    let message = move || errors?.read().fields.get(name).map(|messages| messages.join(" "));

    // When the form is sent, a shown password is hidden again: browsers store the content of a text input.
    let (has_show_button, shown, caps) = (RwSignal::new(false), RwSignal::new(false), RwSignal::new(false));
    if is_password {
        Effect::new(move |_| {
            has_show_button.set(true);
            let hide = move |event: web_sys::Event| {
                if is_in_form(node_ref, &event_target(&event)) {
                    shown.set(false);
                    if let Some(advice) = advice {
                        advice.on_submit();
                    }
                }
            };
            let submit = window_event_listener_untyped("submit", hide);
            let reset = window_event_listener_untyped("reset", hide);
            on_cleanup(move || {
                submit.remove();
                reset.remove();
            });
        });
    }

    Effect::new(move |_| {
        let is_invalid = message().is_some();
        let kind = if shown.get() { "text" } else { kind };
        if let Some(input) = in_document(node_ref) {
            input.set_type(kind);
            // If this fails, the message still shows.
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
            // The listeners are on the parent, because other software may replace the input.
            <div
                class=if is_password { "typed hideable" } else { "typed" }
                on:input=move |_| {
                    if let Some(errors) = errors {
                        clear_field_errors(errors, name);
                    }
                    if let Some(advice) = advice {
                        advice.on_input();
                    }
                }
                on:keyup=move |event| caps.set(is_from_input(&event) && has_caps_lock(&event))
                on:focusout=move |_| {
                    caps.set(false);
                    if let Some(advice) = advice {
                        advice.on_blur();
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
                            // A click with the mouse leaves the focus in the input.
                            <button
                                type="button"
                                class="plain"
                                hidden=move || !has_show_button.get()
                                on:mousedown=|event| event.prevent_default()
                                on:click=move |_| shown.update(|shown| *shown = !*shown)
                            >
                                {text(move || if shown.get() { "Hide" } else { "Show" })}
                                <span class="unseen">" password"</span>
                            </button>
                        }
                    })}
            </div>
            // Live regions exist before they have text: screen readers do not announce one that is inserted with its
            // text.
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
fn is_from_input(event: &KeyboardEvent) -> bool {
    event.target().is_some_and(|target| target.has_type::<web_sys::HtmlInputElement>())
}

/// Whether Caps Lock is on. The check of the type is needed: when a browser fills in a form, its `keyup` is not a
/// `KeyboardEvent`.
fn has_caps_lock(event: &KeyboardEvent) -> bool {
    event.has_type::<KeyboardEvent>() && event.get_modifier_state("CapsLock")
}

/// Whether the input is in this form.
fn is_in_form(input: NodeRef<html::Input>, form: &web_sys::Node) -> bool {
    in_document(input).is_some_and(|input| form.contains(Some(&input)))
}
