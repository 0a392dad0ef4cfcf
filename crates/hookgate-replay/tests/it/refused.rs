//! Where two deliveries with the same bytes are two events, no guard stands.

use hookgate::ioffice::IOffice;
use hookgate::mobile_assistant::MobileAssistant;
use hookgate::{BuildError, Endpoint};

use crate::guards::Guards;
use crate::support::SECRET;

#[tokio::test]
async fn no_guard_stands_where_repeats_are_genuine() {
    for guard in Guards::start().await.guards {
        let endpoint = Endpoint::builder(MobileAssistant::new()).secret(SECRET);
        let refused = endpoint.replay_guard(guard.clone()).build().map(drop);
        assert!(matches!(refused, Err(BuildError::GenuineRepeats)), "{refused:?}");
        let endpoint = Endpoint::builder(IOffice::at("/hooks/")).secret(SECRET);
        let refused = endpoint.replay_guard(guard).build().map(drop);
        assert!(matches!(refused, Err(BuildError::GenuineRepeats)), "{refused:?}");
    }
}
