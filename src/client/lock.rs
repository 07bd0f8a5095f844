//! Taking turns with the other tabs by a Web Lock, where the browser has them. It saves requests and nothing depends on
//! it: a tab that waits in vain, because another one hangs, goes on without.

use futures::{
    channel::oneshot,
    future::{Either, select},
};
use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortSignal;

/// How long a tab waits for its turn. A refresh takes a fraction of that, or the network is the trouble.
const PATIENCE_MS: u32 = 5_000;

/// A tab's turn; it ends when this is dropped, or with the page.
pub struct Turn {
    release: Option<Function>,
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(release) = self.release.take() {
            // Resolving a promise cannot fail.
            let _ = release.call0(&JsValue::UNDEFINED);
        }
    }
}

/// Waits for this tab's turn among all that name the same lock. None where there are no locks (old browsers, plain http,
/// private modes) or another tab has kept its turn for too long. Browser only.
pub async fn turn(name: &str) -> Option<Turn> {
    let mut release = None;
    let until_dropped = Promise::new(&mut |resolve, _| release = Some(resolve));
    let turn = Turn { release };
    let (granted, grant) = oneshot::channel();
    // The lock is held until the promise that this returns is resolved.
    let callback = Closure::once_into_js(move |_lock: JsValue| {
        // If the waiting is over, `turn` has been dropped and the promise is resolved: the lock goes at once.
        let _ = granted.send(());
        until_dropped
    });
    let request = request(name, callback.unchecked_ref()).ok()?;
    match select(grant, JsFuture::from(request)).await {
        Either::Left((Ok(()), _)) => Some(turn),
        // Refused, or out of patience.
        Either::Left((Err(_), _)) | Either::Right(_) => None,
    }
}

/// `navigator.locks.request(name, { signal }, callback)`, called by name: web-sys has it under an unstable flag only, and
/// would not notice where a browser lacks it.
fn request(name: &str, callback: &Function) -> Result<Promise, JsValue> {
    let locks = Reflect::get(&leptos::prelude::window().navigator(), &"locks".into())?;
    let request: Function = Reflect::get(&locks, &"request".into())?.dyn_into()?;
    let options = Object::new();
    Reflect::set(&options, &"signal".into(), &AbortSignal::timeout_with_u32(PATIENCE_MS))?;
    request.call3(&locks, &name.into(), &options, callback)?.dyn_into()
}
