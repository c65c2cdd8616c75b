import assert from "node:assert/strict";
import test from "node:test";

import { type Numbers, recount } from "../src/count";
import { counterOf, MAPS, read, type Case } from "./vectors";

/** Largest difference of a table of the page from one of the library. [mL] */
function worst(found: Numbers, expected: number[][][], share = 1): number {
  let most = 0;
  expected.forEach((part, p) =>
    part.forEach((tissue, t) =>
      tissue.forEach((value, f) => {
        most = Math.max(most, Math.abs(found.ml[p][t][f] - value * share));
      }),
    ),
  );
  return most;
}

for (const name of MAPS) {
  const vectors = read(name);
  const ready = counterOf(vectors);

  test(`${name}: the page's own count of the untouched liver is the file's`, async () => {
    const { map } = await ready;
    assert.deepEqual(recount(map), []);
    assert.equal(vectors.orientation.toLowerCase(), name);
  });

  test(`${name}: planes, every part and tissue within 1e-6 mL`, async () => {
    const counter = await ready;
    assert.ok(vectors.planes.length >= 334);
    let most = 0;
    for (const { plan, kept_ml } of vectors.planes) {
      const found = counter.numbers(plan);
      kept_ml.forEach((part, p) =>
        part.forEach((value, t) => {
          most = Math.max(most, Math.abs(found.ml[p][t][0] - value));
        }),
      );
    }
    assert.ok(most < 1e-6, `worst ${most} mL`);
  });

  test(`${name}: wedges and ablations, voxel for voxel`, async () => {
    const counter = await ready;
    assert.ok(vectors.zones.length >= 67);
    for (const { plan, voxels } of vectors.zones) {
      const off = worst(counter.numbers(plan), voxels, counter.map.voxelMl);
      assert.ok(off < 1e-6, `${JSON.stringify(plan.cuts)}: ${off} mL`);
    }
  });

  test(`${name}: Bézier surfaces within one voxel of the library`, async (t) => {
    const counter = await ready;
    assert.ok(vectors.surfaces.length >= 67);
    let most = 0;
    for (const { plan, voxels } of vectors.surfaces) {
      most = Math.max(most, worst(counter.numbers(plan), voxels, counter.map.voxelMl));
    }
    t.diagnostic(`worst ${most} mL, a voxel has ${counter.map.voxelMl} mL`);
    assert.ok(most < 1.001 * counter.map.voxelMl, `worst ${most} mL`);
  });

  const mixed: [string, Case[]][] = [
    ["splits along a plane", vectors.splits],
    ["several cuts together", vectors.mixed],
  ];
  for (const [what, cases] of mixed) {
    test(`${name}: ${what}: volumes, tumours and margins`, async (t) => {
      const counter = await ready;
      let widest = 0;
      for (const { plan, ml, tumours } of cases) {
        const found = counter.numbers(plan);
        const tolerance = plan.cuts.some((cut) => cut.type === "bezier") ? 1.001 * counter.map.voxelMl : 1e-6;
        assert.ok(worst(found, ml) < tolerance, `${JSON.stringify(plan.cuts)}: ${worst(found, ml)} mL`);
        tumours.forEach((expected, n) => {
          const own = found.tumours[n];
          assert.equal(own.fate, expected.fate);
          assert.ok(Math.abs(own.remaining_percent - expected.remaining_percent) < 1e-9);
          if (expected.margin_mm === null) {
            assert.equal(own.margin_most_mm, null);
            return;
          }
          // The library's margin lies between the two that the page gives, and never below the one it shows.
          assert.ok(own.margin_mm !== null && own.margin_mm <= expected.margin_mm + 1e-9);
          assert.ok((own.margin_most_mm ?? Infinity) >= expected.margin_mm - 1e-9);
          if (own.margin_most_mm !== null) widest = Math.max(widest, expected.margin_mm - own.margin_mm);
        });
      }
      t.diagnostic(`the margin shown is at most ${widest} mm below the library's`);
    });
  }
}
