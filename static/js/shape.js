// A figure as the reader wants it: smoothed, over steps or time, with bands. Pure; the figure itself stays as the server
// and the live events made it. layout.meta = {offers: [what of choices.js it takes part in], titles: {of the x axes}};
// trace.meta = {smooth, images: of its split, steps: of an epoch, ...}, trace.customdata = seconds since the beginning.
import { band } from "./intervals.js";
import { smooth } from "./smoothing.js";

const UNITS = [["h", 3 * 3600], ["min", 300], ["s", 0]];
const SECONDS = { h: 3600, min: 60, s: 1 };
// A trace is always there, if need be without a point: what is hidden by the legend is known by its place.
const NOTHING = { x: [null], y: [null] };
const AROUND = { mode: "none", fill: "toself" };
const FAINT = 0.3;
// A mark on each report is for those who see the first of them; of more than this many each would be drawn anew with
// every report that comes, and none told from its neighbour.
const MARKED = 60;

// The unit that the longest time is best read in.
export function unitOf(data) {
  const timed = data.filter(({ meta }) => meta && "began" in meta);
  const longest = timed.reduce((most, { customdata }) => Math.max(most, customdata.at(-1) ?? 0), 0);
  return UNITS.find(([, least]) => longest >= least)[0];
}

export function shaped({ data, layout: kept }, choices, unit = unitOf(data)) {
  // Plotly writes what is zoomed into the very ranges that it is given.
  const layout = structuredClone(kept);
  const { offers = [], titles = {} } = layout.meta ?? {};
  if (!offers.length) return { data, layout };
  const wants = Object.fromEntries(Object.entries(choices).filter(([name]) => offers.includes(name)));
  // A curve that is nobody's (the course's) lies along those of the run.
  const scales = { unit, steps: data.find(({ meta }) => meta?.steps)?.meta.steps ?? 1 };
  return {
    data: data.flatMap((trace, index) => drawnAs(trace, index, wants, scales)),
    layout: { ...layout, ...axes(layout, wants, titles, scales) },
  };
}

function drawnAs(trace, index, wants, scales) {
  const { event, smooth: smoothable, images, scale = 1, series, run } = trace.meta ?? {};
  const uid = `trace-${index}`;
  const main = { ...trace, uid, x: along(trace, wants.x, scales) };
  if (event === "step" && trace.x.length > MARKED) main.mode = "lines";
  // Nobody knows when a reference was measured.
  if (wants.x === "time" && !trace.customdata) main.visible = false;
  if (!smoothable) return [main];
  const group = { legendgroup: uid, showlegend: false, hoverinfo: "skip", meta: { series, run } };
  main.legendgroup = uid;
  const { name: _name, customdata: _seconds, ...bare } = main;
  const beside = [{ ...bare, ...group, uid: `${uid}-raw`, opacity: FAINT * (trace.opacity ?? 1), ...(wants.smoothing ? {} : NOTHING) }];
  if (images !== undefined) {
    const around = wants.band && images ? band(main.x, main.y, images, scale) : NOTHING;
    beside.unshift({ type: trace.type, ...group, ...AROUND, fillcolor: trace.line.color, uid: `${uid}-band`, ...around });
  }
  if (wants.smoothing) main.y = smooth(trace.y, wants.smoothing);
  return [...beside, main];
}

function along({ x, customdata, meta }, kind, { unit, steps }) {
  if (kind === "step") return x.map((epoch) => Math.round(epoch * (meta?.steps ?? steps)));
  if (kind === "time") return x.map((_epoch, index) => (customdata?.[index] == null ? null : customdata[index] / SECONDS[unit]));
  return x;
}

function axes({ xaxis, yaxis }, { x = "epoch", log }, titles, { unit, steps }) {
  const scale = { epoch: "", step: `step ${steps}`, time: unit }[x];
  // What was zoomed on another scale means nothing on this one.
  const uirevision = `kept ${scale} ${log ? "log" : ""}`;
  const changed = { xaxis: { ...xaxis, uirevision }, yaxis: { ...yaxis, uirevision } };
  if (x === "step") {
    const all = { range: xaxis.range?.map((end) => end * steps), hoverformat: ",d", title: { text: titles.step } };
    Object.assign(changed.xaxis, all);
  }
  if (x === "time") {
    Object.assign(changed.xaxis, { rangemode: "tozero", hoverformat: ".2f", title: { text: titles[unit] } });
    delete changed.xaxis.range;
  }
  if (log) {
    // Fewer than Plotly would write: not each of 2 to 9.
    Object.assign(changed.yaxis, { type: "log", nticks: 6 });
    delete changed.yaxis.rangemode;
  }
  return changed;
}
