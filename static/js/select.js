// Choosing runs: what can be done with the chosen ones says how many they are, and the choice survives refreshes of
// the list. Shift chooses everything between the last tick and this one, the arrow keys go from box to box (with shift
// they choose on the way), Escape chooses nothing.
// <form data-select data-total="310"> with check boxes named runs, a group's value being all of its runs ("1,2,3"); a
// box data-page ticks the page, a box data-all stands for all that match; <button data-least="2"> needs so many;
// <... data-none="Compare" data-some="Compare (%s)"> names their number.
import { between, idsOf, ticked } from "./choice.js";

const chosen = new Set();
let last;

const form = () => document.querySelector("[data-select]");
const boxes = () => [...document.querySelectorAll("[data-select] input[name=runs][type=checkbox]")];
const all = () => document.querySelector("[data-all]");
const count = () => (all()?.checked ? Number(form().dataset.total) : chosen.size);

function show() {
  const every = all()?.checked;
  for (const box of boxes()) {
    box.checked = every || ticked(box.value, chosen);
    box.disabled = Boolean(every);
  }
  const page = document.querySelector("[data-page]");
  if (page) {
    page.hidden = false;
    page.disabled = Boolean(every);
    page.checked = boxes().length > 0 && boxes().every((box) => box.checked);
    page.indeterminate = !page.checked && boxes().some((box) => box.checked);
  }
  for (const place of document.querySelectorAll("[data-some]")) {
    place.textContent = count() ? place.dataset.some.replace("%s", count()) : place.dataset.none;
  }
  for (const button of document.querySelectorAll("[data-least]")) button.disabled = count() < button.dataset.least;
  const compare = document.getElementById("compare");
  if (compare && every) compare.disabled = true;
}

function choose(box, on) {
  for (const id of idsOf(box.value)) {
    if (on) chosen.add(id);
    else chosen.delete(id);
  }
}

// What was chosen further down the list, before a refresh began it anew, is sent along.
function complete(target) {
  const listed = new Set(boxes().flatMap((box) => idsOf(box.value)));
  const rest = [...chosen].filter((id) => !listed.has(id));
  if (rest.length && !all()?.checked) {
    target.append(Object.assign(document.createElement("input"), { type: "hidden", name: "runs", value: rest.join() }));
  }
}

// The number of all that match is more than somebody sees: it is said before anything is done.
function ask(submitter) {
  const dialog = document.getElementById("all-runs");
  const title = dialog.querySelector("[data-words]");
  title.textContent = title.dataset.words.replace("%1", submitter.textContent.trim()).replace("%2", count());
  dialog.querySelector("[data-confirms]").value = submitter.value;
  dialog.showModal();
}

document.addEventListener("click", (event) => {
  const { target } = event;
  if (target.name !== "runs" || target.type !== "checkbox") return;
  if (event.shiftKey && last) for (const box of between(boxes(), last, target.id)) choose(box, target.checked);
  last = target.id;
});
document.addEventListener("change", ({ target }) => {
  if (target.matches("[data-page]")) for (const box of boxes()) choose(box, target.checked);
  else if (target.name === "runs") choose(target, target.checked);
  else if (!target.matches("[data-all]")) return;
  show();
});
document.addEventListener("keydown", (event) => {
  const listed = boxes();
  if (event.key === "Escape" && chosen.size + Number(all()?.checked ?? 0) && !document.querySelector("dialog[open]")) {
    chosen.clear();
    if (all()) all().checked = false;
    show();
  }
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  const place = listed.indexOf(event.target);
  const next = listed[place + step];
  if (!step || place < 0 || !next) return;
  event.preventDefault();
  if (event.shiftKey) for (const box of [event.target, next]) choose(box, true);
  last = next.id;
  next.focus();
  show();
});
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-select]")) return;
  if (event.submitter?.formMethod === "post") {
    const told = event.submitter.matches("[data-confirms]") || event.submitter.value === "delete";
    if (!all()?.checked || told) return complete(event.target);
    event.preventDefault();
    return ask(event.submitter);
  }
  event.preventDefault();
  const by = event.target.elements.by?.value;
  location.assign(`/compare?runs=${[...chosen].join(",")}${by ? `&by=${encodeURIComponent(by)}` : ""}`);
});
// A refreshed list has a box of its own for all that match: what was ticked stays so.
let every = false;
document.body.addEventListener("htmx:beforeSwap", () => { every = Boolean(all()?.checked); });
document.body.addEventListener("htmx:load", () => {
  if (all()) all().checked ||= every;
  show();
});

// A browser that comes back to the page restores the ticks.
for (const box of boxes()) if (box.checked) choose(box, true);
show();
