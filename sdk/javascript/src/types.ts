import type { Attributes } from "./deciding/audience.js";
import type { Result } from "./deciding/result.js";

/** The shop's experiments and their variants, for typed keys: `createClient<{ "tv-entry": "control" | "entry" }>`. */
export type Experiments = Record<string, string>;

/** What `Experiments` asks, of interfaces too, which have no index signature. */
export type Named<E> = { [K in keyof E]: string };

export interface Options {
  /** The client key of the environment. */
  key: string;
  /** Address of the Netlift server; the page's own where it is left out. */
  host?: string | undefined;
  /** Milliseconds that a decision may wait for the config; beyond, the control is shown and nothing is an exposure. */
  timeout?: number | undefined;
  /** What came with the page: a published config, or `{config, visitorId, remote}` as the shop's server wrote it;
   * `window.netliftBootstrap` where it is left out. Variants can be read at once. */
  bootstrap?: unknown;
  /** Whether the visitor agreed. Without it: no id, no storage, no event, and the control is shown. */
  consent?: boolean | undefined;
  /** The visitor's id, where the shop keeps one of its own. */
  visitorId?: string | undefined;
  /** The customer's id, where somebody is logged in. */
  userId?: string | undefined;
  /** What is known of the unit, for audience rules. `channel` is "web" unless stated here. */
  attributes?: Attributes | undefined;
  /** Variants to show by experiment key, for trying things out; never an exposure. Not of the core. */
  forced?: Record<string, string> | undefined;
  /** Domain of the visitor's cookie, where an id is to hold for subdomains too. */
  cookieDomain?: string | undefined;
  /** Milliseconds between two looks at the config. */
  pollInterval?: number | undefined;
  /** Milliseconds that an event may wait for others. */
  flushInterval?: number | undefined;
}

export interface CoreClient<E extends Named<E> = Experiments> {
  /** Resolves, never later than the timeout, with whether there is a config to decide with. */
  readonly ready: Promise<boolean>;
  /** Key of the variant to show, which logs the exposure once; `otherwise` ("control") where none is known. */
  variant<K extends keyof E & string>(key: K, otherwise?: E[K]): E[K];
  /** The value attached to the variant to show, which logs the exposure once; `otherwise` where there is none. */
  payload<T = unknown>(key: keyof E & string, otherwise?: T): T;
  /** What is decided, and why; nothing is logged or counted, so nothing may be shown by it. */
  peek(key: keyof E & string): Result;
  /** Record that something happened, by its name. */
  track(event: string, properties?: object): void;
  /** The visitor agreed, or took it back: then id, storage and waiting events are erased. */
  setConsent(consent: boolean): void;
  /** Send what waits; resolves with whether all of it was settled. */
  flush(): Promise<boolean>;
}

/** One line of an order; prices are per month, in major units of the currency. */
export interface Line {
  product_id: string;
  quantity?: number | undefined;
  price?: number | undefined;
  discount?: number | undefined;
  [more: string]: unknown;
}

export interface OrderDetails {
  currency?: string | undefined;
  /** Where the order was placed; "web" where it is left out. */
  channel?: string | undefined;
  properties?: object | undefined;
}

export interface Customer {
  traits?: object | undefined;
  /** Whole Unix seconds until which the signature holds. */
  expiry?: number | undefined;
  /** What the shop's own server signed: hex(HMAC-SHA256(secret, "userId|expiry")). */
  signature?: string | undefined;
}

export interface Client<E extends Named<E> = Experiments> extends CoreClient<E> {
  /** The visitor's id; null without consent, and where the browser remembers nothing. */
  readonly visitorId: string | null;
  /** Add to what is known of the unit. */
  setAttributes(attributes: Attributes): void;
  /** Call `listener` when answers may have changed; returns what ends it. */
  onChange(listener: () => void): () => void;
  /** Record that a page was seen, by its path; in a shop that changes pages without loading, a new page begins. */
  page(path?: string, properties?: object): void;
  /** The visitor is this customer; null where they left. Private facts are used only with a signature. */
  identify(userId: string | null, customer?: Customer): void;
  /** Record a completed order. */
  order(orderId: string, products: Line[], details?: OrderDetails): void;
  /** Show a variant whatever the rules say, for trying things out; null ends it. Never an exposure. */
  force(key: keyof E & string, variant: string | null): void;
  /** Hide only what `selector` names until `show` was called with the variant, never longer than the timeout. */
  reveal<K extends keyof E & string>(key: K, selector: string, show: (variant: E[K]) => void): Promise<void>;
}
