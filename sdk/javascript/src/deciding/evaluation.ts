// Decide which variant a unit sees: a pure function of the config, the unit and its attributes.

import { type Attributes, meets } from "./audience.js";
import type { Experiment, MaybeConfig } from "./config.js";
import { draw, normaliseUnit } from "./hashing.js";
import type { Reason, Result } from "./result.js";

/** The experiment of a key, where there is one. */
export const experimentOf = (config: MaybeConfig, key: string) => config?.experiments.find((one) => one.key === key);

/** A result; without an experiment the one where no variant is known. */
export const answer = (reason: Reason, config?: MaybeConfig, experiment?: Experiment, at = 0, exposure = false): Result => {
  const { key = null, payload = null } = experiment?.variants[at] ?? {};
  return { variant: key, reason, payload, exposure, phase: experiment?.phase ?? null, configVersion: config?.version ?? null };
};

/** The variant of one experiment for one unit, with the reason and whether it is an exposure. */
export function evaluate(
  config: MaybeConfig,
  experiment: Experiment | undefined,
  unit: unknown,
  attributes: Attributes,
  consent: boolean,
): Result {
  if (!experiment) return answer(config ? "UNKNOWN" : "NO_CONFIG", config);
  const show = (reason: Reason, at?: number, exposure?: boolean) => answer(reason, config, experiment, at, exposure);
  if (!consent) return show("NO_CONSENT");
  const name = normaliseUnit(unit);
  if (!name) return show("NO_UNIT");
  if (!experiment.audience.every((rule) => meets(rule, attributes))) return show("AUDIENCE");
  let tree: any = experiment.tree;
  while (tree[3]) tree = tree[draw(tree[0], name) < tree[1] ? 2 : 3];
  return show(...(tree as [Reason]));
}
