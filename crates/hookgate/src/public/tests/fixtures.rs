//! Keys, certificates and signatures made with openssl for these tests. The private halves were
//! thrown away.

/// What the signatures below sign.
pub(super) const MESSAGE: &[u8] = b"a message";

/// 2048 bits, e = 65537.
pub(super) const RSA_2048: &str = "\
    -----BEGIN PUBLIC KEY-----\n\
    MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAvnFa/0YSN3YtqreRngUd\n\
    59MSGetyI0ViGtsSTCEBLj3h2VArLcGPX5KkvRuNARLX1enYRYn+ndbh4u4Y92Tz\n\
    9nS0ISztmXVClCctoS0a5o4WvcYFHf1ZDnokfBROdfxwStUfGtf6fo0008Lanmsi\n\
    QaBMDZBn8GKxy1ojV8b5AMm3RGHJALxxwvSw3SFS34QWVdJxLT1reENpfaUj1jkv\n\
    sJ64vrWNdoZF/vE1u/qtSEWshMQwrcLFbEa9uuByRF43u1FZ240Qs1hLDUKDWMfS\n\
    Oh3Qb+J37G6O0i+1E8w2SAm/VN9D01p5f7OwQWOHm+pz7qcUnMJBTpbpRdhrHafL\n\
    QwIDAQAB\n\
    -----END PUBLIC KEY-----\n";
/// The same as `RSAPublicKey`.
pub(super) const RSA_2048_PKCS1: &str = "\
    -----BEGIN RSA PUBLIC KEY-----\n\
    MIIBCgKCAQEAvnFa/0YSN3YtqreRngUd59MSGetyI0ViGtsSTCEBLj3h2VArLcGP\n\
    X5KkvRuNARLX1enYRYn+ndbh4u4Y92Tz9nS0ISztmXVClCctoS0a5o4WvcYFHf1Z\n\
    DnokfBROdfxwStUfGtf6fo0008LanmsiQaBMDZBn8GKxy1ojV8b5AMm3RGHJALxx\n\
    wvSw3SFS34QWVdJxLT1reENpfaUj1jkvsJ64vrWNdoZF/vE1u/qtSEWshMQwrcLF\n\
    bEa9uuByRF43u1FZ240Qs1hLDUKDWMfSOh3Qb+J37G6O0i+1E8w2SAm/VN9D01p5\n\
    f7OwQWOHm+pz7qcUnMJBTpbpRdhrHafLQwIDAQAB\n\
    -----END RSA PUBLIC KEY-----\n";
/// Its signature over the message with SHA1.
pub(super) const RSA_2048_SHA1: &str = "\
    H821WpXVTM2+JAgwKM271uqkOmOrcgEvE/7Ih+TlsqmGuWSf9whLVZzFlpdyrmCeS1O1Rnq8yASJrNUznSKBOhdpzf\
    4yL7XR+pqyJ02oYmsuvMboCVWvqI6AG/y+XwRNnUWeuJlwLNmTCZCIvD3XA5cRr3ZK078qDKt71kGT7aQpUMiOOvo0\
    WuGNqMnDgGwlsnstCyQraC9/P/fFSUsnx05VsNa+s1iFfLiXkistt5TGuCw3uRdzSkQYmLhSjoRdpy6ycJvGzTRjd+\
    BOX8XupMxbTEsFs516dJ4FeUBkcv+KDKImfED0DhAGMcwjzTSP4ucTYVBo5wTejosFRyZJ3Q==";
/// Its signature over the message with SHA256.
pub(super) const RSA_2048_SHA256: &str = "\
    C9k5pz/Qbzo1E7fzIWT6FVy8RsiTiWnI2Z38FhmesoODbakOacHYLzHAj7p2bFjOR4dma4b6kQGudPxGCgi0vLmcaG\
    DJoREkeY5Dt6N88Ju0weO+nAxd4u0arjZY0liOx7UfLK6rErX1rWVJFNJDT4G+EcK1IU6Oi4KxG5JMB2T6bIJ6+MAa\
    BPAGjcOSgbIab53WPcsjazIYiwJS3xu6qUvGlb50gGyHNp0eVV8Wg+kllKCF8ajxQrA4+vQHeHBKGImuqSG184nQLk\
    hxkNERt8jLBNTMh+1+61RsIzmbloE2PV3woDAUcpuGDfZQW1BHAebCachF0ZiYwIEmxNgTZA==";
