// What both OpenFeature providers add to OFREP: exposures and tracked events, batched, never raising.

import { inBrowser } from "./assemble.js";
import { hash32, normaliseUnit } from "./deciding/hashing.js";
import { createOutbox } from "./delivery/outbox.js";
import { createStore } from "./delivery/storage.js";
import { messageId } from "./delivery/visitor.js";
import { VERSION } from "./version.js";

export interface TellerOptions {
  /** Address of the Netlift server. */
  host: string;
  /** Client key in a browser, server key on a server. */
  key: string;
  /** Milliseconds that an event may wait for others. */
  flushInterval?: number;
}

type Context = Record<string, any>;
interface Details {
  flagKey: string;
  reason?: string;
  variant?: string;
  flagMetadata: Record<string, any>;
}

export interface Teller {
  /** Logs an exposure where the reason is SPLIT, and for no other. */
  hook: { after(hookContext: { context: Context }, details: Details): void };
  track(event: string, context?: Context, details?: object): void;
  flush(): Promise<boolean>;
}

const MOST_SEEN = 10_000;

/** The caller's own headers, and the key. */
export const withKey = (key: string, headers: [string, string][] | Record<string, string> = []): [string, string][] => [
  ...(Array.isArray(headers) ? headers : Object.entries(headers)),
  ["Authorization", `Bearer ${key}`],
];

export function createTeller({ host, key, flushInterval = 1000 }: TellerOptions): Teller {
  const prefix = `netlift:${key}:event:`;
  const store = createStore(true);
  const outbox = createOutbox(host.replace(/\/+$/, "") + "/v1/batch", key, store, prefix, flushInterval);
  const seen = new Set<number>();

  const record = (fields: Context, ids: Context) => {
    const id = messageId();
    const anonymousId = normaliseUnit(ids.anonymousId) ?? undefined;
    const userId = normaliseUnit(ids.userId) ?? undefined;
    if (!anonymousId && !userId && !fields.properties.agent_id) return;
    const context = { library: { name: "netlift-js-openfeature", version: VERSION }, identity: ids.identity };
    outbox.put_(id, {
      type: "track",
      messageId: id,
      timestamp: new Date(),
      anonymousId,
      userId,
      context,
      ...fields,
    });
  };
  const expose = ({ context }: { context: Context }, { flagKey, reason, variant, flagMetadata }: Details) => {
    if (reason !== "SPLIT") return;
    const { phase, version, unit, experimentReason = reason, suppressed, contextId } = flagMetadata;
    const id = contextId ?? context.targetingKey;
    const exposure = hash32([id, flagKey, phase, variant, experimentReason].join());
    if (seen.has(exposure)) return;
    if (seen.size >= MOST_SEEN) seen.clear();
    seen.add(exposure);
    const properties = {
      experiment_id: flagKey,
      variation_id: variant,
      phase,
      config_version: version,
      reason: experimentReason,
      unit,
      suppressed,
      agent_id: unit === "agent" ? id : undefined,
    };
    // The exposure of an agent names nobody else.
    const named = unit === "customer" ? { userId: id } : { anonymousId: id };
    const ids = unit === "agent" ? {} : { ...context, ...named };
    record({ event: "Experiment Viewed", properties }, ids);
  };
  const quietly =
    <A extends unknown[]>(work: (...args: A) => void) =>
    (...args: A) => {
      try {
        work(...args);
      } catch {
        // The shop's evaluation goes on whatever happens to its exposure.
      }
    };

  if (inBrowser) {
    outbox.adopt_();
    addEventListener("visibilitychange", () => document.hidden && outbox.hide_(), true);
    addEventListener("pagehide", outbox.hide_);
  }
  return {
    hook: { after: quietly(expose) },
    track: quietly((event: string, context: Context = {}, properties = {}) => {
      // A targeting key alone stands for the visitor, as it does in an evaluation.
      const anonymousId = context.anonymousId ?? (context.userId ? undefined : context.targetingKey);
      record({ event, properties }, { ...context, anonymousId });
    }),
    flush: outbox.flush_,
  };
}
