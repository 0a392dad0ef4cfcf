//! Signatures made by other implementations, in the ways that the providers' pages show: accepted
//! on every path. A tool that is not installed is skipped, and the test says so.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests fail by panicking and say what they skip"
)]

mod catalogue;

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use base64::prelude::{BASE64_STANDARD, Engine};
use hookgate_conformance::paths::Through;
use hookgate_conformance::run::{Expectations, run};
use serde_json::json;

/// A secret and a body that a careless step would change.
const SECRET: &str = "k€y with spaces, $HOME and 'quotes'";
const BODY: &str = "{\"type\":\"transcript.completed\",\"event\":\"meetingScheduled\",\"t\":\"caf\u{e9} \\u00e9 \\/ 1.0\"} \n";

/// A program that reads the body from its input, the secret from `SECRET`, and writes a signature.
struct Tool {
    name: &'static str,
    command: fn() -> Command,
    base64: bool,
}

const TOOLS: &[Tool] = &[
    Tool {
        name: "openssl",
        command: || with("openssl", &["dgst", "-sha256", "-r", "-hmac", SECRET]),
        base64: false,
    },
    Tool {
        name: "node, base64 as ACE's page has it",
        command: || with("node", &["-e", &node("base64")]),
        base64: true,
    },
    Tool {
        name: "node, hex as Mobile Assistant's and iOFFICE's pages have it",
        command: || with("node", &["-e", &node("hex")]),
        base64: false,
    },
    Tool {
        name: "php, as ACE's and Harmonizely's pages have it",
        command: || {
            let script = "echo base64_encode(hash_hmac('sha256', \
                          file_get_contents('php://stdin'), getenv('SECRET'), true));";
            with("php", &["-r", script])
        },
        base64: true,
    },
    Tool {
        name: "java, as ACE's page has it",
        command: || with("java", &["-Dfile.encoding=UTF-8", &java().display().to_string()]),
        base64: true,
    },
];

fn node(encoding: &str) -> String {
    format!(
        "process.stdout.write(require('crypto').createHmac('sha256', process.env.SECRET)\
         .update(require('fs').readFileSync(0)).digest('{encoding}'))"
    )
}

/// A program in one file, which `java` compiles by itself.
fn java() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let file = folder.join("Sign.java");
    let program = r#"
        import java.util.Base64;
        import javax.crypto.Mac;
        import javax.crypto.spec.SecretKeySpec;

        class Sign {
            public static void main(String[] arguments) throws Exception {
                Mac mac = Mac.getInstance("HmacSHA256");
                byte[] key = System.getenv("SECRET").getBytes("UTF-8");
                mac.init(new SecretKeySpec(key, "HmacSHA256"));
                System.out.print(Base64.getEncoder().encodeToString(mac.doFinal(System.in.readAllBytes())));
            }
        }
    "#;
    std::fs::write(&file, program).unwrap();
    file
}

fn with(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    // Java reads the environment in the locale's character set.
    command.args(arguments).env("SECRET", SECRET).env("LC_ALL", "C.UTF-8");
    command
}

impl Tool {
    /// The signature over a text, `None` where the tool is not installed.
    fn sign(&self, text: &[u8]) -> Option<String> {
        let mut command = (self.command)();
        let started = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let Ok(mut child) = started else {
            println!("skipped: {} is not installed", self.name);
            return None;
        };
        child.stdin.take().unwrap().write_all(text).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", self.name);
        let printed = String::from_utf8(output.stdout).unwrap();
        Some(printed.split_whitespace().next().unwrap().to_owned())
    }

    fn signs(&self, encoding: Encoding) -> bool {
        match encoding {
            Encoding::Hex => !self.base64,
            Encoding::Base64 => self.base64,
            Encoding::Any => true,
        }
    }
}

#[derive(Clone, Copy)]
enum Encoding {
    Hex,
    Base64,
    Any,
}

#[test]
fn other_implementations_signatures_are_accepted_on_every_path() {
    let ioffice = "CREATE:Agreement:25";
    let providers = [
        ("ace", "x-ace-signature", Encoding::Base64, BODY, BODY),
        ("harmonizely", "webhook-signature", Encoding::Base64, BODY, BODY),
        ("screenmeet", "x-signature", Encoding::Any, BODY, BODY),
        ("mobile-assistant", "x-connect-it-token", Encoding::Hex, BODY, BODY),
        ("ioffice", "x-ioffice-signature", Encoding::Hex, ioffice, ""),
    ];
    let mut rows = Vec::new();
    for (provider, header, encoding, text, body) in providers {
        for tool in TOOLS.iter().filter(|tool| tool.signs(encoding)) {
            let Some(signature) = tool.sign(text.as_bytes()) else {
                continue;
            };
            let target = if body.is_empty() { "CREATE/Agreement/25" } else { "" };
            let row = |id: &str, body: &str, verdict: &str| {
                json!({
                    "id": format!("{provider}, {}, {id}", tool.name),
                    "provider": provider,
                    "secrets": [SECRET],
                    "now": 1_700_000_000,
                    "request": {
                        "method": "POST",
                        "url": format!("https://example.test/{target}"),
                        "headers": [[header, signature], ["x-signature-algo", "sha256"]],
                        "body_base64": BASE64_STANDARD.encode(body),
                    },
                    "verdict": verdict,
                })
            };
            rows.push(row("as it is", body, "accept"));
            if !body.is_empty() {
                rows.push(row("without its last byte", &body[..body.len() - 1], "reject"));
            }
        }
    }
    let rows = serde_json::from_value::<Vec<_>>(json!(rows)).unwrap();
    let report = run(&rows, &Through::ALL, &Expectations::new());
    assert_eq!(report.failed, 0, "{}", report.failures);
    println!("{}", report.summary());
}
