// What the golden cases and the fuzz run compare with the other SDKs; not published.

export { meets } from "./deciding/audience.js";
export { readConfig } from "./deciding/config.js";
export { evaluate, experimentOf } from "./deciding/evaluation.js";
export { draw, hash32, normaliseUnit } from "./deciding/hashing.js";
export { force } from "./forced.js";
