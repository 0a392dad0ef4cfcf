//! A key source: the certificates of AWS SNS, fetched with an HTTP client.
//!
//! Each message names the address of the certificate that it was signed with. The gate holds the
//! address against those of SNS before it asks, so what is left for the source is to fetch it
//! carefully: over HTTPS, without redirects, in a bounded time and size. PayPal's certificates are
//! fetched in the same way: `PayPal::live(..)` in place of `Sns::version2(..)`.
//!
//! ```sh
//! TOPIC_ARN=arn:aws:sns:eu-central-1:123456789012:orders cargo run -p key-source
//! ```
//!
//! In another terminal: an address that only looks like one of SNS (400, and nobody is asked), and
//! one where SNS has no certificate (400 once SNS has said so).
//!
//! ```sh
//! deliver() {
//!     curl -i 127.0.0.1:3000/hooks/sns -H 'content-type: text/plain' --data-binary '{
//!         "Type": "Notification", "MessageId": "m-1", "Message": "Hello",
//!         "TopicArn": "arn:aws:sns:eu-central-1:123456789012:orders",
//!         "Timestamp": "2026-11-22T10:00:00.000Z", "SignatureVersion": "2",
//!         "Signature": "AAAA", "SigningCertURL": "'"$1"'"}'
//! }
//! deliver https://sns.eu-central-1.amazonaws.com.evil.example/x.pem
//! deliver https://sns.eu-central-1.amazonaws.com/no-such-certificate.pem
//! ```
//!
//! A real one needs a topic of yours and an address that AWS can reach. Set the topic to version 2,
//! subscribe the address, and visit what the server then logs:
//!
//! ```sh
//! aws sns set-topic-attributes --topic-arn "$TOPIC_ARN" \
//!     --attribute-name SignatureVersion --attribute-value 2
//! aws sns subscribe --topic-arn "$TOPIC_ARN" --protocol https \
//!     --notification-endpoint https://example.com/hooks/sns
//! aws sns publish --topic-arn "$TOPIC_ARN" --message Hello
//! ```
//!
//! A certificate is used for months, so a cache stands in front, which is a key source itself. It
//! also bounds how often SNS is asked for addresses that senders make up.

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use hookgate::ports::{Key, KeyQuery, KeySource, Unavailable};
use hookgate::sns::{Event, Sns};
use hookgate::{BuildError, Endpoint};
use hookgate_axum::webhook;
use hookgate_cache::CachedKeys;
use reqwest::{Client, ClientBuilder, redirect};

const ADDRESS: &str = "127.0.0.1:3000";

/// A chain of certificates has a few thousand bytes.
const LARGEST: usize = 64 * 1024;

#[tokio::main]
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
    let topic = std::env::var("TOPIC_ARN")
        .map_err(|_| "TOPIC_ARN is not set: put the ARN of the topic into it")?;
    let certificates = Certificates(careful(Client::builder()).build()?);
    let app = app(topic, cached(certificates))?;
    let listener = tokio::net::TcpListener::bind(ADDRESS).await?;
    tracing::info!("listening on {ADDRESS}");
    axum::serve(listener, app).with_graceful_shutdown(stopped()).await?;
    Ok(())
}

fn app(topic: String, certificates: impl KeySource) -> Result<Router, BuildError> {
    let endpoint = Endpoint::builder(Sns::version2([topic]))
        .keys_from(certificates)
        // Bounds the look-up as well. SNS waits 15 seconds for an answer.
        .body_deadline(Duration::from_secs(10))
        .build()?;
    Ok(Router::new().route("/hooks/sns", webhook(endpoint, on_message)))
}

/// Asks for a certificate once an hour. While SNS cannot be asked, the one that is known goes on;
/// it is held against the clock for each message all the same.
fn cached(certificates: Certificates) -> CachedKeys<Certificates> {
    CachedKeys::new(certificates)
        .capacity(64)
        .fresh_for(Duration::from_secs(60 * 60))
        .stale_for(Duration::from_secs(6 * 60 * 60))
}

/// A client that goes to the address that it was given and nowhere else.
fn careful(client: ClientBuilder) -> ClientBuilder {
    client
        .https_only(true)
        // A redirect could lead to any host, also to one inside.
        .redirect(redirect::Policy::none())
        .connect_timeout(Duration::from_secs(2))
        .timeout(Duration::from_secs(5))
}

/// Fetches certificates.
struct Certificates(Client);

