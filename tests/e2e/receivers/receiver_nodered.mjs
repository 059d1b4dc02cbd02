// Runs a headless Node-RED with the flow of node-red/flows.json. The signature is checked inside
// the flow, by the function node that docs/receiving/node-red.md publishes; only writing down what
// came is lent to the flow from receiver.mjs. NODE_RED_FLOW names another flow file to run.
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { makeSettings } from "./node-red/settings.mjs";
import { Ledger, listen, readSettings } from "./receiver.mjs";

const RED = createRequire(import.meta.url)("node-red");
const here = path.dirname(fileURLToPath(import.meta.url));

// Node-RED writes beside its flow file, so it works on a copy that goes away with it.
const userDir = mkdtempSync(path.join(tmpdir(), "returnflows-node-red-"));
process.on("exit", () => rmSync(userDir, { recursive: true, force: true }));
const flow = process.env.NODE_RED_FLOW ?? path.join(here, "node-red", "flows.json");
copyFileSync(flow, path.join(userDir, "flows.json"));

const server = http.createServer((request, response) => RED.httpNode(request, response));
RED.init(server, makeSettings(userDir, new Ledger("node-red", readSettings())));
RED.events.once("flows:started", () => listen(server, () => RED.stop()));
await RED.start();
