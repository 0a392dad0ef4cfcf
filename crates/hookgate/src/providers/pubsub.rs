//! Google Cloud Pub/Sub push subscriptions, authenticated with OpenID Connect tokens.
//!
//! Facts: the token stands in `Authorization: Bearer …`, is signed with RS256 by Google
//! (`iss` `https://accounts.google.com`, keys at <https://www.googleapis.com/oauth2/v3/certs> by
//! `kid`), and says for which audience it was made and which service account it is of
//! (<https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions>).
//!
//! Nothing binds the body to the token, so that it proves the sender alone. And Google makes such
//! tokens for everybody: what makes one *yours* are the audience and the service account, both of
//! which are asked for here.
//!
//! ```
//! use hookgate::Endpoint;
//! use hookgate::ports::{Key, KeyQuery, Unavailable};
//! use hookgate::pubsub::PubSub;
//!
//! // From a cache of Google's key set, by the token's `kid`.
//! async fn google_key(query: KeyQuery) -> Result<Option<Key>, Unavailable> {
//!     # let _ = query;
//!     Ok(None)
//! }
//!
//! # #[cfg(feature = "jwt")]
//! let endpoint = Endpoint::builder(PubSub::new(
//!     "https://example.com/hooks/pubsub",
//!     "pusher@my-project.iam.gserviceaccount.com",
//! ))
//! .keys_from(google_key)
//! .build()?;
//! # Ok::<(), hookgate::BuildError>(())
//! ```

use serde::Deserialize;

use crate::decode::{JsonEvent, SenderOnly};
use crate::jwt::{Audience, ClaimRules};
use crate::provider::{Provider, Sends};
use crate::scheme::{Algorithm, Framing, Place, Scheme};

/// A push subscription.
#[derive(Clone, Debug)]
pub struct PubSub {
    audience: String,
    account: String,
}

impl PubSub {
    /// The subscription's audience (its push address, unless another was set) and the service
    /// account that its tokens are of.
    pub fn new(audience: impl Into<String>, account: impl Into<String>) -> Self {
        Self { audience: audience.into(), account: account.into() }
    }
}

impl Provider for PubSub {
    fn id(&self) -> &str {
        "pubsub-push-oidc"
    }

    fn scheme(&self) -> Scheme<'_> {
        let claims = ClaimRules::new()
            .leeway(30)
            .issuer("https://accounts.google.com")
            .audience(Audience::Is(&self.audience))
            .account(&self.account);
        Scheme::jwt(Algorithm::JwtRs256, "authorization", claims)
            .framing(Framing::AuthScheme("Bearer"))
            .body_unsigned()
            .delivery_id(Place::Json("/message/messageId"))
    }

    fn mistake(&self) -> Option<&'static str> {
        let lacks = self.audience.is_empty() || !self.account.contains('@');
        lacks.then_some("Pub/Sub needs the subscription's audience and its service account")
    }
}

impl Sends for PubSub {
    type Event = SenderOnly<JsonEvent<Push>>;
}

/// What is pushed: a message, and the subscription that it came through.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Push {
    /// The message.
    pub message: Message,
    /// The subscription's name: `projects/…/subscriptions/…`.
    pub subscription: Option<String>,
}

/// A message.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Message {
    /// The data, in base64.
    #[serde(default)]
    pub data: String,
    /// The attributes.
    #[serde(default)]
    pub attributes: std::collections::BTreeMap<String, String>,
    /// The id, the same over all attempts.
    pub message_id: Option<String>,
    /// When it was published, as RFC 3339 writes it.
    pub publish_time: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BuildError, Endpoint};

    #[test]
    fn a_subscription_says_for_whom_its_tokens_are() {
        for (audience, account) in [("", "a@b"), ("https://example.com", ""), ("x", "nobody")] {
            let built = Endpoint::builder(PubSub::new(audience, account)).secret("x").build();
            let error = built.unwrap_err();
            let expected = matches!(error, BuildError::Provider(_)) || !cfg!(feature = "jwt");
            assert!(expected, "{error}");
        }
    }

    #[cfg(all(feature = "jwt", feature = "testing"))]
    #[test]
    fn a_token_is_for_this_subscription_or_for_nobody() {
        use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
        use aws_lc_rs::rsa::{KeyPair, KeySize};
        use aws_lc_rs::signature::KeyPair as _;
        use base64::prelude::{BASE64_STANDARD, Engine};

        use crate::RejectionKind;
        use crate::sign::{Message, sign};
        use crate::testing::{NOW, TestError, through};

        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let private: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        let private = BASE64_STANDARD.encode(private.as_ref());
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
        let ours = PubSub::new("https://example.com/push", "ours@p.iam.gserviceaccount.com");
        let endpoint = Endpoint::builder(ours.clone())
            .secret(BASE64_STANDARD.encode(public.as_ref()))
            .build()
            .unwrap();
        let body = r#"{"message":{"data":"aGk=","messageId":"7"},"subscription":"s"}"#;
        let sent = |by: &PubSub, at: i64| {
            let at = crate::UnixTime::from_secs(NOW.as_secs() + at);
            let request = sign(by, &*private, Message::post("/", body).at(at)).unwrap();
            through(&endpoint, &request)
        };
        let delivery = sent(&ours, 0).unwrap();
        assert_eq!(delivery.content().coverage, crate::Coverage::SenderOnly);
        let SenderOnly(JsonEvent(push)) = crate::extract(Some(&delivery)).unwrap();
        let Push { message, .. } = push;
        assert_eq!((message.data.as_str(), message.message_id.as_deref()), ("aGk=", Some("7")));

        // Google signs tokens of other accounts and for other audiences with the same keys.
        let kind = |outcome: Result<_, TestError>| match outcome {
            Err(TestError::Refused(rejection)) => Some(rejection.kind()),
            _ => None,
        };
        for (audience, account) in [
            ("https://example.com/other", "ours@p.iam.gserviceaccount.com"),
            ("https://example.com/push", "theirs@q.iam.gserviceaccount.com"),
        ] {
            let refused = kind(sent(&PubSub::new(audience, account), 0));
            assert_eq!(refused, Some(RejectionKind::SignedContent), "{audience} {account}");
        }
        // Tokens of the tests hold for a minute, and clocks may differ by half of one.
        assert_eq!(kind(sent(&ours, -90)), Some(RejectionKind::StaleTimestamp));
        assert!(sent(&ours, -89).is_ok());
        assert_eq!(kind(sent(&ours, 31)), Some(RejectionKind::FutureTimestamp));
    }
}
