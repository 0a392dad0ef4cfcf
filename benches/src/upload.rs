//! Uploads that all go on at the same time, and may stop half-way.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// How much of one goes out before the next has its turn: so little that the server's own buffers,
/// which grow with what comes at once, stay small.
const PIECE: usize = 8 * 1024;

/// When nothing went out for so long, nothing will.
const STALLED: Duration = Duration::from_secs(1);

/// One upload.
pub struct Upload<'b> {
    stream: TcpStream,
    left: &'b [u8],
    /// The server closed the connection.
    closed: bool,
}

impl<'b> Upload<'b> {
    pub fn new(stream: TcpStream, bytes: &'b [u8]) -> Self {
        stream.set_nonblocking(true).unwrap();
        Self { stream, left: bytes, closed: false }
    }

    /// Sends more, once what it had is out.
    pub fn then(&mut self, bytes: &'b [u8]) {
        assert!(self.left.is_empty(), "the server does not read");
        self.left = bytes;
    }

    /// The first byte of the answer, when it came.
    pub fn is_answered(&mut self) -> bool {
        matches!(self.stream.read(&mut [0]), Ok(1))
    }

    fn is_over(&self) -> bool {
        self.closed || self.left.is_empty()
    }

    /// Whether something went out.
    fn advance(&mut self) -> bool {
        let piece = &self.left[..self.left.len().min(PIECE)];
        match self.stream.write(piece) {
            Ok(written) => {
                self.left = &self.left[written..];
                written > 0
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => false,
            Err(_) => {
                self.closed = true;
                true
            }
        }
    }
}

/// Sends all of them piece by piece in turn, until everything is out or nothing goes on. For each
/// piece the server is left `pause` to take it in.
pub fn send(uploads: &mut [Upload<'_>], pause: Duration) {
    let mut last = Instant::now();
    while uploads.iter().any(|upload| !upload.is_over()) && last.elapsed() < STALLED {
        let mut went_out = false;
        for upload in uploads.iter_mut().filter(|upload| !upload.is_over()) {
            went_out |= upload.advance();
        }
        if went_out {
            last = Instant::now();
        }
        std::thread::sleep(pause * u32::try_from(uploads.len()).unwrap());
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn all_arrive_and_a_closed_one_holds_up_nobody() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let connect = || TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let bytes = vec![7; 5 << 20];
        let mut uploads = [Upload::new(connect(), &bytes), Upload::new(connect(), &bytes)];
        let reader = std::thread::spawn(move || {
            let (mut first, _) = listener.accept().unwrap();
            drop(listener.accept().unwrap());
            let mut read = Vec::new();
            first.read_to_end(&mut read).unwrap();
            read.len()
        });
        send(&mut uploads, Duration::ZERO);
        assert_eq!((uploads[0].closed, uploads[1].closed), (false, true));
        assert!(uploads[0].left.is_empty());
        drop(uploads);
        assert_eq!(reader.join().unwrap(), 5 << 20);
    }
}
