// Draws every <div data-figure="id of a JSON script"> with Plotly, lets live events add points, follows the theme.
import { batches, points } from "./points.js";
import { themed } from "./palette.js";

const CONFIG = {
  responsive: true,
  displaylogo: false,
  // Sharing would send the chart to somebody else's server.
  modeBarButtons: [["zoom2d", "pan2d", "resetScale2d", "toImage"]],
};
// Each place with the promise that its figure is drawn: what arrives before that waits its turn.
const drawn = new Map();
// A chart that the server adds while a run trains may be painted just before an event and arrive just after it.
const RECENT = 100;
const recent = [];
// A finger on a chart scrolls the page; the toolbar still offers zoom and pan.
const touch = matchMedia("(pointer: coarse)").matches ? { dragmode: false } : {};
const read = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function draw(place) {
  const figure = JSON.parse(document.getElementById(place.dataset.figure).textContent);
  const { data, layout } = themed(figure, read);
  drawn.set(place, Plotly.newPlot(place, data, { ...layout, ...touch, autosize: true }, CONFIG));
}

function forget(place) {
  Plotly.purge(place);
  drawn.delete(place);
}

function drawAll(root) {
  for (const place of [...drawn.keys()]) if (!place.isConnected) forget(place);
  const places = root.matches?.("[data-figure]") ? [root] : root.querySelectorAll("[data-figure]");
  for (const place of places) {
    if (drawn.has(place)) continue;
    draw(place);
    for (const event of [...recent]) drawn.get(place).then(() => { if (drawn.has(place)) grow(place, event); });
  }
}

function onEach(change) {
  for (const [place, ready] of drawn) ready.then(() => { if (drawn.has(place)) change(place); });
}

// Plotly grows the arrays that it was given, so that a change of theme keeps the new points.
function grow(place, event) {
  const { extend, replace } = batches(points(place.data, event));
  if (extend.indices.length) Plotly.extendTraces(place, extend.data, extend.indices);
  if (replace.indices.length) Plotly.restyle(place, replace.data, replace.indices);
}

function recolor(place) {
  const { data, layout } = themed({ data: place.data, layout: place.layout }, read);
  Plotly.react(place, data, layout, CONFIG);
}

drawAll(document);
document.body.addEventListener("htmx:load", (event) => drawAll(event.target));
document.addEventListener("live", (event) => {
  if (recent.push(event.detail) > RECENT) recent.shift();
  onEach((place) => grow(place, event.detail));
});
document.addEventListener("theme", () => onEach(recolor));
