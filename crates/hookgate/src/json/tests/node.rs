//! [`reserialise`] against Node.js: what it answered once, and what it answers here and now.

use std::{
    collections::HashSet,
    error::Error,
    io::{ErrorKind, Write},
    process::{Command, Stdio},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use proptest::{prelude::*, strategy::ValueTree, string::string_regex, test_runner::TestRunner};
use serde::Deserialize;

use super::{
    TestResult,
    model::{Flavour, damaged, written},
    nested,
};
use crate::json::{ScanError, members, reserialise, text_at};

/// A line of the table that `scripts/node-answers.mjs` prints.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    input_base64: String,
    output_base64: Option<String>,
}

/// All texts of the table that Node.js takes and we do not, and why.
fn refused_on_purpose() -> Vec<(Vec<u8>, ScanError)> {
    let twice = [
        r#"{"a":1,"a":2}"#,
        r#"{"a":1,"b":2,"a":3}"#,
        r#"{"a":1,"\u0061":2}"#,
        r#"{"1":1,"1":2}"#,
        r#"{"1":1,"\u0031":2}"#,
        r#"{"":1,"":2}"#,
        r#"{"x":[{"k":{"a":1,"a":1}}]}"#,
        r#"{"__proto__":1,"__proto__":2}"#,
        r#"{"a":{},"b":{},"a":{}}"#,
        r#"{"\ud83d":1,"\uD83D":2}"#,
        "{\"\u{1f600}\":1,\"\\ud83d\\ude00\":2}",
        r#"{"\n":1,"\u000a":2}"#,
        r#"{"\/":1,"/":2}"#,
        r#"{"type":"evil.event","type":"transcript.completed"}"#,
        "{\"\u{e9}\":1,\"\\u00E9\":2}",
    ];
    let not_utf8: [&[u8]; 8] = [
        b"\"\xff\"",
        b"\"\x80\"",
        b"\"\xc3\"",
        b"\"\xc0\x80\"",
        b"\"\xed\xa0\xbd\"",
        b"\"\xf4\x90\x80\x80\"",
        b"\"\xe2\x82\"",
        b"{\"\xe9\":1}",
    ];
    let too_deep = [
        nested("[", "", "]", 65),
        nested("[", "", "]", 66),
        nested("[", "", "]", 200),
        nested("{\"a\":", "0", "}", 65),
        nested("{\"a\":", "0", "}", 66),
        nested("{\"a\":", "0", "}", 200),
        nested("[{\"1\":0,\"0\":", "[]", "}]", 32),
        nested("[{\"1\":0,\"0\":", "1", "}]", 33),
        nested("[{\"1\":0,\"0\":", "1", "}]", 100),
    ];
    let twice = twice.iter().map(|text| (text.as_bytes().to_vec(), ScanError::DuplicateKey));
    let not_utf8 = not_utf8.iter().map(|bytes| (bytes.to_vec(), ScanError::NotUtf8));
    let too_deep = too_deep.into_iter().map(|text| (text.into_bytes(), ScanError::TooDeep));
    twice.chain(not_utf8).chain(too_deep).collect()
}

#[test]
fn table_of_node_answers() -> TestResult {
    let rows: Vec<Row> = serde_json::from_str(include_str!("../node_answers.json"))?;
    assert!(rows.len() >= 500, "the table has only {} rows", rows.len());
    let on_purpose = refused_on_purpose();
    let mut refused = HashSet::new();
    for row in rows {
        let input = STANDARD.decode(&row.input_base64)?;
        let shown = String::from_utf8_lossy(&input);
        let got = reserialise(&input);
        // The other readers must take the same texts, which printing could hide.
        let scanned = text_at(&input, &[]).map(drop);
        let Some(output) = row.output_base64 else {
            let utf8 = str::from_utf8(&input).is_ok();
            let want = if utf8 { ScanError::Syntax } else { ScanError::NotUtf8 };
            assert_eq!(got, Err(want), "{shown}");
            assert_eq!(scanned, Err(want), "{shown}");
            assert!(members(&input).is_err(), "{shown}");
            continue;
        };
        if let Some((_, reason)) = on_purpose.iter().find(|(text, _)| *text == input) {
            assert_eq!(got, Err(*reason), "{shown}");
            if *reason != ScanError::DuplicateKey {
                assert_eq!(scanned, got.map(drop), "{shown}");
            }
            refused.insert(input);
            continue;
        }
        assert_eq!(scanned, Ok(()), "{shown}");
        let got = got.map_err(|error| format!("{error}: {shown}"))?;
        assert_eq!(
            String::from_utf8_lossy(&got),
            String::from_utf8_lossy(&STANDARD.decode(output)?),
            "{shown}"
        );
    }
    assert_eq!(refused.len(), on_purpose.len(), "texts refused on purpose miss in the table");
    Ok(())
}

