// Numbers in [0, 1) drawn from a salt and a unit id: the same in every language.
// MurmurHash3 x86 32, seed 0, of the UTF-8 bytes of "salt:unit", read as unsigned and divided by 2 ** 32.

import { attempt } from "../attempt.js";

const rotate = (bits: number, by: number) => (bits << by) | (bits >>> (32 - by));
const scramble = (block: number) => Math.imul(rotate(Math.imul(block, 0xcc9e2d51), 15), 0x1b873593);

/** MurmurHash3 x86 32 of the UTF-8 bytes of `text`, seed 0, as an unsigned number below 2 ** 32. */
export function hash32(text: string): number {
  // One byte per character; several times as fast for ASCII as a TextEncoder.
  const bytes = /^[\0-\x7f]*$/.test(text) ? text : unescape(encodeURIComponent(text));
  let hash = 0;
  let block = 0;
  let at = 0;
  while (at < bytes.length) {
    block |= bytes.charCodeAt(at) << (8 * (at++ & 3));
    if (!(at & 3)) {
      hash = Math.imul(rotate(hash ^ scramble(block), 13), 5) + 0xe6546b64;
      block = 0;
    }
  }
  // An empty last block scrambles to 0.
  hash ^= scramble(block) ^ at;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The number in [0, 1) of one unit under a prefix, which is a salt and its colon. */
export const draw = (prefix: string, unit: string) => hash32(prefix + unit) / 2 ** 32;

/** Whether a value is text, not empty, that can be written as UTF-8, which half a surrogate pair cannot. */
export const isFilled = (value: unknown): value is string =>
  typeof value === "string" && !!attempt(() => encodeURIComponent(value));

/** The form of a unit id that is hashed and sent: NFC, then trimmed; null where there is no usable id. */
export const normaliseUnit = (unit: unknown): string | null => (isFilled(unit) && unit.normalize().trim()) || null;
