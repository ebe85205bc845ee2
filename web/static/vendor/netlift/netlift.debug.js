"use strict";
(() => {
  // src/debugging/words.ts
  var REASONS = {
    ERROR: "because deciding failed: is the key a text?",
    NO_CONFIG: "because there is no config; it is no exposure",
    UNKNOWN: "because the config holds no such test",
    FORCED: "because it is forced (address, option or force()); it is no exposure",
    NO_CONSENT: "because the visitor has not agreed; it is no exposure",
    NO_UNIT: "because nobody of the kind that the test draws is known (customers: call identify); it is no exposure",
    NOT_RUNNING: "because the test is paused or stopped; it is no exposure",
    REMOTE: "because only the server can decide and it has not, which takes a customer signed by the shop; it is no exposure",
    AUDIENCE: "because a rule of the audience is not met by the attributes; it is no exposure",
    LAYER: "because this unit belongs to another test of the layer; it is no exposure",
    HOLDOUT: "kept out of the whole layer; an exposure",
    HOLDBACK: "kept out of the shipped winner; an exposure",
    ROLLOUT: "the shipped winner",
    KEPT: "kept from the finished test; it is no exposure",
    NOT_ENROLLED: "because this unit lies outside the share of the test; it is no exposure",
    SPLIT: "drawn into the test; an exposure, sent once"
  };
  var describe = (reason) => `${REASONS[reason]} (${reason})`;
  function unknown(key2, keys) {
    const close = keys.find((each) => distance(each, key2) <= 2);
    const guess = close ? ` Did you mean "${close}"?` : keys.length ? ` It holds ${keys.join(", ")}.` : " It holds none.";
    return `the config of this key has no test "${key2}": it is mistyped, not launched, archived, or of the other environment.${guess}`;
  }
  function refused({ key: key2, host, visitorId, userId, bootstrap }) {
    const said = [];
    if (typeof key2 !== "string" || !key2.trim()) said.push(["error", "key is missing: give the client key (pk_…) of the environment"]);
    else if (key2.startsWith("sk_")) said.push(["error", "key is a server key, which no page may hold: use a client key (pk_…), and revoke this one"]);
    if (host !== void 0 && !/^https?:\/\//.test(host)) said.push(["error", `host is "${host}", must begin with https:// or http://`]);
    const brought = bootstrap ?? globalThis.netliftBootstrap;
    const config = brought?.config ?? brought;
    if (config && config.v !== 2) {
      said.push(["error", "bootstrap holds no config for pages: take what GET /v1/pages/<key> answers, or what the SDK of the shop's server writes"]);
    }
    for (const [name, id] of Object.entries({ visitorId, userId })) {
      if (id !== void 0 && id !== null && typeof id !== "string") said.push(["error", `${name} is a ${typeof id}, must be a text: JSON numbers lose digits`]);
    }
    return said;
  }
  function identified(userId, { expiry, signature } = {}) {
    if (userId !== null && typeof userId !== "string") return [["error", `identify: the id is a ${typeof userId}, must be a text`]];
    if (userId !== null && !(expiry && signature)) {
      return [["info", "identify: without expiry and signature of the shop's server private facts stay unused"]];
    }
    return expiry && expiry * 1e3 < Date.now() ? [["warn", "identify: the signature has expired, so it is not believed"]] : [];
  }
  function distance(a, b) {
    let row = Array.from({ length: b.length + 1 }, (_, at) => at);
    for (let i = 1; i <= a.length; i++) {
      const next = [i];
      for (let j = 1; j <= b.length; j++) next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + +(a[i - 1] !== b[j - 1]));
      row = next;
    }
    return row[b.length];
  }

  // src/debugging/watching.ts
  function watch(say2, { key: key2, host }) {
    let keys = [];
    const address = (host ?? globalThis.location?.origin ?? "").replace(/\/+$/, "");
    const begin = address + "/v1/";
    const said = /* @__PURE__ */ new Set();
    const once = (level, text) => {
      if (said.has(text)) return;
      if (level === "info") said.clear();
      said.add(text);
      say2(level, text);
    };
    const config = async (reply) => {
      if (reply.status === 404 || reply.status === 401) return once("error", noKey(key2, address));
      if (!reply.ok) return once("error", `no config: ${address} answers with status ${reply.status}`);
      const { environment, experiments = [] } = await reply.json();
      keys = experiments.map((each) => each.key);
      once("info", `config of the ${environment} environment with ${keys.length} tests: ${keys.join(", ") || "none is launched"}`);
    };
    const batch = async (reply, body) => {
      const sent = JSON.parse(body).batch;
      if (reply.status === 401) return once("error", noKey(key2, address));
      if (reply.status === 403) return once("error", noOrigin());
      if (!reply.ok) return say2("error", `${sent.length} events were not taken: status ${reply.status}`, await reply.text());
      const { rejected = [] } = await reply.json();
      const lost = new Set(rejected.map((each) => each.index));
      const taken = sent.filter((_, at) => !lost.has(at));
      if (taken.length) say2("info", `sent: ${taken.map(named).join(", ")}`);
      for (const { index, field, reason } of rejected) say2("error", `refused: ${named(sent[index])}, ${field} is ${reason}`, sent[index]);
    };
    const failed = async (what) => {
      if (String(key2).startsWith("sk_")) return;
      const isUp = await real(`${address}/sdk/netlift.js`, { method: "HEAD", credentials: "omit" }).then(
        () => true,
        () => false
      );
      once("error", isUp ? noOrigin() : `${what}: ${address} cannot be reached. Is the address right, the server up, and does the content security policy of the page allow it (connect-src)?`);
    };
    const real = globalThis.fetch.bind(globalThis);
    globalThis.fetch = async (...asked) => {
      const [url, init] = [String(asked[0]), asked[1]];
      if (!url.startsWith(begin)) return real(...asked);
      try {
        const reply = await real(...asked);
        const seen = reply.clone();
        const path = url.slice(begin.length);
        if (path.startsWith("pages/")) void config(seen).catch(() => once("error", `no config: ${address} is no Netlift server`));
        else if (path === "batch") void batch(seen, String(init?.body)).catch(() => {
        });
        return reply;
      } catch (error) {
        void failed(url.includes("/pages/") ? "no config" : "events wait");
        throw error;
      }
    };
    return { keys: () => keys };
  }
  var named = ({ type, event, properties = {} }) => event === "Experiment Viewed" ? `exposure of ${properties.experiment_id} = ${properties.variation_id}` : type === "page" ? `page ${properties.path}` : event ?? type ?? "an event";
  var noKey = (key2, address) => `${address} knows no key ${String(key2).slice(0, 12)}…: it is mistyped, revoked, or of another server. Netlift lists client keys under Keys`;
  var noOrigin = () => `this page's origin ${globalThis.location?.origin ?? ""} may not use the key: add it to the key's origins (Netlift, Keys), or a blocker in the browser stops requests`;

  // src/attempt.ts
  var attempt = (work) => {
    try {
      return work();
    } catch {
    }
  };

  // src/deciding/config.ts
  var readConfig = (document2) => document2?.v === 2 ? document2 : null;
  var parseConfig = (text) => attempt(() => readConfig(JSON.parse(text)));

  // src/deciding/audience.ts
  function meets([attribute, op, ...values], attributes) {
    const value = attributes[attribute];
    if (op === "range") return typeof value === "number" && value >= values[0] && value <= values[1];
    const known = [value].flat().map((one) => typeof one?.product === "string" ? one.product : one);
    const isKnown = Array.isArray(value) || /^[^nu{]/.test(JSON.stringify(known[0]));
    return op === "missing" ? !isKnown : isKnown && values.some((one) => known.includes(one)) === (op === "in");
  }

  // src/deciding/hashing.ts
  var { imul } = Math;
  var rotate = (bits, by) => bits << by | bits >>> 32 - by;
  var scramble = (block) => imul(rotate(imul(block, 3432918353), 15), 461845907);
  function hash32(text) {
    const bytes = unescape(encodeURIComponent(text));
    let hash = 0;
    let block = 0;
    let at = 0;
    while (at < bytes.length) {
      block |= bytes.charCodeAt(at) << 8 * (at++ & 3);
      if (!(at & 3)) {
        hash = imul(rotate(hash ^ scramble(block), 13), 5) + 3864292196;
        block = 0;
      }
    }
    hash ^= scramble(block) ^ at;
    hash = imul(hash ^ hash >>> 16, 2246822507);
    hash = imul(hash ^ hash >>> 13, 3266489909);
    return (hash ^ hash >>> 16) >>> 0;
  }
  var draw = (prefix, unit) => hash32(prefix + unit) / 2 ** 32;
  var normaliseUnit = (unit) => attempt(() => encodeURIComponent(unit) && unit.normalize().trim()) || null;

  // src/deciding/evaluation.ts
  var experimentOf = (config, key2) => config?.experiments.find((one) => one.key === key2);
  var answer = (reason, config, experiment, at = 0, exposure = false) => {
    const { key: key2 = null, payload = null } = experiment?.variants[at] ?? {};
    return { variant: key2, reason, payload, exposure, phase: experiment?.phase ?? null, configVersion: config?.version ?? null };
  };
  function evaluate(config, experiment, unit, attributes, consent) {
    if (!experiment) return answer(config ? "UNKNOWN" : "NO_CONFIG", config);
    const show = (reason, at, exposure) => answer(reason, config, experiment, at, exposure);
    if (!consent) return show("NO_CONSENT");
    const name = normaliseUnit(unit);
    if (!name) return show("NO_UNIT");
    if (!experiment.audience.every((rule) => meets(rule, attributes))) return show("AUDIENCE");
    let tree = experiment.tree;
    while (tree[3]) tree = tree[draw(tree[0], name) < tree[1] ? 2 : 3];
    return show(...tree);
  }

  // src/delivery/request.ts
  var PATIENCE_MS = 1e4;
  var within = (ms, work) => Promise.race([work, new Promise((resolve) => setTimeout(resolve, ms))]);
  var backOff = (failures) => Math.min(3e4, 500 * 2 ** failures) * (0.5 + Math.random() / 2);
  async function request(url, body) {
    try {
      const signal = AbortSignal.timeout?.(PATIENCE_MS);
      const reply = await fetch(url, { method: body && "POST", body, keepalive: !!body, credentials: "omit", signal });
      return [reply.status, await reply.text(), reply.headers];
    } catch {
      return [599];
    }
  }

  // src/delivery/outbox.ts
  var LARGEST = 2e4;
  var MOST_WAITING = 1e3;
  var LONGEST_ASKED_MS = 3e5;
  function createOutbox(url, writeKey, store, prefix, interval) {
    const waiting2 = /* @__PURE__ */ new Map();
    const none = () => ({ __proto__: null });
    let counts = none();
    let failures = 0;
    let timer;
    let sending;
    const schedule = (ms) => {
      clearTimeout(timer);
      timer = setTimeout(flush, ms);
    };
    const settle = (name) => {
      waiting2.delete(name);
      store.set_(name);
    };
    const keep = (name, json) => {
      waiting2.set(name, json);
      if (waiting2.size > MOST_WAITING) settle(waiting2.keys().next().value);
      timer ?? schedule(interval);
    };
    const count = (what, times = 1) => {
      counts[what] = (counts[what] ?? 0) + times;
    };
    const pack = () => {
      const evaluations = counts;
      counts = none();
      const names = [];
      let body = JSON.stringify({ writeKey, evaluations, sentAt: /* @__PURE__ */ new Date(), batch: [] }).slice(0, -2);
      for (const [name, json] of waiting2) {
        if (names[0] && body.length + json.length > LARGEST) break;
        body += (names[0] ? "," : "") + json;
        names.push(name);
      }
      const putBack = () => {
        for (const what in evaluations) count(what, evaluations[what]);
      };
      return [names, body + "]}", putBack];
    };
    const isIdle = () => !waiting2.size && !Object.keys(counts).length;
    const send = async () => {
      while (!isIdle()) {
        const [names, body, putBack] = pack();
        const [status, , headers] = await request(url, body);
        if (status > 428) {
          putBack();
          const asked = Math.min(Number(headers?.get("retry-after")) * 1e3 || 0, LONGEST_ASKED_MS);
          schedule(Math.max(backOff(failures++), asked));
          return false;
        }
        failures = 0;
        names.forEach(settle);
      }
      timer = void 0;
      return true;
    };
    const flush = () => {
      clearTimeout(timer);
      return sending ??= send().finally(() => sending = void 0);
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
        if (navigator.sendBeacon(url, body)) names.forEach((name) => store.get_(name) && waiting2.delete(name));
        else putBack();
      },
      adopt_() {
        for (const name of store.names_(prefix)) {
          const json = store.get_(name);
          if (json && /^\{"type".*\}$/s.test(json)) keep(name, json);
          else store.set_(name);
        }
      },
      clear_: () => waiting2.clear()
    };
  }

  // src/delivery/storage.ts
  function createStore(open) {
    const use = (work) => attempt(() => store.open_ ? work(window.localStorage) : void 0);
    const store = {
      open_: open,
      get_: (name) => use((storage) => storage[name]),
      set_: (name, value) => use((storage) => {
        if (value === void 0) delete storage[name];
        else storage[name] = value;
        return true;
      }),
      names_: (start) => use((storage) => Object.keys(storage).filter((name) => name.startsWith(start))) ?? []
    };
    return store;
  }

  // src/delivery/visitor.ts
  var NAME = "netlift_id";
  var YEAR_SECONDS = 31536e3;
  var digits = (form) => {
    const bytes = crypto.getRandomValues(new Uint8Array(form.length));
    return form.replace(/x/g, (_, at) => (bytes[at] & 15).toString(16));
  };
  var randomId = () => digits("x".repeat(32));
  var messageId = () => digits(("0" + Date.now().toString(16)).replace(/.{8}/, "$&-") + "-7xxx-8xxx-xxxxxxxxxxxx");
  var readCookie = () => attempt(() => normaliseUnit(decodeURIComponent(document.cookie.match(`(?:^|; )${NAME}=([^;]*)`)[1])));
  var writeCookie = (id, domain, seconds) => attempt(() => {
    const where = (domain ? ";domain=" + domain : "") + (location.protocol === "https:" ? ";secure" : "");
    document.cookie = `${NAME}=${encodeURIComponent(id)};path=/;samesite=lax;max-age=${seconds}${where}`;
  });
  function meetVisitor(store, domain) {
    const stored = normaliseUnit(store.get_(NAME));
    const id = readCookie() ?? stored ?? randomId();
    writeCookie(id, domain, YEAR_SECONDS);
    return [store.set_(NAME, id) || readCookie() === id ? id : null, stored !== id];
  }
  var forgetVisitor = (domain) => writeCookie("", domain, 0);

  // src/version.ts
  var VERSION = "0.1.0";

  // src/assemble.ts
  var inBrowser = typeof document !== "undefined";
  function assemble(options, parts) {
    const { key: key2, host = "", timeout = 800, flushInterval = 1e3, consent = true, cookieDomain } = options;
    const bootstrap = options.bootstrap ?? globalThis.netliftBootstrap ?? {};
    const prefix = `netlift:${key2}:`;
    const address = host.replace(/\/+$/, "") + "/v1/";
    const store = createStore(consent);
    const outbox = createOutbox(address + "batch", key2, store, prefix + "event:", flushInterval);
    const answers = /* @__PURE__ */ new Map();
    const logged = /* @__PURE__ */ new Set();
    const core = {
      visitorId_: null,
      userId_: normaliseUnit(options.userId),
      attributes_: { channel: "web", ...options.attributes },
      config_: readConfig(bootstrap.config ?? bootstrap),
      ask_: async (what, body) => (await request(address + what + "/" + encodeURIComponent(key2), body))[1],
      prefix_: prefix,
      answers_: bootstrap.remote?.experiments,
      store_: store,
      outbox_: outbox,
      record_: (type, fields) => attempt(() => {
        const { visitorId_, userId_, identity_, attributes_ } = core;
        if (!store.open_ || !(visitorId_ || userId_)) return;
        const id = messageId();
        return outbox.put_(id, {
          type,
          messageId: id,
          timestamp: /* @__PURE__ */ new Date(),
          anonymousId: visitorId_,
          userId: userId_,
          context: {
            library: { name: "netlift-js", version: VERSION },
            channel: attributes_.channel,
            identity: identity_
          },
          ...fields
        });
      }),
      changed_() {
        answers.clear();
        parts.changed_?.();
      }
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
    const unitOf = (experiment) => experiment?.unit === "customer" ? core.userId_ : core.visitorId_;
    const expose = (name, result) => {
      const { variant, phase, reason, assigned } = result;
      const experiment = experimentOf(core.config_, name);
      const exposure = JSON.stringify([unitOf(experiment), name, phase, variant, reason, assigned]);
      if (logged.has(exposure)) return;
      logged.add(exposure);
      const properties = {
        experiment_id: name,
        variation_id: assigned ?? variant,
        phase,
        config_version: result.configVersion,
        reason,
        unit: experiment.unit,
        suppressed: assigned && true,
        new_id: core.isNew_
      };
      (parts.once_ ?? attempt)(() => core.record_("track", { event: "Experiment Viewed", properties }), exposure, core);
    };
    const evaluated = (name) => {
      const experiment = experimentOf(core.config_, name);
      const result = evaluate(core.config_, experiment, unitOf(experiment), core.attributes_, store.open_);
      return parts.answer_?.(core, name, result, experiment) || result;
    };
    const peek = (name) => answers.get(name) ?? attempt(() => evaluated(name)) ?? answer("ERROR");
    const decide = (name) => {
      const result = peek(name);
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
    const client2 = {
      ready: within(timeout, parts.load_(core)).then(() => {
        core.isLate_ = true;
        if (!answers.size) meet();
        return !!core.config_;
      }),
      variant: (name, otherwise) => decide(name).variant ?? otherwise ?? "control",
      payload: (name, otherwise) => decide(name).payload ?? otherwise,
      peek,
      track: (event, properties) => core.record_("track", { event, properties }),
      setConsent(agreed) {
        if (!agreed) {
          outbox.clear_();
          logged.clear();
          forgetVisitor(cookieDomain);
          store.open_ = true;
          store.names_("netlift").forEach((name) => store.set_(name));
        }
        store.open_ = agreed;
        begin();
        core.changed_();
      },
      flush: outbox.flush_
    };
    return [client2, core];
  }

  // src/delivery/source.ts
  var FRESH_MS = 3e5;
  var DIGITS = 13;
  async function follow(core, timeout, pollInterval) {
    const { store_: store } = core;
    const name = core.prefix_ + "config";
    const look = async () => {
      const text = await core.ask_("pages");
      const config = parseConfig(text);
      if (!config) return;
      store.set_(name, Date.now() + text);
      if (config.version === core.config_?.version) return;
      core.config_ = config;
      core.changed_();
      core.outbox_.flush_();
    };
    if (inBrowser) setInterval(() => document.hidden || look(), pollInterval);
    if (core.config_) return;
    const stored = store.get_(name) ?? "";
    const kept = parseConfig(stored.slice(DIGITS));
    if (Math.abs(Date.now() - Number(stored.slice(0, DIGITS))) < FRESH_MS) core.config_ = kept;
    const looking = look();
    if (core.config_) return;
    await within(timeout, looking);
    core.config_ ??= kept;
  }

  // src/exposures.ts
  var LONGEST = 2e4;
  var whenSeen = (work) => inBrowser && document.prerendering ? document.addEventListener("prerenderingchange", work) : work();
  var onceADay = (send, exposure, { store_, prefix_ }) => whenSeen(() => {
    const name = prefix_ + "seen";
    const today = (/* @__PURE__ */ new Date()).toDateString();
    const stored = store_.get_(name);
    const seen = stored?.startsWith(today) ? stored : today;
    if (!seen.includes(exposure) && send()) store_.set_(name, (seen + exposure).slice(-LONGEST));
  });

  // src/forced.ts
  var NAME2 = "netlift";
  var readForced = (remember) => attempt(() => {
    const asked = new URLSearchParams(location.search).get(NAME2) ?? sessionStorage[NAME2];
    const forced = Object.fromEntries(asked.split(",").map((pair) => pair.split(":")));
    if (remember) sessionStorage[NAME2] = asked;
    return forced;
  });
  var force = (config, experiment, wanted) => {
    const at = experiment?.variants.findIndex((variant) => variant.key === wanted);
    return at >= 0 && answer("FORCED", config, experiment, at);
  };

  // src/remote.ts
  async function ask(core, patience) {
    const { visitorId_: anonymousId, userId_: userId, identity_: identity, attributes_: attributes, config_ } = core;
    if (!core.store_.open_ || !(anonymousId || userId) || !config_?.experiments.some((experiment) => experiment.tree[0] === "REMOTE"))
      return;
    const asking = core.asking_ = core.ask_("evaluate", JSON.stringify({ anonymousId, userId, identity, attributes }));
    const text = await within(patience, asking);
    if (asking !== core.asking_) return;
    core.answers_ = attempt(() => JSON.parse(text).experiments);
    core.changed_();
  }

  // src/index.ts
  function createClient(options) {
    const { timeout = 800, pollInterval = 3e4 } = options;
    const until = performance.now() + timeout;
    const listeners = /* @__PURE__ */ new Set();
    const held = /* @__PURE__ */ new Map();
    let hasAsked = false;
    const [client2, core] = assemble(options, {
      async load_(core2) {
        await follow(core2, timeout, pollInterval);
        hasAsked = true;
        if (!core2.answers_) await ask(core2, until - performance.now());
      },
      answer_(core2, name, result, experiment) {
        if (core2.isLate_ && !core2.config_) held.set(name, result);
        return force(core2.config_, experiment, forced[name]) || held.get(name) || // Only the server may decide: what it answered, if it did.
        result.reason === "REMOTE" && core2.answers_?.[name];
      },
      once_: onceADay,
      changed_: () => listeners.forEach((listener) => attempt(listener))
    });
    const forced = { ...options.forced, ...readForced(core.store_.open_) };
    let { ready } = client2;
    const again = () => {
      core.changed_();
      if (hasAsked) ready = ask(core, timeout).then(() => !!core.config_);
    };
    return {
      ...client2,
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
        if (known !== core.userId_) core.answers_ = void 0;
        core.userId_ = known;
        core.identity_ = signature ? { expiry, signature } : void 0;
        if (known) core.record_("identify", { traits });
        again();
      },
      order(order_id, products, { currency, channel = core.attributes_.channel, properties } = {}) {
        core.record_("track", {
          event: "Order Completed",
          properties: { ...properties, order_id, channel, currency, products }
        });
      },
      setConsent(agreed) {
        client2.setConsent(agreed);
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
          show(client2.variant(experiment));
        } finally {
          end?.();
        }
      }
    };
  }
  var hide = (selector) => attempt(() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(selector + "{visibility:hidden!important}");
    document.adoptedStyleSheets.push(sheet);
    return () => sheet.replaceSync("");
  });

  // src/debug.ts
  var say = (level, text, ...more) => console[level](`[netlift] ${text}`, ...more);
  function createClient2(options) {
    const known = watch(say, options);
    for (const [level, text] of refused(options)) say(level, text);
    const client2 = createClient(options);
    const said = /* @__PURE__ */ new Set();
    const once = (level, text) => {
      if (said.has(text)) return;
      said.add(text);
      say(level, text);
    };
    let isReady = false;
    let consent = options.consent !== false;
    void client2.ready.then((found) => {
      isReady = true;
      if (found) say("info", "ready: tests are decided from now on");
      else say("warn", `no config within ${options.timeout ?? 800} ms: this page shows the control, which is no exposure`);
    });
    const told = (key2) => {
      const { variant, reason } = client2.peek(key2);
      if (reason === "UNKNOWN") return once("warn", unknown(key2, known.keys()));
      if (reason === "NO_CONFIG" && !isReady) {
        return once("warn", `"${key2}" was read before the config had come, so the control is shown: await client.ready first`);
      }
      once(reason === "ERROR" ? "error" : "info", `${key2}: ${variant ?? "the default"}, ${describe(reason)}`);
    };
    const recorded = (what) => {
      if (!consent) once("warn", `${what} was not recorded: the visitor has not agreed (consent)`);
      else if (!client2.visitorId && !options.userId) once("warn", `${what} was not recorded: nobody is known, not even a visitor`);
    };
    const deciding = { variant: client2.variant, payload: client2.payload, reveal: client2.reveal };
    const recording = { track: client2.track, page: client2.page, order: client2.order };
    const wrapped = {};
    for (const name in deciding) {
      wrapped[name] = (key2, ...rest) => {
        const answer2 = deciding[name](key2, ...rest);
        told(key2);
        return answer2;
      };
    }
    for (const name in recording) {
      wrapped[name] = (...rest) => {
        recorded(`${name}(${typeof rest[0] === "string" ? `"${rest[0]}"` : ""})`);
        return recording[name](...rest);
      };
    }
    return Object.defineProperties({}, {
      ...Object.getOwnPropertyDescriptors(client2),
      ...Object.getOwnPropertyDescriptors({
        ...wrapped,
        identify(userId, customer) {
          for (const [level, text] of identified(userId, customer)) once(level, text);
          client2.identify(userId, customer);
        },
        setConsent(agreed) {
          consent = agreed;
          say("info", agreed ? "the visitor agreed" : "consent was taken back: id, storage and waiting events are erased");
          client2.setConsent(agreed);
        }
      })
    });
  }

  // src/iife.ts
  var page = window;
  var script = document.currentScript;
  var waiting = page.netlift?.q ?? [];
  var client;
  var netlift = (method, ...rest) => {
    if (method === "init") {
      const { origin } = new URL(script?.src ?? location.href);
      netlift.client = client = createClient2({ host: origin, ...rest[0] });
    } else if (!client) {
      waiting.push([method, ...rest]);
      return;
    } else if (method === "ready") {
      void client.ready.then(() => rest[0](client));
    } else {
      return client[method]?.(...rest);
    }
    if (method === "init") waiting.splice(0).forEach((call) => netlift(...call));
  };
  netlift.createClient = createClient2;
  page.netlift = netlift;
  var key = script?.dataset.key;
  var first = waiting.findIndex((call) => call[0] === "init");
  if (first >= 0) netlift(...waiting.splice(first, 1)[0]);
  else if (key) netlift("init", { key });
})();
