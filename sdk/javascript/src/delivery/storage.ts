import { attempt } from "../attempt.js";

/** What the browser remembers for us: nothing where storage is blocked or full, and nothing without consent. */
export interface Store {
  /** Whether the visitor agreed; without it nothing is read and nothing written. */
  open_: boolean;
  /** The text under a name, if any. */
  get_(name: string): string | null | undefined;
  /** Keep a text, or forget it where there is none; whether that was done. */
  set_(name: string, value?: string): true | undefined;
  /** All names in use that start with a text. */
  names_(start: string): string[];
}

/** localStorage; outside a browser it remembers nothing. */
export function createStore(open: boolean): Store {
  // Merely touching localStorage throws where it is blocked, and keeping a text where it is full.
  const use = <T>(work: (storage: Storage) => T) => attempt(() => (store.open_ ? work(window.localStorage) : undefined));
  const store: Store = {
    open_: open,
    get_: (name) => use((storage) => storage[name]),
    set_: (name, value) =>
      use((storage) => {
        if (value === undefined) delete storage[name];
        else storage[name] = value;
        return true;
      }),
    names_: (start) => use((storage) => Object.keys(storage).filter((name) => name.startsWith(start))) ?? [],
  };
  return store;
}
