//! The site's files inside the binary: the content of `target/site` at build time.

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rust_embed::{Embed, EmbeddedFile};

#[derive(Embed)]
#[folder = "target/site"]
struct Site;

/// The encodings that each file was compressed with, the smallest first: file extension and `Content-Encoding`.
const ENCODINGS: [(&str, &str); 2] = [(".br", "br"), (".gz", "gzip")];

/// The names of the files under `/pkg`.
pub fn built_files() -> impl Iterator<Item = String> {
    Site::iter().filter_map(|path| path.strip_prefix("pkg/").map(str::to_owned))
}

/// Returns the file of the request's path, in the smallest encoding that the client accepts.
pub fn answer(request: &Request) -> Response {
    let path = request.uri().path().trim_start_matches('/');
    let Some(plain) = Site::get(path) else { return StatusCode::NOT_FOUND.into_response() };
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET,HEAD")]).into_response();
    }
    let content_type = HeaderValue::from_str(plain.metadata.mimetype()).ok();
    let accepted = ENCODINGS.into_iter().filter(|(_, name)| accepts(request.headers(), name));
    let found =
        accepted.into_iter().find_map(|(ending, name)| Some((Site::get(&format!("{path}{ending}"))?, Some(name))));
    let (file, encoding) = found.unwrap_or((plain, None));

    let tag = tag(&file);
    let known = request.headers().get(header::IF_NONE_MATCH).is_some_and(|known| matches_tag(known, &tag));
    let mut response = if known { StatusCode::NOT_MODIFIED.into_response() } else { full_response(file) };
    let headers = response.headers_mut();
    headers.extend(HeaderValue::from_str(&tag).ok().map(|tag| (header::ETAG, tag)));
    if !known {
        headers.extend(content_type.map(|kind| (header::CONTENT_TYPE, kind)));
        headers.extend(encoding.map(|name| (header::CONTENT_ENCODING, HeaderValue::from_static(name))));
    }
    response
}

fn full_response(file: EmbeddedFile) -> Response {
    let content = match file.data {
        std::borrow::Cow::Borrowed(content) => Bytes::from_static(content),
        std::borrow::Cow::Owned(content) => Bytes::from(content),
    };
    Response::new(Body::from(content))
}

/// The entity tag of a file. Each encoding has its own (RFC 9110 §8.8.3.3).
fn tag(file: &EmbeddedFile) -> String {
    format!("\"{}\"", URL_SAFE_NO_PAD.encode(&file.metadata.sha256_hash()[..16]))
}

/// Whether `If-None-Match` lists the tag. It uses weak comparison (RFC 9110 §13.1.2), because a proxy that compresses
/// the file itself prefixes the tag with `W/`.
fn matches_tag(known: &HeaderValue, tag: &str) -> bool {
    let known = known.to_str().unwrap_or_default();
    known.split(',').map(|one| one.trim().trim_start_matches("W/")).any(|one| one == tag || one == "*")
}

/// Whether `Accept-Encoding` lists this encoding with a weight above zero (RFC 9110 §12.5.3). `*` is ignored: browsers
/// list their encodings, and the uncompressed file is always acceptable.
fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .any(|entry| {
            let (name, weight) = entry.split_once(';').unwrap_or((entry, "q=1"));
            let weight = weight.trim().strip_prefix("q=").and_then(|weight| weight.parse::<f32>().ok());
            name.trim().eq_ignore_ascii_case(encoding) && weight.is_some_and(|weight| weight > 0.0)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoding_is_used_only_when_accepted() {
        for (line, wanted) in [
            ("br", true),
            ("gzip, deflate, br, zstd", true),
            ("BR;q=0.5", true),
            ("gzip", false),
            ("br;q=0", false),
            ("br;q=0.000, gzip", false),
            ("br;q=nonsense", false),
            ("*", false),
            ("", false),
            ("brotli", false),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(line))]);
            assert_eq!(accepts(&headers, "br"), wanted, "{line}");
        }
    }

    #[test]
    fn etag_in_a_list_matches_weak_or_strong() {
        for (line, wanted) in
            [(r#""a""#, true), (r#"W/"a""#, true), (r#""b", "a""#, true), ("*", true), (r#""b""#, false), ("a", false)]
        {
            assert_eq!(matches_tag(&HeaderValue::from_static(line), r#""a""#), wanted, "{line}");
        }
    }
}
