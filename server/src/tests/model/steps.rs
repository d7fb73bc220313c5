//! What may happen, drawn at random from a seed.

/// Something that happens. Orders, payments and earlier commands are named by a number that is taken modulo how many
/// there are, so that a step means something whatever is left out before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Seconds pass; whatever is due happens.
    Wait(u64),
    /// The process ends and another begins.
    Restart,
    Place([i64; 2]),
    ChangeSeats {
        order: usize,
        seats: [i64; 2],
    },
    Register {
        order: usize,
        person: u8,
    },
    Pay {
        order: usize,
    },
    ConfirmFree {
        order: usize,
    },
    Extend {
        order: usize,
    },
    Cancel {
        order: usize,
    },
    Assign {
        order: usize,
        position: i64,
        person: u8,
    },
    Unassign {
        order: usize,
        position: i64,
    },
    /// The processor says something of a payment: new, or what it has said before.
    CallBack {
        payment: usize,
        completed: bool,
        wrong_by: i64,
    },
    CallBackAgain {
        nth: usize,
    },
    SetQuota {
        seat_type: usize,
        quota: i64,
    },
    SetPrice {
        seat_type: usize,
        price: i64,
    },
    Publish,
    Unpublish,
    Refund {
        order: usize,
    },
    Override {
        order: usize,
    },
    /// A command comes a second time under its id.
    Again {
        nth: usize,
    },
}

/// Random numbers that a seed repeats, by the method `SplitMix64`.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x2545_F491_4F6C_DD1D) ^ 0x9E37_79B9_7F4A_7C15)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn index(&mut self) -> usize {
        usize::try_from(self.below(8)).unwrap_or(0)
    }

    fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[usize::try_from(self.below(choices.len() as u64)).unwrap_or(0)]
    }
}

/// A sequence. Those of one `group` wait and restart at the same places, so that they can share a server.
pub fn sequence(seed: u64, group: u64) -> Vec<Step> {
    let (mut own, mut common) = (Random::new(seed), Random::new(group ^ 0xD1B5_4A32_D192_ED03));
    let length = 8 + common.below(18);
    // Most begin with something to sell and somebody who buys.
    let mut steps = vec![Step::Place(some_seats(&mut own))];
    for _ in 0..length {
        steps.push(match common.below(14) {
            // To the second at the instants that count, and around them.
            0..=2 => Step::Wait(common.one_of(&[1, 60, 300, 600, 839, 840, 841, 899, 900, 901, 1740, 3000])),
            3 => Step::Restart,
            _ => own_step(&mut own),
        });
    }
    steps
}

fn some_seats(random: &mut Random) -> [i64; 2] {
    let some = [0, 0, 1, 1, 2, 3, 4, 20, 21];
    let mut seats = [random.one_of(&some[..7]), random.one_of(&some[..7])];
    if random.below(30) == 0 {
        seats[0] = random.one_of(&some);
    }
    seats
}

fn own_step(random: &mut Random) -> Step {
    let order = random.index();
    match random.below(40) {
        0..=5 => Step::Place(some_seats(random)),
        6..=8 => Step::ChangeSeats { order, seats: some_seats(random) },
        9..=13 => Step::Register { order, person: u8::try_from(random.below(4)).unwrap_or(0) },
        14..=18 => Step::Pay { order },
        19..=20 => Step::ConfirmFree { order },
        21..=22 => Step::Extend { order },
        23 => Step::Cancel { order },
        24 => {
            let person = u8::try_from(random.below(4)).unwrap_or(0);
            Step::Assign { order, position: random.one_of(&[0, 0, 1, 2, 7, -1]), person }
        }
        25 => Step::Unassign { order, position: random.one_of(&[0, 1]) },
        26..=30 => {
            let wrong_by = random.one_of(&[0, 0, 0, 0, 0, 0, 1, -1]);
            Step::CallBack { payment: random.index(), completed: random.below(4) > 0, wrong_by }
        }
        31 => Step::CallBackAgain { nth: random.index() },
        32..=33 => {
            let seat_type = usize::try_from(random.below(2)).unwrap_or(0);
            Step::SetQuota { seat_type, quota: random.one_of(&[0, 1, 2, 3, 5, 8]) }
        }
        34 => {
            let seat_type = usize::try_from(random.below(2)).unwrap_or(0);
            Step::SetPrice { seat_type, price: random.one_of(&[0, 500, 1_000]) }
        }
        35 => random.one_of(&[Step::Publish, Step::Publish, Step::Unpublish]),
        36 => Step::Refund { order },
        37 => Step::Override { order },
        _ => Step::Again { nth: random.index() },
    }
}
