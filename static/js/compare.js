// The comparison's parts that the server renders are asked for anew when a run of it has news: "compared" on body, at
// most once a second however many runs there are. The chosen view is the page's address.
import { coalesce } from "./coalesce.js";
import { sentAt } from "./sent.js";

const PAUSE_MS = 1000;
let told = 0;
const tell = coalesce(() => {
  told = performance.now();
  document.body.dispatchEvent(new CustomEvent("compared", { bubbles: true }));
}, PAUSE_MS);
// Another choice brings parts of its own, which may have been made before the last news: they ask once more.
document.body.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.requestConfig.triggeringEvent?.type !== "compared" && told > sentAt(detail.xhr)) tell("compared");
});

// What was left out took its button with it: whoever pressed that by keyboard stays in the table.
document.body.addEventListener("htmx:afterSettle", ({ detail }) => {
  const left = detail.requestConfig.elt.matches(".leave") && document.activeElement === document.body;
  if (left) document.getElementById("outcome")?.focus({ preventScroll: true });
});

for (const id of (document.body.dataset.runs ?? "").split(",").filter(Boolean)) {
  document.body.addEventListener(`run-${id}`, () => tell("compared"));
}

// A part that came as it was before stays as it is, an open choice in it too.
const shown = new WeakMap();
document.body.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const { target, serverResponse } = detail;
  if (shown.get(target) === serverResponse) detail.shouldSwap = false;
  shown.set(target, serverResponse);
});
