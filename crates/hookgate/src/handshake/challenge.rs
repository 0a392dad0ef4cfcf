//! The ways in which providers ask, as data.

use super::query::WithToken;
use super::{
    Asked, Gate, Handshake, MacReply, Note, Setup, Uses, event_grid, hash, header, json, mac, ping,
    query, secret,
};
use crate::content::Content;
use crate::head::RequestHead;
use crate::reply::{FixedReply, is_header_name};

/// How a provider asks whether an address takes its webhooks, as plain data: a constant in a
/// catalogue's entry. See the [module](super) for the bounds that all of them have.
///
/// Names of headers are in lower case, JSON pointers lead through object keys (RFC 6901).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Challenge<'a> {
    /// Any of several: the first that finds itself asked answers.
    AnyOf(&'a [Challenge<'a>]),

    /// `GET ?name=X`: `X`, as text (Dropbox, Nylas, Adobe I/O Events).
    QueryEcho {
        /// The parameter: `challenge`.
        name: &'a str,
    },
    /// `POST ?name=X`: `X`, as text (Microsoft Graph).
    PostQueryEcho {
        /// The parameter: `validationToken`.
        name: &'a str,
    },
    /// `GET` with a mode, a token and a challenge: the challenge, as text, where the token is the
    /// endpoint's [`verify_token`](crate::EndpointBuilder::verify_token), else 403 (Meta).
    QueryToken {
        /// The parameter that says that it asks, and its value: `("hub.mode", "subscribe")`.
        mode: (&'a str, &'a str),
        /// The parameter of the token: `hub.verify_token`.
        token: &'a str,
        /// The parameter of the challenge: `hub.challenge`.
        challenge: &'a str,
    },
    /// `GET ?name=X`: the MAC of `X` under the endpoint's first secret (X, Braintree).
    QueryMac {
        /// The parameter: `crc_token`.
        name: &'a str,
        /// Which challenges are signed.
        gate: Gate,
        /// How the answer is written.
        reply: MacReply<'a>,
    },
    /// `GET ?name=X`: JSON with the SHA-256, in hex, of `X`, the endpoint's
    /// [`verify_token`](crate::EndpointBuilder::verify_token) and its
    /// [`public_url`](crate::EndpointBuilder::public_url) (eBay).
    QueryHash {
        /// The parameter: `challenge_code`.
        name: &'a str,
        /// The member of the answer: `challengeResponse`.
        answer: &'a str,
    },

    /// `GET` with a header: its value as JSON, `{name: X}` (Okta).
    HeaderToJson {
        /// The header: `x-okta-verification-challenge`.
        header: &'a str,
        /// The member of the answer: `verification`.
        name: &'a str,
    },
    /// `POST` with a header: its value in a header of the answer (RingCentral, Smartsheet). A
    /// request that asks so is no delivery, signed or not.
    HeaderEcho {
        /// The header: `smartsheet-hook-challenge`.
        header: &'a str,
        /// The header of the answer: `smartsheet-hook-response`.
        answer: &'a str,
    },
    /// A signed request with a header: its value as JSON, `{name: X}` (Front).
    SignedHeaderToJson {
        /// The header: `x-front-challenge`.
        header: &'a str,
        /// The member of the answer: `challenge`.
        name: &'a str,
    },

    /// A signed JSON body of this type: its challenge, as text (Slack).
    JsonEcho {
        /// The pointer of the type, and its value: `("/type", "url_verification")`.
        when: (&'a str, &'a str),
        /// The pointer of the challenge: `/challenge`.
        challenge: &'a str,
    },
    /// A signed JSON body under a header of this value: its challenge, as text (Twitch). Where the
    /// body has none it is a delivery: the header is not signed, and must not make one disappear.
    HeaderJsonEcho {
        /// The header and its value: `("twitch-eventsub-message-type",
        /// "webhook_callback_verification")`.
        when: (&'a str, &'a str),
        /// The pointer of the challenge: `/challenge`.
        challenge: &'a str,
    },
    /// A JSON body that is `{name: X}` and nothing else: the same (monday). It is answered without
    /// a signature too, since no source says that it has one; one that is there has to be right.
    JsonMirror {
        /// The member: `challenge`.
        name: &'a str,
    },
    /// A signed JSON body of this type: the MAC of its challenge, under the secret that matched
    /// (Zoom).
    JsonMac {
        /// The pointer of the type, and its value: `("/event", "endpoint.url_validation")`.
        when: (&'a str, &'a str),
        /// The pointer of the challenge: `/payload/plainToken`.
        challenge: &'a str,
        /// Which challenges are signed.
        gate: Gate,
        /// How the answer is written.
        reply: MacReply<'a>,
    },
    /// A signed ping of Discord's. An interaction of `type` 1 is answered with `{"type":1}`, a
    /// webhook event of `type` 0 with 204. What has a member `event` is none: there `type` 1 is
    /// what every event has (<https://docs.discord.com/developers/events/webhook-events>).
    DiscordPing,
    /// A signed JSON body whose outermost object has this number: a fixed reply. No delivery of the
    /// provider's may have it.
    JsonPing {
        /// The member, such as `type`.
        name: &'a str,
        /// Its value, written as an integer.
        number: u32,
        /// What is answered.
        reply: FixedReply<'a>,
    },

    /// A request of one of these methods, none of which deliver: an empty 200 (Trello, Mandrill,
    /// Intercom).
    Probe {
        /// The methods: `["HEAD"]`.
        methods: &'a [&'a str],
    },
    /// A POST without a signature whose body is `name=<digits>`: an empty 200 (WooCommerce).
    FormPing {
        /// The field: `webhook_id`.
        name: &'a str,
    },
    /// A POST without a signature and without a body: an empty 200 (Mandrill).
    EmptyPing,

    /// Azure Event Grid's own schema: `{"validationResponse": X}`, once the request was verified by
    /// the token that stands in for a signature.
    EventGrid,
    /// CloudEvents' `OPTIONS` with `WebHook-Request-Origin`: allowed where the origin is one of
    /// these, else refused like any other method.
    CloudEvents {
        /// The origins that may send: `["eventgrid.azure.net"]`.
        origins: &'a [&'a str],
    },

    /// A POST without a signature that brings, in a header, the secret that deliveries will be
    /// signed with, and wants it back in the same header (Asana). Only where the endpoint
    /// [learns](crate::EndpointBuilder::learn_secret) secrets.
    HeaderSecret {
        /// The header: `x-hook-secret`.
        header: &'a str,
    },
    /// The same in a body that is `{name: X}`, answered with an empty 200 (Notion).
    JsonSecret {
        /// The member: `verification_token`.
        name: &'a str,
    },
}

