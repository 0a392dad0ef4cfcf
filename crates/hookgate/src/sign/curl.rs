//! A signed request as a line for a shell.

use super::SignedRequest;

impl SignedRequest {
    /// The request as a `curl` command for a POSIX shell, to a server at `origin` (such as
    /// `http://127.0.0.1:3000`). The body arrives byte for byte; one that a shell's word cannot
    /// hold is piped in through `printf`.
    pub fn to_curl(&self, origin: &str) -> String {
        let mut line = String::from("curl -sS -i");
        if self.method != "POST" || self.body.is_empty() {
            line.push_str(&format!(" -X {}", self.method));
        }
        line.push_str(&format!(" {}", quoted(&format!("{origin}{}", self.target))));
        for (name, value) in &self.headers {
            line.push_str(&format!(" -H {}", quoted(&format!("{name}: {value}"))));
        }
        if self.body.is_empty() {
            return line;
        }
        // An `@` at the start would name a file.
        let word = std::str::from_utf8(&self.body).ok();
        match word.filter(|text| !text.contains('\0') && !text.starts_with('@')) {
            Some(text) => line.push_str(&format!(" --data-binary {}", quoted(text))),
            None => {
                let octal: String = self.body.iter().map(|byte| format!("\\{byte:03o}")).collect();
                line = format!("printf '{octal}' | {line} --data-binary @-");
            }
        }
        line
    }
}

/// In single quotes, in which a shell changes nothing.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use crate::harmonizely::Harmonizely;
    use crate::sign::{Message, sign};

    /// What a shell makes of the line: the words of a command that is not run.
    fn words(line: &str) -> Vec<u8> {
        let script = format!("curl() {{ printf '%s\\0' \"$@\"; cat; }}; {line} </dev/null");
        let line_of_a_pipe = line.starts_with("printf");
        let script = if line_of_a_pipe { script.replace(" </dev/null", "") } else { script };
        Command::new("sh").args(["-c", &script]).output().unwrap().stdout
    }

    #[test]
    fn a_shell_hands_on_what_was_signed() {
        for body in ["{\"a\":\"it's $HOME `x` \\\\ \"}", "%s %d", "é\n", "'"] {
            let request =
                sign(&Harmonizely, "a secret", Message::post("/h?a=1&b=2", body)).unwrap();
            let words = words(&request.to_curl("http://127.0.0.1:1"));
            let words: Vec<_> = words.split(|byte| *byte == 0).collect();
            assert!(words.contains(&body.as_bytes()), "{body}");
            assert!(words.contains(&&b"http://127.0.0.1:1/h?a=1&b=2"[..]));
        }
        for body in [&b"@file"[..], b"\xff\x00%s\\"] {
            let message = Message::post("/h", body);
            let request = sign(&Harmonizely, "a secret", message).unwrap();
            let piped = words(&request.to_curl("http://127.0.0.1:1"));
            assert!(piped.ends_with(body), "{piped:?}");
        }
    }
}
