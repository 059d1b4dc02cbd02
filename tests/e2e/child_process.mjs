// A program under test: started, its address read from its own output, and ended by its own
// process id and no other.
import { spawn } from "node:child_process";

const START_DEADLINE_MS = 30_000;
const STOP_DEADLINE_MS = 15_000;
const OUTPUT_CHARS_KEPT = 20_000;

export class ChildProcess {
  // `stdio` adds to the three standard streams: "ipc" lets a node program notice that we are gone.
  constructor(command, args, { env = {}, extraStdio = [] } = {}) {
    this.output = "";
    this.process = spawn(command, args, {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe", ...extraStdio],
    });
    this.exited = new Promise((resolve) => {
      this.process.once("exit", (code, signal) => resolve({ code, signal }));
      this.process.once("error", (error) => resolve({ error }));
    });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream.setEncoding("utf8");
      stream.on("data", (text) => {
        this.output = (this.output + text).slice(-OUTPUT_CHARS_KEPT);
      });
    }
  }

  // The address in the line `listening on http://HOST:PORT…`.
  async listening() {
    const line = /^listening on (http:\/\/\S+)$/m;
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error("it did not listen in time")), START_DEADLINE_MS);
    });
    const found = new Promise((resolve) => {
      const look = () => {
        const match = line.exec(this.output);
        if (match) resolve(match[1]);
      };
      this.process.stdout.on("data", look);
      look();
    });
    const gone = this.exited.then((how) => {
      throw new Error(`it ended before it listened: ${how.error ?? JSON.stringify(how)}`);
    });
    gone.catch(() => {});
    try {
      return await Promise.race([found, gone, late]);
    } catch (error) {
      throw new Error(`${this.process.spawnfile}: ${error.message}\n${this.output}`);
    } finally {
      clearTimeout(timer);
    }
  }

  // Asks it to end and waits; takes it down when it does not listen. Returns how it ended.
  async stop() {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      this.process.kill("SIGTERM");
    }
    const timer = setTimeout(() => this.process.kill("SIGKILL"), STOP_DEADLINE_MS);
    const how = await this.exited;
    clearTimeout(timer);
    return how;
  }
}
