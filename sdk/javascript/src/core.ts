// `@netlift/sdk/core`: decide, log exposures, track, with consent and a queue. It trusts the document that the server
// published, looks for it once a page and leaves the telling of repeats over several pages to the server.

import { assemble, type Core } from "./assemble.js";
import { parseConfig } from "./deciding/config.js";
import type { CoreClient, Experiments, Named, Options } from "./types.js";

async function load_(core: Core): Promise<void> {
  if (core.config_) return;
  const config = parseConfig(await core.ask_("pages"));
  // One that comes late must not change what is on the page.
  if (!core.isLate_) core.config_ = config;
  core.changed_();
}

/** A client that decides locally; it never throws into the shop. */
export const createClient = <E extends Named<E> = Experiments>(options: Options): CoreClient<E> =>
  assemble<E>(options, { load_ })[0];

export type { Reason, Result } from "./deciding/result.js";
export type { CoreClient, Experiments, Options } from "./types.js";
