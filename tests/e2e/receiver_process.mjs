// One receiver of receivers/, run as a process of its own, and what it has written down.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { ChildProcess } from "./child_process.mjs";
import { until } from "./polling.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));

export const RECEIVER_KINDS = ["standardwebhooks", "svix", "octokit", "nodered"];

export class ReceiverProcess {
  // `secret` is what the receiver's owner typed in; `nextSecret` one that is accepted beside it.
  // `flowFile` is for Node-RED: a flow to run in place of the one of the tests. With `keepEvents`
  // what is written down has each event whole, as `event`.
  static async start(kind, options) {
    const receiver = new ReceiverProcess(kind, options);
    try {
      receiver.url = await receiver.child.listening();
    } catch (error) {
      await receiver.stop();
      throw error;
    }
    return receiver;
  }

  constructor(kind, { secret, nextSecret, failFirst = 0, flowFile, keepEvents = false }) {
    this.kind = kind;
    this.folder = mkdtempSync(path.join(tmpdir(), "returnflows-receiver-"));
    this.file = path.join(this.folder, "received.ndjson");
    const env = { WH_SECRET: secret, RECEIVED_FILE: this.file, FAIL_FIRST: String(failFirst) };
    if (nextSecret) env.WH_SECRET_NEXT = nextSecret;
    if (flowFile) env.NODE_RED_FLOW = flowFile;
    if (keepEvents) env.KEEP_EVENTS = "yes";
    const program = path.join(here, "receivers", `receiver_${kind}.mjs`);
    this.child = new ChildProcess(process.execPath, [program], { env, extraStdio: ["ipc"] });
  }

  // The requests so far, oldest first. A line that is being written is not counted yet.
  received() {
    let text;
    try {
      text = readFileSync(this.file, "utf8");
    } catch (error) {
      if (error.code === "ENOENT") return [];
      throw error;
    }
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    return whole.split("\n").filter(Boolean).map((line) => JSON.parse(line));
  }

  // Waits until at least `count` requests have come, and returns all of them.
  async receivedAtLeast(count, options = {}) {
    return until(
      `${count} requests at ${this.kind}`,
      () => {
        const lines = this.received();
        return lines.length >= count ? lines : null;
      },
      { describe: () => `${this.received().length} came\n${this.child.output}`, ...options },
    );
  }

  async stop() {
    await this.child.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
