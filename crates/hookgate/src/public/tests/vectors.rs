//! Published and computed vectors: RFC 8032, and one for each way in which providers use a key.

#[cfg(any(feature = "ecdsa", feature = "rsa"))]
use base64::prelude::{BASE64_STANDARD, Engine};

use super::super::{Asymmetric, PublicKey};

/// The body of the catalogue's computed vectors.
#[cfg(any(feature = "ed25519", feature = "rsa"))]
const BODY: &str = "{\"id\":\"evt_123\",\"type\":\"test.event\",\
    \"data\":{\"name\":\"J\u{fc}rgen \u{2665}\",\"n\":1.5}}";

/// The key of the computed RSA vectors.
#[cfg(feature = "rsa")]
const RSA: &str = "\
    -----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAiVSC+RQGIqpwtj\
    T9PQ7d\n2uIQkh+ZLZWsSeEifgKsghUFXOFPO4DQk5dLMTHjUAje0RCVRCmlmQYzKf37NPQ5\nX4wuYftYOlPx\
    WfdsPZf9b5Mc0WkfTgvFWQhSSSjppi7ECsXh6YNrr9ipMryFnxMd\njjiqgAWnL0lBKzymSB2D8WVTEMLjKi6Q\
    KxH3EI6xjIa6Zr/FrGYqKW/7etQAEwSq\nIkeuSkwLu1if8huDJw1viROuaU4hX/Qs7hSF8b0vluYVbm1aLumw\
    M5C94i0pYIJY\nRzbAyP1y3mw6vQekJYcvAv0aWSLhgyr0sKsQreio/nvsOkgAHSU9iyT+LW6cLpoH\nmwIDAQ\
    AB\n-----END PUBLIC KEY-----\n";

/// Wise, HighLevel, Freshchat, CHIP and Dyte: the body under SHA-256.
#[cfg(feature = "rsa")]
const RSA_SHA256: &str = "\
    hlL/vo2dJkQDED64bIcquHQcrpI9BWUAbcAHcEcNz+LngqdycGJe7EaDmGEwu1bpTk8u+qq5tbvVg2BSrNR1np\
    BcslDMVjrck/g/hte84fEBafb8tfryZzkLOr/JHtjn7wFAdeB1tTcNjAunaZAui9PJ9fw0/RaGoOl39MQcW1X4\
    Tp/0hUBops8VmtjODyQmMNEepSTeDq1XRtwzZXmecglkl44VOuY946tcsnTRbS4xLFJDG6rHyHc4Bd1JFAFPdI\
    ItP5PSyEzUIRAS7eCfvasI2iLlzTOAHcbqnx+kKkm8Fz9820FNpwYNqfynJ+P0k614E+vhAS7MRTGf9Qxh4A==";

/// Fireblocks, before its second version: under SHA-512.
#[cfg(feature = "rsa")]
const RSA_SHA512: &str = "\
    YTPq77h83eMM/mzGRk1dAmzXkRgl+XpAkjzp1kD3Z/w6kDvI0P/hjT67u9e0PNsxNYadvL1FSgcGeiTN3iSOYL\
    kAcJsJ3LegFDIYSBw1USfIFPKGpSYSj4uCOEiQOzhL8otEerG6ZuUwRHGbV/EKo3baLuBZsTkzHqNwsBtzTaNd\
    tNXIdo1QRLYzkJqPNVQDshxvZejeTRowAghdL8JwH0p9x6oPrY8P9ojVo4yWL4cStOVEHO0b8XP9AXJUp3v3Ng\
    QDWFvHMExSc/rHv6noApFTOEktl3nO5nEQjwIas6wWekG4zeCtzxw/sU4NF/03PFyVJmXJJeKZ6eP0dY+2Bw==";

/// SendGrid's own test: <https://github.com/sendgrid/sendgrid-python>, `test_eventwebhook.py`.
#[cfg(feature = "ecdsa")]
mod sendgrid {
    pub(super) const KEY: &str = "\
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRq\
        e62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==";
    pub(super) const OTHER_KEY: &str = "\
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqTxd43gyp8IOEto2LdIfjRQrIbsd4SXZkLW6jDutdhXSJCWHw8\
        REntlo7aNDthvj+y7GjUuFDb/R1NGe1OPzpA==";
    pub(super) const SIGNATURE: &str = "\
        MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15\
        TluLtEZtM=";
    pub(super) const TIMESTAMP: &str = "1600112502";
    /// Ends in a line break.
    pub(super) const BODY: &str = "\
        [{\"email\":\"hello@world.com\",\"event\":\"dropped\",\"reason\":\"Bounced Addre\
        ss\",\"sg_event_id\":\"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA\",\"s\
        g_message_id\":\"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5\
        F5FC76C-9.0\",\"smtp-id\":\"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.ne\
        t>\",\"timestamp\":1600112492}]\r\n";
}

