//! What changes in a view, and what listens, behind one type each.
//!
//! Every closure is a type of its own, and each type that a view is made of costs the browser some 2 KB of
//! WebAssembly. Behind these two, all texts are one type, all flags another, and all listeners of an event a third.

use std::sync::{Arc, Mutex};

use leptos::tachys::reactive_graph::SharedReactiveFunction;

/// Something in a view that follows the signals that `now` reads.
pub fn changing<T: 'static>(now: impl FnMut() -> T + Send + 'static) -> SharedReactiveFunction<T> {
    Arc::new(Mutex::new(now))
}

/// A listener for an event.
pub fn listener<Event: 'static>(act: impl FnMut(Event) + 'static) -> Box<dyn FnMut(Event)> {
    Box::new(act)
}
