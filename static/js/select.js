// Choosing runs to compare: the button says how many, and the choice survives refreshes of the list.
// <form data-select> with check boxes named runs, and <button data-compare data-none="..." data-some="... %s ...">
const chosen = new Set();
const boxes = () => document.querySelectorAll("[data-select] input[name=runs]");

function show() {
  for (const box of boxes()) box.checked = chosen.has(box.value);
  for (const button of document.querySelectorAll("[data-compare]")) {
    button.textContent = chosen.size ? button.dataset.some.replace("%s", chosen.size) : button.dataset.none;
    button.disabled = chosen.size < 2;
  }
}

document.addEventListener("change", (event) => {
  if (event.target.name !== "runs") return;
  if (event.target.checked) chosen.add(event.target.value);
  else chosen.delete(event.target.value);
  show();
});
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-select]")) return;
  event.preventDefault();
  location.assign(`/compare?runs=${[...chosen].join(",")}`);
});
document.body.addEventListener("htmx:load", show);

// A browser that comes back to the page restores the ticks.
for (const box of boxes()) if (box.checked) chosen.add(box.value);
show();
