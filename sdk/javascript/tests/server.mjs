// A real server that speaks the contract of the config, the events and the evaluations, and can be told to fail.

import { createServer } from "node:http";

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** A test as pages get it; half of the units get either variant. */
export const experiment = (key, changes = {}) => ({
  key,
  phase: 1,
  unit: "visitor",
  audience: [],
  variants: [{ key: "control" }, { key: "entry", payload: { label: "For you" } }],
  tree: [`salt-${key}:v:`, 0.5, ["SPLIT", 0, true], ["SPLIT", 1, true]],
  ...changes,
});

export const configOf = (version, ...experiments) => ({ v: 2, version, environment: "production", generated: false, experiments });

/** All units get `variant`. */
export const always = (variant, changes = {}) => ({
  variants: ["control", "entry"].map((key) => ({ key, payload: { shown: key } })),
  tree: ["SPLIT", variant === "entry" ? 1 : 0, true],
  ...changes,
});

/** Faults by path: a status to answer, `hang`, `garbage`, `truncated` or `cut`. */
export async function startServer(config) {
  const state = { config, delay: 0, config_fault: null, batch_fault: null, evaluate: null, batch_answer: { accepted: 1, duplicates: 0, rejected: [] }, batches: [], looks: [], asked: [] };
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const cors = { "Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "ETag, Retry-After" };
    const answer = (status, text, headers = {}) => response.writeHead(status, { ...cors, ...headers }).end(text);
    const failed = (fault) => {
      if (fault === null) return false;
      if (fault === "cut") request.socket.destroy();
      else if (fault === "garbage") answer(200, "<!doctype html><p>Sign in to the hotel network</p>");
      else if (fault === "truncated") answer(200, JSON.stringify(state.config).slice(0, -20));
      else if (typeof fault === "object") answer(fault.status, "no", fault.headers);
      else if (fault !== "hang") answer(fault, '{"ok":false}');
      return true;
    };
    if (request.url.startsWith("/v1/pages/")) {
      state.looks.push(request.headers);
      await pause(state.delay);
      if (failed(state.config_fault)) return;
      const etag = `"${state.config.version}"`;
      const headers = { ETag: etag, "Cache-Control": "public, max-age=0", "Content-Type": "application/json" };
      if (request.headers["if-none-match"] === etag) return answer(304, undefined, headers);
      return answer(200, JSON.stringify(state.config), headers);
    }
    if (request.url === "/v1/batch") {
      if (failed(state.batch_fault)) return;
      state.batches.push({ ...JSON.parse(body), type: request.headers["content-type"], method: request.method });
      return answer(202, JSON.stringify(state.batch_answer));
    }
    if (request.url.startsWith("/v1/evaluate/")) {
      state.asked.push({ ...JSON.parse(body), type: request.headers["content-type"] });
      await pause(state.delay);
      if (state.evaluate === null) return answer(503, "no");
      return answer(200, typeof state.evaluate === "string" ? state.evaluate : JSON.stringify(state.evaluate));
    }
    answer(404, "no");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const host = `http://127.0.0.1:${server.address().port}`;
  return Object.assign(state, {
    host,
    events: () => state.batches.flatMap((batch) => batch.batch),
    exposures: () => state.events().filter((event) => event.event === "Experiment Viewed"),
    stop: () => (server.closeAllConnections(), new Promise((resolve) => server.close(resolve))),
  });
}
