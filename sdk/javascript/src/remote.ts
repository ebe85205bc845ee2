// Experiments whose audience needs what a browser must not hold: the server evaluates them, in one call per page view.

import { answer } from "./deciding/evaluation.js";
import type { Experiment } from "./deciding/config.js";
import type { Result } from "./deciding/result.js";
import { request, sleep } from "./delivery/request.js";
import type { State } from "./assemble.js";

export interface Remote {
  /** Ask, and wait no longer than `patience`: an answer that comes later must not change what is on the page. */
  ask(patience: number): Promise<void>;
  of(experiment: Experiment): Result | undefined;
  forget(): void;
}

/** @param told - what the server answered while it made the page. */
export function createRemote(url: string, state: State, changed: () => void, told: any): Remote {
  let answers: Record<string, any> = {};
  let version: string;
  let round = 0;

  const take = (document: any) => {
    if (document?.v !== 1) return;
    ({ version, experiments: answers } = document);
    changed();
  };
  take(told);

  return {
    async ask(patience) {
      const mine = ++round;
      const { visitorId: anonymousId, userId, identity, attributes, consent, source } = state;
      const isNeeded = [...(source.config?.experiments.values() ?? [])].some((experiment) => experiment.remote);
      if (!consent || !isNeeded || !(anonymousId || userId)) return;
      const body = JSON.stringify({ anonymousId, userId, identity, attributes, channel: attributes.channel });
      const reply = await Promise.race([request(url, { method: "POST", body }), sleep(patience)]);
      if (mine !== round || !reply || reply[0] !== 200) return;
      take(JSON.parse(reply[1]!));
    },
    of(experiment) {
      const told = answers?.[experiment.key];
      const drawn = experiment.variants.find((variant) => variant.key === told?.variant);
      // An answer to another phase than the one on the page is none.
      if (!drawn || told.phase !== experiment.phase) return;
      const { reason, exposure, phase, payload, suppressed } = told;
      // Facts that came after the draw keep the variant from being shown; it stays the unit's variant.
      const shown = suppressed ? experiment.variants[0] : { ...drawn, payload };
      const result = answer(reason, { ...state.source.config!, version }, shown, exposure === true, phase);
      return suppressed ? { ...result, suppressed: drawn.key } : result;
    },
    forget() {
      answers = {};
    },
  };
}
