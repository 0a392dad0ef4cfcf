//! The providers that hookgate knows.

pub mod ace;
pub mod harmonizely;
pub mod ioffice;
pub mod mobile_assistant;
pub mod pubsub;
pub mod screenmeet;
