// The whole way: the real server, real endpoints, and other people's code checking each request.
// `node --test e2e_test.mjs`; the binary is RETURNFLOWS_BIN, else build/release/returnflows.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, test } from "node:test";

import { RECEIVER_KINDS, ReceiverProcess } from "./receiver_process.mjs";
import { ServerUnderTest } from "./server_under_test.mjs";

const EVENT_TYPES = [
  "return.created",
  "return.completed",
  "return.label_generated",
  "return.paused",
  "return.resumed",
  "shipment.event.in_transit",
  "return.instant_exchange",
  "shipment.event.delivered",
  "return.auto_close_initiated",
  "return.auto_close_cancelled",
  "return.auto_close_failed",
  "return.reset",
  "return.processed",
  "return.closed",
  "return.auto_close_completed",
  "return.canceled",
];
const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const TYPED_SECRET = "Nøgle til Åse: 8000 Århus!";
// The first steps of the default schedule with the whole jitter of 20 %, and a second to spare.
const PAST_FIRST_RETRY_SECONDS = 5 * 1.2 + 1;
const PAST_SECOND_RETRY_SECONDS = 30 * 1.2 + 1;
// For tests that do something between two attempts: no retry comes until the clock is moved.
const FAR_RETRIES = { retry_delays: [600, 600] };
const PAST_FAR_RETRY_SECONDS = 600 * 1.2 + 1;

let server;

before(async () => {
  server = await ServerUnderTest.start();
});

after(async () => {
  const how = await server?.stop();
  if (how) assert.deepEqual(how, { code: 0, signal: null }, "the server did not end cleanly");
});

function newReturnId() {
  return `ret_${randomBytes(8).toString("hex")}`;
}

// Gives `body` a running receiver and an endpoint that points at it, and takes both down after it.
async function withEndpoint(options, body) {
  const { kind, receiverSecret, secret, nextSecret, failFirst, ...fields } = options;
  const receiver = await ReceiverProcess.start(kind, {
    secret: receiverSecret ?? secret,
    nextSecret,
    failFirst,
  });
  try {
    const description = `end-to-end test, ${kind}`;
    const endpoint = await server.createEndpoint({
      url: receiver.url,
      secret,
      event_types: ["*"],
      description,
      ...fields,
    });
    try {
      await body(receiver, endpoint);
    } finally {
      await server.deleteEndpoint(endpoint.id);
    }
  } finally {
    await receiver.stop();
  }
}

