# Everything that CI checks.
test:
    ./scripts/test

# The example servers.
quickstart:
    cargo run -p quickstart

quickstart-actix:
    cargo run -p quickstart-actix

# Drives files of vectors through the core, tower, axum and actix-web.
conformance *files="tests/vectors/seed-providers.json":
    cargo run -q --release -p hookgate-conformance -- {{files}}

# Node's answers, against which the JavaScript form is held.
node-answers:
    node scripts/node-answers.mjs > crates/hookgate/src/json/node_answers.json
