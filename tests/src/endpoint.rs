//! The endpoint that a row asks for.

use hookgate::ace::Ace;
use hookgate::adyen::Adyen;
use hookgate::braintree::Braintree;
use hookgate::contentful::Contentful;
use hookgate::ebay::Ebay;
use hookgate::harmonizely::Harmonizely;
use hookgate::ioffice::IOffice;
use hookgate::mobile_assistant::MobileAssistant;
use hookgate::paypal::PayPal;
use hookgate::plivo::Plivo;
use hookgate::scheme::Encoding;
use hookgate::screenmeet::ScreenMeet;
use hookgate::sns::Sns;
use hookgate::{AnyEndpoint, BuildError, Endpoint, Provider, UnixTime, catalogue, dangerous};

use crate::vector::Row;

/// Why a row has no endpoint.
#[derive(Debug)]
#[non_exhaustive]
pub enum NoEndpoint {
    /// `build` refuses it, which counts as a rejection of the request.
    Refused(BuildError),
    /// The provider is not implemented.
    UnknownProvider,
    /// The row asks for something that the provider does not have.
    UnknownOption(String),
}

/// Builds the endpoint of a row, with the row's clock.
///
/// # Errors
///
/// When there is none.
pub fn endpoint(row: &Row) -> Result<AnyEndpoint, NoEndpoint> {
    let options = &row.options;
    let unknown = |name: &str| Err(NoEndpoint::UnknownOption(name.into()));
    let provider = &*row.provider;
    if options.encoding.is_some() && provider != "screenmeet" {
        return unknown("encoding");
    }
    if options.path_prefix.is_some() && provider != "ioffice" {
        return unknown("path_prefix");
    }
    if options.mode.is_some() && provider != "mobile-assistant" {
        return unknown("mode");
    }
    match provider {
        "ace" => build(row, Ace::any()),
        "harmonizely" => build(row, Harmonizely),
        "screenmeet" => match options.encoding.as_deref() {
            None => build(row, ScreenMeet::new()),
            Some("hex") => build(row, ScreenMeet::new().encoding(Encoding::Hex)),
            Some("base64") => build(row, ScreenMeet::new().encoding(Encoding::Base64)),
            Some(other) => unknown(other),
        },
        "mobile-assistant" => match options.mode.as_deref() {
            None => build(row, MobileAssistant::new()),
            Some("javascript") => build(row, dangerous::javascript_reserialised()),
            Some(other) => unknown(other),
        },
        "adyen-classic" => build(row, Adyen),
        "braintree" => build(row, Braintree),
        "contentful" => build(row, Contentful),
        "ebay" => build(row, Ebay),
        // Of the webhook and the topic that the rows are about.
        "paypal" => build(row, PayPal::live("9XL90610J3647323C")),
        "plivo-v3" => build(row, Plivo::new()),
        "sns" => build(row, Sns::version2(["arn:aws:sns:eu-central-1:123456789012:orders"])),
        "ioffice" => build(row, IOffice::at(options.path_prefix.as_deref().unwrap_or("/"))),
        id => match catalogue::find(id) {
            Some(entry) => build(row, *entry),
            None => Err(NoEndpoint::UnknownProvider),
        },
    }
}

fn build<P: Provider>(row: &Row, provider: P) -> Result<AnyEndpoint, NoEndpoint> {
    let now = UnixTime::from_secs(row.now);
    let endpoint = Endpoint::builder(provider)
        .secrets(row.secrets.iter().map(|secret| &**secret).collect::<hookgate::Secrets>())
        .public_url(&*row.request.url)
        .clock(move || now)
        .build();
    endpoint.map(Endpoint::into_any).map_err(NoEndpoint::Refused)
}
