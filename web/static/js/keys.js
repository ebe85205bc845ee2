// The keyboard: shortcuts of the list under "?", and the search field as a combobox. Comfort only: links and forms do the same.
"use strict";
(() => {
  const STORE = "netlift-shortcuts";
  const PAUSE = 1200;
  const source = document.querySelector("script[data-shortcuts]");
  const shortcuts = source ? JSON.parse(source.textContent) : [];
  const dialog = document.getElementById("dialog-shortcuts");
  const field = document.getElementById("search");
  const list = document.getElementById("search-list");
  let pressed = [];
  let timer = 0;

  function isOn() {
    try {
      return localStorage.getItem(STORE) !== "off";
    } catch {
      return true;
    }
  }

  const box = document.querySelector("[data-shortcuts-switch]");
  if (box) {
    box.checked = isOn();
    box.addEventListener("change", () => {
      try {
        localStorage.setItem(STORE, box.checked ? "on" : "off");
      } catch {
        // Without storage the choice cannot be kept.
      }
    });
  }

  // ---- shortcuts
  const typing = (target) => target.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]") !== null;

  function visibleField() {
    return field && field.offsetParent !== null;
  }

  const actions = {
    search() {
      if (visibleField()) field.focus();
      else location.assign("/search");
    },
    help() {
      dialog?.togglePopover();
    },
    close() {},
  };

  function act(shortcut) {
    if (shortcut.href) location.assign(shortcut.href);
    else actions[shortcut.action]?.();
  }

  document.addEventListener("keydown", (event) => {
    const key = event.key;
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
    if (key.length !== 1 || !isOn() || typing(event.target)) return;
    if (document.querySelector("[popover]:popover-open") && key !== "?") return;
    clearTimeout(timer);
    timer = setTimeout(() => { pressed = []; }, PAUSE);
    pressed.push(key);
    let found = shortcuts.find((each) => each.keys.join() === pressed.join());
    if (!found && !shortcuts.some((each) => each.keys.join().startsWith(`${pressed.join()},`))) {
      pressed = [key];
      found = shortcuts.find((each) => each.keys.join() === key);
    }
    if (!found) return;
    pressed = [];
    event.preventDefault();
    act(found);
  });

  // ---- combobox
  if (!field || !list) return;
  const options = () => [...list.querySelectorAll("[role=option][data-href]")];

  function show(open) {
    list.hidden = !open;
    field.setAttribute("aria-expanded", String(open));
    if (!open) choose(null);
  }

  function choose(option) {
    for (const each of options()) each.setAttribute("aria-selected", String(each === option));
    if (option) {
      field.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else field.removeAttribute("aria-activedescendant");
  }

  function step(by) {
    const every = options();
    if (!every.length) return;
    show(true);
    const at = every.findIndex((each) => each.getAttribute("aria-selected") === "true");
    const next = at === -1 ? (by > 0 ? 0 : every.length - 1) : at + by;
    choose(every[(next + every.length) % every.length]);
  }

  field.addEventListener("keydown", (event) => {
    const chosen = list.querySelector("[aria-selected=true]");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      step(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && chosen) {
      event.preventDefault();
      location.assign(chosen.dataset.href);
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      show(false);
    } else if (event.key === "Escape") field.blur();
  });
  list.addEventListener("pointerdown", (event) => {
    const option = event.target.closest("[data-href]");
    if (!option) return;
    event.preventDefault();
    location.assign(option.dataset.href);
  });
  field.addEventListener("blur", () => show(false));
  new MutationObserver(() => show(document.activeElement === field && field.value.trim() !== "" && list.childElementCount > 0))
    .observe(list, { childList: true });
})();
