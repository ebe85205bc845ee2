// The thin OpenFeature providers under their real SDKs, against a real OFREP server.

import { OpenFeature as OnServer } from "@openfeature/server-sdk";
import { OpenFeature as OnWeb } from "@openfeature/web-sdk";
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, afterEach, beforeEach, test } from "node:test";

import { NetliftProvider } from "../dist/openfeature-server.js";
import { NetliftWebProvider } from "../dist/openfeature-web.js";

const flag = (key, reason, metadata = {}) => ({
  key,
  reason,
  variant: "entry",
  value: "entry",
  metadata: { experimentKey: key, phase: 2, unit: "visitor", experimentReason: reason, contextId: "visitor-1", version: "v1", ...metadata },
});
const FLAGS = [
  flag("tv", "SPLIT"),
  flag("held", "SPLIT", { experimentReason: "HOLDOUT", suppressed: true, unit: "customer", contextId: "customer-7" }),
  flag("stopped", "DISABLED"),
  flag("guide", "SPLIT", { unit: "agent", contextId: "agent-7" }),
];
const CONTEXT = { targetingKey: "visitor-1", userId: "customer-7" };
let server, host, batches, logins, isDown;

beforeEach(async () => {
  [batches, logins, isDown] = [[], [], false];
  server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    if (request.url === "/v1/batch") {
      if (isDown) return request.socket.destroy();
      batches.push(JSON.parse(body));
      return response.writeHead(202).end("{}");
    }
    logins.push(request.headers.authorization);
    const one = FLAGS.find(({ key }) => request.url === `/ofrep/v1/evaluate/flags/${key}`);
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify(one ?? { flags: FLAGS }));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  host = `http://127.0.0.1:${server.address().port}`;
});
afterEach(async () => {
  await OnServer.clearProviders();
  await OnWeb.clearProviders();
  server.closeAllConnections();
  server.close();
});
after(() => setTimeout(() => process.exit(), 50).unref());

const events = () => batches.flatMap((batch) => batch.batch);

const SIDES = {
  server: async () => {
    const provider = new NetliftProvider({ host, key: "sk_test", flushInterval: 5 });
    await OnServer.setProviderAndWait(provider);
    const client = OnServer.getClient();
    return { provider, read: (key) => client.getStringValue(key, "control", CONTEXT), track: (...call) => client.track(call[0], CONTEXT, call[1]) };
  },
  web: async () => {
    await OnWeb.setContext(CONTEXT);
    const provider = new NetliftWebProvider({ host, key: "sk_test", flushInterval: 5 });
    await OnWeb.setProviderAndWait(provider);
    const client = OnWeb.getClient();
    return { provider, read: async (key) => client.getStringValue(key, "control"), track: (...call) => client.track(...call) };
  },
};

test("server: the exposure of an agent names the agent and nobody else", async () => {
  const { provider, read } = await SIDES.server();
  await read("guide");
  await provider.flush();
  const [{ anonymousId, userId, properties }] = events();
  assert.deepEqual([anonymousId, userId], [undefined, undefined]);
  assert.deepEqual([properties.agent_id, properties.unit], ["agent-7", "agent"]);
});

for (const [side, open] of Object.entries(SIDES)) {
  test(`${side}: a flag that was drawn is an exposure, once, and no other is`, async () => {
    const { provider, read } = await open();
    for (const key of ["tv", "tv", "held", "stopped", "unknown"]) await read(key);
    assert.equal(await read("tv"), "entry");
    assert.equal(await provider.flush(), true);
    assert.ok(logins.every((login) => login === "Bearer sk_test"));
    const [tv, held, ...others] = events();
    assert.deepEqual(others, []);
    assert.equal(batches[0].writeKey, "sk_test");
    assert.deepEqual([tv.anonymousId, tv.userId], ["visitor-1", "customer-7"]);
    assert.deepEqual(tv.properties, {
      experiment_id: "tv",
      variation_id: "entry",
      phase: 2,
      config_version: "v1",
      reason: "SPLIT",
      unit: "visitor",
    });
    assert.equal(held.userId, "customer-7");
    assert.deepEqual([held.properties.reason, held.properties.suppressed, held.properties.unit], ["HOLDOUT", true, "customer"]);
  });

  test(`${side}: events are tracked with both ids`, async () => {
    const { provider, track } = await open();
    track("Order Completed", { value: 19.99, order_id: "order-1" });
    await provider.flush();
    const [event] = events();
    assert.deepEqual([event.event, event.userId, event.properties], ["Order Completed", "customer-7", { value: 19.99, order_id: "order-1" }]);
  });

  test(`${side}: an evaluation goes on while exposures cannot be sent`, async () => {
    isDown = true;
    const { provider, read, track } = await open();
    assert.equal(await read("tv"), "entry");
    const circular = {};
    circular.self = circular;
    track("Circular", circular);
    assert.equal(await provider.flush(), false);
    isDown = false;
    assert.equal(await provider.flush(), true);
    assert.deepEqual(events().map((event) => event.event), ["Experiment Viewed"]);
  });
}
