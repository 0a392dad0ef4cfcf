//! The clock and the timer of actix-web's runtime.

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, SystemTime};

use actix_web::rt::time;
use hookgate::UnixTime;
use hookgate::driver::Timer;

/// The system's clock, and the timer of the runtime that actix-web runs in.
///
/// What [`WebhookMiddleware`](crate::WebhookMiddleware) uses unless it is given another. The timer
/// is touched only when a request makes the gate wait.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "a name and nothing to configure")]
pub struct ActixTimer;

impl Timer for ActixTimer {
    fn now(&self) -> UnixTime {
        SystemTime::now().into()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(time::sleep(duration))
    }
}
