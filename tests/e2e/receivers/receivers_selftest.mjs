// Proves the receivers without the server: what they accept, refuse and write down.
// Requests are signed by signer.mjs, which in turn is held against published vectors.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { RECEIVER_KINDS, ReceiverProcess } from "../receiver_process.mjs";
import { bodySignature, signedHeaders, standardSignature } from "./signer.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const receivingDocs = path.join(here, "..", "..", "..", "docs", "receiving");

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const TYPED_SECRET = "Nøgle til Åse: 8000 Århus!";
const EVENT_ID = "evt_01KGE6Q2V8Y3SELFTEST000000";
// Letters beyond ASCII and money as text: what broke signatures elsewhere.
const BODY = Buffer.from(
  JSON.stringify({
    id: EVENT_ID,
    type: "return.created",
    environment: "live",
    subject: { type: "return", id: "ret_1", sequence: 3, revision: 1 },
    data: { return: { id: "ret_1", customer: "Åse Nørgård", total: "719.10" } },
  }),
);

function readJson(...parts) {
  return JSON.parse(readFileSync(path.join(...parts), "utf8"));
}

function now() {
  return Math.floor(Date.now() / 1000);
}

function headersFor(changes) {
  const type = "return.created";
  return signedHeaders({ id: EVENT_ID, timestamp: now(), body: BODY, type, ...changes });
}

async function post(receiver, headers, body = BODY) {
  const response = await fetch(receiver.url, { method: "POST", headers, body });
  await response.arrayBuffer();
  return response.status;
}

async function withReceiver(kind, options, body) {
  const receiver = await ReceiverProcess.start(kind, options);
  try {
    await body(receiver);
  } finally {
    await receiver.stop();
  }
}

test("The signer gives the published Standard Webhooks signatures", () => {
  const vectors = readJson(receivingDocs, "vectors.json").standard;
  assert.equal(vectors.length, 2);
  for (const vector of vectors) {
    assert.equal(standardSignature(vector.secret, vector), vector.signature);
  }
});

test("The signer gives the published sha256= signature", () => {
  const [vector] = readJson(receivingDocs, "vectors.json").short;
  assert.equal(bodySignature(vector.secret, vector.body), vector.signature);
});

// The published flow, with one node added behind "drop repeats" that writes down what gets through.
function publishedFlowWithLedger() {
  const flow = readJson(receivingDocs, "snippets", "node_red_flow.json");
  const dropRepeats = flow.find((node) => node.name === "drop repeats");
  const id = "rf20000000000001";
  dropRepeats.wires[1].push(id);
  const func = `global.get("ledger").settle({
    headers: { "webhook-id": msg.payload.id },
    body: Buffer.from(JSON.stringify(msg.payload)),
    verified: true,
  });`;
  flow.push({ id, type: "function", z: dropRepeats.z, func, outputs: 0, libs: [], wires: [] });
  return flow;
}

