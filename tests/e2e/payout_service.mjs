// The payout service of tests/support, run as a process of its own.
import path from "node:path";
import { fileURLToPath } from "node:url";

import { ChildProcess } from "./child_process.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const program = path.join(here, "..", "support", "payout_service.py");
const SECRET = "whsec_cGF5b3V0cyBvZiB0aGUgZW5kLXRvLWVuZCB0ZXN0cw==";

export class PayoutService {
  static async start() {
    const service = new PayoutService();
    try {
      service.url = await service.child.listening();
    } catch (error) {
      await service.stop();
      throw error;
    }
    return service;
  }

  constructor() {
    this.child = new ChildProcess("python3", [program, "--secret", SECRET]);
  }

  // What PATCH /v1/settings takes to have payouts made here.
  get settings() {
    return { url: `${this.url}/`, secret: SECRET };
  }

  // How it answers from now on: "ok", "refuse_402", … as its own help lists them.
  async behave(mode) {
    const response = await fetch(`${this.url}/control`, {
      method: "POST",
      body: JSON.stringify({ mode }),
    });
    if (!response.ok) throw new Error(`the payout service refused the mode '${mode}'`);
  }

  // What it has paid and how often it was asked to.
  async ledger() {
    return (await fetch(`${this.url}/ledger`)).json();
  }

  stop() {
    return this.child.stop();
  }
}
