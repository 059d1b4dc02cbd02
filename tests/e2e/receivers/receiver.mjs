// What every receiver of the end-to-end tests shares: reading its settings, the HTTP side, and the
// line that it writes for each request. Verifying is left to each receiver, because there the
// point is to let other people's code do it.
//
// Environment:
//   WH_SECRET       the secret as the merchant sees it: `whsec_…` or typed text
//   WH_SECRET_NEXT  optional second secret that is accepted too (a receiver in mid-rotation)
//   RECEIVED_FILE   one JSON line is appended per request
//   FAIL_FIRST      optional: answer 500 to this many requests before answering honestly
//   KEEP_EVENTS     optional: anything but empty writes the whole event into the line as well
import { createHash } from "node:crypto";
import { appendFileSync } from "node:fs";
import http from "node:http";

// Larger than any event that the server takes (256 KiB), so that a test never meets this by chance.
const BODY_BYTES_MAX = 1024 * 1024;

export function readSettings(env = process.env) {
  if (!env.WH_SECRET) throw new Error("WH_SECRET is not set");
  if (!env.RECEIVED_FILE) throw new Error("RECEIVED_FILE is not set");
  return {
    secrets: [env.WH_SECRET, env.WH_SECRET_NEXT].filter(Boolean),
    receivedFile: env.RECEIVED_FILE,
    failFirst: Number(env.FAIL_FIRST ?? 0),
    keepEvents: Boolean(env.KEEP_EVENTS),
  };
}

// The form in which Standard Webhooks libraries take a secret: `whsec_…` as it is, anything else
// as `whsec_` + base64 of its UTF-8 bytes. Given as such, every library uses the very same key.
export function libraryForm(secret) {
  if (secret.startsWith("whsec_")) return secret;
  return `whsec_${Buffer.from(secret, "utf8").toString("base64")}`;
}

function parseOrNull(body) {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return null;
  }
}

function countSignatures(header) {
  return header ? header.split(" ").length : 0;
}

// Answers for one receiver: counts requests, decides the status and writes the line.
export class Ledger {
  constructor(name, { receivedFile, failFirst, keepEvents }) {
    this.name = name;
    this.receivedFile = receivedFile;
    this.keepEvents = keepEvents;
    this.failuresLeft = failFirst;
  }

  // `headers` as node gives them (lower case), `body` the bytes as received, `verified` what the
  // library said and `why` its words when it refused. Returns the status to answer with; the line
  // is in the file by then, so a test that sees the delivery settled also finds the line.
  settle({ headers, body, verified, why = null }) {
    const failing = this.failuresLeft > 0;
    if (failing) this.failuresLeft -= 1;
    const answer = failing ? 500 : verified ? 200 : 401;
    const event = parseOrNull(body);
    const line = {
      verified,
      id: headers["webhook-id"] ?? null,
      type: headers["x-returnflows-event"] ?? null,
      delivery: headers["x-returnflows-delivery"] ?? null,
      attempt: headers["x-returnflows-attempt"] ? Number(headers["x-returnflows-attempt"]) : null,
      return_id: event?.subject?.id ?? null,
      sequence: event?.subject?.sequence ?? null,
      signature_count: countSignatures(headers["webhook-signature"]),
      body_sha256: createHash("sha256").update(body).digest("hex"),
      receiver: this.name,
      // Beyond what identifies the request: what the tests of single features look at.
      body_id: event?.id ?? null,
      body_type: event?.type ?? null,
      environment: event?.environment ?? null,
      content_type: headers["content-type"] ?? null,
      user_agent: headers["user-agent"] ?? null,
      previous_signature: headers["x-returnflows-signature-previous"] !== undefined,
      answer,
      why,
    };
    if (this.keepEvents) line.event = event;
    appendFileSync(this.receivedFile, `${JSON.stringify(line)}\n`);
    return answer;
  }
}

function readBody(request) {
  return new Promise((resolve, reject) => {
    const chunks = [];
    let bytes = 0;
    request.on("data", (chunk) => {
      bytes += chunk.length;
      if (bytes > BODY_BYTES_MAX) reject(new Error("the body is larger than a receiver takes"));
      else chunks.push(chunk);
    });
    request.on("end", () => resolve(Buffer.concat(chunks)));
    request.on("error", reject);
  });
}

// Binds 127.0.0.1 on a free port and prints the line that tests wait for. Ends on SIGTERM, and
// when the test that forked it goes away, so that a broken test run leaves nothing behind.
export function listen(server, stop = async () => {}) {
  server.listen(0, "127.0.0.1", () => {
    console.log(`listening on http://127.0.0.1:${server.address().port}/hook`);
  });
  let stopping = false;
  const end = async () => {
    if (stopping) return;
    stopping = true;
    server.close();
    server.closeAllConnections();
    await stop();
    process.exit(0);
  };
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
  process.on("disconnect", end);
}

// Runs a receiver whose `verify(secret, headers, body)` throws when the signature is bad and says
// why. It is called with each accepted secret until one fits.
export function runReceiver(name, verify) {
  const settings = readSettings();
  const ledger = new Ledger(name, settings);

  async function judge(headers, body) {
    let why = null;
    for (const secret of settings.secrets) {
      try {
        await verify(secret, headers, body);
        return { verified: true };
      } catch (error) {
        why = error.message;
      }
    }
    return { verified: false, why };
  }

  async function handle(request, response) {
    if (request.method !== "POST" || request.url !== "/hook") {
      response.writeHead(404).end();
      return;
    }
    const body = await readBody(request);
    const { verified, why } = await judge(request.headers, body);
    const status = ledger.settle({ headers: request.headers, body, verified, why });
    response.writeHead(status, { "content-type": "text/plain" }).end(why ?? "received");
  }

  listen(
    http.createServer((request, response) => {
      handle(request, response).catch((error) => {
        console.error(`${name}: ${error.stack}`);
        response.destroy();
      });
    }),
  );
}
