// A field left empty takes the catalogue's default for the chosen network and data set, and shows which that is.
// After a refusal the first field to mend has the focus.
// <script type="application/json" id="catalog" data-default="Default (%s)" data-on="on" data-off="off">
import { defaults } from "./defaults.js";

const source = document.getElementById("catalog");
const form = source.closest("form");
const catalog = JSON.parse(source.textContent);
const labels = source.dataset;
const words = (value) => (typeof value === "boolean" ? (value ? labels.on : labels.off) : String(value));

function show() {
  const values = defaults(catalog, form.elements.architecture.value, form.elements.dataset.value);
  for (const [name, value] of Object.entries(values)) {
    const field = form.elements[name];
    if (field instanceof HTMLInputElement && field.type === "number") field.placeholder = words(value);
    if (field instanceof HTMLSelectElement) {
      field.options[0].textContent = labels.default.replace("%s", words(value));
    }
  }
}

form.addEventListener("change", show);
show();
form.querySelector("input[aria-invalid=true], select[aria-invalid=true]")?.focus();
