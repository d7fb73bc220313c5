//! What the tests may have in a program and nobody else: points at which it is made to fail.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

/// Every point's name begins so, and it is the name that is left in a program that has the point.
const POINT: &[u8] = b"fault point, ";

/// Looks for points in a program that is to serve somebody.
pub fn ensure_none(program: &Path) -> Result<()> {
    let bytes = fs::read(program).with_context(|| format!("cannot read {}", program.display()))?;
    // Few of the bytes are the first one, so few places are looked at twice.
    let begins = |at: usize| bytes[at] == POINT[0] && bytes[at..].starts_with(POINT);
    let found = (0..bytes.len()).any(begins);
    ensure!(
        !found,
        "{} has points at which tests make it fail: it was built with the feature `faults`",
        program.display()
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_with_a_point_is_refused() {
        let program = std::env::temp_dir().join(format!("plenary-xtask-{}", std::process::id()));
        for (content, is_fine) in
            [(&b"fault, point"[..], true), (b"\0a fault point, mailbox: begun\0", false)]
        {
            fs::write(&program, content).unwrap();
            assert_eq!(ensure_none(&program).is_ok(), is_fine);
        }
        fs::remove_file(&program).unwrap();
        assert!(ensure_none(&program).is_err());
    }
}
