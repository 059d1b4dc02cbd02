// A shop on the server under test: a merchant of its own, so that no other test's returns or
// settings touch it, and one endpoint that takes all of its events.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";

import { until } from "./polling.mjs";
import { ReceiverProcess } from "./receiver_process.mjs";
import { PublishedSchemas } from "./schemas/published_schemas.mjs";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const CUSTOMER = { email: "anna@example.com", first_name: "Anna", last_name: "Jensen" };

export function kroner(amount) {
  return { amount, currency: "DKK" };
}

export const JEANS_TO_REFUND = {
  sku: "JNS-IND-32",
  action: "refund",
  prices: { unit_price: kroner("499.00"), tax: { rate: "0.25" } },
};

export const TEE_TO_EXCHANGE = {
  sku: "TEE-WHT-M",
  action: "exchange",
  prices: { unit_price: kroner("200.00"), tax: { rate: "0.25" } },
  exchange_to: {
    sku: "TEE-WHT-L",
    list_price: kroner("230.00"),
    charged_price: kroner("200.00"),
  },
};

export class Shop {
  static async open(server, settings) {
    const shop = new Shop(server);
    try {
      await shop.prepare(settings);
    } catch (error) {
      await shop.close();
      throw error;
    }
    return shop;
  }

  constructor(server) {
    this.server = server;
    this.slug = `shop-${randomBytes(6).toString("hex")}`;
    this.schemas = new PublishedSchemas((target) => this.call("GET", target));
  }

  async prepare(settings) {
    const { slug } = this;
    await this.server.call("POST", "/v1/merchants", { body: { name: slug, slug }, expect: 201 });
    await this.call("PATCH", "/v1/settings", { body: settings });
    this.receiver = await ReceiverProcess.start("standardwebhooks", {
      secret: SECRET,
      keepEvents: true,
    });
    await this.call("POST", "/v1/endpoints", {
      body: { url: this.receiver.url, secret: SECRET, event_types: ["*"] },
      expect: 201,
    });
  }

  call(method, target, options = {}) {
    return this.server.call(method, target, { merchant: this.slug, ...options });
  }

  // Creates a return of these items in an order of its own, or in `order`.
  createReturn(items, { order = randomBytes(4).toString("hex"), ...fields } = {}) {
    const body = { order: { id: order, currency: "DKK" }, customer: CUSTOMER, items, ...fields };
    return this.call("POST", "/v1/returns", { body, expect: 201 });
  }

  // Runs a command on a return. The answer is its snapshot.
  run(command, returned, body = {}) {
    return this.call("POST", `/v1/returns/${returned.id}/${command}`, { body });
  }

  // Gives the return a label. Returns the tracking number.
  async label(returned) {
    const number = randomBytes(6).toString("hex");
    await this.run("label", returned, { carrier: "gls_dk", tracking_number: number });
    return number;
  }

  // The carrier reports its parcel, as of the server's time.
  async scan(trackingNumber, status) {
    const body = {
      tracking_number: trackingNumber,
      status,
      occurred_at: await this.server.now(),
      source: "gls",
    };
    return this.call("POST", "/v1/scans", { body });
  }

  // A label, the hand-in and the delivery, an hour apart.
  async sendBack(returned) {
    const number = await this.label(returned);
    await this.scan(number, "in_transit");
    await this.server.advanceClock(3600);
    return this.scan(number, "delivered");
  }

  snapshot(returned) {
    return this.call("GET", `/v1/returns/${returned.id}`);
  }

  // The snapshot once `condition` holds for it: what a payout leads to comes when it was answered.
  async snapshotWhen(returned, condition) {
    let last = null;
    const look = async () => {
      last = await this.snapshot(returned);
      return condition(last) ? last : null;
    };
    return until("the return", look, { describe: () => JSON.stringify(last) });
  }

  // The events of the return as the endpoint got them, once nothing is on its way any more. Each
  // was verified, came once, in order, without a gap, and is what the schema of its type says; the
  // last one shows the return as the server does.
  async events(returned) {
    await until("all deliveries to be made", async () => {
      const { data } = await this.call("GET", "/v1/deliveries?status=pending&limit=1");
      return data.length === 0;
    });
    const lines = this.receiver.received().filter((line) => line.return_id === returned.id);
    const expected = lines.map((_, index) => index + 1);
    assert.deepEqual(lines.map((line) => line.sequence), expected, "the sequence has gaps");
    for (const line of lines) {
      assert.equal(line.verified, true, line.why);
      assert.equal(line.type, line.body_type);
      const problems = await this.schemas.problemsOf(line.event);
      assert.equal(problems, "", `${line.type} is not what its schema says: ${problems}`);
    }
    const events = lines.map((line) => line.event);
    assert.deepEqual(events.at(-1)?.data.return, await this.snapshot(returned));
    return events;
  }

  async close() {
    await this.receiver?.stop();
  }
}
