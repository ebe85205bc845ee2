// The bounded queue of events. Each waits under a name of its own in localStorage until the server has answered for it,
// so that a killed page loses nothing and two tabs never overwrite each other. What is sent twice keeps its messageId,
// and the server stores it once.

import { backOff, request } from "./request.js";
import type { Store } from "./storage.js";

export interface Outbox {
  /** Queue an event under its id; whether storage will keep it over a reload. */
  put_(id: string, event: object): boolean | undefined;
  /** Count one evaluation; counts travel with the next batch, and when the page is hidden. */
  count_(what: string): void;
  /** Send all that waits now; whether all of it was settled. */
  flush_(): Promise<boolean>;
  /** Hand what waits to the browser, for the page may end here. */
  hide_(): void;
  /** Take up what an earlier page left, or this one handed to the browser. */
  adopt_(): void;
  /** Forget what waits; storage is the caller's to empty. */
  clear_(): void;
}

type Counts = Record<string, number>;

/** In characters, which take at most three bytes: browsers refuse keepalive requests and beacons of 64 kB and more. */
const LARGEST = 20_000;
const MOST_WAITING = 1000;
const LONGEST_ASKED_MS = 300_000;

/** @param prefix - of the names of events. */
export function createOutbox(url: string, writeKey: string, store: Store, prefix: string, interval: number): Outbox {
  const waiting = new Map<string, string>();
  // Without a prototype: keys come from the shop's code, and `constructor` is one like any other.
  const none = () => ({ __proto__: null }) as unknown as Counts;
  let counts = none();
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let sending: Promise<boolean> | undefined;

  const schedule = (ms: number) => {
    clearTimeout(timer);
    timer = setTimeout(flush, ms);
  };
  const settle = (name: string) => {
    waiting.delete(name);
    store.set_(name);
  };
  const keep = (name: string, json: string) => {
    waiting.set(name, json);
    if (waiting.size > MOST_WAITING) settle(waiting.keys().next().value!);
    timer ?? schedule(interval);
  };
  const count = (what: string, times = 1) => {
    counts[what] = (counts[what] ?? 0) + times;
  };
  /** The oldest events that fit into one request, its body, and what puts the counts in it back. */
  const pack = (): [names: string[], body: string, putBack: () => void] => {
    const evaluations = counts;
    counts = none();
    const names: string[] = [];
    // `sentAt` is stamped anew at each sending: the server corrects the clock of this device by it.
    let body = JSON.stringify({ writeKey, evaluations, sentAt: new Date(), batch: [] }).slice(0, -2);
    for (const [name, json] of waiting) {
      if (names[0] && body.length + json.length > LARGEST) break;
      body += (names[0] ? "," : "") + json;
      names.push(name);
    }
    const putBack = () => {
      for (const what in evaluations) count(what, evaluations[what]);
    };
    return [names, body + "]}", putBack];
  };
  const isIdle = () => !waiting.size && !Object.keys(counts).length;
  const send = async () => {
    while (!isIdle()) {
      const [names, body, putBack] = pack();
      const [status, , headers] = await request(url, body);
      if (status > 428) {
        putBack();
        const asked = Math.min(Number(headers?.get("retry-after")) * 1000 || 0, LONGEST_ASKED_MS);
        schedule(Math.max(backOff(failures++), asked));
        return false;
      }
      failures = 0;
      // Taken, or refused for good: the same events would get the same answer again.
      names.forEach(settle);
    }
    timer = undefined;
    return true;
  };
  const flush = () => {
    clearTimeout(timer);
    return (sending ??= send().finally(() => (sending = undefined)));
  };

  return {
    put_(id, event) {
      const name = prefix + id;
      const json = JSON.stringify(event);
      if (json.length > LARGEST) return;
      keep(name, json);
      return store.set_(name, json);
    },
    count_: count,
    flush_: flush,
    hide_() {
      if (isIdle()) return;
      const [names, body, putBack] = pack();
      // Nobody tells whether a beacon arrived: its events stay stored, or else here, until a page has an answer for them.
      if (navigator.sendBeacon(url, body)) names.forEach((name) => store.get_(name) && waiting.delete(name));
      else putBack();
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
