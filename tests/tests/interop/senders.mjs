// Deliveries as Node.js signs them, one row of the conformance table for each: every algorithm,
// every part of a signed text, every framing. Written from the providers' pages, with nothing of
// hookgate's.

import crypto from 'node:crypto';

const now = 1700000000;
const secret = 'k€y with spaces, $HOME and \'quotes\'';
const url = 'https://hooks.example.com/in%20box/?tenant=1';
const body =
  '{"type":"café é \\u00e9 \\/ \u2028","id":"evt_1","t":1.0,"quote":"\\" \\\\ \\n","emoji":"🪝"} \r\n';

const hmac = (algorithm, key, ...parts) =>
  parts.reduce((mac, part) => mac.update(part), crypto.createHmac(algorithm, key)).digest();
const hash = (algorithm, ...parts) =>
  parts.reduce((hash, part) => hash.update(part), crypto.createHash(algorithm)).digest();
const hex = (bytes) => bytes.toString('hex');
const base64 = (bytes) => bytes.toString('base64');

const rows = [];

function sends(provider, headers, more = {}) {
  const request = { method: 'POST', url, body, secrets: [secret], ...more };
  const bytes = Buffer.from(request.body);
  const row = (id, bytes, verdict) => ({
    id: `node as ${provider}, ${id}`,
    provider,
    secrets: request.secrets,
    now,
    request: {
      method: request.method,
      url: request.url,
      headers: Object.entries(headers).map(([name, value]) => [name, String(value)]),
      body_base64: base64(bytes),
    },
    verdict,
  });
  rows.push(row('as it is', bytes, 'accept'));
  if (request.covered !== false) {
    rows.push(row('with a byte more', Buffer.concat([bytes, Buffer.from(' ')]), 'reject'));
    rows.push(row('without its last byte', bytes.subarray(0, -1), 'reject'));
  }
}

// HMAC: the three hashes, and the forms of keys.
sends('vercel', { 'x-vercel-signature': hex(hmac('sha1', secret, body)) });
sends('intercom', { 'x-hub-signature': `sha1=${hex(hmac('sha1', secret, body))}` });
sends('paystack', { 'x-paystack-signature': hex(hmac('sha512', secret, body)) });
const hexKey = '00ff' + 'a5'.repeat(62);
sends(
  'authorize-net',
  { 'x-anet-signature': `sha512=${hex(hmac('sha512', Buffer.from(hexKey, 'hex'), body)).toUpperCase()}` },
  { secrets: [hexKey.toUpperCase()] },
);
sends(
  'adyen-banking',
  { hmacsignature: base64(hmac('sha256', Buffer.from(hexKey, 'hex'), body)) },
  { secrets: [hexKey] },
);
const odd = 'ﬁ ﬀ Å ½ é ㍿';
sends(
  'easypost',
  { 'x-hmac-signature': `hmac-sha256-hex=${hex(hmac('sha256', odd.normalize('NFKD'), body))}` },
  { secrets: [odd] },
);
const raw = crypto.randomBytes(32);
const standard = (id) => base64(hmac('sha256', raw, `${id}.${now}.`, body));
for (const [provider, prefix, key] of [
  ['standard-webhooks', 'webhook', `whsec_${base64(raw)}`],
  ['svix', 'svix', base64(raw)],
  ['supabase-auth-hooks', 'webhook', `v1,whsec_${base64(raw)}`],
]) {
  sends(
    provider,
    {
      [`${prefix}-id`]: 'msg_1',
      [`${prefix}-timestamp`]: now,
      [`${prefix}-signature`]: `v1,${base64(raw)}${provider === 'supabase-auth-hooks' ? ', ' : ' '}v1,${standard('msg_1')}`,
    },
    { secrets: [key] },
  );
}

// Plain hashes over a text that holds the secret.
sends('hubspot-v1', { 'x-hubspot-signature': hex(hash('sha256', secret, body)) });
sends('sellsy', { 'x-webhook-signature': hex(hash('sha1', secret, body)) });
sends('cloudinary', {
  'x-cld-timestamp': now,
  'x-cld-signature': hex(hash('sha1', body, String(now), secret)),
});

