import assert from "node:assert/strict";
import { test } from "node:test";
import { defaults } from "../../static/js/defaults.js";
import { shaded, themed } from "../../static/js/palette.js";

test("curves take the colours of the theme and the server's figure stays as it was", () => {
  const figure = {
    data: [{ line: { color: "#0072b2", dash: "dot" }, marker: { size: 5 }, meta: { series: 1 } }, { line: { color: "red" } }],
    layout: { xaxis: { title: { text: "Epoch" } } },
  };
  const before = structuredClone(figure);
  const { data, layout } = themed(figure, (name) => `value of ${name}`);
  assert.deepEqual(data[0].line, { color: "value of --series-2", dash: "dot" });
  assert.equal(data[1].line.color, "red");
  assert.equal(layout.xaxis.title.text, "Epoch");
  assert.equal(layout.xaxis.gridcolor, "value of --line");
  assert.deepEqual(figure, before);
});

test("a shade lies between the ends of the theme's ordered scale", () => {
  const ends = { "--scale-first": "#10266b", "--scale-last": "#c47a00" };
  const figure = { data: [{ line: { width: 1 }, meta: { series: null, shade: 1 } }, { line: {}, meta: { shade: 0 } }], layout: {} };
  const { data } = themed(figure, (name) => ends[name] ?? "");
  assert.deepEqual(data[0].line, { width: 1, color: "#c47a00" });
  assert.equal(data[1].line.color, "#10266b");
  assert.equal(shaded(0.5, "#000000", "#ff0004"), "#800002");
});

test("a band is its series' colour, thin enough to see through; whiskers are muted", () => {
  const figure = { data: [{ fillcolor: "rgba(0, 0, 0, 0.18)", error_y: { width: 3 }, meta: { series: 0 } }], layout: {} };
  const [band] = themed(figure, (name) => ({ "--series-1": "#56b4e9", "--muted": "grey" })[name] ?? "").data;
  assert.equal(band.fillcolor, "rgba(86, 180, 233, 0.18)");
  assert.deepEqual(band.error_y, { width: 3, color: "grey" });
});

test("the data set's default wins over the architecture's", () => {
  const catalog = { common: { augment: false, seed: 0 }, architectures: { lenet: { epochs: 10, augment: false } }, datasets: { cifar10: { augment: true } } };
  assert.deepEqual(defaults(catalog, "lenet", "cifar10"), { augment: true, seed: 0, epochs: 10 });
  assert.deepEqual(defaults(catalog, "lenet", "mine"), { augment: false, seed: 0, epochs: 10 });
});
