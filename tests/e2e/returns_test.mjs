// Returns from their first event to their last: commands and scans over HTTP, time that the test
// clock moves, and a real endpoint that gets exactly the events that docs/returns.md promises.
// `node --test returns_test.mjs`; the binary is RETURNFLOWS_BIN, else build/release/returnflows.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { PayoutService } from "./payout_service.mjs";
import { ServerUnderTest } from "./server_under_test.mjs";
import { JEANS_TO_REFUND, kroner, Shop, TEE_TO_EXCHANGE } from "./shop.mjs";

const HOUR_SECONDS = 3600;
const HOUR_MS = HOUR_SECONDS * 1000;
const DELAY_HOURS = 12;
const AUTO_CLOSE = { enabled: true, trigger: "delivered", delay_hours: DELAY_HOURS };
const AUTO_CLOSE_SETTINGS = { auto_close: AUTO_CLOSE };

const SENT_BACK = [
  "return.created",
  "return.completed",
  "return.label_generated",
  "shipment.event.in_transit",
  "shipment.event.delivered",
];
const COUNTING_DOWN = [...SENT_BACK, "return.auto_close_initiated"];
const CLOSED_BY_ITSELF = ["return.processed", "return.closed", "return.auto_close_completed"];

let server;

before(async () => {
  server = await ServerUnderTest.start();
});

after(async () => {
  const how = await server?.stop();
  if (how) assert.deepEqual(how, { code: 0, signal: null }, "the server did not end cleanly");
});

async function withShop(settings, body) {
  const shop = await Shop.open(server, settings);
  try {
    await body(shop);
  } finally {
    await shop.close();
  }
}

function hours(count) {
  return server.advanceClock(count * HOUR_SECONDS);
}

function types(events) {
  return events.map((event) => event.type);
}

function find(events, type) {
  return events.find((event) => event.type === type);
}

function alertsOf(snapshot) {
  return snapshot.alerts.filter((alert) => alert.cleared_at === null).map((alert) => alert.code);
}

test("A refund closes itself twelve hours after the delivery", async () => {
  await withShop(AUTO_CLOSE_SETTINGS, async (shop) => {
    const made = await shop.createReturn([JEANS_TO_REFUND]);
    await shop.sendBack(made);
    await hours(DELAY_HOURS);

    const events = await shop.events(made);
    assert.deepEqual(types(events), [...COUNTING_DOWN, ...CLOSED_BY_ITSELF]);
    const delivered = find(events, "shipment.event.delivered");
    const closed = find(events, "return.closed");
    const waited = Date.parse(closed.occurred_at) - Date.parse(delivered.occurred_at);
    assert.equal(waited, DELAY_HOURS * HOUR_MS);
    assert.equal(closed.data.detail.closed_by, "auto_close");
    assert.deepEqual(closed.data.return.payouts.map((payout) => payout.status), ["succeeded"]);
  });
});

test("An instant exchange is released at the hand-in, and not again by the close", async () => {
  await withShop({ ...AUTO_CLOSE_SETTINGS, instant_exchange: true }, async (shop) => {
    const made = await shop.createReturn([TEE_TO_EXCHANGE]);
    await shop.sendBack(made);
    await hours(DELAY_HOURS);

    const events = await shop.events(made);
    assert.deepEqual(types(events), [
      ...SENT_BACK.slice(0, -1),
      "return.instant_exchange",
      "shipment.event.delivered",
      "return.auto_close_initiated",
      ...CLOSED_BY_ITSELF,
    ]);
    assert.equal(find(events, "return.closed").data.detail.exchange_released, false);
    const exchange = events.at(-1).data.return.exchange;
    assert.equal(exchange.status, "released");
    assert.equal(exchange.release_reason, "instant_exchange");
  });
});

test("Without Instant Exchange the close releases the exchange", async () => {
  await withShop({ instant_exchange: false }, async (shop) => {
    const made = await shop.createReturn([TEE_TO_EXCHANGE]);
    await shop.sendBack(made);
    const processed = await shop.run("process", made, { inspected: true });
    assert.equal(processed.exchange.status, "on_hold");
    await shop.run("close", made);

    const events = await shop.events(made);
    assert.deepEqual(types(events), [...SENT_BACK, "return.processed", "return.closed"]);
    assert.equal(events.at(-1).data.detail.exchange_released, true);
    assert.equal(events.at(-1).data.return.exchange.status, "released");
  });
});

test("A suspicion of fraud stops the countdown until staff closes", async () => {
  await withShop(AUTO_CLOSE_SETTINGS, async (shop) => {
    const made = await shop.createReturn([JEANS_TO_REFUND]);
    await shop.sendBack(made);
    const flagged = await shop.run("flag_fraud", made);
    assert.deepEqual(alertsOf(flagged), ["auto_close_cancelled_fraud"]);
    await hours(4 * DELAY_HOURS);
    assert.equal((await shop.snapshot(made)).status, "completed");
    await shop.run("close", made);

    const events = await shop.events(made);
    assert.deepEqual(types(events), [
      ...COUNTING_DOWN,
      "return.auto_close_cancelled",
      "return.processed",
      "return.closed",
    ]);
    const cancelled = find(events, "return.auto_close_cancelled").data.detail;
    assert.equal(cancelled.reason, "fraud_detection");
    assert.equal(cancelled.rearm, "manual");
    assert.deepEqual(alertsOf(events.at(-1).data.return), []);
  });
});

