//! Web Locks, if the browser supports them.

use super::browser::Browser;
use futures::{
    channel::oneshot,
    future::{Either, select},
};
use js_sys::{Function, Object, Promise, Reflect};
use latchkey_client::{Lock, Locks};
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use wasm_bindgen_futures::JsFuture;

/// A lock that this tab holds until this is dropped, or until the page is closed.
pub struct Held {
    release: Option<Function>,
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(release) = self.release.take() {
            // Resolving a promise cannot fail.
            let _ = release.call0(&JsValue::UNDEFINED);
        }
    }
}

impl Locks for Browser {
    type Held = Held;

    async fn request(&self, name: &str, if_free: bool) -> Lock<Held> {
        let mut release = None;
        let until_released = Promise::new(&mut |resolve, _| release = Some(resolve));
        let (answered, answer) = oneshot::channel();
        let callback = Closure::once_into_js(move |lock: JsValue| {
            // The browser holds the lock until the promise that this returns is resolved. A lock that is granted after
            // the wait has ended is released at once.
            match answered.send(!lock.is_null()) {
                Ok(()) => until_released.into(),
                Err(_) => JsValue::UNDEFINED,
            }
        });
        let Ok(refused) = request(name, if_free, callback.unchecked_ref()) else { return Lock::Missing };
        match select(answer, JsFuture::from(refused)).await {
            Either::Left((Ok(true), _)) => Lock::Held(Held { release }),
            Either::Left((Ok(false), _)) => Lock::Taken,
            Either::Left((Err(_), _)) | Either::Right(_) => Lock::Missing,
        }
    }
}

/// `navigator.locks.request(name, { ifAvailable }, callback)`, called by name, because web-sys has it only behind an
/// unstable flag and cannot detect that a browser lacks it.
fn request(name: &str, if_free: bool, callback: &Function) -> Result<Promise, JsValue> {
    let locks = Reflect::get(&leptos::prelude::window().navigator(), &"locks".into())?;
    let request: Function = Reflect::get(&locks, &"request".into())?.dyn_into()?;
    let options = Object::new();
    Reflect::set(&options, &"ifAvailable".into(), &if_free.into())?;
    request.call3(&locks, &name.into(), &options, callback)?.dyn_into()
}
