//! Keys, clocks, handlers that wait to be told, and both frameworks as one function.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use actix_web::test::TestRequest;
use actix_web::web;
use hookgate::harmonizely::{Event, Harmonizely};
use hookgate::ports::{Claim, ClaimQuery, Held};
use hookgate::sign::{Message, SignedRequest, sign};
use hookgate::{DeliveryKey, Endpoint, EndpointBuilder, Rejection, RejectionKind, Sends};
use tokio::sync::Semaphore;
use tower::ServiceExt;

pub(crate) const SECRET: &str = "the secret of the tests";
pub(crate) const PATH: &str = "/hooks";

pub(crate) fn key(number: u8) -> DeliveryKey {
    [number; 32].into()
}

/// A claim of a delivery that can be replayed for ever.
pub(crate) fn query(number: u8) -> ClaimQuery {
    ClaimQuery::new(key(number), None)
}

/// The claim that was won.
pub(crate) fn held(query: ClaimQuery, claim: Claim) -> Held {
    match claim {
        Claim::New(token) => Held::new(query.key, token),
        other => panic!("{other:?}"),
    }
}

/// A clock that stands until it is moved.
#[derive(Clone, Debug)]
pub(crate) struct Clock(Arc<Mutex<Instant>>);

impl Clock {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(Instant::now())))
    }

    pub(crate) fn now(&self) -> Instant {
        *self.0.lock().unwrap()
    }

    pub(crate) fn pass(&self, time: Duration) {
        *self.0.lock().unwrap() += time;
    }
}

pub(crate) fn builder() -> EndpointBuilder<Harmonizely> {
    Endpoint::builder(Harmonizely).secret(SECRET)
}

/// A delivery that differs from others by its name.
pub(crate) fn delivery(name: &str) -> SignedRequest {
    let body = format!(r#"{{"event":"meetingCancelled","uuid":"{name}"}}"#);
    sign(&Harmonizely, SECRET, Message::post(PATH, body)).unwrap()
}

/// What a handler does: it counts, waits until it may go on, and answers.
#[derive(Clone)]
pub(crate) struct Work {
    begun: Arc<AtomicUsize>,
    ended: Arc<AtomicUsize>,
    may_end: Arc<Semaphore>,
    /// The statuses of the first handlers; those after them answer 200.
    statuses: Arc<Vec<u16>>,
}

impl Work {
    /// Ends at once.
    pub(crate) fn free() -> Self {
        Self::of(Semaphore::MAX_PERMITS, &[])
    }

    /// Ends when it is [released](Self::release).
    pub(crate) fn waiting() -> Self {
        Self::of(0, &[])
    }

    /// Answers with these statuses first. 0 is a handler that panics.
    pub(crate) fn answering(statuses: &[u16]) -> Self {
        Self::of(Semaphore::MAX_PERMITS, statuses)
    }

    fn of(permits: usize, statuses: &[u16]) -> Self {
        Self {
            begun: Arc::default(),
            ended: Arc::default(),
            may_end: Arc::new(Semaphore::new(permits)),
            statuses: Arc::new(statuses.to_vec()),
        }
    }

    pub(crate) fn begun(&self) -> usize {
        self.begun.load(Ordering::SeqCst)
    }

    pub(crate) fn ended(&self) -> usize {
        self.ended.load(Ordering::SeqCst)
    }

    pub(crate) fn release(&self) {
        self.may_end.add_permits(1);
    }

    async fn handle(&self) -> u16 {
        let number = self.begun.fetch_add(1, Ordering::SeqCst);
        self.may_end.acquire().await.unwrap().forget();
        let status = self.statuses.get(number).copied().unwrap_or(200);
        assert_ne!(status, 0, "this handler panics");
        self.ended.fetch_add(1, Ordering::SeqCst);
        status
    }
}

/// Everything that was logged since this was first called, by all tests. (A log of one thread is
/// not to be had while others run: tracing decides for all threads at once what is listened to.)
pub(crate) fn log() -> String {
    static LOG: LazyLock<Log> = LazyLock::new(|| {
        let log = Log::default();
        let writer = log.clone();
        tracing_subscriber::fmt()
            .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .init();
        log
    });
    String::from_utf8_lossy(&LOG.0.lock().unwrap()).into_owned()
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Waits, turn by turn, for what is bound to come.
pub(crate) async fn until<F: Future<Output = bool>>(mut is_so: impl FnMut() -> F) {
    for _ in 0..2_000 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("it did not come in ten seconds");
}

/// What a sender reads.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) may_retry: bool,
    pub(crate) reason: Option<RejectionKind>,
}

/// A server of either framework, as a function.
pub(crate) type Server = Rc<dyn Fn(SignedRequest) -> Pin<Box<dyn Future<Output = Answer>>>>;

#[derive(Clone, Copy, Debug)]
pub(crate) enum Framework {
    Axum,
    Actix,
}

impl Framework {
    pub(crate) const ALL: [Self; 2] = [Self::Axum, Self::Actix];

    /// One route of the endpoint.
    pub(crate) async fn serve<P>(self, endpoint: Endpoint<P>, work: &Work) -> Server
    where
        P: Sends<Event = Event> + 'static,
    {
        let work = work.clone();
        match self {
            Self::Axum => axum_server(endpoint, work),
            Self::Actix => actix_server(endpoint, work).await,
        }
    }
}

fn axum_server<P>(endpoint: Endpoint<P>, work: Work) -> Server
where
    P: Sends<Event = Event> + 'static,
{
    let handler = move |_: Event| {
        let work = work.clone();
        async move { axum::http::StatusCode::from_u16(work.handle().await).unwrap() }
    };
    let app = axum::Router::new().route(PATH, hookgate_axum::webhook(endpoint, handler));
    Rc::new(move |request| {
        let app: axum::Router = app.clone();
        Box::pin(async move {
            let request = request.into_http::<axum::body::Body>().unwrap();
            let response = app.oneshot(request).await.unwrap();
            Answer {
                status: response.status().as_u16(),
                may_retry: response.headers().contains_key("retry-after"),
                reason: response.extensions().get().map(Rejection::kind),
            }
        })
    })
}

async fn actix_server<P>(endpoint: Endpoint<P>, work: Work) -> Server
where
    P: Sends<Event = Event> + 'static,
{
    let handler = move |_: Event| {
        let work = work.clone();
        async move {
            let status = work.handle().await;
            actix_web::HttpResponse::build(status.try_into().unwrap()).finish()
        }
    };
    let route = web::resource(PATH).route(hookgate_actix::webhook(endpoint, handler));
    let app = actix_web::test::init_service(actix_web::App::new().service(route)).await;
    let app = Rc::new(app);
    Rc::new(move |request| {
        let app = Rc::clone(&app);
        Box::pin(async move {
            let mut test = TestRequest::post().uri(request.target());
            for (name, value) in request.headers() {
                test = test.append_header((name.as_str(), value.as_str()));
            }
            let test = test.set_payload(request.body().clone()).to_request();
            let response = actix_web::test::call_service(&*app, test).await;
            let reason = response.response().extensions().get().map(Rejection::kind);
            Answer {
                status: response.status().as_u16(),
                may_retry: response.headers().contains_key("retry-after"),
                reason,
            }
        })
    })
}
