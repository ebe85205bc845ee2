// The visitor's id: a first-party cookie, best set by the shop's server since browsers drop ids set by scripts after
// about 7 days, with localStorage beside it for where cookies are blocked.

import { attempt } from "../attempt.js";
import { normaliseUnit } from "../deciding/hashing.js";
import type { Store } from "./storage.js";

/** Name of the cookie, and of its copy in localStorage. */
export const NAME = "netlift_id";
const YEAR_SECONDS = 31_536_000;

/** Random hexadecimal digits for each x; `crypto.randomUUID` is missing on pages without https. */
const digits = (form: string) => {
  const bytes = crypto.getRandomValues(new Uint8Array(form.length));
  return form.replace(/x/g, (_, at) => (bytes[at] & 15).toString(16));
};

/** 32 random hexadecimal digits. */
export const randomId = () => digits("x".repeat(32));

/** A UUID of version 7: ids made one after the other lie together in the index that tells repeats. */
export const messageId = () =>
  digits(("0" + Date.now().toString(16)).replace(/.{8}/, "$&-") + "-7xxx-8xxx-xxxxxxxxxxxx");

const readCookie = () =>
  attempt(() => normaliseUnit(decodeURIComponent(document.cookie.match(`(?:^|; )${NAME}=([^;]*)`)![1])));

const writeCookie = (id: string, domain: string | undefined, seconds: number) =>
  attempt(() => {
    const where = (domain ? ";domain=" + domain : "") + (location.protocol === "https:" ? ";secure" : "");
    document.cookie = `${NAME}=${encodeURIComponent(id)};path=/;samesite=lax;max-age=${seconds}${where}`;
  });

/** The visitor's id, made where there is none, and whether this browser meets it for the first time.
 *
 * null where nothing can be remembered: an id that changes with every page would count one visitor many times.
 */
export function meetVisitor(store: Store, domain?: string): [id: string | null, isNew: boolean] {
  const stored = normaliseUnit(store.get_(NAME));
  const id = readCookie() ?? stored ?? randomId();
  writeCookie(id, domain, YEAR_SECONDS);
  return [store.set_(NAME, id) || readCookie() === id ? id : null, stored !== id];
}

/** Forget the visitor. */
export const forgetVisitor = (domain?: string) => writeCookie("", domain, 0);
