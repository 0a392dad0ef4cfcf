//! Adyen's standard webhooks ("classic" notifications): payments authorised, captured, refunded.
//!
//! Documented at
//! <https://docs.adyen.com/development-resources/webhooks/verify-hmac-signatures> (checked
//! 2026-11): a POST with a JSON batch `notificationItems`, and in each item
//! `additionalData.hmacSignature` with the base64 of HMAC-SHA256, keyed with the bytes that the
//! HMAC key writes in hex, over eight of the item's fields:
//!
//! ```text
//! pspReference:originalReference:merchantAccountCode:merchantReference:value:currency:eventCode:success
//! ```
//!
//! A field that is missing or null is empty. Values are joined as they are: Adyen's libraries for
//! Node.js, Java, Python, PHP and Ruby escape nothing in them (checked 2026-11), and neither does
//! this module. Since the text could then be cut into other values, `:` may stand in
//! `merchantReference` alone, which is the merchant's own text: the three before it and the four
//! after it are cut off first, so what is left is one value.
//!
//! **Every item has to verify**, else the whole batch is refused.
//!
//! **Only these eight fields are signed.** [`Adyen`] hands on them and nothing else: what somebody
//! acts on when money moves (what happened, to which payment, how much, whether it succeeded) is
//! among them. What is not (`paymentMethod`, `reason`, `eventDate`, `live`, all else in
//! `additionalData`) can have been changed by anyone who saw one delivery; where it is needed, such
//! as for the tokens of stored cards, look it up at Adyen, or take [`Whole`], whose events say in
//! their type that only the sender is proved. Nor does a signature say in which batch an item
//! belongs, or that it was not sent before. Repeats are told by what is signed of a batch, in which
//! an item that stands twice counts once: whoever saw two deliveries can make a third of them, so act
//! once on what happened to a payment (`psp_reference` and `event_code`).
//!
//! Adyen takes a delivery as received when it is answered 2xx; older set-ups want the body
//! `[accepted]`, which is what is answered where no handler is.
//!
//! ```
//! use hookgate::adyen::{Adyen, Notification};
//! use hookgate::Endpoint;
//!
//! let endpoint = Endpoint::builder(Adyen)
//!     .secret("DFB1EB5485895CFA84146406857104ABB4CBCABDC8AAF103A624C8F6A3EAAB00")
//!     .build()?;
//!
//! async fn on_payment(notification: Notification) {
//!     for item in notification.items {
//!         if item.event_code == "AUTHORISATION" && item.success {
//!             println!("{} is paid: {:?}", item.merchant_reference, item.amount);
//!         }
//!     }
//! }
//! # Ok::<(), hookgate::BuildError>(())
//! ```

use std::collections::HashSet;
use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::content::{Content, Coverage};
use crate::decode::{DecodeError, FromContent, SenderOnly};
use crate::form::{Ambiguous, Extract, Extracted, Extraction, Form, SignedPart};
use crate::head::RequestHead;
use crate::json;
use crate::provider::{Dedupe, Habits, Provider, Sends};
use crate::reply::Reply;
use crate::scheme::{Encoding, KeyForm, Place, Scheme};

const ID: &str = "adyen-classic";

const SCHEME: Scheme<'static> = Scheme::hmac_sha256("")
    .signature(Place::Extracted)
    .encoding(Encoding::Base64)
    .key(KeyForm::Hex);

/// The largest body, in bytes: fields are looked for in it before anything is verified.
const BODY_LIMIT: usize = 256 * 1024;

/// The most items in a batch: each costs a MAC.
const MOST_ITEMS: usize = 128;

/// Adyen, handing on what is signed. See the [module](self).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a name and nothing to configure")]
pub struct Adyen;

/// Adyen, handing on the body as it came: most of it is unsigned, and events are
/// [`SenderOnly`](crate::SenderOnly). See the [module](self) for what that means.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a name and nothing to configure")]
pub struct Whole;

impl Provider for Adyen {
    fn id(&self) -> &str {
        ID
    }

