// Prints what Node.js makes of a list of JSON texts, as the table that the core's JSON module is
// tested with. The list is fixed, so the same Node.js prints the same table.
//
//     node scripts/node-answers.mjs > crates/hookgate/src/json/node_answers.json
//
// Each entry holds the bytes of a body, and the bytes of JSON.stringify(JSON.parse(body)), or null
// when JSON.parse throws. The committed table was printed by Node.js 20.

const inputs = [];
const seen = new Set();

function add(...texts) {
  for (const text of texts) {
    const base64 = Buffer.from(text).toString("base64");
    if (!seen.has(base64)) {
      seen.add(base64);
      inputs.push(base64);
    }
  }
}

// --- values and white space ---
add("null", "true", "false", "0", '""', "[]", "{}", " null ", "\t\n\r [ \t\n\r ] \t\n\r");
add('{ }', '{ "a" : 1 }', '{\r\n  "a": 1,\r\n  "b": [\r\n    1,\r\n    2\r\n  ]\r\n}\r\n', "[ 1 , 2 ]");
add('{"type":"transcript.completed","id":7}\n', '[[],[[]],{},{"a":{}}]', '[[[[1]]]]', '[{},{}]');
add('[null,true,false,"x",1,{"k":[]}]', '{"a":{"b":{"c":[{"d":1}]}}}', '"only text"', " 1\n");

// --- order of keys: array indices first and ascending, then as inserted ---
add('{"b":1,"a":2,"10":3,"2":4}', '{"10":1,"9":2,"8":3}', '{"a":1,"1":2,"b":3,"0":4}');
add('{"0":0,"1":1,"2":2}', '{"2":2,"1":1,"0":0}', '{"z":0,"y":1,"x":2}', '{"01":1,"1":2,"001":3}');
add('{"-1":1,"1":2,"-0":3,"0":4}', '{"4294967294":1,"a":2,"1":3}', '{"4294967295":1,"a":2,"1":3}');
add('{"a":0,"4294967295":1,"4294967294":2}', '{"4294967296":1,"4294967294":2,"4294967293":3}');
add('{"a":0,"9999999999":1,"0":2}', '{"a":0,"10000000000":1,"99":2}', '{"a":0,"2147483648":1,"2147483647":2}');
add('{"a":0,"9007199254740991":1,"9007199254740993":2,"5":3}', '{"a":0,"18446744073709551617":1,"1":2}');
add('{"1.0":1,"1":2}', '{"a":0,"1e0":1,"1":2,"+1":3," 1":4,"1 ":5}', '{"a":0,"0x1":1,"1_0":2,"3":4}');
add('{"a":0,"00":1,"0":2}', '{"a":0,"":1,"1":2}', '{"a":0,"\\u0031":1,"\\u0030":2}', '{"a":0,"1\\u0030":1,"9":2}');
add('{"a":0,"\u0661":1,"\uff11":2,"1":3}', '{"a":0,"NaN":1,"Infinity":2,"7":3}', '{"a":0,"1n":1,"1":2}');
add('{"b":{"1":1,"0":0},"1":{"b":[{"3":1,"2":2}],"0":null},"a":[]}');
add('{"x":{"b":1,"2":{"9":1,"z":2,"8":3},"1":"}{,\\""},"5":"\\\\","4":[1,2,{"1":1,"0":0}]}');
add('{"3":{"2":{"1":{"0":"deep","-":1},"00":0}},"2":1e3,"1":"","0":-0}', '[{"1":0,"0":1},{"b":0,"a":1}]');
add('{"__proto__":1,"a":2}', '{"a":1,"__proto__":{"b":2},"0":3}', '{"__proto__":null}', '{"__proto__":{"toJSON":1}}');
add('{"constructor":1,"toString":2,"hasOwnProperty":3,"valueOf":4}', '{"toJSON":1,"b":2}', '{"length":1,"0":2}');
add('{"toJSON":{"x":1},"1":"y"}', '{"rawJSON":"1"}', '{"A":1,"a":2,"\u00c4":3,"\u00e4":4}', '{"a":1,"a ":2," a":3}');
add('{"a\\u0000":1,"a":2,"\\u0000":3}', '{"\\ud83d":1,"\\ud83e":2,"\\ude00":3,"\\ud83d\\ude00":4,"1":5}');
add('{"\\n":1,"n":2,"\\\\n":3,"\\t":4}', '{"\u00e9":1,"e\u0301":2,"0":3}', '{"\\u2028":1,"\u2029":2}');
add(`{${Array.from({ length: 40 }, (_, i) => `"${(i * 7) % 40}":${i}`).join(",")}}`);
add(`{${Array.from({ length: 60 }, (_, i) => `"${i % 3 ? "k" : ""}${(i * 37) % 61}":"${i}"`).join(",")}}`);

