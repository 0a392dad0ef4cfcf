//! Schemes in the core alone, from the head to the verdict, each beside what it cannot do without:
//! the algorithm, over the text that was signed.

use std::fmt;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{self, KeyPair, ParsedPublicKey, RsaKeyPair};
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine};
use bytes::Bytes;
use ed25519_dalek::Signer;
use hmac::{EagerHash, Hmac, KeyInit, Mac};
use hookgate::check::{Opened, Verdict};
use hookgate::scheme::{Algorithm, Encoding, Place, Scheme, TimeUnit};
use hookgate::{
    AnyEndpoint, BodyHash, ClaimRules, Endpoint, HashEncoding, Presence, Provider, UnixTime,
};
use http::Request;
use p256::ecdsa::signature::Verifier;
use p256::pkcs8::EncodePublicKey;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use crate::frames::Frames;
use crate::{Booking, SECRET};

const HEADER: &str = "x-signature";

const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);

/// One scheme and one delivery under it.
pub struct Row {
    pub name: &'static str,
    endpoint: AnyEndpoint,
    request: Request<()>,
    body: Bytes,
    primitive: Box<dyn Fn()>,
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Row").field(&self.name).finish()
    }
}

impl Row {
    /// The body in frames of so many bytes.
    pub fn frames(&self, size: usize) -> Frames {
        Frames::of(&self.body, size)
    }

    /// Takes the delivery through the check, its body in one frame.
    pub fn check(&self) {
        self.check_in([self.body.clone()]);
    }

    /// The same with the body in these frames.
    pub fn check_in(&self, frames: impl IntoIterator<Item = Bytes>) {
        let Ok(Opened::Check(mut check)) = self.endpoint.open(&self.request, NOW) else {
            panic!("{} is refused at its head", self.name);
        };
        for frame in frames {
            check.push(frame).unwrap();
        }
        let verdict = check.finish();
        assert!(matches!(verdict, Ok(Verdict::Deliver(_))), "{}: {verdict:?}", self.name);
    }

    /// Verifies the signature with the algorithm alone: the key read and the signature decoded
    /// before.
    pub fn primitive(&self) {
        (self.primitive)();
    }
}

type Make = fn(&'static str, &Bytes) -> Row;

/// Each is made by itself: what others cost to make must not be counted with it.
const ALL: &[(&str, Make)] = &[
    ("HMAC-SHA256, {body}", |name, body| hmac::<Sha256>(name, Scheme::hmac_sha256(HEADER), body)),
    ("HMAC-SHA256, {ts}.{body} in a list", timed),
    ("HMAC-SHA256, {id}.{ts}.{body}", standard),
    ("HMAC-SHA1, {body}", |name, body| hmac::<Sha1>(name, Scheme::hmac_sha1(HEADER), body)),
    ("HMAC-SHA512, {body}", |name, body| hmac::<Sha512>(name, Scheme::hmac_sha512(HEADER), body)),
    ("SHA-256, {secret}{body}", hashed),
    ("Ed25519, {body}", |name, body| ed25519(name, "{body}", body)),
    ("Ed25519, {ts}{body}", |name, body| ed25519(name, "{ts}{body}", body)),
    ("P-256, {body}", p256),
    ("RSA-2048, {body}", rsa),
    ("JWT HS256, the body's hash a claim", jwt),
];

pub fn names() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|(name, _)| *name)
}

/// A delivery under a scheme, with a body of so many bytes.
pub fn row(name: &str, size: usize) -> Row {
    let (name, make) = ALL.iter().find(|(known, _)| *known == name).expect("one of `names`");
    make(name, &Bytes::from(Booking::of_size(size)))
}

#[derive(Debug)]
struct Sender(Scheme<'static>);

impl Provider for Sender {
    fn id(&self) -> &str {
        "sender"
    }

    fn scheme(&self) -> Scheme<'_> {
        self.0
    }
}

fn made(
    name: &'static str,
    (scheme, secret): (Scheme<'static>, &str),
    headers: &[(&str, &str)],
    body: &Bytes,
    primitive: impl Fn() + 'static,
) -> Row {
    let endpoint = Endpoint::builder(Sender(scheme)).secret(secret).build().unwrap().into_any();
    let mut request = Request::post("/hooks")
        .header("host", "hooks.example.com")
        .header("user-agent", "Booking-Hooks/1.4")
        .header("accept", "*/*")
        .header("content-type", "application/json")
        .header("content-length", body.len())
        .header("x-request-id", "4b9c5a52-9c11-4f5e-8e0b-b3b1d3f1d6c3");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(()).unwrap();
    Row { name, endpoint, request, body: body.clone(), primitive: Box::new(primitive) }
}

/// A key schedule that was made before, and one pass over the text.
fn mac_alone<D: EagerHash + 'static>(text: &[&[u8]]) -> (Vec<u8>, impl Fn() + use<D>) {
    let start = Hmac::<D>::new_from_slice(SECRET.as_bytes()).unwrap();
    let text: Vec<_> = text.iter().map(|part| Bytes::copy_from_slice(part)).collect();
    let over = move || {
        let mut mac = start.clone();
        text.iter().for_each(|part| mac.update(part));
        mac
    };
    let mac = over().finalize().into_bytes().to_vec();
    let right = mac.clone();
    (mac, move || over().verify_slice(&right).unwrap())
}

fn hmac<D: EagerHash + 'static>(name: &'static str, scheme: Scheme<'static>, body: &Bytes) -> Row {
    let (mac, primitive) = mac_alone::<D>(&[body]);
    made(name, (scheme, SECRET), &[(HEADER, &const_hex::encode(mac))], body, primitive)
}