/// eBay's own test: <https://github.com/eBay/event-notification-nodejs-sdk>, `test/test.json`.
#[cfg(feature = "ecdsa")]
mod ebay {
    /// In one line, as its interface hands keys out.
    pub(super) const KEY: &str = "\
        -----BEGIN PUBLIC KEY-----MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEZhhxXKtR+TOvtDbgTPCkSof0\
        2qgBB7IsYOyf76ilExJ/upAa/vKIKheOoCyOpcLmi4t0b4uepb7LLjmMr90FUg==-----END PUBLIC KEY---\
        --";
    pub(super) const SIGNATURE: &str = "\
        MEYCIQCfxfIWuxmWcIBQJ9c5/X7iGDJqs2RCGsBEaAjinyrrfAIhAIV6wGcTiBuV5KJUif2hokyrL+Q9ssHkad\
        +mx2nEE25w";
    pub(super) const BODY: &str = "\
        {\"metadata\":{\"topic\":\"MARKETPLACE_ACCOUNT_DELETION\",\"schemaVersion\":\"1.\
        0\",\"deprecated\":false},\"notification\":{\"notificationId\":\"49feeaeb-4982-4\
        2d9-a377-9645b8479411_33f7e043-fed8-442b-9d44-791923bd9a6d\",\"eventDate\":\"202\
        1-03-19T20:43:59.462Z\",\"publishDate\":\"2021-03-19T20:43:59.679Z\",\"publishAt\
        temptCount\":1,\"data\":{\"username\":\"test_user\",\"userId\":\"ma8vp1jySJC\",\
        \"eiasToken\":\"nY+sHZ2PrBmdj6wVnY+sEZ2PrA2dj6wJnY+gAZGEpwmdj6x9nY+seQ==\"}}}";
}

fn verify(key: &str, algorithm: Asymmetric, message: &[&[u8]], signature: &[u8]) -> bool {
    PublicKey::parse(key.as_bytes(), algorithm).unwrap().verify(message, signature)
}

#[cfg(any(feature = "ecdsa", feature = "rsa"))]
fn base64(text: &str) -> Vec<u8> {
    BASE64_STANDARD.decode(text).unwrap()
}

/// RFC 8032, section 7.1: public key, message, signature.
#[cfg(feature = "ed25519")]
const RFC_8032: [(&str, &str, &str); 3] = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155\
         5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
         085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac\
         18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
];

#[cfg(feature = "ed25519")]
#[test]
fn ed25519_as_rfc_8032_has_it() {
    for (key, message, signature) in RFC_8032 {
        let message = const_hex::decode(message).unwrap();
        let signature = const_hex::decode(signature).unwrap();
        assert!(verify(key, Asymmetric::Ed25519, &[&message], &signature), "{key}");
        assert!(!verify(key, Asymmetric::Ed25519, &[&message, b"x"], &signature), "{key}");
    }
}

#[cfg(feature = "ed25519")]
#[test]
fn ed25519_as_providers_have_it() {
    use base64::prelude::{BASE64_STANDARD, Engine};

    let hex = "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8";
    let digits = "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=";
    let discord = const_hex::decode(
        "1fe184b7ae4611233879c286d5fe7a33e21ea1d05c76984a0018e7a5ecbaf648\
         9c11cb99134655570f1e261049ebe8ba97cc0f5055e1a098bf0afc59d0a0880e",
    )
    .unwrap();
    let telnyx = BASE64_STANDARD
        .decode(
            "S5VCZ3geBURbN7bJpymas7NVUwWTM2EZxcfHofQwN0Re\
             HPVuxiLipW2uhPtJf8QGLQw6mhKGN+S6FaHq2e7MBQ==",
        )
        .unwrap();
    let standard = BASE64_STANDARD
        .decode(
            "wSqo0oKjpUT+VI5Xq1tCOWlYqaYNPoan2hihqr4YOj28\
             /76srY5NnC2N6igBauVYYC6AZymiqhkr/GZLl0IxDw==",
        )
        .unwrap();
    let body = BODY.as_bytes();
    let key = Asymmetric::Ed25519;
    let whpk = format!("whpk_{digits}");
    assert!(verify(hex, key, &[b"1700000000", body], &discord));
    assert!(!verify(hex, key, &[b"1700000000", body, b" "], &discord));
    assert!(verify(digits, key, &[b"1700000000", b"|", body], &telnyx));
    let before = b"msg_2Lh9KRb0pzN4LePd3XiA4v12Axj.1700000000.";
    assert!(verify(&whpk, key, &[before, body], &standard));
    assert!(!verify(&whpk, key, &[before, body], &telnyx));
}

#[cfg(feature = "ecdsa")]
#[test]
fn ecdsa_as_sendgrid_and_ebay_publish_it() {
    let key = Asymmetric::EcdsaP256Sha256;
    let signature = base64(sendgrid::SIGNATURE);
    let message: [&[u8]; 2] = [sendgrid::TIMESTAMP.as_bytes(), sendgrid::BODY.as_bytes()];
    assert!(verify(sendgrid::KEY, key, &message, &signature));
    assert!(!verify(sendgrid::OTHER_KEY, key, &message, &signature));
    let other = [sendgrid::TIMESTAMP.as_bytes(), b"payload"];
    assert!(!verify(sendgrid::KEY, key, &other, &signature));
    let trimmed = [sendgrid::TIMESTAMP.as_bytes(), sendgrid::BODY.trim_end().as_bytes()];
    assert!(!verify(sendgrid::KEY, key, &trimmed, &signature));

    let signature = base64(ebay::SIGNATURE);
    let body = ebay::BODY.as_bytes();
    assert!(verify(ebay::KEY, Asymmetric::EcdsaP256Sha1, &[body], &signature));
    assert!(!verify(ebay::KEY, Asymmetric::EcdsaP256Sha256, &[body], &signature));
}

#[cfg(feature = "rsa")]
#[test]
fn rsa_as_providers_have_it() {
    let body = BODY.as_bytes();
    for (algorithm, signature, other) in [
        (Asymmetric::RsaSha256, RSA_SHA256, RSA_SHA512),
        (Asymmetric::RsaSha512, RSA_SHA512, RSA_SHA256),
    ] {
        assert!(verify(RSA, algorithm, &[body], &base64(signature)));
        assert!(verify(RSA, algorithm, &[&body[..7], b"", &body[7..]], &base64(signature)));
        assert!(!verify(RSA, algorithm, &[body, b" "], &base64(signature)));
        assert!(!verify(RSA, algorithm, &[body], &base64(other)));
    }
}
