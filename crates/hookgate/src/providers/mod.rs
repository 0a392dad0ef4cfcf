//! The providers that hookgate knows.

pub mod ace;
mod address;
pub mod adyen;
pub mod braintree;
pub mod contentful;
pub mod ebay;
pub mod harmonizely;
pub mod ioffice;
pub mod mobile_assistant;
pub mod paypal;
pub mod plivo;
pub mod pubsub;
pub mod screenmeet;
pub mod sns;
