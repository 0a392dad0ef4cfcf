//! AWS SNS: messages of a topic, and the confirmations of a subscription. Needs the feature `rsa`.
//!
//! Documented at
//! <https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html> (checked
//! 2026-11): a POST with a JSON object, sent as `text/plain`, whose `Signature` is the base64 of an
//! RSA signature made with the key of the certificate at `SigningCertURL`, over the names and
//! values of these members, each on a line of its own:
//!
//! - `Notification`: `Message`, `MessageId`, `Subject` where there is one, `Timestamp`, `TopicArn`,
//!   `Type`;
//! - `SubscriptionConfirmation` and `UnsubscribeConfirmation`: `Message`, `MessageId`,
//!   `SubscribeURL`, `Timestamp`, `Token`, `TopicArn`, `Type`.
//!
//! Only `Message` may hold line breaks, so the text can be cut in one way only. Handed on is what is
//! signed, as JSON with the same names: `MessageAttributes` and `UnsubscribeURL` are not, and are
//! left out. Raw message delivery is unsigned; with it switched on, everything is refused.
//!
//! # Versions
//!
//! A topic's attribute `SignatureVersion` says how it signs: `1`, the default, over SHA-1, and `2`
//! over SHA-256. The constructor pins it, and a message of the other version is refused: set the
//! topic to `2` and use [`Sns::version2`].
//!
//! # Topics
//!
//! **Anyone with an AWS account can have SNS sign a message and send it to your address.** What
//! tells yours from theirs is the topic, so the endpoint names the topics that it takes, and cannot
//! be built without.
//!
//! # Certificates
//!
//! The endpoint has either the certificate as its secret, in PEM, or a
//! [`KeySource`](crate::ports::KeySource) that is asked for the one at `SigningCertURL`
//! ([`keys_from`](crate::EndpointBuilder::keys_from)). Nobody is asked for an address that is not
//! SNS's: `https`, a host `sns.<region>.amazonaws.com` or `.amazonaws.com.cn`, a path that ends in
//! `.pem`, no port, user, query, fragment or escape. A certificate has to be in its time, and to
//! bear a name of Amazon's. A source must not follow redirects; `examples/key-source` has one.
//!
//! # Subscriptions
//!
//! A confirmation is an event like any other, and **`SubscribeURL` is never fetched**: a handler that
//! wants the subscription visits it.
//!
//! # Time
//!
//! SNS sends a message that was not answered again with the same `Timestamp` and `MessageId`, for at
//! most 3,600 seconds (`sns-message-delivery-retries`, "Total policy retry time"). The tolerance is
//! that and five minutes more; [`tolerance`](crate::EndpointBuilder::tolerance) narrows it.
//!
//! ```
//! # #[cfg(feature = "rsa")]
//! # fn main() -> Result<(), hookgate::BuildError> {
//! use hookgate::ports::{Key, KeyQuery, Unavailable};
//! use hookgate::sns::{Event, Sns};
//! use hookgate::Endpoint;
//!
//! async fn certificate(query: KeyQuery) -> Result<Option<Key>, Unavailable> {
//!     // Fetch the PEM from `query.key_id`, an address of SNS.
//! #   let _ = query;
//!     Ok(None)
//! }
//!
//! let sns = Sns::version2(["arn:aws:sns:eu-central-1:123456789012:orders"]);
//! let endpoint = Endpoint::builder(sns).keys_from(certificate).build()?;
//!
//! async fn on_message(event: Event) {
//!     match event {
//!         Event::Notification(note) => println!("{}", note.message),
//!         Event::SubscriptionConfirmation(ask) => println!("visit {}", ask.subscribe_url),
//!         Event::UnsubscribeConfirmation(ask) => println!("{} is off", ask.topic_arn),
//!         _ => {}
//!     }
//! }
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "rsa"))]
//! # fn main() {}
//! ```

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::address;
use crate::content::Content;
use crate::decode::{DecodeError, FromContent};
use crate::form::{Ambiguous, Extract, Extracted, Extraction, Form, SignedPart};
use crate::head::RequestHead;
use crate::json;
use crate::json::Scalar;
use crate::provider::{Dedupe, Habits, Provider, Sends};
use crate::scheme::{Algorithm, Place, Scheme, TimeUnit};

const ID: &str = "sns";

const NOTIFICATION: &str = "Notification";
const SUBSCRIPTION: &str = "SubscriptionConfirmation";
const UNSUBSCRIPTION: &str = "UnsubscribeConfirmation";

