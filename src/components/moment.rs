//! A time in the past, shown relative to now.

use crate::messages::moments::ago;
use leptos::prelude::*;
use std::time::Duration;

/// "5 minutes ago", updated every minute, with the exact time as the tooltip and in `datetime`. `at` is RFC 3339. Use
/// it in the browser only, because the server does not know the user's time zone.
#[component]
pub fn Moment(at: String) -> impl IntoView {
    let date = js_sys::Date::new(&at.as_str().into());
    let exact = String::from(date.to_locale_string("default", &js_sys::Object::new().into()));
    let minute = Trigger::new();
    if let Ok(ticking) = set_interval_with_handle(move || minute.notify(), Duration::from_secs(60)) {
        on_cleanup(move || ticking.clear());
    }
    let (then, otherwise) = (date.get_time(), exact.clone());
    let shown = move || {
        minute.track();
        ago(((js_sys::Date::now() - then) / 1_000.0) as i64).unwrap_or_else(|| otherwise.clone())
    };
    view! {
        <time datetime=at title=exact prop:textContent=shown></time>
    }
}
