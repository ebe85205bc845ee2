// `@netlift/sdk`: the whole client.

import { assemble } from "./assemble.js";
import { attempt } from "./attempt.js";
import { normaliseUnit } from "./deciding/hashing.js";
import type { Result } from "./deciding/result.js";
import { follow } from "./delivery/source.js";
import { onceADay } from "./exposures.js";
import { force, readForced } from "./forced.js";
import { ask } from "./remote.js";
import type { Client, Experiments, Named, Options } from "./types.js";

/** A client that decides locally; it never throws into the shop. */
export function createClient<E extends Named<E> = Experiments>(options: Options): Client<E> {
  const { timeout = 800, pollInterval = 30_000 } = options;
  const until = performance.now() + timeout;
  const listeners = new Set<() => void>();
  /** What was answered without a config: one that comes later must not change what is on the page already. */
  const held = new Map<string, Result>();
  let hasAsked = false;

  const [client, core] = assemble<E>(options, {
    async load_(core) {
      await follow(core, timeout, pollInterval);
      hasAsked = true;
      // Answers that came with the page are those of this page view.
      if (!core.answers_) await ask(core, until - performance.now());
    },
    answer_(core, name, result, experiment) {
      if (core.isLate_ && !core.config_) held.set(name, result);
      return (
        force(core.config_, experiment, forced[name]) ||
        held.get(name) ||
        // Only the server may decide: what it answered, if it did.
        (result.reason === "REMOTE" && core.answers_?.[name])
      );
    },
    once_: onceADay,
    changed_: () => listeners.forEach((listener) => attempt(listener)),
  });
  const forced: Record<string, any> = { ...options.forced, ...readForced(core.store_.open_) };
  let { ready } = client;
  /** Another page, or another visitor. */
  const again = () => {
    core.changed_();
    // The first question waits for the config, and is asked with what is known by then.
    if (hasAsked) ready = ask(core, timeout).then(() => !!core.config_);
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
      again();
    },
    identify(userId, { traits, expiry, signature } = {}) {
      const known = normaliseUnit(userId);
      if (known !== core.userId_) core.answers_ = undefined;
      core.userId_ = known;
      core.identity_ = signature ? { expiry, signature } : undefined;
      if (known) core.record_("identify", { traits });
      again();
    },
    order(order_id, products, { currency, channel = core.attributes_.channel, properties } = {}) {
      core.record_("track", {
        event: "Order Completed",
        properties: { ...properties, order_id, channel, currency, products },
      });
    },
    setConsent(agreed) {
      client.setConsent(agreed);
      again();
    },
    force(experiment, variant) {
      forced[experiment] = variant;
      core.changed_();
    },
    async reveal(experiment, selector, show) {
      const end = hide(selector);
      await ready;
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
    document.adoptedStyleSheets.push(sheet);
    return () => sheet.replaceSync("");
  });

export type { Reason, Result } from "./deciding/result.js";
export type { Client, CoreClient, Customer, Experiments, Line, Options, OrderDetails } from "./types.js";
