//! Tokens with a missing, foreign or manipulated signature.

use super::{Forgery, Target};
use crate::support::forge::Forger;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256,
};
use aws_lc_rs::{hmac, rsa};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD as BASE64};
use latchkey_core::clock::Clock as _;
use serde_json::{Value, json};

/// The order of the curve P-256 (FIPS 186-4 §D.1.2.3).
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa,
    0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

pub fn all(target: &Target) -> Vec<Forgery> {
    let mut all = algorithms(target);
    all.extend(keys(target));
    all.extend(changed_signatures(target));
    all.extend(encodings(target));
    all
}

fn named(name: impl Into<String>, token: String) -> Forgery {
    (name.into(), token)
}

/// The header of a valid token with another `alg`, and the claims, ready to sign.
fn message(target: &Target, alg: &str) -> String {
    let header = json!({ "alg": alg, "typ": "at+jwt", "kid": target.good.header["kid"] }).to_string();
    format!("{}.{}", BASE64.encode(header), BASE64.encode(target.good.claims.to_string()))
}

/// Algorithm confusion (RFC 8725 §2.1).
fn algorithms(target: &Target) -> Vec<Forgery> {
    let mut all = Vec::new();
    let (_, signature) = target.tokens.access.rsplit_once('.').unwrap();
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        all.push(named(format!("alg {alg:?} unsigned"), format!("{}.", message(target, alg))));
        all.push(named(format!("alg {alg:?} with a signature"), format!("{}.{signature}", message(target, alg))));
    }
    // The public key as an HMAC's secret, in every form in which an attacker may have downloaded it.
    let keyring = target.server.app.server.sessions.keyring();
    let jwk = serde_json::to_value(&keyring.jwks(target.server.clock.now()).keys[0]).unwrap();
    let coordinate = |name: &str| BASE64.decode(jwk[name].as_str().unwrap()).unwrap();
    let point = [vec![4], coordinate("x"), coordinate("y")].concat();
    let der = [&SPKI_PREFIX[..], &point].concat();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(&der));
    for (form, secret) in [
        ("x", coordinate("x")),
        ("point", point),
        ("DER", der),
        ("PEM", pem.into_bytes()),
        ("JWK", jwk.to_string().into_bytes()),
        ("nothing", Vec::new()),
    ] {
        for (alg, algorithm) in [("HS256", hmac::HMAC_SHA256), ("HS512", hmac::HMAC_SHA512)] {
            let message = message(target, alg);
            let tag = hmac::sign(&hmac::Key::new(algorithm, &secret), message.as_bytes());
            all.push(named(
                format!("{alg} under the public key as {form}"),
                format!("{message}.{}", BASE64.encode(tag)),
            ));
        }
    }
    let rsa = rsa::KeyPair::generate(rsa::KeySize::Rsa2048).unwrap();
    let mut signed = vec![0; rsa.public_modulus_len()];
    rsa.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message(target, "RS256").as_bytes(), &mut signed).unwrap();
    all.push(named("RS256", format!("{}.{}", message(target, "RS256"), BASE64.encode(signed))));
    let p384 = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).unwrap();
    for alg in ["ES384", "ES256"] {
        let signed = p384.sign(&SystemRandom::new(), message(target, alg).as_bytes()).unwrap();
        all.push(named(
            format!("a P-384 signature as {alg}"),
            format!("{}.{}", message(target, alg), BASE64.encode(signed)),
        ));
    }
    all
}

/// Everything before the point in the DER of a P-256 public key (RFC 5480 §2).
const SPKI_PREFIX: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// A key of the forger's own, and every way to make the server use it (RFC 8725 §3.8 to §3.10).
fn keys(target: &Target) -> Vec<Forgery> {
    let (own, public) = target.good.clone().with_foreign_key();
    let jwk = json!({ "kty": "EC", "crv": "P-256", "x": public.0, "y": public.1, "kid": "mine", "use": "sig" });
    let with = |name: &str, value: Value| own.clone().with_header(name, value);
    let mut all = vec![
        named("another key", own.sign()),
        named("jwk", with("jwk", jwk.clone()).sign()),
        named("jwk and its kid", with("jwk", jwk).with_header("kid", json!("mine")).sign()),
        named("jku", with("jku", json!("https://evil.example/jwks.json")).sign()),
        named("jku to our own address", with("jku", json!("http://127.0.0.1:3000/.well-known/jwks.json#x")).sign()),
        named("x5u", with("x5u", json!("https://evil.example/key.pem")).sign()),
        named("x5c", with("x5c", json!(["MIIB"])).sign()),
        named("x5t", with("x5t", json!("AAAA")).sign()),
        // The right key under the name of the other one that the server has.
        named("the other key's kid", target.good.clone().with_header("kid", target.other_kid.clone()).sign()),
    ];
    for kid in ["", ".", "../../keyring.json", "/dev/null", "' OR '1'='1", "0", "null", "*", "\u{0}"] {
        all.push(named(format!("kid {kid:?}"), with("kid", json!(kid)).sign()));
    }
    all
}

