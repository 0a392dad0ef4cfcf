mod axes;
#[cfg(feature = "toml")]
mod broken;
mod provider;
#[cfg(feature = "toml")]
mod round_trip;
