// Draws every <div data-figure="id of a JSON script"> with Plotly, lets live events add points, follows the theme and
// the reader's choices, and says "drawn" of each place. What arrives is kept in the figure at once and drawn at most once
// a frame, where it is in sight; what is not is drawn once, when there is nothing else to do, and again when it comes into
// sight or nothing more comes.
import { chosen } from "./choices.js";
import { lit } from "./legend.js";
import { themed } from "./palette.js";
import { grow } from "./points.js";
import { save } from "./save.js";
import { shaped, unitOf } from "./shape.js";
import { toolbar } from "./toolbar.js";

// A chart that the server adds while a run trains may be painted just before an event and arrive just after it.
const RECENT = 100;
const recent = [];
// The page stays at hand, and leaves the processor to the training beside it: from one drawing that comes by itself to the
// next of this chart LEAST times the time pass that it takes, n² times where that is more and it takes n times QUICK_MS,
// and not longer than LONGEST_MS. Where something else held one drawing up, the one before says what it takes; the first,
// slower than all others, says nothing. What the reader asks for does not wait.
const LEAST = 6;
const QUICK_MS = 16;
const LONGEST_MS = 2000;
// Charts that are drawn in one task take no longer together, going by the last time; one that takes longer has a task to
// itself. So it ends before a person notices.
const FRAME_MS = 25;
// While the page opens nobody presses anything yet: whoever waits for two curves has both at once.
const OPENING_MS = 100;
// After so long without anything new, charts out of sight catch up: a picture of the whole page, or a search in it, finds
// them as they are.
const SETTLED_MS = 2000;
// Each place with {figure, source, unit, cost, after}: what is drawn there, from which script, in which unit of time, how
// long that took, and when it may be drawn again.
const charts = new Map();
const waiting = new Set();
// In the window. What is folded away is nowhere.
const seen = new Set();
const sight = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) seen[isIntersecting ? "add" : "delete"](target);
  ask();
});
const whenIdle = window.requestIdleCallback ?? setTimeout;
let choices = chosen(location.search);
let asked = false;
let revision = 0;
let newest = 0;
let settling;
// A finger on a chart scrolls the page; the toolbar still offers zoom and pan.
const touch = matchMedia("(pointer: coarse)").matches ? { dragmode: false } : {};
const colors = new Map();
const config = toolbar(save);

// A custom property's value, asked for once a theme: it is as dear as drawing a curve.
function read(name) {
  if (!colors.has(name)) colors.set(name, getComputedStyle(document.documentElement).getPropertyValue(name).trim());
  return colors.get(name);
}

function paint(place) {
  const chart = charts.get(place);
  // Another unit would lose what the reader has zoomed into.
  if (!chart.unit || place._fullLayout?.xaxis?.autorange !== false) chart.unit = unitOf(chart.figure.data);
  const { data, layout } = themed(lit(shaped(chart.figure, choices, chart.unit)), read);
  // The arrays may be those of the last time, grown: Plotly goes by the revision.
  revision += 1;
  waiting.delete(place);
  const began = performance.now();
  Plotly.react(place, data, { ...layout, ...touch, autosize: true, datarevision: revision }, config);
  const cost = performance.now() - began;
  const usual = Math.min(cost, chart.cost);
  chart.after = began + Math.min(usual * Math.max(LEAST, (usual / QUICK_MS) ** 2), LONGEST_MS);
  chart.cost = cost;
  place.dispatchEvent(new Event("drawn", { bubbles: true }));
}

// As many charts as fit into a frame, so that many together are no long task; none under a mouse that draws a zoom.
function frame(longest = FRAME_MS) {
  asked = false;
  const began = performance.now();
  const due = [...waiting].filter((place) => seen.has(place) && place.clientWidth);
  let spent = 0;
  for (const place of due) {
    const { cost, after } = charts.get(place);
    if (spent && spent + cost > longest) break;
    if (place._dragging || after > began) continue;
    paint(place);
    spent = performance.now() - began;
  }
  asked = due.some((place) => waiting.has(place));
  if (asked) requestAnimationFrame(() => setTimeout(frame));
  else whenIdle(rest);
}

