// The real binary, started with an empty data folder and a clock that tests can move, and its API.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { ChildProcess } from "./child_process.mjs";
import { until } from "./polling.mjs";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..");
const ADMIN_KEY = "rf_test_e2e_0123456789abcdef0123456789abcdef";

export class ServerUnderTest {
  static async start() {
    const built = path.join(root, "build", "release", "returnflows");
    const binary = process.env.RETURNFLOWS_BIN ?? built;
    if (!existsSync(binary)) {
      throw new Error(`there is no ${binary}; build it or set RETURNFLOWS_BIN`);
    }
    const server = new ServerUnderTest(binary);
    try {
      server.url = await server.child.listening();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  constructor(binary) {
    this.binary = binary;
    this.folder = mkdtempSync(path.join(tmpdir(), "returnflows-e2e-"));
    this.child = new ChildProcess(binary, [
      ...["serve", "--test-clock"],
      ...["--listen", "127.0.0.1:0"],
      ...["--data-dir", this.folder],
      ...["--egress-allow", "127.0.0.0/8"],
      ...["--admin-key", ADMIN_KEY],
    ]);
  }

  // What the command line needs to find this server.
  clientEnvironment() {
    return { RETURNFLOWS_URL: this.url, RETURNFLOWS_API_KEY: ADMIN_KEY };
  }

  // One API call. Returns the parsed answer; throws unless the status is the expected one.
  // `merchant` is the slug of the one that is meant, when there are several.
  async call(method, target, { body, expect = 200, merchant } = {}) {
    const headers = { authorization: `Bearer ${ADMIN_KEY}` };
    if (merchant) headers["returnflows-merchant"] = merchant;
    if (body !== undefined) headers["content-type"] = "application/json";
    const response = await fetch(this.url + target, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    if (response.status !== expect) {
      throw new Error(`${method} ${target} answered ${response.status}, not ${expect}: ${text}`);
    }
    return text === "" ? null : JSON.parse(text);
  }

  createEndpoint(fields) {
    return this.call("POST", "/v1/endpoints", { body: fields, expect: 201 });
  }

  deleteEndpoint(id) {
    return this.call("DELETE", `/v1/endpoints/${id}`, { expect: 204 });
  }

  // The `data` of the type's published example, as an event of the return `returnId`.
  async exampleData(type, returnId) {
    const { example } = await this.call("GET", `/v1/event-types/${type}`);
    example.data.return.id = returnId;
    return example.data;
  }

  // Publishes the type's example for that return. Returns what the server answered.
  async publish(type, returnId) {
    const data = await this.exampleData(type, returnId);
    return this.call("POST", "/v1/events", { body: { type, data }, expect: 202 });
  }

  // The delivery of one event to one endpoint, with its attempts, once `condition` holds for it.
  async delivery(endpointId, eventId, what, condition) {
    let last = null;
    return until(
      `the delivery of ${eventId} to be ${what}`,
      async () => {
        const query = `endpoint_id=${endpointId}&event_id=${eventId}`;
        const { data } = await this.call("GET", `/v1/deliveries?${query}`);
        if (data.length === 0) return null;
        last = await this.call("GET", `/v1/deliveries/${data[0].id}`);
        return condition(last) ? last : null;
      },
      { describe: () => JSON.stringify(last) },
    );
  }

  // As above, once at least `count` attempts have been recorded.
  deliveryAfter(count, endpointId, eventId) {
    const condition = (delivery) => delivery.attempts_made >= count;
    return this.delivery(endpointId, eventId, `after attempt ${count}`, condition);
  }

  delivered(endpointId, eventId) {
    const condition = (delivery) => delivery.status === "delivered";
    return this.delivery(endpointId, eventId, "delivered", condition);
  }

  // The server's time, which tests may have moved.
  async now() {
    return (await this.call("GET", "/v1/test-clock")).now;
  }

  advanceClock(seconds) {
    return this.call("POST", "/v1/test-clock", { body: { advance_seconds: seconds } });
  }

  async stop() {
    const how = await this.child.stop();
    rmSync(this.folder, { recursive: true, force: true });
    return how;
  }
}
