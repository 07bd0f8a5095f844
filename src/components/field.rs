//! A labelled text input with a hint and the messages about what was typed.

use leptos::{html, prelude::*};

/// One line of a form. The input is uncontrolled and read through `node_ref` on submit, so that what a password manager
/// or the user typed before hydration is not lost.
#[component]
pub fn Field(
    /// The id and the form name.
    name: &'static str,
    label: &'static str,
    /// The input's type.
    #[prop(default = "text")]
    kind: &'static str,
    autocomplete: &'static str,
    #[prop(default = true)] required: bool,
    #[prop(optional)] hint: Option<&'static str>,
    /// Messages of the server about this field.
    #[prop(optional, into)]
    errors: Signal<Vec<String>>,
    node_ref: NodeRef<html::Input>,
) -> impl IntoView {
    let hint_id = format!("{name}-hint");
    let error_id = format!("{name}-error");
    let is_wrong = move || !errors.read().is_empty();
    let described_by = {
        let (hint_id, error_id) = (hint_id.clone(), error_id.clone());
        move || {
            let ids: Vec<&str> = [hint.map(|_| hint_id.as_str()), is_wrong().then_some(error_id.as_str())]
                .into_iter()
                .flatten()
                .collect();
            (!ids.is_empty()).then(|| ids.join(" "))
        }
    };

    view! {
        <div class="field">
            <label for=name>{label}</label>
            {hint
                .map(|hint| {
                    view! {
                        <p class="hint" id=hint_id>
                            {hint}
                        </p>
                    }
                })}
            <input
                id=name
                name=name
                type=kind
                autocomplete=autocomplete
                autocapitalize="none"
                spellcheck="false"
                required=required
                aria-describedby=described_by
                aria-invalid=move || is_wrong().then_some("true")
                node_ref=node_ref
            />
            // There before it has anything to say: a live region that comes with its text is not read out.
            <div aria-live="polite">
                {move || {
                    is_wrong()
                        .then(|| {
                            view! {
                                <p class="field-error" id=error_id.clone()>
                                    {errors.read().join(" ")}
                                </p>
                            }
                        })
                }}
            </div>
        </div>
    }
}

/// What stands in a text input now.
pub fn typed(input: NodeRef<html::Input>) -> String {
    input.get_untracked().map(|input| input.value()).unwrap_or_default()
}
