//! An actix-web application with a health check, a JSON API and a log gains a webhook.
//!
//! What was there before is in `existing`, and is not touched. What is new are two lines (marked),
//! and the handler `on_meeting`, which shares the application's state.
//!
//! ```sh
//! HARMONIZELY_SECRET='the secret of the webhook' cargo run -p actix-existing-app
//! ```
//!
//! In another terminal: a meeting through the API, one through the webhook, and both together.
//!
//! ```sh
//! curl -i 127.0.0.1:3000/health
//! curl -i 127.0.0.1:3000/api/meetings --json '{"id":"m-1","at":"2026-11-23T09:00:00Z"}'
//! BODY='{"event":"meetingScheduled","data":{"uuid":"m-2","scheduled_at":"2026-11-24T09:00:00Z"}}'
//! SIGNATURE=$(printf %s "$BODY" |
//!     openssl dgst -sha256 -hmac 'the secret of the webhook' -binary | base64)
//! curl -i 127.0.0.1:3000/hooks/harmonizely -H "webhook-signature: $SIGNATURE" \
//!     --data-binary "$BODY"
//! curl -i 127.0.0.1:3000/api/meetings
//! ```

use std::collections::BTreeMap;
use std::error::Error;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actix_web::middleware::Logger;
use actix_web::web::{self, Data, Json, ServiceConfig};
use actix_web::{App, HttpResponse, HttpServer};
use hookgate::harmonizely::{Event, Harmonizely};
use hookgate::{Endpoint, Secrets};
use hookgate_actix::webhook;
use serde::{Deserialize, Serialize};

const ADDRESS: &str = "127.0.0.1:3000";

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
    let meetings = Meetings::default();
    let secrets = Secrets::from_env("HARMONIZELY_SECRET")?;
    // New, 1 of 2: the gate. Built once: its clones in the workers share the secrets and the bytes
    // in flight.
    let endpoint = Endpoint::builder(Harmonizely).secrets(secrets).build()?;
    let server = HttpServer::new(move || {
        let (meetings, endpoint) = (meetings.clone(), endpoint.clone());
        App::new().wrap(Logger::default()).configure(|config| app(config, meetings, endpoint))
    });
    let server = server.bind(ADDRESS)?;
    tracing::info!("listening on {ADDRESS}");
    // Ctrl-C and SIGTERM are actix-web's own affair: what is being worked on is answered first.
    server.run().await?;
    Ok(())
}

/// The application with its webhook.
fn app(config: &mut ServiceConfig, meetings: Meetings, endpoint: Endpoint<Harmonizely>) {
    existing(config, meetings);
    // New, 2 of 2: the route. It asks nothing of the others.
    config.service(web::resource("/hooks/harmonizely").route(webhook(endpoint, on_meeting)));
}

/// New: the handler. Only verified events come here; the state is the application's own.
async fn on_meeting(meetings: Data<Meetings>, event: Event) -> HttpResponse {
    match event {
        Event::MeetingScheduled(notice) | Event::MeetingRescheduled(notice) => {
            let (Some(id), Some(at)) = (notice.data.uuid, notice.data.scheduled_at) else {
                // Sent again, it would lack the same: take it, and tell someone.
                tracing::warn!("a meeting without an id or a time");
                return HttpResponse::Ok().finish();
            };
            // The provider sends again what it got no answer for, so the same event may come
            // twice: this gives the same result each time.
            meetings.all().insert(id, at);
        }
        Event::MeetingCancelled(notice) => {
            if let Some(id) = notice.data.uuid {
                meetings.all().remove(&id);
            }
        }
        other => tracing::warn!(event = other.name(), "not handled"),
    }
    HttpResponse::Ok().finish()
}

/// The application as it was.
fn existing(config: &mut ServiceConfig, meetings: Meetings) {
    let api = web::resource("/api/meetings").get(list).post(add);
    config
        .app_data(Data::new(meetings))
        .route("/health", web::get().to(async || "fine"))
        .service(api);
}

/// The meetings, by their id. In your application this is the database.
#[derive(Clone, Default)]
struct Meetings(Arc<Mutex<BTreeMap<String, String>>>);

