//! One table: what a provider asks, and what is answered.

use base64::prelude::{BASE64_STANDARD, Engine};
use hookgate::Endpoint;
use hookgate::handshake::{Challenge, LONGEST_ECHO, LONGEST_TOKEN};
use hookgate::scheme::Scheme;
use hookgate::sign::{Message, sign};

use crate::asking::{
    ASANA, Asking, BARE, BRAINTREE, DROPBOX, EBAY, EVENT_GRID, FRONT, GRAPH, JOINED, MANDRILL,
    META, MONDAY, NOTION, OKTA, PING, RINGCENTRAL, Raw, SECRET, SLACK, SMARTSHEET, TRELLO, TWITCH,
    VERSIONED, WOOCOMMERCE, X, ZOOM,
};
use crate::drive::{Answer, Way};

const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";

/// What a request has to come to.
enum Want<'w> {
    /// Answered by the gate: status, content type, body.
    Reply(u16, Option<&'w str>, &'w str),
    /// Answered by the gate with an empty 200 that has this header.
    Header(&'w str, &'w str),
    /// Refused with this status, by the gate.
    Refused(u16),
    /// The handler got it.
    Handled,
}

use Want::{Handled, Header, Refused, Reply};

fn text(body: &str) -> Want<'_> {
    Reply(200, Some(TEXT), body)
}

fn json(body: &str) -> Want<'_> {
    Reply(200, Some(JSON), body)
}

const EMPTY: Want<'static> = Reply(200, None, "");