/// The right key's signature, of something else or in another form.
fn changed_signatures(target: &Target) -> Vec<Forgery> {
    let access = &target.tokens.access;
    let (message, signature) = access.rsplit_once('.').unwrap();
    let raw = BASE64.decode(signature).unwrap();
    let with = |name: &str, signature: &[u8]| named(name, format!("{message}.{}", BASE64.encode(signature)));
    let (r, s) = raw.split_at(32);
    let zero = [0; 32];
    let one = [&zero[..31], &[1]].concat();
    let der = {
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, target.good.pkcs8()).unwrap();
        key.sign(&SystemRandom::new(), message.as_bytes()).unwrap()
    };
    let mut flipped = raw.clone();
    flipped[40] ^= 1;
    let swapped_claims = {
        let other: Forger = target.good.clone().with_claim("roles", json!(["Admin"]));
        let other = other.sign();
        let parts: Vec<&str> = access.split('.').collect();
        format!("{}.{}.{}", parts[0], other.split('.').nth(1).unwrap(), parts[2])
    };
    vec![
        named("claims of another token", swapped_claims),
        with("a bit flipped", &flipped),
        with("DER instead of r and s (RFC 7518 §3.4)", der.as_ref()),
        with("r = s = 0 (CVE-2022-21449)", &[0; 64]),
        with("r = 0", &[&zero, s].concat()),
        with("s = 0", &[r, &zero].concat()),
        with("r = s = 1", &[one.clone(), one].concat()),
        with("r = n", &[&ORDER, s].concat()),
        with("r = s = n", &[ORDER, ORDER].concat()),
        with("all ones", &[0xff; 64]),
        with("r and s exchanged", &[s, r].concat()),
        with("too short", &raw[..63]),
        with("r alone", r),
        with("one zero in front", &[&[0], &raw[..]].concat()),
        with("one zero behind", &[&raw[..], &[0]].concat()),
        with("twice", &[&raw[..], &raw[..]].concat()),
        with("nothing", &[]),
    ]
}

/// The good token itself, written differently. Only one text is the token.
fn encodings(target: &Target) -> Vec<Forgery> {
    let access = &target.tokens.access;
    let parts: Vec<&str> = access.split('.').collect();
    let [header, claims, signature] = parts[..] else { panic!("a token has three parts") };
    let raw = BASE64.decode(signature).unwrap();
    let mut all = vec![
        named("two parts", format!("{header}.{claims}")),
        named("one part", header.to_owned()),
        named("four parts", format!("{access}.x")),
        named("five parts, like an encrypted one", format!("{access}.x.y")),
        named("a dot behind", format!("{access}.")),
        named("a dot in front", format!(".{access}")),
        named("two dots", format!("{header}..{claims}.{signature}")),
        named("only dots", "..".to_owned()),
        named("white space behind", format!("{access}\u{20}x")),
        named("a tab inside", format!("{header}.\t{claims}.{signature}")),
        named("a blank inside", format!("{header}. {claims}.{signature}")),
        named("in quotes", format!("\"{access}\"")),
        named("in the brackets of a list", format!("[{access}]")),
        named("the scheme twice", format!("Bearer {access}")),
        named("two tokens", format!("{access},{access}")),
        named("upper case", access.to_uppercase()),
        named("percent signs", access.replace('.', "%2e")),
        named("padded signature", format!("{header}.{claims}.{}", URL_SAFE.encode(&raw))),
        named("padded by hand", format!("{access}=")),
        named("encoded twice", BASE64.encode(access)),
        named("the JSON form of RFC 7515 §7.2", {
            json!({ "protected": header, "payload": claims, "signature": signature }).to_string()
        }),
        // The last character has four bits that say nothing; only zeros are right.
        named("another last character", format!("{}{}", &access[..access.len() - 1], changed_last_character(access))),
        named("as UTF-16", access.chars().flat_map(|c| [c, '\u{1}']).collect::<String>().replace('\u{1}', "%00")),
    ];
    // Signed again until the two alphabets differ.
    let differing = std::iter::repeat_with(|| target.good.sign()).find(|token| token.contains(['-', '_'])).unwrap();
    all.push(named("the standard alphabet", differing.replace('-', "+").replace('_', "/")));
    all
}

fn changed_last_character(token: &str) -> char {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let place = ALPHABET.find(token.chars().last().unwrap()).unwrap();
    ALPHABET.chars().nth(place ^ 1).unwrap()
}

/// The other signature of the same message under the same key: s replaced by n − s.
pub fn mirrored(token: &str) -> String {
    let (message, signature) = token.rsplit_once('.').unwrap();
    let mut raw = BASE64.decode(signature).unwrap();
    let mut borrow = 0;
    for place in (0..32).rev() {
        let digit = i16::from(ORDER[place]) - i16::from(raw[32 + place]) - borrow;
        borrow = i16::from(digit < 0);
        raw[32 + place] = u8::try_from(digit.rem_euclid(256)).unwrap();
    }
    format!("{message}.{}", BASE64.encode(raw))
}