impl Handshake for Challenge<'_> {
    fn head(&self, head: &dyn RequestHead, setup: &Setup<'_>) -> Asked {
        match *self {
            Self::AnyOf(all) => first(all, |challenge| challenge.head(head, setup)),
            Self::QueryEcho { name } => query::echo(head, "GET", name),
            Self::PostQueryEcho { name } => query::echo(head, "POST", name),
            Self::QueryToken { mode, token, challenge } => {
                query::echo_to_token(head, WithToken { mode, token, challenge }, setup)
            }
            Self::QueryMac { name, gate, reply } => mac::of_query(head, name, gate, reply),
            Self::QueryHash { name, answer } => hash::of_query(head, name, answer, setup),
            Self::HeaderToJson { header, name } => header::to_json(head, header, name),
            Self::HeaderEcho { header, answer } => header::echo(head, header, answer),
            Self::SignedHeaderToJson { header, .. } => header::noted(head, header),
            Self::HeaderJsonEcho { when, .. } => header::noted_where(head, when),
            Self::EventGrid => header::noted_where(head, event_grid::ASKS),
            Self::JsonMirror { .. } | Self::FormPing { .. } | Self::EmptyPing => ping::noted(head),
            Self::Probe { methods } => ping::probe(head, methods),
            Self::CloudEvents { origins } => event_grid::cloud_events(head, origins),
            Self::HeaderSecret { header } => secret::in_header(head, header),
            Self::JsonSecret { .. } => secret::noted(head),
            Self::JsonEcho { .. }
            | Self::JsonMac { .. }
            | Self::DiscordPing
            | Self::JsonPing { .. } => Asked::Nothing,
        }
    }

    #[expect(clippy::only_used_in_recursion, reason = "what the head says decides no body yet")]
    fn unsigned(&self, note: &Note, body: &[u8]) -> Asked {
        match *self {
            Self::AnyOf(all) => first(all, |challenge| challenge.unsigned(note, body)),
            Self::JsonMirror { name } => json::mirror(body, name),
            Self::FormPing { name } => ping::form(body, name),
            Self::EmptyPing => ping::empty(body),
            Self::JsonSecret { name } => secret::in_body(body, name),
            _ => Asked::Nothing,
        }
    }

    fn verified(&self, content: &Content, note: Option<&Note>) -> Asked {
        let body = &content.body;
        match *self {
            Self::AnyOf(all) => first(all, |challenge| challenge.verified(content, note)),
            Self::JsonEcho { when, challenge } if json::is(body, when) => {
                json::echo(body, challenge)
            }
            Self::HeaderJsonEcho { when: (_, value), challenge } if is_noted(note, value) => {
                json::echo(body, challenge)
            }
            Self::JsonMirror { name } => json::mirror(body, name),
            Self::JsonMac { when, challenge, gate, reply } if json::is(body, when) => {
                mac::of_body(body, challenge, gate, reply)
            }
            Self::JsonPing { name, number, reply } if json::has_number(body, name, number) => {
                Asked::Reply(reply.into())
            }
            Self::DiscordPing if json::has_member(body, "event") => Asked::Nothing,
            Self::DiscordPing if json::has_number(body, "type", 1) => {
                Asked::Reply(FixedReply::json(r#"{"type":1}"#).into())
            }
            Self::DiscordPing if json::has_number(body, "type", 0) => {
                Asked::Reply(FixedReply::status(204).into())
            }
            Self::SignedHeaderToJson { name, .. } => {
                let value = note.and_then(|note| note.value.as_deref());
                value.map_or(Asked::Nothing, |value| Asked::Reply(header::object(name, value)))
            }
            Self::EventGrid if is_noted(note, event_grid::ASKS.1) => event_grid::validation(body),
            _ => Asked::Nothing,
        }
    }

    fn uses(&self) -> Uses {
        let nothing = Uses::default();
        match *self {
            Self::AnyOf(all) => all.iter().fold(nothing, |uses, each| uses.and(each.uses())),
            Self::QueryToken { .. } => Uses { token: true, ..nothing },
            Self::QueryHash { .. } => Uses { token: true, url: true, ..nothing },
            Self::QueryMac { reply, .. } | Self::JsonMac { reply, .. } => {
                Uses { key: true, label: matches!(reply, MacReply::Labelled), ..nothing }
            }
            Self::HeaderSecret { .. } | Self::JsonSecret { .. } => Uses { secret: true, ..nothing },
            _ => nothing,
        }
    }

    fn probes(&self, method: &str) -> bool {
        match *self {
            Self::AnyOf(all) => all.iter().any(|challenge| challenge.probes(method)),
            Self::Probe { methods } => methods.contains(&method),
            _ => false,
        }
    }

    fn mistake(&self) -> Option<&'static str> {
        match *self {
            Self::AnyOf(all) if all.iter().filter(|each| each.notes()).count() > 1 => {
                Some("two handshakes of one provider wait for a body under a header")
            }
            Self::AnyOf(all) => all.iter().find_map(Handshake::mistake),
            Self::QueryEcho { name }
            | Self::PostQueryEcho { name }
            | Self::QueryMac { name, .. }
            | Self::JsonMirror { name }
            | Self::JsonPing { name, .. }
            | Self::FormPing { name }
            | Self::JsonSecret { name } => named(&[name]),
            Self::QueryHash { name, answer } => named(&[name, answer]),
            Self::QueryToken { mode: (mode, value), token, challenge } => {
                named(&[mode, value, token, challenge])
            }
            Self::HeaderToJson { header, name } | Self::SignedHeaderToJson { header, name } => {
                headers(&[header]).or_else(|| named(&[name]))
            }
            Self::HeaderEcho { header, answer } => headers(&[header, answer]),
            Self::HeaderSecret { header } => headers(&[header]),
            Self::JsonEcho { when: (at, value), challenge }
            | Self::JsonMac { when: (at, value), challenge, .. } => {
                pointers(&[at, challenge]).or_else(|| named(&[value]))
            }
            Self::HeaderJsonEcho { when: (header, value), challenge } => {
                headers(&[header]).or_else(|| named(&[value])).or_else(|| pointers(&[challenge]))
            }
            Self::Probe { methods } => named(methods),
            Self::CloudEvents { origins } => named(origins),
            Self::DiscordPing | Self::EmptyPing | Self::EventGrid => None,
        }
    }
}

