import assert from "node:assert/strict";
import test from "node:test";

import { between, idsOf, ticked } from "../../static/js/choice.js";

const boxes = ["a", "b", "c", "d"].map((id) => ({ id }));
const ids = (found) => found.map((box) => box.id).join("");

test("a group's box stands for all of its runs and is ticked when all are chosen", () => {
  assert.deepEqual(idsOf("1,22,3"), ["1", "22", "3"]);
  assert.ok(ticked("1,2", new Set(["1", "2", "3"])));
  assert.ok(!ticked("1,4", new Set(["1", "2", "3"])));
});

test("a range has both ends, whichever was first, and is one box when the other is gone", () => {
  assert.equal(ids(between(boxes, "b", "d")), "bcd");
  assert.equal(ids(between(boxes, "d", "b")), "bcd");
  assert.equal(ids(between(boxes, "gone", "b")), "b");
  assert.equal(ids(between(boxes, "gone", "away")), "");
});
