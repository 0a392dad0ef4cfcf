//! Replay guards for [hookgate]: the same signed delivery does not reach the handler
//! twice.
//!
//! A signature says who sent a request, not how often. Whoever recorded one can send it again for
//! as long as it passes the check, and providers send again what was not answered in time.
//! [`MemoryGuard`] remembers for one process, `RedisGuard` (feature `redis`) for all that share a
//! Redis.
//!
//! ```
//! use std::time::Duration;
//!
//! use hookgate::{Endpoint, harmonizely::Harmonizely};
//! use hookgate_replay::MemoryGuard;
//!
//! let guard = MemoryGuard::new(100_000).lease(Duration::from_secs(120));
//! let endpoint = Endpoint::builder(Harmonizely)
//!     .secret("the webhook's secret")
//!     .replay_guard(guard.clone())
//!     .build()?;
//! // Deliveries that were forgotten before their time: each may be handled once more.
//! assert_eq!(guard.evicted(), 0);
//! # Ok::<(), hookgate::BuildError>(())
//! ```
//!
//! # What the sender sees
//!
//! | the delivery | answer |
//! |---|---|
//! | is new | the handler's; 2xx means that it is done, anything else that the next attempt is new |
//! | is being worked on | 503 with `Retry-After`: not a success, since the first may still fail, and no 4xx, after which some providers give up |
//! | was done before | 200, without the handler |
//! | cannot be looked up: the store is down | 503 with `Retry-After` |
//!
//! Deliveries are told apart by a digest of what was signed, never by the signature's bytes or an
//! unsigned header ([`Delivery::replay_key`](hookgate::Delivery::replay_key)). A forged request
//! claims nothing: guards are asked after the verdict. Where two deliveries with the same bytes
//! are two events (Mobile Assistant, iOFFICE) `build` refuses a guard, and so it does where what is
//! signed does not tell one delivery from the next: a token that serves for an hour (Pub/Sub), a time
//! alone.
//!
//! # Two states, and how long they last
//!
//! A claim is *in flight* until the handler has answered, then *done*.
//!
//! - **In flight** ends with the handler's answer, at once where the sender leaves, and after the
//!   *lease* (default 60 s, from 1 s to 24 h) where nobody is left to say so, since the process
//!   died. Set the lease above your slowest handler: while it lasts, the provider's next attempt
//!   is answered 503, and once it is over, it is handled, beside a handler that may still be at
//!   work. Set it below the last attempt that the provider makes, or a crash loses the delivery.
//!   The default is longer than any acknowledgement deadline that we know a provider to document
//!   (30 s), and shorter than the distance to most providers' later attempts (minutes to hours).
//! - **Done** lasts as long as a replay passes the check: twice the tolerance where a time is
//!   signed. Where none is, a replay passes for ever, and a guard remembers it for `keep` (default
//!   24 h, from 1 s to 366 days): the longest time that you can afford.
//!
//! A handler that ends after its lease is still recorded as done, unless the delivery was claimed
//! anew in between; each claim has a token, so that a late word touches nothing of the next claim.
//!
//! # What a guard is not
//!
//! It is no transaction with your database: a process that dies after the handler's effects and
//! before *done* is recorded leads to the delivery being handled again. Effects that must happen
//! once belong in one transaction with
//! [`Delivery::dedupe_key`](hookgate::Delivery::dedupe_key).
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `redis` | `RedisGuard`, on the `redis` crate 1.x and tokio |
//! | `metrics` | the counter `hookgate_replay_evictions_total` through the `metrics` facade |

#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod memory;
#[cfg(feature = "redis")]
mod remote;
mod terms;

pub use hookgate;
#[cfg(feature = "redis")]
pub use redis;

pub use self::memory::MemoryGuard;
#[cfg(feature = "redis")]
pub use self::remote::RedisGuard;