// --- keys that occur twice: Node takes the last value, the reader under test refuses ---
add('{"a":1,"a":2}', '{"a":1,"b":2,"a":3}', '{"a":1,"\\u0061":2}', '{"1":1,"1":2}', '{"1":1,"\\u0031":2}');
add('{"":1,"":2}', '{"x":[{"k":{"a":1,"a":1}}]}', '{"__proto__":1,"__proto__":2}', '{"a":{},"b":{},"a":{}}');
add('{"\\ud83d":1,"\\uD83D":2}', '{"\ud83d\ude00":1,"\\ud83d\\ude00":2}', '{"\\n":1,"\\u000a":2}', '{"\\/":1,"/":2}');
add('{"type":"evil.event","type":"transcript.completed"}', '{"\u00e9":1,"\\u00E9":2}');
add('[{"a":1},{"a":2}]', '{"a":{"a":{"a":1}}}', '{"a":1,"A":2}', '{"a":"a","b":"a"}', '{"1":1,"01":2,"1.0":3}');

// --- numbers ---
const numbers = `
  0 -0 0.0 -0.0 0e0 -0e0 0e1 0E+1 0e-1 -0e-0 0.000 0e400 -0E400 0e-400 0.0e999999999999
  1 -1 1.0 -1.0 1.50 10 100 1e0 1e1 1e2 0.1e1 0.1E1 1E+2 1e+02 1e00 1e-0 1E-2 10e-1 1.5e1 12.5e-1
  1e20 1e21 1e22 -1e20 -1e21 123456789012345680000 1234567890123456789012 99999999999999999999
  999999999999999999999 999999999999999900000 100000000000000000000 1000000000000000000000
  0.1 0.01 0.001 0.0001 0.00001 0.000001 0.0000001 1e-5 1e-6 1e-7 -1e-7 1.5e-6 1.5e-7 0.00000123 0.000000123
  5e-324 4.9e-324 2.5e-324 2.4e-324 2e-324 1e-323 1e-400 -1e-400 2.2250738585072014e-308 2.2250738585072011e-308
  1.7976931348623157e308 1.7976931348623158e308 1.7976931348623159e308 1e308 1e309 -1e309 1E400 -1E400 1e999999999999
  179769313486231570000e289 9007199254740991 9007199254740992 9007199254740993 9007199254740994 9007199254740995
  -9007199254740993 9223372036854775807 9223372036854775808 18446744073709551615 18446744073709551616
  4503599627370496.5 4503599627370497.5 0.3 0.30000000000000004 0.1000000000000000055511151231257827
  3.141592653589793238462643383279 2.718281828459045 1.1 2.2 3.3 123.456 123456.789e3 1e23 8.41e21 9.5e-7
  4.35 0.285 1.005 5e-7 0.5e-6 4.4501477170144023e-308 1.448997445238699 4294967295 4294967296 2147483648
  1e16 1e17 12345678901234567 123456789012345678 1.2345678901234567e19 6.02214076e23 6.62607015e-34 1e100 1e-100
`.trim().split(/\s+/);
add(...numbers, `[${numbers.join(",")}]`, `{"n":${numbers[3]},"1":1E400}`);
add("1" + "0".repeat(400), "0." + "0".repeat(400) + "1", "1." + "0".repeat(400) + "1", "9".repeat(309));
add("0." + "9".repeat(400), "1e" + "0".repeat(400) + "2", "1" + "0".repeat(400) + "e-400");
// Exactly half-way between two neighbours, and a hair above: where readers round wrongly.
add("9007199254740993.0", "9007199254740993.00000000000000000000000000000000000000000001");
for (let power = -30; power <= 30; power += 1) add(`1e${power}`, `1.2345678901234567e${power}`);