test("A refund that is refused fails the automatic close until staff closes", async () => {
  const payouts = await PayoutService.start();
  try {
    const settings = { ...AUTO_CLOSE_SETTINGS, payouts: payouts.settings };
    await withShop(settings, async (shop) => {
      await payouts.behave("refuse_402");
      const made = await shop.createReturn([JEANS_TO_REFUND]);
      await shop.sendBack(made);
      await hours(DELAY_HOURS);
      await shop.snapshotWhen(made, (now) => now.auto_close.status === "failed");
      const failed = [...COUNTING_DOWN, "return.processed", "return.auto_close_failed"];
      const untilFailed = await shop.events(made);
      assert.deepEqual(types(untilFailed), failed);
      const { detail } = untilFailed.at(-1).data;
      assert.equal(detail.phase, "execute");
      assert.equal(detail.return_closed, false);
      const open = await shop.snapshot(made);
      assert.equal(open.status, "processed");
      assert.equal(open.flags.needs_review, true);

      await payouts.behave("ok");
      await shop.run("close", made);
      assert.deepEqual(types(await shop.events(made)), [...failed, "return.closed"]);
      const { executions } = await payouts.ledger();
      assert.deepEqual(executions.map((one) => one.amount), ["499.00"]);
    });
  } finally {
    await payouts.stop();
  }
});

test("A pause in the countdown starts it anew after the resume", async () => {
  await withShop(AUTO_CLOSE_SETTINGS, async (shop) => {
    const made = await shop.createReturn([JEANS_TO_REFUND]);
    await shop.sendBack(made);
    await hours(DELAY_HOURS / 2);
    await shop.run("pause", made, { reason: "The customer has called" });
    await hours(2 * DELAY_HOURS);
    const resumed = await shop.run("resume", made);
    await hours(DELAY_HOURS);

    const events = await shop.events(made);
    assert.deepEqual(types(events), [
      ...COUNTING_DOWN,
      "return.auto_close_cancelled",
      "return.paused",
      "return.resumed",
      "return.auto_close_initiated",
      ...CLOSED_BY_ITSELF,
    ]);
    assert.equal(find(events, "return.auto_close_cancelled").data.detail.reason, "paused");
    assert.equal(find(events, "return.paused").data.detail.auto_close_was_running, true);
    const again = events.findLast((event) => event.type === "return.auto_close_initiated");
    assert.equal(again.data.detail.attempt, 2);
    const anew = Date.parse(again.data.detail.closes_at) - Date.parse(resumed.updated_at);
    assert.equal(anew, DELAY_HOURS * HOUR_MS);
  });
});

test("A fee that is due holds the return in created until it is paid", async () => {
  await withShop({}, async (shop) => {
    const fee = { return_label_fee: kroner("39.00"), payment_due: kroner("39.00") };
    const made = await shop.createReturn([JEANS_TO_REFUND], fee);
    assert.equal(made.display_status, "awaiting_payment");
    assert.deepEqual(types(await shop.events(made)), ["return.created"]);
    const paid = await shop.run("pay", made, { provider: "card", reference: "tx_1" });
    assert.equal(paid.payment.status, "paid");

    const events = await shop.events(made);
    assert.deepEqual(types(events), ["return.created", "return.completed"]);
  });
});

test("A first scan that says delivered tells of the hand-in first", async () => {
  await withShop({ instant_exchange: true }, async (shop) => {
    const made = await shop.createReturn([TEE_TO_EXCHANGE]);
    await shop.scan(await shop.label(made), "delivered");

    const events = await shop.events(made);
    assert.deepEqual(types(events), [
      ...SENT_BACK.slice(0, -1),
      "return.instant_exchange",
      "shipment.event.delivered",
    ]);
    assert.equal(find(events, "shipment.event.in_transit").data.detail.inferred, true);
    assert.equal(find(events, "shipment.event.delivered").data.detail.inferred, false);
  });
});

test("A pause of an order pauses each of its open returns, as one command", async () => {
  await withShop({}, async (shop) => {
    const order = "5550001";
    const first = await shop.createReturn([JEANS_TO_REFUND], { order });
    const second = await shop.createReturn([TEE_TO_EXCHANGE], { order, iteration: 2 });
    const elsewhere = await shop.createReturn([JEANS_TO_REFUND]);
    const { data } = await shop.call("POST", `/v1/orders/${order}/pause`, { body: {} });
    assert.deepEqual(data.map((one) => one.id).sort(), [first.id, second.id].sort());

    const pauses = [];
    for (const made of [first, second]) {
      const events = await shop.events(made);
      assert.deepEqual(types(events), ["return.created", "return.completed", "return.paused"]);
      assert.equal(events.at(-1).data.detail.scope, "order");
      pauses.push(events.at(-1).cause.correlation_id);
    }
    assert.equal(pauses[0], pauses[1]);
    const untouched = await shop.events(elsewhere);
    assert.deepEqual(types(untouched), ["return.created", "return.completed"]);
  });
});
