// What the debugging entry says of options, decisions and events.

import type { Reason } from "../deciding/result.js";
import type { Customer, Options } from "../types.js";

export type Level = "info" | "warn" | "error";
export type Said = [level: Level, text: string];

const REASONS: Record<Reason, string> = {
  ERROR: "because deciding failed: is the key a text?",
  NO_CONFIG: "because there is no config; it is no exposure",
  UNKNOWN: "because the config holds no such test",
  FORCED: "because it is forced (address, option or force()); it is no exposure",
  NO_CONSENT: "because the visitor has not agreed; it is no exposure",
  NO_UNIT: "because nobody of the kind that the test draws is known (customers: call identify); it is no exposure",
  NOT_RUNNING: "because the test is paused or stopped; it is no exposure",
  REMOTE: "because only the server can decide and it has not, which takes a customer signed by the shop; it is no exposure",
  AUDIENCE: "because a rule of the audience is not met by the attributes; it is no exposure",
  LAYER: "because this unit belongs to another test of the layer; it is no exposure",
  HOLDOUT: "kept out of the whole layer; an exposure",
  HOLDBACK: "kept out of the shipped winner; an exposure",
  ROLLOUT: "the shipped winner",
  KEPT: "kept from the finished test; it is no exposure",
  NOT_ENROLLED: "because this unit lies outside the share of the test; it is no exposure",
  SPLIT: "drawn into the test; an exposure, sent once",
};

/** Why a variant is shown. */
export const describe = (reason: Reason) => `${REASONS[reason]} (${reason})`;

/** Why a config may lack a test, and which name was perhaps meant. */
export function unknown(key: string, keys: readonly string[]): string {
  const close = keys.find((each) => distance(each, key) <= 2);
  const guess = close ? ` Did you mean "${close}"?` : keys.length ? ` It holds ${keys.join(", ")}.` : " It holds none.";
  return `the config of this key has no test "${key}": it is mistyped, not launched, archived, or of the other environment.${guess}`;
}

/** What is wrong with the options, as far as they tell. */
export function refused({ key, host, visitorId, userId, bootstrap }: Options): Said[] {
  const said: Said[] = [];
  if (typeof key !== "string" || !key.trim()) said.push(["error", "key is missing: give the client key (pk_…) of the environment"]);
  else if (key.startsWith("sk_")) said.push(["error", "key is a server key, which no page may hold: use a client key (pk_…), and revoke this one"]);
  if (host !== undefined && !/^https?:\/\//.test(host)) said.push(["error", `host is "${host}", must begin with https:// or http://`]);
  const brought: any = bootstrap ?? (globalThis as any).netliftBootstrap;
  const config = brought?.config ?? brought;
  if (config && config.v !== 2) {
    said.push(["error", "bootstrap holds no config for pages: take what GET /v1/pages/<key> answers, or what the SDK of the shop's server writes"]);
  }
  for (const [name, id] of Object.entries({ visitorId, userId }) as [string, unknown][]) {
    if (id !== undefined && id !== null && typeof id !== "string") said.push(["error", `${name} is a ${typeof id}, must be a text: JSON numbers lose digits`]);
  }
  return said;
}

/** What is wrong with a customer, as far as a page can tell. */
export function identified(userId: unknown, { expiry, signature }: Customer = {}): Said[] {
  if (userId !== null && typeof userId !== "string") return [["error", `identify: the id is a ${typeof userId}, must be a text`]];
  if (userId !== null && !(expiry && signature)) {
    return [["info", "identify: without expiry and signature of the shop's server private facts stay unused"]];
  }
  return expiry && expiry * 1000 < Date.now() ? [["warn", "identify: the signature has expired, so it is not believed"]] : [];
}

/** How many letters to change, add or leave out. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + +(a[i - 1] !== b[j - 1]));
    row = next;
  }
  return row[b.length];
}
