//! The ways through the gate.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use bytes::Bytes;
use hookgate::check::{Opened, Verdict};
use hookgate::{AnyEndpoint, Delivery, Endpoint, RawBody, Rejection, Reply, RequestHead, UnixTime};
use http_body_util::{BodyExt, Full};
use tower::{Layer, ServiceExt, service_fn};

use crate::asking::{Asking, NOW, PATH, Raw};

/// What was answered, and whether a handler heard of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
    pub(crate) handled: bool,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(header, _)| header == name);
        let value = values.next().map(|(_, value)| &**value);
        assert!(values.next().is_none(), "{name} stands there twice");
        value
    }

    fn of(reply: Reply) -> Self {
        let headers = reply.headers().map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self {
            status: reply.status(),
            headers: headers.collect(),
            body: String::from_utf8(reply.body().to_vec()).unwrap(),
            handled: false,
        }
    }
}

/// A way through the gate.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Way {
    Core,
    Tower,
    AxumRoute,
    AxumLayer,
    ActixRoute,
    ActixMiddleware,
}

impl Way {
    pub(crate) const ALL: [Self; 6] = [
        Self::Core,
        Self::Tower,
        Self::AxumRoute,
        Self::AxumLayer,
        Self::ActixRoute,
        Self::ActixMiddleware,
    ];

    /// Those in which a handler answers.
    pub(crate) const ADAPTERS: [Self; 5] =
        [Self::Tower, Self::AxumRoute, Self::AxumLayer, Self::ActixRoute, Self::ActixMiddleware];

    /// Sends a request to an endpoint whose handler answers with an empty success.
    pub(crate) fn send(self, endpoint: &Endpoint<Asking>, request: &Raw) -> Answer {
        self.send_to(endpoint, request, "")
    }

    /// The same, for a handler that answers with this text.
    pub(crate) fn send_to(
        self,
        endpoint: &Endpoint<Asking>,
        request: &Raw,
        says: &'static str,
    ) -> Answer {
        let calls = Arc::new(AtomicUsize::new(0));
        let mut answer = match self {
            Self::Core => return core(endpoint, request),
            Self::Tower => tokio(through_tower(endpoint, request, says, &calls)),
            Self::AxumRoute | Self::AxumLayer => {
                let called = Arc::clone(&calls);
                let handler = async move |_: RawBody| {
                    called.fetch_add(1, Ordering::SeqCst);
                    says
                };
                let route = if self == Self::AxumRoute {
                    hookgate_axum::webhook(endpoint.clone(), handler)
                } else {
                    let layer = hookgate_axum::WebhookLayer::new(endpoint.clone());
                    let handler =
                        async move |hookgate_axum::Webhook(event): hookgate_axum::Webhook<
                            RawBody,
                        >| { handler(event).await };
                    axum::routing::any(handler).layer(layer)
                };
                let app: Router = Router::new().route(PATH, route);
                tokio(async {
                    let request = http(request).map(axum::body::Body::from);
                    let Ok(response) = app.oneshot(request).await;
                    read(response).await
                })
            }
            Self::ActixRoute | Self::ActixMiddleware => actix_web::rt::System::new()
                .block_on(through_actix(self, endpoint, request, says, &calls)),
        };
        answer.handled = calls.load(Ordering::SeqCst) > 0;
        answer
    }
}

fn tokio<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(future)
}

/// The state machine by hand.
fn core(endpoint: &AnyEndpoint, request: &Raw) -> Answer {
    match tokio(verdict(endpoint, request)) {
        Ok(Verdict::Reply(reply)) => Answer::of(reply),
        Ok(Verdict::Deliver(_)) => Answer { handled: true, ..Answer::of(Reply::new(200)) },
        Ok(other) => panic!("{other:?}"),
        Err(rejection) => Answer::of(rejection.reply()),
    }
}

struct Head<'r>(&'r Raw);

impl RequestHead for Head<'_> {
    fn method(&self) -> &str {
        &self.0.method
    }

    fn path(&self) -> &str {
        self.0.target.split_once('?').map_or(&*self.0.target, |(path, _)| path)
    }

    fn query(&self) -> Option<&str> {
        self.0.target.split_once('?').map(|(_, query)| query)
    }

    fn header(&self, name: &str, each: &mut dyn FnMut(&[u8])) {
        for (header, value) in &self.0.headers {
            if header.eq_ignore_ascii_case(name) {
                each(value.as_bytes());
            }
        }
    }

    fn content_length(&self) -> Option<u64> {
        u64::try_from(self.0.body.len()).ok()
    }
}

