// The client in node, with the least of a page, against a real server: deciding, exposures, delivery, faults.

import assert from "node:assert/strict";
import { after, afterEach, beforeEach, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import "./page.mjs";
import { createClient as createCore } from "../dist/core.js";
import { createClient } from "../dist/index.js";
import { always, configOf, experiment, startServer } from "./server.mjs";

const OPTIONS = { key: "pk_test", visitorId: "visitor-1", timeout: 20_000, flushInterval: 5, pollInterval: 50 };
const HASTY = { timeout: 300 };
let server;

beforeEach(async () => {
  server = await startServer(configOf("v1", experiment("tv", always("entry")), experiment("customers", always("entry", { unit: "customer" }))));
});
afterEach(() => server.stop());
// Clients go on looking for configs; a shop's page ends with them, and so does this process.
after(() => setTimeout(() => process.exit(), 50).unref());

const start = async (changes = {}, create = createClient) => {
  const client = create({ ...OPTIONS, host: server.host, ...changes });
  await client.ready;
  return client;
};
const until = async (holds, what) => {
  for (let at = 0; at < 1500; at++) {
    if (holds()) return;
    await pause(10);
  }
  assert.fail(`never came: ${what}`);
};
/** Whether there is a config by now; a key that was asked for too early keeps its answer, so each look takes a new one. */
const hasConfig = (client) => client.peek(`probe-${Math.random()}`).reason === "UNKNOWN";

for (const [name, create] of [["core", createCore], ["full", createClient]]) {
  test(`${name}: the variant is there once ready, and its exposure is logged once`, async () => {
    const client = await start({}, create);
    assert.equal(client.variant("tv"), "entry");
    assert.equal(client.variant("tv"), "entry");
    assert.deepEqual(client.payload("tv"), { shown: "entry" });
    assert.equal(await client.flush(), true);
    const [event, ...others] = server.exposures();
    assert.deepEqual(others, []);
    assert.equal(event.type, "track");
    assert.equal(event.anonymousId, "visitor-1");
    assert.match(event.messageId, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.deepEqual(event.context, { library: { name: "netlift-js", version: "0.1.0" }, channel: "web" });
    assert.deepEqual(event.properties, {
      experiment_id: "tv",
      variation_id: "entry",
      phase: 1,
      config_version: "v1",
      reason: "SPLIT",
      unit: "visitor",
    });
    assert.deepEqual(server.batches[0].evaluations, { "tv SPLIT": 3 });
    assert.equal(server.batches[0].writeKey, "pk_test");
    assert.match(server.batches[0].type, /^text\/plain/);
  });
}

test("core: a config that comes late changes nothing on the page", async () => {
  server.delay = 450;
  const client = await start(HASTY, createCore);
  assert.equal(client.variant("tv"), "control");
  await pause(600);
  assert.equal(server.looks.length, 1);
  assert.equal(client.variant("tv"), "control");
  assert.equal(client.peek("tv").reason, "NO_CONFIG");
  await client.flush();
  assert.deepEqual(server.exposures(), []);
});

for (const fault of [500, "garbage", "truncated", "cut"]) {
  test(`core: a config that fails (${fault}) shows the control, without an exposure but counted`, async () => {
    server.config_fault = fault;
    const client = await start({}, createCore);
    assert.equal(client.variant("tv"), "control");
    await client.flush();
    assert.deepEqual(server.exposures(), []);
    assert.deepEqual(server.batches[0].evaluations, { "tv NO_CONFIG": 1 });
  });
}

test("core: an experiment that makes no sense shows the control and takes no neighbour down", async () => {
  server.config = configOf("v1", experiment("broken", { variants: null }), experiment("tv", always("entry")));
  const client = await start({}, createCore);
  assert.equal(client.variant("broken"), "control");
  assert.equal(client.peek("broken").reason, "ERROR");
  assert.equal(client.variant("tv"), "entry");
});

for (const [name, create] of [["core", createCore], ["full", createClient]]) {
  test(`${name}: a bootstrap that cannot be read is none, and the config is looked for`, async () => {
    for (const bootstrap of [7, "text", [], { v: 1 }, { v: 1, experiments: [] }, { config: { v: 3 } }, { config: null }]) {
      const client = await start({ bootstrap }, create);
      assert.equal(client.variant("tv"), "entry", JSON.stringify(bootstrap));
    }
  });
}

test("core: a bootstrap, payloads and consent", async () => {
  const client = createCore({ ...OPTIONS, host: server.host, bootstrap: server.config });
  assert.deepEqual(client.payload("tv"), { shown: "entry" });
  client.setConsent(false);
  assert.equal(client.peek("tv").reason, "NO_CONSENT");
  await client.flush();
  assert.deepEqual(server.events(), []);
  client.setConsent(true);
  assert.equal(client.variant("tv"), "entry");
  await client.flush();
  assert.deepEqual(server.exposures().map((event) => event.properties.experiment_id), ["tv"]);
});

test("with a bootstrap the variant is there at once", () => {
  const client = createClient({ ...OPTIONS, host: server.host, bootstrap: server.config });
  assert.equal(client.variant("tv"), "entry");
});

test("what the shop's server put into the page is used by itself", async () => {
  globalThis.netliftBootstrap = { config: server.config, visitorId: "visitor-9", remote: null };
  const client = createClient({ key: "pk_test", host: server.host });
  delete globalThis.netliftBootstrap;
  assert.equal(client.visitorId, "visitor-9");
  assert.equal(client.variant("tv"), "entry");
});

test("peek logs and counts nothing", async () => {
  const client = await start();
  assert.deepEqual(client.peek("tv").reason, "SPLIT");
  await client.flush();
  assert.deepEqual(server.batches, []);
});

test("without an answer in time the control is shown, without an exposure but counted", async () => {
  server.config_fault = "hang";
  const client = createClient({ ...OPTIONS, ...HASTY, host: server.host });
  assert.equal(await client.ready, false);
  assert.equal(client.variant("tv"), "control");
  assert.equal(client.variant("tv", "entry"), "entry");
  assert.equal(client.peek("tv").reason, "NO_CONFIG");
  await client.flush();
  assert.deepEqual(server.exposures(), []);
  assert.deepEqual(server.batches[0].evaluations, { "tv NO_CONFIG": 2 });
});

test("a config that comes late changes nothing on the page, until the next page", async () => {
  server.delay = 450;
  const client = await start(HASTY);
  assert.equal(client.variant("tv"), "control");
  await until(() => hasConfig(client), "the late config");
  assert.equal(client.variant("tv"), "control");
  client.page("/next");
  assert.equal(client.variant("tv"), "entry");
});

for (const fault of [500, 404, "garbage", "truncated", "cut"]) {
  test(`a config that fails (${fault}) shows the control and is looked for again`, async () => {
    server.config_fault = fault;
    const client = await start();
    assert.equal(client.peek("tv").reason, "NO_CONFIG");
    server.config_fault = null;
    await until(() => hasConfig(client), "the config");
  });

  test(`a config that fails later (${fault}) leaves the last one in force`, async () => {
    const client = await start();
    server.config_fault = fault;
    const looks = server.looks.length;
    await until(() => server.looks.length > looks + 1, "more looks");
    assert.equal(client.peek("tv").reason, "SPLIT");
  });
}

test("nobody listens: the control, and no exception", async () => {
  const { host } = server;
  await server.stop();
  const client = createClient({ ...OPTIONS, host });
  assert.equal(await client.ready, false);
  assert.equal(client.variant("tv"), "control");
  client.track("Added");
  assert.equal(await client.flush(), false);
  server = await startServer(server.config);
});

test("an open page follows a test that is stopped, and says so", async () => {
  const client = await start();
  let changes = 0;
  const end = client.onChange(() => changes++);
  assert.equal(client.variant("tv"), "entry");
  server.config = configOf("v2", experiment("tv", always("entry", { tree: ["NOT_RUNNING"] })));
  await until(() => client.variant("tv") === "control", "the stop");
  assert.equal(client.peek("tv").reason, "NOT_RUNNING");
  assert.equal(changes, 1);
  end();
  server.config = configOf("v3", experiment("tv", always("entry")));
  await until(() => client.variant("tv") === "entry", "the restart");
  assert.equal(changes, 1);
});

test("a new phase is a new exposure", async () => {
  const client = await start();
  client.variant("tv");
  server.config = configOf("v2", experiment("tv", always("entry", { phase: 2 })));
  await until(() => client.peek("tv").phase === 2, "the new phase");
  client.variant("tv");
  await client.flush();
  assert.deepEqual(server.exposures().map((event) => event.properties.phase), [1, 2]);
});

test("an answer that is asked for anew is no new exposure", async () => {
  const client = await start();
  client.variant("tv");
  client.setAttributes({ plan: "a" });
  client.variant("tv");
  await client.flush();
  assert.equal(server.exposures().length, 1);
  assert.deepEqual(server.batches[0].evaluations, { "tv SPLIT": 2 });
});

test("every experiment of a page logs its own exposure", async () => {
  server.config = configOf("v1", experiment("tv", always("entry")), experiment("mobile", always("entry")));
  const client = await start();
  for (const name of ["tv", "mobile", "tv"]) client.variant(name);
  await client.flush();
  assert.deepEqual(server.exposures().map((event) => event.properties.experiment_id), ["tv", "mobile"]);
});

test("a unit that changes sides within a phase is logged on both", async () => {
  const client = await start();
  client.variant("tv");
  server.config = configOf("v2", experiment("tv", always("control")));
  await until(() => client.variant("tv") === "control", "the other side");
  await client.flush();
  assert.deepEqual(server.exposures().map((event) => event.properties.variation_id), ["entry", "control"]);
});

test("every customer of a page is exposed", async () => {
  const client = await start();
  for (const customer of ["customer-7", "customer-8"]) {
    client.identify(customer);
    client.variant("customers");
  }
  await client.flush();
  assert.deepEqual(server.exposures().map((event) => event.userId), ["customer-7", "customer-8"]);
});

test("a unit of the test that is later held back is logged as held back", async () => {
  const control = always("control");
  server.config = configOf("v1", experiment("tv", control));
  const client = await start();
  client.variant("tv");
  server.config = configOf("v2", experiment("tv", { ...control, tree: ["HOLDBACK", 0, true] }));
  await until(() => client.peek("tv").reason === "HOLDBACK", "the roll-out");
  client.variant("tv");
  await client.flush();
  assert.deepEqual(server.exposures().map((event) => event.properties.reason), ["SPLIT", "HOLDBACK"]);
});

test("what the shop states wins over what the page brings along", async () => {
  const bootstrap = { config: server.config, visitorId: "visitor-9" };
  const client = await start({ bootstrap, visitorId: "visitor-2", attributes: { channel: "app" }, host: `${server.host}//` });
  assert.equal(client.visitorId, "visitor-2");
  client.track("Added");
  assert.equal(await client.flush(), true);
  const [event] = server.events();
  assert.equal(event.anonymousId, "visitor-2");
  assert.equal(event.context.channel, "app");
});

test("a customer test waits for the customer", async () => {
  const client = await start();
  assert.equal(client.variant("customers"), "control");
  assert.equal(client.peek("customers").reason, "NO_UNIT");
  client.identify(" customer-7 ", { signature: "abc", expiry: 1795000000, traits: { plan: "a" } });
  assert.equal(client.variant("customers"), "entry");
  await client.flush();
  const [identify, exposure] = server.events();
  assert.equal(identify.type, "identify");
  assert.equal(identify.userId, "customer-7");
  assert.deepEqual(identify.traits, { plan: "a" });
  assert.deepEqual(identify.context.identity, { expiry: 1795000000, signature: "abc" });
  assert.equal(exposure.userId, "customer-7");
  assert.equal(exposure.anonymousId, "visitor-1");
  assert.equal(exposure.properties.unit, "customer");
  client.identify(null);
  assert.equal(client.variant("customers"), "control");
});

test("holdouts and holdbacks are exposures at the place of the offer", async () => {
  server.config = configOf(
    "v1",
    experiment("held-out", { tree: ["pages:h:", 1, ["HOLDOUT", 0, true], ["NOT_ENROLLED"]] }),
    experiment("shipped", { tree: ["shipped:v:", 1, ["HOLDBACK", 0, true], ["ROLLOUT", 1, true]] }),
  );
  const client = await start();
  assert.equal(client.variant("held-out"), "control");
  assert.equal(client.variant("shipped"), "control");
  await client.flush();
  assert.deepEqual(
    server.exposures().map(({ properties }) => [properties.experiment_id, properties.variation_id, properties.reason]),
    [["held-out", "control", "HOLDOUT"], ["shipped", "control", "HOLDBACK"]],
  );
});

test("attributes answer audience rules; the channel is web unless stated", async () => {
  server.config = configOf(
    "v1",
    experiment("web", always("entry", { audience: [["channel", "in", "web"]] })),
    experiment("plan", always("entry", { audience: [["plan", "in", "a"]] })),
  );
  const client = await start();
  assert.equal(client.variant("web"), "entry");
  assert.equal(client.variant("plan"), "control");
  client.setAttributes({ plan: "a" });
  assert.equal(client.variant("plan"), "entry");
});

test("forced variants are shown and never an exposure", async () => {
  const client = await start({ forced: { tv: "control" } });
  assert.equal(client.variant("tv"), "control");
  client.force("tv", "entry");
  assert.deepEqual(client.peek("tv").reason, "FORCED");
  assert.equal(client.variant("tv"), "entry");
  client.force("tv", "nothing-like-it");
  assert.equal(client.peek("tv").reason, "SPLIT");
  client.force("customers", "entry");
  assert.equal(client.variant("customers"), "entry");
  await client.flush();
  assert.deepEqual(server.exposures(), []);
  assert.deepEqual(server.batches[0].evaluations, { "tv FORCED": 2, "customers FORCED": 1 });
});

test("without consent: the control, no id and no event", async () => {
  const client = await start({ consent: false });
  assert.equal(client.variant("tv"), "control");
  assert.equal(client.visitorId, null);
  client.track("Added");
  client.page("/tv");
  await client.flush();
  assert.deepEqual(server.events(), []);
  client.setConsent(true);
  assert.equal(client.variant("tv"), "entry");
  client.setConsent(false);
  assert.equal(client.variant("tv"), "control");
  await client.flush();
  assert.deepEqual(server.events(), []);
});

test("orders and pages in the shape of the server", async () => {
  const client = await start({ userId: "customer-7" });
  client.order("order-1", [{ product_id: "tv-m", price: 19.99 }, { product_id: "sim", quantity: 2 }], { currency: "EUR", properties: { coupon: "x" } });
  client.page("/tv", { section: "tv" });
  client.track("Added", { product_id: "tv-m" });
  await client.flush();
  const [order, page, track] = server.events();
  assert.equal(order.event, "Order Completed");
  assert.deepEqual(order.properties, {
    coupon: "x",
    order_id: "order-1",
    channel: "web",
    currency: "EUR",
    products: [{ product_id: "tv-m", price: 19.99 }, { product_id: "sim", quantity: 2 }],
  });
  assert.equal(page.type, "page");
  assert.deepEqual(page.properties, { section: "tv", path: "/tv" });
  assert.deepEqual(track.properties, { product_id: "tv-m" });
});

test("bad arguments break nothing", async () => {
  const client = await start();
  const circular = {};
  circular.self = circular;
  client.track("Circular", circular);
  client.track("Large", { text: "x".repeat(40_000) });
  client.identify(7);
  for (const key of [null, undefined, {}, Symbol("x"), "__proto__", "constructor"]) {
    assert.equal(client.variant(key), "control");
  }
  client.track("Good");
  await client.flush();
  assert.deepEqual(server.events().map((event) => event.event), ["Good"]);
});

for (const fault of [500, 503, { status: 429, headers: {} }, "cut"]) {
  test(`events wait for a server that fails (${JSON.stringify(fault)}), and keep their messageId`, async () => {
    server.batch_fault = fault;
    const client = await start();
    client.variant("tv");
    assert.equal(await client.flush(), false);
    server.batch_fault = null;
    assert.equal(await client.flush(), true);
    assert.equal(server.exposures().length, 1);
    assert.deepEqual(server.batches[0].evaluations, { "tv SPLIT": 1 });
  });
}

test("events are sent again by themselves", async () => {
  server.batch_fault = 500;
  const client = await start();
  client.track("Added");
  await client.flush();
  server.batch_fault = null;
  await until(() => server.events().length === 1, "the repeat");
});

test("events are sent by themselves, also those that come after a batch", async () => {
  const client = await start();
  for (const name of ["Added", "Added again"]) {
    client.track(name);
    await until(() => server.events().at(-1)?.event === name, name);
  }
});

test("who flushes while events are on their way waits for them and sends none twice", async () => {
  const client = await start();
  client.track("Added");
  assert.deepEqual(await Promise.all([client.flush(), client.flush()]), [true, true]);
  assert.equal(server.events().length, 1);
});

test("an event that fills a batch by itself is sent alone", async () => {
  const client = await start();
  client.track("Large", { text: "x".repeat(19_700) });
  client.track("Small");
  await until(() => server.events().length === 2, "both events");
  assert.deepEqual(server.batches.map(({ batch }) => batch.length), [1, 1]);
});

for (const seconds of ["60", "9999999"]) {
  test(`a server that asks to wait ${seconds} s is obeyed`, async () => {
    server.batch_fault = { status: 429, headers: { "Retry-After": seconds } };
    const client = await start();
    client.track("Added");
    client.flush();
    client.track("Added meanwhile");
    await client.flush();
    server.batch_fault = null;
    client.track("Added afterwards");
    await pause(700);
    assert.deepEqual(server.events(), []);
  });
}

test("a new config sends what waits", async () => {
  const client = await start({ flushInterval: 60_000 });
  client.track("Added");
  server.config = configOf("v2", experiment("tv"));
  await until(() => server.events().length, "the event");
});

test("a refusal for good is not repeated", async () => {
  server.batch_fault = 400;
  const client = await start();
  client.track("Added");
  assert.equal(await client.flush(), true);
  server.batch_fault = null;
  assert.equal(await client.flush(), true);
  assert.deepEqual(server.batches, []);
});

test("batches stay below what browsers send from a page that ends", async () => {
  const client = await start({ flushInterval: 60_000 });
  for (let at = 0; at < 99; at++) client.track(`Event ${at}`, { text: "é".repeat(500) });
  await client.flush();
  for (const batch of server.batches) assert.ok(Buffer.byteLength(JSON.stringify(batch)) < 61_000);
  assert.equal(server.events().length, 99);
  assert.ok(server.batches.length > 1);
});

test("the queue keeps the newest thousand events", async () => {
  const client = await start({ flushInterval: 60_000 });
  for (let at = 0; at < 1003; at++) client.track(`Event ${at}`);
  await client.flush();
  assert.deepEqual(server.events().map((event) => event.event), Array.from({ length: 1000 }, (_, at) => `Event ${at + 3}`));
});

test("sentAt is stamped at each sending", async () => {
  server.batch_fault = 500;
  const client = await start();
  client.track("Added");
  await client.flush();
  await pause(20);
  server.batch_fault = null;
  await client.flush();
  const [batch] = server.batches;
  assert.ok(Date.parse(batch.sentAt) - Date.parse(batch.batch[0].timestamp) >= 15);
});
