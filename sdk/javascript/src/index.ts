// `@netlift/sdk`: the whole client.

import { assemble, type Parts } from "./assemble.js";
import { normaliseUnit } from "./deciding/hashing.js";
import { sleep } from "./delivery/request.js";
import { readForced } from "./forced.js";
import { createRemote, type Remote } from "./remote.js";
import type { Client, CoreClient, Experiments, Options } from "./types.js";

/** A client that decides locally; it never throws into the shop. */
export function createClient<E extends Experiments = Experiments>(options: Options): Client<E> {
  const { key, timeout = 800 } = options;
  const until = performance.now() + timeout;
  const forced = { ...options.forced, ...readForced(options.consent !== false) };
  let remote: Remote;
  let hasAsked = false;
  const parts: Parts<CoreClient<E>> = assemble<E>(
    { ...options, forced },
    {
      settle() {
        hasAsked = true;
        return remote.ask(until - performance.now());
      },
      remote: (experiment) => remote.of(experiment),
    },
  );
  const { client: core, state, address, bootstrap, record, changed } = parts;
  remote = createRemote(address + "evaluate/" + encodeURIComponent(key), state, changed, bootstrap.remote);
  const ask = () => {
    // The first question waits for the config, and is asked with what is known by then.
    if (hasAsked) ready = remote.ask(timeout).then(() => !!state.source.config, () => false);
  };
  let ready = core.ready;

  return {
    ...core,
    get ready() {
      return ready;
    },
    get visitorId() {
      return state.visitorId;
    },
    page(path = globalThis.location?.pathname, properties) {
      record("page", () => ({ properties: { ...properties, path } }));
      changed(true);
      ask();
    },
    identify(userId, { traits = {}, expiry, signature } = {}) {
      const known = normaliseUnit(userId);
      if (known !== state.userId) remote.forget();
      state.userId = known;
      state.identity = expiry && signature ? { expiry, signature } : undefined;
      if (known) record("identify", () => ({ traits }));
      changed();
      ask();
    },
    order(order_id, products, { currency, channel = state.attributes.channel, properties } = {}) {
      record("track", () => ({
        event: "Order Completed",
        properties: {
          ...properties,
          order_id,
          channel,
          currency,
          products: products.map((line) => ({ quantity: 1, ...line })),
        },
      }));
    },
    setConsent(consent) {
      core.setConsent(consent);
      ask();
    },
    force(experiment, variant) {
      state.forced[experiment] = variant as string;
      changed();
    },
    async reveal(experiment, selector, show) {
      const sheet = hide(selector);
      await Promise.race([ready, sleep(timeout)]);
      try {
        show(core.variant(experiment));
      } finally {
        sheet();
      }
    },
  };
}

/** Hide what a selector names, without moving anything on the page; returns what shows it again. */
function hide(selector: string): () => void {
  try {
    // A constructed sheet needs no leave of a content security policy, as a style element would.
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(selector + "{visibility:hidden!important}");
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    return () => {
      document.adoptedStyleSheets = document.adoptedStyleSheets.filter((other) => other !== sheet);
    };
  } catch {
    // A browser that cannot hide shows the control until the variant is there.
    return () => {};
  }
}

export { parseConfig } from "./deciding/config.js";
export { evaluate } from "./deciding/evaluation.js";
export type { Reason, Result } from "./deciding/result.js";
export type { Client, CoreClient, Customer, Experiments, Line, Options, OrderDetails } from "./types.js";
