// The debugging entry says what happens and what is wrong, and changes neither decisions nor what is sent.

import assert from "node:assert/strict";
import { after, afterEach, beforeEach, test } from "node:test";

import { createClient } from "../dist/debug.js";
import { createClient as plain } from "../dist/index.js";
import { always, configOf, experiment, startServer } from "./server.mjs";

const OPTIONS = { key: "pk_live_1", visitorId: "visitor-1", timeout: 20_000, flushInterval: 5 };
const REAL = { info: console.info, warn: console.warn, error: console.error, fetch: globalThis.fetch };
let server;
let said;

beforeEach(async () => {
  said = [];
  for (const level of ["info", "warn", "error"]) console[level] = (text) => said.push(`${level} ${text}`);
  server = await startServer(configOf("v1", experiment("tv-entry", always("entry")), experiment("of-customers", { unit: "customer" })));
});
afterEach(() => {
  Object.assign(console, { info: REAL.info, warn: REAL.warn, error: REAL.error });
  globalThis.fetch = REAL.fetch;
  return server.stop();
});
after(() => setTimeout(() => process.exit(), 50).unref());

const start = async (changes = {}) => {
  const client = createClient({ ...OPTIONS, host: server.host, ...changes });
  await client.ready;
  return client;
};
const heard = (start) => assert.ok(said.some((line) => line.startsWith(start)), `${start}\nis not among\n${said.join("\n")}`);
const until = async (wanted) => {
  for (let i = 0; i < 400 && !wanted(); i++) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.ok(wanted(), said.join("\n"));
};
const hears = (part) => until(() => said.some((line) => line.includes(part)));

test("a config, a decision and what was sent are told, each once", async () => {
  const client = await start();
  assert.equal(client.variant("tv-entry"), "entry");
  assert.equal(client.variant("tv-entry"), "entry");
  client.page("/tv");
  client.track("Product Added");
  await client.flush();
  await hears("sent: ");
  heard("info [netlift] config of the production environment with 2 tests: tv-entry, of-customers");
  heard("info [netlift] sent: exposure of tv-entry = entry, page /tv, Product Added");
  const decided = "info [netlift] tv-entry: entry, drawn into the test; an exposure, sent once (SPLIT)";
  assert.equal(said.filter((line) => line === decided).length, 1);
  assert.equal(said.filter((line) => !line.startsWith("info")).length, 0);
});

test("it decides and sends as the entry does that says nothing", async () => {
  const explaining = await start();
  const silent = plain({ ...OPTIONS, host: server.host });
  await silent.ready;
  assert.deepEqual(explaining.peek("tv-entry"), silent.peek("tv-entry"));
  assert.deepEqual(Object.keys(explaining).sort(), Object.keys(silent).sort());
  assert.equal(explaining.visitorId, "visitor-1");
  explaining.variant("tv-entry");
  await explaining.flush();
  assert.equal(server.exposures().length, 1);
});

test("a test that the config does not hold is named, with the one that was perhaps meant", async () => {
  const client = await start();
  assert.equal(client.variant("tv-entri"), "control");
  client.variant("shop");
  heard('warn [netlift] the config of this key has no test "tv-entri"');
  assert.ok(said.find((line) => line.includes('"tv-entri"')).endsWith('Did you mean "tv-entry"?'));
  assert.ok(said.find((line) => line.includes('"shop"')).endsWith("It holds tv-entry, of-customers."));
});

test("why nobody is exposed is told: too early, not signed in, not agreed", async () => {
  server.delay = 50;
  const client = createClient({ ...OPTIONS, host: server.host });
  client.variant("tv-entry");
  heard('warn [netlift] "tv-entry" was read before the config had come');
  await client.ready;
  client.variant("of-customers");
  heard("info [netlift] of-customers: control, because nobody of the kind that the test draws is known");
  client.setConsent(false);
  client.track("Product Added");
  heard('warn [netlift] track("Product Added") was not recorded: the visitor has not agreed');
  client.identify(7);
  heard("error [netlift] identify: the id is a number, must be a text");
  client.identify("customer-7", { expiry: 1, signature: "abc" });
  heard("warn [netlift] identify: the signature has expired");
});

test("options that cannot work are named", () => {
  createClient({ key: "sk_live_secret", host: "shop.example", userId: 7, timeout: 1, bootstrap: { v: 1, experiments: [] } });
  heard("error [netlift] key is a server key, which no page may hold");
  heard('error [netlift] host is "shop.example", must begin with https://');
  heard("error [netlift] userId is a number, must be a text");
  heard("error [netlift] bootstrap holds no config for pages: take what GET /v1/pages/<key> answers");
});

test("a wrong key, a wrong address and refused events say what to do", async () => {
  server.config_fault = 404;
  server.batch_fault = 401;
  const client = await start({ timeout: 50 });
  client.track("Product Added");
  await client.flush();
  await hears("no config within 50 ms");
  heard(`error [netlift] ${server.host} knows no key pk_live_1…`);
  server.batch_fault = { status: 403, headers: {} };
  client.track("Product Added");
  await client.flush();
  await hears("may not use the key: add it to the key's origins");
});

test("items that the server refuses are shown with field and reason", async () => {
  server.batch_answer = { accepted: 1, duplicates: 0, rejected: [{ index: 1, field: "properties.price", reason: "wrong_type" }] };
  const client = await start();
  client.page("/tv");
  client.track("Order Completed", { price: "19,99" });
  await client.flush();
  await hears("sent: page /tv");
  heard("error [netlift] refused: Order Completed, properties.price is wrong_type");
});

test("a server that is down is told from one that refuses the page", async () => {
  server.config_fault = "cut";
  await start({ timeout: 50 });
  await hears("may not use the key"); // it answers for the script, and not for this page's key
  await server.stop();
  await start({ timeout: 50 });
  await hears("cannot be reached");
});
