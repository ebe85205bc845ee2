// What the golden cases and the fuzz run compare with the other SDKs; not published.

export { meets } from "./deciding/audience.js";
export { choose, parseConfig } from "./deciding/config.js";
export { evaluate } from "./deciding/evaluation.js";
export { draw, hash32, normaliseUnit } from "./deciding/hashing.js";
