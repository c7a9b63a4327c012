import assert from "node:assert/strict";
import { test } from "node:test";
import { address, chosen } from "../../static/js/choices.js";
import { band, wilson } from "../../static/js/intervals.js";
import { fileName } from "../../static/js/save.js";
import { shaped, unitOf } from "../../static/js/shape.js";
import { smooth } from "../../static/js/smoothing.js";

const near = (found, expected) => found.forEach((value, index) => assert.ok(Math.abs(value - expected[index]) < 1e-4, `${found}`));
const plain = { smoothing: 0, x: "epoch", log: false, band: false };
const figure = {
  data: [
    { x: [1, 2], y: [90, 92], customdata: [200, 400], line: { width: 2 }, meta: { smooth: true, steps: 50, began: null, images: 100, scale: 100, run: 7 } },
    { x: [1], y: [80], meta: { series: 5 } },
  ],
  layout: {
    xaxis: { range: [0, 2], title: { text: "Epoch" } },
    yaxis: { rangemode: "tozero" },
    meta: { offers: ["x", "smoothing", "log", "band"], titles: { step: "Step", min: "Wall time (min)" } },
  },
};
const drawn = (choices) => shaped(figure, { ...plain, ...choices });
const named = (shape, uid) => shape.data.find((trace) => trace.uid === uid);

test("the average begins at the first value and forgets at the rate of its weight", () => {
  assert.deepEqual(smooth([4, 4, 4], 0.9).map((value) => value.toFixed(9)), ["4.000000000", "4.000000000", "4.000000000"]);
  // (0.5 * 0 + 0.5 * 1) / (1 - 0.5^2), then (0.5 * 0.5 + 0.5 * 1) / (1 - 0.5^3)
  near(smooth([0, 1, 1], 0.5), [0, 2 / 3, 6 / 7]);
  assert.deepEqual(smooth([1, null, 3], 0), [1, null, 3]);
});

test("Wilson's interval is the server's", () => {
  near(wilson(0.9, 100), [0.8256, 0.9448]);
  near(wilson(1, 10), [0.7225, 1]);
  assert.deepEqual(band([1, 2], [90, null], 100, 100).x, [1, 1]);
});

test("choices are kept in the address beside what else stands there", () => {
  const asked = { smoothing: 0.6, x: "step", log: true, band: true };
  const url = address("/runs/7", "?other=1", asked);
  assert.equal(url, "/runs/7?other=1&smoothing=0.6&x=step&log=1&band=1");
  assert.deepEqual(chosen(url.slice(url.indexOf("?"))), asked);
  assert.equal(address("/runs/7", "?smoothing=0.6", plain), "/runs/7");
  assert.deepEqual(chosen("?smoothing=7&x=nonsense"), { ...plain, smoothing: 0.99 });
});

test("a smoothed curve keeps the one that was measured, faint, and the legend hides both", () => {
  const shape = drawn({ smoothing: 0.5 });
  near(named(shape, "trace-0").y, [90, 91.3333]);
  assert.deepEqual(named(shape, "trace-0-raw").y, [90, 92]);
  assert.equal(named(shape, "trace-0-raw").legendgroup, named(shape, "trace-0").legendgroup);
  assert.deepEqual(named(drawn({}), "trace-0-raw").y, [null]);
  assert.deepEqual(drawn({}).data.map(({ uid }) => uid), shape.data.map(({ uid }) => uid));
});

test("the axis counts epochs, steps or time, each with a zoom of its own", () => {
  const steps = drawn({ x: "step" });
  assert.deepEqual([named(steps, "trace-0").x, steps.layout.xaxis.range], [[50, 100], [0, 100]]);
  assert.deepEqual(named(steps, "trace-1").x, [50], "the reference follows the run's axis");
  const time = drawn({ x: "time" });
  near(named(time, "trace-0").x, [200 / 60, 400 / 60]);
  assert.deepEqual([time.layout.xaxis.title.text, time.layout.xaxis.range], ["Wall time (min)", undefined]);
  assert.equal(named(time, "trace-1").visible, false, "nobody knows when a reference was measured");
  assert.equal(new Set([steps, time, drawn({})].map(({ layout }) => layout.xaxis.uirevision)).size, 3);
});

test("time is counted in the unit that fits the longest", () => {
  assert.deepEqual([[299], [300], [10800]].map((customdata) => unitOf([{ customdata, meta: { began: null } }, { customdata: [[9, 10]], meta: {} }])), ["s", "min", "h"]);
});

test("the band lies around the curve as measured, and a logarithmic axis has no zero", () => {
  const shape = drawn({ band: true, log: true, smoothing: 0.9 });
  near(named(shape, "trace-0-band").y, [94.4771, 95.8907, 85.0019, 82.5634]);
  assert.deepEqual([shape.layout.yaxis.type, shape.layout.yaxis.rangemode], ["log", undefined]);
});

test("a figure that offers nothing stays as it is", () => {
  const bare = { data: figure.data, layout: { xaxis: {} } };
  assert.deepEqual(shaped(bare, { ...plain, smoothing: 0.5 }), bare);
});

test("a saved chart is named after its page", () => {
  assert.equal(fileName({ pathname: "/runs/7", search: "" }, "figure-loss"), "run-7-loss");
  assert.equal(fileName({ pathname: "/compare", search: "?runs=1,2" }, "figure-accuracy"), "compare-1-2-accuracy");
});

test("many reports are a line without marks", () => {
  const reports = (count) => {
    const trace = { x: Array(count).fill(1), y: Array(count).fill(1), mode: "lines+markers", meta: { event: "step" } };
    return shaped({ ...figure, data: [trace, { ...trace, meta: { event: "epoch" } }] }, plain, "s").data.map(({ mode }) => mode);
  };
  assert.deepEqual(reports(3), ["lines+markers", "lines+markers"]);
  assert.deepEqual(reports(600), ["lines", "lines+markers"]);
});
