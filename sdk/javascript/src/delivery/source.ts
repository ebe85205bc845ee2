// The published config: from the page, from localStorage or from the server, and kept fresh.

import { type Core, inBrowser } from "../assemble.js";
import { attempt } from "../attempt.js";
import { parseConfig } from "../deciding/config.js";
import { backOff, request, within } from "./request.js";

const FRESH_MS = 300_000;

const parse = (text: any) => attempt(() => parseConfig(JSON.parse(text))) ?? null;

/** Get a config and look again at every interval; resolves once there is one fresh enough to decide with, or none in time. */
export async function follow(core: Core, timeout: number, pollInterval: number): Promise<void> {
  const { store_: store, prefix_ } = core;
  const name = prefix_ + "config";
  let body: string | null | undefined;
  let failures = 0;
  let timer: any;

  const look = async () => {
    // The browser asks with the ETag by itself, from its cache; a header set here would cost it a preflight.
    const [, text] = await request(core.address_ + "config/" + core.key_);
    const config = text === body ? core.config_ : parse(text);
    // What cannot be read changes nothing.
    if (!text || !config) return later(Math.min(backOff(failures++), pollInterval));
    later(pollInterval);
    failures = 0;
    store.set_(name + "at", "" + Date.now());
    if (text === body) return;
    store.set_(name, (body = text));
    core.config_ = config;
    core.changed_();
    core.outbox_.flush_();
  };
  const later = (ms: number) => {
    clearTimeout(timer);
    timer = setTimeout(() => (inBrowser && document.hidden) || look(), ms);
    // On a server the next look keeps no process alive.
    timer.unref?.();
  };

  if (inBrowser) {
    // A look that comes early is answered from the browser's cache.
    addEventListener("visibilitychange", () => document.hidden || look(), true);
  }
  if (core.config_) {
    // A page that is rendered on a server looks for nothing else.
    if (inBrowser) later(pollInterval);
    return;
  }
  const stored = store.get_(name);
  const age = Date.now() - Number(store.get_(name + "at"));
  if (age >= 0 && age < FRESH_MS) core.config_ = parse((body = stored));
  const looking = look();
  if (core.config_) return;
  // An older one waits for the network, or for its failure.
  await within(timeout, looking);
  core.config_ ??= parse(stored);
}
