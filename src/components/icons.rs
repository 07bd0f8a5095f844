//! Every icon, as inline SVG: one stroke, the colour of the text, hidden from those who hear the words beside it.

use crate::api::sessions::DeviceKind;
use leptos::prelude::*;

/// The kind of a device.
#[component]
pub fn DeviceIcon(kind: DeviceKind) -> impl IntoView {
    let lines = match kind {
        DeviceKind::Computer => "M4 5h16v10H4zM2 19h20",
        DeviceKind::Phone => "M8 3h8v18H8zM11 18h2",
        DeviceKind::Tablet => "M5 3h14v18H5zM11 18h2",
        DeviceKind::Other => "M4 5h16v14H4zM8 10l3 2-3 2M13 15h3",
    };
    view! {
        <svg
            class="icon"
            viewBox="0 0 24 24"
            fill="none"
            stroke="currentColor"
            stroke-width="1.5"
            stroke-linejoin="round"
            stroke-linecap="round"
            aria-hidden="true"
        >
            <path d=lines />
        </svg>
    }
}
