// The published config: from the page, from localStorage or from the server, and kept fresh.

import { type Core, inBrowser } from "../assemble.js";
import { parseConfig } from "../deciding/config.js";
import { within } from "./request.js";

const FRESH_MS = 300_000;
/** Of the time, in milliseconds, that a stored config begins with. */
const DIGITS = 13;

/** Get a config and look again at every interval; resolves once there is one fresh enough to decide with, or none in time. */
export async function follow(core: Core, timeout: number, pollInterval: number): Promise<void> {
  const { store_: store } = core;
  const name = core.prefix_ + "config";

  const look = async () => {
    // The browser asks with the ETag by itself, from its cache; a header set here would cost it a preflight.
    const text = await core.ask_("pages");
    const config = parseConfig(text);
    // What cannot be read changes nothing.
    if (!config) return;
    store.set_(name, Date.now() + text!);
    if (config.version === core.config_?.version) return;
    core.config_ = config;
    core.changed_();
    core.outbox_.flush_();
  };

  // A page that is rendered on a server is gone before the next look.
  if (inBrowser) setInterval(() => document.hidden || look(), pollInterval);
  if (core.config_) return;
  const stored = store.get_(name) ?? "";
  const kept = parseConfig(stored.slice(DIGITS));
  if (Math.abs(Date.now() - Number(stored.slice(0, DIGITS))) < FRESH_MS) core.config_ = kept;
  const looking = look();
  if (core.config_) return;
  // An older one waits for the network, or for its failure.
  await within(timeout, looking);
  core.config_ ??= kept;
}
