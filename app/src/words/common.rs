//! Words of every page.

use super::messages;

messages! {
    product: "Plenary", "Plenary";
    skip_to_content: "Skip to content", "Zum Inhalt springen";
    find_my_order: "Find my order", "Meine Bestellung finden";
    for_organizers: "For organizers", "Für Veranstalter";
    footer: "Registration that never makes anyone wait.", "Anmeldung, bei der niemand wartet.";
    product_description:
        "Conference registration that never makes anyone wait.",
        "Konferenzanmeldung, bei der niemand wartet.";
}
