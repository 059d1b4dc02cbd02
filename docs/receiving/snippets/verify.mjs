// Verifies a captured Returnflows request. No dependencies; node 18 or newer.
//
//   node verify.mjs --secret S --id I --timestamp T --signature SIG --body-file F [--now N]
//   node verify.mjs --secret S --short-signature SIG [--short-previous SIG] --body-file F
//
// Prints `ok` (exit code 0) or `refused: why` (exit code 1).
import { readFileSync } from "node:fs";

// [snippet begin]
import { createHmac, timingSafeEqual } from "node:crypto";

const TOLERANCE_SECONDS = 300;

function keyOf(secret) {
  if (!secret.startsWith("whsec_")) return Buffer.from(secret, "utf8");
  const text = secret.slice("whsec_".length);
  const key = Buffer.from(text, "base64");
  if (text === "" || key.toString("base64") !== text) {
    throw new Error("the secret is not whsec_ and base64");
  }
  return key;
}

function sameBytes(given, expected) {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

// Recommended. `headers` with lower-case names, `body` the bytes as received (a Buffer), `now` in
// unix seconds. Returns why the request is refused, or null when the signature is good.
export function refusal(secret, headers, body, now = Date.now() / 1000) {
  const id = headers["webhook-id"];
  const timestamp = headers["webhook-timestamp"];
  const signature = headers["webhook-signature"];
  if (!id || !timestamp || !signature) return "a webhook header is missing";
  if (!/^[0-9]{1,12}$/.test(timestamp)) return "the timestamp is not a number";
  if (Math.abs(now - Number(timestamp)) > TOLERANCE_SECONDS) {
    return "the timestamp is more than 5 minutes off";
  }
  const mac = createHmac("sha256", keyOf(secret)).update(`${id}.${timestamp}.`).update(body);
  const expected = `v1,${mac.digest("base64")}`;
  const good = signature.split(" ").some((entry) => sameBytes(entry, expected));
  return good ? null : "no signature fits";
}

// The short way: the body alone, so that an old request cannot be told from a new one.
export function shortRefusal(secret, headers, body) {
  const names = ["x-returnflows-signature", "x-returnflows-signature-previous"];
  const given = names.map((name) => headers[name]).filter(Boolean);
  if (given.length === 0) return "a webhook header is missing";
  const mac = createHmac("sha256", Buffer.from(secret, "utf8")).update(body);
  const expected = `sha256=${mac.digest("hex")}`;
  return given.some((entry) => sameBytes(entry, expected)) ? null : "no signature fits";
}
// [snippet end]

function capturedRequest() {
  const given = {};
  for (let index = 2; index + 1 < process.argv.length; index += 2) {
    given[process.argv[index].replace(/^--/, "")] = process.argv[index + 1];
  }
  return given;
}

function judge(given) {
  const body = readFileSync(given["body-file"]);
  if (given["short-signature"]) {
    const headers = {
      "x-returnflows-signature": given["short-signature"],
      "x-returnflows-signature-previous": given["short-previous"],
    };
    return shortRefusal(given.secret, headers, body);
  }
  const headers = {
    "webhook-id": given.id,
    "webhook-timestamp": given.timestamp,
    "webhook-signature": given.signature,
  };
  return refusal(given.secret, headers, body, given.now ? Number(given.now) : undefined);
}

let why;
try {
  why = judge(capturedRequest());
} catch (error) {
  why = error.message;
}
console.log(why ? `refused: ${why}` : "ok");
process.exitCode = why ? 1 : 0;
