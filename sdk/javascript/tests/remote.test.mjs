// Private facts: the server evaluates, once per page view, and nothing on the page waits longer than for the config.

import assert from "node:assert/strict";
import { after, afterEach, beforeEach, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { createClient } from "../dist/index.js";
import { configOf, experiment, startServer } from "./server.mjs";

const OPTIONS = { key: "pk_test", visitorId: "visitor-1", userId: "customer-7", timeout: 20_000, flushInterval: 5 };
const told = (changes = {}) => ({
  v: 1,
  version: "v9",
  experiments: {
    private: { phase: 1, variant: "entry", payload: { label: "Yours" }, reason: "SPLIT", exposure: true, configVersion: "v9", ...changes },
  },
});
/** An answer that shows the control where the unit has a variant. */
const suppressed = (assigned) => told({ variant: "control", payload: null, assigned });
let server;

beforeEach(async () => {
  server = await startServer(configOf("v1", experiment("private", { unit: "customer", tree: ["REMOTE"] }), experiment("plain")));
});
afterEach(() => server.stop());
after(() => setTimeout(() => process.exit(), 50).unref());

const start = async (changes = {}) => {
  const client = createClient({ ...OPTIONS, host: server.host, ...changes });
  await client.ready;
  return client;
};

test("the server's answer is shown, and its exposure logged as usual", async () => {
  server.evaluate = told();
  const client = createClient({ ...OPTIONS, host: server.host, attributes: { plan: "a" } });
  client.identify("customer-7", { expiry: 1795000000, signature: "abc" });
  await client.ready;
  assert.equal(client.variant("private"), "entry");
  assert.deepEqual(client.payload("private"), { label: "Yours" });
  await client.flush();
  const asked = server.asked.at(-1);
  assert.match(asked.type, /^text\/plain/);
  assert.equal(asked.anonymousId, "visitor-1");
  assert.equal(asked.userId, "customer-7");
  assert.deepEqual(asked.identity, { expiry: 1795000000, signature: "abc" });
  assert.deepEqual(asked.attributes, { channel: "web", plan: "a" });
  const { properties } = server.exposures()[0];
  assert.equal(properties.variation_id, "entry");
  assert.equal(properties.config_version, "v9");
  assert.equal(properties.suppressed, undefined);
});

test("answers that came with the page are there at once, and asked for again on the next one", async () => {
  const bootstrap = { config: server.config, remote: told() };
  const client = createClient({ ...OPTIONS, host: server.host, bootstrap });
  assert.equal(client.variant("private"), "entry");
  await client.ready;
  assert.deepEqual(server.asked, []);
  server.evaluate = null; // an offer that was right on the last page may have been refused since
  client.page("/next");
  await client.ready;
  assert.equal(server.asked.length, 1);
  assert.equal(client.variant("private"), "control");
});

test("suppressed: the control is shown, and the exposure names the variant drawn", async () => {
  server.evaluate = suppressed("entry");
  const client = await start();
  assert.equal(client.variant("private"), "control");
  assert.equal(client.payload("private", "none"), "none");
  await client.flush();
  const { properties } = server.exposures()[0];
  assert.equal(properties.variation_id, "entry");
  assert.equal(properties.suppressed, true);
});

for (const variant of ["entry", "control"]) {
  test(`a suppression of the ${variant} that ends is seen once more`, async () => {
    server.evaluate = suppressed(variant);
    const client = await start();
    client.variant("private");
    server.evaluate = told({ variant });
    client.page("/next");
    await client.ready;
    assert.equal(client.variant("private"), variant);
    await client.flush();
    assert.deepEqual(server.exposures().map(({ properties }) => [properties.variation_id, properties.suppressed]), [[variant, true], [variant, undefined]]);
  });
}

test("an answer of a newer phase than the page's config is the newest truth, and its exposure says so", async () => {
  server.evaluate = told({ phase: 2, variant: "added-since" });
  const client = await start();
  assert.equal(client.variant("private"), "added-since");
  assert.deepEqual(client.payload("private"), { label: "Yours" });
  await client.flush();
  const [{ properties }, ...others] = server.exposures();
  assert.deepEqual(others, []);
  assert.equal(properties.phase, 2);
  assert.equal(properties.variation_id, "added-since");
  assert.equal(properties.config_version, "v9");
});

test("one call per page view, and another for the next page and the next customer", async () => {
  server.evaluate = told();
  const client = await start();
  client.variant("private");
  client.variant("private");
  assert.equal(server.asked.length, 1);
  client.page("/next");
  await client.ready;
  assert.equal(server.asked.length, 2);
  client.identify("customer-8");
  assert.equal(client.peek("private").reason, "REMOTE");
  await client.ready;
  assert.equal(server.asked.at(-1).userId, "customer-8");
  assert.equal(client.variant("private"), "entry");
});

for (const [what, spoil] of [
  ["fails", () => (server.evaluate = null)],
  ["answers garbage", () => (server.evaluate = "<p>no</p>")],
  ["answers something else in JSON", () => (server.evaluate = [7])],
  ["answers nothing", () => (server.evaluate = { ...told(), experiments: {} })],
  ["breaks off", () => (server.evaluate = JSON.stringify(told()).slice(0, -20))],
]) {
  test(`a server that ${what}: the control, without an exposure, counted`, async () => {
    spoil();
    const client = await start();
    assert.equal(client.variant("private"), "control");
    assert.equal(client.peek("private").reason, "REMOTE");
    await client.flush();
    assert.deepEqual(server.exposures(), []);
    assert.equal(server.batches[0].evaluations["private REMOTE"], 1);
  });
}

test("a visitor is asked for before anybody has signed in, and a customer without a visitor's id", async () => {
  server.evaluate = told();
  for (const [unit, who] of [["visitor", { userId: undefined }], ["customer", { visitorId: undefined }]]) {
    server.config = configOf("v1", experiment("private", { unit, tree: ["REMOTE"] }));
    const client = await start(who);
    assert.equal(client.variant("private"), "entry");
  }
  assert.deepEqual(server.asked.map(({ anonymousId, userId }) => [anonymousId, userId]), [["visitor-1", null], [null, "customer-7"]]);
});

test("who listens hears of the answer for the next page", async () => {
  server.evaluate = told();
  const client = await start();
  const heard = [];
  client.onChange(() => heard.push(client.variant("private")));
  server.evaluate = told({ variant: "control" });
  client.page("/next");
  await client.ready;
  assert.deepEqual(heard, ["entry", "control"]);
});

test("a late answer changes nothing on the page", async () => {
  server.evaluate = told();
  server.delay = 600;
  const client = createClient({ ...OPTIONS, timeout: 300, host: server.host, bootstrap: server.config });
  await client.ready;
  assert.equal(client.variant("private"), "control");
  await pause(700);
  assert.equal(server.asked.length, 1);
  assert.equal(client.variant("private"), "control");
});

test("an answer that comes after a newer question is none", async () => {
  const client = await start({ bootstrap: server.config });
  server.evaluate = told();
  server.delay = 400;
  client.page("/next");
  server.delay = 0;
  client.page("/after-next");
  await client.ready;
  assert.equal(client.variant("private"), "entry");
  server.evaluate = told({ variant: "control" });
  await pause(600);
  assert.equal(server.asked.length, 3);
  assert.equal(client.variant("private"), "entry");
});

test("config and answer share one patience", async () => {
  server.evaluate = told();
  server.delay = 400;
  const client = await start({ timeout: 600 });
  assert.equal(client.variant("private"), "control");
  await pause(600);
  assert.equal(client.variant("private"), "control");
});

test("nobody is asked where nothing is private, for nobody, or without consent", async () => {
  await start({ consent: false });
  await start({ visitorId: undefined, userId: undefined });
  server.config = configOf("v2", experiment("plain"));
  await start();
  assert.deepEqual(server.asked, []);
});
