//! A contender as a server with one thread, on a free port of the loopback interface.

use std::io::Read;
use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

use actix_web::{App, HttpServer};

use crate::github::Limits;
use crate::{Framework, actix, axum};

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
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.set_nonblocking(true).unwrap();
    println!("{}", listener.local_addr().unwrap().port());
    match framework {
        Framework::Axum => serve_axum(listener, name),
        Framework::Actix => serve_actix(listener, name),
    }
}

fn serve_axum(listener: TcpListener, name: &str) {
    let app = axum::application(name, Limits::Raised).expect("a contender of that name");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        ::axum::serve(listener, app).await.unwrap();
    });
}

fn serve_actix(listener: TcpListener, name: &str) {
    let name = name.to_owned();
    let server = HttpServer::new(move || {
        App::new()
            .configure(actix::shared)
            .configure(|app| assert!(actix::mount(&name, Limits::Raised, app), "{name}"))
    });
    // As the other server, it closes no connection before the bench is over.
    let server = server.workers(1).keep_alive(HOUR).client_request_timeout(HOUR);
    let server = server.disable_signals().listen(listener).unwrap();
    actix_web::rt::System::new().block_on(server.run()).unwrap();
}
