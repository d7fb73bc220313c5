//! Slips in e-mail addresses that people make when they type fast.

/// Where most people have their mail.
const COMMON_DOMAINS: [&str; 14] = [
    "gmail.com",
    "googlemail.com",
    "outlook.com",
    "hotmail.com",
    "yahoo.com",
    "icloud.com",
    "live.com",
    "gmx.de",
    "gmx.net",
    "web.de",
    "t-online.de",
    "proton.me",
    "protonmail.com",
    "posteo.de",
];

/// The address that was probably meant, when the domain is one slip away from a common one.
pub fn probably_meant(email: &str) -> Option<String> {
    let (local, domain) = email.trim().rsplit_once('@')?;
    let domain = domain.to_ascii_lowercase();
    if local.is_empty() || COMMON_DOMAINS.contains(&domain.as_str()) {
        return None;
    }
    let meant = COMMON_DOMAINS.into_iter().find(|common| is_one_slip(&domain, common))?;
    Some(format!("{local}@{meant}"))
}

/// Whether one letter was left out, added or mistaken, or two neighbours swapped.
fn is_one_slip(typed: &str, meant: &str) -> bool {
    let same = typed.bytes().zip(meant.bytes()).take_while(|(one, other)| one == other).count();
    match (&typed.as_bytes()[same..], &meant.as_bytes()[same..]) {
        ([_, rest @ ..], meant) if rest == meant => true,
        (typed, [_, rest @ ..]) if typed == rest => true,
        ([_, typed @ ..], [_, meant @ ..]) if typed == meant => true,
        ([first, second, typed @ ..], [third, fourth, meant @ ..]) => {
            first == fourth && second == third && typed == meant
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slip_in_a_common_domain_is_noticed() {
        for slip in ["gmial.com", "gmal.com", "gmaill.com", "gmail.con", "gmail.co"] {
            assert_eq!(probably_meant(&format!("ada@{slip}")).as_deref(), Some("ada@gmail.com"), "{slip}");
        }
    }

    #[test]
    fn addresses_that_may_well_be_right_are_left_alone() {
        for right in ["ada@gmail.com", "ada@GMX.de", "ada@example.org", "@gmial.com", "ada", ""] {
            assert_eq!(probably_meant(right), None, "{right}");
        }
    }
}
