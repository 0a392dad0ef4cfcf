//! MessageBird's published tests: <https://github.com/messagebird/python-rest-api>,
//! `tests/test_request_validator.py` and its data.

use super::*;

const KEY: &str = "36efdd1aace2e26cd490f0d951138253bef2f7c6d34d18981da781555cc4cebb";
const NOW: i64 = 1_625_479_200;

const TOKEN_1: &str = "\
    eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJNZXNzYWdlQmlyZCIsIm5iZiI6MTYyNTQ3OTIwMCw\
    iZXhwIjoxNjI1NDc5MjYwLCJqdGkiOiI1OWEyNDRkYy1lOWFkLTRlMjMtOTc3OC0zNzFmYWEyMzhmNzIiLCJ1cmx\
    faGFzaCI6IjBmMTE1ZGIwNjJiN2MwZGQwMzBiMTY4NzhjOTlkZWE1YzM1NGI0OWRjMzdiMzhlYjg4NDYxNzljNzc\
    4M2U5ZDcifQ.6Fp0rVOsRr1fj9S2GidXAfkmPVofKr8_RTffC6G6r2E";
const TOKEN_2: &str = "\
    eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJNZXNzYWdlQmlyZCIsIm5iZiI6MTYyNTQ3OTIwMCw\
    iZXhwIjoxNjI1NDc5MjYwLCJqdGkiOiJjOTQ2YWY3Ny1lMTgyLTRlYWEtYjJmZi0xYTU0NWI1ZTk5MWEiLCJ1cmx\
    faGFzaCI6IjQxZjA1ZjBkZGQwYTIyYWIyMDlhYzQ2ZjQ3YzQ1NzJkOWNlZmEyNTdlZDc0YjI0MDA0YmFlNzUzZWN\
    lNmMyNjAifQ.huo2ou6JDoDc7sV25d75UMWeYhBeavQlLsqIibSZuac";
const TOKEN_3: &str = "\
    eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJNZXNzYWdlQmlyZCIsIm5iZiI6MTYyNTQ3OTIwMCw\
    iZXhwIjoxNjI1NDc5MjYwLCJqdGkiOiI5M2U1NTAwNi1hMGU4LTQ1MjYtYTE5MC1mYTVmZjAwZWExMTYiLCJ1cmx\
    faGFzaCI6IjQxZjA1ZjBkZGQwYTIyYWIyMDlhYzQ2ZjQ3YzQ1NzJkOWNlZmEyNTdlZDc0YjI0MDA0YmFlNzUzZWN\
    lNmMyNjAiLCJwYXlsb2FkX2hhc2giOiJkZmZkNjAyMWJiMmJkNWIwYWY2NzYyOTA4MDllYzNhNTMxOTFkZDgxYzd\
    mNzBhNGIyODY4OGEzNjIxODI5ODZmIn0._H--TOuYFLpeEH39-rg5E3IHVkjHozBcaKVWPRC5m9I";
const TOKEN_4: &str = "\
    eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJNZXNzYWdlQmlyZCIsIm5iZiI6MTYyNTQ3NTYwMCw\
    iZXhwIjoxNjI1NDc1NjYwLCJqdGkiOiI1ZjAyZjUyMi02MDMwLTQ2YzgtYjVhMy0wMTI0NjQ3OGQ4YmMiLCJ1cmx\
    faGFzaCI6IjBmMTE1ZGIwNjJiN2MwZGQwMzBiMTY4NzhjOTlkZWE1YzM1NGI0OWRjMzdiMzhlYjg4NDYxNzljNzc\
    4M2U5ZDcifQ.45MSST3B_2PsjNUeiuW54_vUQgVw4rBXrdWrOUEz3lM";
const TOKEN_5: &str = "\
    eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJNZXNzYWdlQmlyZCIsIm5iZiI6MTYyNTQ3OTIwMCw\
    iZXhwIjoxNjI1NDc5MjYwLCJqdGkiOiIxNDUwMTUzMi05NmYyLTQ2ODQtOTgzMi02OGYwOTUxYWUzNDIiLCJ1cmx\
    faGFzaCI6IjBmMTE1ZGIwNjJiN2MwZGQwMzBiMTY4NzhjOTlkZWE1YzM1NGI0OWRjMzdiMzhlYjg4NDYxNzljNzc\
    4M2U5ZDciLCJwYXlsb2FkX2hhc2giOiJkZmZkNjAyMWJiMmJkNWIwYWY2NzYyOTA4MDllYzNhNTMxOTFkZDgxYzd\
    mNzBhNGIyODY4OGEzNjIxODI5ODZmIn0.bHfsjj3tljfzTufoG3EU3p_yFrQh9CufyzRSaRMd4ss";