/// Sends each request through every way.
fn check(provider: Asking, cases: &[(Raw, Want<'_>)]) {
    check_at(&provider.endpoint(), cases);
}

fn check_at(endpoint: &Endpoint<Asking>, cases: &[(Raw, Want<'_>)]) {
    for way in Way::ALL {
        for (request, want) in cases {
            let answer = way.send(endpoint, request);
            let line = format!("{way:?}: {request:?}: {answer:?}");
            assert_eq!(answer.handled, matches!(want, Handled), "{line}");
            match want {
                Handled => assert_eq!(answer.status, 200, "{line}"),
                Refused(status) => {
                    assert_eq!(answer.status, *status, "{line}");
                    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
                    assert!(!answer.body.contains(SECRET), "{line}");
                }
                Reply(status, content_type, body) => {
                    assert_eq!((answer.status, &*answer.body), (*status, *body), "{line}");
                    assert_eq!(answer.header("content-type"), *content_type, "{line}");
                }
                Header(name, value) => {
                    assert_eq!((answer.status, &*answer.body), (200, ""), "{line}");
                    assert_eq!(answer.header(name), Some(*value), "{line}");
                }
            }
            if !answer.handled {
                assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{line}");
                assert_eq!(answer.header("cache-control"), Some("no-store"), "{line}");
            }
        }
    }
}

fn get(target: &str) -> Raw {
    Raw::new("GET", target)
}

fn post(target: &str) -> Raw {
    Raw::new("POST", target)
}

/// The MAC of a text, in hex, as the scheme that signs the body alone writes it.
fn mac(text: &str) -> String {
    let provider = Asking::silent(BARE);
    let signed = sign(&provider, SECRET, Message::post("/", text.to_owned())).unwrap();
    signed.headers().iter().find(|(name, _)| name == "x-signature").unwrap().1.clone()
}

fn base64(hex: &str) -> String {
    let digit = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    let bytes: Vec<u8> = (0..hex.len()).step_by(2).map(digit).collect();
    BASE64_STANDARD.encode(bytes)
}

#[test]
fn attack_75_a_challenge_in_the_query_comes_back_as_text() {
    let longest = "a".repeat(LONGEST_ECHO);
    check(
        Asking::new(BARE, DROPBOX),
        &[
            (get("?challenge=abc"), text("abc")),
            (get("?x=1&challenge=a%20b+c%2B%C3%A9"), text("a b c+é")),
            (
                get("?challenge=%3Cscript%3Ealert(1)%3C/script%3E"),
                text("<script>alert(1)</script>"),
            ),
            (get(&format!("?challenge={longest}")), text(&longest)),
            (get(&format!("?challenge={longest}a")), Refused(400)),
            (get("?challenge="), Refused(400)),
            (get("?challenge=a&challenge=a"), Refused(400)),
            (get("?challenge=a&%63hallenge=b"), Refused(400)),
            (get("?challenge=%zz"), Refused(400)),
            (get("?challenge=%ff"), Refused(400)),
            (get("?challenge=a%0d%0aset-cookie:b"), Refused(400)),
            (get("?challenge=%00"), Refused(400)),
            (get("?challenge=%C2%85"), Refused(400)),
            // Anything else is what it is at any endpoint.
            (get("?Challenge=abc"), Refused(405)),
            (get(""), Refused(405)),
            (Raw::new("HEAD", "?challenge=abc"), Refused(405)),
            (post("?challenge=abc"), Refused(401)),
            (Asking::new(BARE, DROPBOX).signed("{}"), Handled),
        ],
    );
}

#[test]
fn attack_76_a_token_is_compared_before_the_challenge_comes_back() {
    let ask = |rest: &str| get(&format!("?hub.mode=subscribe{rest}"));
    let right = "&hub.verify_token=the+verify%20token";
    let cases = [
        (ask(&format!("{right}&hub.challenge=1158201444")), text("1158201444")),
        (get(&format!("?hub.challenge=1{right}&hub.mode=subscribe")), text("1")),
        (ask("&hub.verify_token=another&hub.challenge=1"), Refused(403)),
        (ask("&hub.verify_token=the+verify+token+&hub.challenge=1"), Refused(403)),
        (ask("&hub.verify_token=&hub.challenge=1"), Refused(403)),
        (ask("&hub.challenge=1"), Refused(403)),
        (ask(&format!("{right}{right}&hub.challenge=1")), Refused(400)),
        (ask(&format!("{right}&hub.challenge=1&hub.challenge=2")), Refused(400)),
        (ask(right), Refused(400)),
        (ask(&format!("{right}&hub.challenge=%0a")), Refused(400)),
        (get(&format!("?hub.mode=unsubscribe{right}&hub.challenge=1")), Refused(405)),
        (get(&format!("?{right}&hub.challenge=1")), Refused(405)),
        (post(&format!("?hub.mode=subscribe{right}&hub.challenge=1")), Refused(401)),
        (Asking::new(BARE, META).signed("{}"), Handled),
    ];
    check(Asking::new(BARE, META), &cases);
    // Without a token nothing is right, and it looks no different.
    let endpoint = Asking::new(BARE, META).builder().secret(SECRET).build().unwrap();
    assert!(!endpoint.warnings().is_empty());
    check_at(
        &endpoint,
        &[
            (ask(&format!("{right}&hub.challenge=1")), Refused(403)),
            (ask("&hub.verify_token=&hub.challenge=1"), Refused(403)),
        ],
    );
}

#[test]
fn attack_80_a_validation_token_is_short_and_printable() {
    let ask = |token: &str| post(&format!("?validationToken={token}"));
    let longest = "%61".repeat(LONGEST_ECHO);
    check(
        Asking::new(BARE, GRAPH),
        &[
            (ask("Validation%3a+Testing+client"), text("Validation: Testing client")),
            (ask(&longest), text(&"a".repeat(LONGEST_ECHO))),
            (ask(&format!("{longest}a")), Refused(400)),
            (ask("a%07b"), Refused(400)),
            (ask("a%7f"), Refused(400)),
            (ask("%c3%28"), Refused(400)),
            (ask("1&validationToken=1"), Refused(400)),
            (get("?validationToken=abc"), Refused(405)),
            (post(""), Refused(401)),
            (Asking::new(BARE, GRAPH).signed("{}"), Handled),
        ],
    );
}

#[test]
fn attack_78_a_challenge_in_a_body_is_verified_first() {
    let slack = Asking::new(VERSIONED, SLACK);
    let asks = r#"{"token":"x","challenge":"3eZbrw1aB","type":"url_verification"}"#;
    let scripted = r#"{"challenge":"<script>","type":"url_verification"}"#;
    let twice = r#"{"challenge":"a","type":"url_verification","challenge":"b"}"#;
    let padded = format!(r#"{{"type":"url_verification","challenge":"a"{}}}"#, " ".repeat(9_000));
    check(
        slack,
        &[
            (slack.signed(asks), text("3eZbrw1aB")),
            (slack.signed(scripted), text("<script>")),
            (slack.signed(r#"{"type":"url_verification","challenge":"\u0007"}"#), Refused(400)),
            (post("").with_body(asks), Refused(401)),
            (slack.signed_with("another secret", asks), Refused(401)),
            (slack.signed(r#"{"type":"event_callback","challenge":"a"}"#), Handled),
            (slack.signed(r#"{"type":"url_verification"}"#), Handled),
            (slack.signed(r#"{"event":{"type":"url_verification","challenge":"a"}}"#), Handled),
            (slack.signed(twice), Handled),
            (slack.signed(&padded), Handled),
            (slack.signed("no json"), Handled),
        ],
    );
}

#[test]
fn a_mirrored_body_is_nothing_but_the_challenge() {
    let monday = Asking::new(BARE, MONDAY);
    let asks = r#"{"challenge": "3eZbrw1a"}"#;
    let unsigned = |body: &str| post("").with_body(body.to_owned());
    check(
        monday,
        &[
            (unsigned(asks), json(r#"{"challenge":"3eZbrw1a"}"#)),
            (unsigned(r#"{"challenge":"<\/script>\""}"#), json(r#"{"challenge":"</script>\""}"#)),
            (monday.signed(asks), json(r#"{"challenge":"3eZbrw1a"}"#)),
            (monday.signed_with("another secret", asks), Refused(401)),
            (unsigned(asks).and("x-signature", ""), Refused(401)),
            (unsigned(r#"{"challenge":"a","event":{}}"#), Refused(401)),
            (unsigned(r#"{"challenge":1}"#), Refused(401)),
            (unsigned(r#"{"challenge":"a","challenge":"a"}"#), Refused(401)),
            (unsigned(r#"{"challenge":"\u0000"}"#), Refused(400)),
            (unsigned(&format!(r#"{{"challenge":"{}"}}"#, "a".repeat(9_000))), Refused(401)),
            (unsigned(r#"{"event":{}}"#), Refused(401)),
            (monday.signed(r#"{"event":{}}"#), Handled),
        ],
    );
}

#[test]
fn a_challenge_in_a_header_comes_back() {
    let okta = "x-okta-verification-challenge";
    check(
        Asking::new(BARE, OKTA),
        &[
            (get("").and(okta, "a \"b\""), json(r#"{"verification":"a \"b\""}"#)),
            (get("").and(okta, "a").and(okta, "a"), Refused(400)),
            (get("").and(okta, ""), Refused(400)),
            (post("").and(okta, "a"), Refused(401)),
            (get(""), Refused(405)),
        ],
    );
    let front = Asking::new(BARE, FRONT);
    let header = "x-front-challenge";
    check(
        front,
        &[
            (front.signed("{}").and(header, "abc"), json(r#"{"challenge":"abc"}"#)),
            (front.signed_with("another", "{}").and(header, "abc"), Refused(401)),
            (post("").and(header, "abc"), Refused(401)),
            (front.signed("{}").and(header, "a").and(header, "b"), Refused(400)),
            (front.signed("{}"), Handled),
        ],
    );
    for (challenge, asks, answers) in [
        (RINGCENTRAL, "validation-token", "validation-token"),
        (SMARTSHEET, "smartsheet-hook-challenge", "smartsheet-hook-response"),
    ] {
        let provider = Asking::new(BARE, challenge);
        let longest = "a".repeat(LONGEST_ECHO);
        check(
            provider,
            &[
                (post("").and(asks, "abc-1").with_body("{}"), Header(answers, "abc-1")),
                (provider.signed("{}").and(asks, "abc"), Header(answers, "abc")),
                (post("").and(asks, &longest), Header(answers, &longest)),
                (post("").and(asks, &format!("{longest}a")), Refused(400)),
                (post("").and(asks, "a").and(asks, "a"), Refused(400)),
                (get("").and(asks, "abc"), Refused(405)),
                (post(""), Refused(401)),
                (provider.signed("{}"), Handled),
            ],
        );
    }
}

#[test]
fn a_header_that_nobody_signs_makes_no_delivery_disappear() {
    let twitch = Asking::new(JOINED, TWITCH);
    let (header, asks) = ("twitch-eventsub-message-type", "webhook_callback_verification");
    let body = r#"{"challenge":"pogchamp-kappa-360noscope","subscription":{"id":"1"}}"#;
    check(
        twitch,
        &[
            (twitch.signed(body).and(header, asks), text("pogchamp-kappa-360noscope")),
            (post("").and(header, asks).with_body(body), Refused(401)),
            (twitch.signed_with("another", body).and(header, asks), Refused(401)),
            (twitch.signed(body).and(header, "notification"), Handled),
            (twitch.signed(body), Handled),
            (twitch.signed(r#"{"event":{}}"#).and(header, asks), Handled),
            (twitch.signed(body).and(header, asks).and(header, asks), Handled),
        ],
    );
}

#[test]
fn attack_74_zoom_signs_a_token_and_nothing_that_is_signed() {
    let zoom = Asking::new(VERSIONED, ZOOM);
    let asks = |token: &str| {
        let token = serde_json::json!(token);
        format!(r#"{{"payload":{{"plainToken":{token}}},"event":"endpoint.url_validation"}}"#)
    };
    let plain = "qgg8vlvZRS6UYooatFL8Aw";
    let answer = format!(r#"{{"encryptedToken":"{}","plainToken":"{plain}"}}"#, mac(plain));
    let longest = "a".repeat(LONGEST_TOKEN);
    let answer_to_longest =
        format!(r#"{{"encryptedToken":"{}","plainToken":"{longest}"}}"#, mac(&longest));
    check(
        zoom,
        &[
            (zoom.signed(&asks(plain)), json(&answer)),
            (zoom.signed(&asks(&longest)), json(&answer_to_longest)),
            (zoom.signed(&asks(&format!("{longest}a"))), Refused(400)),
            (zoom.signed(&asks("v0:1700000000:{\"event\":\"meeting.started\"}")), Refused(400)),
            (zoom.signed(&asks("v0:1700000000:")), Refused(400)),
            (zoom.signed(&asks("{}")), Refused(400)),
            (zoom.signed(&asks("a b")), Refused(400)),
            (zoom.signed(&asks("é")), Refused(400)),
            (zoom.signed(&asks("")), Refused(400)),
            (zoom.signed(r#"{"event":"endpoint.url_validation"}"#), Refused(400)),
            (post("").with_body(asks(plain)), Refused(401)),
            (zoom.signed_with("another", &asks(plain)), Refused(401)),
            (zoom.signed(r#"{"event":"meeting.started","plainToken":"a"}"#), Handled),
            // Where the scheme signs more than a token ever holds, short bodies are deliveries.
            (zoom.signed("abc"), Handled),
        ],
    );
}

#[test]
fn attack_74_what_x_has_signed_is_no_delivery() {
    let x = Asking::new(BARE, X);
    let crc = |token: &str| get(&format!("?crc_token={token}"));
    let answer = |token: &str| format!(r#"{{"response_token":"sha256={}"}}"#, base64(&mac(token)));
    let uuid = "9b4507b3-9040-4669-9ca3-6b94edb50553";
    check(
        x,
        &[
            (crc(uuid), json(&answer(uuid))),
            (crc("a%2B%2F%3D_-"), json(&answer("a+/=_-"))),
            (crc("%7B%22a%22%3A1%7D"), Refused(400)),
            (crc("[]"), Refused(400)),
            (crc("a.b"), Refused(400)),
            (crc("a+b"), Refused(400)),
            (crc("a&crc_token=a"), Refused(400)),
            (crc(""), Refused(400)),
            (post("?crc_token=abc"), Refused(401)),
            // The very signature that a stranger gets, on the text that was signed.
            (x.signed("abc"), Refused(401)),
            (x.signed("123"), Refused(401)),
            (x.signed(&"a".repeat(LONGEST_TOKEN)), Refused(401)),
            (x.signed(&"a".repeat(LONGEST_TOKEN + 1)), Handled),
            (x.signed(""), Handled),
            (x.signed("[]"), Handled),
            (x.signed(r#"{"for_user_id":"1"}"#), Handled),
        ],
    );
    // At any other endpoint such bodies are what they are.
    check(Asking::silent(BARE), &[(x.signed("abc"), Handled), (crc(uuid), Refused(405))]);
}

#[test]
fn attack_74_a_hex_challenge_has_its_length() {
    let ask = |challenge: &str| get(&format!("?bt_challenge={challenge}"));
    let right = "20f9f8ed05f77439fe955c977e4c8a53";
    let answer = format!("public-key|{}", mac(right));
    check(
        Asking::new(BARE, BRAINTREE),
        &[
            (ask(right), text(&answer)),
            (ask(&right[..19]), Refused(400)),
            (ask(&format!("{right}0")), Refused(400)),
            (ask("20f9f8ed05f77439fe955c977e4c8aZZ"), Refused(400)),
            (ask("bt_payload%3Dabc0123456789"), Refused(400)),
        ],
    );
    // The answer names the key, and a secret without a name has none.
    let nameless = Asking::new(BARE, BRAINTREE).builder().secret(SECRET).build().unwrap();
    assert!(!nameless.warnings().is_empty());
    check_at(&nameless, &[(ask(right), Refused(400))]);
}

#[test]
fn a_hash_covers_the_challenge_the_token_and_the_address() {
    // sha256("abc" "the verify token" "https://example.com/hooks/asking"), by `sha256sum`.
    let answer = format!(r#"{{"challengeResponse":"{EBAY_HASH}"}}"#);
    let ask = |code: &str| get(&format!("?challenge_code={code}"));
    check(
        Asking::new(BARE, EBAY),
        &[
            (ask("abc"), json(&answer)),
            (ask("%3Cscript%3E"), Refused(400)),
            (ask("a&challenge_code=a"), Refused(400)),
            (ask(""), Refused(400)),
            (post("?challenge_code=abc"), Refused(401)),
        ],
    );
    let builder = || Asking::new(BARE, EBAY).builder().secret(SECRET);
    let url = "https://example.com/hooks/asking";
    let endpoints =
        [builder(), builder().public_url(url), builder().verify_token("the verify token")];
    for builder in endpoints {
        let endpoint = builder.build().unwrap();
        assert!(!endpoint.warnings().is_empty());
        check_at(&endpoint, &[(ask("abc"), Refused(405))]);
    }
}

const EBAY_HASH: &str = "14a7689ca6521cf84af496c7a9e50dc5987c53eb63e40878fc4f55d89eaf996c";

#[test]
fn attack_79_a_typed_ping_is_verified_first() {
    let discord = Asking::new(JOINED, Challenge::DiscordPing);
    let asks = r#"{"application_id":"1","id":"2","token":"x","type":1,"user":{"id":"3"}}"#;
    check(
        discord,
        &[
            (discord.signed(asks), json(r#"{"type":1}"#)),
            (
                discord.signed(r#"{"version":1,"application_id":"1","type":0}"#),
                Reply(204, None, ""),
            ),
            (discord.signed_with("another", asks), Refused(401)),
            (post("").with_body(asks), Refused(401)),
            // Every webhook event has the type 1.
            (discord.signed(r#"{"version":1,"type":1,"event":{"type":"X"}}"#), Handled),
            (discord.signed(r#"{"type":0,"event":null}"#), Handled),
            (discord.signed(r#"{"type":2,"data":{"type":1}}"#), Handled),
            (discord.signed(r#"{"type":"1"}"#), Handled),
            (discord.signed(r#"{"type":1,"type":2}"#), Handled),
            (discord.signed(r#"{"type":1.0}"#), Handled),
        ],
    );
    let other = Asking::new(JOINED, PING);
    check(
        other,
        &[
            (other.signed(r#"{"kind":7,"event":{}}"#), Reply(204, None, "")),
            (other.signed(r#"{"kind":8}"#), Handled),
            (other.signed_with("another", r#"{"kind":7}"#), Refused(401)),
        ],
    );
}

#[test]
fn pings_without_a_signature_reach_no_handler() {
    let trello = Asking::new(BARE, TRELLO);
    check(
        trello,
        &[
            (Raw::new("HEAD", ""), EMPTY),
            (get(""), EMPTY),
            (Raw::new("PUT", ""), Refused(405)),
            (post(""), Refused(401)),
            (trello.signed("{}"), Handled),
        ],
    );
    let mandrill = Asking::new(BARE, MANDRILL);
    check(
        mandrill,
        &[
            (Raw::new("HEAD", ""), EMPTY),
            (post(""), EMPTY),
            (get(""), Refused(405)),
            (post("").with_body("mandrill_events=[]"), Refused(401)),
            (mandrill.signed(""), Handled),
        ],
    );
    let shop = Asking::new(BARE, WOOCOMMERCE);
    let ping = |body: &str| post("").with_body(body.to_owned());
    check(
        shop,
        &[
            (ping("webhook_id=42"), EMPTY),
            (ping("webhook_id="), Refused(401)),
            (ping("webhook_id=42&x=1"), Refused(401)),
            (ping("webhook_id=4a"), Refused(401)),
            (ping(&format!("webhook_id={}", "1".repeat(21))), Refused(401)),
            (ping(""), Refused(401)),
            (ping("webhook_id=42").and("x-signature", ""), Refused(401)),
            (ping("webhook_id=42").and("x-signature", &mac("x")), Refused(401)),
            (shop.signed("webhook_id=42"), Handled),
        ],
    );
}

#[test]
fn event_grid_is_answered_where_it_shows_the_token() {
    let grid = Asking::new(BARE, EVENT_GRID);
    let (header, asks) = ("aeg-event-type", "SubscriptionValidation");
    let body = r#"[{"id":"1","data":{"validationCode":"512d38b6","validationUrl":"https://x"}}]"#;
    let two = r#"[{"data":{"validationCode":"a"}},{"data":{"validationCode":"b"}}]"#;
    check(
        grid,
        &[
            (grid.signed(body).and(header, asks), json(r#"{"validationResponse":"512d38b6"}"#)),
            (post("").and(header, asks).with_body(body), Refused(401)),
            (grid.signed_with("another", body).and(header, asks), Refused(401)),
            (grid.signed(body).and(header, "Notification"), Handled),
            (grid.signed(body), Handled),
            (grid.signed(two).and(header, asks), Handled),
            (grid.signed("[]").and(header, asks), Handled),
            (grid.signed("{").and(header, asks), Handled),
        ],
    );
}

#[test]
fn attack_82_an_origin_is_allowed_by_name() {
    let endpoint = Asking::new(BARE, EVENT_GRID).endpoint();
    let header = "webhook-request-origin";
    let options = Raw::new("OPTIONS", "");
    let allowed = |answer: &Answer| answer.header("webhook-allowed-origin").map(str::to_owned);
    for way in Way::ALL {
        let answer = way.send(&endpoint, &options.clone().and(header, "eventgrid.azure.net"));
        assert_eq!(allowed(&answer).as_deref(), Some("eventgrid.azure.net"), "{way:?}");
        assert_eq!(answer.header("webhook-allowed-rate"), Some("*"), "{way:?}");
        assert_eq!((answer.status, answer.handled), (200, false), "{way:?}");
        for origin in ["evil.example", "eventgrid.azure.net.evil.example", "*", "azure.net"] {
            let answer = way.send(&endpoint, &options.clone().and(header, origin));
            assert_eq!((answer.status, allowed(&answer)), (405, None), "{way:?} {origin}");
            assert_eq!(answer.header("webhook-allowed-rate"), None, "{way:?} {origin}");
        }
        let twice = options.clone().and(header, "evil.example").and(header, "eventgrid.azure.net");
        for (request, status) in [(twice, 400), (options.clone(), 405)] {
            let answer = way.send(&endpoint, &request);
            assert_eq!((answer.status, allowed(&answer)), (status, None), "{way:?}");
        }
    }
}

#[test]
fn attack_81_at_another_providers_endpoint_nobody_asks() {
    /// What the providers ask, all at an endpoint of one that never does.
    const SCHEMES: [Scheme<'static>; 2] = [BARE, VERSIONED];
    let url = "a0123456789abcdef0";
    let unsigned = [
        (get("?challenge=abc"), 405),
        (post("?validationToken=abc"), 401),
        (get("?hub.mode=subscribe&hub.verify_token=the+verify+token&hub.challenge=1"), 405),
        (get("").and("x-okta-verification-challenge", "abc"), 405),
        (post("").and("validation-token", "abc"), 401),
        (post("").and("smartsheet-hook-challenge", "abc"), 401),
        (get("?crc_token=abc"), 405),
        (get("?bt_challenge=20f9f8ed05f77439fe955c977e4c8a53"), 405),
        (get("?challenge_code=abc"), 405),
        (Raw::new("HEAD", ""), 405),
        (post(""), 401),
        (post("").with_body("webhook_id=42"), 401),
        (post("").with_body(r#"{"challenge":"abc"}"#), 401),
        (Raw::new("OPTIONS", "").and("webhook-request-origin", "eventgrid.azure.net"), 405),
        (post("").and("x-hook-secret", url), 401),
        (post("").with_body(format!(r#"{{"verification_token":"{url}"}}"#)), 401),
    ];
    for scheme in SCHEMES {
        let silent = Asking::silent(scheme);
        let cases = unsigned.iter().map(|(request, status)| (request.clone(), Refused(*status)));
        let signed = [
            silent.signed(r#"{"type":"url_verification","challenge":"abc"}"#),
            silent.signed(r#"{"challenge":"abc"}"#),
            silent.signed("{}").and("x-front-challenge", "abc"),
            silent
                .signed(r#"{"challenge":"abc"}"#)
                .and("twitch-eventsub-message-type", "webhook_callback_verification"),
            silent.signed(r#"{"event":"endpoint.url_validation","payload":{"plainToken":"abc"}}"#),
            silent.signed(r#"{"type":1}"#),
            silent
                .signed(r#"[{"data":{"validationCode":"abc"}}]"#)
                .and("aeg-event-type", "SubscriptionValidation"),
        ];
        let cases: Vec<_> = cases.chain(signed.map(|request| (request, Handled))).collect();
        check(silent, &cases);
    }
}

#[test]
fn a_handshake_that_cannot_be_is_refused_when_the_endpoint_is_built() {
    let empty = Challenge::QueryEcho { name: "" };
    let upper = Challenge::HeaderEcho { header: "Validation-Token", answer: "x" };
    let pointer = Challenge::JsonEcho { when: ("type", "x"), challenge: "/c" };
    let delivers = Challenge::Probe { methods: &["HEAD", "POST"] };
    let nested = Challenge::AnyOf(&[DROPBOX, Challenge::Probe { methods: &["POST"] }]);
    let two = Challenge::AnyOf(&[Challenge::EventGrid, TWITCH]);
    for challenge in [empty, upper, pointer, delivers, two, nested] {
        let built = Asking::new(BARE, challenge).builder().secret(SECRET).build();
        let error = built.unwrap_err().to_string();
        assert!(error.contains("handshake"), "{challenge:?}: {error}");
    }
    for (challenge, token) in [(DROPBOX, "a token"), (META, ""), (META, "line break\n")] {
        let builder = Asking::new(BARE, challenge).builder().secret(SECRET).verify_token(token);
        assert!(builder.build().is_err(), "{challenge:?} {token:?}");
    }
    for url in ["", "example.com", "ftp://example.com", "https://", "https:///x", "https://a b"] {
        let builder = Asking::new(BARE, EBAY).builder().secret(SECRET).public_url(url);
        assert!(builder.build().is_err(), "{url:?}");
    }
    for challenge in [ASANA, NOTION, SLACK, ZOOM] {
        assert!(Asking::new(VERSIONED, challenge).builder().secret(SECRET).build().is_ok());
    }
}
