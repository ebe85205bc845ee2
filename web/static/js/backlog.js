// Drag an idea to another place: the form that moves it is filled, and asks for the reason. Without scripts the links do.
"use strict";
(() => {
  const rows = () => [...document.querySelectorAll("[data-backlog] [data-idea]")].map((cell) => cell.closest("tr"));
  const form = document.querySelector("#move form");
  if (!form) return;
  let dragged = null;

  for (const row of rows()) {
    row.draggable = true;
    row.classList.add("draggable");
    row.addEventListener("dragstart", (event) => {
      dragged = row;
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", row.querySelector("[data-idea]").dataset.idea);
    });
    row.addEventListener("dragover", (event) => {
      if (!dragged || dragged === row) return;
      event.preventDefault();
      row.classList.add("drop-here");
    });
    row.addEventListener("dragleave", () => row.classList.remove("drop-here"));
    row.addEventListener("dragend", () => { dragged = null; });
    row.addEventListener("drop", (event) => {
      event.preventDefault();
      row.classList.remove("drop-here");
      const cell = dragged.querySelector("[data-idea]");
      form.elements.move.value = cell.dataset.idea;
      form.elements.place.value = row.querySelector("[data-idea]").dataset.place;
      form.elements.by_value.checked = false;
      form.elements.reason.focus();
      form.scrollIntoView({ block: "center" });
    });
  }
})();
