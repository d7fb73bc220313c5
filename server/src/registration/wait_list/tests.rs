use plenary_shared::waitlist::WaitListStatus;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;

const GENERAL: SeatTypeId = SeatTypeId(Uuid::from_u128(1));
const WORKSHOP: SeatTypeId = SeatTypeId(Uuid::from_u128(2));
const LATER: Timestamp = Timestamp::from_millis(1000);
const MUCH_LATER: Timestamp = Timestamp::from_millis(2000);

const fn entry_id(number: u128) -> WaitListEntryId {
    WaitListEntryId(Uuid::from_u128(100 + number))
}

const fn order(number: u128) -> OrderId {
    OrderId(Uuid::from_u128(200 + number))
}

fn holder(name: &str) -> HolderId {
    HolderId(name.to_owned())
}

fn email(text: &str) -> Personal<String> {
    Personal::new(text.to_owned())
}

/// The `number`th wants seats of the general kind; none is free.
fn join(number: u128, wanted: i64) -> Command {
    join_for(number, wanted, GENERAL)
}

fn join_for(number: u128, wanted: i64, seat_type_id: SeatTypeId) -> Command {
    Command::Join {
        entry_id: entry_id(number),
        email: email(&format!("person{number}@example.org")),
        seat_type_id,
        wanted,
        free: 0,
        holder: holder(&number.to_string()),
        language: None,
    }
}

/// The first entry's holder says anew how many seats she wants.
fn again(wanted: i64, holder_name: &str) -> Command {
    Command::Join {
        entry_id: entry_id(99),
        email: email("PERSON1@example.org"),
        seat_type_id: GENERAL,
        wanted,
        free: 0,
        holder: holder(holder_name),
        language: None,
    }
}

fn leave(number: u128) -> Command {
    Command::Leave { entry_id: entry_id(number), by: Leaver::Registrant }
}

fn free(seats: i64, order_number: u128) -> Command {
    Command::Offer { seat_type_id: GENERAL, free: seats, order_id: order(order_number), offered_until: LATER }
}

fn close(order_number: u128, end: OfferEnd) -> Command {
    Command::CloseOffer { order_id: order(order_number), end }
}

fn after(commands: impl IntoIterator<Item = Command>) -> WaitList {
    commands
        .into_iter()
        .fold(WaitList::default(), |list, command| decide(&list, command).unwrap().iter().fold(list, evolve))
}

/// Whom the seats went to, and how many.
fn offered(list: &WaitList, seats: i64) -> Option<(WaitListEntryId, i64)> {
    match decide(list, free(seats, 1000)).unwrap().as_slice() {
        [Event::SeatsOffered { entry_id, seats, .. }] => Some((*entry_id, *seats)),
        [] => None,
        other => panic!("{other:?}"),
    }
}

fn answer(list: &WaitList, command: Command) -> String {
    match decide(list, command) {
        Ok(events) if events.is_empty() => "nothing".to_owned(),
        Ok(events) => events.iter().map(Event::name).collect::<Vec<_>>().join(" + "),
        Err(refusal) => {
            let text = format!("{refusal:?}");
            format!("refused: {}", text.split(' ').next().unwrap())
        }
    }
}

