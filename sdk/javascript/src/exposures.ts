// What the full client knows of exposures beside the core: which ones earlier pages logged, and whether somebody looks.

import { type Core, inBrowser } from "./assemble.js";

/** Characters of what was sent today; beyond, what is seen once more is sent once more. */
const LONGEST = 20_000;

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
    const today = new Date().toDateString();
    const stored = store_.get_(name);
    const seen = stored?.startsWith(today) ? stored : today;
    if (!seen.includes(exposure) && send()) store_.set_(name, (seen + exposure).slice(-LONGEST));
  });
