// Copies the pinned third-party files a browser loads, and our own script for shops, into web/static/vendor and writes
// vendor.lock.json. Run `make vendor`; the output is committed, so the application and its tests need no node.
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { bundles } from "../sdk/javascript/scripts/build.mjs";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const STATIC = join(ROOT, "web", "static");
const VENDOR = join(STATIC, "vendor");

const PACKAGES = [
  { name: "htmx.org", folder: "htmx", files: { "dist/htmx.min.js": "htmx.min.js" } },
  { name: "plotly.js-basic-dist-min", folder: "plotly", files: { "plotly-basic.min.js": "plotly-basic.min.js" } },
  { name: "@fontsource-variable/inter", folder: "inter", files: { "files/inter-latin-wght-normal.woff2": "inter-latin.woff2" } },
  { name: "lucide-static", folder: "lucide", sprite: "sprite.svg" },
];

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

async function put(path, bytes) {
  const target = join(VENDOR, path);
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, bytes);
  return { path, bytes: bytes.length, sha256: sha256(bytes) };
}

/** One `<symbol>` of the sprite: the drawing without its outer `<svg>`, whose strokes the CSS class `icon` sets. */
async function symbol(source, name) {
  const svg = await readFile(join(source, "icons", `${name}.svg`), "utf8");
  const drawing = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
  return `<symbol id="${name}" viewBox="0 0 24 24">${drawing.replace(/\s*\n\s*/g, "").trim()}</symbol>`;
}

async function sprite(source) {
  const names = JSON.parse(await readFile(join(STATIC, "icons", "used.json"), "utf8"));
  const symbols = await Promise.all([...names].sort().map((name) => symbol(source, name)));
  return Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`);
}

async function vendor({ name, folder, files = {}, sprite: spriteName }) {
  const source = join(ROOT, "node_modules", name);
  const manifest = JSON.parse(await readFile(join(source, "package.json"), "utf8"));
  const written = [];
  for (const [from, to] of Object.entries(files)) {
    written.push(await put(`${folder}/${to}`, await readFile(join(source, from))));
  }
  if (spriteName) written.push(await put(`${folder}/${spriteName}`, await sprite(source)));
  written.push(await put(`${folder}/LICENSE`, await readFile(join(source, "LICENSE"))));
  return { package: name, version: manifest.version, licence: manifest.license, licence_text: `${folder}/LICENSE`, files: written };
}

/** Our own script, built from sdk/javascript. */
async function own() {
  const manifest = JSON.parse(await readFile(join(ROOT, "sdk", "javascript", "package.json"), "utf8"));
  const built = await bundles();
  const script = (name) => built.find((file) => file.path.endsWith(name)).contents;
  const files = [
    await put("netlift/netlift.js", script("netlift.js")),
    await put("netlift/netlift.debug.js", script("netlift.debug.js")),
    await put("netlift/LICENSE", await readFile(join(ROOT, "LICENSE"))),
  ];
  return { package: manifest.name, version: manifest.version, licence: manifest.license, licence_text: "netlift/LICENSE", files };
}

await rm(VENDOR, { recursive: true, force: true });
const packages = [];
for (const entry of PACKAGES) packages.push(await vendor(entry));
await put("vendor.lock.json", Buffer.from(JSON.stringify({ packages, own: [await own()] }, null, 2) + "\n"));
console.log(packages.map((entry) => `${entry.package} ${entry.version} (${entry.licence})`).join("\n"));
