//! Links from letters: the proof that they carry makes the browser a holder, and the visitor is sent on to the address
//! without it, so that it stays in no address bar and no history.

use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::Response;
use plenary_app::Route;
use plenary_shared::WaitListEntryId;

use super::{Faces, decoded, failure, see_other};
use crate::http::problem::ApiError;

/// The answer to a link that carries a proof; `None` for every other address.
pub(super) async fn follow(faces: &Faces, uri: &Uri, headers: &HeaderMap) -> Option<Response> {
    let proof = proof_of(uri)?;
    let path = decoded(uri.path());
    let redeemed = redeem(faces, &path, &proof, headers).await?;
    Some(match redeemed {
        Ok(cookie) => {
            let mut response = see_other(uri.path());
            if let Some(cookie) = cookie {
                response.headers_mut().append(header::SET_COOKIE, cookie);
            }
            // The next page would be told the address with the proof.
            response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
            response
        }
        Err(error) => failure(faces, headers, error),
    })
}

fn proof_of(uri: &Uri) -> Option<String> {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(uri.query()?).ok()?;
    pairs.into_iter().find(|(name, _)| name == "proof").map(|(_, proof)| proof)
}

/// `None` when nothing at this address can be proved.
async fn redeem(
    faces: &Faces,
    path: &str,
    proof: &str,
    headers: &HeaderMap,
) -> Option<Result<Option<HeaderValue>, ApiError>> {
    let room = &faces.registration;
    if let Some(Route::Order { order_id, .. }) = Route::parse(path) {
        return Some(room.redeem_order(order_id, proof, headers).await);
    }
    let entry_id = entry_of(path)?;
    Some(room.redeem_entry(entry_id, proof, headers).await)
}

/// The place on the wait list that `/{slug}/waitlist/{id}` is about.
fn entry_of(path: &str) -> Option<WaitListEntryId> {
    let segments: Vec<_> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    match segments.as_slice() {
        [_, "waitlist", id] => id.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_on_the_wait_list_has_an_address() {
        let id = "0197a000-0000-7000-8000-000000000010";
        assert_eq!(entry_of(&format!("/rustfest/waitlist/{id}")), id.parse().ok());
        for other in ["/rustfest/waitlist", "/rustfest/waitlist/x", "/rustfest"] {
            assert_eq!(entry_of(other), None, "{other}");
        }
    }

    #[test]
    fn a_proof_is_found_in_the_query() {
        let proof = |text: &str| proof_of(&text.parse::<Uri>().unwrap());
        assert_eq!(proof("/a?x=1&proof=abc"), Some("abc".to_owned()));
        assert_eq!(proof("/a?x=1"), None);
        assert_eq!(proof("/a"), None);
    }
}
