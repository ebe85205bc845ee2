// Builds dist/ (what is published) and build/ (the internals that golden cases and the fuzz run against).
import { build } from "esbuild";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { minify } from "terser";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const SHARED = { absWorkingDir: ROOT, bundle: true, target: "es2022", charset: "utf8", legalComments: "none" };
const EXTERNAL = ["react", "@openfeature/*", "node:*"];

// terser packs what esbuild bundled some 5 % smaller than esbuild does.
const SMALLER = { compress: { passes: 6, ecma: 2020, unsafe_arrows: true, keep_fargs: false }, mangle: { properties: { regex: /[a-z]_$/ } }, format: { ecma: 2020 } };

export const modules = ["index", "core", "react", "server", "openfeature-web", "openfeature-server"];

/** The script tag's file with another client in it. */
const explaining = {
  name: "explaining",
  setup: (build) => build.onResolve({ filter: /^\.\/index\.js$/ }, ({ importer }) => (importer.endsWith("iife.ts") ? { path: join(ROOT, "src/debug.ts") } : null)),
};

/** The published files by their path below dist/, as bytes. */
export async function bundles() {
  const esm = await build({
    ...SHARED,
    entryPoints: modules.map((name) => `src/${name}.ts`),
    format: "esm",
    external: EXTERNAL,
    outdir: "dist",
    write: false,
  });
  const script = await build({ ...SHARED, entryPoints: ["src/iife.ts"], format: "iife", outfile: "dist/netlift.js", write: false });
  // Read by people who look for what is wrong: these stay as they were written.
  const debug = [
    build({ ...SHARED, entryPoints: ["src/debug.ts"], format: "esm", outfile: "dist/debug.js", write: false }),
    build({ ...SHARED, entryPoints: ["src/iife.ts"], format: "iife", outfile: "dist/netlift.debug.js", plugins: [explaining], write: false }),
  ].map(async (made) => (await made).outputFiles[0]);
  const packed = (files, module) => files.map(async ({ path, text }) => ({ path, contents: await smaller(text, module) }));
  return Promise.all([...packed(esm.outputFiles, true), ...packed(script.outputFiles, false), ...debug]);
}

async function smaller(text, module) {
  const { code } = await minify(text.replace(/\bconst /g, "let "), { ...SMALLER, module });
  // One word for every variable packs better than two; that constants stay constant TypeScript has checked.
  return Buffer.from(code + "\n");
}

const internals = () =>
  build({ ...SHARED, minify: true, entryPoints: ["src/internals.ts"], format: "esm", outfile: "build/internals.mjs", write: false });

/** Replace a file whole, so that whoever reads it meanwhile sees the old one or the new one. */
async function put({ path, contents }) {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.${process.pid}`, contents);
  await rename(`${path}.${process.pid}`, path);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const file of [...(await bundles()), ...(await internals()).outputFiles]) await put(file);
}
