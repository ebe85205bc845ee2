// The published config: from the page, from localStorage or from the server, and kept fresh.

import { type Config, parseConfig } from "../deciding/config.js";
import { backOff, request, sleep } from "./request.js";
import type { Store } from "./storage.js";

export interface Source {
  readonly config: Config | null;
  /** Settled once there is a config fresh enough to decide with, or none in time. */
  readonly ready: Promise<unknown>;
  /** Look again where the last look is longer ago than open pages may wait. */
  wake(): void;
}

const FRESH_MS = 300_000;
export const inBrowser = typeof document !== "undefined";

const parse = (text: any) => {
  try {
    return parseConfig(JSON.parse(text));
  } catch {
    return null;
  }
};

export function createSource(
  url: string,
  timeout: number,
  pollInterval: number,
  bootstrap: unknown,
  store: Store,
  name: string,
  changed: () => void,
): Source {
  let body: string | null | undefined;
  let failures = 0;
  let looked = performance.now();
  let timer: any;

  const look = async () => {
    clearTimeout(timer);
    looked = performance.now();
    // The browser asks with the ETag by itself, from its cache; a header set here would cost it a preflight.
    const [status, text] = await request(url);
    const config = status === 200 && (text === body ? source.config : parse(text));
    later(config ? pollInterval : Math.min(backOff(failures++), pollInterval));
    // What cannot be read changes nothing.
    if (!config) return;
    failures = 0;
    store.set(name + "at", "" + Date.now());
    if (text === body) return;
    body = text;
    source.config = config;
    store.set(name, text!);
    changed();
  };
  const later = (ms: number) => {
    timer = setTimeout(() => inBrowser && document.hidden || look(), ms);
    // On a server the next look keeps no process alive.
    timer.unref?.();
  };
  const source = {
    config: bootstrap ? parseConfig(bootstrap) : null,
    ready: Promise.resolve() as Promise<unknown>,
    wake: () => {
      if (performance.now() - looked >= pollInterval) look();
    },
  };

  const stored = store.get(name);
  const age = Date.now() - Number(store.get(name + "at"));
  if (source.config) {
    // A page that is rendered on a server looks for nothing else.
    if (inBrowser) later(pollInterval);
    return source;
  }
  if (age >= 0 && age < FRESH_MS) source.config = parse((body = stored));
  const looking = look();
  if (!source.config) {
    // An older one waits for the network, or for its failure.
    source.ready = Promise.race([looking, sleep(timeout)]).then(() => {
      source.config ??= parse(stored);
    });
  }
  return source;
}
