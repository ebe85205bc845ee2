import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import * as internals from "../build/internals.mjs";
import { runCases } from "./golden.mjs";

const [cases, compiled] = ["cases", "compiled"].map((name) =>
  JSON.parse(readFileSync(new URL(`../../${name}.json`, import.meta.url), "utf8")),
);

test("the golden cases come out alike", () => {
  const { counts, failures } = runCases(internals, cases, compiled);
  assert.deepEqual(failures, []);
  for (const [group, count] of Object.entries(counts)) assert.equal(count, cases[group].length);
});

test("a case that is wrong is found", () => {
  const wrong = { ...cases, hash32: [{ text: "test", expected: 1 }] };
  assert.equal(runCases(internals, wrong, compiled).failures.length, 1);
});
