// A slider beside a number: one writes the other. The number is what is sent; without scripts there is only it.
"use strict";
(() => {
  for (const slider of document.querySelectorAll("[data-slides]")) {
    const field = document.getElementById(slider.dataset.slides);
    if (!field) continue;
    slider.addEventListener("input", () => { field.value = slider.value; });
    field.addEventListener("input", () => { if (field.value !== "") slider.value = field.value; });
    if (field.value !== "") slider.value = field.value;
  }
})();
