// `@netlift/sdk/openfeature-web`: the OFREP provider for browsers, with exposures and tracking.

import { OFREPWebProvider, type OFREPWebProviderOptions } from "@openfeature/ofrep-web-provider";
import type { EvaluationContext, Hook, TrackingEventDetails } from "@openfeature/web-sdk";

import { createTeller, type Teller, type TellerOptions, withKey } from "./openfeature.js";

/** Every flag evaluated with reason SPLIT is an exposure, logged once; no trouble of ours reaches the caller. */
export class NetliftWebProvider extends OFREPWebProvider {
  readonly #teller: Teller;
  override readonly hooks: Hook[];

  constructor({ host, key, flushInterval, ...options }: TellerOptions & Omit<OFREPWebProviderOptions, "baseUrl">) {
    super({ ...options, baseUrl: host, headers: withKey(key, options.headers) });
    this.#teller = createTeller({ host, key, flushInterval });
    this.hooks = [this.#teller.hook];
  }

  track(event: string, context?: EvaluationContext, details?: TrackingEventDetails): void {
    this.#teller.track(event, context, details);
  }

  /** Send what waits; resolves with whether all of it was settled. */
  flush(): Promise<boolean> {
    return this.#teller.flush();
  }
}
