// A shop's node server that speaks OpenFeature, run by tests/browser/test_sdk_journey.py against a real Netlift.

import { OpenFeature } from "@openfeature/server-sdk";

import { NetliftProvider } from "../dist/openfeature-server.js";

const { host, key, context, flag } = JSON.parse(process.argv[2]);
const provider = new NetliftProvider({ host, key });
await OpenFeature.setProviderAndWait(provider);
const client = OpenFeature.getClient();
const { reason, variant } = await client.getStringDetails(flag, "none", context);
client.track("Offer Opened", context, { value: 1 });
console.log(JSON.stringify({ reason, variant, isSent: await provider.flush() }));
process.exit();