    fn scheme(&self) -> Scheme<'_> {
        SCHEME
    }

    fn habits(&self) -> Habits {
        Habits::new().body_limit(BODY_LIMIT).dedupe(Dedupe::BodyDigest)
    }

    fn form(&self) -> Form {
        Form::Extracted(Arc::new(Items { whole: false }))
    }

    fn acknowledgement(&self) -> Reply {
        accepted()
    }
}

impl Sends for Adyen {
    type Event = Notification;
}

impl Provider for Whole {
    fn id(&self) -> &str {
        ID
    }

    fn scheme(&self) -> Scheme<'_> {
        SCHEME
    }

    /// What is not signed can differ between two deliveries that are signed alike.
    fn habits(&self) -> Habits {
        Habits::new().body_limit(BODY_LIMIT)
    }

    fn form(&self) -> Form {
        Form::Extracted(Arc::new(Items { whole: true }))
    }

    fn acknowledgement(&self) -> Reply {
        accepted()
    }
}

impl Sends for Whole {
    type Event = SenderOnly<WholeNotification>;
}

fn accepted() -> Reply {
    Reply::new(200).text("[accepted]")
}

/// A batch of events, in the order in which they came, with the fields that are signed.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Notification {
    /// The events; one at least.
    pub items: Vec<Item>,
}

/// What is signed of an event.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Item {
    /// Adyen's reference of the payment or the modification. For a report, its file's name.
    pub psp_reference: String,
    /// For modifications, the reference of the payment that they are about.
    pub original_reference: Option<String>,
    /// The merchant account.
    pub merchant_account_code: String,
    /// The merchant's own reference; empty where the payment has none.
    pub merchant_reference: String,
    /// How much the event is about.
    pub amount: Option<Amount>,
    /// What happened, as Adyen spells it: `AUTHORISATION`.
    pub event_code: String,
    /// Whether it worked. Where it is missing it did not.
    pub success: bool,
}

/// An amount of money.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Amount {
    /// In minor units: 1000 is 10.00 EUR, or 1000 JPY.
    pub value: i64,
    /// The currency's code of three letters (ISO 4217).
    pub currency: String,
}

/// A batch of events as it came. Only what [`Item`] holds is signed.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct WholeNotification {
    /// The events; one at least.
    pub items: Vec<WholeItem>,
}

/// An event as it came.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct WholeItem {
    /// What is signed of it.
    pub signed: Item,
    /// All of it, of which the rest may be anybody's.
    pub all: Map<String, Value>,
}

impl FromContent for Notification {
    const PROVIDER: Option<&'static str> = Some(ID);

    fn from_content(content: &Content) -> Result<Self, DecodeError> {
        let items = items_of(content)?.iter().map(item).collect::<Result<_, _>>()?;
        Ok(Self { items })
    }
}

impl FromContent for WholeNotification {
    const PROVIDER: Option<&'static str> = Some(ID);
    const COVERAGE: Coverage = Coverage::SenderOnly;

    fn from_content(content: &Content) -> Result<Self, DecodeError> {
        let whole = |all| Ok(WholeItem { signed: item(&all)?, all });
        let items = items_of(content)?.into_iter().map(whole).collect::<Result<_, _>>()?;
        Ok(Self { items })
    }
}

fn items_of(content: &Content) -> Result<Vec<Map<String, Value>>, DecodeError> {
    read(&content.body).map_err(|Ambiguous(what)| DecodeError::new(what))
}

fn item(all: &Map<String, Value>) -> Result<Item, DecodeError> {
    let fields = Fields::of(all).map_err(|Ambiguous(what)| DecodeError::new(what))?;
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let amount = match (fields.value, fields.currency) {
        (Some(value), Some(currency)) => Some(Amount { value, currency: currency.to_owned() }),
        _ => None,
    };
    Ok(Item {
        psp_reference: text(fields.psp_reference),
        original_reference: fields.original_reference.map(str::to_owned),
        merchant_account_code: text(fields.merchant_account_code),
        merchant_reference: text(fields.merchant_reference),
        amount,
        event_code: text(fields.event_code),
        success: fields.success == Some("true"),
    })
}