/// Its signature over the message with SHA512.
pub(super) const RSA_2048_SHA512: &str = "\
    bco8QNQGJrDEckA18/lRx8lwOeO9NvZ9cOhTyAClPAk40nXCNUJaa5oUhAYg9X5PLN4iVdE1JjMkKvIXeOphg1jsAr\
    1nE0l8SAaECqd4PayB7ephyRYkdJhPAcXa1qpDa0sGbGRoCbdXMTENtn10z5wEELtFtD5jKbYiY2heinLKEUviLcu3\
    nE8Zk1mLGYoZ1S+6DvmnEJb+tDb5eAQLzau2JLZRseAEmsdLcIognluSV+wjIQW7VJNXIcTGIZv+q/yvV3MV9SVnPG\
    AuevBaxXVHIM9RZUY0tFi4ZqjdWAFMtPff+vlaIsQXk/gLNoyhJvSC9uF89aITnKrUFbvMvg==";
/// 2048 bits, e = 3.
pub(super) const RSA_E3: &str = "\
    -----BEGIN PUBLIC KEY-----\n\
    MIIBIDANBgkqhkiG9w0BAQEFAAOCAQ0AMIIBCAKCAQEAtYljbiKSduvmIP7LHFaU\n\
    SlvMjoFDFaDy4AScJyuBmymNz70FaHQkbz6bz50qUzHZCY1tCcePahAV98jnWzh2\n\
    op4VNMa8kkC1hdXLU1wfYu1RuIbXUOQLOj+u4hWK/R7DFfn0VIW3W+Wz8Q0qR8Lg\n\
    pFtGXwk/wnhYJbyIpfxoNQEykP3jrEYvyb3cH6Cy9/R/7QOt6Xe4vYUqqjsN95Dn\n\
    nzNK9wbYmAUacAhJfyX6FTVWJK1mKCfq0sjTBOEcB602f7rQuNX8qAtSJt6zpsEZ\n\
    YDI/dCSWc5mAXgFsZo/daS1+LLL+HghY00uhejCXKOGAs/zSvwUv3yBhhbJCbHeT\n\
    EwIBAw==\n\
    -----END PUBLIC KEY-----\n";
/// Its signature over the message.
pub(super) const RSA_E3_SHA256: &str = "\
    bArXYrvDpaL9tzQtXZj4ZJdpUOzFv3yk47euE7AZfQaTsm/aBUKK4SLwQVEYo/OM3tWkzqatyHxoFJUEC4sTsp8gA0\
    gSSuksMGygMZYQ+jMfqzCVKDd0WJTfY4bHj5r5w2UgZv+cfDS3lGX6D08iMtTC6M4f4vazTLzYD44NnRiYpspyE5BA\
    fh53H6hLgn2XRNLOmHxb9x7z/C9sG+fQhde1xS1xZ6iAPC24kDKg3mWTKRHuZD4aKfBf1DA9clXhsfU7zVMk4L9/XX\
    mMCqBRSvMBXR8yKJRmSznnuBYTpCnGrnHoU6Qa6Qt73fGKuV5FYYcSVOoPaaj4Mmaxq8ZRqw==";
/// 1024 bits.
pub(super) const RSA_1024: &str = "\
    -----BEGIN PUBLIC KEY-----\n\
    MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDe2MDL1oPkKJlWf3b9Qwp/Itdo\n\
    PuYekgY85nl2q1R9ozH+6Bcyzr/aaqd9Cf9Qb5LaLI5LtJ/prEGIXnsyp5yB9MIG\n\
    F1BPMwKdi4n8g+eRtxjiuaj+buVMmPn3IMq0Esw3VfvLfhd+Mvb78+UXpsxVYntX\n\
    OP6JDG8cQEb8wUsPBwIDAQAB\n\
    -----END PUBLIC KEY-----\n";
/// Its signature over the message with SHA1.
pub(super) const RSA_1024_SHA1: &str = "\
    Cm0NTHqjnsjFkdA1IHEo6ST/ne1lsSK/8vgBAbrwH3TsDygonOlCUeLb1lw4J63i0uxNKfDo0GAAa55XNIaVjYb5CD\
    Y8JGNl1KVkBWNJEFyB6Pe2zDKw1NbGbhwgg5ye6gHMJc0qPvRAGSfbnFNTKhU01FejNIX5VYUabkSEhC8=";
/// Its signature over the message with SHA256.
pub(super) const RSA_1024_SHA256: &str = "\
    vSTFrlY4qS9fm1WDOm2CnC6vej/FKDIybxurTu0gJS34fiPMmf30jGLCMb1AyHGloePoxz9+hfn1dlDCisJafCgQyn\
    nfheyPjCCfeE0ZzzIcDwvU4N7DAP4Fpsr0vQLmu1lT1bK7PDwtxbm4az5NSD8ofGj2tBxZae9CJOyfZjM=";
