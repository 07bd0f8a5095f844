//! Taking turns with the other tabs by a Web Lock, where the browser has them. It only saves requests: a tab that
//! cannot get the lock in time, because another one hangs, continues without it.

use futures::{
    channel::oneshot,
    future::{Either, select},
};
use gloo_timers::future::TimeoutFuture;
use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use wasm_bindgen_futures::JsFuture;

/// How long a tab waits for its turn. A refresh takes a fraction of that unless the network is slow.
const LONGEST_WAIT_MS: u32 = 5_000;

/// A tab's turn; it ends when this is dropped, or with the page.
pub struct Turn {
    release: Option<Function>,
    /// Whether another tab had its turn just before.
    pub had_to_wait: bool,
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(release) = self.release.take() {
            // Resolving a promise cannot fail.
            let _ = release.call0(&JsValue::UNDEFINED);
        }
    }
}

/// Waits for this tab's turn among all tabs that ask for the lock. `None` if the browser has no locks (old browsers,
/// plain HTTP, private modes) or another tab has held the lock for too long. Browser only.
pub async fn turn(name: &str) -> Option<Turn> {
    match ask(name, true).await? {
        Some(release) => Some(Turn { release: Some(release), had_to_wait: false }),
        None => ask(name, false).await?.map(|release| Turn { release: Some(release), had_to_wait: true }),
    }
}

/// One request, and what releases the lock if it was granted. With `if_free` it is not granted (the inner none) if
/// another tab has the lock; the outer none means that the browser did not answer.
async fn ask(name: &str, if_free: bool) -> Option<Option<Function>> {
    let mut release = None;
    let until_released = Promise::new(&mut |resolve, _| release = Some(resolve));
    let (answered, answer) = oneshot::channel();
    let callback = Closure::once_into_js(move |lock: JsValue| {
        // The lock is held until the promise that this returns is resolved; for one that comes after the waiting has
        // ended, that is at once.
        match answered.send(!lock.is_null()) {
            Ok(()) => until_released.into(),
            Err(_) => JsValue::UNDEFINED,
        }
    });
    let refused = JsFuture::from(request(name, if_free, callback.unchecked_ref()).ok()?);
    match select(answer, select(refused, TimeoutFuture::new(LONGEST_WAIT_MS))).await {
        Either::Left((Ok(granted), _)) => Some(release.filter(|_| granted)),
        Either::Left((Err(_), _)) | Either::Right(_) => None,
    }
}

/// `navigator.locks.request(name, { ifAvailable }, callback)`, called by name: web-sys has it under an unstable flag
/// only, and would not notice where a browser lacks it.
fn request(name: &str, if_free: bool, callback: &Function) -> Result<Promise, JsValue> {
    let locks = Reflect::get(&leptos::prelude::window().navigator(), &"locks".into())?;
    let request: Function = Reflect::get(&locks, &"request".into())?.dyn_into()?;
    let options = Object::new();
    Reflect::set(&options, &"ifAvailable".into(), &if_free.into())?;
    request.call3(&locks, &name.into(), &options, callback)?.dyn_into()
}
