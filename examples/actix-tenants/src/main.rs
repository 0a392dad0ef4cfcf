//! Many tenants at one endpoint in actix-web, each with a secret of its own that is looked up per
//! request.
//!
//! The last part of the path names the tenant, and `TENANTS_DIR` holds one file for each, with the
//! secret in it, as secrets are mounted into containers. A database takes the same place: no row
//! is `Ok(None)`, an error is `Unavailable`.
//!
//! ```sh
//! mkdir -p /tmp/tenants && echo 'the secret of Acme' > /tmp/tenants/acme
//! TENANTS_DIR=/tmp/tenants cargo run -p actix-tenants
//! ```
//!
//! In another terminal: a tenant that is known (200), one that is not (400, like any wrong
//! signature), and one whose secret cannot be looked up (503, so that the provider tries again).
//!
//! ```sh
//! deliver() {
//!     BODY='{"event":"meetingCancelled","data":{"uuid":"m-1"}}'
//!     SIGNATURE=$(printf %s "$BODY" | openssl dgst -sha256 -hmac "$2" -binary | base64)
//!     curl -i "127.0.0.1:3000/hooks/harmonizely/$1" -H "webhook-signature: $SIGNATURE" \
//!         --data-binary "$BODY"
//! }
//! deliver acme 'the secret of Acme'
//! deliver nobody 'the secret of Acme'
//! mkdir -p /tmp/tenants/broken && deliver broken 'the secret of Acme'
//! ```
//!
//! What is read is used for 30 seconds, so that not each delivery reads a file. To rotate a secret,
//! copy its file to `acme.previous` and write the new one: both are accepted until the former is
//! deleted. A tenant that is added is known 10 seconds later at the latest, and a secret that is
//! deleted stops after 30; both at once when the server is told:
//!
//! ```sh
//! pkill -HUP -x actix-tenants
//! ```

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use actix_web::middleware::Logger;
use actix_web::web::{self, ServiceConfig};
use actix_web::{App, HttpResponse, HttpServer};
use hookgate::harmonizely::{Event, Harmonizely};
use hookgate::ports::{SecretQuery, SecretSource, Unavailable};
use hookgate::{BuildError, Delivery, Endpoint, RequestHead, Secrets};
use hookgate_actix::{Webhook, webhook};
use hookgate_cache::CachedSecrets;

const ADDRESS: &str = "127.0.0.1:3000";

/// How long a secret that was revoked is still accepted, unless the server is told.
const FRESH: Duration = Duration::from_secs(30);

#[actix_web::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().init();
    match serve().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the server cannot run");
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> Result<(), Box<dyn Error>> {
    let dir = std::env::var_os("TENANTS_DIR")
        .ok_or("TENANTS_DIR is not set: put the directory of the tenants' secrets into it")?;
    let dir = PathBuf::from(dir);
    // Else every tenant would be unknown, and every delivery a wrong signature.
    std::fs::read_dir(&dir).map_err(|error| format!("cannot read {}: {error}", dir.display()))?;
    // Built once: its clones in the workers share the source and the bytes in flight.
    let secrets = cached(dir);
    actix_web::rt::spawn(reread(secrets.clone()));
    let endpoint = endpoint(secrets)?;
    let server = HttpServer::new(move || {
        let endpoint = endpoint.clone();
        App::new().wrap(Logger::default()).configure(|config| app(config, endpoint))
    });
    let server = server.bind(ADDRESS)?;
    tracing::info!("listening on {ADDRESS}");
    // Ctrl-C and SIGTERM are actix-web's own affair: what is being worked on is answered first.
    server.run().await?;
    Ok(())
}

fn endpoint(source: impl SecretSource) -> Result<Endpoint<Harmonizely>, BuildError> {
    Endpoint::builder(Harmonizely)
        .secrets_from(tenant_of, source)
        // Also bounds the look-up: one that takes longer is answered 503.
        .body_deadline(Duration::from_secs(10))
        .build()
}

fn app(config: &mut ServiceConfig, endpoint: Endpoint<Harmonizely>) {
    let hook = web::resource("/hooks/harmonizely/{tenant}").route(webhook(endpoint, on_meeting));
    config.service(hook);
}

/// The tenant that the request names. It is the sender's word, and goes into a file's name: what
/// is not a plain word is no tenant.
fn tenant_of(head: &dyn RequestHead) -> Option<Arc<str>> {
    let name = head.path().strip_prefix("/hooks/harmonizely/")?;
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    ((1..=64).contains(&name.len()) && name.bytes().all(plain)).then(|| name.into())
}

