//! The peers, asked for their verdict.

use std::sync::Arc;

use base64::prelude::{BASE64_STANDARD, Engine};
use percent_encoding::percent_decode_str;
use webhook_verify::{
    Clock, HeaderMap, Provider, Secret, VerifyOptions, VerifyingKeyMaterial, verify,
};

use crate::request::Request;

/// Another implementation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Peer {
    /// The crate `webhook-verify`, as its entry for this service.
    WebhookVerify(Provider),
    /// The crate `standardwebhooks`. It reads the system's clock.
    StandardWebhooks,
}

struct At(i64);

impl Clock for At {
    fn now(&self) -> u64 {
        self.0.try_into().unwrap()
    }
}

impl Peer {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::WebhookVerify(_) => "webhook-verify",
            Self::StandardWebhooks => "standardwebhooks",
        }
    }

    pub(crate) fn accepts(self, request: &Request) -> bool {
        match self {
            Self::WebhookVerify(provider) => webhook_verify(provider, request),
            Self::StandardWebhooks => standardwebhooks(request),
        }
    }
}

fn webhook_verify(provider: Provider, request: &Request) -> bool {
    let mut options = VerifyOptions::default()
        .with_clock(Some(Arc::new(At(request.now))))
        .with_request_url(&*request.url);
    match provider {
        // It takes the fields from its caller.
        Provider::Twilio => options = options.with_form_params(fields(&request.body)),
        Provider::SendGrid => {
            let key = BASE64_STANDARD.decode(&request.secret).unwrap();
            let key = VerifyingKeyMaterial::EcdsaP256PublicKey(key);
            options = options.with_verifying_material(key);
        }
        _ => {}
    }
    let headers: &dyn HeaderMap = &request.headers;
    verify(provider, headers, &request.body, &Secret::new(&*request.secret), options).is_ok()
}

fn standardwebhooks(request: &Request) -> bool {
    let mut headers = http::HeaderMap::new();
    for (name, value) in &request.headers {
        let name: http::HeaderName = name.parse().unwrap();
        headers.append(name, value.parse().unwrap());
    }
    let webhook = standardwebhooks::Webhook::new(&request.secret);
    webhook.is_ok_and(|webhook| webhook.verify(&request.body, &headers).is_ok())
}

/// The fields of a form, as an application's parser gives them.
fn fields(body: &[u8]) -> Vec<(String, String)> {
    let text =
        |part: &str| percent_decode_str(&part.replace('+', " ")).decode_utf8_lossy().into_owned();
    std::str::from_utf8(body)
        .unwrap()
        .split('&')
        .filter(|field| !field.is_empty())
        .map(|field| field.split_once('=').unwrap_or((field, "")))
        .map(|(name, value)| (text(name), text(value)))
        .collect()
}
