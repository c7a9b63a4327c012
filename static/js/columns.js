// The order of the table's columns is that of their list; each entry is moved by its two buttons, and stays in focus.
for (const place of document.querySelectorAll("[data-columns]")) {
  for (const moves of place.querySelectorAll("[data-moves]")) moves.hidden = false;
  place.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-move]");
    if (!button) return;
    const entry = button.closest("li");
    if (button.dataset.move === "1") entry.nextElementSibling?.after(entry);
    else entry.previousElementSibling?.before(entry);
    button.focus();
  });
  place.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !place.open) return;
    place.open = false;
    place.querySelector("summary").focus();
  });
}