/// Each tenant's secrets are read once in a while, and only once by those who ask at the same time.
/// A tenant that nobody knows is remembered too, apart, so that made-up ones push nobody out.
fn cached(dir: PathBuf) -> CachedSecrets<Directory> {
    CachedSecrets::new(Directory(dir)).fresh_for(FRESH)
}

/// Forgets all secrets at SIGHUP: from the next delivery on, what the files say is right.
async fn reread(secrets: CachedSecrets<Directory>) {
    #[cfg(unix)]
    {
        use actix_web::rt::signal::unix::{SignalKind, signal};
        let Ok(mut told) = signal(SignalKind::hangup()) else { return };
        while told.recv().await.is_some() {
            secrets.invalidate_all();
            tracing::info!("all secrets are read anew");
        }
    }
    #[cfg(not(unix))]
    drop(secrets);
}

/// The tenants' secrets, each in a file of the tenant's name.
struct Directory(PathBuf);

impl SecretSource for Directory {
    async fn secrets(&self, query: SecretQuery) -> Result<Option<Secrets>, Unavailable> {
        let file = self.0.join(&*query.tenant);
        // Files block, so they are read on a thread that may.
        match web::block(move || Secrets::from_file(file)).await.map_err(Unavailable::new)? {
            Ok(secrets) => Ok(Some(secrets)),
            // Nobody of that name. To the sender it looks like a wrong signature, and takes as
            // long, so nobody can find out who is known.
            Err(error) if error.is_not_found() => Ok(None),
            // It may well exist: never say "unknown" here, or the provider gives the delivery up.
            // The cause is logged.
            Err(error) => Err(Unavailable::new(error)),
        }
    }
}

