//! The letters of a site to try things out on. Routes: `/dev/mail`, `/dev/mail/{name}`. Rendered on the server alone.

use leptos::prelude::*;

use crate::{DEMO_LETTERS, Language};

/// A letter that was written to a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoLetter {
    /// What its address ends with.
    pub name: String,
    /// The tag of the language that it is in.
    pub language: String,
    pub from: String,
    pub to: String,
    pub date: String,
    pub subject: String,
    /// What it says, as HTML that the program has made.
    pub body: String,
}

/// The list, the newest first.
#[component]
pub fn Mailbox(language: Language, letters: Vec<DemoLetter>) -> impl IntoView {
    let list = if letters.is_empty() {
        view! {
            <div class="card card--narrow">
                <h2>{language.no_letters()}</h2>
                <p class="quiet">{language.no_letters_detail()}</p>
            </div>
        }
        .into_any()
    } else {
        view! { <ol class="history">{letters.into_iter().map(entry).collect_view()}</ol> }.into_any()
    };
    view! {
        <header class="hero hero--small">
            <h1>{language.demo_letters()}</h1>
            <p class="hero__tagline">{language.demo_letters_lead()}</p>
        </header>
        {list}
    }
}

fn entry(letter: DemoLetter) -> impl IntoView {
    let DemoLetter { name, language, to, date, subject, .. } = letter;
    // The day of the week and the zone are on the letter itself.
    let date = date.trim_end_matches(" +0000");
    let date = date.split_once(", ").map_or(date, |(_, date)| date).to_owned();
    view! {
        <li class="history__event">
            <span class="history__time">{date}</span>
            <span><a href=format!("{DEMO_LETTERS}/{name}") lang=language>{subject}</a> " · " {to}</span>
        </li>
    }
}

/// One letter.
#[component]
pub fn LetterPage(language: Language, letter: DemoLetter) -> impl IntoView {
    let DemoLetter { language: tag, from, to, date, subject, body, .. } = letter;
    let fields = [(language.letter_from(), from), (language.letter_to(), to), (language.letter_date(), date)];
    let field = |(label, value)| view! { <dt>{label}</dt> <dd>{value}</dd> };
    view! {
        <p class="back"><a href=DEMO_LETTERS>{language.all_letters()}</a></p>
        <header class="hero hero--small"><h1 lang=tag.clone()>{subject}</h1></header>
        <dl class="terms">{fields.map(field).collect_view()}</dl>
        <article class="card letter" lang=tag inner_html=body></article>
    }
}
