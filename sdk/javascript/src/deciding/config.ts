// The published config: which documents and experiments can be read. What is read is used as it came.

import { attempt } from "../attempt.js";
import { isNumber } from "./audience.js";
import { isFilled } from "./hashing.js";

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
  readonly rollout?: { readonly variant: string; readonly share: number; readonly holdback?: number; readonly keep?: boolean } | null;
}

export interface Layer {
  readonly salt: string;
  readonly holdout?: number;
}

export interface Config {
  readonly version: string;
  readonly layers: Record<string, Layer>;
  /** Of those with the same key the first one counts. */
  readonly experiments: readonly Experiment[];
}

// What makes a check throw cannot be read either, so nothing here asks first whether it holds an object or a list.
const isShare = (value: any) => isNumber(value) && value >= 0 && value <= 1;
export const isPhase = (value: any) => Number.isInteger(value) && value >= 0;
// Of these a field may be left out.
const isPart = (value: any = 0) => isShare(value);
export const isFlag = (value: any = false) => value === !!value;
const isMap = (value: any) => Object(value) === value && !Array.isArray(value);

/** Whether an experiment, by its variants, fits into the layers of its document. */
const isSound = (item: any, variants: any, layers: any) =>
  [item.key, item.salt, item.status].every(isFilled) &&
  isPhase(item.phase) &&
  ["visitor", "customer", undefined].includes(item.unit) &&
  isPart(item.enrolment) &&
  isFlag(item.remote) &&
  Array.isArray(item.audience ?? []) &&
  variants.every((variant: any) => isFilled(variant.key) && isShare(variant.weight)) &&
  new Set(variants.map((variant: any) => variant.key)).size === variants.length &&
  // Weights are written with all their digits; a larger difference is a mistake and not rounding.
  Math.abs(variants.reduce((sum: number, variant: any) => sum + variant.weight, -1)) <= 1e-6 &&
  (item.layer == null || isPlace(item.layer, layers)) &&
  (item.rollout == null || isRollout(item.rollout, variants));

const isPlace = (layer: any, layers: any) =>
  isFilled(layer.key) &&
  isFilled(layers[layer.key].salt) &&
  isPart(layers[layer.key].holdout) &&
  layer.range.length === 2 &&
  layer.range.every(isShare) &&
  layer.range[0] <= layer.range[1];

const isRollout = (rollout: any, variants: any) =>
  variants.some((variant: any) => variant.key === rollout.variant) && isShare(rollout.share) && isPart(rollout.holdback) && isFlag(rollout.keep);

/** The variant a draw falls to; weights are summed plainly from left to right, as every SDK does. */
export function choose<Weighted extends { readonly weight: number }>(variants: readonly Weighted[], drawn: number): Weighted {
  let edge = 0;
  // The last edge is 1, whatever the sum was rounded to.
  return variants.find(({ weight }) => drawn < (edge += weight)) ?? variants.at(-1)!;
}

/** Read a config document as decoded from JSON; null where the document as a whole cannot be read.
 *
 * An experiment that cannot be read is left out, so that it never takes its neighbours down.
 */
export const parseConfig = (document: any): Config | null =>
  attempt(() => {
    const { v, version, environment, generated } = document;
    const layers = document.layers ?? {};
    const experiments = (document.experiments ?? []).filter((item: any) => attempt(() => isSound(item, item.variants, layers)));
    return v === 1 && isFilled(version) && isFilled(environment) && isFlag(generated) && isMap(layers)
      ? { version, layers, experiments }
      : null;
  }) ?? null;