/// The tenant in the delivery is proved by the secret that matched. The one in the path is not:
/// take it from here, never from an extractor.
async fn on_meeting(Webhook(delivery): Webhook<Delivery>, event: Event) -> HttpResponse {
    // Endpoints with a secret source always have one.
    let Some(tenant) = delivery.tenant() else {
        return HttpResponse::InternalServerError().finish();
    };
    tracing::info!(tenant, event = event.name(), "received");
    HttpResponse::Ok().body(format!("taken for {tenant}\n"))
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use actix_web::test::{TestRequest, call_service, init_service, read_body};
    use hookgate::sign::{samples, sign};
    use hookgate::{Rejection, RejectionKind};

    use super::*;

    /// Two tenants, one with an empty secret and one whose secret cannot be read.
    struct Tenants(PathBuf);

    impl Tenants {
        fn new(test: &str) -> Self {
            let name = format!("hookgate-actix-tenants-{test}-{}", std::process::id());
            let dir = std::env::temp_dir().join(name);
            std::fs::create_dir_all(dir.join("broken")).unwrap();
            for (name, secret) in [("acme", "of Acme\n"), ("globex", "of Globex"), ("empty", "\n")]
            {
                std::fs::write(dir.join(name), secret).unwrap();
            }
            Self(dir)
        }

        fn endpoint(&self) -> Endpoint<Harmonizely> {
            endpoint(Directory(self.0.clone())).unwrap()
        }
    }

    impl Drop for Tenants {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    struct Answer {
        status: u16,
        headers: Vec<(String, String)>,
        body: String,
        reason: Option<RejectionKind>,
    }

    async fn deliver(endpoint: Endpoint<Harmonizely>, tenant: &str, secret: &str) -> Answer {
        let message = samples::harmonizely(format!("/hooks/harmonizely/{tenant}"));
        let signed = sign(&Harmonizely, secret, message).unwrap();
        let mut request = TestRequest::post().uri(signed.target());
        for (name, value) in signed.headers() {
            request = request.append_header((&**name, &**value));
        }
        let request = request.set_payload(signed.body().clone()).to_request();

        let app = init_service(App::new().configure(|config| app(config, endpoint))).await;
        let response = call_service(&app, request).await;
        let headers = response.headers().iter();
        let mut headers: Vec<_> = headers
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        headers.sort();
        let status = response.status().as_u16();
        let reason = response.response().extensions().get().map(Rejection::kind);
        let body = String::from_utf8(read_body(response).await.into()).unwrap();
        Answer { status, headers, body, reason }
    }

    #[actix_web::test]
    async fn a_known_tenant_is_the_one_whose_secret_matched() {
        let tenants = Tenants::new("known");
        for (tenant, secret) in [("acme", "of Acme"), ("globex", "of Globex")] {
            let answer = deliver(tenants.endpoint(), tenant, secret).await;
            assert_eq!((answer.status, answer.body), (200, format!("taken for {tenant}\n")));
        }
        let another = deliver(tenants.endpoint(), "acme", "of Globex").await;
        assert_eq!(another.status, 400);
        assert_eq!(another.reason, Some(RejectionKind::SignatureMismatch));
    }

    #[actix_web::test]
    async fn an_unknown_tenant_looks_like_a_wrong_signature() {
        let tenants = Tenants::new("unknown");
        let wrong = deliver(tenants.endpoint(), "acme", "a wrong secret").await;
        for name in ["nobody", "ACME", "acme.previous", "..", "..%2facme", "%2e%2e"] {
            let unknown = deliver(tenants.endpoint(), name, "of Acme").await;
            assert_eq!(unknown.reason, Some(RejectionKind::UnknownTenant), "{name}");
            assert_eq!((unknown.status, &unknown.body), (400, &wrong.body), "{name}");
            assert_eq!(unknown.headers, wrong.headers, "{name}");
        }
    }

    #[actix_web::test]
    async fn a_look_up_that_fails_is_ours_to_mend_and_tried_again() {
        let tenants = Tenants::new("fails");
        for name in ["broken", "empty"] {
            let answer = deliver(tenants.endpoint(), name, "of Acme").await;
            assert_eq!(answer.status, 503, "{name}");
            assert_eq!(answer.reason, Some(RejectionKind::SecretsUnavailable), "{name}");
            assert!(answer.headers.iter().any(|(name, _)| name == "retry-after"), "{name}");
        }
    }

    #[actix_web::test]
    async fn both_secrets_of_a_tenant_are_accepted_during_a_rotation() {
        let tenants = Tenants::new("rotation");
        let (new, old) = (tenants.0.join("acme"), tenants.0.join("acme.previous"));
        std::fs::copy(&new, &old).unwrap();
        std::fs::write(&new, "the new one\n").unwrap();
        let endpoint = tenants.endpoint();
        for secret in ["of Acme", "the new one"] {
            assert_eq!(deliver(endpoint.clone(), "acme", secret).await.status, 200);
        }
        std::fs::remove_file(old).unwrap();
        assert_eq!(deliver(endpoint.clone(), "acme", "of Acme").await.status, 400);
        assert_eq!(deliver(endpoint, "acme", "the new one").await.status, 200);
    }

    #[actix_web::test]
    async fn a_look_up_that_hangs_is_given_up() {
        let source = |_: SecretQuery| pending::<Result<Option<Secrets>, Unavailable>>();
        let endpoint = Endpoint::builder(Harmonizely).secrets_from(tenant_of, source);
        let endpoint = endpoint.body_deadline(Duration::from_millis(1)).build().unwrap();
        let answer = deliver(endpoint, "acme", "of Acme").await;
        assert_eq!(answer.status, 503);
        assert_eq!(answer.reason, Some(RejectionKind::SecretsUnavailable));
    }

    #[actix_web::test]
    async fn a_tenant_that_is_added_is_known_at_once() {
        let tenants = Tenants::new("added");
        let endpoint = tenants.endpoint();
        assert_eq!(deliver(endpoint.clone(), "initech", "of Initech").await.status, 400);
        std::fs::write(tenants.0.join("initech"), "of Initech").unwrap();
        assert_eq!(deliver(endpoint, "initech", "of Initech").await.status, 200);
    }

    #[actix_web::test]
    async fn a_secret_that_is_revoked_stops_when_the_server_is_told() {
        let tenants = Tenants::new("revoked");
        // Time stands still: nothing grows old by itself.
        let now = std::time::Instant::now();
        let secrets = cached(tenants.0.clone()).clock(move || now);
        let endpoint = endpoint(secrets.clone()).unwrap();
        assert_eq!(deliver(endpoint.clone(), "acme", "of Acme").await.status, 200);
        std::fs::write(tenants.0.join("acme"), "the new one\n").unwrap();
        assert_eq!(deliver(endpoint.clone(), "acme", "of Acme").await.status, 200);
        secrets.invalidate_all();
        assert_eq!(deliver(endpoint.clone(), "acme", "of Acme").await.status, 400);
        assert_eq!(deliver(endpoint, "acme", "the new one").await.status, 200);
    }
}
