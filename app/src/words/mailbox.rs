//! Words of the pages that show the letters of a site to try things out on.

use super::messages;

messages! {
    demo_letters_lead:
        "Here is what would have been sent by e-mail. Nothing leaves this site.",
        "Hier steht, was per E-Mail verschickt worden wäre. Nichts verlässt diese Seite.";
    no_letters: "Nothing was written yet.", "Noch wurde nichts geschrieben.";
    no_letters_detail:
        "A letter appears here when an order is confirmed or a conference is created.",
        "Ein Brief erscheint hier, wenn eine Bestellung bestätigt oder eine Konferenz angelegt wird.";
    all_letters: "All letters", "Alle Briefe";
    letter_from: "From", "Von";
    letter_to: "To", "An";
    letter_date: "Date", "Datum";
}
