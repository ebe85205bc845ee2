// Runs before the first paint: applies the reader's stored theme, and marks that scripts run.
"use strict";
(() => {
  const root = document.documentElement;
  root.dataset.js = "";
  try {
    const stored = localStorage.getItem("netlift-theme");
    if (stored === "light" || stored === "dark") root.dataset.theme = stored;
  } catch {
    // Storage may be forbidden; the system's theme then applies.
  }
})();
