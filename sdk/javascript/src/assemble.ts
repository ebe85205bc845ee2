// The client that every entry has; `Parts` are what the full entry adds.

import { attempt } from "./attempt.js";
import { type Attributes } from "./deciding/audience.js";
import { type Experiment, type MaybeConfig, readConfig } from "./deciding/config.js";
import { answer, evaluate, experimentOf } from "./deciding/evaluation.js";
import { normaliseUnit } from "./deciding/hashing.js";
import type { Result } from "./deciding/result.js";
import { createOutbox, type Outbox } from "./delivery/outbox.js";
import { request, within } from "./delivery/request.js";
import { createStore, type Store } from "./delivery/storage.js";
import { forgetVisitor, meetVisitor, messageId } from "./delivery/visitor.js";
import type { CoreClient, Named, Options } from "./types.js";
import { VERSION } from "./version.js";

/** Proof by the shop's server of who the customer is. */
export interface Identity {
  readonly expiry: number | undefined;
  readonly signature: string;
}

/** What the parts of a client share. Names with a line at their end are packed to one letter by the build. */
export interface Core {
  visitorId_: string | null;
  /** Whether this browser was met for the first time. */
  isNew_?: boolean;
  userId_: string | null;
  identity_?: Identity | undefined;
  attributes_: Attributes;
  config_: MaybeConfig;
  /** Whether the page waits no longer for a config. */
  isLate_?: boolean;
  /** The server's answers for experiments that only it may decide. */
  answers_?: Record<string, Result> | undefined;
  /** The newest question for them. */
  asking_?: unknown;
  /** What names in storage begin with. */
  readonly prefix_: string;
  readonly store_: Store;
  readonly outbox_: Outbox;
  /** Queue an event of the visitor; `fields` are those it has beside the ones of every event. */
  record_(type: string, fields: object): boolean | undefined;
  /** Answers may differ from now on. */
  changed_(): void;
  /** What the server answers of a kind for this key: the text where all went well. */
  ask_(what: string, body?: string): Promise<string | undefined>;
}

/** Where the entries differ. */
export interface Parts {
  /** Get the config; resolves once the page can decide. */
  load_(core: Core): Promise<unknown>;
  /** Another answer than the local one. */
  answer_?(core: Core, name: string, result: Result, experiment?: Experiment): Result | false | undefined;
  /** Send an exposure once somebody looks, unless an earlier page did; the server keeps the first in any case. */
  once_?(send: () => unknown, exposure: string, core: Core): void;
  /** Answers may differ from now on. */
  changed_?(): void;
}

export const inBrowser = typeof document !== "undefined";

export function assemble<E extends Named<E>>(options: Options, parts: Parts): [CoreClient<E>, Core] {
  const { key, host = "", timeout = 800, flushInterval = 1000, consent = true, cookieDomain } = options;
  const bootstrap: any = options.bootstrap ?? (globalThis as any).netliftBootstrap ?? {};
  const prefix = `netlift:${key}:`;
  const address = host.replace(/\/+$/, "") + "/v1/";
  const store = createStore(consent);
  const outbox = createOutbox(address + "batch", key, store, prefix + "event:", flushInterval);
  const answers = new Map<string, Result>();
  const logged = new Set<string>();

  const core: Core = {
    visitorId_: null,
    userId_: normaliseUnit(options.userId),
    attributes_: { channel: "web", ...options.attributes },
    config_: readConfig(bootstrap.config ?? bootstrap),
    ask_: async (what, body) => (await request(address + what + "/" + encodeURIComponent(key), body))[1],
    prefix_: prefix,
    answers_: bootstrap.remote?.experiments,
    store_: store,
    outbox_: outbox,
    record_: (type, fields) =>
      attempt(() => {
        const { visitorId_, userId_, identity_, attributes_ } = core;
        if (!store.open_ || !(visitorId_ || userId_)) return;
        const id = messageId();
        return outbox.put_(id, {
          type,
          messageId: id,
          timestamp: new Date(),
          anonymousId: visitorId_,
          userId: userId_,
          context: {
            library: { name: "netlift-js", version: VERSION },
            channel: attributes_.channel,
            identity: identity_,
          },
          ...fields,
        });
      }),
    changed_() {
      answers.clear();
      parts.changed_?.();
    },
  };
  const meet = () => {
    const own = normaliseUnit(options.visitorId ?? bootstrap.visitorId);
    const [id, isNew] = !store.open_ ? [null] : own ? [own] : meetVisitor(store, cookieDomain);
    if (id !== core.visitorId_) {
      core.visitorId_ = id;
      core.isNew_ = isNew;
      answers.clear();
    }
  };
  const begin = () => {
    meet();
    outbox.adopt_();
  };
  const unitOf = (experiment?: Experiment) => (experiment?.unit === "customer" ? core.userId_ : core.visitorId_);
  const expose = (name: string, result: Result) => {
    const { variant, phase, reason, assigned } = result;
    const experiment = experimentOf(core.config_, name);
    // The reason is part of it: a unit of the test that is later held back must be seen as held back.
    const exposure = JSON.stringify([unitOf(experiment), name, phase, variant, reason, assigned]);
    if (logged.has(exposure)) return;
    logged.add(exposure);
    const properties = {
      experiment_id: name,
      variation_id: assigned ?? variant,
      phase,
      config_version: result.configVersion,
      reason,
      unit: experiment!.unit,
      suppressed: assigned && true,
      new_id: core.isNew_,
    };
    (parts.once_ ?? attempt)(() => core.record_("track", { event: "Experiment Viewed", properties }), exposure, core);
  };
  const evaluated = (name: string) => {
    const experiment = experimentOf(core.config_, name);
    const result = evaluate(core.config_, experiment, unitOf(experiment), core.attributes_, store.open_);
    return parts.answer_?.(core, name, result, experiment) || result;
  };
  const peek = (name: string) => answers.get(name) ?? attempt(() => evaluated(name)) ?? answer("ERROR");
  const decide = (name: string) => {
    const result = peek(name);
    // Whatever stands for a name: it may be none.
    attempt(() => {
      outbox.count_(name + " " + result.reason);
      if (answers.has(name)) return;
      answers.set(name, result);
      if (result.exposure) expose(name, result);
    });
    return result;
  };

  begin();
  if (inBrowser) {
    addEventListener("visibilitychange", () => (document.hidden ? outbox.hide_ : outbox.adopt_)(), true);
    addEventListener("pagehide", outbox.hide_);
  }
  const client: CoreClient<E> = {
    ready: within(timeout, parts.load_(core)).then(() => {
      core.isLate_ = true;
      // Another tab may have met the visitor at the same time: the id that was written last holds for both.
      if (!answers.size) meet();
      return !!core.config_;
    }),
    variant: (name, otherwise) => (decide(name).variant ?? otherwise ?? "control") as E[typeof name],
    payload: <T>(name: string, otherwise?: T) => (decide(name).payload ?? otherwise) as T,
    peek,
    track: (event, properties) => core.record_("track", { event, properties }),
    setConsent(agreed) {
      if (!agreed) {
        outbox.clear_();
        logged.clear();
        forgetVisitor(cookieDomain);
        // Opened once more, to erase what an earlier page kept.
        store.open_ = true;
        store.names_("netlift").forEach((name) => store.set_(name));
      }
      store.open_ = agreed;
      begin();
      core.changed_();
    },
    flush: outbox.flush_,
  };
  return [client, core];
}