impl Challenge<'_> {
    /// Whether it keeps a value from the head, of which there is room for one.
    fn notes(&self) -> bool {
        match *self {
            Self::AnyOf(all) => all.iter().any(Self::notes),
            Self::SignedHeaderToJson { .. } | Self::HeaderJsonEcho { .. } | Self::EventGrid => true,
            _ => false,
        }
    }
}

fn is_noted(note: Option<&Note>, value: &str) -> bool {
    note.is_some_and(|note| note.value.as_deref() == Some(value))
}

fn first<'a>(all: &'a [Challenge<'a>], mut asked: impl FnMut(&'a Challenge<'a>) -> Asked) -> Asked {
    // One that may ask in its body asks less than one that does in its head.
    let mut noted: Option<Note> = None;
    for challenge in all {
        match asked(challenge) {
            Asked::Nothing => {}
            Asked::Noted(note) => {
                noted = Some(match noted {
                    None => note,
                    Some(before) => Note {
                        value: before.value.or(note.value),
                        unsigned: before.unsigned || note.unsigned,
                    },
                });
            }
            other => return other,
        }
    }
    noted.map_or(Asked::Nothing, Asked::Noted)
}

fn named(names: &[&str]) -> Option<&'static str> {
    let missing = names.is_empty() || names.iter().any(|name| name.is_empty());
    missing.then_some("a name or value of the handshake is empty")
}

fn headers(names: &[&str]) -> Option<&'static str> {
    let wrong = names.iter().any(|name| !is_header_name(name));
    wrong.then_some("a header of the handshake has no name of HTTP, in lower case")
}

fn pointers(pointers: &[&str]) -> Option<&'static str> {
    let wrong = pointers.iter().any(|pointer| !pointer.starts_with('/'));
    wrong.then_some("a pointer of the handshake does not begin with `/`")
}
