//! Icons and drawings as inline SVG, hidden from screen readers because the text beside them has the same meaning.
//! Icons are strokes in the colour of the text.

use crate::brand::BRAND;
use latchkey_wire::DeviceKind;
use leptos::prelude::*;

/// The icon of a kind of device.
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

/// The logo and the name of the app, with a link to the home page.
pub fn brand() -> impl IntoView {
    view! {
        <a class="brand" href="/">
            <svg viewBox="0 0 32 32" fill="none" stroke="currentColor" stroke-width="3" aria-hidden="true">
                <circle cx="16" cy="11" r="5" />
                <path d="M16 16v11m0-5h5" stroke-linecap="round" />
            </svg>
            <span>{BRAND.title()}</span>
        </a>
    }
}

/// A drawing of a session as a key. The filled tooth is the current access token; the teeth before it are past ones.
pub fn drawing() -> impl IntoView {
    view! {
        <figure class="key">
            <svg viewBox="5 7 624 92" fill="none" aria-hidden="true">
                <path class="bow" d="M94 53A44 44 0 1 1 94 52.9M52 53A14 14 0 1 1 52 52.9" />
                <path
                    class="cut"
                    d="M92 36H412M92 69H108M108 26V80H122L134 52H142l10 18h26l10 -18h8l10 26h26l10 -26h8l10 12h26l10 -12h8l10 22h26l10 -22h8l10 16h26l10 -16h8"
                />
                <path class="used" d="M412 37v15l10 24h26l10-24V37Z" />
                <path class="to-come" d="M458 36H612L628 52L612 74H476L466 52H458" />
            </svg>
            <figcaption>
                "A session is a key that is always being cut: each tooth is an access token, good for minutes, and the \
                next one is ready before it is worn."
            </figcaption>
        </figure>
    }
}
