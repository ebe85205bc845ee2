const PATIENCE_MS = 10_000;

/** What comes of `work`, nothing if it takes longer. */
export const within = <T>(ms: number, work: Promise<T>) =>
  Promise.race([work, new Promise<undefined>((resolve) => setTimeout(resolve, ms))]);

/** Milliseconds to pause after failures: doubled each time, at most half a minute, with jitter. */
export const backOff = (failures: number) => Math.min(30_000, 500 * 2 ** failures) * (0.5 + Math.random() / 2);

/** Status, body and headers of an answer; status 599 where no whole answer came.
 *
 * It sends no cookies, and a text as body as text/plain, which needs no preflight; a body arrives although its page ends.
 */
export async function request(url: string, body?: string): Promise<[status: number, text?: string, headers?: Headers]> {
  try {
    // Without `timeout`, which browsers before 2022 lack, the network's own patience has to do.
    const signal = AbortSignal.timeout?.(PATIENCE_MS);
    const reply = await fetch(url, { method: body && "POST", body, keepalive: !!body, credentials: "omit", signal });
    return [reply.status, await reply.text(), reply.headers];
  } catch {
    return [599];
  }
}