impl KeySource for Certificates {
    async fn key(&self, query: KeyQuery) -> Result<Option<Key>, Unavailable> {
        let mut answer = self.0.get(&*query.key_id).send().await.map_err(Unavailable::new)?;
        match answer.status().as_u16() {
            200 => {}
            // There is no such certificate: to the sender, a wrong signature.
            403 | 404 | 410 => return Ok(None),
            // Anything else says nothing about it, so the message is asked for again.
            status => return Err(Unavailable::new(format!("the answer was {status}"))),
        }
        let mut pem = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(Unavailable::new)? {
            pem.extend_from_slice(&chunk);
            // The declared length is the server's word, so what comes is counted.
            if pem.len() > LARGEST {
                return Err(Unavailable::new("the answer is larger than a certificate"));
            }
        }
        Ok(Some(Key::public(pem)))
    }
}

async fn on_message(event: Event) -> StatusCode {
    match event {
        Event::Notification(note) => tracing::info!(id = note.message_id, "received"),
        // Signed, and for a topic of ours; still somebody decides to go there.
        Event::SubscriptionConfirmation(ask) => {
            tracing::warn!(topic = ask.topic_arn, visit = ask.subscribe_url, "to be confirmed");
        }
        Event::UnsubscribeConfirmation(ask) => {
            tracing::warn!(topic = ask.topic_arn, "the subscription is over");
        }
        _ => {}
    }
    StatusCode::NO_CONTENT
}

