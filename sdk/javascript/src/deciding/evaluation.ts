// Decide which variant a unit sees: a pure function of the config, the unit and its attributes.
//
// The first rule that matches answers. Four independent draws keep the parts apart: place in the layer, holdout of the
// layer, enrolment and variant, so that raising the enrolment share never moves a unit between variants.

import { type Attributes, meets } from "./audience.js";
import { choose, type Config, type Experiment, type Layer, type Variant } from "./config.js";
import { draw, normaliseUnit } from "./hashing.js";
import type { Reason, Result } from "./result.js";

export interface Circumstances {
  /** Key of a variant to show whatever the rules say; ignored where the experiment has no such variant. */
  forced?: string | null;
  /** False where the visitor has not agreed; nothing is drawn and nothing is an exposure. */
  consent?: boolean;
  /** True where the caller has looked up every fact that remote rules need. */
  facts?: boolean;
}

type Answer = [reason: Reason, variant: Variant, exposure?: boolean];

/** The variant of one experiment for one unit, with the reason and whether it is an exposure. */
export function evaluate(
  config: Config | null,
  key: string,
  unit: unknown,
  attributes?: Attributes | null,
  circumstances: Circumstances = {},
): Result {
  const experiment = config?.experiments.get(key);
  if (!experiment) return answer(config ? "UNKNOWN" : "NO_CONFIG", config);
  const [reason, variant, exposure] = decide(config!, experiment, unit, attributes ?? {}, circumstances);
  return answer(reason, config, variant, exposure, experiment.phase);
}

/** A result; without a variant the one where none is known. */
export const answer = (
  reason: Reason,
  config?: Config | null,
  variant?: Variant,
  exposure = false,
  phase: number | null = null,
): Result => ({
  variant: variant?.key ?? null,
  reason,
  payload: variant?.payload ?? null,
  exposure,
  phase,
  configVersion: config?.version ?? null,
});

function decide(
  config: Config,
  { salt, variants, status, remote, audience, layer, rollout, enrolment = 1 }: Experiment,
  unit: unknown,
  attributes: Attributes,
  { forced, consent = true, facts }: Circumstances,
): Answer {
  const control = variants[0];
  const rules = audience ?? [];
  const named = (key: unknown) => variants.find((variant) => variant.key === key)!;
  if (named(forced)) return ["FORCED", named(forced)];
  if (!consent) return ["NO_CONSENT", control];
  const name = normaliseUnit(unit);
  if (!name) return ["NO_UNIT", control];
  if (status !== "testing" && status !== "running" && !rollout) return ["NOT_RUNNING", control];
  // Rules that were not published cannot be held against the attributes that were given.
  const given = rules.length && rules.every((rule) => isGiven(rule, attributes));
  if (remote && !facts && !given) return ["REMOTE", control];
  if (!rules.every((rule) => meets(rule, attributes))) return ["AUDIENCE", control];
  if (layer) {
    const { salt: prefix, holdout } = config.layers[layer.key] as Layer;
    const place = draw(prefix + ":", name);
    if (place < layer.range[0] || place >= layer.range[1]) return ["LAYER", control];
    if (holdout && draw(prefix + ":h:", name) < holdout) return ["HOLDOUT", control, true];
  }
  const isEnrolled = (share: number) => share === 1 || draw(salt + ":e:", name) < share;
  const drawn = draw(salt + ":v:", name);
  if (rollout) {
    const { variant, share, holdback = 0 } = rollout;
    // Cut at the control's range, so that nobody is kept out who had the variant before.
    const edge = variants[1] ? Math.min(holdback, control.weight) : holdback;
    if (drawn < edge) return ["HOLDBACK", control, true];
    // A shipped variant is an exposure beside a holdback only.
    return isEnrolled(share) ? ["ROLLOUT", named(variant), edge > 0] : ["NOT_ENROLLED", control];
  }
  if (!isEnrolled(enrolment)) return ["NOT_ENROLLED", control];
  const weights = variants.map((variant) => variant.weight);
  return ["SPLIT", variants[choose(weights, drawn)], true];
}

const isGiven = (rule: any, attributes: Attributes) =>
  Object.hasOwn(attributes, typeof rule?.attribute === "string" ? rule.attribute : "");
