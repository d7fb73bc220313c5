//! What a writer remembers between batches: folded streams and processes, and rows of read models.
//!
//! It is a cache of what the database holds. States are changed in place while a batch runs, so after a batch that
//! did not commit everything here is forgotten.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::num::NonZeroUsize;

use lru::LruCache;
use uuid::Uuid;

use crate::eventstore::{Aggregate, StreamId};

/// Streams and processes remembered per writer. An order's takes about 2 KiB.
const CAPACITY: NonZeroUsize = NonZeroUsize::new(8192).expect("it is not zero");

#[derive(Debug)]
pub(super) struct Hot {
    streams: LruCache<StreamId, Folded>,
    processes: LruCache<Uuid, FoldedProcess>,
    pub kept: Kept,
}

/// What projections remember from one batch to the next: one value of each type.
#[derive(Debug, Default)]
pub struct Kept(HashMap<TypeId, Box<dyn Any + Send + Sync>>);

impl Kept {
    /// The value of this type, its default when nothing is remembered.
    pub fn of<T: Any + Default + Send + Sync>(&mut self) -> &mut T {
        let kept = self.0.entry(TypeId::of::<T>()).or_insert_with(|| Box::<T>::default());
        kept.downcast_mut().expect("values lie under their types")
    }
}

/// One stream up to `version`, as one type or several see it.
#[derive(Debug)]
pub(super) struct Folded {
    pub version: i64,
    states: Vec<(TypeId, Box<dyn Any + Send + Sync>)>,
}

#[derive(Debug)]
pub(super) struct FoldedProcess {
    pub version: i64,
    pub state: Box<dyn Any + Send + Sync>,
}

impl Default for Hot {
    fn default() -> Self {
        let kept = Kept::default();
        Self { streams: LruCache::new(CAPACITY), processes: LruCache::new(CAPACITY), kept }
    }
}

impl Hot {
    pub fn forget(&mut self) {
        self.streams.clear();
        self.processes.clear();
        self.kept = Kept::default();
    }

    pub fn stream(&mut self, id: StreamId) -> Option<&mut Folded> {
        self.streams.get_mut(&id)
    }

    pub fn put_stream<A: Aggregate>(&mut self, id: StreamId, version: i64, state: A) {
        let fresh = || Folded { version, states: Vec::with_capacity(1) };
        let folded = self.streams.get_or_insert_mut(id, fresh);
        if folded.version != version {
            *folded = fresh();
        }
        folded.put(state);
    }

    pub fn process(&mut self, id: Uuid) -> Option<&FoldedProcess> {
        self.processes.get(&id)
    }

    pub fn put_process(&mut self, id: Uuid, folded: FoldedProcess) {
        self.processes.put(id, folded);
    }
}

impl Folded {
    pub fn get<A: Aggregate>(&self) -> Option<&A> {
        let state = self.states.iter().find(|(kind, _)| *kind == TypeId::of::<A>());
        state.and_then(|(_, state)| state.downcast_ref())
    }

    fn put<A: Aggregate>(&mut self, state: A) {
        self.states.retain(|(kind, _)| *kind != TypeId::of::<A>());
        self.states.push((TypeId::of::<A>(), Box::new(state)));
    }

    /// Folds events in. What other types made of the stream is forgotten: they have not seen these events.
    pub fn evolve<A: Aggregate>(&mut self, events: &[std::sync::Arc<A::Event>]) {
        let index = self.states.iter().position(|(kind, _)| *kind == TypeId::of::<A>());
        let state = index.map(|index| self.states.swap_remove(index).1);
        let state = state.and_then(|state| state.downcast::<A>().ok());
        self.states.clear();
        self.version += i64::try_from(events.len()).unwrap_or(i64::MAX);
        if let Some(state) = state {
            let state = events.iter().fold(*state, |state, event| state.evolve(event));
            self.put(state);
        }
    }
}
