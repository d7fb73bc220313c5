//! What a writer remembers between batches: folded streams and processes, and rows of read models.
//!
//! It is a cache of what the database holds. States are changed in place while a batch runs, so after a batch that
//! did not commit everything here is forgotten. What another node has recorded meanwhile is taken in event by event.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt::Debug;
use std::num::NonZeroUsize;

use lru::LruCache;
use uuid::Uuid;

use crate::eventstore::{Aggregate, DomainEvent, RecordedEvent, StreamId};

/// Streams and processes remembered per writer. An order's takes about 2 KiB.
const CAPACITY: NonZeroUsize = NonZeroUsize::new(8192).expect("it is not zero");

#[derive(Debug)]
pub(super) struct Hot {
    streams: LruCache<StreamId, Folded>,
    processes: LruCache<Uuid, FoldedProcess>,
    pub kept: Kept,
}

/// What rooms remember from one batch to the next: one value of each type.
#[derive(Debug, Default)]
pub struct Kept(HashMap<TypeId, Box<dyn Remembered>>);

/// Rows as this process has written them last.
pub trait Remembered: Any + Debug + Send + Sync {
    /// Forgets the rows that an event has changed which another node has recorded.
    fn forget(&mut self, event: &RecordedEvent);
}

impl Kept {
    /// The value of this type, its default when nothing is remembered.
    pub fn of<T: Remembered + Default>(&mut self) -> &mut T {
        let kept = self.0.entry(TypeId::of::<T>()).or_insert_with(|| Box::<T>::default());
        let kept: &mut dyn Any = &mut **kept;
        kept.downcast_mut().expect("values lie under their types")
    }
}

/// One stream up to `version`, as one type or several see it.
#[derive(Debug)]
pub(super) struct Folded {
    pub version: i64,
    states: Vec<State>,
}

/// What one type has made of a stream.
#[derive(Debug)]
struct State {
    kind: TypeId,
    value: Value,
    evolve: fn(Value, &dyn DomainEvent) -> Option<Value>,
}

/// A state of some type.
type Value = Box<dyn Any + Send + Sync>;

/// The state after an event of its type.
fn evolve<A: Aggregate>(state: Value, event: &dyn DomainEvent) -> Option<Value> {
    let state = state.downcast::<A>().ok()?;
    Some(Box::new(state.evolve(event.get()?)))
}

#[derive(Debug)]
pub(super) struct FoldedProcess {
    pub version: i64,
    pub state: Value,
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

    /// Takes in an event that another node has recorded.
    pub fn follow(&mut self, event: &RecordedEvent) {
        if let Some(folded) = self.streams.peek_mut(&event.stream_id)
            && !folded.follow(event)
        {
            self.streams.pop(&event.stream_id);
        }
        // A process is moved by the events of its conversation, which have its id for their correlation, and is not part of
        // the log.
        self.processes.pop(&event.correlation_id);
        self.processes.pop(&event.stream_id.0);
        self.kept.0.values_mut().for_each(|kept| kept.forget(event));
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
        let state = self.states.iter().find(|it| it.kind == TypeId::of::<A>());
        state.and_then(|it| it.value.downcast_ref())
    }

    fn put<A: Aggregate>(&mut self, state: A) {
        let kind = TypeId::of::<A>();
        self.states.retain(|it| it.kind != kind);
        self.states.push(State { kind, value: Box::new(state), evolve: evolve::<A> });
    }

    /// Folds events in. What other types made of the stream is forgotten: they have not seen these events.
    pub fn evolve<A: Aggregate>(&mut self, events: &[std::sync::Arc<A::Event>]) {
        let index = self.states.iter().position(|it| it.kind == TypeId::of::<A>());
        let state = index.map(|index| self.states.swap_remove(index).value);
        let state = state.and_then(|state| state.downcast::<A>().ok());
        self.states.clear();
        self.version += i64::try_from(events.len()).unwrap_or(i64::MAX);
        if let Some(state) = state {
            let state = events.iter().fold(*state, |state, event| state.evolve(event));
            self.put(state);
        }
    }

    /// Folds one event in, for all types. Gives whether it was the next one and anything is left.
    fn follow(&mut self, event: &RecordedEvent) -> bool {
        if event.version != self.version + 1 {
            return false;
        }
        self.version = event.version;
        let states = std::mem::take(&mut self.states).into_iter();
        let next = |it: State| Some(State { value: (it.evolve)(it.value, &*event.event)?, ..it });
        self.states = states.filter_map(next).collect();
        !self.states.is_empty()
    }
}
