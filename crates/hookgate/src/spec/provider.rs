//! A provider as a table.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::error::Mistake;
use super::names::Names;
use super::node::Step;
use super::{File, SchemeSpec, SpecError, read, read_json};
use crate::content::Coverage;
use crate::decode::{FromContent, JsonEvent, RawBody, SenderOnly};
use crate::endpoint::{BuildError, check_habits, readable};
use crate::provider::{Dedupe, Habits, Provider, Sends, UnknownEvents};
use crate::scheme::{Place, Plan, Scheme};

/// A provider that a table describes. `E` is what its handlers take: the raw body unless
/// [`json`](Described::json) or [`events`](Described::events) says otherwise, in [`SenderOnly`]
/// where the signature leaves the body out.
///
/// ```
/// # #[cfg(feature = "toml")] {
/// use hookgate::spec::Described;
/// use hookgate::{Endpoint, JsonEvent};
///
/// #[derive(serde::Deserialize)]
/// struct Order { id: String }
///
/// let acme = Described::from_toml(
///     r#"
///     id = "acme"
///
///     [scheme]
///     signature = { header = "x-acme-signature" }
///     framing = { prefix = "sha256=" }
///     event_name = { json = "/type" }
///
///     [habits]
///     rejection_status = 401
///     "#,
/// )?;
/// let endpoint = Endpoint::builder(acme.json::<Order>()).secret("a secret of Acme's page").build()?;
/// async fn on_order(event: JsonEvent<Order>) {
///     println!("{}", event.id);
/// }
/// # let _ = (endpoint, on_order);
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Fields
///
/// | field | value | left out |
/// |---|---|---|
/// | `id` | a short name in lower case, for deliveries, logs and stores | is needed |
/// | `scheme` | a table with the fields of the [module](super) | is needed |
/// | `habits.rejection_status` | the status for wrong signatures, 400 to 499 | 400 |
/// | `habits.acknowledge_within` | whole seconds for which it waits for an answer | not known |
/// | `habits.dedupe` | `"signed-id"`, `"body-digest"`, `"none"` | `"none"` |
/// | `habits.repeats_are_genuine` | `true`: identical deliveries can be two events | `false` |
/// | `habits.body_limit` | bytes of the largest body | the endpoint's |
/// | `habits.known_events` | `["order.paid"]`: the names that it documents | none |
/// | `habits.unknown_events` | `"deliver"`, `"acknowledge"`, `"refuse"`: what receivers do with others | `"deliver"` |
///
/// What [`Habits`] means by them holds here. That a provider may send without a signature is
/// nothing that a table can say.
///
/// # Weak schemes
///
/// What a table says of the signature is only known when it was read. So
/// [`build`](crate::EndpointBuilder::build) refuses an event type that claims more than the scheme
/// proves: where the body is unsigned the endpoint is built from
/// [`sender_only`](Described::sender_only), and its handlers take `SenderOnly<..>`.
pub struct Described<E = RawBody> {
    id: String,
    scheme: SchemeSpec,
    habits: Habits,
    known_events: Names,
    events: PhantomData<fn() -> E>,
}

impl<E> Described<E> {
    fn with_events<F>(self) -> Described<F> {
        let Self { id, scheme, habits, known_events, events: _ } = self;
        Described { id, scheme, habits, known_events, events: PhantomData }
    }

    /// What it expects of a receiver.
    #[must_use]
    pub fn with_habits(mut self, habits: Habits) -> Self {
        self.habits = habits;
        self
    }

    /// The names of the events that it documents, for [`UnknownEvents`].
    #[must_use]
    pub fn with_known_events<S: Into<String>>(
        mut self,
        names: impl IntoIterator<Item = S>,
    ) -> Self {
        self.known_events = names.into_iter().collect();
        self
    }

    /// The scheme.
    pub fn spec(&self) -> &SchemeSpec {
        &self.scheme
    }

    /// How much of a body the signature covers: `Nothing` where the scheme cannot be used.
    pub fn coverage(&self) -> Coverage {
        Plan::coverage_of(&self.scheme.as_scheme()).unwrap_or(Coverage::Nothing)
    }

