// Decide which variant a unit sees: a pure function of the config, the unit and its attributes.
//
// The first rule that matches answers. Four independent draws keep the parts apart: place in the layer, holdout of the
// layer, enrolment and variant, so that raising the enrolment share never moves a unit between variants.

import { type Attributes, meets } from "./audience.js";
import { choose, type Config, type Layer, type Variant } from "./config.js";
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

/** A result; without a variant the one where none is known. */
export const answer = (
  reason: Reason,
  configVersion: string | null = null,
  phase: number | null = null,
  variant?: Pick<Variant, "key" | "payload">,
  exposure = false,
): Result => ({ variant: variant?.key ?? null, reason, payload: variant?.payload ?? null, exposure, phase, configVersion });

/** The experiment of a key, where there is one. */
export const experimentOf = (config: Config | null, key: string) => config?.experiments.find((one) => one.key === key);

/** The variant of one experiment for one unit, with the reason and whether it is an exposure. */
export function evaluate(
  config: Config | null,
  key: string,
  unit: unknown,
  attributes?: Attributes | null,
  { forced, consent = true, facts }: Circumstances = {},
): Result {
  const experiment = experimentOf(config, key);
  if (!experiment) return answer(config ? "UNKNOWN" : "NO_CONFIG", config?.version);
  const { phase, salt, variants, status, remote, audience, layer, rollout, enrolment = 1 } = experiment;
  const show = (reason: Reason, variant: Variant, exposure?: boolean) =>
    answer(reason, config!.version, phase, variant, exposure);
  const control = (reason: Reason, exposure?: boolean) => show(reason, variants[0], exposure);
  const named = (key: unknown) => variants.find((variant) => variant.key === key)!;
  const rules = audience ?? [];
  const given = attributes ?? {};

  const wanted = named(forced);
  if (wanted) return show("FORCED", wanted);
  if (!consent) return control("NO_CONSENT");
  const name = normaliseUnit(unit);
  if (!name) return control("NO_UNIT");
  if (status !== "testing" && status !== "running" && !rollout) return control("NOT_RUNNING");
  // Rules that were not published cannot be held against the attributes that were given.
  if (remote && !facts && !(rules.length && rules.every((rule) => isGiven(rule, given)))) return control("REMOTE");
  if (!rules.every((rule) => meets(rule, given))) return control("AUDIENCE");
  if (layer) {
    const { salt: prefix, holdout } = config!.layers[layer.key] as Layer;
    const place = draw(prefix + ":", name);
    if (place < layer.range[0] || place >= layer.range[1]) return control("LAYER");
    if (holdout && draw(prefix + ":h:", name) < holdout) return control("HOLDOUT", true);
  }
  const isEnrolled = (share: number) => share === 1 || draw(salt + ":e:", name) < share;
  // While the windows of a shipped test are open, whoever was enrolled keeps the variant they had.
  const shipped = rollout && !(rollout.keep && isEnrolled(enrolment));
  const drawn = draw(salt + ":v:", name);
  // The share comes before the holdback, so that both sides of it enter at the same steps.
  if (!isEnrolled(shipped ? rollout.share : enrolment)) return control("NOT_ENROLLED");
  if (!shipped) return show(rollout ? "KEPT" : "SPLIT", choose(variants, drawn), !rollout);
  // Cut at the control's range, so that nobody is kept out who had the variant before.
  const edge = Math.min(rollout.holdback ?? 0, variants[1] ? variants[0].weight : 1);
  // A shipped variant is an exposure beside a holdback only.
  return drawn < edge ? control("HOLDBACK", true) : show("ROLLOUT", named(rollout.variant), edge > 0);
}

// A rule without a readable name counts as one of the empty name, in every SDK.
const isGiven = (rule: any, attributes: Attributes) =>
  Object.hasOwn(attributes, typeof rule?.attribute === "string" ? rule.attribute : "");
