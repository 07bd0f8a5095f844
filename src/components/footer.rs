//! The footer of every page.

use crate::brand::TAGLINE;
use leptos::prelude::*;

/// The footer, with the theme switch. The inline script `before_paint.js` handles the switch, because it must apply the
/// stored choice before the program has loaded. The style shows the switch only if scripts run.
#[component]
pub fn Footer() -> impl IntoView {
    view! {
        <footer class="site-footer">
            <div>
                <p>{TAGLINE}</p>
                <div class="themes" role="radiogroup" aria-label="Theme">
                    <label>
                        <input type="radio" name="theme" value="system" />
                        <span>"System"</span>
                    </label>
                    <label>
                        <input type="radio" name="theme" value="light" />
                        <span>"Light"</span>
                    </label>
                    <label>
                        <input type="radio" name="theme" value="dark" />
                        <span>"Dark"</span>
                    </label>
                </div>
            </div>
        </footer>
    }
}
