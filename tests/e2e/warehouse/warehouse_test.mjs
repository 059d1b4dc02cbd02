// Exports of a server, loaded into DuckDB: the figures must be those of what was done over the API.
// `node --test warehouse_test.mjs`; the binary is RETURNFLOWS_BIN, else build/release/returnflows.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { DuckDBInstance } from "@duckdb/node-api";

import { ChildProcess } from "../child_process.mjs";
import { ServerUnderTest } from "../server_under_test.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const snippets = path.join(here, "..", "..", "..", "docs", "receiving", "snippets");

const HOUR = 3600;
// More than one page of the API, so that the export has to go on.
const RETURN_COUNT = 300;
const REASONS = ["too_small", "too_large", "changed_mind, says \"Anna\""];

let server;
let database;
let hoursOfClosed;

const dkk = (amount) => ({ amount, currency: "DKK" });

// Return number `n`: every third has a second line; the reasons take turns.
function draft(n) {
  const items = [
    {
      sku: `TEE-${n % 4}`,
      title: "Tee, \"white\"; Größe M",
      quantity: 1 + (n % 2),
      action: "refund",
      reason: { code: REASONS[n % REASONS.length], label: "Why" },
      prices: { unit_price: dkk("199.50") },
    },
  ];
  if (n % 3 === 0) {
    items.push({ sku: "CAP", action: "refund", prices: { unit_price: dkk("80.25") } });
  }
  return {
    order: { id: `order-${n}`, name: `#${n}`, currency: "DKK" },
    customer: { email: "anna@example.com" },
    items,
  };
}

async function createReturns() {
  const made = [];
  for (let n = 0; n < RETURN_COUNT; n += 1) {
    made.push(await server.call("POST", "/v1/returns", { body: draft(n), expect: 201 }));
  }
  return made;
}

// Closes one after the other, an hour apart. Returns how many hours each took.
async function close(returns) {
  const hours = [];
  for (const one of returns) {
    await server.advanceClock(HOUR);
    const closed = await server.call("POST", `/v1/returns/${one.id}/close`, { body: {} });
    hours.push((Date.parse(closed.closed_at) - Date.parse(closed.created_at)) / 1000 / HOUR);
  }
  return hours;
}

before(async () => {
  server = await ServerUnderTest.start();
  const returns = await createReturns();
  hoursOfClosed = await close(returns.slice(0, 12));
  await server.call("POST", `/v1/returns/${returns.at(-1).id}/cancel`, { body: {} });
  database = await (await DuckDBInstance.create(":memory:")).connect();
});

after(async () => {
  database?.closeSync();
  await server?.stop();
});

// Runs `returnflows export` to its end; what it said on standard error and output.
async function exportTo(file, ...args) {
  const command = new ChildProcess(server.binary, ["export", ...args, "--output", file], {
    env: server.clientEnvironment(),
  });
  const how = await command.exited;
  assert.equal(how.code, 0, command.output);
  return command.output;
}

function fileOf(name) {
  return path.join(server.folder, name);
}

async function rows(sql) {
  return (await database.runAndReadAll(sql)).getRowObjectsJson();
}

function snippet(name) {
  return readFileSync(path.join(snippets, name), "utf8");
}

// How many pieces of the returns that were not canceled have each reason.
function expectedReasons() {
  const pieces = new Map();
  for (let n = 0; n < RETURN_COUNT - 1; n += 1) {
    for (const item of draft(n).items) {
      const reason = item.reason?.code ?? null;
      pieces.set(reason, (pieces.get(reason) ?? 0) + (item.quantity ?? 1));
    }
  }
  return pieces;
}

function mean(numbers) {
  return numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
}

test("returns as CSV: their number, states, sums and lead times", async () => {
  const file = fileOf("returns.csv");
  await exportTo(file, "--what", "returns", "--format", "csv");
  await database.run(`CREATE TABLE returns AS FROM read_csv('${file}', header = true)`);
  const [found] = await rows(`
    SELECT count(*)::INT AS returns, count(DISTINCT id)::INT AS ids,
           count(*) FILTER (status = 'closed')::INT AS closed,
           count(*) FILTER (status = 'canceled')::INT AS canceled,
           sum(item_count)::INT AS items,
           avg(date_diff('millisecond', created_at, closed_at)) / 3600000 AS mean_hours
      FROM returns`);
  assert.equal(found.returns, RETURN_COUNT);
  assert.equal(found.ids, RETURN_COUNT);
  assert.equal(found.closed, hoursOfClosed.length);
  assert.equal(found.canceled, 1);
  assert.equal(found.items, RETURN_COUNT + RETURN_COUNT / 3);
  assert.ok(Math.abs(found.mean_hours - mean(hoursOfClosed)) < 1e-6, `${found.mean_hours}`);
});

