// Experiments whose audience needs what a browser must not hold: the server evaluates them, in one call per page view.

import type { Core } from "./assemble.js";
import { attempt } from "./attempt.js";
import { answer, experimentOf } from "./deciding/evaluation.js";
import { isFlag, isPhase } from "./deciding/config.js";
import { isFilled } from "./deciding/hashing.js";
import { REASONS } from "./deciding/reasons.js";
import type { Result } from "./deciding/result.js";
import { request, within } from "./delivery/request.js";

export interface Remote {
  /** Ask, and wait no longer than `patience`: an answer that comes later must not change what is on the page. */
  ask_(patience: number): Promise<void>;
  /** The server's answer, where it gave one. */
  of_(name: string): Result | undefined;
  forget_(): void;
}

export function createRemote(core: Core): Remote {
  let answers: Record<string, any> = {};
  let version: string;
  let round = 0;

  const take = (document: any) => {
    if (document?.v !== 1) return;
    ({ version, experiments: answers } = document);
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
      take(attempt(() => JSON.parse(reply[1]!)));
    },
    of_(name) {
      const { variant, reason, phase, exposure, suppressed, payload } = answers?.[name] ?? {};
      // Only what is whole is an answer, as for the SDK for Python: a flag that is no flag would log what nobody saw, or
      // hide what was logged. It may be of a phase, or name a variant, that is newer than the config of this page: the
      // server is asked last.
      if (!isPhase(phase) || !isFilled(variant) || !REASONS.includes(reason) || !isFlag(exposure) || !isFlag(suppressed)) return;
      // Facts that came after the draw keep the variant from being shown; it stays the unit's variant.
      const shown = suppressed ? experimentOf(core.config_, name)!.variants[0] : { key: variant, payload };
      const result = answer(reason, version, phase, shown, exposure);
      return suppressed ? { ...result, suppressed: variant } : result;
    },
    forget_() {
      answers = {};
    },
  };
}
