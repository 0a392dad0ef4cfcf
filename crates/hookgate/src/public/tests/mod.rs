#[cfg(any(feature = "ecdsa", feature = "ed25519", feature = "rsa"))]
#[cfg_attr(
    not(all(feature = "ecdsa", feature = "rsa")),
    expect(dead_code, reason = "some are of one algorithm")
)]
mod fixtures;
#[cfg(any(feature = "ecdsa", feature = "ed25519", feature = "rsa"))]
mod keys;
#[cfg(any(feature = "ecdsa", feature = "ed25519", feature = "rsa"))]
mod openssl;
#[cfg(any(feature = "ecdsa", feature = "ed25519", feature = "rsa"))]
mod vectors;

use super::*;

const ALL: [Asymmetric; 6] = [
    Asymmetric::Ed25519,
    Asymmetric::EcdsaP256Sha256,
    Asymmetric::EcdsaP256Sha1,
    Asymmetric::RsaSha1,
    Asymmetric::RsaSha256,
    Asymmetric::RsaSha512,
];

fn is_on(algorithm: Asymmetric) -> bool {
    match algorithm.feature() {
        "ed25519" => cfg!(feature = "ed25519"),
        "ecdsa" => cfg!(feature = "ecdsa"),
        "rsa" => cfg!(feature = "rsa"),
        other => panic!("{other}"),
    }
}

#[test]
fn an_algorithm_that_is_off_names_its_feature() {
    for algorithm in ALL {
        let error = PublicKey::parse(b"", algorithm).unwrap_err();
        let want = if is_on(algorithm) {
            PublicKeyError::NotAKey
        } else {
            PublicKeyError::FeatureOff(algorithm.feature())
        };
        assert_eq!(error, want);
        #[cfg(feature = "sign")]
        assert_eq!(
            PrivateKey::parse(b"", algorithm).unwrap_err(),
            if algorithm == Asymmetric::RsaSha1 && is_on(algorithm) {
                PublicKeyError::CannotSign
            } else {
                want
            }
        );
    }
}

#[test]
fn what_no_algorithm_reads_is_no_key() {
    for (text, algorithm) in ALL.map(|algorithm| (b"-----BEGIN", algorithm)) {
        let key = PublicKey::parse(text, algorithm);
        assert!(!key.is_ok_and(|key| key.verify(&[], &[])));
        #[cfg(feature = "sign")]
        {
            let key = PrivateKey::parse(text, algorithm);
            assert!(!key.is_ok_and(|key| key.sign(&[]).is_some() || key.public_pem().is_some()));
        }
    }
}

#[test]
fn keys_can_be_shared() {
    fn shared<T: Clone + Send + Sync + 'static>() {}
    shared::<PublicKey>();
    #[cfg(feature = "sign")]
    {
        fn sent<T: Send + Sync + 'static>() {}
        sent::<PrivateKey>();
    }
}
