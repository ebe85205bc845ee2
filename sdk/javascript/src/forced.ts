// Variants asked for in the address, for trying things out: `?netlift=tv-entry:entry,other:control`. They hold for the
// tab, over the pages that follow; `?netlift=` ends it.

import { attempt } from "./attempt.js";

const NAME = "netlift";

/** Variants to show, by experiment key; nothing where nothing was asked for. */
export const readForced = (remember: boolean): Record<string, string> | undefined =>
  attempt(() => {
    const kept: Record<string, string> = remember ? sessionStorage : {};
    const asked = new URLSearchParams(location.search).get(NAME);
    if (asked !== null) kept[NAME] = asked;
    return Object.fromEntries(kept[NAME].split(",").map((pair) => pair.split(":")));
  });
