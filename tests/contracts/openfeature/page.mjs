// What a shop's page would bundle: the web client of OpenFeature, reachable for the test as `shop`.
import { OpenFeature } from "@openfeature/web-sdk";
import { OFREPWebProvider } from "@openfeature/ofrep-web-provider";

globalThis.shop = {
  start: (baseUrl, key, context, pollInterval) =>
    OpenFeature.setProviderAndWait(
      new OFREPWebProvider({ baseUrl, pollInterval, cacheMode: "network-first", headers: [["Authorization", `Bearer ${key}`]] }),
      context,
    ),
  become: (context) => OpenFeature.setContext(context),
  details: (flag, fallback) => {
    const client = OpenFeature.getClient();
    if (typeof fallback === "string") return client.getStringDetails(flag, fallback);
    if (typeof fallback === "number") return client.getNumberDetails(flag, fallback);
    return client.getObjectDetails(flag, fallback);
  },
};
