//! The session inspector: what the client holds, what it is about to do, and what it did and why. For those who clone
//! this; take it out by its line in `home.rs`.

use crate::{
    api::ApiError,
    client::{
        inspect::{Snapshot, expire_here, refresh_by_hand, snapshot},
        journal::{Deed, Journal, Why},
        session::{Connection, use_session},
        storage::Place,
    },
    messages::of_error,
};
use leptos::prelude::*;
use std::time::Duration;

/// The state, live, with two buttons to stir it.
#[component]
pub fn Inspector() -> impl IntoView {
    let session = use_session();
    let now = RwSignal::new(None::<Snapshot>);
    Effect::new(move |_| {
        session.track_record();
        now.set(snapshot());
    });
    Effect::new(move |_| {
        let tick = move || {
            if !document().hidden() {
                now.set(snapshot());
            }
        };
        if let Ok(ticking) = set_interval_with_handle(tick, Duration::from_secs(1)) {
            on_cleanup(move || ticking.clear());
        }
    });
    let fact = move |of: fn(&Snapshot) -> String| move || now.read().as_ref().map(of);
    let claims = Memo::new(move |_| now.read().as_ref().map(|now| now.claims.clone()).unwrap_or_default());

    view! {
        <section class="inspector" aria-labelledby="inspector">
            <h2 id="inspector">"Session inspector"</h2>
            <dl class="facts">
                <dt>"State"</dt>
                <dd>{move || state(now.read().as_ref(), session.connection())}</dd>
                <dt>"Kept in"</dt>
                <dd>{fact(|now| kept_in(now.place).to_owned())}</dd>
                <dt>"Generation"</dt>
                <dd>{fact(|now| now.generation.map_or_else(|| "unknown".to_owned(), |generation| generation.to_string()))}</dd>
                <dt>"Access token"</dt>
                <dd>
                    <code>{fact(|now| now.access_token.clone())}</code>
                    <progress
                        aria-label="Life left of the access token"
                        max=fact(|now| now.life_ms.max(1).to_string())
                        value=fact(|now| now.left_ms.to_string())
                    ></progress>
                    <span class="quiet">
                        {fact(|now| format!("{} of {} left", duration(now.left_ms), duration(now.life_ms)))}
                    </span>
                </dd>
                <dt>"Refresh token"</dt>
                <dd>
                    <code>{fact(|now| now.refresh_token.clone())}</code>
                </dd>
                <dt>"Next refresh"</dt>
                <dd>{fact(|now| next_refresh(now.next_refresh_in_ms))}</dd>
            </dl>
            <p class="actions">
                <button type="button" class="secondary" on:click=|_| refresh_by_hand()>
                    "Refresh now"
                </button>
                <button type="button" class="secondary" on:click=|_| expire_here()>
                    "Expire the access token here"
                </button>
            </p>
            <Doings />
            <h3>"Claims of the access token"</h3>
            <dl class="facts claims">
                {move || {
                    claims
                        .get()
                        .into_iter()
                        .map(|(name, value)| {
                            view! {
                                <dt>
                                    <code>{name}</code>
                                </dt>
                                <dd>
                                    <code>{value}</code>
                                </dd>
                            }
                        })
                        .collect_view()
                }}
            </dl>
        </section>
    }
}

/// The journal, newest first.
#[component]
fn Doings() -> impl IntoView {
    let journal = expect_context::<Journal>();
    view! {
        <h3>"What the client did, and why"</h3>
        <ol class="journal">
            {move || {
                journal
                    .entries()
                    .into_iter()
                    .map(|entry| {
                        view! {
                            <li>
                                <time class="quiet">{time_of_day(entry.at_ms)}</time>
                                {" "}
                                {told(&entry.deed)}
                            </li>
                        }
                    })
                    .collect_view()
            }}
        </ol>
    }
}

fn state(now: Option<&Snapshot>, connection: Connection) -> &'static str {
    match (now.map(|now| now.left_ms), connection) {
        (None, _) => "Guest",
        (Some(_), Connection::Offline) => "Signed in, offline",
        (Some(_), Connection::Reconnecting) => "Signed in, reconnecting",
        (Some(_), Connection::Waiting) => "Signed in, waiting as the server asked",
        (Some(1..), Connection::Fine) => "Signed in",
        (Some(_), Connection::Fine) => "Signed in, access token expired",
    }
}

fn kept_in(place: Place) -> &'static str {
    match place {
        Place::Local => "local storage: for this browser",
        Place::Session => "session storage: for this tab",
        Place::Memory => "memory: until the page is closed or reloaded",
    }
}

fn next_refresh(in_ms: Option<i64>) -> String {
    match in_ms {
        None => "when this page is in view and has a network".to_owned(),
        Some(ms) if ms <= 0 => "now".to_owned(),
        Some(ms) => format!("in {}", duration(ms)),
    }
}

/// An entry of the journal in words.
fn told(deed: &Deed) -> String {
    match deed {
        Deed::SignedIn => "Signed in.".to_owned(),
        Deed::Found => "Found a session in the storage.".to_owned(),
        Deed::Refreshed(why) => format!("Refreshed {}.", because(*why)),
        Deed::Adopted => "Adopted fresh tokens from another tab.".to_owned(),
        Deed::SentAgain => "Retried the call after 401.".to_owned(),
        Deed::RefreshFailed(error) => format!("A refresh failed; still signed in. {}", hint(error)),
        Deed::Expired => "Took the access token for expired, by hand.".to_owned(),
        Deed::LoggedOut => "Logged out.".to_owned(),
        Deed::Ended(reason) => format!("The session was over: {}.", reason.as_str()),
        Deed::Lost => "The tokens were gone from the storage.".to_owned(),
    }
}

fn because(why: Why) -> &'static str {
    match why {
        Why::Ahead => "ahead of time",
        Why::Overdue => "after expiry",
        Why::Guard => "at the guard",
        Why::BeforeCall => "before a call",
        Why::AfterRefusal => "after 401",
        Why::ByHand => "by hand",
    }
}

fn hint(error: &ApiError) -> String {
    match error.retry_after() {
        Some(seconds) => {
            format!("{} It asked for {} of patience.", of_error(error), duration(i64::from(seconds) * 1_000))
        }
        None => of_error(error),
    }
}

/// A length of time in whole seconds: `4 min 12 s`.
fn duration(ms: i64) -> String {
    // Rounded up, so that what is not over yet is not nothing.
    let seconds = ms.max(0).saturating_add(999) / 1_000;
    match (seconds / 3_600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

fn time_of_day(at_ms: i64) -> String {
    let date = js_sys::Date::new(&(at_ms as f64).into());
    date.to_locale_time_string("default").into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::error::EndReason;

    #[test]
    fn lengths_of_time_are_readable() {
        assert_eq!(duration(0), "0 s");
        assert_eq!(duration(-5), "0 s");
        assert_eq!(duration(1), "1 s");
        assert_eq!(duration(252_000), "4 min 12 s");
        assert_eq!(duration(3_660_000), "1 h 1 min");
        assert!(!duration(i64::MAX).is_empty());
    }

    #[test]
    fn what_the_client_did_has_a_reason() {
        assert_eq!(told(&Deed::Refreshed(Why::Ahead)), "Refreshed ahead of time.");
        assert_eq!(told(&Deed::Ended(EndReason::Replayed)), "The session was over: replayed.");
        let busy = Deed::RefreshFailed(ApiError::Unavailable { retry_after: 5 });
        assert!(told(&busy).ends_with("It asked for 5 s of patience."));
    }
}
