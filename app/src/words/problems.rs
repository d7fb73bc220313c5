//! Refusals in the reader's words.

use plenary_shared::{FieldError, Problem};

use super::Language;

/// Why something did not happen, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    pub title: String,
    pub detail: String,
}

impl Language {
    /// A refusal in this language; in the words of the server where the catalogue has none.
    pub fn problem(self, problem: &Problem) -> Explanation {
        Explanation { title: problem.title.clone(), detail: problem.detail.clone() }
    }

    /// A broken rule in this language; in the words of the server where the catalogue has none.
    pub fn field_error(self, error: &FieldError) -> String {
        error.message.clone()
    }
}