/// The items of a batch.
fn read(body: &[u8]) -> Result<Vec<Map<String, Value>>, Ambiguous> {
    if body.len() > BODY_LIMIT {
        return Err(Ambiguous("the body is larger than a batch"));
    }
    let batch = json::object::object(body)
        .ok_or(Ambiguous("the body is not one JSON object without duplicate keys"))?;
    let Some(Value::Array(items)) = batch.get("notificationItems") else {
        return Err(Ambiguous("the body holds no notificationItems"));
    };
    if items.is_empty() || items.len() > MOST_ITEMS {
        return Err(Ambiguous("the batch is empty or too long"));
    }
    let item = |item: &Value| match item.get("NotificationRequestItem") {
        Some(Value::Object(item)) => Ok(item.clone()),
        _ => Err(Ambiguous("an item of the batch is no NotificationRequestItem")),
    };
    items.iter().map(item).collect()
}

/// The signed fields of an item. `None` stands for what is missing or null.
struct Fields<'i> {
    psp_reference: Option<&'i str>,
    original_reference: Option<&'i str>,
    merchant_account_code: Option<&'i str>,
    merchant_reference: Option<&'i str>,
    value: Option<i64>,
    currency: Option<&'i str>,
    event_code: Option<&'i str>,
    success: Option<&'i str>,
}

impl<'i> Fields<'i> {
    fn of(item: &'i Map<String, Value>) -> Result<Self, Ambiguous> {
        let nothing = Map::new();
        let amount = match item.get("amount") {
            None | Some(Value::Null) => None,
            Some(Value::Object(amount)) => Some(amount),
            Some(_) => return Err(Ambiguous("the amount is no object")),
        };
        let value = match amount.unwrap_or(&nothing).get("value") {
            None | Some(Value::Null) => None,
            // Only as it is written: `1000.0` and `1e3` are refused, and so is what is no number.
            Some(value) => Some(value.as_i64().ok_or(Ambiguous("the value is no whole number"))?),
        };
        let currency = match amount {
            Some(amount) => closed(amount, "currency")?,
            None => None,
        };
        let success = closed(item, "success")?;
        if !matches!(success, None | Some("true" | "false")) {
            return Err(Ambiguous("the success is neither true nor false"));
        }
        Ok(Self {
            psp_reference: closed(item, "pspReference")?,
            original_reference: closed(item, "originalReference")?,
            merchant_account_code: closed(item, "merchantAccountCode")?,
            merchant_reference: text(item, "merchantReference")?,
            value,
            currency,
            event_code: closed(item, "eventCode")?,
            success,
        })
    }

    /// The signed text.
    fn joined(&self) -> String {
        let value = self.value.map(|value| value.to_string()).unwrap_or_default();
        [
            self.psp_reference,
            self.original_reference,
            self.merchant_account_code,
            self.merchant_reference,
            Some(&*value),
            self.currency,
            self.event_code,
            self.success,
        ]
        .map(Option::unwrap_or_default)
        .join(":")
    }

    /// The same in the form in which it came.
    fn rebuilt(&self) -> Value {
        let mut item = Map::new();
        for (name, value) in [
            ("pspReference", self.psp_reference),
            ("originalReference", self.original_reference),
            ("merchantAccountCode", self.merchant_account_code),
            ("merchantReference", self.merchant_reference),
            ("eventCode", self.event_code),
            ("success", self.success),
        ] {
            item.extend(value.map(|value| (name.to_owned(), value.into())));
        }
        let mut amount = Map::new();
        amount.extend(self.value.map(|value| ("value".to_owned(), value.into())));
        amount.extend(self.currency.map(|currency| ("currency".to_owned(), currency.into())));
        if !amount.is_empty() {
            item.insert("amount".to_owned(), amount.into());
        }
        serde_json::json!({ "NotificationRequestItem": item })
    }
}

/// A field that is text or missing.
fn text<'i>(of: &'i Map<String, Value>, name: &str) -> Result<Option<&'i str>, Ambiguous> {
    match of.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Ambiguous("a signed field is no text")),
    }
}