// Framings, encodings, and the forms of times.
const timed = hex(hmac('sha256', secret, `${now}.`, body));
sends('stripe', { 'stripe-signature': `t=${now},v0=00,v1=${'0'.repeat(64)},v1=${timed}` });
sends('persona', { 'persona-signature': `t=${now},v1=${'0'.repeat(64)} t=${now},v1=${timed}` });
const millis = hex(hmac('sha256', secret, `${now}000.`, body));
sends('recurly', { 'recurly-signature': `${now}000,${'0'.repeat(64)},${millis}` });
sends('workos', { 'workos-signature': `t=${now}000, v1=${millis}` });
const sanity = hmac('sha256', secret, `${now}000.`, body).toString('base64url');
sends('sanity', { 'sanity-webhook-signature': `t=${now}000,v1=${sanity}` });
sends('slack', {
  'x-slack-request-timestamp': now,
  'x-slack-signature': `v0=${hex(hmac('sha256', secret, `v0:${now}:`, body))}`,
});
sends('docusign', {
  'x-docusign-signature-1': base64(hmac('sha256', 'another', body)),
  'x-docusign-signature-2': base64(hmac('sha256', secret, body)),
});
const date = new Date(now * 1000);
sends('box', {
  'box-delivery-timestamp': date.toISOString(),
  'box-signature-secondary': base64(hmac('sha256', secret, body, date.toISOString())),
});
sends('klaviyo', {
  'klaviyo-timestamp': date.toUTCString(),
  'klaviyo-signature': hex(hmac('sha256', secret, body, date.toUTCString())),
});
sends('zendesk', {
  'x-zendesk-webhook-signature-timestamp': date.toISOString(),
  'x-zendesk-webhook-signature': base64(hmac('sha256', secret, date.toISOString(), body)),
});
sends('worldpay-access', {
  'event-signature': `1/SHA1/00,1/SHA256/${hex(hmac('sha256', secret, body))}`,
});
sends(
  'ms-teams-outgoing',
  { authorization: `HMAC ${base64(hmac('sha256', raw, body))}` },
  { secrets: [base64(raw)] },
);
sends('connectwise', {
  'x-content-signature': base64(hmac('sha256', hash('sha256', secret), body)),
});
sends('pandadoc', {}, { url: `${url}&signature=${hex(hmac('sha256', secret, body))}` });

// Addresses, methods, headers, queries, forms, and JSON.
sends('square', { 'x-square-hmacsha256-signature': base64(hmac('sha256', secret, url, body)) });
sends('trello', { 'x-trello-webhook': base64(hmac('sha1', secret, body, url)) });
sends('hubspot-v2', { 'x-hubspot-signature': hex(hash('sha256', secret, 'POST', url, body)) });
sends('hubspot-v3', {
  'x-hubspot-request-timestamp': `${now}000`,
  'x-hubspot-signature-v3': base64(hmac('sha256', secret, 'POST', url, body, `${now}000`)),
});
sends(
  'plivo-v2',
  {
    'x-plivo-signature-v2-nonce': '12345',
    'x-plivo-signature-v2': base64(hmac('sha256', secret, url.split('?')[0], '12345')),
  },
  { covered: false },
);
sends('quicknode', {
  'x-qn-nonce': 'n-1',
  'x-qn-timestamp': now,
  'x-qn-signature': hex(hmac('sha256', secret, `n-1${now}`, body)),
});

const fields = new URLSearchParams([
  ['To', '+18005550100'],
  ['Body', 'café & crème = 100 % "+"'],
  ['Digits', '5678'],
  ['Digits', '1234'],
  ['Digits', '1234'],
  ['Empty', ''],
  ['body', 'after Body'],
  ['Ä', 'behind ASCII'],
]);
const byBytes = (one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other));
const sortedForm = [...new Set(fields.keys())]
  .sort(byBytes)
  .flatMap((name) => [...new Set(fields.getAll(name))].sort(byBytes).map((value) => name + value))
  .join('');
const form = { 'content-type': 'application/x-www-form-urlencoded' };
for (const [provider, header] of [
  ['twilio', 'x-twilio-signature'],
  ['mandrill', 'x-mandrill-signature'],
]) {
  sends(
    provider,
    { ...form, [header]: base64(hmac('sha1', secret, url, sortedForm)) },
    { body: fields.toString() },
  );
}
const digest = `${url}&bodySHA256=${hex(hash('sha256', body))}`;
sends('twilio-json', { 'x-twilio-signature': base64(hmac('sha1', secret, digest)) }, { url: digest });

const query = new URLSearchParams([
  ['z', 'last'],
  ['a', 'x+y z&é'],
  ['m', ''],
]);
const address = `https://hooks.example.com/?${query}`;
query.sort();
sends(
  'messagebird-legacy',
  {
    'messagebird-request-timestamp': now,
    'messagebird-signature': base64(
      hmac('sha256', secret, `${now}\n${query}\n`, hash('sha256', body)),
    ),
  },
  { url: address },
);
for (const [asked, headers, text] of [
  ['?data.id=ABC%2D1', { 'x-request-id': 'r-1' }, `id:abc-1;request-id:r-1;ts:${now};`],
  ['', { 'x-request-id': 'r-1' }, `request-id:r-1;ts:${now};`],
  ['?data.id=7', {}, `id:7;ts:${now};`],
]) {
  const signature = `ts=${now},v1=${hex(hmac('sha256', secret, text))}`;
  sends(
    'mercado-pago',
    { ...headers, 'x-signature': signature },
    { url: `https://hooks.example.com/${asked}`, covered: false },
  );
}
const token = 'a'.repeat(50);
const mailgun = {
  signature: {
    timestamp: String(now),
    token,
    signature: hex(hmac('sha256', secret, String(now), token)),
  },
  'event-data': { event: 'opened' },
};
sends('mailgun', {}, { body: JSON.stringify(mailgun, null, 1), covered: false });

