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
  function refused({ key: key2, host, visitorId, userId }) {
    const said = [];
    if (typeof key2 !== "string" || !key2.trim()) said.push(["error", "key is missing: give the client key (pk_…) of the environment"]);
    else if (key2.startsWith("sk_")) said.push(["error", "key is a server key, which no page may hold: use a client key (pk_…), and revoke this one"]);
    if (host !== void 0 && !/^https?:\/\//.test(host)) said.push(["error", `host is "${host}", must begin with https:// or http://`]);
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
        if (path.startsWith("config/")) void config(seen).catch(() => once("error", `no config: ${address} is no Netlift server`));
        else if (path === "batch") void batch(seen, String(init?.body)).catch(() => {
        });
        return reply;
      } catch (error) {
        void failed(url.includes("/config/") ? "no config" : "events wait");
        throw error;
      }
    };
    return { keys: () => keys };
  }
  var named = ({ type, event, properties = {} }) => event === "Experiment Viewed" ? `exposure of ${properties.experiment_id} = ${properties.variation_id}` : type === "page" ? `page ${properties.path}` : event ?? type ?? "an event";
  var noKey = (key2, address) => `${address} knows no key ${String(key2).slice(0, 12)}…: it is mistyped, revoked, or of another server. Netlift lists client keys under Keys`;
  var noOrigin = () => `this page's origin ${globalThis.location?.origin ?? ""} may not use the key: add it to the key's origins (Netlift, Keys), or a blocker in the browser stops requests`;

  // src/attempt.ts
  var attempt = (work, ..._) => {
    try {
      return work();
    } catch {
    }
  };

  // src/deciding/audience.ts
  var isNumber = (value) => Number.isFinite(value);
  var listed = (values) => values.map((value) => typeof value?.product === "string" ? value.product : value).filter((value) => typeof value === "string" || typeof value === "boolean" || isNumber(value));
  function meets(rule, attributes) {
    const { attribute, op, values = [] } = rule ?? {};
    if (typeof attribute !== "string") return false;
    const value = attributes[attribute];
    const known = listed([value].flat());
    const isKnown = Array.isArray(value) || known[0] !== void 0;
    if (op === "exists") return isKnown;
    if (op === "missing") return !isKnown;
    if (!isKnown || !Array.isArray(values)) return false;
    const bound = values[0];
    if (op === "gte" || op === "lte")
      return values.length === 1 && isNumber(bound) && isNumber(value) && (op === "gte" ? value >= bound : value <= bound);
    const match = listed(values).some((one) => known.includes(one));
    return op === "in" || op === "any_of" ? match : (op === "not_in" || op === "none_of") && !match;
  }

  // src/deciding/hashing.ts
  var rotate = (bits, by) => bits << by | bits >>> 32 - by;
  var scramble = (block) => Math.imul(rotate(Math.imul(block, 3432918353), 15), 461845907);
  function hash32(text) {
    const bytes = /^[\0-\x7f]*$/.test(text) ? text : unescape(encodeURIComponent(text));
    let hash = 0;
    let block = 0;
    let at = 0;
    while (at < bytes.length) {
      block |= bytes.charCodeAt(at) << 8 * (at++ & 3);
      if (!(at & 3)) {
        hash = Math.imul(rotate(hash ^ scramble(block), 13), 5) + 3864292196;
        block = 0;
      }
    }
    hash ^= scramble(block) ^ at;
    hash = Math.imul(hash ^ hash >>> 16, 2246822507);
    hash = Math.imul(hash ^ hash >>> 13, 3266489909);
    return (hash ^ hash >>> 16) >>> 0;
  }
  var draw = (prefix, unit) => hash32(prefix + unit) / 2 ** 32;
  var isFilled = (value) => typeof value === "string" && !!attempt(() => encodeURIComponent(value));
  var normaliseUnit = (unit) => isFilled(unit) && unit.normalize().trim() || null;

  // src/deciding/config.ts
  var isShare = (value) => isNumber(value) && value >= 0 && value <= 1;
  var isPhase = (value) => Number.isInteger(value) && value >= 0;
  var isPart = (value = 0) => isShare(value);
  var isFlag = (value = false) => value === !!value;
  var isMap = (value) => Object(value) === value && !Array.isArray(value);
  var isSound = (item, variants, layers) => [item.key, item.salt, item.status].every(isFilled) && isPhase(item.phase) && ["visitor", "customer", void 0].includes(item.unit) && isPart(item.enrolment) && isFlag(item.remote) && Array.isArray(item.audience ?? []) && variants.every((variant) => isFilled(variant.key) && isShare(variant.weight)) && new Set(variants.map((variant) => variant.key)).size === variants.length && // Weights are written with all their digits; a larger difference is a mistake and not rounding.
  Math.abs(variants.reduce((sum, variant) => sum + variant.weight, -1)) <= 1e-6 && (item.layer == null || isPlace(item.layer, layers)) && (item.rollout == null || isRollout(item.rollout, variants));
  var isPlace = (layer, layers) => isFilled(layer.key) && isFilled(layers[layer.key].salt) && isPart(layers[layer.key].holdout) && layer.range.length === 2 && layer.range.every(isShare) && layer.range[0] <= layer.range[1];
  var isRollout = (rollout, variants) => variants.some((variant) => variant.key === rollout.variant) && isShare(rollout.share) && isPart(rollout.holdback) && isFlag(rollout.keep);
  function choose(variants, drawn) {
    let edge = 0;
    return variants.find(({ weight }) => drawn < (edge += weight)) ?? variants.at(-1);
  }
  var parseConfig = (document2) => attempt(() => {
    const { v, version, environment, generated } = document2;
    const layers = document2.layers ?? {};
    const experiments = (document2.experiments ?? []).filter((item) => attempt(() => isSound(item, item.variants, layers)));
    return v === 1 && isFilled(version) && isFilled(environment) && isFlag(generated) && isMap(layers) ? { version, layers, experiments } : null;
  }) ?? null;

  // src/deciding/evaluation.ts
  var answer = (reason, configVersion = null, phase = null, variant, exposure = false) => ({ variant: variant?.key ?? null, reason, payload: variant?.payload ?? null, exposure, phase, configVersion });
  var experimentOf = (config, key2) => config?.experiments.find((one) => one.key === key2);
  function evaluate(config, key2, unit, attributes, { forced, consent = true, facts } = {}) {
    const experiment = experimentOf(config, key2);
    if (!experiment) return answer(config ? "UNKNOWN" : "NO_CONFIG", config?.version);
    const { phase, salt, variants, status, remote, audience, layer, rollout, enrolment = 1 } = experiment;
    const show = (reason, variant, exposure) => answer(reason, config.version, phase, variant, exposure);
    const control = (reason, exposure) => show(reason, variants[0], exposure);
    const named2 = (key3) => variants.find((variant) => variant.key === key3);
    const rules = audience ?? [];
    const given = attributes ?? {};
    const wanted = named2(forced);
    if (wanted) return show("FORCED", wanted);
    if (!consent) return control("NO_CONSENT");
    const name = normaliseUnit(unit);
    if (!name) return control("NO_UNIT");
    if (status !== "testing" && status !== "running" && !rollout) return control("NOT_RUNNING");
    if (remote && !facts && !(rules.length && rules.every((rule) => isGiven(rule, given)))) return control("REMOTE");
    if (!rules.every((rule) => meets(rule, given))) return control("AUDIENCE");
    if (layer) {
      const { salt: prefix, holdout } = config.layers[layer.key];
      const place = draw(prefix + ":", name);
      if (place < layer.range[0] || place >= layer.range[1]) return control("LAYER");
      if (holdout && draw(prefix + ":h:", name) < holdout) return control("HOLDOUT", true);
    }
    const isEnrolled = (share) => share === 1 || draw(salt + ":e:", name) < share;
    const shipped = rollout && !(rollout.keep && isEnrolled(enrolment));
    const drawn = draw(salt + ":v:", name);
    if (!isEnrolled(shipped ? rollout.share : enrolment)) return control("NOT_ENROLLED");
    if (!shipped) return show(rollout ? "KEPT" : "SPLIT", choose(variants, drawn), !rollout);
    const edge = Math.min(rollout.holdback ?? 0, variants[1] ? variants[0].weight : 1);
    return drawn < edge ? control("HOLDBACK", true) : show("ROLLOUT", named2(rollout.variant), edge > 0);
  }
  var isGiven = (rule, attributes) => Object.hasOwn(attributes, typeof rule?.attribute === "string" ? rule.attribute : "");

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
    const count = (experiment, reason, times = 1) => {
      const reasons = counts[experiment] ??= {};
      reasons[reason] = (reasons[reason] ?? 0) + times;
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
        for (const key2 in evaluations) for (const reason in evaluations[key2]) count(key2, reason, evaluations[key2][reason]);
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
    const { key: key2, host = "", timeout = 800, flushInterval = 1e3, consent = true, forced, cookieDomain } = options;
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
      config_: attempt(() => parts.parse_(bootstrap.config ?? bootstrap)) ?? null,
      address_: address,
      key_: encodeURIComponent(key2),
      prefix_: prefix,
      bootstrap_: bootstrap,
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
          anonymousId: visitorId_ ?? void 0,
          userId: userId_ ?? void 0,
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
      const { variant, phase, reason } = result;
      const experiment = experimentOf(core.config_, name);
      const exposure = [unitOf(experiment), name, phase, variant, reason, result.suppressed].join();
      if (logged.has(exposure)) return;
      logged.add(exposure);
      const properties = {
        experiment_id: name,
        variation_id: variant,
        phase,
        config_version: result.configVersion,
        reason,
        unit: experiment?.unit ?? "visitor",
        ...parts.exposure_?.(core, result)
      };
      (parts.once_ ?? attempt)(() => core.record_("track", { event: "Experiment Viewed", properties }), exposure, core);
    };
    const evaluated = (name) => {
      const result = evaluate(core.config_, name, unitOf(experimentOf(core.config_, name)), core.attributes_, {
        consent: store.open_,
        forced: forced?.[name]
      });
      return parts.answer_?.(core, name, result) ?? result;
    };
    const peek = (name) => answers.get(name) ?? attempt(() => evaluated(name)) ?? answer("ERROR");
    const decide = (name) => {
      const result = peek(name);
      outbox.count_(name, result.reason);
      if (!answers.has(name)) {
        answers.set(name, result);
        if (result.exposure) attempt(() => expose(name, result));
      }
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
      track: (event, properties = {}) => void core.record_("track", { event, properties }),
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
  var parse = (text) => attempt(() => parseConfig(JSON.parse(text))) ?? null;
  async function follow(core, timeout, pollInterval) {
    const { store_: store, prefix_ } = core;
    const name = prefix_ + "config";
    let body;
    let failures = 0;
    let timer;
    const look = async () => {
      const [, text] = await request(core.address_ + "config/" + core.key_);
      const config = text === body ? core.config_ : parse(text);
      if (!text || !config) return later(Math.min(backOff(failures++), pollInterval));
      later(pollInterval);
      failures = 0;
      store.set_(name + "at", "" + Date.now());
      if (text === body) return;
      store.set_(name, body = text);
      core.config_ = config;
      core.changed_();
      core.outbox_.flush_();
    };
    const later = (ms) => {
      clearTimeout(timer);
      timer = setTimeout(() => inBrowser && document.hidden || look(), ms);
      timer.unref?.();
    };
    if (inBrowser) {
      addEventListener("visibilitychange", () => document.hidden || look(), true);
    }
    if (core.config_) {
      if (inBrowser) later(pollInterval);
      return;
    }
    const stored = store.get_(name);
    const age = Date.now() - Number(store.get_(name + "at"));
    if (age >= 0 && age < FRESH_MS) core.config_ = parse(body = stored);
    const looking = look();
    if (core.config_) return;
    await within(timeout, looking);
    core.config_ ??= parse(stored);
  }

  // src/exposures.ts
  var MOST_SEEN = 100;
  var browser = inBrowser ? (navigator.userAgent.match(/Firefox|Edg|Chrome|Safari/) ?? ["other"])[0] : void 0;
  var whenSeen = (work) => inBrowser && document.prerendering ? document.addEventListener("prerenderingchange", work) : work();
  var onceADay = (send, exposure, { store_, prefix_ }) => whenSeen(() => {
    const name = prefix_ + "seen";
    const seen = attempt(() => JSON.parse(store_.get_(name))) ?? [];
    const one = hash32(exposure + (/* @__PURE__ */ new Date()).toDateString());
    if (!seen.includes(one) && send()) store_.set_(name, JSON.stringify([...seen, one].slice(-MOST_SEEN)));
  });
  var details = ({ isNew_ }, { variant, suppressed }) => ({
    variation_id: suppressed ?? variant,
    suppressed: suppressed && true,
    new_id: isNew_ || void 0,
    browser
  });

  // src/forced.ts
  var NAME2 = "netlift";
  var readForced = (remember) => attempt(() => {
    const kept = remember ? sessionStorage : {};
    const asked = new URLSearchParams(location.search).get(NAME2);
    if (asked !== null) kept[NAME2] = asked;
    return Object.fromEntries(kept[NAME2].split(",").map((pair) => pair.split(":")));
  });

  // src/deciding/reasons.ts
  var REASONS2 = [
    "ERROR",
    "NO_CONFIG",
    "UNKNOWN",
    "FORCED",
    "NO_CONSENT",
    "NO_UNIT",
    "NOT_RUNNING",
    "REMOTE",
    "AUDIENCE",
    "LAYER",
    "HOLDOUT",
    "HOLDBACK",
    "ROLLOUT",
    "KEPT",
    "NOT_ENROLLED",
    "SPLIT"
  ];

  // src/remote.ts
  function createRemote(core) {
    let answers = {};
    let version;
    let round = 0;
    const take = (document2) => {
      if (document2?.v !== 1) return;
      ({ version, experiments: answers } = document2);
      core.changed_();
    };
    take(core.bootstrap_.remote);
    return {
      async ask_(patience) {
        const mine = ++round;
        const { visitorId_: anonymousId, userId_: userId, identity_: identity, attributes_: attributes, config_ } = core;
        const isNeeded = config_?.experiments.some((experiment) => experiment.remote);
        if (!core.store_.open_ || !isNeeded || !(anonymousId || userId)) return;
        const body = JSON.stringify({ anonymousId, userId, identity, attributes, channel: attributes.channel });
        const reply = await within(patience, request(core.address_ + "evaluate/" + core.key_, body));
        if (mine !== round || reply?.[0] !== 200) return;
        take(attempt(() => JSON.parse(reply[1])));
      },
      of_(name) {
        const { variant, reason, phase, exposure, suppressed, payload } = answers?.[name] ?? {};
        if (!isPhase(phase) || !isFilled(variant) || !REASONS2.includes(reason) || !isFlag(exposure) || !isFlag(suppressed)) return;
        const shown = suppressed ? experimentOf(core.config_, name).variants[0] : { key: variant, payload };
        const result = answer(reason, version, phase, shown, exposure);
        return suppressed ? { ...result, suppressed: variant } : result;
      },
      forget_() {
        answers = {};
      }
    };
  }

  // src/index.ts
  function createClient(options) {
    const { timeout = 800, pollInterval = 3e4, consent } = options;
    const until = performance.now() + timeout;
    const forced = { ...options.forced, ...readForced(consent !== false) };
    const listeners = /* @__PURE__ */ new Set();
    const held = /* @__PURE__ */ new Map();
    let remote;
    let hasAsked = false;
    const [client2, core] = assemble(
      { ...options, forced },
      {
        parse_: parseConfig,
        async load_(core2) {
          await follow(core2, timeout, pollInterval);
          hasAsked = true;
          await remote.ask_(until - performance.now());
        },
        answer_(core2, name, result) {
          if (core2.isLate_ && !core2.config_) held.set(name, result);
          return held.get(name) ?? (result.reason === "REMOTE" ? remote?.of_(name) : void 0);
        },
        once_: onceADay,
        exposure_: details,
        changed_: () => listeners.forEach(attempt)
      }
    );
    remote = createRemote(core);
    let { ready } = client2;
    const ask = () => {
      if (hasAsked) ready = remote.ask_(timeout).then(() => !!core.config_);
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
        core.changed_();
        ask();
      },
      identify(userId, { traits = {}, expiry, signature } = {}) {
        const known = normaliseUnit(userId);
        if (known !== core.userId_) remote.forget_();
        core.userId_ = known;
        core.identity_ = known && expiry && signature ? { expiry, signature } : void 0;
        if (known) core.record_("identify", { traits });
        core.changed_();
        ask();
      },
      order(order_id, products, { currency, channel = core.attributes_.channel, properties } = {}) {
        attempt(() => {
          const lines = products.map((line) => ({ quantity: 1, ...line }));
          core.record_("track", {
            event: "Order Completed",
            properties: { ...properties, order_id, channel, currency, products: lines }
          });
        });
      },
      setConsent(agreed) {
        client2.setConsent(agreed);
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
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    return () => {
      document.adoptedStyleSheets = document.adoptedStyleSheets.filter((other) => other !== sheet);
    };
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