// --- strings ---
for (let code = 0; code <= 0x20; code += 1) {
  const hex = code.toString(16).padStart(4, "0");
  add(`"\\u${hex}"`, `"a\\u${hex.toUpperCase()}b"`, `"${String.fromCharCode(code)}"`);
}
add('"\\b\\t\\n\\f\\r\\"\\\\\\/"', '"\\u0008\\u0009\\u000A\\u000c\\u000D\\u0022\\u005C\\u002f"', '"/"', '"\\/"');
add('"\u007f\u0080\u009f\u00a0"', '"\\u007F\\u0080"', '"\u2028\u2029"', '"\\u2028\\u2029"', '"\ufeff"', '"\\uFEFF"');
add('"\u00e9"', '"\\u00e9"', '"\\u00E9"', '"\u20ac \\u20AC"', '"\u{1f600}"', '"\u{10ffff}\u{10000}"', '"\ufffd\uffff\ufffe"');
add('"\\ud83d\\ude00"', '"\\uD83D\\uDE00"', '"\\uD83d\\uDe00"', '"\\ud800\\udc00\\udbff\\udfff"');
add('"\\ud83d"', '"\\uD83D"', '"\\ude00"', '"\\uDE00"', '"\\ude00\\ud83d"', '"\\ud83d\\ud83d\\ude00"');
add('"\\ud83d\\ude00\\ude00"', '"\\ud83dx\\ude00"', '"\\ud83d\\u0041"', '"\\ud83d\\n"', '"\\ud83d\\\\ude00"');
add('"\\uD800"', '"\\uDBFF"', '"\\uDC00"', '"\\uDFFF"', '"\\uD7FF\\uE000"', '"\\ud83d\u{1f600}"', '"\u{1f600}\\ude00"');
add('"\\ud83d \\ude00"', '"x\\ud83d"', '"\\ud83dx"', '"\\u0000\\u001f"', '"\\u0061\\u0062"', '"<script>&\'"', '"`${x}"');
add('"' + "x".repeat(100) + '\\n"', '"' + "\u00e9".repeat(40) + '"', '"0123456789abcde\\"0123456789abcdef\\\\"');
for (let length = 13; length <= 35; length += 1) add(`{"${"k".repeat(length)}":"${"v".repeat(length)}\\u00e9"}`);

