// A shop with the strictest settings: compiled, never run.
import type { Client } from "../../dist/index.js";
import { createClient } from "../../dist/debug.js";
import type {} from "../../dist/iife.js";
import { ensureVisitor } from "../../dist/server.js";
import { createServer } from "node:http";

interface Shop {
  "tv-entry": "control" | "entry";
}
declare const signedIn: { id: string } | undefined;

const client: Client<Shop> = createClient<Shop>({ key: "pk_test", userId: signedIn?.id, host: undefined });
const shown: "control" | "entry" = client.variant("tv-entry");
client.order("order-1", [{ product_id: "tv-m", price: undefined }], { currency: undefined });
window.netlift("track", "Product Added");
window.netlift.client?.page();
createServer((request, response) => void response.end(ensureVisitor(request, response)));
export { shown };
