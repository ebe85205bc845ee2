// `@netlift/sdk/server`: what a shop's node server does for its pages. Browsers drop ids that scripts set after about 7
// days; one that the server sets stays a year.

import { createHmac } from "node:crypto";

import { normaliseUnit } from "./deciding/hashing.js";
import { request as fetchText } from "./delivery/request.js";
import { NAME, randomId } from "./delivery/visitor.js";

export interface CookieOptions {
  /** For an id that holds on subdomains too. */
  domain?: string | undefined;
  /** False only where the shop is tried out over http. */
  secure?: boolean | undefined;
}

export interface Visitor {
  readonly visitorId: string;
  readonly isNew: boolean;
  /** Value of the `Set-Cookie` header that gives the id, or prolongs it. */
  readonly setCookie: string;
}

const YEAR_SECONDS = 31_536_000;

/** The visitor of a request, by its `Cookie` header; with a new id where there is none. */
export function readVisitor(cookieHeader: string | null | undefined, options: CookieOptions = {}): Visitor {
  const known = idIn(cookieHeader ?? "");
  const visitorId = known ?? randomId();
  const { domain, secure = true } = options;
  const parts = [`${NAME}=${encodeURIComponent(visitorId)}`, "Path=/", `Max-Age=${YEAR_SECONDS}`, "SameSite=Lax"];
  // Not HttpOnly: the page's script reads it.
  if (domain) parts.push(`Domain=${domain}`);
  if (secure) parts.push("Secure");
  return { visitorId, isNew: !known, setCookie: parts.join("; ") };
}

function idIn(header: string): string | null {
  const found = header.match(new RegExp(`(?:^|;\\s*)${NAME}=([^;]*)`));
  try {
    return found && normaliseUnit(decodeURIComponent(found[1]));
  } catch {
    return null;
  }
}

interface Incoming {
  headers: { cookie?: string | undefined };
}
interface Outgoing {
  appendHeader(name: string, value: string): unknown;
}

/** The visitor's id, which the answer gives or prolongs: for `node:http`, Express and their like. */
export function ensureVisitor(request: Incoming, response: Outgoing, options?: CookieOptions): string {
  const { visitorId, setCookie } = readVisitor(request.headers.cookie, options);
  response.appendHeader("Set-Cookie", setCookie);
  return visitorId;
}

/** Proof for `identify` that the customer is who the page says; at most 24 hours ahead are accepted.
 *
 * @param secret - the environment's identity secret, which never leaves the server.
 */
export function signCustomer(secret: string, userId: string, seconds = 3600): { expiry: number; signature: string } {
  const id = normaliseUnit(userId);
  if (!id) throw new TypeError("userId must be a text that is not blank.");
  if (!(seconds > 0 && seconds <= 86_400)) throw new RangeError(`seconds == ${seconds}, must be above 0 and at most 86400.`);
  const expiry = Math.floor(Date.now() / 1000 + seconds);
  return { expiry, signature: createHmac("sha256", secret).update(`${id}|${expiry}`).digest("hex") };
}

/** The published config for pages to bring along, looked up at most every 30 seconds; null where there is none yet.
 *
 * The last one stays where the server cannot be reached.
 */
export function createBootstrap({ key, host }: { key: string; host: string }): () => Promise<unknown> {
  const url = `${host.replace(/\/+$/, "")}/v1/pages/${encodeURIComponent(key)}`;
  let known: unknown = null;
  let until = 0;
  let looking: Promise<void> | undefined;
  const look = async () => {
    const [status, body] = await fetchText(url);
    until = performance.now() + 30_000;
    try {
      if (status === 200) known = JSON.parse(body!);
    } catch {
      // Not a whole document: the last one stays.
    }
  };
  return async () => {
    if (performance.now() >= until) await (looking ??= look().finally(() => (looking = undefined)));
    return known;
  };
}

/** An element that carries a config into a page; no script runs, so a content security policy needs no exception. */
export const bootstrapElement = (config: unknown, id = "netlift-config") =>
  `<script type="application/json" id="${id}">${JSON.stringify(config).replace(/</g, "\\u003c")}</script>`;
