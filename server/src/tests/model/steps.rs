//! What may happen, drawn at random from a seed.

/// Something that happens. Orders, payments and earlier commands are named by a number that is taken modulo how many
/// there are, so that a step means something whatever is left out before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Seconds pass; whatever is due happens.
    Wait(u64),
    /// The process ends and another begins.
    Restart,
    Place {
        seats: [i64; 2],
        codes: Codes,
    },
    ChangeSeats {
        order: usize,
        seats: [i64; 2],
        codes: Codes,
    },
    /// Other codes for the seats that it asks for.
    ChangeCodes {
        order: usize,
        codes: Codes,
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
    /// The organizer makes a promotional code, or makes something else of it.
    SetCode {
        code: usize,
        rule: CodeRule,
    },
    /// Somebody waits for seats, or says anew for how many.
    Join {
        person: u8,
        seat_type: usize,
        wanted: i64,
    },
    Leave {
        entry: usize,
        removed: bool,
    },
    Erase {
        order: usize,
    },
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

/// How many promotional codes a conference may have here.
pub const CODES: usize = 3;
/// Which of them are meant.
pub type Codes = [bool; CODES];

/// What an organizer makes of a promotional code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeRule {
    pub takes: Takes,
    /// One seat type; `None` for all.
    pub scope: Option<usize>,
    pub limit: Option<i64>,
    /// With all others that combine too.
    pub combines: bool,
    pub active: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    Percent(i64),
    Amount(i64),
}

/// Random numbers that a seed repeats, by the method `SplitMix64`.
#[derive(Debug, Clone)]
pub struct Random {
    state: u64,
    /// The order that most is about, so that something comes of it.
    favourite: usize,
}

impl Random {
    pub fn new(seed: u64) -> Self {
        let state = seed.wrapping_mul(0x2545_F491_4F6C_DD1D) ^ 0x9E37_79B9_7F4A_7C15;
        let mut random = Self { state, favourite: 0 };
        random.favourite = random.one_of(&[0, 0, 1, 1, 2, 2, 3]);
        random
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn index(&mut self) -> usize {
        usize::try_from(self.below(8)).unwrap_or(0)
    }

    fn order(&mut self) -> usize {
        if self.below(4) == 0 { self.index() } else { self.favourite }
    }

    fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[usize::try_from(self.below(choices.len() as u64)).unwrap_or(0)]
    }
}

/// A sequence. Those of one `group` wait and restart at the same places, so that they can share a server.
pub fn sequence(seed: u64, group: u64) -> Vec<Step> {
    let (mut own, mut common) = (Random::new(seed), Random::new(group ^ 0xD1B5_4A32_D192_ED03));
    let length = 5 + common.below(16);
    let mut steps = beginning(&mut own);
    for _ in 0..length {
        steps.push(match common.below(14) {
            // To the second at the instants that count, and around them.
            0..=2 => Step::Wait(
                common.one_of(&[1, 60, 300, 600, 839, 840, 841, 899, 900, 901, 1200, 1740, 2040, 3000]),
            ),
            3 => Step::Restart,
            _ => own_step(&mut own),
        });
    }
    steps
}

/// All begin with somebody who buys. In some she has paid then, or is paying while another waits, or has used a code, or has
/// left her seats to whoever waits, before or after the conference was hidden; in some nothing is left and somebody waits.
fn beginning(random: &mut Random) -> Vec<Step> {
    let none = [false; CODES];
    let (person, wanted) = (some_person(random), random.one_of(&[1, 2, 3]));
    let (join, register) = (Step::Join { person, seat_type: 0, wanted }, Step::Register { order: 0, person });
    let (all, pay) = (Step::Place { seats: [4, 0], codes: none }, Step::Pay { order: 0 });
    let begun = random.below(9);
    if begun < 4 {
        random.favourite = 0;
    }
    match begun {
        0 => {
            let paid = Step::CallBack { payment: 0, completed: true, wrong_by: 0 };
            vec![Step::Place { seats: [wanted, 0], codes: none }, register, pay, paid]
        }
        1 => vec![all, register, pay, join],
        2 => {
            let code = Step::SetCode { code: 0, rule: CodeRule { active: true, ..some_rule(random) } };
            let with_it = Step::Place { seats: [wanted, 1], codes: [true, false, false] };
            vec![code, with_it, own_step(random), own_step(random)]
        }
        3 => vec![all, join, Step::Unpublish, Step::ChangeSeats { order: 0, seats: [1, 1], codes: none }],
        4 => vec![all, join, Step::Cancel { order: 0 }, Step::Register { order: 1, person }],
        5 | 6 => nothing_left(random),
        _ => {
            let first = Step::Place { seats: some_seats(random), codes: none };
            vec![first, own_step(random), own_step(random), own_step(random)]
        }
    }
}

