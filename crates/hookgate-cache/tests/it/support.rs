//! A source that is told what to say and counts who asks, and a clock that is moved by hand.

use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::{Duration, Instant};

use hookgate::ports::{Key, KeyQuery, KeySource, SecretQuery, SecretSource, Unavailable};
use hookgate::{Secret, Secrets};
use tokio::sync::Semaphore;

pub(crate) const SECOND: Duration = Duration::from_secs(1);
pub(crate) const MOMENT: Duration = Duration::from_millis(1);

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

/// What a source says of a name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Said {
    /// The secret of this version.
    Version(u32),
    Unknown,
    Down,
}

/// A source. Clones are the same one.
#[derive(Clone)]
pub(crate) struct Source(Arc<Inner>);

struct Inner {
    says: Mutex<HashMap<String, Said>>,
    asked: AtomicUsize,
    dropped: AtomicUsize,
    may_answer: Semaphore,
}

impl Source {
    /// One that knows nobody and answers at once.
    pub(crate) fn new() -> Self {
        Self::of(Semaphore::MAX_PERMITS)
    }

    /// One that reads what it will say, and says it when it is [released](Self::release).
    pub(crate) fn slow() -> Self {
        Self::of(0)
    }

    fn of(permits: usize) -> Self {
        Self(Arc::new(Inner {
            says: Mutex::default(),
            asked: AtomicUsize::new(0),
            dropped: AtomicUsize::new(0),
            may_answer: Semaphore::new(permits),
        }))
    }

    pub(crate) fn says(&self, name: &str, said: Said) {
        self.0.says.lock().unwrap().insert(name.to_owned(), said);
    }

    pub(crate) fn release(&self) {
        self.0.may_answer.add_permits(1);
    }

    /// How often it was asked.
    pub(crate) fn asked(&self) -> usize {
        self.0.asked.load(Ordering::SeqCst)
    }

    /// How often nobody waited for its answer.
    pub(crate) fn dropped(&self) -> usize {
        self.0.dropped.load(Ordering::SeqCst)
    }

    async fn ask(&self, name: &str) -> Said {
        self.0.asked.fetch_add(1, Ordering::SeqCst);
        let said = self.0.says.lock().unwrap().get(name).copied().unwrap_or(Said::Unknown);
        let mut waiting = Waiting(&self.0.dropped, true);
        self.0.may_answer.acquire().await.unwrap().forget();
        waiting.1 = false;
        said
    }
}

struct Waiting<'s>(&'s AtomicUsize, bool);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(usize::from(self.1), Ordering::SeqCst);
    }
}

fn secret(name: &str, version: u32) -> Secret {
    Secret::new(secret_text(name, version)).labelled(format!("v{version}"))
}

pub(crate) fn secret_text(name: &str, version: u32) -> String {
    format!("secret of {name}, version {version}")
}

fn down() -> Unavailable {
    Unavailable::new("the database is down")
}

impl SecretSource for Source {
    async fn secrets(&self, query: SecretQuery) -> Result<Option<Secrets>, Unavailable> {
        match self.ask(&query.tenant).await {
            Said::Version(version) => Ok(Some(Secrets::new(secret(&query.tenant, version)))),
            Said::Unknown => Ok(None),
            Said::Down => Err(down()),
        }
    }
}

impl KeySource for Source {
    async fn key(&self, query: KeyQuery) -> Result<Option<Key>, Unavailable> {
        match self.ask(&query.key_id).await {
            Said::Version(version) => Ok(Some(Key::secret(secret(&query.key_id, version)))),
            Said::Unknown => Ok(None),
            Said::Down => Err(down()),
        }
    }
}

/// Asks for a tenant's secrets, as the gate does.
pub(crate) async fn secrets_of(source: &impl SecretSource, tenant: &str) -> Said {
    match source.secrets(SecretQuery::new(tenant)).await {
        Ok(Some(secrets)) => version(&secrets),
        Ok(None) => Said::Unknown,
        Err(_) => Said::Down,
    }
}

/// Asks for a key, as the gate does.
pub(crate) async fn key_of(source: &impl KeySource, id: &str) -> Said {
    match source.key(KeyQuery::new("harmonizely", id)).await {
        Ok(Some(key)) => version(&key),
        Ok(None) => Said::Unknown,
        Err(_) => Said::Down,
    }
}

/// The version in the label, which is all that shows.
fn version(shown: &impl std::fmt::Debug) -> Said {
    let shown = format!("{shown:?}");
    let (_, label) = shown.split_once("Some(\"v").unwrap();
    Said::Version(label.split_once('"').unwrap().0.parse().unwrap())
}

/// Polls a future once, which has to wait.
pub(crate) async fn poll_once<T>(future: &mut (impl Future<Output = T> + Unpin)) {
    poll_fn(|cx| {
        assert!(std::pin::Pin::new(&mut *future).poll(cx).is_pending());
        Poll::Ready(())
    })
    .await;
}
