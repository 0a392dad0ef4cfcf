//! The system's clock and tokio's timer.

use std::pin::Pin;
use std::time::{Duration, SystemTime};

use hookgate::UnixTime;
use hookgate::driver::Timer;

/// The system's clock, and tokio's timer for the body's deadline.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "a name and nothing to configure")]
pub struct TokioTimer;

impl Timer for TokioTimer {
    fn now(&self) -> UnixTime {
        SystemTime::now().into()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(tokio::time::sleep(duration))
    }
}
