//! Tokens with a valid signature whose claims are wrong or malformed.

use super::{Forgery, Target};
use serde_json::{Value, json};

pub fn all(target: &Target) -> Vec<Forgery> {
    let mut all = headers(target);
    all.extend(claims(target));
    all.extend(texts(target));
    all
}

fn headers(target: &Target) -> Vec<Forgery> {
    let mut all = Vec::new();
    let mut with = |name: &str, value: Value| {
        let token = target.good.clone().with_header(name, value.clone()).sign();
        all.push((format!("header {name} {value:.60}"), token));
    };
    // Extensions that must be understood (RFC 7515 §4.1.11): we understand none, and the list must not be empty.
    for crit in
        [json!(["b64"]), json!(["exp"]), json!([]), json!("b64"), json!({}), json!(1), json!(false), Value::Null]
    {
        with("crit", crit);
    }
    for alg in ["ES384", "ES512", "ES256K", "RS256", "PS256", "HS256", "EdDSA", "none", "es256", "ES256 ", ""] {
        with("alg", json!(alg));
    }
    // An ID token, a refresh token and any other JWT are no access tokens (RFC 9068 §4).
    for typ in ["JWT", "jwt", "at+JWT", "application/at+jwt", "rt+jwt", "id+jwt", "at+jwt ", ""] {
        with("typ", json!(typ));
    }
    for kid in ["unknown", "", ".", "../../keyring.json", "/dev/null", "' OR '1'='1", "a\u{0}b"] {
        with("kid", json!(kid));
    }
    with("kid", json!("k".repeat(2000)));
    with("kid", json!([target.good.header["kid"]]));
    for name in ["alg", "typ", "kid"] {
        for value in [Value::Null, json!(1), json!(true), json!([target.good.header[name]]), json!({})] {
            with(name, value);
        }
    }
    for name in ["alg", "typ", "kid"] {
        all.push((format!("without header {name}"), target.good.clone().without_header(name).sign()));
    }
    all
}

fn claims(target: &Target) -> Vec<Forgery> {
    let mut all = Vec::new();
    for name in ["iss", "aud", "sub", "client_id", "sid", "gen", "jti", "iat", "exp", "username", "roles"] {
        all.push((format!("without {name}"), target.good.clone().without_claim(name).sign()));
        let own = target.good.claims[name].clone();
        for value in [Value::Null, json!(true), json!({}), json!([[own]]), json!(1.5)] {
            let token = target.good.clone().with_claim(name, value.clone()).sign();
            all.push((format!("{name} {value}"), token));
        }
    }
    let mut with = |name: &str, value: Value| {
        let token = target.good.clone().with_claim(name, value.clone()).sign();
        all.push((format!("{name} {value:.60}"), token));
    };
    for name in ["iss", "aud", "client_id"] {
        let own = target.good.claims[name].as_str().unwrap();
        for value in ["", "https://evil.example", &own.to_uppercase(), &format!("{own}/"), &format!(" {own}")] {
            with(name, json!(value));
        }
        // RFC 7519 §4.1.3 allows a list as `aud`; ours is never one.
        with(name, json!([own]));
    }
    with("aud", json!(["https://evil.example", target.good.claims["aud"]]));
    with("sub", json!(""));
    with("sid", json!(""));
    with("sid", json!("x"));
    with("sid", json!(format!("{}=", target.good.claims["sid"].as_str().unwrap())));
    with("sid", json!("A".repeat(23)));
    for name in ["exp", "iat"] {
        let own = target.good.claims[name].as_i64().unwrap();
        for value in [json!(own.to_string()), json!(own as f64 + 0.5), json!(1e300), json!(u64::MAX), json!("")] {
            with(name, value);
        }
    }
    with("iat", json!(target.good.claims["iat"].as_i64().unwrap() + 2));
    with("iat", json!(i64::MAX));
    // RFC 7519 §4.1.5: not good before then. Ours have no such claim; one that is there must be a time, and past.
    let now = target.good.claims["iat"].as_i64().unwrap();
    for value in [json!(now + 1), json!(now + 3600), json!(i64::MAX), json!(u64::MAX), json!(1e300)] {
        with("nbf", value);
    }
    for value in [Value::Null, json!(now.to_string()), json!(""), json!(true), json!([now]), json!({}), json!(1.5)] {
        with("nbf", value);
    }
    for value in [json!(-1), json!(u64::from(u32::MAX) + 1), json!(u64::MAX), json!("0"), json!(0.5)] {
        with("gen", value);
    }
    with("roles", json!("Manager"));
    with("roles", json!([1]));
    all
}

