//! A guard for several machines.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use hookgate::DeliveryKey;
use hookgate::ports::{Claim, ClaimQuery, Held, ReplayGuard, Unavailable};
use redis::aio::{ConnectionLike, ConnectionManager, ConnectionManagerConfig};
use redis::{Client, FromRedisValue, RedisError, Script, ScriptInvocation};
use tokio::runtime::Handle;

use crate::memory::late;
use crate::terms::Terms;

/// Claims a delivery: one step, so two machines cannot both win.
static CLAIM: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("claim.lua")));

/// Settles a claim, where it is still the one with the token.
static SETTLE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("settle.lua")));

/// How long Redis may take to answer.
const TIMEOUT: Duration = Duration::from_secs(2);
const SHORTEST_TIMEOUT: Duration = Duration::from_millis(10);
const LONGEST_TIMEOUT: Duration = Duration::from_secs(30);

/// A replay guard in Redis, shared by all machines that use the same Redis and the same prefix.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use hookgate::{Endpoint, harmonizely::Harmonizely};
/// use hookgate_replay::RedisGuard;
///
/// let guard = RedisGuard::connect("redis://127.0.0.1/").await?;
/// let endpoint = Endpoint::builder(Harmonizely)
///     .secret("the webhook's secret")
///     .replay_guard(guard)
///     .build()?;
/// # Ok(())
/// # }
/// ```
///
/// # When Redis is down
///
/// Nothing is accepted: what cannot be claimed is answered 503, and the provider tries again. That
/// goes for a Redis that does not answer within the [time-out](Self::timeout), that is full, or
/// that is a replica. Where only the handler's success cannot be recorded, its answer stands and
/// the fault is logged; the claim ends with its lease, and the next attempt is new.
///
/// # What Redis has to be
///
/// - **One that forgets nothing**: with `maxmemory-policy noeviction`, so that a full Redis is an
///   error and no hole. What it forgets in a restart without `appendonly`, or in a failover before
///   the replica had it, may be handled once more.
/// - **2.6 or later, or what speaks its protocol**: the guard runs two short scripts (`EVALSHA`,
///   and `SCRIPT LOAD` where it was forgotten) that use `GET`, `SET`, `PTTL` and `DEL` on the one
///   key of the delivery, so a cluster is fine too.
///
/// A key is the [prefix](Self::prefix) and the delivery's digest in hex; its value is a random
/// number or `done`. Nothing of a payload, a secret or a tenant is stored or logged.
///
/// # The connection
///
/// [`connect`](Self::connect) makes one that comes back by itself. [`new`](Self::new) takes any
/// of the `redis` crate's asynchronous connections that can be cloned: a
/// `ConnectionManager`, a `MultiplexedConnection` (which, once broken, stays so), a cluster's.
/// For `rediss://` add the `redis` crate to your own dependencies with a TLS feature, such as
/// `tokio-rustls-comp`. Runs on tokio, with its timer enabled.
#[derive(Clone)]
pub struct RedisGuard<C = ConnectionManager> {
    connection: C,
    prefix: Arc<str>,
    terms: Terms,
    timeout: Duration,
}

impl RedisGuard {
    /// Connects to the Redis at a URL such as `redis://:password@host:6379/0`, and connects anew
    /// whenever the connection breaks.
    ///
    /// # Errors
    ///
    /// When the URL is none, or Redis does not answer now: better at start than at a delivery.
    pub async fn connect(url: &str) -> Result<Self, RedisError> {
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(TIMEOUT))
            // The guard's own time-out decides.
            .set_response_timeout(Some(LONGEST_TIMEOUT))
            // Else the pauses double, and a Redis that was away for minutes is found late.
            .set_max_delay(TIMEOUT);
        let client = Client::open(url)?;
        Ok(Self::new(ConnectionManager::new_with_config(client, config).await?))
    }
}

impl<C> RedisGuard<C> {
    /// A guard over a connection that is there. Its clones have to share it.
    pub fn new(connection: C) -> Self {
        Self {
            connection,
            prefix: "hookgate:replay:".into(),
            terms: Terms::default(),
            timeout: TIMEOUT,
        }
    }

    /// What the keys in Redis begin with. Default `hookgate:replay:`. Machines that share their
    /// claims share the prefix.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<Arc<str>>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// How long a claim holds that nobody settles. Default 60 s; less than 1 s or more than 24 h
    /// is set to that bound. See the [crate's page](crate) for how to choose it.
    #[must_use]
    pub fn lease(mut self, lease: Duration) -> Self {
        self.terms = self.terms.lease(lease);
        self
    }

