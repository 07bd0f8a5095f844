//! What the accounts are for: each user has notes, in a table of the application.

use latchkey_leptos::prelude::*;
use leptos::prelude::*;

#[cfg(feature = "ssr")]
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// The notes of the signed-in user.
#[server(client = SignedIn)]
pub async fn notes() -> Result<Vec<String>, ApiError> {
    let user = current_user().await?;
    let notes = statement("SELECT text FROM notes WHERE user_id = $1 ORDER BY id")
        .bind(&user.session.user.id)
        .values(database()?.store.readers())
        .await;
    Ok(notes.map_err(StoreError::from)?)
}

/// Adds a note.
#[server(client = SignedIn)]
pub async fn add_note(text: String) -> Result<(), ApiError> {
    let user = current_user().await?;
    let mut tx = database()?.store.begin().await?;
    statement("INSERT INTO notes (user_id, text) VALUES ($1, $2)")
        .bind(&user.session.user.id)
        .bind(text)
        .execute(&mut tx)
        .await
        .map_err(StoreError::from)?;
    Ok(tx.commit().await?)
}

/// The page, which the guard shows to signed-in users only.
#[component]
pub fn Notes() -> impl IntoView {
    let add = ServerAction::<AddNote>::new();
    let notes = LocalResource::new(move || {
        add.version().track();
        notes()
    });
    view! {
        <h1>"Notes of " {move || use_session().user().map(|user| user.display_name)}</h1>
        <p>{move || use_session().user()?.fields.get("company").map(str::to_owned)}</p>
        <ul>
            {move || notes.get().and_then(Result::ok).map(|notes| {
                notes.into_iter().map(|text| view! { <li>{text}</li> }).collect_view()
            })}
        </ul>
        <ActionForm action=add>
            <input name="text" aria-label="Note" required />
            <button>"Add"</button>
        </ActionForm>
        <button on:click=move |_| log_out()>"Log out"</button>
    }
}
