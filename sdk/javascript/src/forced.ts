// Variants to show whatever the rules say, for trying things out: by the shop's code, or asked for in the address,
// `?netlift=tv-entry:entry,other:control`. Those hold for the tab, over the pages that follow; `?netlift=` ends it.

import { attempt } from "./attempt.js";
import type { Experiment, MaybeConfig } from "./deciding/config.js";
import { answer } from "./deciding/evaluation.js";
import type { Result } from "./deciding/result.js";

const NAME = "netlift";

/** Variants to show, by experiment key; nothing where nothing was asked for. */
export const readForced = (remember: boolean): Record<string, string> | undefined =>
  attempt(() => {
    const asked: string = new URLSearchParams(location.search).get(NAME) ?? sessionStorage[NAME];
    const forced = Object.fromEntries(asked.split(",").map((pair) => pair.split(":")));
    if (remember) sessionStorage[NAME] = asked;
    return forced;
  });

/** The answer for a variant that is asked for by its key; nothing where the experiment has no such variant. */
export const force = (config: MaybeConfig, experiment?: Experiment, wanted?: string | null): Result | false => {
  const at = experiment?.variants.findIndex((variant) => variant.key === wanted);
  // Neither -1 nor nothing is a place.
  return at! >= 0 && answer("FORCED", config, experiment, at);
};
