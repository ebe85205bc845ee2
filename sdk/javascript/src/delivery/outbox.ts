// The bounded queue of events. Each waits under a name of its own in localStorage until the server has answered for it,
// so that a killed page loses nothing and two tabs never overwrite each other. What is sent twice keeps its messageId,
// and the server stores it once.

import { bytesOf } from "../deciding/hashing.js";
import { backOff, request } from "./request.js";
import type { Store } from "./storage.js";

export interface Outbox {
  /** Queue an event under its id; whether storage will keep it over a reload. */
  put_(id: string, event: object): boolean | undefined;
  /** Count one evaluation; counts travel with the next batch, and when the page is hidden. */
  count_(experiment: string, reason: string): void;
  /** Send all that waits now; whether all of it was settled. */
  flush_(): Promise<boolean>;
  /** Hand what waits to the browser, for the page may end here. */
  hide_(): void;
  /** Take up what an earlier page left. */
  adopt_(): void;
  /** Forget what waits; storage is the caller's to empty. */
  clear_(): void;
}

type Counts = Record<string, Record<string, number>>;

const LARGEST_EVENT = 32 * 1024;
// Browsers refuse keepalive requests and beacons of 64 kB and more.
const LARGEST_BATCH = 60_000;
const MOST_WAITING = 1000;
const BATCH = 100;
const LONGEST_ASKED_MS = 300_000;

/** @param prefix - of the names of events. */
export function createOutbox(url: string, writeKey: string, store: Store, prefix: string, interval: number): Outbox {
  const waiting = new Map<string, string>();
  // Without a prototype: keys come from the shop's code, and `constructor` is one like any other.
  const none = () => ({ __proto__: null }) as unknown as Counts;
  let counts = none();
  let isNews = false;
  let failures = 0;
  let notBefore = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let sending: Promise<boolean> | undefined;

  const schedule = (ms: number) => {
    timer ??= setTimeout(flush, Math.max(ms, notBefore - performance.now()));
  };
  const settle = (name: string) => {
    waiting.delete(name);
    store.set_(name);
  };
  const keep = (name: string, json: string) => {
    if (waiting.size >= MOST_WAITING) settle(waiting.keys().next().value!);
    waiting.set(name, json);
    isNews = true;
    schedule(waiting.size < BATCH ? interval : 0);
  };
  const count = (experiment: string, reason: string, times = 1) => {
    const reasons = (counts[experiment] ??= {});
    reasons[reason] = (reasons[reason] ?? 0) + times;
    isNews = true;
  };
  /** The oldest events that fit into one request, its body, and what puts the counts in it back. */
  const pack = (): [names: string[], body: string, putBack: () => void] => {
    const evaluations = counts;
    counts = none();
    const names: string[] = [];
    // `sentAt` is stamped anew at each sending: the server corrects the clock of this device by it.
    let body = JSON.stringify({ writeKey, evaluations, sentAt: new Date(), batch: [] }).slice(0, -2);
    let size = bytesOf(body).length;
    for (const [name, json] of waiting) {
      size += bytesOf(json).length + 1;
      if (names.length && (names.length === BATCH || size > LARGEST_BATCH)) break;
      body += (names.length ? "," : "") + json;
      names.push(name);
    }
    const putBack = () => {
      for (const key in evaluations) for (const reason in evaluations[key]) count(key, reason, evaluations[key][reason]);
    };
    return [names, body + "]}", putBack];
  };
  const isIdle = () => !waiting.size && !Object.keys(counts).length;
  const send = async () => {
    while (!isIdle()) {
      const [names, body, putBack] = pack();
      const [status, , headers] = await request(url, { method: "POST", body, keepalive: true });
      if (!status || status === 429 || status >= 500) {
        putBack();
        const asked = Math.min(Number(headers?.get("retry-after")) * 1000 || 0, LONGEST_ASKED_MS);
        notBefore = performance.now() + Math.max(backOff(failures++), asked);
        schedule(0);
        return false;
      }
      failures = notBefore = 0;
      // Taken, or refused for good: the same events would get the same answer again.
      names.forEach(settle);
    }
    return true;
  };
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    return (sending ??= send().finally(() => (sending = undefined)));
  };

  return {
    put_(id, event) {
      const name = prefix + id;
      const json = JSON.stringify(event);
      if (bytesOf(json).length > LARGEST_EVENT) return;
      keep(name, json);
      return store.set_(name, json);
    },
    count_: count,
    flush_: flush,
    hide_() {
      if (!isNews || isIdle()) return;
      const [, body, putBack] = pack();
      // Nobody tells whether a beacon arrived, so its events stay stored until a later page has an answer for them.
      isNews = !navigator.sendBeacon(url, body);
      if (isNews) putBack();
    },
    adopt_() {
      for (const name of store.names_(prefix)) {
        const json = store.get_(name);
        // What is no whole event would spoil its batch.
        if (json && /^\{"type".*\}$/s.test(json)) keep(name, json);
        else store.set_(name);
      }
    },
    clear_: () => waiting.clear(),
  };
}
