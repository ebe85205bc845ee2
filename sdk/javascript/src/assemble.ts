// The client without the parts that only the full entry has; `Plugin` is where those come in.

import { type Attributes } from "./deciding/audience.js";
import type { Experiment } from "./deciding/config.js";
import { answer, evaluate } from "./deciding/evaluation.js";
import { hash32, normaliseUnit } from "./deciding/hashing.js";
import type { Result } from "./deciding/result.js";
import { createOutbox } from "./delivery/outbox.js";
import { sleep } from "./delivery/request.js";
import { createSource, inBrowser, type Source } from "./delivery/source.js";
import { createStore } from "./delivery/storage.js";
import { forgetVisitor, meetVisitor, messageId } from "./delivery/visitor.js";
import type { CoreClient, Experiments, Options } from "./types.js";
import { VERSION } from "./version.js";

/** Proof by the shop's server of who the customer is. */
export interface Identity {
  readonly expiry: number;
  readonly signature: string;
}

/** What the parts of a client share. */
export interface State {
  visitorId: string | null;
  userId: string | null;
  identity?: Identity;
  attributes: Attributes;
  forced: Record<string, string>;
  consent: boolean;
  readonly source: Source;
}

export interface Parts<C> {
  readonly client: C;
  readonly state: State;
  /** Where the server takes requests, with the slash at its end. */
  readonly address: string;
  /** What the shop's server put into the page. */
  readonly bootstrap: any;
  /** Queue an event of the visitor; `fields` makes those it has beside the ones of every event. */
  record(type: string, fields: () => object): boolean | undefined;
  /** Answers may differ from now on; where a new page begins, those too that a late config could not change. */
  changed(newPage?: boolean): void;
}

/** Answers of the server. */
export interface Plugin {
  /** Asked when the config is there; resolves once the answers are. */
  settle?(): unknown;
  /** The server's answer, where it gave one. */
  remote?(experiment: Experiment): Result | undefined;
}

/** Do it once somebody looks: a page that a browser prepares ahead may never be shown. */
const whenSeen = (work: () => void) =>
  inBrowser && (document as any).prerendering ? document.addEventListener("prerenderingchange", work) : work();

/** What the shop's server put into the page: a config document, or that with the visitor's id and the server's answers. */
function bootstrapOf({ bootstrap = (globalThis as any).netliftBootstrap ?? {} }: Options): any {
  const { config = bootstrap, ...others } = bootstrap as any;
  return { config, ...others };
}

const MOST_SEEN = 100;
/** The family alone: browsers differ in how long they keep ids. */
const browser = inBrowser ? (navigator.userAgent.match(/Firefox|Edg|Chrome|Safari/) ?? ["other"])[0] : undefined;

