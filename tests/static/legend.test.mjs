// The legend that all charts of a page share.
import assert from "node:assert/strict";
import { test } from "node:test";
import { given, hiding, lit, pressed } from "../../static/js/legend.js";

const trace = (line) => ({ name: `of ${line}`, meta: { line } });
const figure = (lines, layout = {}) => ({ data: lines.map(trace), layout: { showlegend: true, margin: { l: 5, t: 28 }, ...layout } });
const seen = ({ data }) => data.filter((one) => one.visible !== false).map(({ meta }) => meta.line);

test("what is hidden is hidden in a figure, all its traces, and what is nobody's stays", () => {
  const { data, layout } = figure([1, 1, 2]);
  const shown = lit({ data: [...data, { name: "front" }], layout }, new Set(["1"]), true);
  assert.deepEqual(shown.data.map(({ visible }) => visible), [false, false, true, undefined]);
});

test("a figure has no legend of its own beside the shared one, and says whether it had one for a file", () => {
  const { layout } = lit(figure([1], { meta: { most: 8 } }), new Set(), true);
  assert.deepEqual([layout.showlegend, layout.margin, layout.meta], [false, { l: 5, t: 12 }, { most: 8, legend: true }]);
});

test("without a shared legend a figure stays as it is", () => {
  const given = figure([1]);
  assert.deepEqual(lit(given, new Set(["1"]), false), given);
});

test("where there is room for few, they are the first that are not hidden, also those that wait in a file's legend", () => {
  const { data, layout } = figure([1, 2, 3, 4], { meta: { most: 2 } });
  data[2].visible = "legendonly";
  assert.deepEqual(seen(lit({ data, layout }, new Set(["1"]), true)), [2, 3]);
});

test("a press hides and shows, two presses show one alone and then all", () => {
  const all = ["1", "2", "3"];
  assert.deepEqual(pressed({ line: "2" }, false, all, []), ["2"]);
  assert.deepEqual(pressed({ line: "2" }, false, all, ["1", "2"]), ["1"]);
  assert.deepEqual(pressed({ line: "2" }, true, all, ["2"]), ["1", "3"]);
  assert.deepEqual(pressed({ line: "2" }, true, all, all), []);
  assert.deepEqual(pressed({ lines: "none" }, false, all, []), all);
  assert.deepEqual(pressed({ lines: "all" }, false, all, all), []);
});

test("what is hidden is said in an address and read from it, and all else in it stays", () => {
  const address = hiding("/compare?runs=4,3&by=seed", ["3", "course"]);
  assert.equal(address, "/compare?runs=4,3&by=seed&hide=3,course");
  assert.deepEqual(given(address.slice("/compare".length)), ["3", "course"]);
  assert.equal(hiding(address, []), "/compare?runs=4,3&by=seed");
  assert.deepEqual(given("?runs=4,3"), []);
});