async fn verdict(endpoint: &AnyEndpoint, request: &Raw) -> Result<Verdict, Rejection> {
    let mut check = match endpoint.open(&Head(request), UnixTime::from_secs(NOW))? {
        Opened::Check(check) => check,
        Opened::Reply(reply) => return Ok(Verdict::Reply(reply)),
        Opened::NeedSecrets(ask, paused) => paused.resume(ask.ask().await)?,
        other => panic!("{other:?}"),
    };
    check.push(request.body.clone())?;
    match check.finish()? {
        Verdict::Learn(ask, learning) => learning.resume(ask.ask().await).map(Verdict::Reply),
        verdict => Ok(verdict),
    }
}

fn http(request: &Raw) -> http::Request<Bytes> {
    let mut built = http::Request::builder().method(&*request.method).uri(&*request.target);
    for (name, value) in &request.headers {
        built = built.header(name, value);
    }
    built.header("content-length", request.body.len()).body(request.body.clone()).unwrap()
}

async fn read<B>(response: http::Response<B>) -> Answer
where
    B: http_body::Body,
    B::Error: std::fmt::Debug,
{
    let (head, body) = response.into_parts();
    let text = |value: &http::HeaderValue| value.to_str().unwrap().to_owned();
    Answer {
        status: head.status.as_u16(),
        headers: head.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        body: String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap(),
        handled: false,
    }
}

async fn through_tower(
    endpoint: &AnyEndpoint,
    request: &Raw,
    says: &'static str,
    calls: &Arc<AtomicUsize>,
) -> Answer {
    let calls = Arc::clone(calls);
    let handler = service_fn(move |request: http::Request<Full<Bytes>>| {
        assert!(request.extensions().get::<Delivery>().is_some());
        calls.fetch_add(1, Ordering::SeqCst);
        let says = Full::new(Bytes::from_static(says.as_bytes()));
        std::future::ready(Ok::<_, Infallible>(http::Response::new(says)))
    });
    let layer = hookgate_tower::WebhookLayer::<Full<Bytes>>::new(endpoint.clone());
    let Ok(response) = layer.layer(handler).oneshot(http(request).map(Full::new)).await;
    read(response).await
}

async fn through_actix(
    way: Way,
    endpoint: &Endpoint<Asking>,
    request: &Raw,
    says: &'static str,
    calls: &Arc<AtomicUsize>,
) -> Answer {
    use actix_web::http::Method;
    use actix_web::test::{TestRequest, call_service, init_service};
    use actix_web::{App, HttpResponse, web};
    use hookgate_actix::{Webhook, WebhookMiddleware, webhook};

    let mut sent = TestRequest::default()
        .method(Method::from_bytes(request.method.as_bytes()).unwrap())
        .uri(&request.target);
    for (name, value) in &request.headers {
        sent = sent.append_header((&**name, &**value));
    }
    let sent = sent.set_payload(request.body.clone()).to_request();
    let calls = Arc::clone(calls);
    let handler = move |_: RawBody| {
        calls.fetch_add(1, Ordering::SeqCst);
        std::future::ready(HttpResponse::Ok().append_header(("x-own", "1")).body(says))
    };
    let response = if way == Way::ActixRoute {
        let route = webhook(endpoint.clone(), handler);
        let app = init_service(App::new().service(web::resource(PATH).route(route))).await;
        call_service(&app, sent).await.map_into_boxed_body()
    } else {
        let gate = WebhookMiddleware::new(endpoint.clone());
        let handler = move |Webhook(event): Webhook<RawBody>| handler(event);
        let app =
            init_service(App::new().service(web::resource(PATH).wrap(gate).to(handler))).await;
        call_service(&app, sent).await.map_into_boxed_body()
    };
    let status = response.status().as_u16();
    let headers = response.headers().iter();
    let headers = headers
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    let body = actix_web::test::read_body(response).await;
    Answer { status, headers, body: String::from_utf8(body.to_vec()).unwrap(), handled: false }
}
