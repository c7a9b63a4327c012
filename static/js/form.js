// A field left empty takes the catalogue's default for the chosen network and data set, and shows which that is.
// A setting that does nothing beside the others is hidden and not sent. Without JavaScript all of them are there.
// After a refusal the first field to mend has the focus. In the copy of a run (form.copy) a label whose field says something
// else than that run says what it was there (data-edited).
// <script type="application/json" id="catalog" data-default="Default (%s)" data-on="on" data-off="off"
// data-was="changed from %s">
import { applies } from "./applies.js";
import { defaults } from "./defaults.js";

const source = document.getElementById("catalog");
const form = source.closest("form");
const catalog = JSON.parse(source.textContent);
const labels = source.dataset;
const words = (value) => (typeof value === "boolean" ? (value ? labels.on : labels.off) : String(value));

// What the form says now: an empty field says its default.
function said(values) {
  const now = { ...values, architecture: form.elements.architecture.value };
  for (const name of Object.keys(values)) {
    const field = form.elements[name];
    if (field?.type === "checkbox") now[name] = field.checked;
    else if (field?.value && typeof values[name] === "string") now[name] = field.value;
  }
  return now;
}

function show() {
  const values = defaults(catalog, form.elements.architecture.value, form.elements.dataset.value);
  for (const [name, value] of Object.entries(values)) {
    const field = form.elements[name];
    if (field instanceof HTMLInputElement && field.inputMode) field.placeholder = words(value);
    if (field instanceof HTMLSelectElement) {
      field.options[0].textContent = labels.default.replace("%s", words(value));
    }
  }
  const now = said(values);
  for (const field of form.querySelectorAll("[data-setting]")) {
    const inputs = [...field.querySelectorAll("input, select")];
    // What was refused stays in sight until it is mended.
    const refused = inputs.some((input) => input.getAttribute("aria-invalid") === "true");
    field.hidden = !applies(catalog, field.dataset.setting, now) && !refused;
    for (const input of inputs) input.disabled = field.hidden;
  }
}

// A field's values in the original, which is what the page came with, and now; words for people.
function wasAndIs(field) {
  const input = field.querySelector("input, select");
  if (input.type === "checkbox") return [words(input.defaultChecked), words(input.checked)];
  if (input instanceof HTMLInputElement) return [input.defaultValue, input.value].map((text) => text || input.placeholder);
  const original = [...input.options].find((option) => option.defaultSelected) ?? input.options[0];
  return [original.textContent, input.selectedOptions[0].textContent];
}

function compare() {
  for (const field of form.querySelectorAll("[data-setting]")) {
    const [was, is] = wasAndIs(field);
    const label = field.querySelector("label");
    if (was === is) delete label.dataset.edited;
    else label.dataset.edited = labels.was.replace("%s", was);
  }
}

form.addEventListener("change", show);
show();
if (form.classList.contains("copy")) form.addEventListener("input", compare);
form.querySelector("input[aria-invalid=true], select[aria-invalid=true]")?.focus();
