// Numbers in [0, 1) drawn from a prefix and a unit id: the same in every language.
// MurmurHash3 x86 32, seed 0, of the UTF-8 bytes of "salt:unit", read as unsigned and divided by 2 ** 32.

import { attempt } from "../attempt.js";

const { imul } = Math;
const rotate = (bits: number, by: number) => (bits << by) | (bits >>> (32 - by));
const scramble = (block: number) => imul(rotate(imul(block, 0xcc9e2d51), 15), 0x1b873593);

/** MurmurHash3 x86 32 of the UTF-8 bytes of `text`, seed 0, as an unsigned number below 2 ** 32. */
export function hash32(text: string): number {
  // One byte per character.
  const bytes = unescape(encodeURIComponent(text));
  let hash = 0;
  let block = 0;
  let at = 0;
  while (at < bytes.length) {
    block |= bytes.charCodeAt(at) << (8 * (at++ & 3));
    if (!(at & 3)) {
      hash = imul(rotate(hash ^ scramble(block), 13), 5) + 0xe6546b64;
      block = 0;
    }
  }
  // An empty last block scrambles to 0.
  hash ^= scramble(block) ^ at;
  hash = imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The number in [0, 1) of one unit under a prefix, which is a salt and its colon. */
export const draw = (prefix: string, unit: string) => hash32(prefix + unit) / 2 ** 32;

/** The form of a unit id that is hashed and sent: NFC, then trimmed; null where there is no usable id.
 *
 * Text that cannot be written as UTF-8, with half a surrogate pair, is none.
 */
export const normaliseUnit = (unit: any): string | null => attempt(() => encodeURIComponent(unit) && unit.normalize().trim()) || null;