/// Signed texts that are not the JSON of a token.
fn texts(target: &Target) -> Vec<Forgery> {
    let (header, claims) = (target.good.header.to_string(), target.good.claims.to_string());
    let sign = |name: &str, header: &str, claims: &str| (name.to_owned(), target.good.sign_raw(header, claims));
    let bytes = |name: &str, header: &[u8], claims: &[u8]| (name.to_owned(), target.good.sign_bytes(header, claims));
    let again = |text: &str, first: &str| text.replacen('{', &format!("{{{first},"), 1);
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let deep = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let huge = "9".repeat(400);
    let number = |name: &str, value: &str| {
        let own = format!("\"{name}\":{}", target.good.claims[name]);
        assert!(claims.contains(&own));
        target.good.sign_raw(&header, &claims.replace(&own, &format!("\"{name}\":{value}")))
    };
    let mut not_utf8 = claims.clone().into_bytes();
    not_utf8[claims.find("ada").unwrap()] = 0xff;
    let mut all = vec![
        sign("claims empty", &header, ""),
        sign("claims a list", &header, "[]"),
        sign("claims null", &header, "null"),
        sign("claims a text", &header, "\"x\""),
        sign("claims cut off", &header, &claims[..claims.len() - 1]),
        sign("claims twice", &header, &format!("{claims}{claims}")),
        sign("claims as a list of values", &header, &{
            let own = &target.good.claims;
            let order = ["iss", "aud", "sub", "client_id", "sid", "gen", "jti", "iat", "exp", "username", "roles"];
            json!(order.map(|name| own[name].clone())).to_string()
        }),
        sign("header empty", "", &claims),
        sign("header a list", "[]", &claims),
        sign("header a list of values", &json!(["ES256", "at+jwt", target.good.header["kid"]]).to_string(), &claims),
        sign("header not JSON", "{", &claims),
        sign("header with a comma too many", &header.replace('}', ",}"), &claims),
        sign("header with a comment", &header.replace('}', "/**/}"), &claims),
        sign("a byte order mark", &header, &format!("\u{feff}{claims}")),
        bytes("claims in UTF-16", header.as_bytes(), &utf16(&claims)),
        bytes("header in UTF-16", &utf16(&header), claims.as_bytes()),
        bytes("not UTF-8", header.as_bytes(), &not_utf8),
        sign("half a surrogate pair", &header, &claims.replace("ada", "\\ud800")),
        sign("too long", &header, &again(&claims, &format!("\"x\":\"{}\"", "x".repeat(4000)))),
        sign("roles nested deeply", &header, &claims.replace("[\"Manager\"]", &deep(1000))),
        sign("crit nested deeply", &again(&header, &format!("\"crit\":{}", deep(1000))), &claims),
        sign("alg twice", &again(&header, "\"alg\":\"none\""), &claims),
        sign("kid twice", &again(&header, "\"kid\":\"x\""), &claims),
        sign("crit twice", &again(&again(&header, "\"crit\":[]"), "\"crit\":[]"), &claims),
        sign("alg twice, the second time escaped", &again(&header, "\"\\u0061lg\":\"ES256\""), &claims),
        ("exp overflowing".into(), number("exp", "9223372036854775808")),
        ("exp 400 digits".into(), number("exp", &huge)),
        ("exp infinite".into(), number("exp", "1e999")),
        ("exp in exponents".into(), number("exp", "1767225900e0")),
        ("exp hexadecimal".into(), number("exp", "0x7fffffff")),
        ("exp with a zero in front".into(), number("exp", "01767225900")),
        ("exp not a number".into(), number("exp", "NaN")),
        ("gen 400 digits".into(), number("gen", &huge)),
    ];
    for name in ["sub", "sid", "exp", "iss", "aud", "gen"] {
        let own = &target.good.claims[name];
        all.push(sign(&format!("{name} twice"), &header, &again(&claims, &format!("\"{name}\":{own}"))));
    }
    all
}