/// Every command as it meets the first entry and its first order.
fn every_command() -> [(&'static str, Command); 14] {
    let fresh = |free| Command::Join {
        entry_id: entry_id(50),
        email: email("new@example.org"),
        seat_type_id: GENERAL,
        wanted: 2,
        free,
        holder: holder("new"),
        language: None,
    };
    let extend = |offered_until| Command::ExtendOffer { order_id: order(1), offered_until };
    [
        ("Join (another)", fresh(1)),
        ("Join (another, enough is free)", fresh(2)),
        ("Join (fewer)", again(3, "1")),
        ("Join (more)", again(5, "1")),
        ("Join (as before)", again(4, "1")),
        ("Join (a stranger)", again(3, "2")),
        ("AddHolder", Command::AddHolder { entry_id: entry_id(1), holder: holder("x") }),
        ("Leave", leave(1)),
        ("Offer", free(1, 9)),
        ("ExtendOffer", extend(MUCH_LATER)),
        ("ExtendOffer (no longer)", extend(LATER)),
        ("CloseOffer (accepted)", close(1, OfferEnd::Accepted { seats: 1 })),
        ("CloseOffer (declined)", close(1, OfferEnd::Declined)),
        ("CloseOffer (lapsed)", close(1, OfferEnd::Lapsed)),
    ]
}

#[test]
fn every_situation_answers_every_command() {
    let situations = [
        ("nobody", WaitList::default()),
        ("waiting", after([join(1, 4)])),
        ("offered a part", after([join(1, 4), free(1, 1)])),
        ("offered everything", after([join(1, 4), free(4, 1)])),
        ("waiting for the rest", after([join(1, 4), free(1, 1), close(1, OfferEnd::Lapsed)])),
        ("done", after([join(1, 4), free(4, 1), close(1, OfferEnd::Accepted { seats: 4 })])),
        ("left", after([join(1, 4), free(1, 1), leave(1)])),
    ];
    let mut table = vec![];
    for (name, list) in situations {
        table.push(name.to_owned());
        table.extend(every_command().map(|(name, command)| format!("  {name}: {}", answer(&list, command))));
    }
    assert_eq!(table, include_str!("table.txt").lines().collect::<Vec<_>>());
}

#[test]
fn whoever_joined_first_is_offered_first() {
    let list = after([join(1, 2), join(2, 2)]);
    assert_eq!(offered(&list, 3), Some((entry_id(1), 2)));
    assert_eq!(offered(&after([join(1, 2), join(2, 2), leave(1)]), 3), Some((entry_id(2), 2)));
    assert_eq!(offered(&list, 0), None);
    assert_eq!(offered(&list, -1), None);
}

#[test]
fn whoever_is_offered_a_part_keeps_her_place_for_the_rest() {
    let part = [join(1, 3), join(2, 1), free(2, 1)];
    assert_eq!(offered(&after(part.clone()), 5), Some((entry_id(1), 1)));
    for end in [OfferEnd::Accepted { seats: 2 }, OfferEnd::Declined, OfferEnd::Lapsed] {
        let ended = part.clone().into_iter().chain([close(1, end)]);
        assert_eq!(offered(&after(ended), 5), Some((entry_id(1), 1)));
    }
}

#[test]
fn seats_of_another_type_are_not_offered() {
    let list = after([join_for(1, 2, WORKSHOP), join(2, 1)]);
    assert_eq!(offered(&list, 5), Some((entry_id(2), 1)));
    let waited_for = |seat_type_id, quantity| SeatQuantity { seat_type_id, quantity };
    assert_eq!(list.awaited(), [waited_for(GENERAL, 1), waited_for(WORKSHOP, 2)]);
}

#[test]
fn an_entry_is_done_when_everything_was_offered_once() {
    for end in [OfferEnd::Accepted { seats: 2 }, OfferEnd::Declined, OfferEnd::Lapsed] {
        let list = after([join(1, 2), free(2, 1), close(1, end)]);
        assert_eq!((list.entries(), list.awaited().len()), ([].as_slice(), 0));
    }
}

#[test]
fn what_is_not_taken_of_an_offer_is_not_offered_again() {
    let list = after([join(1, 4), free(3, 1), close(1, OfferEnd::Accepted { seats: 1 })]);
    let entry = list.entry(entry_id(1)).unwrap();
    assert_eq!((entry.accepted, entry.passed_on, entry.waits_for()), (1, 2, 1));
    let list = after([join(1, 4), free(3, 1), close(1, OfferEnd::Accepted { seats: 9 })]);
    assert_eq!(list.entry(entry_id(1)).unwrap().accepted, 3);
}

#[test]
fn whoever_wants_fewer_keeps_her_place_and_whoever_wants_more_goes_to_the_end() {
    let first = |command| offered(&after([join(1, 4), join(2, 1), command]), 9);
    assert_eq!(first(again(2, "1")), Some((entry_id(1), 2)));
    assert_eq!(first(again(5, "1")), Some((entry_id(2), 1)));
    assert_eq!(first(again(5, "a stranger")), Some((entry_id(1), 4)));
}

#[test]
fn whoever_wants_no_more_than_was_offered_waits_no_longer() {
    let list = after([join(1, 4), free(2, 1), again(1, "1")]);
    let entry = list.entry(entry_id(1)).unwrap();
    assert_eq!((entry.waits_for(), entry.status()), (0, WaitListStatus::Offered));
    assert_eq!(after([join(1, 4), free(2, 1), close(1, OfferEnd::Lapsed), again(2, "1")]).entries(), []);
}

#[test]
fn whoever_is_done_or_has_left_may_join_again_at_the_end() {
    let list = after([join(1, 1), join(2, 1), leave(1), again(3, "1")]);
    let order: Vec<_> = list.entries().iter().map(|entry| entry.id).collect();
    assert_eq!(order, [entry_id(2), entry_id(99)]);
}

#[test]
fn leaving_gives_back_what_is_on_offer() {
    let list = after([join(1, 4), free(1, 1), free(2, 2)]);
    let declined = vec![order(1), order(2)];
    let left = Event::WaitListLeft { entry_id: entry_id(1), by: Leaver::Organizer, declined };
    let leave = Command::Leave { entry_id: entry_id(1), by: Leaver::Organizer };
    assert_eq!(decide(&list, leave), Ok(vec![left.clone()]));
    let list = evolve(list, &left);
    assert_eq!(decide(&list, close(1, OfferEnd::Declined)), Ok(vec![]));
}

#[test]
fn nobody_waits_for_what_can_be_had() {
    let join = |free, wanted| Command::Join {
        entry_id: entry_id(1),
        email: email("ada@example.org"),
        seat_type_id: GENERAL,
        wanted,
        free,
        holder: holder("1"),
        language: None,
    };
    assert_eq!(decide(&WaitList::default(), join(2, 2)), Err(Refusal::SeatsAvailable { free: 2 }));
    assert!(decide(&WaitList::default(), join(1, 2)).is_ok());
    for wanted in [0, 21] {
        assert_eq!(decide(&WaitList::default(), join(0, wanted)), Err(Refusal::QuantityOutOfRange));
    }
}

#[test]
fn a_list_and_an_entry_have_their_limits() {
    let list = after((0..MAX_ENTRIES as u128).map(|number| join(number, 1)));
    assert_eq!(decide(&list, join(5000, 1)), Err(Refusal::ListFull));
    assert!(decide(&list, again(2, "1")).is_ok());
    let add = |name: usize| Command::AddHolder { entry_id: entry_id(1), holder: holder(&name.to_string()) };
    let list = after(std::iter::once(join(1, 1)).chain((1..=MAX_HOLDERS).map(add)));
    assert_eq!(decide(&list, add(100)), Err(Refusal::TooManyHolders));
    assert_eq!(decide(&list, add(2)), Ok(vec![]));
}

#[test]
fn an_order_on_offer_can_have_fewer_seats_and_no_others() {
    let list = after([join(1, 3), free(3, 1)]);
    let change = |order_number, seats: &[(SeatTypeId, i64)]| {
        let seats: Vec<_> =
            seats.iter().map(|&(seat_type_id, quantity)| SeatQuantity { seat_type_id, quantity }).collect();
        list.check_change(order(order_number), &seats)
    };
    assert_eq!(change(1, &[(GENERAL, 2), (WORKSHOP, 0)]), Ok(()));
    for others in [&[(GENERAL, 4)][..], &[(WORKSHOP, 1)], &[(GENERAL, 1), (WORKSHOP, 1)]] {
        assert_eq!(change(1, others), Err(Refusal::OnlyFewerSeats { offered: 3 }));
        assert_eq!(change(2, others), Ok(()));
    }
}

/// What may happen to a conference with a wait list.
#[derive(Debug, Clone, Copy)]
enum Step {
    Join(u128, i64),
    Leave(u128),
    /// So many more seats are free.
    Free(i64),
    /// One of the open offers ends.
    End(usize, OfferEnd),
}

fn step() -> impl Strategy<Value = Step> {
    let ends = prop_oneof![
        (0..4_i64).prop_map(|seats| OfferEnd::Accepted { seats }),
        Just(OfferEnd::Declined),
        Just(OfferEnd::Lapsed),
    ];
    prop_oneof![
        3 => (0..8_u128, 1..5_i64).prop_map(|(number, wanted)| Step::Join(number, wanted)),
        1 => (0..8_u128).prop_map(Step::Leave),
        3 => (1..6_i64).prop_map(Step::Free),
        3 => (0..8_usize, ends).prop_map(|(index, end)| Step::End(index, end)),
    ]
}

/// A list, the seats that nobody has, and everything that was offered.
#[derive(Debug, Default)]
struct World {
    list: WaitList,
    free: i64,
    orders: u128,
    freed: i64,
    held: BTreeMap<OrderId, i64>,
    taken: i64,
}

impl World {
    fn decide(&mut self, command: Command) -> Vec<Event> {
        let events = decide(&self.list, command).unwrap_or_default();
        self.list = events.iter().fold(std::mem::take(&mut self.list), evolve);
        events
    }

    fn run(&mut self, step: Step) {
        match step {
            Step::Join(number, wanted) => {
                self.decide(join(number, wanted));
            }
            Step::Leave(number) => {
                for event in self.decide(leave(number)) {
                    let Event::WaitListLeft { declined, .. } = event else { panic!("{event:?}") };
                    self.free += declined.iter().map(|order| self.held.remove(order).unwrap()).sum::<i64>();
                }
            }
            Step::Free(seats) => {
                self.free += seats;
                self.freed += seats;
            }
            Step::End(index, end) => self.end(index, end),
        }
        self.offer_all();
    }

    fn end(&mut self, index: usize, end: OfferEnd) {
        let Some((&order_id, &seats)) = self.held.iter().nth(index) else { return };
        let events = self.decide(Command::CloseOffer { order_id, end });
        assert_eq!(events.len(), 1);
        self.held.remove(&order_id);
        let taken = if let Event::SeatsOfferAccepted { seats, .. } = events[0] { seats } else { 0 };
        self.taken += taken;
        self.free += seats - taken;
    }

    fn offer_all(&mut self) {
        loop {
            let first = self.list.entries().iter().find(|entry| entry.waits_for() > 0).cloned();
            self.orders += 1;
            match self.decide(free(self.free, self.orders)).as_slice() {
                [] => return assert!(self.free == 0 || first.is_none(), "seats are free and somebody waits"),
                [Event::SeatsOffered { entry_id, order_id, seats, .. }] => {
                    let first = first.unwrap();
                    assert_eq!(*entry_id, first.id, "the first is served first");
                    assert_eq!(*seats, first.waits_for().min(self.free));
                    self.held.insert(*order_id, *seats);
                    self.free -= seats;
                }
                other => panic!("{other:?}"),
            }
        }
    }
}

proptest! {
    #[test]
    fn offers_keep_to_what_is_free_and_to_the_order_of_joining(steps in prop::collection::vec(step(), 1..60)) {
        let mut world = World::default();
        for step in steps {
            world.run(step);
            let held: i64 = world.held.values().sum();
            prop_assert_eq!(world.free + held + world.taken, world.freed);
            prop_assert!(world.free >= 0);
            let open: BTreeSet<_> = world.list.entries().iter().flat_map(|it| &it.offers).map(|it| it.order_id).collect();
            prop_assert_eq!(&open, &world.held.keys().copied().collect());
            for entry in world.list.entries() {
                prop_assert!(!entry.has_ended());
                prop_assert!(entry.accepted + entry.passed_on + entry.offered() + entry.waits_for() >= entry.wanted);
            }
        }
    }
}