    /// The field whose value only a provider's own code can find.
    fn extracted(&self) -> Option<&'static str> {
        let scheme = self.scheme.as_scheme();
        let places = [
            ("signature", Some(scheme.signature)),
            ("key_id", scheme.key_id),
            ("body_digest", scheme.body_digest),
            ("timestamp", scheme.timestamp.map(|(at, _)| at)),
            ("delivery_id", scheme.delivery_id),
            ("event_name", scheme.event_name),
        ];
        let found = places.into_iter().find(|(_, at)| *at == Some(Place::Extracted));
        found.map(|(field, _)| field)
    }
}

impl Described {
    /// A provider of this id and scheme, of which nothing else is known.
    pub fn new(id: impl Into<String>, scheme: SchemeSpec) -> Self {
        let habits = Habits::new();
        let known_events = Names::default();
        Self { id: id.into(), scheme, habits, known_events, events: PhantomData }
    }

    /// Reads a table of TOML: `id`, `[scheme]` and `[habits]`.
    ///
    /// # Errors
    ///
    /// When it is not TOML, a field is unknown, missing or has no value that it can have, the
    /// scheme cannot be used, or the habits do not fit it.
    #[cfg(feature = "toml")]
    pub fn from_toml(text: &str) -> Result<Self, SpecError> {
        read(text, super::read_toml::parse(text)?)
    }

    /// Reads an object of JSON.
    ///
    /// # Errors
    ///
    /// As [`Described::from_toml`].
    pub fn from_json(text: &str) -> Result<Self, SpecError> {
        read(text, read_json::parse(text)?)
    }

    /// Its handlers take the body as this type.
    pub fn json<T>(self) -> Described<JsonEvent<T>> {
        self.with_events()
    }

    /// Its handlers take this event, which is decoded from the body.
    pub fn events<E: FromContent>(self) -> Described<E> {
        self.with_events()
    }

    /// The signature leaves the body out: its handlers take what nobody signed, and say so.
    pub fn sender_only(self) -> Described<SenderOnly<RawBody>> {
        self.with_events()
    }
}

impl Described<SenderOnly<RawBody>> {
    /// Its handlers take the body, which nobody signed, as this type.
    pub fn json<T>(self) -> Described<SenderOnly<JsonEvent<T>>> {
        self.with_events()
    }

    /// Its handlers take this event, which is decoded from the unsigned body.
    pub fn events<E: FromContent>(self) -> Described<SenderOnly<E>> {
        self.with_events()
    }
}

impl<E> fmt::Debug for Described<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, scheme, habits, known_events, events: _ } = self;
        f.debug_struct("Described")
            .field("id", id)
            .field("scheme", scheme)
            .field("habits", habits)
            .field("known_events", known_events)
            .finish()
    }
}

impl<E> Clone for Described<E> {
    fn clone(&self) -> Self {
        Self {
            id: self.id.clone(),
            scheme: self.scheme.clone(),
            habits: self.habits,
            known_events: self.known_events.clone(),
            events: PhantomData,
        }
    }
}

impl<E> PartialEq for Described<E> {
    fn eq(&self, other: &Self) -> bool {
        let parts = |this: &Self| (this.habits, this.known_events.clone());
        (&self.id, &self.scheme) == (&other.id, &other.scheme) && parts(self) == parts(other)
    }
}

impl<E> Eq for Described<E> {}

impl<E: FromContent + 'static> Provider for Described<E> {
    fn id(&self) -> &str {
        &self.id
    }

    fn scheme(&self) -> Scheme<'_> {
        self.scheme.as_scheme()
    }

    fn habits(&self) -> Habits {
        self.habits
    }

    fn known_events(&self) -> &[&str] {
        self.known_events.as_slice()
    }

    fn mistake(&self) -> Option<&'static str> {
        if self.extracted().is_some() {
            return Some(NO_CODE);
        }
        if E::PROVIDER.is_some_and(|provider| provider != self.id) {
            return Some(
                "its table has another id than the provider whose events its handlers take",
            );
        }
        (self.coverage() < E::COVERAGE).then_some(
            "its scheme signs less than the event type of its handlers asks for: where the body is \
             unsigned, say `.sender_only()` before `.json()` or `.events()`, and take \
             `SenderOnly<..>` in the handlers",
        )
    }
}