impl Meetings {
    fn all(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        // Each use is one call on the map, so a panic elsewhere left it whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Deserialize, Serialize)]
struct Meeting {
    id: String,
    at: String,
}

async fn list(meetings: Data<Meetings>) -> Json<Vec<Meeting>> {
    let all = meetings.all();
    Json(all.iter().map(|(id, at)| Meeting { id: id.clone(), at: at.clone() }).collect())
}

async fn add(meetings: Data<Meetings>, Json(meeting): Json<Meeting>) -> HttpResponse {
    meetings.all().insert(meeting.id, meeting.at);
    HttpResponse::Created().finish()
}

#[cfg(test)]
mod tests {
    use actix_web::body::MessageBody;
    use actix_web::dev::{Service, ServiceResponse};
    use actix_web::http::Method;
    use actix_web::http::header::HeaderMap;
    use actix_web::test::{TestRequest, call_service, init_service, read_body};
    use hookgate::sign::{Message, SignedRequest, sign};
    use hookgate::testing::sign_for;

    use super::*;

    fn endpoint() -> Endpoint<Harmonizely> {
        Endpoint::builder(Harmonizely).secret("the secret of the webhook").build().unwrap()
    }

    async fn answer<S, R, B>(app: &S, request: R) -> (u16, HeaderMap, String)
    where
        S: Service<R, Response = ServiceResponse<B>, Error = actix_web::Error>,
        B: MessageBody,
    {
        let response = call_service(app, request).await;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        (status, headers, String::from_utf8(read_body(response).await.into()).unwrap())
    }

    fn request(method: Method, path: &str, body: &str) -> TestRequest {
        let request = TestRequest::with_uri(path).method(method);
        request.insert_header(("content-type", "application/json")).set_payload(body.to_owned())
    }

    fn delivery(signed: &SignedRequest) -> TestRequest {
        let request = TestRequest::post().uri(signed.target()).set_payload(signed.body().clone());
        let headers = signed.headers().iter();
        headers.fold(request, |request, (name, value)| request.append_header((&**name, &**value)))
    }

    fn message(body: &'static str) -> Message {
        Message::post("/hooks/harmonizely", body)
    }

    /// Every answer but the webhook's is what it was: the status, the headers and the body.
    #[actix_web::test]
    async fn the_health_check_and_the_api_are_untouched() {
        let before = App::new().wrap(Logger::default());
        let before = before.configure(|config| existing(config, Meetings::default()));
        let before = init_service(before).await;
        let after = App::new().wrap(Logger::default());
        let after = after.configure(|config| app(config, Meetings::default(), endpoint()));
        let after = init_service(after).await;
        let over_actix_webs_limit = format!(r#"{{"id":"{}"}}"#, "x".repeat(3 * 1024 * 1024));
        for (method, path, body, want) in [
            (Method::GET, "/health", "", 200),
            (Method::POST, "/health", "{}", 404),
            (Method::POST, "/api/meetings", r#"{"id":"m-1","at":"noon"}"#, 201),
            (Method::POST, "/api/meetings", r#"{"id":"m-1"}"#, 400),
            (Method::POST, "/api/meetings", "no JSON", 400),
            (Method::POST, "/api/meetings", &over_actix_webs_limit, 413),
            (Method::GET, "/api/meetings", "", 200),
            (Method::DELETE, "/api/meetings", "", 405),
            (Method::GET, "/nothing/here", "", 404),
        ] {
            let request = || request(method.clone(), path, body).to_request();
            let (was, is) = (answer(&before, request()).await, answer(&after, request()).await);
            assert_eq!(is.0, want, "{method} {path}");
            assert_eq!((is.0, &is.2), (was.0, &was.2), "{method} {path}");
            let headers = |answer: &(u16, HeaderMap, String)| format!("{:?}", answer.1);
            assert_eq!(headers(&is), headers(&was), "{method} {path}");
        }
    }

    #[actix_web::test]
    async fn what_the_webhook_brings_the_api_shows() {
        let endpoint = endpoint();
        let clone = endpoint.clone();
        let app = App::new().configure(|config| app(config, Meetings::default(), clone));
        let app = init_service(app).await;
        let meetings = async || {
            let request = request(Method::GET, "/api/meetings", "").to_request();
            serde_json::from_str::<Vec<Meeting>>(&answer(&app, request).await.2).unwrap()
        };
        let scheduled =
            message(r#"{"event":"meetingScheduled","data":{"uuid":"m-2","scheduled_at":"noon"}}"#);
        let signed = sign_for(&endpoint, scheduled).unwrap();
        // Twice, as when the first answer was lost on its way.
        for _ in 0..2 {
            assert_eq!(answer(&app, delivery(&signed).to_request()).await.0, 200);
            assert_eq!(meetings().await.len(), 1);
        }
        let cancelled = message(r#"{"event":"meetingCancelled","data":{"uuid":"m-2"}}"#);
        let forged = sign(&Harmonizely, "another secret", cancelled.clone()).unwrap();
        assert_eq!(answer(&app, delivery(&forged).to_request()).await.0, 400);
        assert_eq!(meetings().await.len(), 1);
        let signed = sign_for(&endpoint, cancelled).unwrap();
        assert_eq!(answer(&app, delivery(&signed).to_request()).await.0, 200);
        assert!(meetings().await.is_empty());
    }
}
