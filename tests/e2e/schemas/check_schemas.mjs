// Checks the event schemas with Ajv, so that what the server publishes means the same to others.
//
//   npm ci && npm test            reads schemas and samples from the source tree
//   node check_schemas.mjs FILE   also checks FILE, the answer of GET /v1/event-types with schemas:
//                                 {"data": [{"type", "schema", "example"}, …]}
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const eventsFolder = new URL('../../../src/returnflows/events/', import.meta.url);
const readJson = (url) => JSON.parse(readFileSync(url, 'utf8'));

function newValidator() {
  // Strict: an unknown keyword or format is an error, not a note.
  const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false, allErrors: true });
  addFormats(ajv);
  return ajv;
}

// What the server does to a type's file before it publishes it: one document, references inside.
function bundle(file, definitions) {
  const text = JSON.stringify(file).replaceAll('definitions.json#', '#');
  return { ...JSON.parse(text), $defs: definitions.$defs };
}

const names = readdirSync(new URL('samples/', eventsFolder)).map((name) => name.replace(/\.json$/, ''));
assert.equal(names.length, 16);
const definitions = readJson(new URL('schemas/definitions.json', eventsFolder));
const samples = Object.fromEntries(
  names.map((name) => [name, readJson(new URL(`samples/${name}.json`, eventsFolder))]));

let checkCount = 0;

function expectValid(validate, payload, about) {
  assert.ok(validate(payload), `${about}: ${JSON.stringify(validate.errors, null, 2)}`);
  checkCount += 1;
}

function expectInvalid(validate, payload, instancePath, about) {
  assert.equal(validate(payload), false, `${about}: was accepted`);
  assert.ok(validate.errors.some((error) => error.instancePath.startsWith(instancePath)),
    `${about}: ${JSON.stringify(validate.errors)}`);
  checkCount += 1;
}

// Changes a copy of `sample` by `change`.
const changed = (sample, change) => {
  const copy = structuredClone(sample);
  change(copy);
  return copy;
};

function checkType(name, validate) {
  const sample = samples[name];
  expectValid(validate, sample, `${name}: its sample`);
  expectValid(validate, changed(sample, (s) => { s.data = { return: { id: 'r' } }; }),
    `${name}: the smallest data`);
  expectValid(validate, changed(sample, (s) => { s.data.return.own = { field: 1.5 }; }),
    `${name}: a field that nobody knows`);
  expectValid(validate, changed(sample, (s) => { s.data.return.status = 'something_new'; }),
    `${name}: a new word for a status`);
  expectInvalid(validate, changed(sample, (s) => { delete s.data.return.id; }), '/data/return',
    `${name}: no return id`);
  expectInvalid(validate, changed(sample, (s) => { s.data.return.id = 'a\nb'; }), '/data/return/id',
    `${name}: a line break in the return id`);
  expectInvalid(validate, changed(sample, (s) => { s.type = 'return.other'; }), '/type',
    `${name}: another type`);
  expectInvalid(validate, changed(sample, (s) => { s.data.return.order.total.amount = 719.1; }),
    '/data/return/order/total', `${name}: money as a number`);
  expectInvalid(validate, changed(sample, (s) => { s.data.return.created_at = 'yesterday'; }),
    '/data/return/created_at', `${name}: a time that is none`);
  for (const member of ['id', 'type', 'api_version', 'subject', 'previous_status', 'cause', 'data']) {
    expectInvalid(validate, changed(sample, (s) => { delete s[member]; }), '',
      `${name}: no ${member}`);
  }
}

for (const name of names) {
  const file = readJson(new URL(`schemas/${name}.json`, eventsFolder));
  // As files that point at each other, and as the one document that is published.
  const linked = newValidator();
  linked.addSchema(definitions, 'definitions.json');
  linked.addSchema(file, `${name}.json`);
  checkType(name, linked.getSchema(`${name}.json`));
  checkType(name, newValidator().compile(bundle(file, definitions)));
}

if (process.argv[2]) {
  const rows = readJson(process.argv[2]).data;
  assert.equal(rows.length, 16);
  for (const row of rows) {
    const validate = newValidator().compile(row.schema);
    checkType(row.type, validate);
    expectValid(validate, row.example, `${row.type}: the example that the server shows`);
  }
}

console.log(`${checkCount} checks passed on ${names.length} event types`);
