//! A contender as a server with one thread, on a free port of the loopback interface.

use std::io::Read;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use actix_web::{App, HttpServer};
use tokio::net::TcpSocket;

use crate::github::Limits;
use crate::{Framework, actix, axum};

const ANY_PORT: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0);

/// Connections that may wait to be accepted: one that finds no room comes back after a second.
const WAITING: u32 = 4_096;

const HOUR: Duration = Duration::from_secs(3_600);

/// Serves until standard input ends, which it does when the bench is gone, whatever became of it.
/// Prints the port first.
pub fn serve(framework: Framework, name: &str) {
    std::thread::spawn(|| {
        drop(std::io::stdin().read_to_end(&mut Vec::new()));
        std::process::exit(0);
    });
    // As many connections as this user may have.
    rlimit::increase_nofile_limit(u64::MAX).unwrap();
    match framework {
        Framework::Axum => serve_axum(name),
        Framework::Actix => serve_actix(name),
    }
}

fn serve_axum(name: &str) {
    let app = axum::application(name, Limits::Raised).expect("a contender of that name");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(ANY_PORT.into()).unwrap();
        let listener = socket.listen(WAITING).unwrap();
        println!("{}", listener.local_addr().unwrap().port());
        ::axum::serve(listener, app).await.unwrap();
    });
}

fn serve_actix(name: &str) {
    let name = name.to_owned();
    let server = HttpServer::new(move || {
        App::new()
            .configure(actix::shared)
            .configure(|app| assert!(actix::mount(&name, Limits::Raised, app), "{name}"))
    });
    // As the other server, it closes no connection before the bench is over.
    let server = server.workers(1).keep_alive(HOUR).client_request_timeout(HOUR);
    let server = server.disable_signals().backlog(WAITING).bind(ANY_PORT).unwrap();
    println!("{}", server.addrs()[0].port());
    actix_web::rt::System::new().block_on(server.run()).unwrap();
}
