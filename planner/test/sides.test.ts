import assert from "node:assert/strict";
import test from "node:test";

import { type LiverMap } from "../src/liver";
import { bySides } from "../src/model";
import { PlanFault, type Plan } from "../src/plan";
import { counterOf, MAPS, read } from "./vectors";

const plan = (...cuts: Plan["cuts"]): Plan => ({ schema: "flr-plan/1", name: "test", cuts });

/** Mean position of a part along an axis of the patient. [mm] */
function middle(map: LiverMap, name: string, axis: number): number {
  const part = map.data.part_names.indexOf(name);
  let sum = 0;
  let count = 0;
  const { n, i, j, k, length, code } = map.runs;
  for (let r = 0; r < n; r += 1) {
    if (map.data.codes[code[r] - 1].part !== part) continue;
    sum += length[r] * map.world(i[r] + 0.5 * (length[r] - 1), j[r], k[r])[axis];
    count += length[r];
  }
  return sum / count;
}

for (const name of MAPS) {
  const ready = counterOf(read(name));

  test(`${name}: left is left`, async () => {
    const counter = await ready;
    // RAS: x grows to the patient's right, where segments 6 and 7 lie; z to the head, where 8 lies above 5.
    assert.ok(middle(counter.map, "7", 0) > middle(counter.map, "2", 0) + 50);
    assert.ok(middle(counter.map, "8", 2) > middle(counter.map, "5", 2) + 20);
    const right = counter.numbers(plan({ type: "plane", origin_mm: [15, 0, 0], normal: [1, 0, 0] }));
    const whole = counter.map.data.volumes_ml.parts;
    const leaves = (p: string) => right.ml[Number(p) - 1].reduce((sum, t) => sum + t[1], 0) / whole[p];
    for (const p of ["5", "6", "7", "8"]) assert.ok(leaves(p) > 0.85, `${p}: ${leaves(p)}`);
    for (const p of ["2", "3"]) assert.ok(leaves(p) < 0.01, `${p}: ${leaves(p)}`);
  });

  test(`${name}: whole parts leave whole, and everything is somewhere`, async () => {
    const counter = await ready;
    const found = counter.numbers(plan({ type: "parts", names: ["5", "6", "7", "8"] }));
    const parts = counter.map.data.volumes_ml.parts;
    const gone = ["5", "6", "7", "8"].reduce((sum, p) => sum + parts[p], 0);
    assert.ok(Math.abs(found.resected_ml - gone) < 1e-6);
    const all = found.remnant_ml + found.remnant_tumour_ml + found.remnant_nonfunctional_ml + gone + found.ablated_ml;
    assert.ok(Math.abs(found.total_ml - all) < 1e-6);
  });

  test(`${name}: 4a and 4b of a divided segment are its sides`, async () => {
    const counter = await ready;
    const names = counter.map.data.part_names;
    for (const normal of [[0.1, 0, 1], [0, 0.2, -1]] as [number, number, number][]) {
      for (const half of ["4a", "4b"]) {
        const split = { type: "split", segment: "4", along: "plane", origin_mm: [0, 0, 0], normal } as const;
        const given = plan({ type: "parts", names: ["7", half] }, { ...split, origin_mm: [0, 0, 0] });
        const sides = bySides(given, names);
        assert.deepEqual(sides.cuts.map((cut) => cut.type), ["parts", "part_of", "split"]);
        assert.equal(counter.numbers(sides).remnant_ml, counter.numbers(given).remnant_ml);
      }
    }
  });

  test(`${name}: what the library refuses is refused`, async () => {
    const counter = await ready;
    const refused = (cuts: unknown, words: RegExp) =>
      assert.throws(
        () => counter.numbers(plan(...(cuts as Plan["cuts"]))),
        (error: Error) => error instanceof PlanFault && words.test(error.message),
      );
    refused([], /removes nothing/);
    refused([{ type: "parts", names: ["9"] }], /no part 9/);
    refused([{ type: "parts", names: [..."12345678"] }], /whole liver/);
    refused([{ type: "plane", origin_mm: [900, 0, 0], normal: [1, 0, 0] }], /misses the liver/);
    refused([{ type: "plane", origin_mm: [0, 0, 0], normal: [0, 0, 0] }], /not zero/);
    refused([{ type: "plane", origin_mm: [NaN, 0, 0], normal: [0, 0, 1] }], /finite/);
    refused([{ type: "part_of", name: "4" }], /which part of segment 4/);
    refused([{ type: "parts", names: ["5"] }, { type: "split", segment: "4", along: "mhv", side: "right" }], /takes no part/);
    refused([{ type: "wedge", tumour: "T9", margin_mm: 5 }], /no tumour T9/);
    refused([{ type: "wedge", tumour: "T1", margin_mm: 5.5 }], /whole millimetres/);
    refused([{ type: "wedge", tumour: "T1", margin_mm: 31 }], /whole millimetres/);
    refused([{ type: "ablation", position_mm: [900, 0, 0], margin_mm: 5 }], /does not meet/);
    refused([{ type: "drawn", mask: "flr" }], /drawn mask/);
    refused([{ type: "saw" }], /saw/);
    const flat = [[0, 0, 0], [0, 50, 0]].map(([x, y]) => [[x, y, 0], [x, y, 0]]);
    refused([{ type: "bezier", name: "s", side: "front", control_mm: flat }], /span no surface/);
    const [a, b, c] = [[0, 60], [40, -60], [0, 60]].map(([x, z]) => [[x, -80, z], [x, 0, z], [x, 80, z]]);
    const over = [a, b, c, [[90, -80, 0], [90, 0, 0], [90, 80, 0]]];
    const folded = [over[0], over[3], over[1], over[2]];
    refused([{ type: "bezier", name: "s", side: "front", control_mm: folded }], /folds? the surface/);
    const aside = [[0, 0], [0, 100], [100, 0], [100, 100]].map(([y, z]) => [900, y, z]);
    refused([{ type: "bezier", name: "s", side: "front", control_mm: [aside.slice(0, 2), aside.slice(2)] }], /misses the liver/);
  });
}
