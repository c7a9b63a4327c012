import assert from "node:assert/strict";
import { test } from "node:test";
import { coalesce } from "../../static/js/coalesce.js";

test("many calls become two, and the last is not lost", () => {
  const ran = [];
  const timers = [];
  const ask = coalesce((key) => ran.push(key), 400, (wake) => timers.push(wake));
  ask("a"); ask("a"); ask("a");
  assert.deepEqual(ran, ["a"]);
  timers.shift()();
  assert.deepEqual(ran, ["a", "a"]);
  timers.shift()();
  assert.deepEqual(ran, ["a", "a"]);
  assert.equal(timers.length, 0);
});

test("each key waits for itself", () => {
  const ran = [];
  const ask = coalesce((key) => ran.push(key), 400, () => {});
  ask("a"); ask("b");
  assert.deepEqual(ran, ["a", "b"]);
});