/// Reads one text a line in base64 and answers in base64, or `-` when `JSON.parse` throws.
const ANSWER: &str = r#"
const lines = require("fs").readFileSync(0, "latin1").split("\n").slice(0, -1);
process.stdout.write(lines.map((line) => {
  try {
    const text = Buffer.from(line, "base64").toString("utf8");
    return Buffer.from(JSON.stringify(JSON.parse(text))).toString("base64") + "\n";
  } catch {
    return "-\n";
  }
}).join(""));
"#;

/// What Node.js makes of one text; `None` when it throws.
type Answer = Option<Vec<u8>>;

/// What the Node.js of this machine makes of `texts`; `None` when it has none.
fn ask_node(texts: &[String]) -> Result<Option<Vec<Answer>>, Box<dyn Error>> {
    let child = Command::new("node")
        .args(["-e", ANSWER])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let mut child = match child {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        child => child?,
    };
    let lines: String = texts.iter().map(|text| STANDARD.encode(text) + "\n").collect();
    // Taken, so that the pipe is closed and the child stops reading.
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(lines.as_bytes())?;
    }
    let output = child.wait_with_output()?;
    if !output.status.success() {
        return Err(format!("node ended with {}", output.status).into());
    }
    let answers = String::from_utf8(output.stdout)?;
    let answers = answers.lines().map(|line| match line {
        "-" => Ok(None),
        line => STANDARD.decode(line).map(Some),
    });
    Ok(Some(answers.collect::<Result<_, _>>()?))
}

fn sample<S: Strategy>(
    strategy: S,
    count: usize,
    runner: &mut TestRunner,
) -> Result<Vec<S::Value>, String> {
    let values = (0..count).map(|_| strategy.new_tree(runner).map(|tree| tree.current()));
    values.collect::<Result<_, _>>().map_err(|reason| reason.to_string())
}

#[test]
fn random_texts_as_node_answers_here() -> TestResult {
    let mut runner = TestRunner::default();
    let correct = sample(written(Flavour::JavaScript), 400, &mut runner)?;
    let damaged = sample(damaged(Flavour::JavaScript), 400, &mut runner)?;
    let numbers = string_regex("-?[0-9]{0,3}\\.?[0-9]{0,3}[eE]?[+-]?[0-9]{0,3}")?;
    let numbers = sample(numbers, 1000, &mut runner)?;
    let first_damaged = correct.len();
    let correct = correct.into_iter().map(|(_, text)| text);
    let texts: Vec<String> = correct.chain(damaged).chain(numbers).collect();
    let Some(answers) = ask_node(&texts)? else {
        // Not `eprintln`, which the test harness would keep to itself.
        writeln!(std::io::stderr(), "skipped: there is no `node` to compare with")?;
        return Ok(());
    };
    assert_eq!(answers.len(), texts.len());
    let (mut taken, mut thrown) = (0u32, 0u32);
    for (index, (text, answer)) in texts.iter().zip(answers).enumerate() {
        let got = reserialise(text.as_bytes());
        match (got, answer) {
            (Err(ScanError::Syntax), None) => thrown = thrown.saturating_add(1),
            // Damage may make two keys the same.
            (Err(ScanError::DuplicateKey), Some(_)) if index >= first_damaged => {}
            // Node.js may see a syntax error beyond the second of two keys.
            (Err(ScanError::DuplicateKey), None) if index >= first_damaged => {}
            (Ok(got), Some(answer)) => {
                let (got, answer) = (String::from_utf8(got)?, String::from_utf8(answer)?);
                assert_eq!(got, answer, "{text:?}");
                taken = taken.saturating_add(1);
            }
            (got, answer) => {
                let answer = answer.map(String::from_utf8).transpose()?;
                return Err(format!("{text:?}: {got:?}, but Node.js: {answer:?}").into());
            }
        }
    }
    // Otherwise the comparison would compare little.
    assert!(taken >= 400 && thrown >= 300, "{taken} taken, {thrown} thrown");
    Ok(())
}