test("items as CSV: the reasons, and texts with commas and quotes", async () => {
  const file = fileOf("items.csv");
  await exportTo(file, "--what", "return-items", "--format", "csv");
  await database.run(`CREATE TABLE items AS FROM read_csv('${file}', header = true)`);
  const found = await rows(`
    SELECT reason_code, sum(quantity)::INT AS pieces FROM items
     WHERE return_status <> 'canceled' GROUP BY ALL`);
  assert.deepEqual(new Map(found.map((row) => [row.reason_code, row.pieces])), expectedReasons());
  const titles = await rows("SELECT DISTINCT title FROM items WHERE sku LIKE 'TEE%'");
  assert.deepEqual(titles, [{ title: draft(0).items[0].title }]);
  const [sum] = await rows("SELECT sum(net_total::DECIMAL(18, 2)) AS value FROM items WHERE sku = 'CAP'");
  assert.equal(sum.value, (80.25 * (RETURN_COUNT / 3)).toFixed(2));
});

test("the documented statements: events loaded twice count once", async () => {
  const file = fileOf("events.ndjson");
  await exportTo(file, "--what", "events");
  const load = snippet("warehouse_duckdb.sql").replaceAll("events.ndjson", file);
  await database.run(load);
  await database.run(snippet("warehouse_postgresql.sql"));
  await database.run(load);
  await database.run(snippet("warehouse_postgresql.sql"));
  const written = readFileSync(file, "utf8").trimEnd().split("\n").length;
  const [events] = await rows("SELECT count(*)::INT AS events FROM returnflows_event");
  assert.equal(events.events, written);

  const [reasons, times, skus] = snippet("warehouse_questions.sql").split(/;\s*$/m);
  const found = await rows(reasons);
  assert.deepEqual(
    new Map(found.map((row) => [row.reason_code, Number(row.pieces)])),
    expectedReasons(),
  );
  const [lead] = await rows(times);
  assert.equal(Number(lead.returns), RETURN_COUNT - 1);
  assert.equal(Number(lead.closed), hoursOfClosed.length);
  assert.ok(Math.abs(lead.mean_hours - mean(hoursOfClosed)) < 1e-6, `${lead.mean_hours}`);
  assert.equal((await rows(skus)).length, 5);
});

test("an older event that comes last does not bring back an older state", async () => {
  const [newest] = await rows("SELECT * FROM returnflows_return WHERE status = 'closed' LIMIT 1");
  const events = await server.call("GET", `/v1/events?return_id=${newest.return_id}`);
  assert.ok(events.data.length > 1);
  await database.run("DELETE FROM returnflows_event WHERE return_id = $1", [newest.return_id]);
  for (const event of events.data.reverse()) {
    const file = fileOf("one.ndjson");
    writeFileSync(file, `${JSON.stringify(event)}\n`);
    await database.run(snippet("warehouse_duckdb.sql").replaceAll("events.ndjson", file));
    await database.run(snippet("warehouse_postgresql.sql"));
  }
  const [again] = await rows(
    `SELECT status, sequence FROM returnflows_return WHERE return_id = '${newest.return_id}'`,
  );
  assert.deepEqual(again, { status: "closed", sequence: newest.sequence });
});

test("an export of events goes on where the last one ended", async () => {
  const file = fileOf("daily.ndjson");
  const said = await exportTo(file, "--what", "events");
  const before = readFileSync(file, "utf8");
  const mark = /--after (\S+)/.exec(said)[1];
  const fresh = await server.publish("return.created", "ret_elsewhere");
  await exportTo(file, "--what", "events", "--after", mark);
  const text = readFileSync(file, "utf8");
  assert.ok(text.startsWith(before));
  const lines = text.slice(before.length).trimEnd().split("\n");
  assert.deepEqual(lines.map((line) => JSON.parse(line).id), [fresh.id]);
});
