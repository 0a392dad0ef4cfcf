//! The table of all providers, made from the code.

use std::fmt::Write as _;

use hookgate::catalogue::{self, Confidence, Entry};
use hookgate::scheme::{Algorithm, Encoding, Framing, Place, Scheme, TimeUnit};
use hookgate::{Coverage, Provider};

/// `docs/PROVIDERS.md`.
pub fn table() -> String {
    let mut text = String::from(HEAD);
    let _ = writeln!(text, "\n{} services in all.\n", catalogue::ALL.len() + CODED.len());
    text.push_str("## With code of their own\n\n");
    text.push_str("| service | in code | signature | covers | feature | evidence |\n");
    text.push_str("|---|---|---|---|---|---|\n");
    for coded in CODED {
        let Coded { name, path, signature, covers, feature, evidence } = coded;
        let _ = writeln!(
            text,
            "| {name} | `{path}` | {signature} | {covers} | {feature} | {evidence} |"
        );
    }
    text.push_str("\n## As constants\n\n");
    text.push_str("| service | `catalogue::` | signature | signed text | covers | feature | evidence | unconfirmed | source |\n");
    text.push_str("|---|---|---|---|---|---|---|---|---|\n");
    for entry in catalogue::ALL {
        row(entry, &mut text);
    }
    text.push_str("\n## What to know\n\n");
    for entry in catalogue::ALL.iter().filter(|entry| !entry.note.is_empty()) {
        let _ = writeln!(text, "- **{}**: {}.", entry.name, entry.note);
    }
    text
}

const HEAD: &str = "\
# Providers

Made from the code by `cargo run -p hookgate-conformance --bin provider-table > docs/PROVIDERS.md`;
a test holds it against the code.

**Evidence** says what stands behind an entry: a request that the provider itself published and that
is among the tests (`published request`), its own page, its own code, or only somebody else's code or
documentation (`third party`). Without a published request the tests prove that the entry is what its
source says, and no more. **Unconfirmed** names what no source was seen for. **Covers** says what of
the body is signed: where it is the sender alone, handlers take `SenderOnly<..>`. A **feature** is
hookgate's Cargo feature that the entry needs.
";

/// A provider that is more than an entry of the catalogue.
struct Coded {
    name: &'static str,
    path: &'static str,
    signature: &'static str,
    covers: &'static str,
    feature: &'static str,
    evidence: &'static str,
}

const CODED: &[Coded] = &[
    Coded {
        name: "ACE Meetings",
        path: "ace::Ace",
        signature: "HMAC-SHA256 over the body, base64 in `x-ace-signature`",
        covers: "body",
        feature: "",
        evidence: "the sender's document",
    },
    Coded {
        name: "Adyen (payments)",
        path: "adyen::Adyen",
        signature: "HMAC-SHA256 over eight fields of each item, base64 in the item",
        covers: "fields",
        feature: "",
        evidence: "published request",
    },
    Coded {
        name: "AWS SNS",
        path: "sns::Sns",
        signature: "RSA under a certificate over chosen fields, base64 in the body",
        covers: "fields",
        feature: "`rsa`",
        evidence: "the provider's code",
    },
    Coded {
        name: "Braintree",
        path: "braintree::Braintree",
        signature: "HMAC-SHA1 over the form field `bt_payload`, hex in `bt_signature`",
        covers: "fields",
        feature: "",
        evidence: "the provider's code",
    },
    Coded {
        name: "Contentful",
        path: "contentful::Contentful",
        signature: "HMAC-SHA256 over method, path, chosen headers and body, hex in `x-contentful-signature`",
        covers: "body",
        feature: "",
        evidence: "the provider's code",
    },
    Coded {
        name: "eBay",
        path: "ebay::Ebay",
        signature: "ECDSA P-256 with SHA-1 over the body, in `x-ebay-signature`",
        covers: "body",
        feature: "`ecdsa`",
        evidence: "published request",
    },
    Coded {
        name: "Google Pub/Sub push",
        path: "pubsub::PubSub",
        signature: "JWT (RS256) in `authorization`",
        covers: "sender",
        feature: "`jwt`",
        evidence: "third party",
    },
    Coded {
        name: "Harmonizely",
        path: "harmonizely::Harmonizely",
        signature: "HMAC-SHA256 over the body, base64 in `webhook-signature`",
        covers: "body",
        feature: "",
        evidence: "the sender's document",
    },
    Coded {
        name: "iOFFICE",
        path: "ioffice::IOffice",
        signature: "HMAC-SHA256 over event, entity and id, hex in `x-ioffice-signature`",
        covers: "fields",
        feature: "",
        evidence: "the sender's document",
    },
    Coded {
        name: "Mobile Assistant (Connect-It)",
        path: "mobile_assistant::MobileAssistant",
        signature: "HMAC-SHA256 over the body, hex in `x-connect-it-token`",
        covers: "body",
        feature: "",
        evidence: "the sender's document",
    },
    Coded {
        name: "PayPal",
        path: "paypal::PayPal",
        signature: "RSA under a certificate over id, time, webhook and CRC-32, base64 in `paypal-transmission-sig`",
        covers: "sender",
        feature: "`rsa`",
        evidence: "the provider's page",
    },
    Coded {
        name: "Plivo v3",
        path: "plivo::Plivo",
        signature: "HMAC-SHA256 over address, parameters and nonce, base64 in `x-plivo-signature-v3`",
        covers: "fields",
        feature: "",
        evidence: "the provider's code",
    },
    Coded {
        name: "ScreenMeet",
        path: "screenmeet::ScreenMeet",
        signature: "HMAC-SHA256 over the body, hex or base64 in `x-signature`",
        covers: "body",
        feature: "",
        evidence: "the sender's document",
    },
];

