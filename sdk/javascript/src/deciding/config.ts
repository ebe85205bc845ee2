// The published config as pages get it: the server has compiled each experiment to a tree of draws.

import { attempt } from "../attempt.js";
import type { Rule } from "./audience.js";

/** What a unit gets: why, which variant by its place, and whether showing it is an exposure. */
export type Leaf = readonly [reason: string, variant?: number, exposure?: boolean];

/** A draw under a prefix: below the edge the first branch goes on, else the second. */
export type Draw = readonly [prefix: string, edge: number, below: Tree, otherwise: Tree];

export type Tree = Leaf | Draw;

export interface Variant {
  readonly key: string;
  readonly payload?: unknown;
}

/** One experiment of the config document. */
export interface Experiment {
  readonly key: string;
  readonly phase: number;
  /** The first one is the control. */
  readonly variants: readonly Variant[];
  readonly unit: "visitor" | "customer";
  /** All must hold. */
  readonly audience: readonly Rule[];
  readonly tree: Tree;
}

/** What stands where a config may be missing. */
export type MaybeConfig = Config | null | undefined;

export interface Config {
  readonly version: string;
  readonly experiments: readonly Experiment[];
}

/** A config document as decoded from JSON; null where it is none that this SDK knows. */
export const readConfig = (document: any): MaybeConfig => (document?.v === 2 ? document : null);

/** The same from its text. */
export const parseConfig = (text?: string): MaybeConfig => attempt(() => readConfig(JSON.parse(text!)));
