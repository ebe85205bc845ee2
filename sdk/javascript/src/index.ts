// `@netlift/sdk`: the whole client.

import { assemble } from "./assemble.js";
import { attempt } from "./attempt.js";
import { parseConfig } from "./deciding/config.js";
import { normaliseUnit } from "./deciding/hashing.js";
import type { Result } from "./deciding/result.js";
import { within } from "./delivery/request.js";
import { follow } from "./delivery/source.js";
import { details, onceADay } from "./exposures.js";
import { readForced } from "./forced.js";
import { createRemote, type Remote } from "./remote.js";
import type { Client, Experiments, Named, Options } from "./types.js";

/** A client that decides locally; it never throws into the shop. */
export function createClient<E extends Named<E> = Experiments>(options: Options): Client<E> {
  const { timeout = 800, pollInterval = 30_000, consent } = options;
  const until = performance.now() + timeout;
  const forced: Record<string, any> = { ...options.forced, ...readForced(consent !== false) };
  const listeners = new Set<() => void>();
  /** What was answered without a config: one that comes later must not change what is on the page already. */
  const held = new Map<string, Result>();
  let remote: Remote | undefined;
  let hasAsked = false;

  const [client, core] = assemble<E>(
    { ...options, forced },
    {
      parse_: parseConfig,
      async load_(core) {
        await follow(core, timeout, pollInterval);
        hasAsked = true;
        await remote!.ask_(until - performance.now());
      },
      answer_(core, name, result) {
        if (core.isLate_ && !core.config_) held.set(name, result);
        return held.get(name) ?? (result.reason === "REMOTE" ? remote?.of_(name) : undefined);
      },
      once_: onceADay,
      exposure_: details,
      changed_: () => listeners.forEach(attempt),
    },
  );
  remote = createRemote(core);
  let { ready } = client;
  const ask = () => {
    // The first question waits for the config, and is asked with what is known by then.
    if (hasAsked) ready = remote!.ask_(timeout).then(() => !!core.config_);
  };

  return {
    ...client,
    get ready() {
      return ready;
    },
    get visitorId() {
      return core.visitorId_;
    },
    setAttributes(attributes) {
      Object.assign(core.attributes_, attributes);
      core.changed_();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    page(path = globalThis.location?.pathname, properties) {
      core.record_("page", { properties: { ...properties, path } });
      held.clear();
      core.changed_();
      ask();
    },
    identify(userId, { traits = {}, expiry, signature } = {}) {
      const known = normaliseUnit(userId);
      if (known !== core.userId_) remote!.forget_();
      core.userId_ = known;
      core.identity_ = known && expiry && signature ? { expiry, signature } : undefined;
      if (known) core.record_("identify", { traits });
      core.changed_();
      ask();
    },
    order(order_id, products, { currency, channel = core.attributes_.channel, properties } = {}) {
      attempt(() => {
        const lines = products.map((line) => ({ quantity: 1, ...line }));
        core.record_("track", {
          event: "Order Completed",
          properties: { ...properties, order_id, channel, currency, products: lines },
        });
      });
    },
    setConsent(agreed) {
      client.setConsent(agreed);
      ask();
    },
    force(experiment, variant) {
      forced[experiment] = variant;
      core.changed_();
    },
    async reveal(experiment, selector, show) {
      const end = hide(selector);
      await within(timeout, ready);
      try {
        show(client.variant(experiment));
      } finally {
        end?.();
      }
    },
  };
}

/** Hide what a selector names, without moving anything on the page; returns what shows it again.
 *
 * A browser that cannot hide shows the control until the variant is there.
 */
const hide = (selector: string) =>
  attempt(() => {
    // A constructed sheet needs no leave of a content security policy, as a style element would.
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(selector + "{visibility:hidden!important}");
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    return () => {
      document.adoptedStyleSheets = document.adoptedStyleSheets.filter((other) => other !== sheet);
    };
  });

export type { Reason, Result } from "./deciding/result.js";
export type { Client, CoreClient, Customer, Experiments, Line, Options, OrderDetails } from "./types.js";