const TOKEN_6: &str = "\
    eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJNZXNzYWdlQmlyZCIsIm5iZiI6MTYyNTQ3OTIwMCw\
    iZXhwIjoxNjI1NDc5MjYwLCJqdGkiOiI1OWEyNDRkYy1lOWFkLTRlMjMtOTc3OC0zNzFmYWEyMzhmNzIiLCJ1cmx\
    faGFzaCI6IjA3Zjc4NjFhNjliMTNjMjI5YzZhZTU5NmQxOThiMjc2M2IwNTRjZjVlMDAwZDczNmQxYzQ4MTAyZDc\
    3MGNmZmMifQ.vcpa0IicGAbpo064dOjiA2VbVOR2S5uZBEaBOP16sS8";
const TOKEN_7: &str = "\
    eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJNZXNzYWdlQmlyZCIsIm5iZiI6MTYyNTQ3OTIwMCw\
    iZXhwIjoxNjI1NDc5MjYwLCJqdGkiOiI1OWEyNDRkYy1lOWFkLTRlMjMtOTc3OC0zNzFmYWEyMzhmNzIiLCJ1cmx\
    faGFzaCI6IjhhZmYzNzQ4ZDc4OWM0MzMzNTczZTFjMzFmZTViMDA0OTQwY2I1ZmM0NzQ2MGVkM2QwZTY1NGY3ZmM\
    0ZTVmYWUifQ.mJBCMfEjKmN3IMuzqPXPHktWETrcu0iNdF3agE8PDyI";
const TOKEN_8: &str = "\
    eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJNZXNzYWdlQmlyZCIsIm5iZiI6MTYyNTQ3OTIwMCw\
    iZXhwIjoxNjI1NDc5MjYwLCJqdGkiOiI1OWEyNDRkYy1lOWFkLTRlMjMtOTc3OC0zNzFmYWEyMzhmNzIiLCJ1cmx\
    faGFzaCI6IjBmMTE1ZGIwNjJiN2MwZGQwMzBiMTY4NzhjOTlkZWE1YzM1NGI0OWRjMzdiMzhlYjg4NDYxNzljNzc\
    4M2U5ZDciLCJwYXlsb2FkX2hhc2giOiIyNDMxYmQ5Y2NiNDhlZDAxNmZhZDU2N2IwNzcxMjAzOGI1Y2RkOTQ5YWM\
    5ZDQxZmU0NjkzZDVhMzg0NWNmN2U4In0.IQiKzeEPaO3A48lhKmBDSmxZyCESPCGxdSKFdi0dEJs";
const TOKEN_9: &str = "\
    eyJhbGciOiJIUzM4NCIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJNZXNzYWdlQmlyZCIsIm5iZiI6MTYyNTQ3OTIwMCw\
    iZXhwIjoxNjI1NDc5MjYwLCJqdGkiOiI1OWEyNDRkYy1lOWFkLTRlMjMtOTc3OC0zNzFmYWEyMzhmNzIiLCJ1cmx\
    faGFzaCI6IjBmMTE1ZGIwNjJiN2MwZGQwMzBiMTY4NzhjOTlkZWE1YzM1NGI0OWRjMzdiMzhlYjg4NDYxNzljNzc\
    4M2U5ZDcifQ.KNMW-29X77lZeuPmThmHWc_RUAvTkaDkpxIZK6mqE08v8mWKiU9Edh4QXwAJO2nv";

type Case = (&'static str, &'static str, &'static str, &'static str, Result<(), RejectionKind>);

