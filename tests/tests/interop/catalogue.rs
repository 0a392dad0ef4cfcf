//! Services of the catalogue, whose signatures Node.js, PHP and openssl make: each algorithm, each
//! part of a signed text, each framing.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::prelude::{BASE64_STANDARD, Engine};
use hookgate::scheme::{Algorithm, Framing, Scheme};
use hookgate::{BodyHash, ClaimRules, Endpoint, HashEncoding, Provider, UnixTime};
use hookgate_conformance::paths::Through;
use hookgate_conformance::run::{Expectations, run};
use hookgate_conformance::{Row, Verdict};
use serde_json::json;

use crate::{BODY, SECRET};

/// No service of the catalogue takes RS256 under a key that is given.
#[derive(Debug)]
struct Rs256;

impl Provider for Rs256 {
    fn id(&self) -> &str {
        "rs256"
    }

    fn scheme(&self) -> Scheme<'_> {
        let body = BodyHash::new("sha256", HashEncoding::Base64);
        Scheme::jwt(Algorithm::JwtRs256, "authorization", ClaimRules::new().body(body))
            .framing(Framing::AuthScheme("Bearer"))
    }
}

fn script(program: &str, name: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop").join(name);
    let Ok(output) = Command::new(program).arg(file).stderr(Stdio::inherit()).output() else {
        println!("skipped: {program} is not installed");
        return;
    };
    assert!(output.status.success(), "{program}");
    judge(serde_json::from_slice(&output.stdout).unwrap());
}

fn judge(mut rows: Vec<Row>) {
    let others: Vec<_> = rows.extract_if(.., |row| row.provider == "rs256").collect();
    for row in others {
        let now = UnixTime::from_secs(row.now);
        let key = &**row.secrets.first().unwrap();
        let endpoint = Endpoint::builder(Rs256).secret(key).clock(move || now).build();
        let endpoint = endpoint.unwrap().into_any();
        for path in Through::ALL {
            let outcome = path.drive(&row, &endpoint);
            let accept = row.verdict == Verdict::Accept;
            assert_eq!(outcome.accepted(), Some(accept), "{}: {outcome}", row.id);
        }
    }
    assert!(!rows.is_empty());
    let report = run(&rows, &Through::ALL, &Expectations::new());
    assert_eq!(report.failed, 0, "{}", report.failures);
    println!("{}", report.summary());
}

#[test]
fn what_node_signs_is_accepted_on_every_path() {
    script("node", "senders.mjs");
}

#[test]
fn what_php_signs_is_accepted_on_every_path() {
    script("php", "senders.php");
}

/// Runs openssl in a folder of the test's own. `None` where it is not installed.
fn openssl(arguments: &[&str], input: &[u8]) -> Option<Vec<u8>> {
    let mut command = Command::new("openssl");
    command.args(arguments).current_dir(folder()).stderr(Stdio::null());
    let Ok(mut child) = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn() else {
        println!("skipped: openssl is not installed");
        return None;
    };
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "openssl {arguments:?}");
    Some(output.stdout)
}

fn folder() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("interop");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// A service, the header of its signature, what openssl is asked, the text, and further headers.
struct Signed<'s> {
    provider: &'s str,
    header: &'s str,
    arguments: &'s [&'s str],
    before: &'s str,
    secret: &'s str,
    hex: bool,
    time: Option<&'s str>,
}

#[test]
fn what_openssl_signs_is_accepted_on_every_path() {
    let mac = format!("key:{SECRET}");
    let key = |kind: &[&str], name: &str| {
        let mut arguments = vec!["genpkey", "-out", name];
        arguments.extend_from_slice(kind);
        openssl(&arguments, b"")?;
        String::from_utf8(openssl(&["pkey", "-in", name, "-pubout"], b"")?).ok()
    };
    let Some(rsa) = key(&["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], "rsa.pem")
    else {
        return;
    };
    let p256 = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
    let p256 = key(&p256, "p256.pem").unwrap();
    let ed25519 = key(&["-algorithm", "ED25519"], "ed25519.pem").unwrap();

    let shared = Signed {
        provider: "vercel",
        header: "x-vercel-signature",
        arguments: &["dgst", "-sha1", "-mac", "HMAC", "-macopt", &mac, "-binary"],
        before: "",
        secret: SECRET,
        hex: true,
        time: None,
    };
    let cases = [
        Signed { ..shared },
        Signed {
            provider: "paystack",
            header: "x-paystack-signature",
            arguments: &["dgst", "-sha512", "-mac", "HMAC", "-macopt", &mac, "-binary"],
            ..shared
        },
        Signed {
            provider: "hubspot-v1",
            header: "x-hubspot-signature",
            arguments: &["dgst", "-sha256", "-binary"],
            before: SECRET,
            ..shared
        },
        Signed {
            provider: "sellsy",
            header: "x-webhook-signature",
            arguments: &["dgst", "-sha1", "-binary"],
            before: SECRET,
            ..shared
        },
        Signed {
            provider: "wise",
            header: "x-signature-sha256",
            arguments: &["dgst", "-sha256", "-sign", "rsa.pem"],
            secret: &rsa,
            hex: false,
            ..shared
        },
        Signed {
            provider: "fireblocks-legacy",
            header: "fireblocks-signature",
            arguments: &["dgst", "-sha512", "-sign", "rsa.pem"],
            secret: &rsa,
            hex: false,
            ..shared
        },
        Signed {
            provider: "sendgrid",
            header: "x-twilio-email-event-webhook-signature",
            arguments: &["dgst", "-sha256", "-sign", "p256.pem"],
            before: "1700000000",
            secret: &p256,
            hex: false,
            time: Some("x-twilio-email-event-webhook-timestamp"),
        },
        Signed {
            provider: "telnyx",
            header: "telnyx-signature-ed25519",
            arguments: &["pkeyutl", "-sign", "-rawin", "-inkey", "ed25519.pem", "-in", "text"],
            before: "1700000000|",
            secret: &ed25519,
            hex: false,
            time: Some("telnyx-timestamp"),
        },
    ];
    let mut rows = Vec::new();
    for Signed { provider, header, arguments, before, secret, hex, time } in cases {
        let text = [before.as_bytes(), BODY.as_bytes()].concat();
        // Some versions sign with Ed25519 only what is in a file.
        std::fs::write(folder().join("text"), &text).unwrap();
        let signature = openssl(arguments, &text).unwrap();
        let signature =
            if hex { const_hex::encode(signature) } else { BASE64_STANDARD.encode(signature) };
        let mut headers = vec![(header, &*signature)];
        headers.extend(time.map(|header| (header, "1700000000")));
        for (id, body, verdict) in
            [("as it is", BODY, "accept"), ("less a byte", &BODY[..BODY.len() - 1], "reject")]
        {
            rows.push(json!({
                "id": format!("openssl as {provider}, {id}"),
                "provider": provider,
                "secrets": [secret],
                "now": 1_700_000_000,
                "request": {
                    "method": "POST",
                    "url": "https://example.test/",
                    "headers": headers,
                    "body_base64": BASE64_STANDARD.encode(body),
                },
                "verdict": verdict,
            }));
        }
    }
    judge(serde_json::from_value(json!(rows)).unwrap());
}
