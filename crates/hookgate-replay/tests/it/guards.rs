//! Every guard there is, so that a test takes them all.

use hookgate::ports::{Claim, ClaimQuery, Held, ReplayGuard, Unavailable};
use hookgate_replay::MemoryGuard;
#[cfg(feature = "redis")]
use hookgate_replay::RedisGuard;

#[cfg(feature = "redis")]
use crate::server::Redis;

/// A guard of either kind.
#[derive(Clone, Debug)]
pub(crate) enum Guard {
    Memory(MemoryGuard),
    #[cfg(feature = "redis")]
    Redis(RedisGuard),
}

/// The guards, fresh, and what keeps their store running.
pub(crate) struct Guards {
    pub(crate) guards: Vec<Guard>,
    #[cfg(feature = "redis")]
    _server: Option<Redis>,
}

impl Guards {
    /// In memory, and in Redis where that is installed.
    pub(crate) async fn start() -> Self {
        let memory = Guard::Memory(MemoryGuard::new(10_000));
        #[cfg(feature = "redis")]
        {
            let mut guards = vec![memory];
            let server = Redis::start();
            if let Some(server) = &server {
                guards.push(Guard::Redis(server.guard().await));
            }
            Self { guards, _server: server }
        }
        #[cfg(not(feature = "redis"))]
        {
            std::future::ready(Self { guards: vec![memory] }).await
        }
    }
}

impl Guard {
    /// The same kind of guard, which remembers nothing yet.
    pub(crate) fn fresh(self) -> Self {
        match self {
            Self::Memory(_) => Self::Memory(MemoryGuard::new(10_000)),
            #[cfg(feature = "redis")]
            Self::Redis(guard) => Self::Redis(guard.prefix(crate::server::fresh_prefix())),
        }
    }
}

impl ReplayGuard for Guard {
    async fn claim(&self, query: ClaimQuery) -> Result<Claim, Unavailable> {
        match self {
            Self::Memory(guard) => guard.claim(query).await,
            #[cfg(feature = "redis")]
            Self::Redis(guard) => guard.claim(query).await,
        }
    }

    async fn done(&self, held: Held) -> Result<(), Unavailable> {
        match self {
            Self::Memory(guard) => guard.done(held).await,
            #[cfg(feature = "redis")]
            Self::Redis(guard) => guard.done(held).await,
        }
    }

    async fn failed(&self, held: Held) -> Result<(), Unavailable> {
        match self {
            Self::Memory(guard) => guard.failed(held).await,
            #[cfg(feature = "redis")]
            Self::Redis(guard) => guard.failed(held).await,
        }
    }

    fn dropped(&self, held: Held) {
        match self {
            Self::Memory(guard) => guard.dropped(held),
            #[cfg(feature = "redis")]
            Self::Redis(guard) => guard.dropped(held),
        }
    }
}
