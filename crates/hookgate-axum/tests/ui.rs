//! What must not compile, and what the compiler says of it.
//!
//! The texts are those of Rust 1.95; `TRYBUILD=overwrite` writes them anew.

#![cfg(all(feature = "routing", feature = "tokio"))]

use std::process::Command;

#[test]
fn what_is_wrong_does_not_compile() {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("--version").output();
    let version = version.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    if !version.as_ref().is_ok_and(|version| version.starts_with("rustc 1.95.")) {
        eprintln!("skipped: the texts are those of rustc 1.95, and this is {version:?}");
        return;
    }
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
