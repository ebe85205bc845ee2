/** What `work` returns; nothing where it fails: no trouble of ours reaches the shop. */
export const attempt = <T>(work: () => T, ..._: unknown[]): T | undefined => {
  try {
    return work();
  } catch {}
};
