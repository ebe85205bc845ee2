/** What the browser remembers for us: nothing where storage is blocked or full, and nothing without consent. */
export interface Store {
  /** Whether the visitor agreed; without it nothing is read and nothing written. */
  open: boolean;
  /** The text under a name, if any. */
  get(name: string): string | null | undefined;
  /** Keep a text, or forget it where it is null; whether that was done. */
  set(name: string, value: string | null): true | undefined;
  /** All names in use that start with a text. */
  names(start: string): string[];
}

/** localStorage; outside a browser it remembers nothing. */
export function createStore(open: boolean): Store {
  // Merely touching localStorage throws where it is blocked, and keeping a text where it is full.
  const attempt = <T>(work: (storage: Storage) => T): T | undefined => {
    try {
      return store.open ? work(window.localStorage) : undefined;
    } catch {}
  };
  const store: Store = {
    open,
    get: (name) => attempt((storage) => storage.getItem(name)),
    set: (name, value) =>
      attempt((storage) => {
        if (value === null) storage.removeItem(name);
        else storage.setItem(name, value);
        return true;
      }),
    names: (start) => attempt((storage) => Object.keys(storage).filter((name) => name.startsWith(start))) ?? [],
  };
  return store;
}