const OF_NOTIFICATIONS: &[&str] =
    &["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"];
const OF_CONFIRMATIONS: &[&str] =
    &["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"];

/// An hour and five minutes, in seconds.
const TOLERANCE: u32 = 60 * 60 + 5 * 60;

/// SNS, of one version and some topics. See the [module](self).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Sns {
    version: Version,
    topics: Arc<[Box<str>]>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Version {
    One,
    Two,
}

impl Sns {
    /// Messages of these topics, signed over SHA-256: the topics' attribute `SignatureVersion` has
    /// to be `2`. A topic is its ARN.
    pub fn version2<T: Into<Box<str>>>(topics: impl IntoIterator<Item = T>) -> Self {
        Self { version: Version::Two, topics: topics.into_iter().map(Into::into).collect() }
    }

    /// Messages of these topics, signed over SHA-1, in which collisions can be found: for topics
    /// that cannot be set to version 2. A topic is its ARN.
    pub fn version1<T: Into<Box<str>>>(topics: impl IntoIterator<Item = T>) -> Self {
        Self { version: Version::One, topics: topics.into_iter().map(Into::into).collect() }
    }

    fn algorithm(&self) -> Algorithm {
        match self.version {
            Version::One => Algorithm::RsaSha1,
            Version::Two => Algorithm::RsaSha256,
        }
    }
}

impl Provider for Sns {
    fn id(&self) -> &str {
        ID
    }

    fn scheme(&self) -> Scheme<'_> {
        Scheme::public_key(self.algorithm(), "")
            .signature(Place::Extracted)
            .delivery_id(Place::Extracted)
            .timestamp(Place::Extracted, TimeUnit::Rfc3339)
            .tolerance(TOLERANCE)
            .event_name(Place::Json("/Type"))
    }

    /// A message keeps its id when it is sent again. SNS waits 15 seconds for an answer.
    fn habits(&self) -> Habits {
        Habits::new().dedupe(Dedupe::SignedId).acknowledge_within(Duration::from_secs(15))
    }

    fn known_events(&self) -> &[&str] {
        &[NOTIFICATION, SUBSCRIPTION, UNSUBSCRIPTION]
    }

    fn mistake(&self) -> Option<&'static str> {
        let is_topic = |topic: &str| {
            let parts: Vec<&str> = topic.split(':').collect();
            let plain = topic.bytes().all(|byte| byte.is_ascii_graphic());
            let [arn, partition, service, region, account, name] = &*parts else {
                return false;
            };
            let filled = [partition, region, account, name].iter().all(|part| !part.is_empty());
            plain && *arn == "arn" && *service == "sns" && filled
        };
        (self.topics.is_empty() || !self.topics.iter().all(|topic| is_topic(topic))).then_some(
            "Sns takes the ARNs of the topics, such as arn:aws:sns:eu-central-1:123456789012:orders: \
             anyone can have SNS send messages of other topics",
        )
    }

    fn form(&self) -> Form {
        Form::Extracted(Arc::new(Members(self.clone())))
    }
}

impl Sends for Sns {
    type Event = Event;
}

/// What SNS sends.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// A message of a topic.
    Notification(Notification),
    /// The address was subscribed, and is asked whether it wants that.
    SubscriptionConfirmation(Confirmation),
    /// The address was unsubscribed, and is asked whether it wants to be subscribed again.
    UnsubscribeConfirmation(Confirmation),
}

/// A message of a topic.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct Notification {
    /// What was published: text, which often is JSON.
    pub message: String,
    /// The message's id, the same when it is sent again.
    pub message_id: String,
    /// The subject, where one was published.
    #[serde(default)]
    pub subject: Option<String>,
    /// When it was published, as text: `2026-11-22T10:00:00.000Z`.
    pub timestamp: String,
    /// The topic.
    pub topic_arn: String,
}

impl Notification {
    /// The message, where it is JSON.
    ///
    /// # Errors
    ///
    /// When it is not JSON of this type.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        json(self.message.as_bytes())
    }
}

/// What a subscription asks.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct Confirmation {
    /// What is asked, in words.
    pub message: String,
    /// The message's id.
    pub message_id: String,
    /// Where to say yes, by a GET. Nobody goes there by itself.
    #[serde(rename = "SubscribeURL")]
    pub subscribe_url: String,
    /// When it was sent, as text.
    pub timestamp: String,
    /// What the API's `ConfirmSubscription` takes instead.
    pub token: String,
    /// The topic.
    pub topic_arn: String,
}

