// Typed experiment keys: compiled, never run.
import { createClient } from "../../dist/index.js";
import { createClient as createCore } from "../../dist/core.js";

interface Shop extends Record<string, string> {
  "tv-entry": "control" | "entry";
  checkout: "control" | "short" | "long";
}
type Known = { [K in "tv-entry" | "checkout"]: Shop[K] };

const netlift = createClient<Known>({ key: "pk_test" });
const shown: "control" | "entry" = netlift.variant("tv-entry");
netlift.variant("checkout", "short");
const label: { text: string } = netlift.payload("tv-entry", { text: "Shop" });
void netlift.reveal("checkout", "#checkout", (variant: "control" | "short" | "long") => variant);

// @ts-expect-error the experiment has no such key
netlift.variant("tv-entri");
// @ts-expect-error the variant belongs to another experiment
netlift.variant("tv-entry", "short");
// @ts-expect-error the key of the environment is needed
createClient({});
// @ts-expect-error the core has no orders
createCore({ key: "pk_test" }).order("order-1", []);

const anything: string = createCore({ key: "pk_test" }).variant("anything");
export { anything, label, shown };
