//! Words of every page.

use super::messages;

messages! {
    product: "Plenary", "Plenary";
    product_description:
        "Conference registration that never makes anyone wait.",
        "Konferenzanmeldung, bei der niemand wartet.";
    /// The language as it calls itself.
    own_name: "English", "Deutsch";
    choose_language: "Language", "Sprache";
    skip_to_content: "Skip to content", "Zum Inhalt springen";
    site: "Site", "Seite";
    find_my_order: "Find my order", "Meine Bestellung";
    for_organizers: "For organizers", "Für Veranstalter";
    being_built: "This part is still being compiled. The page opens by itself as soon as it is ready.",
        "Dieser Teil wird noch übersetzt. Die Seite öffnet sich von selbst, sobald er fertig ist.";
    unstarted: "The pages for organizers could not be loaded.", "Die Seiten für Veranstalter konnten nicht geladen werden.";
    unstarted_detail:
        "Nothing is lost. Check your connection and try again; if that changes nothing, try again in a few minutes.",
        "Nichts ist verloren. Prüfe deine Verbindung und versuche es noch einmal; hilft das nicht, dann in ein paar Minuten.";
    all_conferences: "All conferences", "Alle Konferenzen";

    upcoming: "Upcoming conferences", "Kommende Konferenzen";
    upcoming_lead:
        "Choose a conference, choose your seats, and they are yours.",
        "Konferenz aussuchen, Plätze aussuchen, dabei sein.";
    nothing_upcoming: "Nothing is open for registration yet.", "Noch ist keine Anmeldung offen.";
    nothing_upcoming_detail:
        "Conferences appear here as soon as their organizers publish them.",
        "Konferenzen stehen hier, sobald ihre Veranstalter sie veröffentlichen.";

    demo_letters: "Letters of this demo", "Briefe dieser Demo";
    demo_design: "Design", "Gestaltung";

    find_lead:
        "With the e-mail address you registered with, and the code you were shown when your order was confirmed.",
        "Mit der E-Mail-Adresse der Anmeldung und dem Code, der nach der Bestellung angezeigt wurde.";
    email: "E-mail", "E-Mail";
    access_code: "Access code", "Zugangscode";
    access_code_hint: "Six characters. Capital or small letters, both work.", "Sechs Zeichen, groß oder klein geschrieben.";
    open_order: "Open my order", "Bestellung öffnen";

    needs_scripts: "This part needs JavaScript.", "Dieser Teil braucht JavaScript.";
    needs_scripts_detail:
        "Switch it on in your browser to manage conferences. Registering for one works without.",
        "Zum Verwalten bitte im Browser einschalten. Anmelden kann man sich auch ohne.";
    loading: "Loading…", "Lädt…";
    load_again: "Try again", "Noch einmal versuchen";
}
