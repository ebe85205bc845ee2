// What a shop's node server does: visitor ids by Set-Cookie, signatures, bootstraps, rendering with React.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import { after, test } from "node:test";
import { createElement } from "react";
import { renderToString } from "react-dom/server";

import { createClient } from "../dist/index.js";
import { NetliftProvider, usePayload, useReady, useVariant } from "../dist/react.js";
import { bootstrapElement, createBootstrap, ensureVisitor, readVisitor, signCustomer } from "../dist/server.js";
import { always, configOf, experiment, startServer } from "./server.mjs";

after(() => setTimeout(() => process.exit(), 50).unref());

test("a shop's server gives the visitor an id, and keeps it", async () => {
  const shop = createServer((request, response) => response.end(ensureVisitor(request, response, { domain: "shop.example" })));
  await new Promise((resolve) => shop.listen(0, "127.0.0.1", resolve));
  const address = `http://127.0.0.1:${shop.address().port}/`;
  const first = await fetch(address);
  const id = await first.text();
  assert.match(id, /^[0-9a-f]{32}$/);
  const [cookie] = first.headers.getSetCookie();
  assert.equal(cookie, `netlift_id=${id}; Path=/; Max-Age=31536000; SameSite=Lax; Domain=shop.example; Secure`);
  const second = await fetch(address, { headers: { cookie: `other=1; netlift_id=${id}` } });
  assert.equal(await second.text(), id);
  shop.close();
});

test("a cookie that is no id gives a new one", () => {
  for (const header of ["netlift_id=", "netlift_id=%E0%A4%A", "xnetlift_id=abc", null]) {
    assert.equal(readVisitor(header).isNew, true, String(header));
  }
  assert.equal(readVisitor("a=b;netlift_id=%20caf%C3%A9").visitorId, "café");
});

test("a customer is signed as the contract says", () => {
  const { expiry, signature } = signCustomer("secret", " customer-7 ", 60);
  assert.equal(signature, createHmac("sha256", "secret").update(`customer-7|${expiry}`).digest("hex"));
  assert.ok(Math.abs(expiry - Date.now() / 1000 - 60) < 2);
  assert.throws(() => signCustomer("secret", "  "), /userId/);
  assert.throws(() => signCustomer("secret", "customer-7", 90_000), /90000.*86400/);
});

test("a bootstrap is fetched once, survives an outage and cannot break out of its element", async () => {
  const server = await startServer(configOf("v1", experiment("tv", always("entry", { note: "</script><script>alert(1)" }))));
  const bootstrap = createBootstrap({ key: "pk_test", host: server.host + "/" });
  const [first] = await Promise.all([bootstrap(), bootstrap()]);
  assert.deepEqual(first, server.config);
  assert.equal(server.looks.length, 1);
  await server.stop();
  assert.deepEqual(await bootstrap(), first);
  const element = bootstrapElement(first);
  assert.equal(element.match(/<\/script>/g).length, 1);
  assert.deepEqual(JSON.parse(element.slice(element.indexOf(">") + 1, element.lastIndexOf("<"))), first);
});

test("React renders the bootstrapped variant on a server, and logs nothing there", async () => {
  const server = await startServer(configOf("v1", experiment("tv", always("entry"))));
  const client = createClient({ key: "pk_test", host: server.host, visitorId: "visitor-1", bootstrap: server.config });
  const Offer = () => createElement("p", null, useVariant("tv"), " ", usePayload("tv").shown, " ", String(useReady()));
  const page = createElement(NetliftProvider, { client }, createElement(Offer));
  assert.equal(renderToString(page).replace(/<!-- -->/g, ""), "<p>entry entry false</p>");
  assert.equal(renderToString(createElement(() => createElement("p", null, useVariant("tv", "without")))), "<p>without</p>");
  await client.flush();
  assert.deepEqual(server.batches, []);
  assert.deepEqual(server.looks, []);
  await server.stop();
});
