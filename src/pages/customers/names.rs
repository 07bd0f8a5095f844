//! The table of customers.

use super::table::{Row, Shown, Table};
use crate::messages::{NO_CUSTOMERS, NO_MATCH};
use latchkey_leptos::components::{
    announce::announce,
    dynamic::dynamic,
    field::Field,
    input::{in_document, typed},
};
use leptos::{html, prelude::*};

/// A table that can be searched, sorted and paged.
#[component]
pub fn Names(names: Vec<String>) -> impl IntoView {
    if names.is_empty() {
        announce(NO_CUSTOMERS.to_owned());
        return view! { <p>{NO_CUSTOMERS}</p> }.into_any();
    }
    let table = RwSignal::new(Table::new(names, folded));
    let search = NodeRef::<html::Input>::new();
    let clear = move |_| {
        if let Some(input) = in_document(search) {
            input.set_value("");
            // The button disappears, so the focus moves to the field.
            let _ = input.focus();
        }
        table.update(|table| table.search(String::new()));
    };

    let found = Memo::new(move |_| Found::of(&table.read(), search));
    Effect::new(move |_| {
        let found = found.read();
        announce([&found.says, found.missed.as_str(), found.end].concat());
    });
    let is_missed = move || found.read().shown.total == 0;
    let has_more = move |forward| found.read().shown.has_more(forward);

    view! {
        <div role="search" class="search" on:input=move |_| table.update(|table| table.search(folded(&typed(search))))>
            <Field name="search" label="Search" kind="search" autocomplete="off" required=false node_ref=search />
        </div>
        <p class="quiet" dir="auto">
            <span prop:textContent=move || found.read().says.clone()></span>
            <span dir="auto" prop:textContent=move || found.read().missed.clone()></span>
            <span prop:textContent=move || found.read().end></span>
        </p>
        <button type="button" class="secondary" hidden=move || !is_missed() on:click=clear>
            "Clear the search"
        </button>
        <table aria-label="Customers" hidden=is_missed>
            <thead>
                <tr>
                    <th aria-sort=move || table.read().direction(false)>{sort_button(table, "No.", false)}</th>
                    <th aria-sort=move || table.read().direction(true)>{sort_button(table, "Name", true)}</th>
                </tr>
            </thead>
            <tbody>{dynamic(move || found.read().shown.rows.iter().map(row).collect_view().into_any())}</tbody>
        </table>
        <p class="actions" hidden=move || !has_more(false) && !has_more(true)>
            {page_button(table, "Previous", false, has_more)}
            {page_button(table, "Next", true, has_more)}
        </p>
    }
    .into_any()
}

/// The shown rows, and a status text.
#[derive(PartialEq)]
struct Found {
    shown: Shown,
    says: String,
    /// The searched text, if nothing matches.
    missed: String,
    end: &'static str,
}

impl Found {
    fn of(table: &Table, search: NodeRef<html::Input>) -> Self {
        let shown = table.shown();
        if shown.total == 0 {
            return Self { shown, says: NO_MATCH[0].to_owned(), missed: typed(search), end: NO_MATCH[1] };
        }
        Self { says: shown.place(), shown, missed: String::new(), end: "" }
    }
}

fn row(row: &Row) -> impl IntoView + use<> {
    view! {
        <tr>
            <td>{row.number}</td>
            <td>
                <span dir="auto">{row.name.clone()}</span>
            </td>
        </tr>
    }
}

/// The button in a column's header, which sorts by the column.
fn sort_button(table: RwSignal<Table>, label: &'static str, by_name: bool) -> impl IntoView {
    view! {
        <button type="button" class="plain" on:click=move |_| table.update(|table| table.sort(by_name))>
            {label}
        </button>
    }
}

/// A button to the previous or the next page. On the last page it is only `aria-disabled`, because a disabled button
/// loses the focus.
fn page_button(
    table: RwSignal<Table>,
    label: &'static str,
    forward: bool,
    is_possible: impl Fn(bool) -> bool + Send + Sync + 'static,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class="secondary"
            aria-disabled=move || (!is_possible(forward)).then_some("true")
            on:click=move |_| table.update(|table| table.turn(forward))
        >
            {label}
        </button>
    }
}

/// Normalizes text for comparison: ignores case, accents, strokes through letters, repeated spaces, and kinds of
/// apostrophes. In the browser only, because it uses the browser's Unicode tables, to keep the download small.
fn folded(text: &str) -> String {
    let text = String::from(js_sys::JsString::from(text).normalize("NFD").to_lower_case());
    let mut plain = String::new();
    for c in text.chars() {
        let replacement = match c {
            // Accents, which NFD separates from their letters.
            '\u{300}'..='\u{36f}' => "",
            '‘' | '’' | 'ʼ' => "'",
            // Letters that NFD does not decompose, as users type them without a key for them.
            'æ' => "ae",
            'œ' => "oe",
            'ß' => "ss",
            'þ' => "th",
            'ð' | 'đ' => "d",
            'ø' => "o",
            'ł' => "l",
            'ı' => "i",
            c => {
                plain.push(c);
                continue;
            }
        };
        plain.push_str(replacement);
    }
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}