export function assemble<E extends Experiments>(options: Options, plugin: Plugin = {}): Parts<CoreClient<E>> {
  const { key, host = "", timeout = 800, pollInterval = 30_000, flushInterval = 1000, consent = true } = options;
  const bootstrap = bootstrapOf(options);
  const prefix = `netlift:${key}:`;
  const events = prefix + "event:";
  const memory = prefix + "seen";
  const address = host.replace(/\/+$/, "") + "/v1/";
  const store = createStore(consent);
  const outbox = createOutbox(address + "batch", key, store, events, flushInterval);
  const listeners = new Set<() => void>();
  const answers = new Map<string, Result>();
  const held = new Map<string, Result>();
  let seen: number[] = [];
  let isNew = false;
  let late = false;

  const changed = (newPage?: boolean) => {
    if (newPage) held.clear();
    answers.clear();
    listeners.forEach(attempt);
  };
  const attempt = <T>(work: () => T): T | undefined => {
    try {
      return work();
    } catch {}
  };
  const url = address + "config/" + encodeURIComponent(key);
  const source = createSource(url, timeout, pollInterval, bootstrap.config, store, prefix + "config", () => {
    changed();
    outbox.flush();
  });
  const state: State = {
    visitorId: null,
    userId: normaliseUnit(options.userId),
    attributes: { channel: "web", ...options.attributes },
    forced: { ...options.forced },
    consent,
    source,
  };
  const meet = () => {
    const own = state.consent && normaliseUnit(options.visitorId ?? bootstrap.visitorId);
    const [visitorId, unknown] = own ? [own, false] : meetVisitor(store, options.cookieDomain);
    if (visitorId !== state.visitorId) {
      state.visitorId = visitorId;
      isNew = unknown;
      answers.clear();
    }
  };
  const begin = () => {
    meet();
    outbox.adopt();
    seen = attempt(() => JSON.parse(store.get(memory)!)) ?? [];
  };
  const record = (type: string, fields: () => object) =>
    attempt(() => {
      const { visitorId, userId, identity } = state;
      if (!state.consent || !(visitorId || userId)) return;
      const id = messageId();
      const library = { name: "netlift-js", version: VERSION };
      return outbox.put(events + id, {
        type,
        messageId: id,
        timestamp: new Date(),
        anonymousId: visitorId ?? undefined,
        userId: userId ?? undefined,
        context: { library, channel: state.attributes.channel, identity: userId ? identity : undefined },
        ...fields(),
      });
    });
  const unitOf = (experiment?: Experiment) => (experiment?.unit === "customer" ? state.userId : state.visitorId);
  const expose = (experiment: Experiment, { variant, suppressed, phase, reason, configVersion }: Result) => {
    const shown = suppressed ?? variant;
    // The reason is part of it: a unit of the test that is later held back must be seen as held back. So is the day: an
    // exposure that a server refused, because its key or origin was not set up yet, is not lost for ever.
    const day = new Date().toDateString();
    const exposure = hash32([unitOf(experiment), experiment.key, phase, shown, reason, day].join());
    if (seen.includes(exposure)) return;
    seen.push(exposure);
    const properties = {
      experiment_id: experiment.key,
      variation_id: shown,
      phase,
      config_version: configVersion,
      reason,
      unit: experiment.unit ?? "visitor",
      suppressed: suppressed && true,
      new_id: isNew || undefined,
      browser,
    };
    const kept = record("track", () => ({ event: "Experiment Viewed", properties }));
    if (kept) store.set(memory, JSON.stringify((seen = seen.slice(-MOST_SEEN))));
  };
  const evaluated = (name: string): Result => {
    const experiment = source.config?.experiments.get(name);
    const circumstances = { consent: state.consent, forced: state.forced[name] };
    const result = evaluate(source.config, name, unitOf(experiment), state.attributes, circumstances);
    // A config that comes later must not change what is on the page already.
    if (late && !source.config) held.set(name, result);
    return (result.reason === "REMOTE" && plugin.remote?.(experiment!)) || result;
  };
  const peek = (name: string): Result =>
    answers.get(name) ?? held.get(name) ?? attempt(() => evaluated(name)) ?? answer("ERROR");
  const decide = (name: string) => {
    const result = peek(name);
    outbox.count(name, result.reason);
    if (!answers.has(name)) {
      answers.set(name, result);
      if (result.exposure) whenSeen(() => expose(source.config!.experiments.get(name)!, result));
    }
    return result;
  };

  begin();
  if (inBrowser) {
    addEventListener("visibilitychange", () => (document.hidden ? outbox.hide() : source.wake()), true);
    addEventListener("pagehide", outbox.hide);
  }
  const settled = source.ready.then(() => plugin.settle?.());
  const client: CoreClient<E> = {
    ready: Promise.race([settled, sleep(timeout)]).then(() => {
      late = true;
      // Another tab may have met the visitor at the same time: the id that was written last holds for both.
      if (!answers.size) meet();
      return !!source.config;
    }),
    variant: (name, otherwise) => (decide(name).variant ?? otherwise ?? "control") as E[typeof name],
    payload: <T>(name: string, otherwise?: T) => (decide(name).payload ?? otherwise) as T,
    peek,
    track: (event, properties = {}) => void record("track", () => ({ event, properties })),
    setAttributes(attributes) {
      Object.assign(state.attributes, attributes);
      changed();
    },
    setConsent(agreed) {
      if (!agreed) {
        outbox.clear();
        forgetVisitor(options.cookieDomain);
        // Opened once more, to erase what an earlier page kept.
        store.open = true;
        store.names("netlift").forEach((name) => store.set(name, null));
      }
      state.consent = store.open = agreed;
      begin();
      changed();
    },
    flush: outbox.flush,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  return { client, state, address, bootstrap, record, changed };
}
