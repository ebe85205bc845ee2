// Watches what is asked of the Netlift server and what it answers, without changing either.

import type { Options } from "../types.js";
import type { Level } from "./words.js";

export type Say = (level: Level, text: string, ...more: unknown[]) => void;

export interface Known {
  /** Keys of the tests in the newest config. */
  keys(): readonly string[];
}

type Item = { type?: string; event?: string; properties?: Record<string, any> };

/** Listen to the requests of one client, from its making on. */
export function watch(say: Say, { key, host }: Options): Known {
  let keys: readonly string[] = [];
  const address = (host ?? globalThis.location?.origin ?? "").replace(/\/+$/, "");
  const begin = address + "/v1/";
  /** Lines since the config last changed for the better: looking every half minute must not say the same each time. */
  const said = new Set<string>();
  const once = (level: Level, text: string) => {
    if (said.has(text)) return;
    if (level === "info") said.clear();
    said.add(text);
    say(level, text);
  };

  const config = async (reply: Response) => {
    if (reply.status === 404 || reply.status === 401) return once("error", noKey(key, address));
    if (!reply.ok) return once("error", `no config: ${address} answers with status ${reply.status}`);
    const { environment, experiments = [] } = await reply.json();
    keys = experiments.map((each: { key: string }) => each.key);
    once("info", `config of the ${environment} environment with ${keys.length} tests: ${keys.join(", ") || "none is launched"}`);
  };
  const batch = async (reply: Response, body: string) => {
    const sent: Item[] = JSON.parse(body).batch;
    if (reply.status === 401) return once("error", noKey(key, address));
    if (reply.status === 403) return once("error", noOrigin());
    if (!reply.ok) return say("error", `${sent.length} events were not taken: status ${reply.status}`, await reply.text());
    const { rejected = [] } = await reply.json();
    const lost = new Set(rejected.map((each: { index: number }) => each.index));
    const taken = sent.filter((_, at) => !lost.has(at));
    if (taken.length) say("info", `sent: ${taken.map(named).join(", ")}`);
    for (const { index, field, reason } of rejected) say("error", `refused: ${named(sent[index])}, ${field} is ${reason}`, sent[index]);
  };
  const failed = async (what: string) => {
    if (String(key).startsWith("sk_")) return; // which no page is answered, as was said
    // The script may be loaded from everywhere, so its answer tells a server that is down from one that refuses the page.
    const isUp = await real(`${address}/sdk/netlift.js`, { method: "HEAD", credentials: "omit" }).then(
      () => true,
      () => false,
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
      else if (path === "batch") void batch(seen, String(init?.body)).catch(() => {});
      return reply;
    } catch (error) {
      void failed(url.includes("/pages/") ? "no config" : "events wait");
      throw error;
    }
  };
  return { keys: () => keys };
}

const named = ({ type, event, properties = {} }: Item): string =>
  event === "Experiment Viewed"
    ? `exposure of ${properties.experiment_id} = ${properties.variation_id}`
    : type === "page"
      ? `page ${properties.path}`
      : (event ?? type ?? "an event");

const noKey = (key: string, address: string) =>
  `${address} knows no key ${String(key).slice(0, 12)}…: it is mistyped, revoked, or of another server. Netlift lists client keys under Keys`;

const noOrigin = () =>
  `this page's origin ${globalThis.location?.origin ?? ""} may not use the key: add it to the key's origins (Netlift, Keys), or a blocker in the browser stops requests`;