impl FromContent for Event {
    const PROVIDER: Option<&'static str> = Some(ID);

    fn from_content(content: &Content) -> Result<Self, DecodeError> {
        #[derive(Deserialize)]
        struct Envelope<'a> {
            #[serde(rename = "Type", borrow)]
            kind: Cow<'a, str>,
        }

        let envelope: Envelope<'_> = crate::decode::json_object(&content.body)?;
        match &*envelope.kind {
            NOTIFICATION => json(&content.body).map(Self::Notification),
            SUBSCRIPTION => json(&content.body).map(Self::SubscriptionConfirmation),
            UNSUBSCRIPTION => json(&content.body).map(Self::UnsubscribeConfirmation),
            _ => Err(DecodeError::new("the type is not one of the three")),
        }
    }
}

/// Reads the signed members of a message.
#[derive(Clone, Debug)]
struct Members(Sns);

impl Extract for Members {
    fn start(&self, _: &dyn RequestHead) -> Result<Box<dyn Extraction>, Ambiguous> {
        Ok(Box::new(self.clone()))
    }

    fn names_key(&self) -> bool {
        true
    }

    #[cfg(feature = "sign")]
    fn prepare(&self, said: &crate::sign::Said<'_>, request: &mut crate::sign::SignedRequest) {
        let version = match self.0.version {
            Version::One => "1",
            Version::Two => "2",
        };
        let certificate = said
            .key_id
            .unwrap_or("https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-test.pem");
        sign::change(request, |message| {
            for (name, value) in [
                ("Type", Some(NOTIFICATION)),
                ("TopicArn", self.0.topics.first().map(|topic| &**topic)),
                ("MessageId", Some(said.id.unwrap_or("22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324"))),
                ("Timestamp", said.timestamp),
                ("SignatureVersion", Some(version)),
                ("SigningCertURL", Some(certificate)),
            ] {
                if let Some(value) = value {
                    message.entry(name).or_insert_with(|| value.into());
                }
            }
        });
    }

    #[cfg(feature = "sign")]
    fn put(&self, signature: &str, request: &mut crate::sign::SignedRequest) {
        sign::change(request, |message| {
            message.insert("Signature".into(), signature.into());
        });
    }
}

impl Extraction for Members {
    fn finish(self: Box<Self>, body: &Bytes) -> Result<Extracted, Ambiguous> {
        // Not as a tree, which hostile bodies make a hundred times as large as they are.
        let members = json::members(body)
            .map_err(|_| Ambiguous("the body is not one JSON object without duplicate keys"))?;
        let missing = Ambiguous("the message lacks a member that SNS signs or names its key with");
        let text = |name: &str| text(&members, name);
        let needed = |name: &str| text(name)?.ok_or(missing);

        let right = match self.0.version {
            Version::One => "1",
            Version::Two => "2",
        };
        if needed("SignatureVersion")? != right {
            return Err(Ambiguous("the message is of the other signature version"));
        }
        let topic = needed("TopicArn")?;
        if !self.0.topics.iter().any(|known| **known == *topic) {
            return Err(Ambiguous("the topic is none of the endpoint's"));
        }
        let certificate = needed("SigningCertURL")?;
        if !is_of_sns(certificate) {
            return Err(Ambiguous("the certificate's address is not that of SNS"));
        }
        let kind = needed("Type")?;
        let names = match kind {
            NOTIFICATION => OF_NOTIFICATIONS,
            SUBSCRIPTION | UNSUBSCRIPTION => OF_CONFIRMATIONS,
            _ => return Err(Ambiguous("the type is not one of the three")),
        };
        let mut signed = String::with_capacity(body.len());
        let mut rebuilt = Map::new();
        for name in names {
            let Some(value) = text(name)? else {
                if *name == "Subject" {
                    continue;
                }
                return Err(missing);
            };
            // Where the next member begins would else be the reader's choice.
            if *name != "Message" && value.contains('\n') {
                return Err(Ambiguous("a member holds a line break"));
            }
            for line in [*name, "\n", value, "\n"] {
                signed.push_str(line);
            }
            rebuilt.insert((*name).to_owned(), value.into());
        }
        let mut part = SignedPart::new([Bytes::from(signed)]);
        if let Some(signature) = text("Signature")? {
            part = part.signature(signature.to_owned());
        }
        let rebuilt = Value::from(rebuilt).to_string();
        Ok(Extracted::of(part, "application/json", rebuilt)
            .event(kind)
            .delivery_id(needed("MessageId")?)
            .timestamp(needed("Timestamp")?)
            .key_id(certificate)
            .certificate_names(&["*.amazonaws.com", "*.amazonaws.com.cn"]))
    }
}

