// A form that was sent after its session ended. The password form carries it along by itself; a provider of sign-ins
// does not, so it waits in this tab until the same page is open again.
"use strict";
(() => {
  const NAME = "netlift-kept";
  const kept = document.querySelector("[data-kept]");
  const step = document.querySelector("form[data-takes-back]");
  try {
    if (kept) sessionStorage.setItem(NAME, kept.value);
    if (!step) return;
    const found = JSON.parse(sessionStorage.getItem(NAME) || "null");
    sessionStorage.removeItem(NAME);
    if (!found || found.path !== location.pathname) return;
    const form = document.createElement("form");
    form.method = "post";
    form.action = found.path;
    const add = (name, value) => {
      const field = form.appendChild(document.createElement("input"));
      Object.assign(field, { type: "hidden", name, value });
    };
    for (const [name, values] of Object.entries(found.values)) values.forEach((value) => add(name, value));
    add("csrf_token", document.querySelector('meta[name="csrf-token"]').content);
    add("action", "resume");
    document.body.appendChild(form).submit();
  } catch {
    // Without storage the values came back with the password form, or not at all.
  }
})();
