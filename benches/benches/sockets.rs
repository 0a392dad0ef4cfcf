//! What a gate costs over sockets: the server's processor time for a request.
//!
//! Every contender is a server of its own on CPU 0; this process loads them in turn from CPU 1.

#![expect(clippy::print_stdout, reason = "its output is the table")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "it stops loudly")]

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use hookgate_bench::contender::names;
use hookgate_bench::load::Load;
use hookgate_bench::measure::Rounds;
use hookgate_bench::request::Request;
use hookgate_bench::server::Server;
use hookgate_bench::{Booking, Framework, SECRET, table};
use tempfile::TempDir;

const SIZES: [usize; 2] = [2_048, 65_536];
const CONNECTIONS: usize = 64;
const ROUNDS: usize = 7;
const WARM_UP: Duration = Duration::from_millis(100);
const ROUND: Duration = Duration::from_millis(500);
/// What runs before the first round: Node compiles what is called often.
const FIRST_WARM_UP: Duration = Duration::from_millis(500);

const CONTENDERS: [(Framework, &str); 14] = [
    (Framework::Axum, names::BARE),
    (Framework::Axum, names::HAND_WRITTEN),
    (Framework::Axum, names::NAIVE),
    (Framework::Axum, names::LAYER),
    (Framework::Axum, names::ROUTE),
    (Framework::Axum, names::WEBHOOK_VERIFY),
    (Framework::Axum, names::JSON),
    (Framework::Axum, names::ROUTE_TYPED),
    (Framework::Actix, names::BARE),
    (Framework::Actix, names::HAND_WRITTEN),
    (Framework::Actix, names::NAIVE),
    (Framework::Actix, names::LAYER),
    (Framework::Actix, names::ROUTE),
    (Framework::Actix, names::WEBHOOK_VERIFY),
];

struct Entry {
    framework: &'static str,
    name: &'static str,
    server: Server,
}

fn main() {
    let taskset = runs("taskset");
    if !taskset {
        println!("Nothing is pinned to a processor: there is no `taskset`.");
    }
    let mut entries: Vec<_> = CONTENDERS
        .map(|(framework, name)| {
            let mut command = on_first_processor(env!("CARGO_BIN_EXE_contender"), taskset);
            command.args(["serve", framework.name(), name]);
            Entry { framework: framework.name(), name, server: Server::start(command) }
        })
        .into();
    let modules = TempDir::new().unwrap();
    match express(modules.path(), taskset) {
        Some(server) => entries.push(Entry { framework: "Node.js", name: "Express 5.3.0", server }),
        None => println!("Express: not measured, for want of `node` or of what `npm` installs."),
    }
    if taskset {
        let own = std::process::id().to_string();
        let mut pin = Command::new("taskset");
        pin.args(["-acp", "1", &own]).stdout(Stdio::null());
        assert!(pin.status().unwrap().success());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for size in SIZES {
        let rounds = runtime.block_on(measure(&entries, size));
        print(size, &entries, &rounds);
    }
}

/// The processor time of each server, in microseconds for a request.
async fn measure(entries: &[Entry], size: usize) -> Rounds {
    let body = Booking::of_size(size);
    let request: Arc<[u8]> = Request::signed(&body).with(&body).into();
    let mut rows = vec![Vec::new(); entries.len()];
    for round in 0..ROUNDS {
        for turn in 0..entries.len() {
            let at = (turn + round) % entries.len();
            let server = &entries[at].server;
            let mut load = Load::connect(server.address, CONNECTIONS, &request).await;
            load.run(if round == 0 { FIRST_WARM_UP } else { WARM_UP }).await;
            let before = settled(server).await;
            let answered = load.run(ROUND).await;
            let spent = settled(server).await - before;
            rows[at].push(spent.as_secs_f64() * 1e6 / answered as f64);
        }
    }
    Rounds::new(rows)
}

/// The processor time once the server sleeps: what a running thread spent is not booked yet.
async fn settled(server: &Server) -> Duration {
    tokio::time::sleep(Duration::from_millis(10)).await;
    server.processor_time()
}

fn print(size: usize, entries: &[Entry], rounds: &Rounds) {
    let row = |(own, entry): (usize, &Entry)| {
        let to = |name| {
            let same = |other: &Entry| other.framework == entry.framework && other.name == name;
            let base = entries.iter().position(same)?;
            Some(table::spread(rounds.spread(|of| of(own) / of(base))))
        };
        let or_none = |ratio: Option<_>| ratio.unwrap_or_else(|| "–".into());
        vec![
            entry.framework.to_owned(),
            entry.name.to_owned(),
            table::spread(rounds.spread(|of| of(own))),
            or_none(to(names::BARE)),
            or_none(to(names::HAND_WRITTEN)),
            or_none(to(names::JSON)),
        ]
    };
    table::print(
        &format!("Over sockets, {} bytes", table::whole(size as f64)),
        &[
            "framework",
            "contender",
            "CPU µs per request",
            "to bare",
            "to hand-written",
            "to Json<T>",
        ],
        &entries.iter().enumerate().map(row).collect::<Vec<_>>(),
    );
}

/// A command that keeps to the first processor.
fn on_first_processor(program: &str, taskset: bool) -> Command {
    if !taskset {
        return Command::new(program);
    }
    let mut command = Command::new("taskset");
    command.args(["-c", "0", program]);
    command
}

/// Express, installed into `modules`.
fn express(modules: &Path, taskset: bool) -> Option<Server> {
    if !runs("node") || !runs("npm") {
        return None;
    }
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("express");
    for file in ["package.json", "server.mjs"] {
        std::fs::copy(source.join(file), modules.join(file)).unwrap();
    }
    let mut install = Command::new("npm");
    install.args(["install", "--no-package-lock", "--no-audit", "--no-fund", "--silent"]);
    install.current_dir(modules).stdout(Stdio::null());
    if !install.status().unwrap().success() {
        return None;
    }
    let mut command = on_first_processor("node", taskset);
    command.arg("server.mjs").current_dir(modules);
    command.env("NODE_ENV", "production").env("SECRET", SECRET);
    Some(Server::start(command))
}

fn runs(program: &str) -> bool {
    let mut version = Command::new(program);
    version.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    version.status().is_ok_and(|status| status.success())
}
