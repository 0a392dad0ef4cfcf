// A webhook in Express, as providers' documents have it: `express.json` keeps the raw body, whose
// HMAC is held against the header. Prints its port, and serves until standard input ends.

import { createHmac, timingSafeEqual } from "node:crypto";

import express from "express";

const secret = process.env.SECRET;

const app = express();
app.use(
  express.json({
    limit: "2mb",
    verify: (request, _response, body) => {
      request.rawBody = body;
    },
  }),
);

function isSigned(request) {
  const signature = Buffer.from(request.get("x-hub-signature-256") ?? "");
  const expected = Buffer.from(
    `sha256=${createHmac("sha256", secret).update(request.rawBody).digest("hex")}`,
  );
  return signature.length === expected.length && timingSafeEqual(signature, expected);
}

app.post("/hooks", (request, response) => {
  response.status(isSigned(request) ? 200 : 400).end();
});

const server = app.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.stdin.on("end", () => process.exit()).resume();
