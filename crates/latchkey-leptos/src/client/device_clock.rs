//! What time the device thinks it is, and how much has passed.

/// The device's wall clock in Unix milliseconds, right or wrong. Browser only.
pub fn wall_ms() -> i64 {
    js_sys::Date::now() as i64
}

/// Milliseconds since the page was opened, immune to clock changes. Browser only.
pub fn monotonic_ms() -> i64 {
    leptos::prelude::window().performance().map_or_else(wall_ms, |performance| performance.now() as i64)
}