fn nothing_left(random: &mut Random) -> Vec<Step> {
    let none = [false; CODES];
    let seat_type = random.one_of(&[0, 0, 1]);
    let join = Step::Join { person: some_person(random), seat_type, wanted: random.one_of(&[1, 2, 3]) };
    let other = own_step(random);
    let next = random.one_of(&[join, Step::Unpublish, other]);
    vec![Step::Place { seats: [3, 1], codes: none }, Step::Place { seats: [1, 1], codes: none }, join, next]
}

fn some_seats(random: &mut Random) -> [i64; 2] {
    let some = [0, 0, 1, 1, 2, 3, 4, 20, 21];
    let mut seats = [random.one_of(&some[..7]), random.one_of(&some[..7])];
    if random.below(30) == 0 {
        seats[0] = random.one_of(&some);
    }
    seats
}

fn some_codes(random: &mut Random) -> Codes {
    match random.below(3) {
        0 => std::array::from_fn(|_| random.below(2) == 0),
        _ => [false; CODES],
    }
}

fn some_person(random: &mut Random) -> u8 {
    u8::try_from(random.below(4)).unwrap_or(0)
}

fn some_rule(random: &mut Random) -> CodeRule {
    let percent = Takes::Percent(random.one_of(&[15, 50, 50, 100]));
    let amount = Takes::Amount(random.one_of(&[1, 700, 1_500]));
    CodeRule {
        takes: random.one_of(&[percent, amount]),
        scope: random.one_of(&[None, None, Some(0), Some(1)]),
        limit: random.one_of(&[None, Some(1), Some(1), Some(2)]),
        combines: random.below(3) > 0,
        active: random.below(8) > 0,
    }
}

fn own_step(random: &mut Random) -> Step {
    match random.below(61) {
        step @ 0..40 => of_orders(random, step),
        40..=43 => Step::SetCode { code: random.one_of(&[0, 0, 1, 1, 2]), rule: some_rule(random) },
        44..=48 => Step::Join {
            person: some_person(random),
            seat_type: random.one_of(&[0, 0, 1]),
            wanted: random.one_of(&[1, 1, 2, 2, 3, 4, 0, 21]),
        },
        49..=50 => Step::Leave { entry: random.index(), removed: random.below(3) == 0 },
        51 => Step::Erase { order: random.order() },
        52 => random.one_of(&[Step::Unpublish, Step::Publish]),
        53..=54 => {
            let some = [[true, false, false], [false, true, false], [true, true, false], [false; CODES]];
            Step::ChangeCodes { order: random.order(), codes: random.one_of(&some) }
        }
        55..=57 => of_orders(random, 24),
        58 => of_orders(random, 25),
        _ => Step::Cancel { order: random.order() },
    }
}

/// What has to do with orders and what they are of.
fn of_orders(random: &mut Random, step: u64) -> Step {
    let order = random.order();
    match step {
        0..=5 => Step::Place { seats: some_seats(random), codes: some_codes(random) },
        6..=8 => Step::ChangeSeats { order, seats: some_seats(random), codes: some_codes(random) },
        9..=13 => Step::Register { order, person: some_person(random) },
        14..=18 => Step::Pay { order },
        19..=20 => Step::ConfirmFree { order },
        21..=22 => Step::Extend { order },
        23 => Step::Cancel { order },
        24 => Step::Assign {
            order,
            position: random.one_of(&[0, 0, 0, 0, 1, 2, 7, -1]),
            // Mostly the one under two names.
            person: random.one_of(&[2, 3, 2, 3, 0, 1]),
        },
        25 => Step::Unassign { order, position: random.one_of(&[0, 0, 1]) },
        26..=30 => {
            let wrong_by = random.one_of(&[0, 0, 0, 0, 0, 0, 1, -1]);
            let payment = random.one_of(&[0, 0, 1, 2, 5]);
            Step::CallBack { payment, completed: random.below(4) > 0, wrong_by }
        }
        31 => Step::CallBackAgain { nth: random.index() },
        32..=33 => {
            let seat_type = usize::try_from(random.below(2)).unwrap_or(0);
            Step::SetQuota { seat_type, quota: random.one_of(&[0, 1, 2, 3, 5, 8]) }
        }
        34 => {
            let seat_type = usize::try_from(random.below(2)).unwrap_or(0);
            Step::SetPrice { seat_type, price: random.one_of(&[0, 500, 1_001]) }
        }
        35 => random.one_of(&[Step::Publish, Step::Publish, Step::Unpublish]),
        36 => Step::Refund { order },
        37 => Step::Override { order },
        _ => Step::Again { nth: random.index() },
    }
}
