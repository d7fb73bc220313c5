//! People as they come out of a spreadsheet or an address book.

use plenary_shared::registration::Person;

/// The people in `text`, one a line: two names and an address between tabs, commas or semicolons, in whatever order
/// the address comes, or `Ada Okafor <ada@example.org>`. Lines without an address are headings and name nobody.
pub fn listed(text: &str) -> Vec<Person> {
    text.lines().filter_map(person).collect()
}

fn person(line: &str) -> Option<Person> {
    let is_separator = |c: char| matches!(c, '\t' | ',' | ';' | '<' | '>');
    let fields = line.split(is_separator).map(|field| field.trim().trim_matches('"').trim());
    let (emails, names): (Vec<_>, Vec<_>) =
        fields.filter(|field| !field.is_empty()).partition(|field| field.contains('@'));
    let email = (*emails.first()?).to_owned();
    let (first_name, last_name) = match names.as_slice() {
        [] => ("", ""),
        [name] => name.rsplit_once(' ').unwrap_or((name, "")),
        [first, last, ..] => (*first, *last),
    };
    Some(Person { first_name: first_name.trim().to_owned(), last_name: last_name.to_owned(), email })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_read_from_whatever_a_spreadsheet_copies() {
        let cases = [
            ("Ada\tOkafor\tada@example.org", ("Ada", "Okafor", "ada@example.org")),
            ("\"Ada\", \"Okafor\", ada@example.org", ("Ada", "Okafor", "ada@example.org")),
            ("ada@example.org;Ada;Okafor;Engineer", ("Ada", "Okafor", "ada@example.org")),
            ("Ada Mary Okafor <ada@example.org>", ("Ada Mary", "Okafor", "ada@example.org")),
            ("  ada@example.org ", ("", "", "ada@example.org")),
            ("Ada\tada@example.org", ("Ada", "", "ada@example.org")),
        ];
        for (line, (first, last, email)) in cases {
            let expected = Person { first_name: first.into(), last_name: last.into(), email: email.into() };
            assert_eq!(listed(line), [expected], "{line}");
        }
    }

    #[test]
    fn headings_and_empty_lines_name_nobody() {
        let people = listed("First name\tLast name\tE-mail\r\nAda\tOkafor\tada@example.org\r\n\r\n");
        assert_eq!(
            people.iter().map(|person| person.email.as_str()).collect::<Vec<_>>(),
            ["ada@example.org"]
        );
    }
}