// --- what is no JSON ---
add("", " ", "\n", "\ufeff{}", "\ufeff", "{}\ufeff", "{\ufeff}", "\u00a0{}", "\v{}", "\f[]", "{}\u2028", "\0", "{}\0", "[]\v");
add("{} {}", "[][]", "1 2", "1,2", "{}x", "{},", "nullnull", "null x", "]", "}", ",", ":", "[", "{", "[[", "[{", '{"a":[', '"');
add("[,]", "[1,]", "[,1]", "[1,,2]", "[1 2]", "[1;2]", "[1}", "[}", "{]", '{"a":1]', '["a":1]', "[1]]", "{}}", "[]]", "[{]}");
add("{,}", '{"a"}', '{"a":}', '{"a":1,}', '{,"a":1}', '{"a":1,,"b":2}', '{"a":1 "b":2}', '{"a" 1}', '{"a"::1}', '{"a":1:2}');
add("{a:1}", "{'a':1}", "{1:1}", "{null:1}", '{"a",1}', '{"a":1;"b":2}', '{"a":1,"b"', '{"a":1,"b":', '{"a":1', '{"a', '{"a"', "{[]:1}");
add("nul", "nulll", "Null", "NULL", "tru", "True", "truefalse", "fals", "False", "undefined", "NaN", "Infinity", "-Infinity", "-NaN", "n", "t", "f");
add("01", "00", "-01", "-00", "+1", "+0", "1.", "1.e1", ".5", "-.5", "-", "--1", "-a", "1e", "1e+", "1e-", "1E", "1e+-1", "1e1.5", "1e1e1");
add("0x10", "0b1", "0o7", "1_000", "1n", "1f", "1..2", "1.2.3", "0e", "0.e1", "- 1", "1 e1", "1. 5", "1,000", "\uff11", "\u0661", "1\u0661", "[-]", "[1.]", "[01]");
add("'a'", '"a', 'a"', '"a""b"', '"\\"', '"\\', '"\\x41"', '"\\0"', '"\\a"', '"\\v"', '"\\\'"', '"\\`"', '"\\U0041"', '"\\8"', '"\\\n"', '"\\\u00e9"');
add('"\\u"', '"\\u1"', '"\\u12"', '"\\u123"', '"\\u123g"', '"\\u+123"', '"\\u-123"', '"\\u 123"', '"\\u{41}"', '"\\u00e\u00e9"', '"\\u12', '"\\ud83d\\u"', '"\\ud83d\\');
add('"a\nb"', '"a\tb"', '"a\rb"', '"\x1f"', '{"a\nb":1}', '{"\\x":1}', "`a`", "/*c*/1", "1//c", "{}//", "#c\n1", "[1,/*c*/2]", "(1)", "<a/>", "a=b", "\u201ca\u201d");

// --- bytes that are no UTF-8: Node reads replacement characters, the reader under test refuses ---
for (const bytes of [[0xff], [0x80], [0xc3], [0xc0, 0x80], [0xed, 0xa0, 0xbd], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82]]) {
  add(Buffer.from([0x22, ...bytes, 0x22]));
}
add(Buffer.from([0x7b, 0x22, 0xe9, 0x22, 0x3a, 0x31, 0x7d]), Buffer.from([0xff]), Buffer.from([0x31, 0xff]));
add(Buffer.from('{"a":1}', "utf16le"), Buffer.from('\ufeff{"a":1}', "utf16le"));

// --- nesting: Node goes on beyond 64, the reader under test refuses ---
for (const depth of [2, 16, 63, 64, 65, 66, 200]) {
  add("[".repeat(depth) + "]".repeat(depth), '{"a":'.repeat(depth) + "0" + "}".repeat(depth));
  add('[{"1":0,"0":'.repeat(depth >> 1) + "[".repeat(depth & 1) + "]".repeat(depth & 1) + (depth & 1 ? "" : "1") + "}]".repeat(depth >> 1));
}
add("[".repeat(64), "[".repeat(64) + "1" + "]".repeat(63), "[".repeat(64) + "]".repeat(65), '{"a":'.repeat(64), "[" + "[],".repeat(100) + "[]]");

// --- bodies as providers send them ---
add('{"event":"meeting.scheduled","uuid":"6a0e","data":{"start":"2024-05-01T10:00:00.000Z","price":10.0,"note":"Caf\\u00e9 \\/ bar"}}');
add('{"eventType":"Create","entityType":"Ticket","entityId":12,"changes":{"2":"b","1":"a"},"ok":true}\r\n');
add('[{"id":1,"score":0.50},{"id":2,"score":1e2,"tags":["\\ud83d\\ude80",null]}]');
add(JSON.stringify({ id: "evt_1", created: 1714550400, amount: 12.3, lines: [{ q: 1 }, { q: 2 }], nested: { "10": 1, "9": 2, z: 0 } }, null, 2));

function answer(base64) {
  let value;
  try {
    value = JSON.parse(Buffer.from(base64, "base64").toString("utf8"));
  } catch {
    return null;
  }
  return Buffer.from(JSON.stringify(value)).toString("base64");
}

const rows = inputs.map((input) => JSON.stringify({ input_base64: input, output_base64: answer(input) }));
process.stdout.write(`[\n${rows.join(",\n")}\n]\n`);