test("The published Node-RED flow answers, and lets each event through once", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "returnflows-flow-"));
  try {
    const flowFile = path.join(folder, "flows.json");
    writeFileSync(flowFile, JSON.stringify(publishedFlowWithLedger()));
    await withReceiver("nodered", { secret: SECRET, flowFile }, async (receiver) => {
      receiver.url = receiver.url.replace(/hook$/, "returnflows");
      assert.equal(await post(receiver, headersFor({ secret: OTHER_SECRET })), 401);
      assert.equal(await post(receiver, headersFor({ secret: SECRET })), 200);
      assert.equal(await post(receiver, headersFor({ secret: SECRET, attempt: 2 })), 200);
      const id = "evt_01KGE6Q2V8Y3SELFTEST000001";
      const body = Buffer.from(JSON.stringify({ id, type: "return.closed" }));
      assert.equal(await post(receiver, headersFor({ secret: SECRET, id, body }), body), 200);
      const lines = await receiver.receivedAtLeast(2);
      assert.deepEqual(lines.map((line) => line.body_id), [EVENT_ID, id]);
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("The Node-RED flow under test has the published verify function", () => {
  const verify = (flow) => flow.find((node) => node.name === "verify signature");
  const published = verify(readJson(receivingDocs, "snippets", "node_red_flow.json"));
  const tested = verify(readJson(here, "node-red", "flows.json"));
  assert.equal(tested.func, published.func);
  assert.deepEqual(tested.libs, published.libs);
});

for (const kind of RECEIVER_KINDS) {
  test(`${kind}: a good signature is answered 200, a bad one 401`, async () => {
    await withReceiver(kind, { secret: SECRET }, async (receiver) => {
      assert.equal(await post(receiver, headersFor({ secret: SECRET })), 200);
      assert.equal(await post(receiver, headersFor({ secret: OTHER_SECRET })), 401);
      const changed = Buffer.from(BODY.toString().replace("719.10", "719.1"));
      assert.equal(await post(receiver, headersFor({ secret: SECRET }), changed), 401);
      const bare = { "content-type": "application/json" };
      assert.equal(await post(receiver, bare), 401);
      const said = receiver.received().map((line) => line.verified);
      assert.deepEqual(said, [true, false, false, false]);
    });
  });

  test(`${kind}: the line says what came`, async () => {
    await withReceiver(kind, { secret: SECRET }, async (receiver) => {
      await post(receiver, headersFor({ secret: SECRET, attempt: 4 }));
      const [line] = receiver.received();
      assert.equal(line.verified, true);
      assert.equal(line.id, EVENT_ID);
      assert.equal(line.type, "return.created");
      assert.equal(line.delivery, "dlv_01KGE6Q2V8Y3SELFTEST000000");
      assert.equal(line.attempt, 4);
      assert.equal(line.return_id, "ret_1");
      assert.equal(line.sequence, 3);
      assert.equal(line.signature_count, 1);
      assert.equal(line.body_sha256, createHash("sha256").update(BODY).digest("hex"));
      assert.equal(line.answer, 200);
    });
  });

  test(`${kind}: in a rotation the old and the new secret verify, a third does not`, async () => {
    const headers = () => headersFor({ secret: OTHER_SECRET, previousSecret: SECRET });
    await withReceiver(kind, { secret: SECRET }, async (receiver) => {
      assert.equal(await post(receiver, headers()), 200);
      assert.equal(receiver.received()[0].signature_count, 2);
    });
    await withReceiver(kind, { secret: OTHER_SECRET }, async (receiver) => {
      assert.equal(await post(receiver, headers()), 200);
    });
    await withReceiver(kind, { secret: TYPED_SECRET }, async (receiver) => {
      assert.equal(await post(receiver, headers()), 401);
    });
  });

  test(`${kind}: a receiver that knows two secrets takes either`, async () => {
    const options = { secret: SECRET, nextSecret: OTHER_SECRET };
    await withReceiver(kind, options, async (receiver) => {
      assert.equal(await post(receiver, headersFor({ secret: SECRET })), 200);
      assert.equal(await post(receiver, headersFor({ secret: OTHER_SECRET })), 200);
      assert.equal(await post(receiver, headersFor({ secret: TYPED_SECRET })), 401);
    });
  });

  test(`${kind}: a typed secret with letters beyond ASCII verifies`, async () => {
    await withReceiver(kind, { secret: TYPED_SECRET }, async (receiver) => {
      assert.equal(await post(receiver, headersFor({ secret: TYPED_SECRET })), 200);
      const decomposed = TYPED_SECRET.normalize("NFD");
      assert.notEqual(decomposed, TYPED_SECRET);
      assert.equal(await post(receiver, headersFor({ secret: decomposed })), 401);
    });
  });

  test(`${kind}: it fails as often as it is told, then answers honestly`, async () => {
    await withReceiver(kind, { secret: SECRET, failFirst: 2 }, async (receiver) => {
      const statuses = [];
      for (let attempt = 1; attempt <= 3; attempt += 1) {
        statuses.push(await post(receiver, headersFor({ secret: SECRET, attempt })));
      }
      assert.deepEqual(statuses, [500, 500, 200]);
      assert.ok(receiver.received().every((line) => line.verified));
    });
  });
}

// The short way signs no time, so only those who check the Standard Webhooks headers can do this.
for (const kind of RECEIVER_KINDS.filter((name) => name !== "octokit")) {
  test(`${kind}: a request that is more than five minutes off is refused`, async () => {
    await withReceiver(kind, { secret: SECRET }, async (receiver) => {
      const at = (timestamp) => post(receiver, headersFor({ secret: SECRET, timestamp }));
      assert.equal(await at(now() - 310), 401);
      assert.equal(await at(now() + 310), 401);
      assert.equal(await at(now() - 280), 200);
      assert.equal(await at(now() + 280), 200);
    });
  });
}
