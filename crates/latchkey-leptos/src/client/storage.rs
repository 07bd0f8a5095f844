//! The browser's local and session storage.

use super::browser::Browser;
use gloo_storage::{LocalStorage, SessionStorage, Storage as _};
use latchkey_client::{Area, KEY, Storage};

impl Storage for Browser {
    fn get(&self, area: Area) -> Option<String> {
        storage(area)?.get_item(KEY).ok()?
    }

    fn set(&self, area: Area, text: &str) -> bool {
        storage(area).is_some_and(|storage| storage.set_item(KEY, text).is_ok())
    }

    fn remove(&self, area: Area) {
        if let Some(storage) = storage(area) {
            // A record that cannot be removed cannot be read either.
            let _ = storage.remove_item(KEY);
        }
    }
}

/// The storage, if it can be used. Reaching for a refused one throws, and `gloo-storage` would turn that into a panic.
fn storage(area: Area) -> Option<web_sys::Storage> {
    let window = leptos::prelude::window();
    let (offered, storage): (_, fn() -> web_sys::Storage) = match area {
        Area::Session => (window.session_storage(), SessionStorage::raw),
        Area::Local => (window.local_storage(), LocalStorage::raw),
    };
    let usable = matches!(offered, Ok(Some(storage)) if storage.get_item(KEY).is_ok());
    usable.then(storage)
}