for (const kind of RECEIVER_KINDS) {
  test(`${kind}: all 16 events arrive once, verified and in order`, async () => {
    await withEndpoint({ kind, secret: SECRET }, async (receiver, endpoint) => {
      const returnId = newReturnId();
      const published = [];
      for (const type of EVENT_TYPES) published.push(await server.publish(type, returnId));
      await receiver.receivedAtLeast(EVENT_TYPES.length);
      await server.delivered(endpoint.id, published.at(-1).id);

      const lines = receiver.received();
      assert.deepEqual(lines.map((line) => line.type), EVENT_TYPES);
      assert.deepEqual(lines.map((line) => line.id), published.map((event) => event.id));
      const sequences = published.map((_, index) => index + 1);
      assert.deepEqual(lines.map((line) => line.sequence), sequences);
      assert.equal(new Set(lines.map((line) => line.delivery)).size, EVENT_TYPES.length);
      for (const line of lines) {
        assert.equal(line.verified, true, line.why);
        assert.equal(line.return_id, returnId);
        assert.equal(line.attempt, 1);
        assert.equal(line.signature_count, 1);
        assert.equal(line.previous_signature, false);
        assert.equal(line.body_id, line.id);
        assert.equal(line.body_type, line.type);
        assert.equal(line.environment, "live");
        assert.equal(line.content_type, "application/json");
        assert.match(line.user_agent, /^Returnflows\/\S+$/);
      }
    });
  });

  test(`${kind}: a retry has the same id and the same bytes, and verifies`, async () => {
    await withEndpoint({ kind, secret: SECRET, failFirst: 2 }, async (receiver, endpoint) => {
      const event = await server.publish("return.created", newReturnId());
      await server.deliveryAfter(1, endpoint.id, event.id);
      await server.advanceClock(PAST_FIRST_RETRY_SECONDS);
      await server.deliveryAfter(2, endpoint.id, event.id);
      await server.advanceClock(PAST_SECOND_RETRY_SECONDS);
      const delivery = await server.delivered(endpoint.id, event.id);

      const lines = receiver.received();
      assert.deepEqual(lines.map((line) => line.answer), [500, 500, 200]);
      assert.deepEqual(lines.map((line) => line.attempt), [1, 2, 3]);
      for (const line of lines) {
        assert.equal(line.verified, true, line.why);
        assert.equal(line.id, event.id);
        assert.equal(line.delivery, delivery.id);
        assert.equal(line.body_sha256, lines[0].body_sha256);
      }
      assert.deepEqual(delivery.attempts.map((attempt) => attempt.status), [500, 500, 200]);
    });
  });

  test(`${kind}: a receiver with another secret refuses; its 401 is on record`, async () => {
    const options = { kind, secret: SECRET, receiverSecret: OTHER_SECRET };
    await withEndpoint(options, async (receiver, endpoint) => {
      const event = await server.publish("return.closed", newReturnId());
      const delivery = await server.deliveryAfter(1, endpoint.id, event.id);
      assert.equal(delivery.status, "pending");
      assert.equal(delivery.attempts[0].status, 401);
      assert.equal(delivery.attempts[0].delivered, false);
      assert.equal(receiver.received()[0].verified, false);
    });
  });

  test(`${kind}: in a rotation the old secret and the new one both verify`, async () => {
    const holdsOld = { kind, secret: SECRET };
    const holdsNew = { kind, secret: SECRET, receiverSecret: OTHER_SECRET };
    await withEndpoint(holdsOld, async (oldReceiver, oldEndpoint) => {
      await withEndpoint(holdsNew, async (newReceiver, newEndpoint) => {
        for (const endpoint of [oldEndpoint, newEndpoint]) {
          await server.call("POST", `/v1/endpoints/${endpoint.id}/secret/rotate`, {
            body: { secret: OTHER_SECRET, overlap_seconds: 3600 },
          });
        }
        const during = await server.publish("return.created", newReturnId());
        await server.delivered(oldEndpoint.id, during.id);
        await server.delivered(newEndpoint.id, during.id);
        for (const receiver of [oldReceiver, newReceiver]) {
          const [line] = receiver.received();
          assert.equal(line.verified, true, line.why);
          assert.equal(line.signature_count, 2);
          assert.equal(line.previous_signature, true);
        }

        await server.advanceClock(3601);
        const afterwards = await server.publish("return.created", newReturnId());
        await server.delivered(newEndpoint.id, afterwards.id);
        const refused = await server.deliveryAfter(1, oldEndpoint.id, afterwards.id);
        assert.equal(refused.attempts[0].status, 401);
        assert.equal(newReceiver.received()[1].signature_count, 1);
        assert.equal(newReceiver.received()[1].previous_signature, false);
      });
    });
  });

  test(`${kind}: a typed secret with letters beyond ASCII verifies`, async () => {
    await withEndpoint({ kind, secret: TYPED_SECRET }, async (receiver, endpoint) => {
      const event = await server.publish("return.processed", newReturnId());
      await server.delivered(endpoint.id, event.id);
      const [line] = receiver.received();
      assert.equal(line.verified, true, line.why);
    });
  });

  test(`${kind}: "send test" arrives as a test`, async () => {
    await withEndpoint({ kind, secret: SECRET }, async (receiver, endpoint) => {
      const sent = await server.call("POST", `/v1/endpoints/${endpoint.id}/test`, {
        body: { type: "return.label_generated" },
        expect: 202,
      });
      const [line] = await receiver.receivedAtLeast(1);
      assert.equal(line.verified, true, line.why);
      assert.equal(line.id, sent.event_id);
      assert.equal(line.type, "return.label_generated");
      assert.equal(line.environment, "test");
    });
  });
}