/// Its signature over the message with SHA512.
pub(super) const RSA_1024_SHA512: &str = "\
    oVwUnF0AKc9Wt+oVz28XbeU0sGOrqiJMC3nz9GlM25f+YRL6txy01I1knXbyV4i0qOC9T5GN2vdenPK7NSmDWIUCJW\
    +6nnbsGYjadTCjPgeXVnM4gtOjaxu7N1QjSOVVruNkAXKbMP/Aiepy4/3ybGNILw+Z156bMaiFMRwM+6A=";
/// A key on another curve.
pub(super) const P384: &str = "\
    -----BEGIN PUBLIC KEY-----\n\
    MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEuWVaF4tOrV/Piirk1t5vPnWyj7qI2wCd\n\
    +H+u5XDsfvKD5GzjkOVEzOR2ViOyJGKUIrmuk1r0iXoUqdE8mw3volnCAt3sFduk\n\
    I6sMoiZXQ8P1PA7Yolxv9uidkFxV8aKT\n\
    -----END PUBLIC KEY-----\n";
/// For messages.example.com and Other.Example.com, with a P-256 key.
pub(super) const CERTIFICATE: &str = "\
    -----BEGIN CERTIFICATE-----\n\
    MIICATCCAaegAwIBAgIUVXFD2W5opGA8y5nDxjn93/QacvwwCgYIKoZIzj0EAwIw\n\
    ODEXMBUGA1UECgwOSG9va2dhdGUgdGVzdHMxHTAbBgNVBAMMFG1lc3NhZ2VzLmV4\n\
    YW1wbGUuY29tMB4XDTI2MTEyNTA4MzYwOFoXDTI2MTEyNjA4MzYwOFowODEXMBUG\n\
    A1UECgwOSG9va2dhdGUgdGVzdHMxHTAbBgNVBAMMFG1lc3NhZ2VzLmV4YW1wbGUu\n\
    Y29tMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEZu4o70ezzDOEhxdiL1LFL9Q5\n\
    FefmrzXqf1g85S9wIaPA07Ud0JCTLfxY8cRm8eAKI1/I2FYUOyy34AuW4JaFOaOB\n\
    jjCBizAdBgNVHQ4EFgQUSEfSevWpe3piZzyVztXMpZ7DcjgwHwYDVR0jBBgwFoAU\n\
    SEfSevWpe3piZzyVztXMpZ7DcjgwDwYDVR0TAQH/BAUwAwEB/zA4BgNVHREEMTAv\n\
    ghRtZXNzYWdlcy5leGFtcGxlLmNvbYIRT3RoZXIuRXhhbXBsZS5jb22HBH8AAAEw\n\
    CgYIKoZIzj0EAwIDSAAwRQIhAMJGoHHLplB+qqWACVgy/CwoWjTXPVWhHQd6LBY/\n\
    061qAiB7Gp9MVvxzeNiV9gw3v/hTLy71H96BGyuUE6Fd6p8Ekw==\n\
    -----END CERTIFICATE-----\n";
/// A signature of the certificate's key over the message.
pub(super) const CERTIFICATE_SHA256: &str = "\
    MEQCIBi/f+7GaH+Rh1A/RmuqPnIVQR5WM+UFD7VzSUpqaj7dAiB3aaSBJtjv5Kcs0zBiXrGyWlY+aCS3ivGWoB5PgA\
    X/cg==";
/// The first and the last second of the certificate.
pub(super) const CERTIFICATE_TIMES: (i64, i64) = (1795595768, 1795682168);
/// For sns.amazonaws.com by its common name alone, with an Ed25519 key.
pub(super) const CERTIFICATE_BY_NAME: &str = "\
    -----BEGIN CERTIFICATE-----\n\
    MIIBTDCB/6ADAgECAhRJMsnn4QZTyGCFyTxycdukW20ThjAFBgMrZXAwHDEaMBgG\n\
    A1UEAwwRc25zLmFtYXpvbmF3cy5jb20wHhcNMjYxMTI1MDgzNjA4WhcNMjYxMTI2\n\
    MDgzNjA4WjAcMRowGAYDVQQDDBFzbnMuYW1hem9uYXdzLmNvbTAqMAUGAytlcAMh\n\
    APJT25GWEumbccOZ2I2NIis8GasWxp+uIWqRMQp7XB1do1MwUTAdBgNVHQ4EFgQU\n\
    gQB8UwJLvHUWn8vn206mvRhWzTcwHwYDVR0jBBgwFoAUgQB8UwJLvHUWn8vn206m\n\
    vRhWzTcwDwYDVR0TAQH/BAUwAwEB/zAFBgMrZXADQQA3BtVLG/ntDFG1D61P2yjd\n\
    JIfTnRUiv1osHWg0WfE+eXcfHcX0jzHuWyztCiid9GXnCHZ7++rJZDcwIBy82HUJ\n\
    -----END CERTIFICATE-----\n";