    /// How long a delivery is remembered where no time is signed, so that a replay passes the
    /// check for ever. Default 24 h; less than 1 s or more than 366 days is set to that bound.
    /// Where a time is signed, the check says how long, and this says nothing.
    #[must_use]
    pub fn keep(mut self, keep: Duration) -> Self {
        self.terms = self.terms.keep(keep);
        self
    }

    /// How long Redis may take to answer, from 10 ms to 30 s. Default 2 s. What takes longer is
    /// answered 503.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout.clamp(SHORTEST_TIMEOUT, LONGEST_TIMEOUT);
        self
    }
}

impl<C> RedisGuard<C>
where
    C: ConnectionLike + Clone + Send + Sync + 'static,
{
    fn key(&self, delivery: DeliveryKey) -> String {
        format!("{}{delivery}", self.prefix)
    }

    async fn run<T: FromRedisValue>(
        &self,
        script: &ScriptInvocation<'_>,
    ) -> Result<T, Unavailable> {
        let mut connection = self.connection.clone();
        let answer = tokio::time::timeout(self.timeout, script.invoke_async(&mut connection)).await;
        answer.map_err(|_| Unavailable::new(Late))?.map_err(Unavailable::new)
    }

    async fn settle(&self, held: Held, word: &str) -> Result<bool, Unavailable> {
        let mut script = SETTLE.key(self.key(held.key));
        script.arg(held.token).arg(word);
        self.run(&script).await
    }

    /// Releases a claim while nobody waits for it. Where no runtime is left, it expires.
    fn release(&self, held: Held) {
        let Ok(runtime) = Handle::try_current() else { return };
        let guard = self.clone();
        runtime.spawn(async move {
            if let Err(error) = guard.settle(held, "failed").await {
                tracing::debug!(
                    target: "hookgate",
                    delivery = %held.key,
                    cause = std::error::Error::source(&error),
                    "a claim could not be released: it ends with its lease",
                );
            }
        });
    }
}

impl<C> ReplayGuard for RedisGuard<C>
where
    C: ConnectionLike + Clone + Send + Sync + 'static,
{
    async fn claim(&self, query: ClaimQuery) -> Result<Claim, Unavailable> {
        let keep = self.terms.keep_for(query.keep_for);
        let token = token();
        let mut script = CLAIM.key(self.key(query.key));
        script
            .arg(token)
            .arg(milliseconds(keep))
            .arg(milliseconds(self.terms.lease.saturating_add(keep)));
        let unheard = Unheard(Some(|| self.release(Held::new(query.key, token))));
        let answer: String = self.run(&script).await?;
        unheard.heard();
        match &*answer {
            "new" => Ok(Claim::New(token)),
            "in-flight" => Ok(Claim::InFlight),
            "done" => Ok(Claim::Done),
            _ => Err(Unavailable::new(Odd)),
        }
    }

    async fn done(&self, held: Held) -> Result<(), Unavailable> {
        if !self.settle(held, "done").await? {
            late(&held);
        }
        Ok(())
    }

    async fn failed(&self, held: Held) -> Result<(), Unavailable> {
        self.settle(held, "failed").await.map(drop)
    }

    /// Releases the claim in the background, where tokio runs.
    fn dropped(&self, held: Held) {
        self.release(held);
    }
}

impl<C> fmt::Debug for RedisGuard<C> {
    /// Leaves the connection out, which may know a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisGuard")
            .field("prefix", &self.prefix)
            .field("terms", &self.terms)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// A claim that was sent, and whose answer did not come: the sender left, or Redis was too slow.
/// It may stand, and nobody else would release it before its lease is over.
struct Unheard<F: FnMut()>(Option<F>);

impl<F: FnMut()> Unheard<F> {
    fn heard(mut self) {
        self.0 = None;
    }
}

impl<F: FnMut()> Drop for Unheard<F> {
    fn drop(&mut self) {
        if let Some(release) = &mut self.0 {
            release();
        }
    }
}

/// Redis did not answer in time.
#[derive(Debug, thiserror::Error)]
#[error("Redis did not answer in time")]
struct Late;

/// Redis answered what the script never does.
#[derive(Debug, thiserror::Error)]
#[error("Redis gave an answer that the script does not have")]
struct Odd;

/// A number that no other claim has, on this machine or another.
fn token() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    // Each process has random keys for its hash tables: what they make of a counter is as random.
    static RANDOM: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    RANDOM.hash_one((std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)))
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn tokens_differ() {
        let tokens: HashSet<_> = (0..10_000).map(|_| token()).collect();
        assert_eq!(tokens.len(), 10_000);
    }
}
