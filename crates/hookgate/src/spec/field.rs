//! In which field of a scheme's table a mistake is that only compiling the scheme finds.

use super::error::Mistake;
use super::node::Step;
use super::place;
use crate::scheme::{Framing, Place, Plan, Scheme, SchemeError};

impl Mistake {
    /// What the compiler says of a scheme, with the field that it says it of.
    pub(super) fn of_scheme(scheme: &Scheme<'_>, error: &SchemeError) -> Self {
        // What a table leaves out can only be wrong for the algorithm that it names.
        Self::new(path(scheme, error), in_words_of_tables(scheme, error)).or_at("algorithm")
    }
}

/// The errors name the functions by which constants are mended.
fn in_words_of_tables(scheme: &Scheme<'_>, error: &SchemeError) -> String {
    match error {
        SchemeError::TemplatePart(template) if *template == scheme.signed => {
            "a token is sent and signs no text: say `signed = \"\"`".into()
        }
        SchemeError::TemplateWithoutBody(template) => format!(
            "the template {template:?} leaves the body out, which is then unsigned: where the \
             provider does so, say `body_unsigned = true`"
        ),
        SchemeError::Claims => "tokens with claims have rules for them, in a table `claims`, and \
                                nothing else has"
            .into(),
        _ => error.to_string(),
    }
}

fn path(scheme: &Scheme<'_>, error: &SchemeError) -> Vec<Step> {
    let field = |name: &str| vec![Step::key(name)];
    match error {
        SchemeError::HeaderName(name) => of_header(scheme, name),
        SchemeError::Empty(what) => of_empty(scheme, what),
        SchemeError::Pointer(pointer) if scheme.signed.contains(&format!("{{json:{pointer}}}")) => {
            field("signed")
        }
        SchemeError::Pointer(pointer) => of_place(scheme, |place| place == Place::Json(pointer)),
        SchemeError::TemplateBrace(_)
        | SchemeError::TemplatePart(_)
        | SchemeError::TemplateWithoutBody(_)
        | SchemeError::TemplateBodyTwice(_)
        | SchemeError::TemplateConstant(_)
        | SchemeError::NoPlace(_)
        | SchemeError::Blurred(..)
        | SchemeError::Secret
        // The address is the endpoint's, and signed since the template says so.
        | SchemeError::Url(_)
        | SchemeError::UrlWithoutPath => field("signed"),
        SchemeError::Separator(_) => of_framing(scheme, ""),
        SchemeError::Encoding => field("encoding"),
        SchemeError::Key(_) => field("key"),
        SchemeError::Claims if scheme.claims.is_some() => field("claims"),
        SchemeError::Claims | SchemeError::Feature(_) => field("algorithm"),
        SchemeError::JsonIn => field("json_in"),
        SchemeError::Place("signed field", _) => field("signed"),
        SchemeError::Place("field", _) => of_list_field(scheme, error),
        SchemeError::Place(what, _) => {
            let wanted = places(scheme).find(|(_, called, _)| called == what);
            wanted.map_or_else(Vec::new, |(name, _, at)| keys(name, at))
        }
        SchemeError::Methods => {
            let wrong = |method: &&str| {
                method.is_empty() || !method.bytes().all(|byte| byte.is_ascii_uppercase())
            };
            let at = scheme.methods.iter().position(wrong).map(Step::Index);
            field("methods").into_iter().chain(at).collect()
        }
    }
}

