//! Words of the simulated processor's page.

use super::{Language, messages};

messages! {
    simulated_processor: "Simulated payment processor", "Simulierter Zahlungsdienst";
    simulated_processor_lead:
        "No money moves here. Decide how the payment ends.",
        "Hier fließt kein Geld. Entscheide, wie die Zahlung ausgeht.";
    accept_payment: "Accept", "Annehmen";
    reject_payment: "Reject", "Ablehnen";
    payment_decided: "This payment has been decided already.", "Diese Zahlung ist schon entschieden.";
    back_to_order: "Back to the order", "Zurück zur Bestellung";
}

impl Language {
    /// What is paid for.
    pub fn registration_for(self, conference: &str) -> String {
        match self {
            Self::En => format!("Registration for {conference}"),
            Self::De => format!("Anmeldung zu {conference}"),
        }
    }
}