// One of those that were never drawn, so that the page is whole for who searches it or tabs through it, or, when nothing
// more comes, of those that are behind.
function rest() {
  const settled = performance.now() - newest >= SETTLED_MS;
  const place = [...waiting].find((one) => (settled || !one._fullLayout) && one.clientWidth);
  if (asked || !place) return;
  paint(place);
  whenIdle(rest);
}

// To be drawn in a task of its own: in a frame's, what the browser makes of the last drawing would lengthen it.
function ask(place) {
  if (place) waiting.add(place);
  newest = performance.now();
  clearTimeout(settling);
  settling = setTimeout(() => whenIdle(rest), SETTLED_MS);
  if (!asked) setTimeout(frame);
  asked = true;
}

// What the reader has changed.
function askNow(place) {
  charts.get(place).after = 0;
  ask(place);
}

// From now on this place shows the figure of this script.
function take(place, source) {
  const figure = JSON.parse(source.textContent);
  for (const event of recent) grow(figure.data, event);
  sight.observe(place);
  charts.set(place, { cost: 0, after: 0, ...charts.get(place), figure, source });
  ask(place);
}

function inWindow(place) {
  const { top, bottom } = place.getBoundingClientRect();
  return bottom > 0 && top < innerHeight;
}

function forget(place) {
  Plotly.purge(place);
  sight.unobserve(place);
  for (const set of [charts, waiting, seen]) set.delete(place);
}

// A drawn chart whose part of the page came anew takes its old place again, with all that the reader did to it.
function drawAll(root) {
  const gone = [...charts.keys()].filter((place) => !place.isConnected);
  const places = root.matches?.("[data-figure]") ? [root] : root.querySelectorAll("[data-figure]");
  for (const place of places) {
    const old = gone.find((one) => one.dataset.figure === place.dataset.figure);
    if (old) {
      gone.splice(gone.indexOf(old), 1);
      place.replaceWith(old);
    } else if (!charts.has(place)) take(place, document.getElementById(place.dataset.figure));
  }
  gone.forEach(forget);
  // Also where only the script came anew.
  for (const [place, chart] of charts) {
    const source = document.getElementById(place.dataset.figure);
    if (!source || source === chart.source) continue;
    if (source.textContent === chart.source.textContent) chart.source = source;
    else take(place, source);
  }
}

drawAll(document);
// The observer tells of the window a frame later, when the other scripts have begun too.
for (const place of charts.keys()) if (inWindow(place)) seen.add(place);
frame(OPENING_MS);
document.body.addEventListener("htmx:load", (event) => drawAll(event.target));
document.addEventListener("live", ({ detail }) => {
  if (recent.push(detail) > RECENT) recent.shift();
  for (const [place, { figure }] of charts) if (grow(figure.data, detail)) ask(place);
});
document.addEventListener("legend", () => [...charts.keys()].forEach(askNow));
document.addEventListener("theme", () => {
  colors.clear();
  [...charts.keys()].forEach(askNow);
});
// On paper everything is in sight, and nothing is drawn later.
addEventListener("beforeprint", () => {
  for (const place of [...waiting]) if (place.clientWidth) paint(place);
});
document.addEventListener("choices", ({ detail }) => {
  choices = detail;
  for (const [place, { figure }] of charts) if (figure.layout.meta?.offers) askNow(place);
});
// Other scripts change a figure by its name: {figure: "figure-learning", change: (figure) => ...}.
document.addEventListener("figure", ({ detail }) => {
  for (const [place, { figure }] of charts) {
    if (place.dataset.figure !== detail.figure) continue;
    detail.change(figure);
    ask(place);
  }
});
