// What the client needs of a page to go on looking for configs, which it does in pages only. Import it before the client.

const page = new EventTarget();
globalThis.document = Object.assign(new EventTarget(), { hidden: false, cookie: "" });
globalThis.addEventListener = page.addEventListener.bind(page);
