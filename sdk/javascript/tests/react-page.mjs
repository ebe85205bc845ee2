// A page of a shop in React, bundled by tests/browser/test_sdk_packages.py.

import { createElement as h, StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";

import { createClient } from "../dist/index.js";
import { NetliftProvider, usePayload, useReady, useVariant } from "../dist/react.js";

window.client = createClient(window.options);

function Offer() {
  const variant = useVariant("tv");
  return h("p", { id: "offer" }, `${variant} ${usePayload("tv", { shown: "none" })?.shown}`);
}

function Shop() {
  const [isOpen, setOpen] = useState(false);
  const isReady = useReady();
  return h("main", { id: isReady ? "ready" : "waiting" }, h("button", { onClick: () => setOpen(!isOpen) }, "Offer"), isOpen && h(Offer));
}

const shop = h(StrictMode, null, h(NetliftProvider, { client: window.client }, h(Shop)));
createRoot(document.body.appendChild(document.createElement("div"))).render(shop);
