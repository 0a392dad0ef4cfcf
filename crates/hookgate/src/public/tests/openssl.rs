//! Keys and signatures that openssl makes. Without it the test says that it is skipped.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::super::{Asymmetric, PublicKey};
use super::is_on;

const MESSAGE: &[u8] = b"{\"type\":\"caf\xc3\xa9\"} \n";

/// A folder of files that is gone after the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("hookgate-openssl-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn openssl(&self, arguments: &[&str]) -> Vec<u8> {
        let output = Command::new("openssl").args(arguments).current_dir(&self.0).output().unwrap();
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        output.stdout
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(Path::new(&self.0).join(name), bytes).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn openssls_keys_certificates_and_signatures_are_taken() {
    if Command::new("openssl").arg("version").output().is_err() {
        println!("skipped: openssl is not installed");
        return;
    }
    let folder = Folder::new();
    folder.write("message", MESSAGE);
    let p256: &[&str] = &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
    let rsa: &[&str] = &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"];
    for (algorithm, options, hash) in [
        (Asymmetric::Ed25519, &["-algorithm", "ed25519"][..], None),
        (Asymmetric::EcdsaP256Sha256, p256, Some("-sha256")),
        (Asymmetric::EcdsaP256Sha1, p256, Some("-sha1")),
        (Asymmetric::RsaSha1, rsa, Some("-sha1")),
        (Asymmetric::RsaSha256, rsa, Some("-sha256")),
        (Asymmetric::RsaSha512, rsa, Some("-sha512")),
    ] {
        if !is_on(algorithm) {
            continue;
        }
        folder.openssl(&[&["genpkey", "-out", "key"], options].concat());
        let public = folder.openssl(&["pkey", "-in", "key", "-pubout"]);
        let name = ["req", "-x509", "-key", "key", "-subj", "/CN=example.com", "-days", "1"];
        let certificate = folder.openssl(&name);
        let signature = match hash {
            Some(hash) => folder.openssl(&["dgst", hash, "-sign", "key", "message"]),
            None => {
                let sign = ["pkeyutl", "-sign", "-rawin", "-inkey", "key", "-in", "message"];
                folder.openssl(&sign)
            }
        };
        for text in [public, certificate] {
            let key = PublicKey::parse(&text, algorithm).unwrap();
            assert!(key.verify(&[MESSAGE], &signature), "{algorithm:?}");
            assert!(!key.verify(&[MESSAGE, b"\n"], &signature), "{algorithm:?}");
        }
        #[cfg(feature = "sign")]
        if algorithm != Asymmetric::RsaSha1 {
            // And the way back.
            let text = std::fs::read(folder.0.join("key")).unwrap();
            let private = super::super::PrivateKey::parse(&text, algorithm).unwrap();
            folder.write("public", private.public_pem().unwrap().as_bytes());
            folder.write("signature", &private.sign(&[MESSAGE]).unwrap());
            let file = ["-signature", "signature"];
            match hash {
                Some(hash) => {
                    let verify = [&["dgst", hash, "-verify", "public"], &file[..], &["message"]];
                    folder.openssl(&verify.concat())
                }
                None => {
                    let verify = ["pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", "public"];
                    folder.openssl(
                        &[&verify, &["-in", "message", "-sigfile", "signature"][..]].concat(),
                    )
                }
            };
        }
    }
}
