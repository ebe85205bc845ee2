// The script tag: `<script async src="https://netlift.example.com/sdk/netlift.js" data-key="pk_…">`.
//
// Before it arrives the page's one-line snippet keeps calls in `netlift.q`; they are made now, in their order.

import { createClient } from "./index.js";
import type { Client, Options } from "./types.js";

declare global {
  interface Window {
    /** `netlift("track", "Added")` calls a method of the client; calls made before the script has come are kept. */
    netlift: ((method: string, ...rest: any[]) => any) & {
      /** The client, once the script has come. */
      client?: Client;
      createClient?: typeof createClient;
    };
  }
}

type Call = [method: string, ...rest: any[]];

const page = window as any;
const script = document.currentScript as HTMLScriptElement | null;
const waiting: Call[] = page.netlift?.q ?? [];
let client: Client | undefined;

/** `netlift("track", "Added")` calls a method; "init" makes the client, "ready" calls back with it. */
const netlift: any = (method: string, ...rest: any[]) => {
  if (method === "init") {
    const { origin } = new URL(script?.src ?? location.href);
    netlift.client = client = createClient({ host: origin, ...(rest[0] as Options) });
  } else if (!client) {
    waiting.push([method, ...rest]);
    return;
  } else if (method === "ready") {
    void client.ready.then(() => rest[0](client));
  } else {
    return (client as any)[method]?.(...rest);
  }
  if (method === "init") waiting.splice(0).forEach((call) => netlift(...call));
};
netlift.createClient = createClient;
page.netlift = netlift;

const key = script?.dataset.key;
const first = waiting.findIndex((call) => call[0] === "init");
if (first >= 0) netlift(...waiting.splice(first, 1)[0]);
else if (key) netlift("init", { key });
