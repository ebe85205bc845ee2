// How long the client in node pauses after failures; in a process of its own, where no other client sets a timer.

import assert from "node:assert/strict";
import { after, afterEach, beforeEach, test } from "node:test";

import { createClient } from "../dist/index.js";
import { configOf, experiment, startServer } from "./server.mjs";

const OPTIONS = { key: "pk_test", visitorId: "visitor-1", flushInterval: 5, pollInterval: 50 };
let server;

beforeEach(async () => {
  server = await startServer(configOf("v1", experiment("tv")));
});
afterEach(() => server.stop());
after(() => setTimeout(() => process.exit(), 50).unref());

const until = async (holds, what) => {
  const end = performance.now() + 15_000;
  while (performance.now() < end) {
    if (holds()) return;
    await new Promise(setImmediate);
  }
  assert.fail(`never came: ${what}`);
};

/** Every pause from now on, at most as long as it may be, and cut short; what is below half a second is none. */
const noted = ({ mock }) => {
  const pauses = [];
  const { setTimeout } = globalThis;
  mock.method(Math, "random", () => 1);
  // Node's own timers have an argument.
  mock.method(globalThis, "setTimeout", (work, ms, ...rest) =>
    setTimeout(work, ms < 500 || rest.length ? ms : (pauses.push(ms), 1), ...rest),
  );
  return pauses;
};

test("pauses double up to half a minute, and start anew once the server answers", async (context) => {
  const client = createClient({ ...OPTIONS, host: server.host });
  await client.ready;
  const pauses = noted(context);
  server.batch_fault = 500;
  client.track("Added");
  await until(() => pauses.length > 7, "eight pauses");
  assert.deepEqual(pauses.slice(0, 8), [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  server.batch_fault = null;
  await until(() => server.events().length, "the event");
  pauses.length = 0;
  server.batch_fault = 500;
  client.track("Added again");
  await until(() => pauses.length > 1, "two more pauses");
  assert.deepEqual(pauses.slice(0, 2), [500, 1000]);
  server.batch_fault = null;
  assert.equal(await client.flush(), true);
});
