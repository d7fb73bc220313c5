//! Words about the wait list, for those on it and for its organizer.

use plenary_shared::waitlist::WaitListStatus;

use super::{Language, messages};

messages! {
    wait_list: "Wait list", "Warteliste";
    join_wait_list: "Join the wait list", "Auf die Warteliste";
    wait_for_the_rest: "Wait for the rest", "Auf den Rest warten";
    join_lead:
        "When seats come free, you are asked first, in the order of joining. They are then held for you while you decide.",
        "Werden Plätze frei, wirst du der Reihe nach gefragt. Sie bleiben für dich reserviert, bis du entscheidest.";
    which_seat: "Seat", "Platz";
    how_many: "How many", "Wie viele";
    wait_email_hint: "We write to it when there are seats for you.", "Dorthin schreiben wir, sobald es Plätze für dich gibt.";
    back_to_conference: "Back to the conference", "Zurück zur Konferenz";

    on_the_list: "You are on the wait list", "Du stehst auf der Warteliste";
    keep_this_page: "Keep the link to this page: it shows where you stand.", "Hebe den Link zu dieser Seite auf: Hier siehst du, wo du stehst.";
    seats_for_you: "There are seats for you", "Es gibt Plätze für dich";
    take_them: "Take them", "Annehmen";
    offered_and_waiting:
        "You keep your place on the list for the rest.",
        "Für den Rest behältst du deinen Platz auf der Liste.";
    list_done: "You have had your turn", "Du warst an der Reihe";
    list_done_detail:
        "Everything that you wanted was offered to you. You can join again.",
        "Alles, was du wolltest, wurde dir angeboten. Du kannst dich wieder eintragen.";
    list_left: "You are off the list", "Du stehst nicht mehr auf der Liste";
    list_left_detail: "Nothing more is offered to you. You can join again.", "Dir wird nichts mehr angeboten. Du kannst dich wieder eintragen.";
    leave_list: "Leave the wait list", "Warteliste verlassen";
    leave_list_detail:
        "What is on offer to you goes to whoever is next.",
        "Was dir angeboten ist, geht an die Nächsten.";
    really_leave: "Leave now", "Jetzt verlassen";
    whose_place: "Is this your place on the wait list?", "Ist das dein Platz auf der Warteliste?";
    whose_place_detail:
        "Open the link in the e-mail that we sent you to see and change it.",
        "Öffne den Link aus unserer E-Mail, um ihn zu sehen und zu ändern.";

    wait_list_lead:
        "Who waits for seats that are taken. Freed seats are offered to them first, in the order of joining.",
        "Wer auf vergebene Plätze wartet. Freie Plätze werden zuerst ihnen angeboten, der Reihe nach.";
    nobody_waits: "Nobody is waiting", "Niemand wartet";
    nobody_waits_detail:
        "When a seat type is sold out, its visitors can put themselves on the list.",
        "Ist eine Platzart ausverkauft, können sich Besucher hier eintragen.";
    who: "Who", "Wer";
    wanted: "Wanted", "Gewünscht";
    on_offer: "On offer", "Angeboten";
    taken: "Taken", "Angenommen";
    joined: "Joined", "Eingetragen";
    erased: "Erased", "Gelöscht";
    remove: "Remove", "Entfernen";
}

impl Language {
    /// Where an entry stands.
    pub const fn wait_list_status(self, status: WaitListStatus) -> &'static str {
        let [english, german] = match status {
            WaitListStatus::Waiting => ["Waiting", "Wartet"],
            WaitListStatus::Offered => ["Asked", "Gefragt"],
            WaitListStatus::Done => ["Done", "Erledigt"],
            WaitListStatus::Left => ["Left", "Ausgetragen"],
        };
        match self {
            Self::En => english,
            Self::De => german,
        }
    }

    /// `Waiting, number 3`.
    pub fn status_at(self, status: WaitListStatus, place: Option<i64>) -> String {
        let status = self.wait_list_status(status);
        match (self, place) {
            (_, None) => status.to_owned(),
            (Self::En, Some(place)) => format!("{status}, number {place}"),
            (Self::De, Some(place)) => format!("{status}, Nummer {place}"),
        }
    }

    /// What somebody waits for, and how many are before her.
    pub fn place_on_list(self, seats: i64, seat_type: &str, place: i64) -> String {
        let count = self.seat_count(seats);
        let before = place - 1;
        match (self, before) {
            (Self::En, ..=0) => format!("{count}, {seat_type}. You are the next."),
            (Self::De, ..=0) => format!("{count}, {seat_type}. Du bist als Nächstes dran."),
            (Self::En, 1) => format!("{count}, {seat_type}. One is before you."),
            (Self::De, 1) => format!("{count}, {seat_type}. Noch eine Person vor dir."),
            (Self::En, _) => format!("{count}, {seat_type}. {before} are before you."),
            (Self::De, _) => format!("{count}, {seat_type}. Noch {before} vor dir."),
        }
    }

    /// What is offered, and for how long.
    pub fn offered_for(self, seats: i64, seat_type: &str, remaining: &str) -> String {
        let count = self.seat_count(seats);
        match self {
            Self::En => format!("{count}, {seat_type}: held for you for {remaining}."),
            Self::De => format!("{count}, {seat_type}: noch {remaining} für dich reserviert."),
        }
    }

    pub fn really_remove(self, who: &str) -> String {
        match self {
            Self::En => format!("Really remove {who}?"),
            Self::De => format!("{who} wirklich entfernen?"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_says_how_many_are_before_it() {
        let said = |place| Language::En.place_on_list(2, "Workshop", place);
        assert_eq!(said(1), "2 seats, Workshop. You are the next.");
        assert_eq!(said(2), "2 seats, Workshop. One is before you.");
        assert_eq!(said(5), "2 seats, Workshop. 4 are before you.");
    }
}
