//! Views that change after hydration, in a document that other software changes as well.
//!
//! Leptos keeps references to text nodes and comments, to change them and to insert beside them. Translators replace
//! text nodes, other software removes comments, and later changes there are never visible. Elements are reliable: they
//! may be moved or wrapped, but stay in the page. So a text that changes is the only content of an element, by
//! `prop:textContent` or [`text`]; a view that is inserted and removed has its own element, which [`dynamic`] fills;
//! and an element that is only shown or hidden uses `hidden`.

use leptos::{
    attr::any_attribute::AnyAttribute,
    html,
    prelude::*,
    tachys::{
        hydration::Cursor,
        no_attrs,
        view::{Mountable, Position, PositionState},
    },
    web_sys::Element,
};
use std::{cell::RefCell, rc::Rc};
use wasm_bindgen::JsCast;

/// A text that the server renders and that changes later, in its own `<span>`.
pub fn text(value: impl Fn() -> &'static str + Send + Sync + 'static) -> AnyView {
    let element = NodeRef::<html::Span>::new();
    let first = untrack(&value);
    let mut shown = first;
    Effect::new(move |_| {
        let now = value();
        if let Some(element) = element.get().filter(|_| shown != now) {
            element.set_text_content(Some(now));
            shown = now;
        }
    });
    view! { <span node_ref=element>{first}</span> }.into_any()
}

/// A view that is the whole content of its parent element. When a signal that `view` reads changes, the element is
/// emptied and the view is rendered again.
pub fn dynamic(view: impl FnMut() -> AnyView + Send + 'static) -> Dynamic {
    Dynamic(Box::new(view))
}

/// A whole page as a [`Dynamic`], which reads no signals. Without it, Leptos' router patches single text nodes when it
/// replaces one page by another.
pub fn dynamic_page(view: fn() -> AnyView) -> Dynamic {
    dynamic(move || untrack(view))
}

/// See [`dynamic`].
pub struct Dynamic(Box<dyn FnMut() -> AnyView + Send>);

/// The rendered content of a [`Dynamic`], and its parent element once that is known.
pub struct DynamicState {
    content: RenderEffect<<AnyView as Render>::State>,
    element: Rc<RefCell<Option<Element>>>,
}

impl Dynamic {
    /// Renders the view with `render_first`, and again after each change of the signals that it reads.
    fn render_effect(
        mut self,
        element: Option<Element>,
        render_first: impl Fn(AnyView) -> <AnyView as Render>::State + 'static,
    ) -> DynamicState {
        let element = Rc::new(RefCell::new(element));
        let parent = element.clone();
        let content = RenderEffect::new(move |before: Option<<AnyView as Render>::State>| {
            let content = (self.0)();
            let Some(mut before) = before else { return render_first(content) };
            let mut content = content.build();
            before.unmount();
            if let Some(element) = &*parent.borrow() {
                element.set_text_content(None);
                content.mount(element, None);
            }
            content
        });
        DynamicState { content, element }
    }
}

impl Render for Dynamic {
    type State = DynamicState;

    fn build(self) -> DynamicState {
        self.render_effect(None, AnyView::build)
    }

    fn rebuild(self, state: &mut DynamicState) {
        let element = state.element.take();
        let mut new = self.build();
        state.unmount();
        if let Some(element) = element {
            element.set_text_content(None);
            new.mount(&element, None);
        }
        *state = new;
    }
}

impl RenderHtml for Dynamic {
    type AsyncOutput = Self;
    type Owned = Self;
    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Self {
        self
    }

    fn to_html_with_buf(
        mut self,
        buf: &mut String,
        position: &mut Position,
        escape: bool,
        mark_branches: bool,
        extra_attrs: Vec<AnyAttribute>,
    ) {
        (self.0)().to_html_with_buf(buf, position, escape, mark_branches, extra_attrs);
    }

    fn hydrate<const FROM_SERVER: bool>(self, cursor: &Cursor, position: &PositionState) -> DynamicState {
        // The cursor moves to a child only when the child is hydrated, so it still points to the parent.
        let element = cursor.current().dyn_into().ok();
        let (cursor, position) = (cursor.clone(), position.clone());
        self.render_effect(element, move |content| content.hydrate::<FROM_SERVER>(&cursor, &position))
    }

    fn into_owned(self) -> Self {
        self
    }
}

impl Drop for DynamicState {
    fn drop(&mut self) {
        // Otherwise the effect's task keeps the content until it runs next. By then, signals that the content reads may
        // be disposed.
        drop(self.content.take_value());
    }
}

impl Mountable for DynamicState {
    fn unmount(&mut self) {
        self.content.unmount();
    }

    fn mount(&mut self, parent: &Element, marker: Option<&leptos::web_sys::Node>) {
        self.content.mount(parent, marker);
        self.element.replace(Some(parent.clone()));
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        // Leptos inserts a replacement before it removes the old view. The old view is the only child of its element,
        // so the replacement is appended.
        match &*self.element.borrow() {
            Some(element) => child.mount(element, None),
            None => return false,
        }
        true
    }

    fn elements(&self) -> Vec<Element> {
        self.content.elements()
    }
}

no_attrs!(Dynamic);
