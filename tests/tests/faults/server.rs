//! Servers of both frameworks on sockets, each in all ways in which the gate is mounted.

use std::fmt;
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::rt::System;
use actix_web::{App, HttpRequest, HttpServer, web};
use axum::Router;
use axum::http::HeaderMap;
use axum::routing::post;
use bytes::Bytes;
use hookgate::ports::Sink;
use hookgate::{AnyEndpoint, Content, Delivery, Endpoint, RawBody};
use tokio::runtime::{Builder, Runtime};

use crate::acme::Acme;
use crate::client::{Answer, Client, PATIENCE, Raw};

/// The path of every endpoint here.
pub(crate) const PATH: &str = "/hooks/acme";

/// An adapter, in one of its forms.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Adapter {
    AxumRoute,
    AxumLayer,
    ActixRoute,
    ActixMiddleware,
}

impl Adapter {
    pub(crate) const ALL: [Self; 4] =
        [Self::AxumRoute, Self::AxumLayer, Self::ActixRoute, Self::ActixMiddleware];

    /// One form of each, where the form makes no difference.
    pub(crate) const EACH: [Self; 2] = [Self::AxumRoute, Self::ActixRoute];

    pub(crate) fn is_actix(self) -> bool {
        matches!(self, Self::ActixRoute | Self::ActixMiddleware)
    }
}

/// What the handler got.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) content: Content,
    /// The event, which is the verified bytes.
    pub(crate) event: Bytes,
    /// What a body extractor of the framework gave after ours, where the form has room for one.
    pub(crate) extracted: Option<Bytes>,
    pub(crate) headers: Headers,
}

/// The request's headers, as the handler saw them.
pub(crate) type Headers = Vec<(String, String)>;

impl Seen {
    /// Every value of a header.
    pub(crate) fn values(&self, name: &str) -> Vec<String> {
        let named = self.headers.iter().filter(|(header, _)| header == name);
        named.map(|(_, value)| value.clone()).collect()
    }
}

/// What axum's handlers see.
pub(crate) fn of_axum(headers: &HeaderMap) -> Headers {
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    headers.iter().map(|(name, value)| (name.to_string(), text(value.as_bytes()))).collect()
}

/// What actix-web's handlers see.
pub(crate) fn of_actix(request: &HttpRequest) -> Headers {
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    let headers = request.headers().iter();
    headers.map(|(name, value)| (name.to_string(), text(value.as_bytes()))).collect()
}

/// A handler that remembers what it saw, and answers when it may.
#[derive(Clone, Default)]
pub(crate) struct Handler {
    seen: Arc<Mutex<Vec<Seen>>>,
    held: Arc<AtomicBool>,
    panics: Arc<AtomicBool>,
}

impl Handler {
    /// Takes what was seen so far.
    pub(crate) fn take(&self) -> Vec<Seen> {
        std::mem::take(&mut self.seen.lock().unwrap())
    }

    pub(crate) fn calls(&self) -> usize {
        self.seen.lock().unwrap().len()
    }

    /// Whether it waits before it answers.
    pub(crate) fn hold(&self, hold: bool) {
        self.held.store(hold, Ordering::SeqCst);
    }

    /// Whether it panics before it answers.
    pub(crate) fn panic(&self, panic: bool) {
        self.panics.store(panic, Ordering::SeqCst);
    }

    async fn handle(
        self,
        headers: Headers,
        delivery: Delivery,
        RawBody(event): RawBody,
        extracted: Option<Bytes>,
    ) {
        let content = delivery.into_content();
        self.seen.lock().unwrap().push(Seen { content, event, extracted, headers });
        while self.held.load(Ordering::SeqCst) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        assert!(!self.panics.load(Ordering::SeqCst), "a handler with a mistake");
    }
}

/// A server, stopped when it is dropped.
pub(crate) struct Server {
    address: SocketAddr,
    /// Where HTTP/2 is spoken without having been agreed on.
    http2: SocketAddr,
    running: Running,
}

enum Running {
    Axum(Option<Runtime>),
    Actix(ServerHandle, Option<JoinHandle<()>>),
}

