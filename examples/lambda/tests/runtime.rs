//! The program itself, with a stand-in for Lambda's runtime API: it hands out events, and takes the
//! answers.

use std::net::SocketAddr;
use std::process::{Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::Mutex;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::time::timeout;

/// Only to fail instead of waiting for ever.
const PATIENCE: Duration = Duration::from_secs(60);

const GENUINE: [&str; 4] = [
    include_str!("../events/api-gateway-http.json"),
    include_str!("../events/api-gateway-rest.json"),
    include_str!("../events/function-url-base64.json"),
    include_str!("../events/load-balancer.json"),
];

/// Lambda's side: events to hand out, and the answers that came back for them.
#[derive(Clone)]
struct Api {
    events: Arc<Mutex<Receiver<String>>>,
    answers: Sender<Value>,
}

/// `GET /runtime/invocation/next`: waits until there is an event.
async fn next(State(api): State<Api>) -> ([(&'static str, &'static str); 4], String) {
    let event = api.events.lock().await.recv().await.unwrap();
    let head = [
        ("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd"),
        ("lambda-runtime-deadline-ms", "4102444800000"),
        ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-central-1:123456789012:f"),
        ("content-type", "application/json"),
    ];
    (head, event)
}

/// `POST /runtime/invocation/{id}/response`. There is also `error`, which the test has no route
/// for: a function that fails gets 404, and the test no answer.
async fn answered(State(api): State<Api>, Path(_): Path<String>, answer: String) -> StatusCode {
    api.answers.send(serde_json::from_str(&answer).unwrap()).await.unwrap();
    StatusCode::ACCEPTED
}

struct Lambda {
    events: Sender<String>,
    answers: Receiver<Value>,
    function: Child,
}

impl Lambda {
    async fn start() -> Self {
        let (events, to_function) = mpsc::channel(1);
        let (from_function, answers) = mpsc::channel(1);
        let api = Api { events: Arc::new(Mutex::new(to_function)), answers: from_function };
        let api = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(answered))
            .with_state(api);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, api).await });
        let mut function = function(address);
        function.env("HARMONIZELY_SECRET", "the secret of the webhook").stdout(Stdio::null());
        Self { events, answers, function: function.spawn().unwrap() }
    }

    async fn answer(&mut self, event: String) -> Value {
        self.events.send(event).await.unwrap();
        timeout(PATIENCE, self.answers.recv()).await.unwrap().unwrap()
    }
}

/// The program, as Lambda starts it.
fn function(api: SocketAddr) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lambda"));
    command
        .env("AWS_LAMBDA_RUNTIME_API", api.to_string())
        .env("AWS_LAMBDA_FUNCTION_NAME", "f")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
        .env_remove("HARMONIZELY_SECRET")
        .env_remove("HARMONIZELY_SECRET_PREVIOUS")
        .kill_on_drop(true);
    command
}

#[tokio::test]
async fn one_instance_answers_every_services_events() {
    let mut lambda = Lambda::start().await;
    for event in GENUINE {
        assert_eq!(lambda.answer(event.to_owned()).await["statusCode"], 200, "{event}");

        // Signed for another body.
        let mut event: Value = serde_json::from_str(event).unwrap();
        event["body"] = "e30=".into();
        let answer = lambda.answer(event.to_string()).await;
        assert_eq!(answer["statusCode"], 400, "{event}");
        let problem: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
        assert_eq!(problem["code"], "signature_not_verified");
        assert_eq!(answer["isBase64Encoded"], false);
    }
    lambda.function.kill().await.unwrap();
}

#[tokio::test]
async fn a_function_without_its_secret_does_not_start() {
    // Nobody is asked for events, so no address has to answer.
    let mut command = function(SocketAddr::from(([127, 0, 0, 1], 9)));
    let output = timeout(PATIENCE, command.output()).await.unwrap();
    let Output { status, stderr, .. } = output.unwrap();
    assert!(!status.success());
    let message = String::from_utf8(stderr).unwrap();
    assert!(message.contains("HARMONIZELY_SECRET is not set"), "{message}");
}
