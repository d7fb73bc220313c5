//! The page of the simulated payment processor: a plain form, as a processor's own page would be.

use leptos::prelude::*;
use plenary_shared::format;
use plenary_shared::payments::{Payment, PaymentStatus};

use crate::Language;

/// What is to be paid, and the two answers that the processor can give.
#[component]
pub fn Processor(language: Language, payment: Payment, back: String) -> impl IntoView {
    let action = format!("/simulated-processor/{}", payment.id);
    let total = format::money(payment.total, language.locale());
    let open = payment.status == PaymentStatus::Initiated;
    let ways = if open { decide(language, action).into_any() } else { over(language, back).into_any() };
    view! {
        <header class="hero hero--small">
            <h1>{language.simulated_processor()}</h1>
            <p class="hero__tagline">{language.simulated_processor_lead()}</p>
        </header>
        <section class="card card--narrow" aria-labelledby="bill">
            <h2 id="bill">{payment.description}</h2>
            <p class="bill__total" data-testid="total">{total}</p>
            {ways}
        </section>
    }
}

fn decide(language: Language, action: String) -> impl IntoView {
    view! {
        <form class="ways" method="post" action=action>
            <button type="submit" class="button" name="decision" value="accept">{language.accept_payment()}</button>
            <button type="submit" class="button button--quiet" name="decision" value="reject">
                {language.reject_payment()}
            </button>
        </form>
    }
}

fn over(language: Language, back: String) -> impl IntoView {
    view! {
        <p role="status">{language.payment_decided()}</p>
        <div class="ways"><a class="button" href=back>{language.back_to_order()}</a></div>
    }
}
