// `@netlift/sdk/core`: decide, log exposures, track, with consent and a queue. It trusts the document that the server
// published, looks for it once a page and leaves the telling of repeats over several pages to the server.

import { assemble, type Core } from "./assemble.js";
import { attempt } from "./attempt.js";
import type { Config } from "./deciding/config.js";
import { request } from "./delivery/request.js";
import type { CoreClient, Experiments, Named, Options } from "./types.js";

const parse_ = (document: any): Config | null => 
  document?.v === 1 && document.experiments.find ? document : null;

async function load_(core: Core): Promise<void> {
  if (core.config_) return;
  const [, text] = await request(core.address_ + "config/" + core.key_);
  // One that comes late must not change what is on the page.
  if (!core.isLate_) core.config_ = attempt(() => parse_(JSON.parse(text!))) ?? null;
  core.changed_();
}

/** A client that decides locally; it never throws into the shop. */
export const createClient = <E extends Named<E> = Experiments>(options: Options): CoreClient<E> =>
  assemble<E>(options, { parse_, load_ })[0];

export type { Reason, Result } from "./deciding/result.js";
export type { CoreClient, Experiments, Options } from "./types.js";
