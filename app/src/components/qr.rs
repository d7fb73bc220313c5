//! A QR code as a drawing. Rendered on the server alone.

use std::fmt::Write as _;

use leptos::prelude::*;
use qrcodegen::{QrCode, QrCodeEcc};

/// The quiet zone around the code, in modules: with less, some scanners do not find it.
const QUIET_ZONE: i32 = 4;

/// `text` as a QR code, called `label` for those who cannot see it; nothing for a text that is too long for one.
pub fn qr_code(text: &str, label: String) -> Option<impl IntoView + use<>> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let size = code.size() + 2 * QUIET_ZONE;
    Some(view! {
        <svg class="qr" viewBox=format!("0 0 {size} {size}") shape-rendering="crispEdges" role="img" aria-label=label>
            <rect class="qr__ground" width=size height=size></rect>
            <path class="qr__modules" d=modules(&code)></path>
        </svg>
    })
}

/// The dark modules, row by row, neighbours in one stroke.
fn modules(code: &QrCode) -> String {
    let mut path = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let length = (x..code.size()).take_while(|&x| code.get_module(x, y)).count();
            if length > 0 {
                // Writing to a string cannot fail.
                let _ = write!(path, "M{} {}h{length}v1h-{length}z", x + QUIET_ZONE, y + QUIET_ZONE);
            }
            x += i32::try_from(length).unwrap_or(0) + 1;
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dark_module_is_drawn_once() {
        let code = QrCode::encode_text("https://example.org/manage/x", QrCodeEcc::Medium).unwrap();
        let dark = (0..code.size())
            .flat_map(|y| (0..code.size()).map(move |x| (x, y)))
            .filter(|&(x, y)| code.get_module(x, y))
            .count();
        let path = modules(&code);
        let drawn: usize =
            path.split('h').skip(1).filter_map(|rest| rest.split_once('v')?.0.parse::<usize>().ok()).sum();
        assert_eq!(drawn, dark);
    }
}
