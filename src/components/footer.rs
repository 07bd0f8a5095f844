//! What stands below every page.

use leptos::prelude::*;

/// The switch between the themes. It is markup and nothing else: the script in the head of the document knows what is
/// chosen and listens for another choice, long before the program is there, and shows the switch only where it runs.
#[component]
pub fn Footer() -> impl IntoView {
    view! {
        <footer class="site-footer">
            <div>
                <p>"Latchkey: sign-in that stays signed in."</p>
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
