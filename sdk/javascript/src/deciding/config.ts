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
  readonly rollout?: { readonly variant: string; readonly share: number; readonly holdback?: number; readonly keep?: boolean } | null;
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

/** The fields of a kind of object, and what can be read there; others are ignored. */
type Shape = Record<string, (value: any) => boolean>;

const isList = Array.isArray;
const isObject = (value: unknown) => Object(value) === value && !isList(value);
export const isFilled = (value: unknown) => isText(value) && !!value;
const isShare = (value: any) => isNumber(value) && value >= 0 && value <= 1;
// Of these a field may be left out.
export const isFlag = (value: unknown = false) => value === !!value;
const isPart = (value: unknown = 0) => isShare(value);
const isAbsentOr = (fits: (value: any) => boolean) => (value: unknown) => value == null || fits(value);
export const isPhase = (value: any) => Number.isInteger(value) && value >= 0;
const fits = (value: any, shape: Shape) => isObject(value) && Object.keys(shape).every((name) => shape[name](value[name]));

const DOCUMENT: Shape = {
  v: (version) => version === 1,
  version: isFilled,
  environment: isFilled,
  generated: isFlag,
  layers: isAbsentOr(isObject),
  experiments: isAbsentOr(isList),
};
const VARIANT: Shape = { key: isFilled, weight: isShare };
const LAYER: Shape = { salt: isFilled, holdout: isPart };

/** The shape of an experiment, by the layers of its document and its own variants. */
const shapeOf = (layers: any, variants: any): Shape => ({
  key: isFilled,
  salt: isFilled,
  status: isFilled,
  phase: isPhase,
  unit: (unit) => ["visitor", "customer", undefined].includes(unit),
  enrolment: isPart,
  remote: isFlag,
  audience: isAbsentOr(isList),
  variants: () =>
    isList(variants) &&
    variants.every((variant) => fits(variant, VARIANT)) &&
    new Set(variants.map((variant) => variant.key)).size === variants.length &&
    // Weights are written with all their digits; a larger difference is a mistake and not rounding.
    Math.abs(variants.reduce((sum, variant) => sum + variant.weight, -1)) <= 1e-6,
  layer: isAbsentOr(({ key, range }) =>
    isFilled(key) &&
    Object.hasOwn(layers, key) &&
    fits(layers[key], LAYER) &&
    isList(range) &&
    range.length === 2 &&
    range.every(isShare) &&
    range[0] <= range[1]),
  rollout: isAbsentOr((rollout) => fits(rollout, {
    variant: (shipped) => variants.some((variant: Variant) => variant.key === shipped),
    share: isShare,
    holdback: isPart,
    keep: isFlag,
  })),
});

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
export function parseConfig(document: any): Config | null {
  if (!fits(document, DOCUMENT)) return null;
  const layers = document.layers ?? {};
  const experiments = new Map<string, Experiment>();
  for (const item of document.experiments ?? []) {
    if (fits(item, shapeOf(layers, item?.variants)) && !experiments.has(item.key)) experiments.set(item.key, item);
  }
  return { version: document.version, layers, experiments };
}
