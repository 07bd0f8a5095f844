//! A minimal HTTP/1.1 client: one keep-alive connection, and answers with a `Content-Length`. A full client would use a
//! large part of the driver's core.

use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// One connection to the server under test.
pub struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
    /// How much of `received` is filled.
    length: usize,
}

/// An answer, borrowed from the connection's buffer.
pub struct Answer<'a> {
    pub status: u16,
    pub body: &'a [u8],
}

impl Connection {
    /// Connects, with Nagle's algorithm off.
    pub async fn open(addr: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(addr).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, received: vec![0; 64 * 1024], length: 0 })
    }

    /// Sends one request and waits for the whole answer.
    ///
    /// # Errors
    /// If the connection breaks, or the answer has no length.
    pub async fn exchange(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.length = 0;
        loop {
            let read = self.stream.read(&mut self.received[self.length..]).await?;
            if read == 0 {
                return Err(Error::new(ErrorKind::UnexpectedEof, "the server hung up, or its answer is too long"));
            }
            self.length += read;
            if let Some(head) = Head::parse(&self.received[..self.length])?
                && self.length >= head.end + head.content_length
            {
                let body = &self.received[head.end..head.end + head.content_length];
                return Ok(Answer { status: head.status, body });
            }
        }
    }
}

struct Head {
    status: u16,
    /// Where the body begins.
    end: usize,
    content_length: usize,
}

impl Head {
    /// `None` while the head is not complete.
    fn parse(received: &[u8]) -> Result<Option<Self>> {
        let invalid = |what: &str| Error::new(ErrorKind::InvalidData, what.to_owned());
        let Some(end) = received.windows(4).position(|four| four == b"\r\n\r\n") else {
            return Ok(None);
        };
        let text = std::str::from_utf8(&received[..end]).map_err(|_| invalid("a head that is not text"))?;
        let mut lines = text.split("\r\n");
        let status = lines.next().and_then(|line| line.get(9..12)).and_then(|code| code.parse().ok());
        let status = status.ok_or_else(|| invalid("no status line"))?;
        let length =
            lines.filter_map(|line| line.split_once(':')).find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
        let content_length = match length {
            Some((_, value)) => value.trim().parse().map_err(|_| invalid("a bad Content-Length"))?,
            None if status == 204 => 0,
            None => return Err(invalid("an answer without Content-Length")),
        };
        Ok(Some(Self { status, end: end + 4, content_length }))
    }
}

/// `GET path` with an access token.
pub fn get(path: &str, token: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nuser-agent: load\r\nauthorization: Bearer {token}\r\n\r\n")
        .into_bytes()
}

/// `POST path` with a JSON body.
pub fn post(path: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\nuser-agent: load\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}
