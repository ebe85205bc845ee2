// A page of a shop that speaks OpenFeature, bundled by tests/browser/test_sdk_packages.py.

import { OpenFeature } from "@openfeature/web-sdk";

import { NetliftWebProvider } from "../dist/openfeature-web.js";

window.read = async ({ host, key, context, flag }) => {
  await OpenFeature.setContext(context);
  window.provider = new NetliftWebProvider({ host, key, flushInterval: 20 });
  await OpenFeature.setProviderAndWait(window.provider);
  const client = OpenFeature.getClient();
  const { value, reason, variant } = client.getStringDetails(flag, "control");
  client.getStringValue(flag, "control");
  client.track("Offer Opened", { value: 1 });
  return { value, reason, variant, isSent: await window.provider.flush() };
};
