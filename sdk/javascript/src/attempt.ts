/** What `work` returns; nothing where it fails: no trouble of ours reaches the shop. */
export const attempt = <T>(work: () => T): T | undefined => {
  try {
    return work();
  } catch {}
};
