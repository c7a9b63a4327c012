// Which class learns when: the slider chooses the epoch that the bars show; each new epoch is added at the end, and is
// shown when the slider was there. <div data-learning="7"> with a slider, <script id="learning-numbers"> and two charts.
import { append, barsOf, forget } from "./epochs.js";

const CURVES = "figure-learning";
const BARS = "figure-learning-classes";
// Percent: below it a bar would be off an axis that begins at 80.
const LOW = 80;
const part = document.getElementById("learning");
let run = null;
let numbers = null;
let fetching = false;
let again = false;

const slider = () => document.getElementById("learning-epoch");
const change = (figure, how) => document.dispatchEvent(new CustomEvent("figure", { detail: { figure, change: how } }));

function show() {
  const index = slider().value - 1;
  const epoch = numbers.epochs[index];
  if (epoch == null) return;
  document.querySelector("output[for=learning-epoch]").textContent = epoch;
  change(CURVES, ({ layout }) => Object.assign(layout.shapes[0], { x0: epoch, x1: epoch }));
  change(BARS, ({ data, layout }) => {
    const bars = barsOf(numbers.correct[index], numbers.totals);
    if (Math.min(...bars.x.filter((percent) => percent != null)) < LOW) layout.xaxis = layout.meta.whole;
    Object.assign(data[0], { x: bars.x, customdata: bars.customdata, error_x: { ...data[0].error_x, ...bars.whiskers } });
  });
}

function redraw() {
  const atEnd = slider().value === slider().max;
  slider().max = Math.max(1, numbers.epochs.length);
  if (atEnd) slider().value = slider().max;
  change(CURVES, ({ data }) => data.forEach((trace, index) => {
    trace.x = [...numbers.epochs];
    trace.y = numbers.correct.map((hits) => (numbers.totals[index] ? (100 * hits[index]) / numbers.totals[index] : null));
  }));
  show();
}

// One request at a time, for what is not there yet; none while the part is folded.
async function more() {
  again = fetching;
  if (fetching || !part.open) return;
  fetching = true;
  try {
    const answer = await fetch(`/api/runs/${run}/learning?after=${numbers.epochs.at(-1) ?? 0}`);
    if (answer.ok && append(numbers, await answer.json())) redraw();
  } catch {
    // The connection is lost, which the page says elsewhere; the next epoch asks for this one too.
  } finally {
    fetching = false;
  }
  if (again) more();
}

function take(root) {
  const place = root.matches?.("[data-learning]") ? root : root.querySelector?.("[data-learning]");
  if (!place) return;
  run = Number(place.dataset.learning);
  numbers = JSON.parse(document.getElementById("learning-numbers").textContent);
  slider().addEventListener("input", show);
  more();
}

part?.addEventListener("toggle", () => { if (numbers) more(); });

document.body.addEventListener("htmx:load", ({ target }) => take(target));
document.addEventListener("live", ({ detail }) => {
  if (!numbers || detail.run_id !== run) return;
  if (detail.kind === "started" && forget(numbers, detail.resumed_epoch)) redraw();
  if (detail.kind === "epoch") more();
});
