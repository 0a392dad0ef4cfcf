//! Prints `docs/PROVIDERS.md`.

#[expect(clippy::print_stdout, reason = "the program's output")]
fn main() {
    print!("{}", hookgate_conformance::table());
}
