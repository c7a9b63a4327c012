import assert from "node:assert/strict";
import { test } from "node:test";
import { batches, points } from "../../static/js/points.js";

const curve = { x: [1, 2], y: [0.5, 0.4], meta: { event: "epoch", x: "epoch", y: "train_loss", scale: 1, run: 7 } };
const best = { x: [1], y: [90], meta: { event: "epoch", x: "epoch", y: "accuracy", scale: 100, run: 7, replace: true, when: "best" } };
const epoch = { kind: "epoch", run_id: 7, epoch: 3, train_loss: 0.3, accuracy: 0.95, best: true };

test("an epoch adds a point to its curve and moves the best marker", () => {
  const added = points([curve, best, { x: [], y: [] }], epoch);
  assert.deepEqual(added, [
    { index: 0, x: 3, y: 0.3, replace: false },
    { index: 1, x: 3, y: 95, replace: true },
  ]);
  assert.deepEqual(batches(added).extend, { data: { x: [[3]], y: [[0.3]] }, indices: [0] });
  assert.deepEqual(batches(added).replace, { data: { x: [[3]], y: [[95]] }, indices: [1] });
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
