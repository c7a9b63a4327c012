import assert from "node:assert/strict";
import { test } from "node:test";
import { grow, points } from "../../static/js/points.js";

const curve = { x: [1, 2], y: [0.5, 0.4], meta: { event: "epoch", x: "epoch", y: "train_loss", scale: 1, run: 7 } };
const best = { x: [1], y: [90], meta: { event: "epoch", x: "epoch", y: "accuracy", scale: 100, run: 7, replace: true, when: "best" } };
const epoch = { kind: "epoch", run_id: 7, epoch: 3, train_loss: 0.3, accuracy: 0.95, best: true };

test("an epoch adds a point to its curve and moves the best marker", () => {
  const added = points([curve, best, { x: [], y: [] }], epoch);
  assert.deepEqual(added, [
    { index: 0, x: 3, y: 0.3, replace: false },
    { index: 1, x: 3, y: 95, replace: true },
  ]);
  const grown = structuredClone([curve, best]);
  assert.equal(grow(grown, epoch), true);
  assert.deepEqual([grown[0].x, grown[0].y], [[1, 2, 3], [0.5, 0.4, 0.3]]);
  assert.deepEqual([grown[1].x, grown[1].y], [[3], [95]]);
  assert.equal(grow(grown, epoch), true, "the marker may be set again");
  assert.deepEqual(grown[0].x, [1, 2, 3]);
});

test("a point knows how many seconds after the training's beginning it came", () => {
  const began = Date.parse("2026-01-01T00:00:00+00:00");
  const timed = { ...structuredClone(curve), customdata: [3, 6], meta: { ...curve.meta, began } };
  grow([timed], { ...epoch, created_at: "2026-01-01T00:00:09.500000+00:00" });
  assert.deepEqual(timed.customdata, [3, 6, 9.5]);
});

test("a training that begins again takes back what it will do again", () => {
  const axes = { steps: null, began: null, images: null };
  const timed = { ...structuredClone(curve), customdata: [3, 6], meta: { ...curve.meta, ...axes } };
  const started = {
    kind: "started", run_id: 7, created_at: "2026-01-01T00:00:00+00:00",
    steps_per_epoch: 10, selection: "validation", validation_images: 500,
  };
  grow([timed], { ...started, resumed_epoch: 1, resumed_step: 5 });
  assert.deepEqual([timed.x, timed.y, timed.customdata], [[1], [0.5], [3]]);
  assert.deepEqual([timed.meta.steps, timed.meta.began, timed.meta.images], [10, null, 500]);
  grow([timed], started);
  assert.deepEqual([timed.x, timed.meta.began], [[], Date.parse(started.created_at)]);
  assert.equal(grow([timed], { ...started, run_id: 8 }), false);
});

test("a list of keys leads into what the event holds", () => {
  const layer = { x: [1], y: [0.1], meta: { event: "step", x: "position", y: ["layers", "3.conv1"], scale: 1, run: 7 } };
  const step = { kind: "step", run_id: 7, position: 1.5, layers: { "3.conv1": 0.2 } };
  assert.deepEqual(points([layer], step), [{ index: 0, x: 1.5, y: 0.2, replace: false }]);
  assert.deepEqual(points([layer], { ...step, layers: undefined }), []);
});

test("a point that is drawn already is not drawn again", () => {
  assert.deepEqual(points([curve], { ...epoch, epoch: 2 }), []);
});

test("another run's epoch, another kind and a missing figure add nothing", () => {
  assert.deepEqual(points([curve], { ...epoch, run_id: 8 }), []);
  assert.deepEqual(points([curve], { ...epoch, kind: "step" }), []);
  assert.deepEqual(points([curve], { ...epoch, train_loss: null }), []);
});

test("an epoch that is no improvement leaves the best marker where it is", () => {
  assert.deepEqual(points([best], { ...epoch, best: false }), []);
});
