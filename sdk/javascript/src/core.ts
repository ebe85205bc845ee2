// `@netlift/sdk/core`: decide, log exposures, track; without the customer's side, QA and anti-flicker.

import { assemble } from "./assemble.js";
import type { CoreClient, Experiments, Options } from "./types.js";

/** A client that decides locally; it never throws into the shop. */
export const createClient = <E extends Experiments = Experiments>(options: Options): CoreClient<E> =>
  assemble<E>(options).client;

export type { Reason, Result } from "./deciding/result.js";
export type { CoreClient, Experiments, Options } from "./types.js";
