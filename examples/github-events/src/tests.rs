//! Deliveries with the documented fields of each kind of payload.

use axum::body::Body;
use axum::http::Request;
use hookgate::sign::{Message, sign};
use hookgate::testing::{self, TestError};
use tower::ServiceExt;

use super::*;

const SECRET: &str = "the secret of the webhook";

const PING: &str = r#"{
    "zen": "Design for failure.",
    "hook_id": 109948940,
    "hook": {
        "type": "Repository", "id": 109948940, "name": "web", "active": true,
        "events": ["push", "issues"],
        "config": {"content_type": "json", "insecure_ssl": "0", "url": "https://example.com/hooks"},
        "updated_at": "2026-11-20T09:30:45Z", "created_at": "2026-11-20T09:30:45Z"
    }
}"#;

const PUSH: &str = r#"{
    "ref": "refs/heads/main",
    "before": "6113728f27ae82c7b1a177c8d03f9e96e0adf246",
    "after": "59b20b8d5c6ff8d09518454d4dd8b7b30f095ab5",
    "base_ref": null, "created": false, "deleted": false, "forced": false,
    "compare": "https://github.com/octo/hello/compare/6113728f27ae...59b20b8d5c6f",
    "commits": [{
        "id": "59b20b8d5c6ff8d09518454d4dd8b7b30f095ab5",
        "tree_id": "f9d2a07e9488b91af2641b26b9407fe22a451433",
        "distinct": true, "message": "Say hello", "timestamp": "2026-11-20T10:31:04+01:00",
        "url": "https://github.com/octo/hello/commit/59b20b8d5c6ff8d09518454d4dd8b7b30f095ab5",
        "author": {"name": "Octo", "email": "octo@example.com", "username": "octo"},
        "committer": {"name": "Octo", "email": "octo@example.com", "username": "octo"},
        "added": ["hello.txt"], "removed": [], "modified": []
    }],
    "head_commit": null,
    "pusher": {"name": "octo", "email": "octo@example.com"}
}"#;

const STAR: &str = r#"{"action": "created", "starred_at": "2026-11-20T09:30:45Z"}"#;

/// The fields of a user, as they stand in issues and comments.
const USER: &str = r#"{
    "login": "octo", "id": 1, "node_id": "MDQ6VXNlcjE=", "gravatar_id": "",
    "avatar_url": "https://avatars.githubusercontent.com/u/1?v=4",
    "url": "https://api.github.com/users/octo", "html_url": "https://github.com/octo",
    "followers_url": "https://api.github.com/users/octo/followers",
    "following_url": "https://api.github.com/users/octo/following{/other_user}",
    "gists_url": "https://api.github.com/users/octo/gists{/gist_id}",
    "starred_url": "https://api.github.com/users/octo/starred{/owner}{/repo}",
    "subscriptions_url": "https://api.github.com/users/octo/subscriptions",
    "organizations_url": "https://api.github.com/users/octo/orgs",
    "repos_url": "https://api.github.com/users/octo/repos",
    "events_url": "https://api.github.com/users/octo/events{/privacy}",
    "received_events_url": "https://api.github.com/users/octo/received_events",
    "type": "User", "site_admin": false
}"#;

fn issue() -> String {
    format!(
        r#"{{
        "id": 2, "node_id": "I_2", "number": 7, "title": "It says nothing", "body": "At all.",
        "url": "https://api.github.com/repos/octo/hello/issues/7",
        "repository_url": "https://api.github.com/repos/octo/hello",
        "labels_url": "https://api.github.com/repos/octo/hello/issues/7/labels{{/name}}",
        "comments_url": "https://api.github.com/repos/octo/hello/issues/7/comments",
        "events_url": "https://api.github.com/repos/octo/hello/issues/7/events",
        "html_url": "https://github.com/octo/hello/issues/7",
        "user": {USER}, "labels": [], "state": "open", "locked": false, "assignee": null,
        "assignees": [], "milestone": null, "comments": 1, "closed_at": null,
        "created_at": "2026-11-20T09:30:45Z", "updated_at": "2026-11-20T09:30:45Z",
        "author_association": "OWNER"
    }}"#
    )
}

fn issues() -> String {
    format!(r#"{{"action": "opened", "issue": {}, "sender": {USER}}}"#, issue())
}

fn comment() -> String {
    format!(
        r#"{{
        "action": "created", "issue": {}, "sender": {USER},
        "comment": {{
            "id": 3, "node_id": "IC_3", "body": "Mend it.", "user": {USER},
            "url": "https://api.github.com/repos/octo/hello/issues/comments/3",
            "html_url": "https://github.com/octo/hello/issues/7#issuecomment-3",
            "issue_url": "https://api.github.com/repos/octo/hello/issues/7",
            "created_at": "2026-11-20T09:31:45Z", "updated_at": "2026-11-20T09:31:45Z",
            "author_association": "OWNER"
        }}
    }}"#,
        issue()
    )
}

