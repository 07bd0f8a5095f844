//! The browser's local and session storage.

use super::browser::Browser;
use gloo_storage::{LocalStorage, SessionStorage, Storage as _};
use latchkey_client::{Area, Storage};

impl Storage for Browser {
    fn get(&self, area: Area) -> Option<String> {
        self.storage(area)?.get_item(self.key()).ok()?
    }

    fn set(&self, area: Area, text: &str) -> bool {
        self.storage(area).is_some_and(|storage| storage.set_item(self.key(), text).is_ok())
    }

    fn remove(&self, area: Area) {
        if let Some(storage) = self.storage(area) {
            // A record that cannot be removed cannot be read either.
            let _ = storage.remove_item(self.key());
        }
    }
}

impl Browser {
    fn key(&self) -> &'static str {
        self.brand.get().storage_key()
    }

    /// The storage, if it can be used. Access to a storage that the browser denies throws, and `gloo-storage` would
    /// turn that into a panic.
    fn storage(&self, area: Area) -> Option<web_sys::Storage> {
        let window = leptos::prelude::window();
        let (offered, storage): (_, fn() -> web_sys::Storage) = match area {
            Area::Session => (window.session_storage(), SessionStorage::raw),
            Area::Local => (window.local_storage(), LocalStorage::raw),
        };
        let usable = matches!(offered, Ok(Some(storage)) if storage.get_item(self.key()).is_ok());
        usable.then(storage)
    }
}

/// Whether a `storage` event with this key can concern the record under `ours`. The key `None` means that the whole
/// storage was cleared.
pub fn concerns(key: Option<&str>, ours: &str) -> bool {
    key.is_none_or(|key| key == ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn storage_events_of_other_keys_are_not_ours() {
        assert!(concerns(Some("acme.session"), "acme.session"));
        assert!(concerns(None, "acme.session"));
        assert!(!concerns(Some("latchkey.session"), "acme.session"));
    }
}
