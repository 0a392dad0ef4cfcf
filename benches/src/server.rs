//! A server in a process of its own, which ends when it is dropped.

use std::fmt;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::{Framework, process};

/// No answer of a server takes longer than this.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Server {
    child: Child,
    pub address: SocketAddr,
}

impl Server {
    /// Starts a command that prints its port first, and serves until its standard input ends.
    pub fn start(mut command: Command) -> Self {
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut server = Self { child, address: (Ipv4Addr::LOCALHOST, 0).into() };
        let mut port = String::new();
        let output = server.child.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut port).unwrap();
        server.address.set_port(port.trim().parse().expect("the port of the server"));
        server
    }

    /// Starts a contender, where `program` is the one that serves them.
    pub fn contender(program: &str, framework: Framework, name: &str) -> Self {
        let mut command = Command::new(program);
        command.args(["serve", framework.name(), name]);
        Self::start(command)
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    pub fn processor_time(&self) -> Duration {
        process::processor_time(self.child.id())
    }

    /// The bytes in memory, once they no longer change.
    pub fn resident(&self) -> f64 {
        let resident = || process::resident(self.child.id());
        let until = Instant::now() + PATIENCE;
        let mut last = resident();
        let mut unchanged = 0;
        while unchanged < 5 && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(50));
            let now = resident();
            unchanged = if (now - last).abs() < 64.0 * 1024.0 { unchanged + 1 } else { 0 };
            last = now;
        }
        last
    }

    /// The most bytes that it ever had in memory.
    pub fn peak(&self) -> f64 {
        process::peak(self.child.id())
    }
}

/// Sends a whole request, and reads the answer.
pub fn exchange(stream: &mut TcpStream, request: &[u8]) -> u16 {
    stream.write_all(request).unwrap();
    let mut answer = Vec::new();
    while !is_whole(&answer) {
        let mut piece = [0; 1024];
        let read = stream.read(&mut piece).unwrap();
        assert_ne!(read, 0, "the server closed the connection");
        answer.extend_from_slice(&piece[..read]);
    }
    status(&answer).expect("an answer in HTTP/1.1")
}

/// Answers of the contenders to what they accept have no body.
pub fn is_whole(answer: &[u8]) -> bool {
    answer.ends_with(b"\r\n\r\n")
}

/// The status, once its line has come.
pub fn status(answer: &[u8]) -> Option<u16> {
    let rest = answer.strip_prefix(b"HTTP/1.1 ")?;
    str::from_utf8(rest.get(..3)?).ok()?.parse().ok()
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may be gone already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Server").field(&self.address).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_whole_after_its_head() {
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
        assert!(is_whole(answer));
        assert!(!is_whole(&answer[..answer.len() - 1]));
        assert_eq!(status(answer), Some(200));
        assert_eq!(status(b"HTTP/1.1 20"), None);
        assert_eq!(status(b"HTTP/1.0 200 OK\r\n"), None);
    }
}
