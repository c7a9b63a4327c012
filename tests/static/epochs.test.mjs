import assert from "node:assert/strict";
import { test } from "node:test";
import { append, barsOf, forget } from "../../static/js/epochs.js";

const two = () => ({ epochs: [1, 2], correct: [[5, 6], [7, 8]], totals: [10, 10] });

test("only epochs that are not there yet are added", () => {
  const numbers = two();
  assert.equal(append(numbers, { epochs: [2, 3], correct: [[0, 0], [9, 9]], totals: [10, 10] }), true);
  assert.deepEqual([numbers.epochs, numbers.correct.at(-1)], [[1, 2, 3], [9, 9]]);
  assert.equal(append(numbers, { epochs: [], correct: [], totals: [] }), false);
  assert.deepEqual(numbers.totals, [10, 10]);
});

test("what a resumed training does again is forgotten", () => {
  const numbers = two();
  assert.equal(forget(numbers, 2), false);
  assert.equal(forget(numbers, 1), true);
  assert.deepEqual([numbers.epochs, numbers.correct], [[1], [[5, 6]]]);
});

test("bars carry the interval of so many images, and a class without any has none", () => {
  const bars = barsOf([9, 0], [10, 0]);
  assert.deepEqual([bars.x, bars.customdata], [[90, null], [[9, 10], [0, 0]]]);
  assert.deepEqual(bars.whiskers.array.map(Math.round), [8, 100]);
  assert.deepEqual(bars.whiskers.arrayminus.map(Math.round), [30, 0]);
});