test("The library form that the server shows is what the libraries take", async () => {
  const options = { kind: "standardwebhooks", secret: TYPED_SECRET };
  await withEndpoint(options, async (_, endpoint) => {
    const expected = `whsec_${Buffer.from(TYPED_SECRET, "utf8").toString("base64")}`;
    assert.equal(endpoint.library_secret, expected);
    const shown = await server.call("GET", `/v1/endpoints/${endpoint.id}/secret`);
    assert.equal(shown.secret, TYPED_SECRET);
    assert.equal(shown.library_secret, expected);
  });
});

test("A secret that the server made verifies, in a rotation too", async () => {
  // Nothing is sent there: the URL is changed before anything is published.
  const nowhere = "http://127.0.0.1:40000/hook";
  const endpoint = await server.createEndpoint({ url: nowhere, event_types: ["*"] });
  try {
    const rotated = await server.call("POST", `/v1/endpoints/${endpoint.id}/secret/rotate`, {
      body: {},
    });
    assert.match(endpoint.secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
    assert.match(rotated.secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
    assert.notEqual(rotated.secret, endpoint.secret);
    for (const secret of [endpoint.secret, rotated.secret]) {
      const receiver = await ReceiverProcess.start("standardwebhooks", { secret });
      try {
        await server.call("PATCH", `/v1/endpoints/${endpoint.id}`, { body: { url: receiver.url } });
        const event = await server.publish("return.created", newReturnId());
        await server.delivered(endpoint.id, event.id);
        assert.equal(receiver.received()[0].verified, true);
      } finally {
        await receiver.stop();
      }
    }
  } finally {
    await server.deleteEndpoint(endpoint.id);
  }
});

test("A failing event holds back its own return and no other", async () => {
  const options = { kind: "standardwebhooks", secret: SECRET, failFirst: 1, ...FAR_RETRIES };
  await withEndpoint(options, async (receiver, endpoint) => {
    const failing = newReturnId();
    const first = await server.publish("return.created", failing);
    await server.deliveryAfter(1, endpoint.id, first.id);
    const second = await server.publish("return.completed", failing);
    const elsewhere = await server.publish("return.created", newReturnId());
    await server.delivered(endpoint.id, elsewhere.id);
    const isHeld = (delivery) => delivery.held;
    await server.delivery(endpoint.id, second.id, "held", isHeld);

    await server.advanceClock(PAST_FAR_RETRY_SECONDS);
    await server.delivered(endpoint.id, second.id);
    const ids = receiver.received().map((line) => line.id);
    assert.deepEqual(ids, [first.id, elsewhere.id, first.id, second.id]);
  });
});

test("A retry goes to the URL that the endpoint has by then", async () => {
  const wrong = { kind: "standardwebhooks", secret: SECRET, receiverSecret: OTHER_SECRET };
  await withEndpoint({ ...wrong, ...FAR_RETRIES }, async (_, endpoint) => {
    const event = await server.publish("return.closed", newReturnId());
    await server.deliveryAfter(1, endpoint.id, event.id);
    const mended = await ReceiverProcess.start("standardwebhooks", { secret: SECRET });
    try {
      await server.call("PATCH", `/v1/endpoints/${endpoint.id}`, { body: { url: mended.url } });
      await server.advanceClock(PAST_FAR_RETRY_SECONDS);
      const delivery = await server.delivered(endpoint.id, event.id);
      assert.deepEqual(delivery.attempts.map((attempt) => attempt.status), [401, 200]);
      assert.deepEqual(mended.received().map((line) => line.attempt), [2]);
    } finally {
      await mended.stop();
    }
  });
});

test("An endpoint gets the types that it asked for, and no others", async () => {
  const options = {
    kind: "svix",
    secret: SECRET,
    event_types: ["return.canceled", "shipment.event.delivered"],
  };
  await withEndpoint(options, async (receiver, endpoint) => {
    const returnId = newReturnId();
    const published = [];
    for (const type of EVENT_TYPES) published.push(await server.publish(type, returnId));
    // The last one published is one that it asked for, so nothing can still be on its way.
    await server.delivered(endpoint.id, published.at(-1).id);
    const types = receiver.received().map((line) => line.type);
    assert.deepEqual(types, ["shipment.event.delivered", "return.canceled"]);
  });
});