impl<E: FromContent + Send + 'static> Sends for Described<E> {
    type Event = E;
}

const NO_CODE: &str = "its table has a place `extracted`, where only code of a provider's own finds \
                       anything: implement `Provider` around the `SchemeSpec`";

/// What a file holds.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename = "Described", expecting = "a table")]
struct Table {
    id: String,
    scheme: SchemeSpec,
    #[serde(default)]
    habits: OwnHabits,
}

/// The same, lent for writing.
#[derive(Serialize)]
struct Lent<'a> {
    id: &'a str,
    scheme: &'a SchemeSpec,
    habits: OwnHabits,
}

/// [`Habits`] and the events that they speak of, as a table.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
struct OwnHabits {
    rejection_status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    acknowledge_within: Option<u64>,
    dedupe: Dedupe,
    repeats_are_genuine: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    body_limit: Option<usize>,
    unknown_events: UnknownEvents,
    #[serde(skip_serializing_if = "Names::is_empty")]
    known_events: Names,
}

impl Default for OwnHabits {
    fn default() -> Self {
        Self::new(Habits::new(), Names::default())
    }
}

impl OwnHabits {
    fn new(habits: Habits, known_events: Names) -> Self {
        Self {
            rejection_status: habits.rejection_status,
            // Down to the second before: who keeps to that is in time.
            acknowledge_within: habits.acknowledge_within.map(|time| time.as_secs()),
            dedupe: habits.dedupe,
            repeats_are_genuine: habits.repeats_are_genuine,
            body_limit: habits.body_limit,
            unknown_events: habits.unknown_events,
            known_events,
        }
    }

    fn habits(&self) -> Habits {
        Habits {
            unknown_events: self.unknown_events,
            rejection_status: self.rejection_status,
            acknowledge_within: self.acknowledge_within.map(Duration::from_secs),
            dedupe: self.dedupe,
            repeats_are_genuine: self.repeats_are_genuine,
            body_limit: self.body_limit,
            may_be_unsigned: false,
        }
    }
}

impl<'de> Deserialize<'de> for Described {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Table { id, scheme, habits } = Table::deserialize(deserializer)?;
        let described = Self::new(id, scheme).with_habits(habits.habits());
        Ok(Self { known_events: habits.known_events, ..described })
    }
}

impl<E> Serialize for Described<E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let habits = OwnHabits::new(self.habits, self.known_events.clone());
        Lent { id: &self.id, scheme: &self.scheme, habits }.serialize(serializer)
    }
}

impl File for Described {
    fn check(&self) -> Result<(), Mistake> {
        let at = |path: &[&str]| path.iter().map(|key| Step::key(key)).collect::<Vec<_>>();
        if readable(&self.id).is_none() {
            return Err(Mistake::new(at(&["id"]), BuildError::Name));
        }
        self.scheme.check().map_err(|mistake| mistake.in_field("scheme"))?;
        if let Some(field) = self.extracted() {
            return Err(Mistake::new(at(&["scheme", field, "extracted"]), NO_CODE));
        }
        let scheme = self.scheme.as_scheme();
        let plan = Plan::compile(&scheme).map_err(|error| Mistake::of_scheme(&scheme, &error))?;
        let known = !self.known_events.is_empty();
        check_habits(&plan, &self.habits, plan.names_events(), known).map_err(|error| {
            let field = match error {
                BuildError::NoEventNames => "unknown_events",
                BuildError::RejectionStatus(_) => "rejection_status",
                BuildError::BodyLimit => "body_limit",
                _ => "dedupe",
            };
            let message = match error {
                BuildError::NoEventNames => format!(
                    "{error}: list them in `known_events`, and say in `event_name` of the scheme \
                     where they stand"
                ),
                _ => error.to_string(),
            };
            Mistake::new(at(&["habits", field]), message)
        })
    }
}
