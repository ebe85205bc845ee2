// `@netlift/sdk/debug` and `/sdk/netlift.debug.js`: the whole client, which tells the browser's console what it does and
// what is wrong. For trying things out; it decides and records exactly as the other entries do, because it is them.

import { describe, identified, refused, unknown } from "./debugging/words.js";
import { type Say, watch } from "./debugging/watching.js";
import { createClient as create } from "./index.js";
import type { Client, Experiments, Named, Options } from "./types.js";

const say: Say = (level, text, ...more) => console[level](`[netlift] ${text}`, ...more);

/** A client that explains itself; it never throws into the shop. */
export function createClient<E extends Named<E> = Experiments>(options: Options): Client<E> {
  const known = watch(say, options);
  for (const [level, text] of refused(options)) say(level, text);
  const client = create<E>(options);
  const said = new Set<string>();
  const once = (level: Parameters<Say>[0], text: string) => {
    if (said.has(text)) return;
    said.add(text);
    say(level, text);
  };
  let isReady = false;
  let consent = options.consent !== false;
  void client.ready.then((found) => {
    isReady = true;
    if (found) say("info", "ready: tests are decided from now on");
    else say("warn", `no config within ${options.timeout ?? 800} ms: this page shows the control, which is no exposure`);
  });

  const told = (key: string) => {
    const { variant, reason } = client.peek(key as keyof E & string);
    if (reason === "UNKNOWN") return once("warn", unknown(key, known.keys()));
    if (reason === "NO_CONFIG" && !isReady) {
      return once("warn", `"${key}" was read before the config had come, so the control is shown: await client.ready first`);
    }
    once(reason === "ERROR" ? "error" : "info", `${key}: ${variant ?? "the default"}, ${describe(reason)}`);
  };
  const recorded = (what: string) => {
    if (!consent) once("warn", `${what} was not recorded: the visitor has not agreed (consent)`);
    else if (!client.visitorId && !options.userId) once("warn", `${what} was not recorded: nobody is known, not even a visitor`);
  };
  const deciding = { variant: client.variant, payload: client.payload, reveal: client.reveal } as Record<string, any>;
  const recording = { track: client.track, page: client.page, order: client.order } as Record<string, any>;
  const wrapped: Record<string, unknown> = {};
  for (const name in deciding) {
    wrapped[name] = (key: string, ...rest: unknown[]) => {
      const answer = deciding[name](key, ...rest);
      told(key);
      return answer;
    };
  }
  for (const name in recording) {
    wrapped[name] = (...rest: unknown[]) => {
      recorded(`${name}(${typeof rest[0] === "string" ? `"${rest[0]}"` : ""})`);
      return recording[name](...rest);
    };
  }
  return Object.defineProperties({} as Client<E>, {
    ...Object.getOwnPropertyDescriptors(client),
    ...Object.getOwnPropertyDescriptors({
      ...wrapped,
      identify(userId: string | null, customer?: Parameters<typeof client.identify>[1]) {
        for (const [level, text] of identified(userId, customer)) once(level, text);
        client.identify(userId, customer);
      },
      setConsent(agreed: boolean) {
        consent = agreed;
        say("info", agreed ? "the visitor agreed" : "consent was taken back: id, storage and waiting events are erased");
        client.setConsent(agreed);
      },
    }),
  });
}

export type { Reason, Result } from "./deciding/result.js";
export type { Client, CoreClient, Customer, Experiments, Line, Options, OrderDetails } from "./types.js";
