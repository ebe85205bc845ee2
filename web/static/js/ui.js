// The small behaviours of the components. Everything here is comfort: pages work without it.
"use strict";
(() => {
  const root = document.documentElement;
  const darkSystem = window.matchMedia("(prefers-color-scheme: dark)");

  const theme = () => root.dataset.theme || (darkSystem.matches ? "dark" : "light");

  const announceTheme = () => document.dispatchEvent(new CustomEvent("netlift:theme", { detail: theme() }));

  function switchTheme() {
    root.dataset.theme = theme() === "dark" ? "light" : "dark";
    try {
      localStorage.setItem("netlift-theme", root.dataset.theme);
    } catch {
      // Without storage the choice lasts for this page.
    }
    announceTheme();
  }

  async function copy(button) {
    const source = document.getElementById(button.dataset.copy);
    const status = button.querySelector("[data-copy-status]");
    try {
      await navigator.clipboard.writeText(source.textContent.trim());
      status.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(source);
      status.textContent = "Press Ctrl+C";
    }
    setTimeout(() => { status.textContent = "Copy"; }, 2500);
  }

  function dismiss(button) {
    button.closest("[data-dismissible]").remove();
  }

  const actions = { "[data-theme-switch]": switchTheme, "[data-copy]": copy, "[data-dismiss]": dismiss, "[data-print]": () => window.print() };

  document.addEventListener("click", (event) => {
    for (const [selector, act] of Object.entries(actions)) {
      const button = event.target.closest(selector);
      if (button) act(button);
    }
  });

  // A definition shown by hover or focus can be put away without moving either (WCAG 1.4.13).
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    document.querySelectorAll(".definition").forEach((term) => term.setAttribute("data-closed", ""));
    document.querySelectorAll("details.menu[open]").forEach((menu) => menu.removeAttribute("open"));
  });
  for (const leave of ["pointerout", "focusout"]) {
    document.addEventListener(leave, (event) => {
      event.target.closest?.(".definition")?.removeAttribute("data-closed");
    });
  }

  // What refreshes itself stands still while somebody works in it, points at its list, or has marked words in it.
  function inUse(live) {
    const marked = getSelection();
    const words = !marked.isCollapsed && live.contains(marked.anchorNode);
    return words || live.matches(":focus-within") || live.querySelector("[data-live-list]:hover") !== null;
  }

  // A page that refreshes itself waits while somebody types or chooses in it, or has marked words in it.
  function isTouched(page) {
    const marked = getSelection();
    if (!marked.isCollapsed && page.contains(marked.anchorNode)) return true;
    return [...page.querySelectorAll("textarea, input:not([type=hidden])")].some(
      (field) => field === document.activeElement || field.value !== field.defaultValue || field.checked !== field.defaultChecked,
    );
  }

  document.addEventListener("htmx:before:request", (event) => {
    if (event.target.matches?.("[data-live]") && inUse(event.target)) event.preventDefault();
    if (event.target.matches?.("[data-live-page]") && isTouched(event.target)) event.preventDefault();
  });

  darkSystem.addEventListener("change", announceTheme);
})();