type Member<'m> = (Cow<'m, str>, Scalar<'m>);

/// A member that is text, or missing.
fn text<'m>(members: &'m [Member<'_>], name: &str) -> Result<Option<&'m str>, Ambiguous> {
    let found = members.iter().find(|(key, _)| key == name);
    match found.map(|(_, value)| value) {
        None | Some(Scalar::Null) => Ok(None),
        Some(Scalar::Text(text)) => Ok(Some(text)),
        Some(_) => Err(Ambiguous("a member of the message is no text")),
    }
}

/// Whether an address is one where SNS keeps its certificates.
fn is_of_sns(certificate: &str) -> bool {
    let Some((host, path)) = address::https(certificate) else {
        return false;
    };
    let host = host.strip_suffix(".cn").unwrap_or(host);
    let region = host.strip_prefix("sns.").and_then(|host| host.strip_suffix(".amazonaws.com"));
    region.is_some_and(is_region) && path.ends_with(".pem")
}

/// Whether a label is a region's name, such as `us-gov-west-1`: words of letters, then a number.
///
/// Nothing looser: S3's older hosts put a bucket before one label (`sns.s3-us-west-2.amazonaws.com`),
/// and a bucket named `sns` holds what its owner likes.
fn is_region(label: &str) -> bool {
    let Some((words, number)) = label.rsplit_once('-') else { return false };
    let is_word =
        |word: &str| word.len() >= 2 && word.bytes().all(|byte| byte.is_ascii_lowercase());
    words.contains('-')
        && words.split('-').all(is_word)
        && (1..=2).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(feature = "sign")]
mod sign {
    use serde_json::{Map, Value};

    use crate::sign::SignedRequest;

    /// Changes a message, where the body is one.
    pub(super) fn change(
        request: &mut SignedRequest,
        change: impl FnOnce(&mut Map<String, Value>),
    ) {
        if let Ok(mut message) = serde_json::from_slice::<Map<String, Value>>(request.body()) {
            change(&mut message);
            request.set_body(Value::from(message).to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn certificates_are_kept_in_few_places() {
        for address in [
            "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem",
            "https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-0.pem",
            "https://sns.us-gov-west-1.amazonaws.com/a/b.pem",
            "https://sns.ap-southeast-5.amazonaws.com/a.pem",
        ] {
            assert!(is_of_sns(address), "{address}");
        }
    }

    proptest! {
        #[test]
        fn no_body_panics(body in proptest::collection::vec(any::<u8>(), 0..80)) {
            let members = Members(Sns::version2(["arn:aws:sns:x:1:t"]));
            let _ = Box::new(members).finish(&body.into());
        }

        #[test]
        fn one_text_is_one_message(
            message in "(a|\n|Message|MessageId|Subject|Timestamp|TopicArn|Type|:){0,12}",
            id in "(a|\n|Subject){0,3}", subject in "(a|\n|MessageId){0,3}", with in any::<bool>(),
        ) {
            let mut body = serde_json::json!({
                "Type": NOTIFICATION, "Message": message, "MessageId": id, "Timestamp": "t",
                "TopicArn": "arn:aws:sns:x:1:t", "SignatureVersion": "2", "Signature": "",
                "SigningCertURL": "https://sns.eu-west-1.amazonaws.com/a.pem",
            });
            if with {
                body["Subject"] = subject.clone().into();
            }
            let members = Members(Sns::version2(["arn:aws:sns:x:1:t"]));
            let Ok(found) = Box::new(members).finish(&body.to_string().into()) else {
                return Ok(());
            };
            let text = String::from_utf8(found.parts[0].texts[0].concat()).unwrap();
            // Cut from the end, where no member holds a line break.
            let lines: Vec<&str> = text.strip_suffix('\n').unwrap().rsplit('\n').collect();
            let tail = if lines[7] == "Subject" { 10 } else { 8 };
            prop_assert_eq!(lines[7] == "Subject", with);
            prop_assert_eq!(lines[tail - 2], &*id);
            let head: Vec<&str> = lines[tail..].iter().rev().copied().collect();
            prop_assert_eq!(head[1..].join("\n"), message);
        }
    }
}
