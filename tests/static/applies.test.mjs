import assert from "node:assert/strict";
import { test } from "node:test";
import { applies } from "../../static/js/applies.js";

const catalog = {
  belongs: { hidden: ["mlp"] },
  needs: { block: { permute: [true], permutation: ["blocks", "within"] } },
};

test("a setting of some architectures applies to them alone", () => {
  assert.equal(applies(catalog, "hidden", { architecture: "mlp" }), true);
  assert.equal(applies(catalog, "hidden", { architecture: "lenet" }), false);
  assert.equal(applies(catalog, "epochs", { architecture: "lenet" }), true);
});

test("a setting that needs others applies when all of them have a value it can work with", () => {
  assert.equal(applies(catalog, "block", { permute: true, permutation: "within" }), true);
  assert.equal(applies(catalog, "block", { permute: true, permutation: "full" }), false);
  assert.equal(applies(catalog, "block", { permute: false, permutation: "within" }), false);
});
