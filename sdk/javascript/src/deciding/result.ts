import type { Reason } from "./reasons.js";

/** One answer for one experiment and one unit. */
export interface Result {
  /** Key of the variant to show; null where no config knows the experiment. */
  readonly variant: string | null;
  readonly reason: Reason;
  /** What the config attaches to the variant; shared by all readers, so never write to it. */
  readonly payload: unknown;
  /** Whether showing this variant is logged as an exposure. */
  readonly exposure: boolean;
  readonly phase: number | null;
  readonly configVersion: string | null;
  /** The variant that the unit has, where facts that came later keep it from being shown; the control is shown instead. */
  readonly assigned?: string;
}

export type { Reason };