/// The places in the order in which they are compiled: their fields, and what errors call them.
fn places<'s>(
    scheme: &Scheme<'s>,
) -> impl Iterator<Item = (&'static str, &'static str, Place<'s>)> + use<'s> {
    let all = [
        ("key_id", "key id", scheme.key_id),
        ("signature", "signature", Some(scheme.signature)),
        ("body_digest", "body's digest", scheme.body_digest),
        ("timestamp", "timestamp", scheme.timestamp.map(|(at, _)| at)),
        ("delivery_id", "delivery id", scheme.delivery_id),
        ("event_name", "event name", scheme.event_name),
    ];
    all.into_iter().filter_map(|(name, called, at)| Some((name, called, at?)))
}

/// A field beside the signatures is wrong, and the error does not say which: the one without which
/// there is another error, or none.
fn of_list_field(scheme: &Scheme<'_>, error: &SchemeError) -> Vec<Step> {
    let elsewhere = Some(Place::Header("x-elsewhere"));
    let fields = places(scheme).filter(|(.., at)| matches!(at, Place::SignatureField(_)));
    let found = fields.into_iter().find(|(name, ..)| {
        let mut other = *scheme;
        match *name {
            "key_id" => other.key_id = elsewhere,
            "timestamp" => other.timestamp = elsewhere.zip(scheme.timestamp.map(|(_, unit)| unit)),
            "delivery_id" => other.delivery_id = elsewhere,
            _ => other.event_name = elsewhere,
        }
        Plan::compile(&other).err().as_ref() != Some(error)
    });
    match found {
        Some((name, _, at)) => keys(name, at),
        // Signed by its name, or several are wrong.
        None if scheme.signed.contains("{sigfield:") => vec![Step::key("signed")],
        None => of_place(scheme, |place| matches!(place, Place::SignatureField(_))),
    }
}

fn keys(name: &str, at: Place<'_>) -> Vec<Step> {
    vec![Step::key(name), Step::key(place::key(at))]
}

fn of_place(scheme: &Scheme<'_>, is_wrong: impl Fn(Place<'_>) -> bool) -> Vec<Step> {
    let wrong = places(scheme).find(|(_, _, at)| is_wrong(*at));
    wrong.map_or_else(Vec::new, |(name, _, at)| keys(name, at))
}

fn of_header(scheme: &Scheme<'_>, header: &str) -> Vec<Step> {
    if scheme.signed.contains(&format!("header:{header}}}")) {
        return vec![Step::key("signed")];
    }
    let found = of_place(scheme, |place| {
        let in_headers = matches!(
            place,
            Place::Header(_) | Place::RepeatedHeader(_) | Place::NumberedHeaders(_)
        );
        in_headers && place::text(place) == Some(header)
    });
    if !found.is_empty() {
        return found;
    }
    match scheme.more_signatures.iter().position(|name| *name == header) {
        Some(at) => vec![Step::key("more_signatures"), Step::Index(at)],
        None => vec![Step::key("algorithm_header"), Step::key("header")],
    }
}

/// An empty text is one of the framing's, or the name in a place.
fn of_empty(scheme: &Scheme<'_>, what: &str) -> Vec<Step> {
    let part = match what {
        "separator of items" => "items",
        "separator of name and value" => "pair",
        "separator of parts" => "parts",
        "separator of groups" => "groups",
        "signatures' name" => "name",
        "algorithm's name" => match scheme.framing {
            Framing::Parts { algorithm: Some((_, "")), .. } => {
                return ["framing", "parts", "algorithm", "name"].map(Step::key).into();
            }
            _ => return ["algorithm_header", "value"].map(Step::key).into(),
        },
        "parameter's name" => return of_place(scheme, |place| place == Place::Query("")),
        "claim's name" => return of_place(scheme, |place| place == Place::Claim("")),
        "field's name" => {
            let found = of_place(scheme, |place| {
                matches!(place, Place::SignatureField("") | Place::Form(""))
            });
            return if found.is_empty() { vec![Step::key("json_in")] } else { found };
        }
        // The prefix and the name of an authentication scheme are their framing's only text.
        _ => "",
    };
    of_framing(scheme, part)
}

/// A part of the framing, or all of it.
fn of_framing(scheme: &Scheme<'_>, part: &str) -> Vec<Step> {
    let kind = match scheme.framing {
        Framing::Bare => return vec![Step::key("framing")],
        Framing::Prefix(_) => "prefix",
        Framing::AuthScheme(_) => "auth_scheme",
        Framing::List { .. } => "list",
        Framing::Positional { .. } => "positional",
        Framing::Parts { .. } => "parts",
        Framing::Groups { .. } => "groups",
    };
    ["framing", kind, part].iter().filter(|key| !key.is_empty()).map(|key| Step::key(key)).collect()
}
