// What the full client knows of exposures beside the core: which ones earlier pages logged, and what else they say.

import { type Core, inBrowser } from "./assemble.js";
import { attempt } from "./attempt.js";
import { hash32 } from "./deciding/hashing.js";
import type { Result } from "./deciding/result.js";

const MOST_SEEN = 100;
/** The family alone: browsers differ in how long they keep ids. */
const browser = inBrowser ? (navigator.userAgent.match(/Firefox|Edg|Chrome|Safari/) ?? ["other"])[0] : undefined;

/** Do it once somebody looks: a page that a browser prepares ahead may never be shown. */
const whenSeen = (work: () => void) =>
  inBrowser && (document as any).prerendering ? document.addEventListener("prerenderingchange", work) : work();

/** Send an exposure once a day, over all pages; it counts as sent once it is kept over a reload.
 *
 * The day is part of it: an exposure that a server refused, because its key or origin was not set up yet, is not lost
 * for ever.
 */
export const onceADay = (send: () => unknown, exposure: string, { store_, prefix_ }: Core) =>
  whenSeen(() => {
    const name = prefix_ + "seen";
    const seen: number[] = attempt(() => JSON.parse(store_.get_(name)!)) ?? [];
    const one = hash32(exposure + new Date().toDateString());
    if (!seen.includes(one) && send()) store_.set_(name, JSON.stringify([...seen, one].slice(-MOST_SEEN)));
  });

/** What an exposure says beside what the core says. */
export const details = ({ isNew_ }: Core, { variant, suppressed }: Result) => ({
  variation_id: suppressed ?? variant,
  suppressed: suppressed && true,
  new_id: isNew_ || undefined,
  browser,
});
