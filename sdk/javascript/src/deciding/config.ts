// The published config: which documents and experiments can be read. What is read is used as it came.

import { isNumber } from "./audience.js";
import { isText } from "./hashing.js";

export interface Variant {
  readonly key: string;
  readonly weight: number;
  readonly payload?: unknown;
}

/** One experiment of the config document. */
export interface Experiment {
  readonly key: string;
  readonly phase: number;
  readonly salt: string;
  readonly status: string;
  /** The first one is the control. */
  readonly variants: readonly Variant[];
  readonly unit?: "visitor" | "customer";
  readonly enrolment?: number;
  readonly remote?: boolean;
  readonly audience?: readonly unknown[] | null;
  readonly layer?: { readonly key: string; readonly range: readonly [start: number, end: number] } | null;
  readonly rollout?: { readonly variant: string; readonly share: number; readonly holdback?: number } | null;
}

export interface Layer {
  readonly salt: string;
  readonly holdout?: number;
}

export interface Config {
  readonly version: string;
  readonly layers: Record<string, Layer>;
  readonly experiments: ReadonlyMap<string, Experiment>;
}

const isList = Array.isArray;
const isObject = (value: unknown) => !!value && typeof value === "object" && !isList(value);
const isFilled = (value: unknown) => isText(value) && !!value;
const isShare = (value: any) => isNumber(value) && value >= 0 && value <= 1;
const isFlag = (value: unknown) => typeof value === "boolean";

/** Index of the variant a draw falls to; weights are summed plainly from left to right, as every SDK does. */
export function choose(weights: readonly number[], drawn: number): number {
  let edge = 0;
  const index = weights.findIndex((weight) => drawn < (edge += weight));
  // The last edge is 1, whatever the sum was rounded to.
  return index < 0 ? weights.length - 1 : index;
}


/** Read a config document as decoded from JSON; null where the document as a whole cannot be read.
 *
 * An experiment that cannot be read is left out, so that it never takes its neighbours down.
 */
export function parseConfig(document: any): Config | null {
  const { v, version, environment, generated = false } = document ?? {};
  const layers = document?.layers ?? {};
  const items = document?.experiments ?? [];
  const fits = v === 1 && isFilled(version) && isFilled(environment) && isFlag(generated);
  if (!fits || !isObject(layers) || !isList(items)) return null;
  const experiments = new Map<string, Experiment>();
  for (const item of items) {
    if (isObject(item) && isExperiment(item, layers) && !experiments.has(item.key)) experiments.set(item.key, item);
  }
  return { version, layers, experiments };
}

function isExperiment(item: any, layers: any): item is Experiment {
  const { key, salt, status, phase, unit = "visitor", enrolment = 1, remote = false, audience, layer, rollout } = item;
  const variants = item.variants;
  return (
    [key, salt, status].every(isFilled) &&
    Number.isInteger(phase) &&
    phase >= 0 &&
    (unit === "visitor" || unit === "customer") &&
    isShare(enrolment) &&
    isFlag(remote) &&
    (audience == null || isList(audience)) &&
    isList(variants) &&
    variants.every((variant) => isObject(variant) && isFilled(variant.key) && isShare(variant.weight)) &&
    new Set(variants.map((variant) => variant.key)).size === variants.length &&
    // Weights are written with all their digits; a larger difference is a mistake and not rounding.
    Math.abs(variants.reduce((sum, variant) => sum + variant.weight, -1)) <= 1e-6 &&
    (layer == null || isPlace(layer, layers)) &&
    (rollout == null || isRollout(rollout, variants))
  );
}

function isPlace({ key, range }: any, layers: any): boolean {
  const { salt, holdout = 0 } = (Object.hasOwn(layers, key) && layers[key]) || {};
  return (
    isFilled(key) &&
    isFilled(salt) &&
    isShare(holdout) &&
    isList(range) &&
    range.length === 2 &&
    range.every(isShare) &&
    range[0] <= range[1]
  );
}

const isRollout = ({ variant, share, holdback = 0 }: any, variants: readonly Variant[]) =>
  variants.some(({ key }) => key === variant) && isShare(share) && isShare(holdback);
