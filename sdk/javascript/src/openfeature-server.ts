// `@netlift/sdk/openfeature-server`: the OFREP provider for node, with exposures and tracking.

import { OFREPProvider, type OFREPProviderOptions } from "@openfeature/ofrep-provider";
import type { EvaluationContext, Hook, TrackingEventDetails } from "@openfeature/server-sdk";

import { createTeller, type Teller, type TellerOptions, withKey } from "./openfeature.js";

/** Every flag evaluated with reason SPLIT is an exposure, logged once; no trouble of ours reaches the caller. */
export class NetliftProvider extends OFREPProvider {
  readonly #teller: Teller;
  readonly hooks: Hook[];

  constructor({ host, key, flushInterval, ...options }: TellerOptions & Omit<OFREPProviderOptions, "baseUrl">) {
    super({ ...options, baseUrl: host, headers: withKey(key, options.headers) });
    this.#teller = createTeller({ host, key, flushInterval });
    this.hooks = [this.#teller.hook as Hook];
  }

  track(event: string, context?: EvaluationContext, details?: TrackingEventDetails): void {
    this.#teller.track(event, context, details);
  }

  /** Send what waits; resolves with whether all of it was settled. */
  flush(): Promise<boolean> {
    return this.#teller.flush();
  }

  async onClose(): Promise<void> {
    await this.#teller.flush();
  }
}
