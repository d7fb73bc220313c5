//! Parts of pages: no requests, only props and callbacks.