fn row(entry: &Entry, text: &mut String) {
    let scheme = Provider::scheme(entry);
    let covers = match entry.coverage() {
        Coverage::Body => "body",
        Coverage::Fields => "fields",
        _ => "sender",
    };
    let evidence = match (entry.published_vector, entry.confidence) {
        (true, _) => "published request",
        (false, Confidence::OfficialCode) => "the provider's code",
        (false, Confidence::OfficialPage) => "the provider's page",
        (false, _) => "third party",
    };
    let feature = entry.feature().map(|feature| format!("`{feature}`")).unwrap_or_default();
    let constant = entry.id.to_ascii_uppercase().replace('-', "_");
    let _ = writeln!(
        text,
        "| {} | `{constant}` | {} | {} | {covers} | {feature} | {evidence} | {} | {} |",
        entry.name,
        signature(&scheme),
        signed_text(&scheme),
        entry.unconfirmed.join(", "),
        escaped(entry.source),
    );
}

/// What a cell of a table can hold.
fn escaped(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', "\\n")
}

fn code(text: &str) -> String {
    format!("`{}`", escaped(text))
}

fn signature(scheme: &Scheme<'_>) -> String {
    let algorithm = match scheme.algorithm {
        Algorithm::HmacSha1 => "HMAC-SHA1",
        Algorithm::HmacSha256 => "HMAC-SHA256",
        Algorithm::HmacSha512 => "HMAC-SHA512",
        Algorithm::Sha1 => "SHA-1",
        Algorithm::Sha256 => "SHA-256",
        Algorithm::Ed25519 => "Ed25519",
        Algorithm::EcdsaP256Sha256 => "ECDSA P-256",
        Algorithm::EcdsaP256Sha1 => "ECDSA P-256 (SHA-1)",
        Algorithm::RsaSha1 => "RSA (SHA-1)",
        Algorithm::RsaSha256 | Algorithm::RsaSha256Short => "RSA (SHA-256)",
        Algorithm::RsaSha512 => "RSA (SHA-512)",
        Algorithm::Token if scheme.framing == Framing::AuthScheme("Basic") => "password",
        Algorithm::Token => "token",
        Algorithm::JwtHs256 => "JWT (HS256)",
        Algorithm::JwtRs256 => "JWT (RS256)",
        Algorithm::JwtEs256 => "JWT (ES256)",
        _ => "another",
    };
    let encoding = match (scheme.encoding, scheme.algorithm) {
        (Encoding::Hex, _) => ", hex",
        (Encoding::Base64, Algorithm::Token) => "",
        (Encoding::Base64, _) => ", base64",
        (Encoding::Base64Url, _) => ", base64url",
        _ => "",
    };
    let at = match scheme.signature {
        Place::Header(name) => code(name),
        Place::RepeatedHeader(name) => format!("{}, each line", code(name)),
        Place::NumberedHeaders(name) => format!("`{name}1` …"),
        Place::Query(name) => format!("query {}", code(name)),
        Place::Form(name) => format!("form {}", code(name)),
        Place::Json(pointer) => format!("JSON {}", code(pointer)),
        _ => "elsewhere".into(),
    };
    let framing = match scheme.framing {
        Framing::Prefix(prefix) => format!(" after {}", code(prefix)),
        Framing::AuthScheme(name) => format!(" after {}", code(name)),
        Framing::List { name, .. } | Framing::Groups { name, .. } => format!(" as {}", code(name)),
        _ => String::new(),
    };
    format!("{algorithm}{encoding}{framing} in {at}")
}

fn signed_text(scheme: &Scheme<'_>) -> String {
    let mut text = match (scheme.signed, scheme.algorithm) {
        ("", Algorithm::Token) => "nothing".into(),
        ("", _) => "the claims".into(),
        (template, _) => code(template),
    };
    if let Some((_, unit)) = scheme.timestamp {
        let unit = match unit {
            TimeUnit::Seconds => "s",
            TimeUnit::Milliseconds => "ms",
            TimeUnit::SecondsOrMilliseconds => "s or ms",
            TimeUnit::HttpDate => "HTTP date",
            _ => "RFC 3339",
        };
        let tolerance = scheme.tolerance.map_or("any".into(), |seconds| format!("±{seconds} s"));
        let _ = write!(text, ", {unit}, {tolerance}");
    }
    text
}
