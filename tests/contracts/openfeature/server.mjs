// Asks the server-side client of OpenFeature what it is told to ask, and prints the details it got.
// argv: {"baseUrl", "headers": [[name, value]], "asks": [{"flag", "type", "fallback", "context"}]}
import { OpenFeature } from "@openfeature/server-sdk";
import { OFREPProvider } from "@openfeature/ofrep-provider";

const { baseUrl, headers, asks } = JSON.parse(process.argv[2]);
await OpenFeature.setProviderAndWait(new OFREPProvider({ baseUrl, headers }));
const client = OpenFeature.getClient();
const methods = {
  boolean: "getBooleanDetails",
  string: "getStringDetails",
  number: "getNumberDetails",
  object: "getObjectDetails",
};
const details = [];
for (const ask of asks) details.push(await client[methods[ask.type]](ask.flag, ask.fallback, ask.context));
console.log(JSON.stringify(details));
