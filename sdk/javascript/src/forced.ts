// Variants asked for in the address, for trying things out: `?netlift=tv-entry:entry,other:control`. They hold for the
// tab, over the pages that follow; `?netlift=` ends it.

const NAME = "netlift";

/** Variants to show, by experiment key. */
export function readForced(remember: boolean): Record<string, string> {
  try {
    const asked = new URLSearchParams(location.search).get(NAME);
    if (remember && asked !== null) sessionStorage.setItem(NAME, asked);
    const pairs = asked ?? (remember ? sessionStorage.getItem(NAME) : null) ?? "";
    return Object.fromEntries(pairs.split(",").map((pair) => pair.split(":")));
  } catch {
    return {};
  }
}