/// Ctrl-C, or SIGTERM, by which service managers stop a server: what is being worked on is answered
/// first.
async fn stopped() {
    #[cfg(unix)]
    let terminated = async {
        use tokio::signal::unix::{SignalKind, signal};
        signal(SignalKind::terminate()).ok()?.recv().await
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<Option<()>>();
    tokio::select! {
        Ok(()) = tokio::signal::ctrl_c() => {}
        Some(()) = terminated => {}
        // Without signal handlers the server runs until it is killed.
        else => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use axum::body::Body;
    use hookgate::sign::{Message, sign};
    use hookgate::{Rejection, RejectionKind, UnixTime};
    use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, RsaKeySize};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio_rustls::TlsAcceptor;
    use tokio_rustls::rustls::ServerConfig;
    use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
    use tower::ServiceExt;

    use super::*;

    const TOPIC: &str = "arn:aws:sns:eu-central-1:123456789012:orders";
    const HOST: &str = "sns.eu-central-1.amazonaws.com";

    /// Stands in for SNS on this machine: answers every request with the same bytes.
    struct StandIn {
        address: SocketAddr,
        certificate: CertificateDer<'static>,
        asked: Arc<AtomicUsize>,
    }

    impl StandIn {
        async fn answering(answer: Vec<u8>) -> Self {
            let own = rcgen::generate_simple_self_signed([HOST.to_owned()]).unwrap();
            let certificate = own.cert.der().clone();
            let key = PrivateKeyDer::try_from(own.signing_key.serialize_der()).unwrap();
            let config = ServerConfig::builder()
                .with_no_client_auth()
                .with_single_cert(vec![certificate.clone()], key)
                .unwrap();
            let acceptor = TlsAcceptor::from(Arc::new(config));
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let asked = Arc::new(AtomicUsize::new(0));
            let count = Arc::clone(&asked);
            tokio::spawn(async move {
                while let Ok((stream, _)) = listener.accept().await {
                    count.fetch_add(1, Ordering::Relaxed);
                    let Ok(mut stream) = acceptor.accept(stream).await else { continue };
                    let _ = stream.read(&mut [0; 4096]).await;
                    let _ = stream.write_all(&answer).await;
                    let _ = stream.shutdown().await;
                }
            });
            Self { address, certificate, asked }
        }

        async fn saying(status: &str, body: &str) -> Self {
            let length = body.len();
            let head = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n");
            Self::answering(format!("{head}connection: close\r\n\r\n{body}").into_bytes()).await
        }

        /// The server, asking here where it would ask SNS.
        fn app(&self) -> Router {
            let trusted = reqwest::Certificate::from_der(&self.certificate).unwrap();
            let client = careful(Client::builder())
                .tls_certs_only([trusted])
                .resolve(HOST, self.address)
                .build();
            app(TOPIC.into(), cached(Certificates(client.unwrap()))).unwrap()
        }

        fn asked(&self) -> usize {
            self.asked.load(Ordering::Relaxed)
        }
    }

    /// The key that SNS has in these tests, and its certificate.
    struct Signer {
        private: String,
        certificate: String,
    }

    impl Signer {
        fn new() -> Self {
            let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
            let params = CertificateParams::new(["sns.amazonaws.com".to_owned()]).unwrap();
            let certificate = params.self_signed(&key).unwrap().pem();
            Self { private: key.serialize_pem(), certificate }
        }

        async fn deliver(&self, app: Router, certificate: &str) -> (u16, Option<RejectionKind>) {
            let signed_with = certificate_at("SimpleNotificationService-0.pem");
            let message = Message::post("/hooks/sns", r#"{"Message":"Hello"}"#);
            let message = message.at(now()).key_id(&*signed_with);
            let request = sign(&Sns::version2([TOPIC]), &*self.private, message).unwrap();
            // The address is not signed: anyone can put another one there.
            let body = String::from_utf8(request.body().to_vec()).unwrap();
            assert!(body.contains(&signed_with));
            let request = request.with_body(body.replace(&signed_with, certificate));
            let answer = app.oneshot(request.into_http::<Body>().unwrap()).await.unwrap();
            (answer.status().as_u16(), answer.extensions().get().map(Rejection::kind))
        }
    }

    fn now() -> UnixTime {
        let since = std::time::UNIX_EPOCH.elapsed().unwrap();
        UnixTime::from_secs(since.as_secs().try_into().unwrap())
    }

    fn certificate_at(path: &str) -> String {
        format!("https://{HOST}/{path}")
    }

    #[tokio::test]
    async fn a_message_is_held_against_the_certificate_that_it_names() {
        let signer = Signer::new();
        let sns = StandIn::saying("200 OK", &signer.certificate).await;
        let address = certificate_at("SimpleNotificationService-0.pem");
        let app = sns.app();
        for _ in 0..3 {
            assert_eq!(signer.deliver(app.clone(), &address).await, (204, None));
        }
        assert_eq!(sns.asked(), 1, "the certificate is remembered");
        let forged = Signer::new().deliver(sns.app(), &address).await;
        assert_eq!(forged, (400, Some(RejectionKind::SignatureMismatch)));
    }

    #[tokio::test]
    async fn nobody_is_asked_for_an_address_of_others() {
        let signer = Signer::new();
        let sns = StandIn::saying("200 OK", &signer.certificate).await;
        for address in [
            format!("https://{HOST}.evil.example/x.pem"),
            format!("https://{HOST}@evil.example/x.pem"),
            format!("http://{HOST}/x.pem"),
            format!("https://{HOST}:{}/x.pem", sns.address.port()),
            format!("https://127.0.0.1:{}/x.pem", sns.address.port()),
        ] {
            let answer = signer.deliver(sns.app(), &address).await;
            assert_eq!(answer, (400, Some(RejectionKind::SignedContent)), "{address}");
        }
        assert_eq!(sns.asked(), 0);
    }

    #[tokio::test]
    async fn a_certificate_that_is_not_there_is_a_wrong_signature() {
        let sns = StandIn::saying("404 Not Found", "").await;
        let answer = Signer::new().deliver(sns.app(), &certificate_at("gone.pem")).await;
        assert_eq!(answer, (400, Some(RejectionKind::UnknownKey)));
    }

    #[tokio::test]
    async fn what_says_nothing_of_the_certificate_is_tried_again() {
        let signer = Signer::new();
        let elsewhere = format!("location: https://{HOST}/SimpleNotificationService-1.pem\r\n");
        let redirect = format!("HTTP/1.1 302 Found\r\n{elsewhere}content-length: 0\r\n\r\n");
        let endless = "HTTP/1.1 200 OK\r\n\r\n".to_owned() + &"-".repeat(LARGEST + 1);
        for (answer, what) in [
            (redirect, "a redirect"),
            (endless, "too much"),
            ("HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n".into(), "a failure"),
            ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nno".into(), "no certificate"),
            ("HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\nhalf".into(), "half of one"),
        ] {
            let sns = StandIn::answering(answer.into_bytes()).await;
            let answer = signer.deliver(sns.app(), &certificate_at("x.pem")).await;
            assert_eq!(answer, (503, Some(RejectionKind::KeysUnavailable)), "{what}");
            assert_eq!(sns.asked(), 1, "{what}");
        }
    }

    #[tokio::test]
    async fn another_server_with_the_name_is_not_believed() {
        let signer = Signer::new();
        let sns = StandIn::saying("200 OK", &signer.certificate).await;
        let other = StandIn { address: sns.address, ..StandIn::saying("200 OK", "").await };
        let answer = signer.deliver(other.app(), &certificate_at("x.pem")).await;
        assert_eq!(answer, (503, Some(RejectionKind::KeysUnavailable)));
    }
}
