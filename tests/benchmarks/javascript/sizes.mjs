// What a page loads, minified by esbuild and packed by gzip: ours as published, peers as a shop would bundle them.

import { build } from "esbuild";
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const packed = (bytes) => gzipSync(bytes, { level: 9 }).length;
const dist = new URL("../../../sdk/javascript/dist/", import.meta.url);
const ours = [["@netlift/sdk/core", "core.js"], ["@netlift/sdk", "index.js"], ["/sdk/netlift.js", "netlift.js"]].map(([name, file]) => [
  name,
  packed(readFileSync(new URL(file, dist))),
]);
const peers = { "unleash-proxy-client": "UnleashClient", "@growthbook/growthbook": "GrowthBook" };
for (const [name, exported] of Object.entries(peers)) {
  const { outputFiles } = await build({
    stdin: { contents: `export { ${exported} } from "${name}"`, resolveDir: import.meta.dirname },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    write: false,
  });
  ours.push([name, packed(outputFiles[0].contents)]);
}
console.log("\ngzipped, bytes");
for (const [name, size] of ours) console.log(`  ${name.padEnd(30)}${String(size).padStart(8)}`);
