// The command line against the real server: what a person types in the first ten minutes.
// `node --test cli_test.mjs`; the binary is RETURNFLOWS_BIN, else build/release/returnflows.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { ChildProcess } from "./child_process.mjs";
import { until } from "./polling.mjs";
import { ReceiverProcess } from "./receiver_process.mjs";
import { ServerUnderTest } from "./server_under_test.mjs";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

let server;
let receiver;

before(async () => {
  server = await ServerUnderTest.start();
  receiver = await ReceiverProcess.start("standardwebhooks", { secret: SECRET });
});

after(async () => {
  await receiver?.stop();
  await server?.stop();
});

function start(...args) {
  return new ChildProcess(server.binary, args, { env: server.clientEnvironment() });
}

// Runs a command to its end. Returns its output; throws unless it ends with `code`.
async function run(args, { code = 0 } = {}) {
  const command = start(...args);
  const how = await command.exited;
  assert.equal(how.code, code, `${args.join(" ")}: ${command.output}`);
  return command.output;
}

test("an endpoint is made, gets what trigger publishes, and its delivery is listed", async () => {
  const made = JSON.parse(
    await run([
      ...["endpoints", "create", "--url", receiver.url, "--secret", SECRET],
      ...["--events", "return.created", "--output", "json"],
    ]),
  );
  assert.match(made.id, /^ep_/);
  await run(["trigger", "return.created"]);
  await receiver.receivedAtLeast(1);
  const listed = await until("the delivery to be listed as delivered", async () => {
    const listed = JSON.parse(await run(["deliveries", "list", "--output", "json"]));
    return listed.find((one) => one.endpoint_id === made.id && one.status === "delivered");
  });
  assert.equal(listed.event_type, "return.created");
  await run(["endpoints", "delete", made.id]);
});

test("listen forwards events, signed, and prints a line for each event and each answer", async () => {
  const before = receiver.received().length;
  const listen = start("listen", "--forward-to", receiver.url, "--secret", SECRET, "--count", "2");
  try {
    await until("listen to be ready", () => listen.output.includes("Ready!"));
    const first = await server.publish("return.created", "ret_listen");
    const second = await server.publish("return.completed", "ret_listen");
    const how = await listen.exited;
    assert.equal(how.code, 0, listen.output);

    const lines = (await receiver.receivedAtLeast(before + 2)).slice(before);
    assert.deepEqual(lines.map((line) => line.id), [first.id, second.id]);
    for (const line of lines) assert.equal(line.verified, true, line.why);
    assert.match(listen.output, new RegExp(`--> return.created \\[${first.id}\\]`));
    assert.match(listen.output, new RegExp(`<-- \\[200\\] POST \\S+ \\[${second.id}\\]`));
  } finally {
    await listen.stop();
  }
});

test("a wrong key ends with an error that names the fix", async () => {
  const command = new ChildProcess(server.binary, ["endpoints", "list"], {
    env: { ...server.clientEnvironment(), RETURNFLOWS_API_KEY: "rf_wrong" },
  });
  const how = await command.exited;
  assert.notEqual(how.code, 0);
  assert.match(command.output, /api-key|RETURNFLOWS_API_KEY|API key/);
});