/// The same for a field that holds no separator of the signed text.
fn closed<'i>(of: &'i Map<String, Value>, name: &str) -> Result<Option<&'i str>, Ambiguous> {
    match text(of, name)? {
        Some(text) if text.contains(':') => Err(Ambiguous("a signed field holds a separator")),
        text => Ok(text),
    }
}

/// Reads the signed fields of every item.
#[derive(Clone, Copy, Debug)]
struct Items {
    whole: bool,
}

impl Extract for Items {
    fn start(&self, _: &dyn RequestHead) -> Result<Box<dyn Extraction>, Ambiguous> {
        Ok(Box::new(*self))
    }

    #[cfg(feature = "sign")]
    fn prepare(&self, _: &crate::sign::Said<'_>, request: &mut crate::sign::SignedRequest) {
        sign::change(request, |items| {
            for item in items {
                if let Some(Value::Object(data)) = item.get_mut("additionalData") {
                    data.remove("hmacSignature");
                }
            }
        });
    }

    #[cfg(feature = "sign")]
    fn put(&self, signature: &str, request: &mut crate::sign::SignedRequest) {
        sign::change(request, |items| {
            for item in items {
                let data = item.entry("additionalData").or_insert_with(|| Map::new().into());
                if let Value::Object(data) = data
                    && !data.contains_key("hmacSignature")
                {
                    data.insert("hmacSignature".into(), signature.into());
                    return;
                }
            }
        });
    }
}

impl Extraction for Items {
    fn finish(self: Box<Self>, body: &Bytes) -> Result<Extracted, Ambiguous> {
        let items = read(body)?;
        let mut parts = Vec::with_capacity(items.len());
        let mut rebuilt = Vec::with_capacity(items.len());
        let mut codes = Vec::with_capacity(items.len());
        let mut seen = HashSet::with_capacity(items.len());
        for item in &items {
            let fields = Fields::of(item)?;
            let data = item.get("additionalData");
            let signature = match data.and_then(|data| data.get("hmacSignature")) {
                Some(Value::String(signature)) => Some(&**signature),
                Some(_) => return Err(Ambiguous("the signature is no text")),
                None => None,
            };
            let text = fields.joined();
            // Else one delivery would make any number of batches, each new to a replay guard.
            if !seen.insert((text.clone(), signature)) {
                continue;
            }
            let mut part = SignedPart::new([Bytes::from(text)]);
            if let Some(signature) = signature {
                part = part.signature(signature.to_owned());
            }
            parts.push(part);
            rebuilt.push(fields.rebuilt());
            codes.push(fields.event_code.unwrap_or_default());
        }
        let mut parts = parts.into_iter();
        let first = parts.next().ok_or(Ambiguous("the batch is empty"))?;
        let mut extracted = if self.whole {
            Extracted::part(first, Coverage::SenderOnly)
        } else {
            let batch = serde_json::json!({ "notificationItems": rebuilt }).to_string();
            Extracted::of(first, "application/json", batch)
        };
        extracted = parts.fold(extracted, Extracted::and);
        // A batch of several kinds has no name.
        let event = codes.first().filter(|first| codes.iter().all(|code| code == *first));
        Ok(match event.filter(|name| !name.is_empty()) {
            Some(name) => extracted.event(*name),
            None => extracted,
        })
    }
}

#[cfg(feature = "sign")]
mod sign {
    use serde_json::{Map, Value};

    use crate::sign::SignedRequest;

    /// Changes the items of a batch, where the body is one.
    pub(super) fn change(
        request: &mut SignedRequest,
        change: impl FnOnce(Vec<&mut Map<String, Value>>),
    ) {
        let Ok(mut batch) = serde_json::from_slice::<Value>(request.body()) else {
            return;
        };
        let Some(Value::Array(items)) = batch.get_mut("notificationItems") else {
            return;
        };
        let items = items.iter_mut().filter_map(|item| item.get_mut("NotificationRequestItem"));
        change(items.filter_map(Value::as_object_mut).collect());
        request.set_body(batch.to_string());
    }
}
