// One 50/50 experiment with one rule, decided by Netlift, GrowthBook and Unleash in the same process; local data, exposures
// kept off the network. Rounds take turns, and the median of each counts: CPU time of the process, since a busy machine
// makes others wait.
//
//     npm ci --ignore-scripts && npm run bench

import { GrowthBook, GrowthBookClient } from "@growthbook/growthbook";
import { cpus } from "node:os";
import { Unleash, InMemStorageProvider } from "unleash-client";

import { evaluate, experimentOf, readConfig } from "../../../sdk/javascript/build/internals.mjs";
import { createClient } from "../../../sdk/javascript/dist/index.js";

const ROUNDS = 9;
const READS = 10_000;
const median = (values) => values.toSorted((left, right) => left - right)[values.length >> 1];

/** As a page gets it. */
const experiment = (key) => ({
  key,
  phase: 1,
  unit: "visitor",
  audience: [["plan", "in", "sim-only", "contract"]],
  variants: [{ key: "control" }, { key: "entry" }],
  tree: [`salt-${key}:v:`, 0.5, ["SPLIT", 0, true], ["SPLIT", 1, true]],
});
const document = (count) => ({
  v: 2,
  version: "bench",
  environment: "production",
  generated: false,
  experiments: Array.from({ length: count }, (_, at) => experiment(at ? `test-${at}` : "tv-entry")),
});
const feature = {
  defaultValue: "control",
  rules: [
    {
      condition: { plan: { $in: ["sim-only", "contract"] } },
      variations: ["control", "entry"],
      weights: [0.5, 0.5],
      hashAttribute: "id",
      key: "tv-entry",
    },
  ],
};
const features = (count) => Object.fromEntries(Array.from({ length: count }, (_, at) => [at ? `test-${at}` : "tv-entry", feature]));
const toggle = {
  name: "tv-entry",
  enabled: true,
  strategies: [
    {
      name: "flexibleRollout",
      parameters: { rollout: "100", stickiness: "userId", groupId: "tv-entry" },
      constraints: [{ contextName: "plan", operator: "IN", values: ["sim-only", "contract"] }],
      variants: ["control", "entry"].map((name) => ({ name, weight: 500, weightType: "variable", stickiness: "userId" })),
    },
  ],
};

// --- the contestants: each reads the variant of visitor number `at`

const attributes = { plan: "sim-only" };
// Nobody listens there; what is measured never waits for it.
const client = createClient({ key: "pk_bench", host: "http://127.0.0.1:9", bootstrap: document(1), visitorId: "visitor-1", attributes, flushInterval: 1e9 });
const config = readConfig(document(1));
const shared = new GrowthBookClient({ trackingCallback: () => {} }).initSync({ payload: { features: features(1) } });
const own = new GrowthBook({ attributes: { id: "visitor-1", ...attributes }, trackingCallback: () => {} }).initSync({ payload: { features: features(1) } });
const unleash = new Unleash({
  appName: "bench",
  url: "http://127.0.0.1:9/api",
  refreshInterval: 0,
  disableMetrics: true,
  skipInstanceCountWarning: true,
  storageProvider: new InMemStorageProvider(),
  bootstrap: { data: [toggle] },
});
unleash.on("error", () => {});
unleash.on("warn", () => {});
await new Promise((resolve) => unleash.on("ready", resolve));

const repeated = {
  "netlift client.variant": () => client.variant("tv-entry"),
  "growthbook GrowthBook.getFeatureValue": () => own.getFeatureValue("tv-entry", "control"),
  "growthbook GrowthBookClient.getFeatureValue": () => shared.getFeatureValue("tv-entry", "control", { attributes: { id: "visitor-1", ...attributes } }),
  "unleash-client getVariant": () => unleash.getVariant("tv-entry", { userId: "visitor-1", properties: attributes }).name,
};
const changing = {
  "netlift evaluate": (at) => evaluate(config, experimentOf(config, "tv-entry"), `visitor-${at}`, attributes, true).variant,
  "growthbook GrowthBookClient.getFeatureValue": (at) => shared.getFeatureValue("tv-entry", "control", { attributes: { id: `visitor-${at}`, ...attributes } }),
  "unleash-client getVariant": (at) => unleash.getVariant("tv-entry", { userId: `visitor-${at}`, properties: attributes }).name,
};

/** Nanoseconds per read, the median over the rounds. */
function race(contestants) {
  const times = Object.fromEntries(Object.keys(contestants).map((name) => [name, []]));
  for (let round = -2; round < ROUNDS; round++) {
    for (const [name, read] of Object.entries(contestants)) {
      const seen = new Set();
      const begun = process.cpuUsage();
      for (let at = 0; at < READS; at++) seen.add(read(round * READS + at));
      const { user, system } = process.cpuUsage(begun);
      const spent = ((user + system) * 1000) / READS;
      if (round >= 0) times[name].push(spent);
      if (![...seen].every((variant) => variant === "control" || variant === "entry")) throw new Error(`${name} answered ${[...seen]}`);
    }
  }
  return Object.entries(times).map(([name, spent]) => [name, median(spent)]);
}

function show(title, results) {
  const [[, ours], ...others] = results;
  console.log(`\n${title}`);
  for (const [name, spent] of results) console.log(`  ${name.padEnd(46)}${spent.toFixed(0).padStart(8)} ns${(spent / ours).toFixed(1).padStart(9)} x`);
  console.log(`  the fastest peer takes ${(Math.min(...others.map(([, spent]) => spent)) / ours).toFixed(1)} times as long`);
}

console.log(`node ${process.version}, ${cpus()[0].model}`);
show("the same visitor again and again", race(repeated));
show("another visitor each time, nothing remembered", race(changing));

const firsts = [];
for (let round = 0; round < 300; round++) {
  const fresh = createClient({ key: "pk_bench", host: "http://127.0.0.1:9", bootstrap: document(1), visitorId: `visitor-${round}`, attributes, flushInterval: 1e9 });
  const begun = process.hrtime.bigint();
  fresh.variant("tv-entry");
  firsts.push(Number(process.hrtime.bigint() - begun) / 1000);
}
console.log(`\nthe first read, with its exposure written: ${median(firsts).toFixed(1)} us`);

const heap = (make) => {
  const kept = [];
  const sizes = [];
  for (let round = 0; round < 7; round++) {
    globalThis.gc();
    const before = process.memoryUsage().heapUsed;
    kept.push(make());
    globalThis.gc();
    sizes.push(process.memoryUsage().heapUsed - before);
  }
  return median(sizes) / 1024;
};
const texts = { ours: JSON.stringify(document(1000)), theirs: JSON.stringify(features(1000)) };
const memory = [
  ["netlift readConfig", heap(() => readConfig(JSON.parse(texts.ours)))],
  ["growthbook GrowthBookClient", heap(() => new GrowthBookClient({}).initSync({ payload: { features: JSON.parse(texts.theirs) } }))],
];
console.log("\na config with 1,000 experiments in memory");
for (const [name, size] of memory) console.log(`  ${name.padEnd(46)}${size.toFixed(0).padStart(8)} kB`);
process.exit();
