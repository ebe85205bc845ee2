// Answers questions, one JSON line each, from standard input: the other side of tests/sdk_javascript/fuzz.py.
import { createInterface } from "node:readline";

import * as internals from "../build/internals.mjs";
import { answerTo, keysOf } from "./golden.mjs";

let config = null;
let answers = [];

for await (const line of createInterface({ input: process.stdin })) {
  const { config: document, ...question } = JSON.parse(line);
  if (document !== undefined) {
    config = internals.readConfig(document);
    answers.push(JSON.stringify(config && keysOf(config)));
  } else {
    answers.push(JSON.stringify(answerTo(internals, config, question)));
  }
  if (answers.length === 1000) process.stdout.write(answers.splice(0).join("\n") + "\n");
}
process.stdout.write(answers.map((answer) => answer + "\n").join(""));