impl Server {
    /// The handler behind the endpoint's gate.
    pub(crate) fn start(adapter: Adapter, endpoint: Endpoint<Acme>, handler: &Handler) -> Self {
        let handler = handler.clone();
        match adapter {
            Adapter::AxumRoute => {
                use hookgate_axum::{Webhook, webhook};
                let handler = async move |headers: HeaderMap,
                                          Webhook(delivery): Webhook<Delivery>,
                                          event: RawBody| {
                    handler.clone().handle(of_axum(&headers), delivery, event, None).await;
                };
                Self::axum(Router::new().route(PATH, webhook(endpoint, handler)))
            }
            Adapter::AxumLayer => {
                use hookgate_axum::{Webhook, WebhookLayer};
                let handler = async move |headers: HeaderMap,
                                          Webhook(delivery): Webhook<Delivery>,
                                          Webhook(event): Webhook<RawBody>,
                                          body: Bytes| {
                    handler.clone().handle(of_axum(&headers), delivery, event, Some(body)).await;
                };
                let layer = WebhookLayer::new(endpoint);
                // Every method is routed, so that it is the gate that decides.
                Self::axum(Router::new().route(PATH, axum::routing::any(handler).layer(layer)))
            }
            Adapter::ActixRoute => Self::actix(move |app| {
                use hookgate_actix::{Webhook, webhook};
                let handler = handler.clone();
                let handler = move |request: HttpRequest,
                                    Webhook(delivery): Webhook<Delivery>,
                                    body: Bytes,
                                    event: RawBody| {
                    let headers = of_actix(&request);
                    let handled = handler.clone().handle(headers, delivery, event, Some(body));
                    async move {
                        handled.await;
                        ""
                    }
                };
                let route = webhook(endpoint.clone(), handler);
                app.service(web::resource(PATH).route(route));
            }),
            Adapter::ActixMiddleware => Self::actix(move |app| {
                use hookgate_actix::{Webhook, WebhookMiddleware};
                let handler = handler.clone();
                let handler = move |request: HttpRequest,
                                    Webhook(delivery): Webhook<Delivery>,
                                    Webhook(event): Webhook<RawBody>,
                                    body: Bytes| {
                    let headers = of_actix(&request);
                    let handled = handler.clone().handle(headers, delivery, event, Some(body));
                    async move {
                        handled.await;
                        ""
                    }
                };
                let gate = WebhookMiddleware::new(endpoint.clone());
                app.service(web::resource(PATH).wrap(gate).to(handler));
            }),
        }
    }

    /// A sink behind the endpoint's gate.
    pub(crate) fn start_into<S>(adapter: Adapter, endpoint: impl Into<AnyEndpoint>, sink: S) -> Self
    where
        S: Sink + Clone,
    {
        let endpoint = endpoint.into();
        if adapter.is_actix() {
            Self::actix(move |app| {
                let route = hookgate_actix::webhook_into(endpoint.clone(), sink.clone());
                app.service(web::resource(PATH).route(route));
            })
        } else {
            let route = hookgate_axum::webhook_into(endpoint, sink);
            // A neighbour without a gate, as applications have.
            Self::axum(Router::new().route(PATH, route).route("/other", post(async || "")))
        }
    }

    pub(crate) fn axum(app: Router) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, app).await.unwrap();
        });
        // axum tells the protocols apart by their first bytes.
        Self { address, http2: address, running: Running::Axum(Some(runtime)) }
    }

    pub(crate) fn actix(
        configure: impl Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
    ) -> Self {
        let (send, receive) = mpsc::channel();
        let thread = thread::spawn(move || {
            System::new().block_on(async move {
                let server = HttpServer::new(move || App::new().configure(configure.clone()))
                    .workers(1)
                    .disable_signals()
                    .bind(("127.0.0.1", 0))
                    .unwrap()
                    .bind_auto_h2c(("127.0.0.1", 0))
                    .unwrap();
                let addresses = <[SocketAddr; 2]>::try_from(server.addrs()).unwrap();
                let server = server.run();
                send.send((addresses, server.handle())).unwrap();
                server.await.unwrap();
            });
        });
        let ([address, http2], handle) = receive.recv().unwrap();
        Self { address, http2, running: Running::Actix(handle, Some(thread)) }
    }

    pub(crate) fn http2(&self) -> SocketAddr {
        self.http2
    }

    pub(crate) fn connect(&self) -> Client {
        Client::connect(self.address)
    }

    /// One request with its length, over a connection of its own.
    pub(crate) fn send(&self, request: &Raw) -> Answer {
        let mut client = self.connect();
        client.write(&request.clone().with("connection", "close").declared());
        client.answer_to(&request.method)
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        match &mut self.running {
            Running::Axum(runtime) => {
                if let Some(runtime) = runtime.take() {
                    runtime.shutdown_timeout(PATIENCE);
                }
            }
            Running::Actix(handle, thread) => {
                System::new().block_on(handle.stop(false));
                if let Some(thread) = thread.take() {
                    thread.join().unwrap();
                }
            }
        }
    }
}
