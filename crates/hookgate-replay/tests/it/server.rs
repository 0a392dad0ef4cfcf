//! A real Redis for a test: on a port of its own, in a folder of its own, gone with the test.

#![expect(clippy::print_stdout, reason = "tests say what they skip")]

use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hookgate_replay::RedisGuard;
use hookgate_replay::redis::{self, Client};

static NUMBER: AtomicUsize = AtomicUsize::new(0);

/// A prefix that no other test has.
pub(crate) fn fresh_prefix() -> Arc<str> {
    format!("test {}:", NUMBER.fetch_add(1, Ordering::Relaxed)).into()
}

/// A running `redis-server`. Dropped, also by a test that fails, it is killed.
#[derive(Debug)]
pub(crate) struct Redis {
    child: Child,
    port: u16,
    dir: PathBuf,
    /// Else a stranger on the same port would be taken for ours.
    password: String,
}

impl Redis {
    /// `None`, and a word about it, where Redis is not installed.
    pub(crate) fn start() -> Option<Self> {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("hookgate-replay-{}-{number}", std::process::id());
        let dir = std::env::temp_dir().join(&name);
        std::fs::create_dir_all(&dir).unwrap();
        // The port that is free now may be taken in a moment: then another is tried.
        for _ in 0..20 {
            let port = free_port();
            match spawn(port, &dir, &name) {
                Ok(child) => {
                    let mut redis = Self { child, port, dir: dir.clone(), password: name.clone() };
                    if redis.answers() {
                        return Some(redis);
                    }
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    println!("skipped: redis-server is not installed");
                    std::fs::remove_dir_all(&dir).unwrap();
                    return None;
                }
                Err(error) => panic!("redis-server cannot run: {error}"),
            }
        }
        panic!("redis-server did not start");
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://:{}@127.0.0.1:{}/", self.password, self.port)
    }

    /// As a machine of its own would have it.
    pub(crate) async fn guard(&self) -> RedisGuard {
        // Where the tests share two cores with a build, two seconds are not always enough.
        RedisGuard::connect(&self.url()).await.unwrap().timeout(Duration::from_secs(30))
    }

    /// A connection past the guard.
    pub(crate) fn by_hand(&self) -> redis::Connection {
        Client::open(self.url()).unwrap().get_connection().unwrap()
    }

    /// Without a word of farewell, and everything that it knew is gone.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it again at the same port.
    pub(crate) fn restart(&mut self) {
        for _ in 0..100 {
            self.child = spawn(self.port, &self.dir, &self.password).unwrap();
            if self.answers() {
                return;
            }
        }
        panic!("the port is taken");
    }

    fn answers(&mut self) -> bool {
        let client = Client::open(self.url()).unwrap();
        for _ in 0..1_000 {
            if self.child.try_wait().unwrap().is_some() {
                return false;
            }
            if let Ok(mut connection) = client.get_connection()
                && redis::cmd("PING").query::<String>(&mut connection).is_ok()
            {
                return true;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        false
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

fn spawn(port: u16, dir: &PathBuf, password: &str) -> std::io::Result<Child> {
    Command::new("redis-server")
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--requirepass", password])
        .args(["--save", "", "--appendonly", "no", "--daemonize", "no"])
        .current_dir(dir)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
}