/// Name, URL, body, token. The last row is valid for its SDK, which takes whatever algorithm the
/// token names; here it is pinned.
const CASES: [Case; 19] = [
    (
        "Valid JWT with no URL parameters or payload - DELETE",
        "https://example.com/",
        "",
        TOKEN_1,
        Ok(()),
    ),
    (
        "Valid JWT with no URL parameters or payload - GET",
        "https://example.com/",
        "",
        TOKEN_1,
        Ok(()),
    ),
    (
        "Valid JWT with no URL parameters or payload - POST",
        "https://example.com/",
        "",
        TOKEN_1,
        Ok(()),
    ),
    (
        "Valid JWT with URL parameters and no payload - GET",
        "https://example.com/path?bar=1&foo=2",
        "",
        TOKEN_2,
        Ok(()),
    ),
    (
        "Valid JWT with URL parameters and no payload - PATCH",
        "https://example.com/path?bar=1&foo=2",
        "",
        TOKEN_2,
        Ok(()),
    ),
    (
        "Valid JWT with URL parameters and payload - DELETE",
        "https://example.com/path?bar=1&foo=2",
        "Hello, World!",
        TOKEN_3,
        Ok(()),
    ),
    (
        "Valid JWT with URL parameters and payload - POST",
        "https://example.com/path?bar=1&foo=2",
        "Hello, World!",
        TOKEN_3,
        Ok(()),
    ),
    (
        "Valid JWT with URL parameters and payload - PUT",
        "https://example.com/path?bar=1&foo=2",
        "Hello, World!",
        TOKEN_3,
        Ok(()),
    ),
    (
        "Token received after it was expired - GET",
        "https://example.com/",
        "",
        TOKEN_4,
        Err(RejectionKind::StaleTimestamp),
    ),
    (
        "payload was removed in transit - PATCH",
        "https://example.com/",
        "",
        TOKEN_5,
        Err(RejectionKind::SignatureMismatch),
    ),
    (
        "payload was removed in transit - POST",
        "https://example.com/",
        "",
        TOKEN_5,
        Err(RejectionKind::SignatureMismatch),
    ),
    (
        "payload was removed in transit - PUT",
        "https://example.com/",
        "",
        TOKEN_5,
        Err(RejectionKind::SignatureMismatch),
    ),
    (
        "payload was added in transit - DELETE",
        "https://example.com/",
        "Hello, World!",
        TOKEN_1,
        Err(RejectionKind::SignedContent),
    ),
    ("Port number in URL - GET", "https://example.com:8080/", "", TOKEN_6, Ok(())),
    (
        "Special characters in URL - GET",
        "https://example.com/?obj%5Bfield1%5D=val1&obj%5Bfield2%5D=val2&param=value+with+spaces",
        "",
        TOKEN_7,
        Ok(()),
    ),
    (
        "Special characters in the payload - GET",
        "https://example.com/",
        "Some text containg & < >, & and \\u0026",
        TOKEN_8,
        Ok(()),
    ),
    (
        "Special characters in the payload - POST",
        "https://example.com/",
        "Some text containg & < >, & and \\u0026",
        TOKEN_8,
        Ok(()),
    ),
    (
        "Special characters in the payload - PUT",
        "https://example.com/",
        "Some text containg & < >, & and \\u0026",
        TOKEN_8,
        Ok(()),
    ),
    (
        "HS384 alg - GET",
        "https://example.com/",
        "",
        TOKEN_9,
        Err(RejectionKind::UnsupportedAlgorithm),
    ),
];

#[test]
fn every_published_row_gets_its_verdict() {
    const RULES: ClaimRules<'_> = ClaimRules::new()
        .issuer("MessageBird")
        .leeway(1)
        .not_before(Presence::Required)
        .body(BodyHash::new("payload_hash", HashEncoding::Hex).absent(Absent::EmptyBody))
        .url_hash("url_hash")
        .required(&[RequiredClaim::new("jti", ClaimValue::SomeText)]);
    let checks = ClaimChecks::from(&RULES);
    let key = JwtKey::parse(KEY.as_bytes(), JwtAlgorithm::Hs256).unwrap();
    for (name, url, body, token, want) in CASES {
        let verdict = key.verify(token.as_bytes(), LONGEST).and_then(|claims| {
            let now = UnixTime::from_secs(NOW);
            let request = Request { now, body: body.as_bytes(), url: Some(url) };
            checks.check(&claims, request)
        });
        assert_eq!(verdict.map(|proof| assert!(proof.covers_body)), want, "{name}");
    }
}
