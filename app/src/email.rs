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
    let (a, b) = (typed.as_bytes(), meant.as_bytes());
    let same_start = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[same_start..], &b[same_start..]);
    match (a, b) {
        ([_, rest @ ..], b) if rest == b => true,
        (a, [_, rest @ ..]) if a == rest => true,
        ([_, a @ ..], [_, b @ ..]) if a == b => true,
        ([x, y, a @ ..], [v, w, b @ ..]) => x == w && y == v && a == b,
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
