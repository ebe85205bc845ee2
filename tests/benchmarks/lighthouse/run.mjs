// Lighthouse, desktop preset, several times per page in turns: `node run.mjs URL COOKIE RUNS CHROMIUM PATH…`.
// Prints one JSON object: per path the scores (0 to 100) and layout shifts of every run, and what was found wanting.
import { launch } from "chrome-launcher";
import lighthouse, { desktopConfig } from "lighthouse";

const [base, cookie, runs, chromium, ...paths] = process.argv.slice(2);
const CATEGORIES = ["performance", "accessibility", "best-practices"];
const FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync"];

const found = Object.fromEntries(paths.map((path) => [path, { runs: [], wanting: {} }]));
for (let run = 0; run < Number(runs); run++) {
  for (const path of paths) {
    const browser = await launch({ chromePath: chromium, chromeFlags: FLAGS, logLevel: "silent" });
    try {
      const options = { port: browser.port, logLevel: "silent", onlyCategories: CATEGORIES, extraHeaders: { Cookie: cookie } };
      const rate = async () => (await lighthouse(base + path, options, desktopConfig)).lhr;
      let lhr = await rate();
      // Now and then the browser loses the beginning of its trace; that says nothing of the page.
      if (lhr.runtimeError?.code === "NO_NAVSTART") lhr = await rate();
      if (lhr.runtimeError) throw new Error(`${path}: ${lhr.runtimeError.message}`);
      if (new URL(lhr.finalDisplayedUrl).pathname !== new URL(base + path).pathname) throw new Error(`${path} led to ${lhr.finalDisplayedUrl}`);
      const scores = Object.fromEntries(CATEGORIES.map((name) => [name, Math.round(lhr.categories[name].score * 100)]));
      found[path].runs.push({ ...scores, shift: lhr.audits["cumulative-layout-shift"].numericValue });
      for (const name of CATEGORIES) {
        for (const { id, weight } of lhr.categories[name].auditRefs) {
          const { score, title, displayValue } = lhr.audits[id];
          if (weight && score !== null && score < 0.9) found[path].wanting[id] = [title, displayValue].filter(Boolean).join(": ");
        }
      }
    } finally {
      await browser.kill();
    }
  }
}
console.log(JSON.stringify(found));