/// As Stripe signs.
fn timed(name: &'static str, body: &Bytes) -> Row {
    let scheme = Scheme::hmac_sha256(HEADER)
        .list(",", "=", "v1")
        .timestamp(Place::SignatureField("t"), TimeUnit::Seconds)
        .signed("{ts}.{body}");
    let time = NOW.as_secs().to_string();
    let (mac, primitive) = mac_alone::<Sha256>(&[format!("{time}.").as_bytes(), body]);
    let mac = const_hex::encode(mac);
    let value = format!("t={time},v1={mac},v0={mac}");
    made(name, (scheme, SECRET), &[(HEADER, &value)], body, primitive)
}

/// As Standard Webhooks are signed.
fn standard(name: &'static str, body: &Bytes) -> Row {
    let scheme = Scheme::hmac_sha256(HEADER)
        .list(" ", ",", "v1")
        .encoding(Encoding::Base64)
        .delivery_id(Place::Header("x-id"))
        .timestamp(Place::Header("x-time"), TimeUnit::Seconds)
        .signed("{id}.{ts}.{body}");
    let (id, time) = ("msg_2b9f6a0e3f0c4e529a53", NOW.as_secs().to_string());
    let (mac, primitive) = mac_alone::<Sha256>(&[format!("{id}.{time}.").as_bytes(), body]);
    let value = format!("v1,{}", BASE64_STANDARD.encode(mac));
    let headers = [(HEADER, &*value), ("x-id", id), ("x-time", &time)];
    made(name, (scheme, SECRET), &headers, body, primitive)
}

fn hashed(name: &'static str, body: &Bytes) -> Row {
    let scheme = Scheme::hmac_sha256(HEADER).algorithm(Algorithm::Sha256).signed("{secret}{body}");
    let (start, text) = (Sha256::new_with_prefix(SECRET), body.clone());
    let over = move || <[u8; 32]>::from(start.clone().chain_update(&text).finalize());
    let hash = over();
    let header = const_hex::encode(hash);
    made(name, (scheme, SECRET), &[(HEADER, &header)], body, move || assert_eq!(over(), hash))
}

fn ed25519(name: &'static str, signed: &'static str, body: &Bytes) -> Row {
    let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    let time = NOW.as_secs().to_string();
    let scheme = Scheme::public_key(Algorithm::Ed25519, HEADER)
        .timestamp(Place::Header("x-time"), TimeUnit::Seconds)
        .signed(signed);
    let text = [signed.replace("{ts}", &time).replace("{body}", "").as_bytes(), body].concat();
    let signature = key.sign(&text);
    let public = key.verifying_key();
    let headers = [(HEADER, &*BASE64_STANDARD.encode(signature.to_bytes())), ("x-time", &*time)];
    made(name, (scheme, &const_hex::encode(public.as_bytes())), &headers, body, move || {
        public.verify(&text, &signature).unwrap();
    })
}

fn p256(name: &'static str, body: &Bytes) -> Row {
    let key = p256::ecdsa::SigningKey::from_slice(&[7; 32]).unwrap();
    let scheme = Scheme::public_key(Algorithm::EcdsaP256Sha256, HEADER);
    let signature: p256::ecdsa::Signature = key.sign(body);
    let header = BASE64_STANDARD.encode(signature.to_der().as_bytes());
    let public = *key.verifying_key();
    let der = BASE64_STANDARD.encode(public.to_public_key_der().unwrap());
    let text = body.clone();
    made(name, (scheme, &der), &[(HEADER, &header)], body, move || {
        public.verify(&text, &signature).unwrap();
    })
}

fn rsa(name: &'static str, body: &Bytes) -> Row {
    let key = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let scheme = Scheme::public_key(Algorithm::RsaSha256, HEADER);
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&signature::RSA_PKCS1_SHA256, &SystemRandom::new(), body, &mut signature).unwrap();
    let header = BASE64_STANDARD.encode(&signature);
    let der: PublicKeyX509Der<'_> = key.public_key().as_der().unwrap();
    let parameters = &signature::RSA_PKCS1_2048_8192_SHA256;
    let public = ParsedPublicKey::new(parameters, der.as_ref()).unwrap();
    let text = body.clone();
    made(
        name,
        (scheme, &BASE64_STANDARD.encode(der.as_ref())),
        &[(HEADER, &header)],
        body,
        move || {
            public.verify_sig(&text, &signature).unwrap();
        },
    )
}

fn jwt(name: &'static str, body: &Bytes) -> Row {
    const CLAIMS: ClaimRules<'static> = ClaimRules::new()
        .expires(Presence::Required)
        .body(BodyHash::new("payload_hash", HashEncoding::Hex));
    let scheme = Scheme::jwt(Algorithm::JwtHs256, HEADER, CLAIMS);
    let hash: [u8; 32] = Sha256::digest(body).into();
    let expires = NOW.as_secs() + 60;
    let claims = format!(
        r#"{{"iss":"sender","exp":{expires},"payload_hash":"{}"}}"#,
        const_hex::encode(hash)
    );
    let encode = |text: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(text);
    let signed =
        format!("{}.{}", encode(br#"{"alg":"HS256","typ":"JWT"}"#), encode(claims.as_bytes()));
    let (mac, token_alone) = mac_alone::<Sha256>(&[signed.as_bytes()]);
    let token = format!("{signed}.{}", encode(&mac));
    let text = body.clone();
    made(name, (scheme, SECRET), &[(HEADER, &token)], body, move || {
        token_alone();
        assert_eq!(<[u8; 32]>::from(Sha256::digest(&text)), hash);
    })
}
