// In <form data-cells> the arrow keys go from number to number, and Tab stops at one of them only. What a number opens
// (htmx does) is closed by pressing it again, by <button data-closes> or by Escape.
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

const numbers = () => [...document.querySelectorAll("[data-cells] td button")];
const pressed = () => document.querySelector('[data-cells] [aria-pressed="true"]');
const stopAt = (chosen) => numbers().forEach((button) => { button.tabIndex = button === chosen ? 0 : -1; });

// The next number in this direction; empty cells are passed over.
function next(button, [down, right]) {
  const table = button.closest("table");
  let [row, column] = [button.closest("tr").rowIndex, button.closest("td").cellIndex];
  for (;;) {
    const cell = table.rows[row += down]?.cells[column += right];
    const found = cell?.querySelector("button");
    if (found || !cell) return found;
  }
}

function press(chosen) {
  numbers().forEach((button) => button.setAttribute("aria-pressed", button === chosen));
  if (chosen) return;
  document.getElementById("cell").replaceChildren();
  document.getElementById("cell-told").textContent = "";
}

function close() {
  const button = pressed();
  press(null);
  button?.focus();
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-closes]")) return close();
  const button = event.target.closest("[data-cells] td button");
  if (!button) return;
  if (button === pressed()) {
    event.preventDefault();
    close();
  } else press(button);
});
document.addEventListener("keydown", (event) => {
  const button = event.target.closest("[data-cells] td button");
  if (event.key === "Escape" && (button || event.target.closest("#cell"))) return close();
  const found = button && STEPS[event.key] && next(button, STEPS[event.key]);
  if (!found) return;
  event.preventDefault();
  found.focus();
});
document.addEventListener("focusin", ({ target }) => { if (target.matches("[data-cells] td button")) stopAt(target); });
const begin = () => { if (!numbers().some((button) => button.tabIndex < 0)) stopAt(numbers()[0]); };
document.body.addEventListener("htmx:load", begin);
document.body.addEventListener("htmx:afterSwap", ({ target }) => {
  if (target.id === "cell") target.parentElement.scrollIntoView({ block: "nearest" });
});
begin();
