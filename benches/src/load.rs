//! Load on a server: connections that send the same request again and again.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::server::{is_whole, status};

pub struct Load {
    streams: Vec<TcpStream>,
    request: Arc<[u8]>,
}

impl Load {
    pub async fn connect(server: SocketAddr, connections: usize, request: &Arc<[u8]>) -> Self {
        let mut streams = Vec::with_capacity(connections);
        for _ in 0..connections {
            let stream = TcpStream::connect(server).await.unwrap();
            stream.set_nodelay(true).unwrap();
            streams.push(stream);
        }
        Self { streams, request: Arc::clone(request) }
    }

    /// Sends requests for so long, and gives back how many were answered with 200. When it is done
    /// none is under way.
    pub async fn run(&mut self, time: Duration) -> u64 {
        let until = Instant::now() + time;
        let mut tasks = JoinSet::new();
        for stream in self.streams.drain(..) {
            tasks.spawn(exchanges(stream, Arc::clone(&self.request), until));
        }
        let mut answered = 0;
        for (stream, count) in tasks.join_all().await {
            self.streams.push(stream);
            answered += count;
        }
        answered
    }
}

async fn exchanges(mut stream: TcpStream, request: Arc<[u8]>, until: Instant) -> (TcpStream, u64) {
    let mut answered = 0;
    let mut answer = [0; 1024];
    while Instant::now() < until {
        stream.write_all(&request).await.unwrap();
        let mut length = 0;
        while !is_whole(&answer[..length]) {
            let read = stream.read(&mut answer[length..]).await.unwrap();
            assert_ne!(read, 0, "the server closed the connection, or the answer is too long");
            length += read;
        }
        let answer = &answer[..length];
        assert_eq!(status(answer), Some(200), "{}", String::from_utf8_lossy(answer));
        answered += 1;
    }
    (stream, answered)
}
