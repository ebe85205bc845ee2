// What was measured goes into the fields nobody has typed into; what somebody typed stays. Without scripts the next page does it.
"use strict";
(() => {
  const fill = () => {
    let changed = null;
    for (const told of document.querySelectorAll("[data-fills]")) {
      const field = document.getElementById(told.dataset.fills);
      if (!field || field === document.activeElement) continue;
      const untouched = field.value === "" || field.value === told.dataset.was || field.value === field.dataset.filled;
      if (!untouched) continue;
      field.dataset.filled = told.value;
      if (field.value === told.value) continue;
      field.value = told.value;
      changed = field;
    }
    if (changed) changed.dispatchEvent(new Event("input", { bubbles: true }));
  };
  fill();
  document.addEventListener("htmx:after:swap", fill);
})();
