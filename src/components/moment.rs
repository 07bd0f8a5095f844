//! A moment in the past, as people speak of it.

use crate::messages::moments::ago;
use leptos::prelude::*;

/// "5 minutes ago", with the exact moment on hover and for programs. `at` is RFC 3339. In the browser only: the server
/// knows neither the time zone nor the moment of reading.
#[component]
pub fn Moment(at: String) -> impl IntoView {
    let date = js_sys::Date::new(&at.as_str().into());
    let exact = String::from(date.to_locale_string("default", &js_sys::Object::new().into()));
    let friendly = ago(((js_sys::Date::now() - date.get_time()) / 1_000.0) as i64);
    let shown = friendly.unwrap_or_else(|| exact.clone());
    view! {
        <time datetime=at title=exact>
            {shown}
        </time>
    }
}
