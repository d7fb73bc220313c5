//! Promotional codes: what is typed, and what the server says that it is worth. The browser knows no code's rule.

use leptos::prelude::*;
use leptos::task::spawn_local;
use plenary_shared::Problem;
use plenary_shared::registration::{Order, Quote, QuoteRequest, SeatQuantity};

use super::Flow;
use crate::api::{self, ApiError};
use crate::optimistic;

/// What seats cost with codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quoted {
    seats: Vec<SeatQuantity>,
    codes: Vec<String>,
    pub quote: Quote,
}

/// The codes in a text, in upper case, each once.
pub fn codes_in(text: &str) -> Vec<String> {
    let mut codes: Vec<String> = Vec::new();
    for code in text.split([' ', ',', ';', '\n', '\t']).filter(|code| !code.is_empty()) {
        let code = code.to_ascii_uppercase();
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    codes
}

/// The codes that an order uses.
pub fn codes_of(order: &Order) -> Vec<String> {
    order.discounts.iter().map(|discount| discount.code.clone()).collect()
}

/// The codes that take something off what is held.
pub fn codes_of_held(order: &Order) -> Vec<String> {
    let worth = order.discounts.iter().filter(|discount| discount.amount.amount != 0);
    worth.map(|discount| discount.code.clone()).collect()
}

/// Whether two lists are of the same codes, in whatever order.
pub fn same_codes(a: &[String], b: &[String]) -> bool {
    a.len() == b.len() && a.iter().all(|code| b.contains(code))
}

/// What is wrong with the codes, in the words of the reader; nothing where it is about something else.
pub fn refusal_of(flow: Flow, problem: &Problem) -> Option<String> {
    let error = problem.errors.iter().find(|error| error.field.starts_with("promo_codes"))?;
    Some(flow.language.code_refusal(error))
}

impl Flow {
    pub fn typed_codes(self) -> Vec<String> {
        self.codes.with_untracked(|codes| codes_in(codes))
    }

    /// What the choice costs, where the server has said it for exactly this choice and these codes.
    pub fn quoted(self) -> Option<Quote> {
        let quoted = self.quote.get()?;
        let is_of = optimistic::same_seats(&quoted.seats, &self.quantities.get())
            && same_codes(&quoted.codes, &self.codes.with(|codes| codes_in(codes)));
        is_of.then_some(quoted.quote)
    }

    /// Asks what the choice costs with the codes that are typed.
    pub fn ask_quote(self) {
        let codes = self.typed_codes();
        self.code_error.set(String::new());
        self.are_codes_applied.set(!codes.is_empty());
        if codes.is_empty() {
            return self.quote.set(None);
        }
        let seats = optimistic::chosen(&self.quantities.get_untracked());
        if seats.is_empty() {
            return self.code_error.set(self.language.choose_some().to_owned());
        }
        let (slug, body) = (self.slug(), QuoteRequest { seats, promo_codes: codes });
        spawn_local(async move {
            let answer = api::quote(&slug, &body).await;
            self.hear_quote(body, answer);
        });
    }

    fn hear_quote(self, asked: QuoteRequest, answer: Result<Quote, ApiError>) {
        let QuoteRequest { seats, promo_codes: codes } = asked;
        let is_late = !optimistic::same_seats(&seats, &self.quantities.get_untracked())
            || !same_codes(&codes, &self.typed_codes());
        if is_late {
            return;
        }
        match answer {
            Ok(quote) => self.quote.set(Some(Quoted { seats, codes, quote })),
            Err(error) => {
                self.quote.set(None);
                // A code that is for other seats may fit the next choice; one that is refused for good is asked once.
                let may_fit = matches!(&error, ApiError::Refused(problem)
                    if problem.errors.iter().all(|error| error.rule == "code_out_of_scope"));
                self.are_codes_applied.set(may_fit);
                let explanation = self.explain(&error);
                let is_about_codes =
                    matches!(&error, ApiError::Refused(problem) if !problem.errors.is_empty());
                let text = if is_about_codes { explanation.detail } else { explanation.title };
                self.code_error.set(text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_however_they_are_typed() {
        assert_eq!(codes_in(" early, vip;EARLY  b-2 "), ["EARLY", "VIP", "B-2"]);
        assert!(codes_in(" ,; ").is_empty());
    }

    #[test]
    fn the_order_of_entry_does_not_matter() {
        let codes = |text| codes_in(text);
        assert!(same_codes(&codes("a1x b2x"), &codes("b2x a1x")));
        assert!(!same_codes(&codes("a1x"), &codes("a1x b2x")));
    }
}