// The body as a string inside a JSON text.
for (const text of [body, '', '"', '\u0000\u001f\u007f\u0080\u2028\u2029\ufeff🪝', '\\u00e9</script>']) {
  const signed = JSON.stringify({ Body: text, EnvironmentName: 'main', TimeStamp: now * 1000 });
  sends(
    'hygraph',
    { 'gcms-signature': `sign=${base64(hmac('sha256', secret, signed))}, env=main, t=${now}000` },
    { body: text, covered: text !== '' },
  );
}

// Public keys.
const pem = (key) => key.export({ type: 'spki', format: 'pem' });
const ed25519 = crypto.generateKeyPairSync('ed25519');
const point = Buffer.from(ed25519.publicKey.export({ format: 'jwk' }).x, 'base64url');
const edSigned = (...parts) =>
  crypto.sign(null, Buffer.concat(parts.map((part) => Buffer.from(part))), ed25519.privateKey);
for (const key of [hex(point), pem(ed25519.publicKey)]) {
  sends(
    'discord',
    {
      'x-signature-timestamp': now,
      'x-signature-ed25519': hex(edSigned(String(now), body)),
    },
    { secrets: [key] },
  );
}
sends(
  'telnyx',
  { 'telnyx-timestamp': now, 'telnyx-signature-ed25519': base64(edSigned(`${now}|`, body)) },
  { secrets: [base64(point)] },
);
sends(
  'standard-webhooks-ed25519',
  {
    'webhook-id': 'msg_1',
    'webhook-timestamp': now,
    'webhook-signature': `v1,AAAA v1a,${base64(edSigned(`msg_1.${now}.`, body))}`,
  },
  { secrets: [JSON.stringify(ed25519.publicKey.export({ format: 'jwk' }))] },
);
sends(
  'fal-ai',
  {
    'x-fal-webhook-request-id': 'r-1',
    'x-fal-webhook-user-id': 'u-1',
    'x-fal-webhook-timestamp': now,
    'x-fal-webhook-signature': hex(edSigned(`r-1\nu-1\n${now}\n`, hex(hash('sha256', body)))),
  },
  { secrets: [pem(ed25519.publicKey)] },
);
const integrated = ['e-1', '2023-11-14T22:13:00Z', 'r-1', date.toISOString(), '7'];
sends(
  'integrated-finance',
  {
    'x-webhook-event-id': integrated[0],
    'x-webhook-event-timestamp': integrated[1],
    'x-webhook-request-id': integrated[2],
    'x-webhook-request-timestamp': integrated[3],
    'x-webhook-key-version': integrated[4],
    'x-webhook-signature': base64(edSigned([base64(hash('sha512', body)), ...integrated].join('|'))),
  },
  { secrets: [pem(ed25519.publicKey)] },
);

const p256 = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
sends(
  'sendgrid',
  {
    'x-twilio-email-event-webhook-timestamp': now,
    'x-twilio-email-event-webhook-signature': base64(
      crypto.sign('sha256', Buffer.from(now + body), p256.privateKey),
    ),
  },
  { secrets: [base64(p256.publicKey.export({ type: 'spki', format: 'der' }))] },
);

const rsa = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
const rsaSigned = (algorithm) => base64(crypto.sign(algorithm, Buffer.from(body), rsa.privateKey));
sends('wise', { 'x-signature-sha256': rsaSigned('sha256') }, { secrets: [pem(rsa.publicKey)] });
sends('fireblocks-legacy', { 'fireblocks-signature': rsaSigned('sha512') }, { secrets: [pem(rsa.publicKey)] });

// JSON Web Tokens, by hand.
const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const jwt = (alg, claims, sign) => {
  const signed = `${part({ typ: 'JWT', alg })}.${part(claims)}`;
  return `${signed}.${sign(Buffer.from(signed)).toString('base64url')}`;
};
const hs256 = (claims) => jwt('HS256', claims, (text) => hmac('sha256', secret, text));
const es256 = (claims) =>
  jwt('ES256', claims, (text) =>
    crypto.sign('sha256', text, { key: p256.privateKey, dsaEncoding: 'ieee-p1363' }),
  );
const rs256 = (claims) => jwt('RS256', claims, (text) => crypto.sign('sha256', text, rsa.privateKey));
sends('livekit', {
  authorization: hs256({ iss: 'key', nbf: now + 2, exp: now + 300, sha256: base64(hash('sha256', body)) }),
});
sends('messagebird', {
  'messagebird-signature-jwt': hs256({
    iss: 'MessageBird',
    nbf: now,
    exp: now + 60,
    jti: 'j-1',
    url_hash: hex(hash('sha256', url)),
    payload_hash: hex(hash('sha256', body)),
  }),
});
sends(
  'monday',
  { authorization: hs256({ aud: url, exp: now + 60 }) },
  { covered: false },
);
sends(
  'plaid',
  { 'plaid-verification': es256({ iat: now + 2, request_body_sha256: hex(hash('sha256', body)) }) },
  { secrets: [pem(p256.publicKey)] },
);
sends(
  'rs256',
  { authorization: `Bearer ${rs256({ exp: now + 60, sha256: base64(hash('sha256', body)) })}` },
  { secrets: [pem(rsa.publicKey)] },
);

process.stdout.write(JSON.stringify(rows));