fn message(name: &str, body: impl Into<String>) -> Message {
    let id = "72d3162e-cc78-11e3-81ab-4c9367dc0958";
    Message::post("/hooks/github", body.into()).event(name).id(id)
}

fn event(message: Message) -> Result<WebhookEvent, TestError> {
    testing::event(GITHUB.events::<Event>(), message).map(|Event(event)| event)
}

#[test]
fn each_kind_decodes() {
    let ping = event(message("ping", PING)).unwrap();
    assert!(matches!(ping.specific, WebhookEventPayload::Ping(ping) if ping.hook.is_some()));
    let push = event(message("push", PUSH)).unwrap();
    assert!(matches!(push.specific, WebhookEventPayload::Push(push) if push.commits.len() == 1));
    let opened = event(message("issues", issues())).unwrap();
    assert!(matches!(opened.specific, WebhookEventPayload::Issues(of) if of.issue.number == 7));
    let comment = event(message("issue_comment", comment())).unwrap();
    let WebhookEventPayload::IssueComment(of) = comment.specific else { panic!() };
    assert_eq!(of.comment.body.as_deref(), Some("Mend it."));
    let star = event(message("star", STAR)).unwrap();
    assert!(matches!(star.specific, WebhookEventPayload::Star(_)));
    // GitHub adds events without notice.
    let unknown = event(message("comet", "{}")).unwrap();
    assert_eq!(unknown.kind, WebhookEventType::Unknown("comet".into()));
}

/// All of these are signed.
#[test]
fn a_body_under_another_name_is_no_event() {
    for (name, body) in [
        // octocrab's type has nothing that a ping must hold.
        ("ping", PUSH.to_owned()),
        ("ping", STAR.to_owned()),
        ("star", PING.to_owned()),
        ("comet", PUSH.to_owned()),
        ("issues", comment()),
        ("issue_comment", issues()),
        ("push", "{}".to_owned()),
        ("Push", PUSH.to_owned()),
        ("\"push\"", issues()),
        ("push", format!("[{PUSH}]")),
    ] {
        let error = event(message(name, body)).unwrap_err();
        assert!(matches!(error, TestError::Event(_)), "{name}: {error}");
    }
    let nameless = Message::post("/hooks/github", PUSH);
    assert!(matches!(event(nameless), Err(TestError::Event(_))));
}

#[test]
fn neither_the_event_nor_the_id_is_signed() {
    let delivery = testing::deliver(GITHUB, message("push", PUSH)).unwrap();
    let (event, id) = (delivery.event().unwrap(), delivery.id().unwrap());
    assert_eq!((&*event.text, event.signed), ("push", false));
    assert_eq!((&*id.text, id.signed), ("72d3162e-cc78-11e3-81ab-4c9367dc0958", false));
    assert_eq!(delivery.content().signed.event, None);
    // Stays the same under another name and id, unlike either of them.
    let renamed = testing::deliver(GITHUB, message("ping", PUSH).id("1")).unwrap();
    assert_eq!(delivery.replay_key(), renamed.replay_key());
}

async fn status(secret: &str, message: Message) -> u16 {
    let app = app(Secrets::new(SECRET)).unwrap();
    let request: Request<Body> = sign(&GITHUB, secret, message).unwrap().into_http().unwrap();
    app.oneshot(request).await.unwrap().status().as_u16()
}

#[tokio::test]
async fn only_what_is_signed_and_agrees_with_its_name_is_taken() {
    assert_eq!(status(SECRET, message("push", PUSH)).await, 200);
    assert_eq!(status(SECRET, message("star", PUSH)).await, 400);
    assert_eq!(status("another secret", message("push", PUSH)).await, 400);
}

/// GitHub's own example: <https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries>.
#[tokio::test]
async fn the_signature_is_github_s() {
    let signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    let request = |signature: &str| {
        Request::post("/hooks/github")
            .header("x-hub-signature-256", signature)
            .header("x-github-event", "ping")
            .body(Body::from("Hello, World!"))
            .unwrap()
    };
    let answer = async |request: Request<Body>| {
        let app = app(Secrets::new("It's a Secret to Everybody")).unwrap();
        let response: axum::response::Response = app.oneshot(request).await.unwrap();
        axum::body::to_bytes(response.into_body(), 4096).await.unwrap()
    };
    // Genuine, and no JSON: another answer than a wrong signature's.
    let genuine = answer(request(signature)).await;
    let wrong = answer(request(&signature.replace('5', "6"))).await;
    assert_ne!(genuine, wrong);
}
