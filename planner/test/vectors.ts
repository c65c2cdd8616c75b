/** Livers and plans that Python counted (`tests/planner_vectors.py`). */

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

import { Counter } from "../src/count";
import { type LiverData, LiverMap } from "../src/liver";
import { type Plan } from "../src/plan";

export const MAPS = ["ras", "las", "lps"] as const;

export interface Case {
  plan: Plan;
  kept_ml: number[][];
  voxels: number[][][];
  ml: number[][][];
  tumours: { fate: string; margin_mm: number | null; remaining_percent: number }[];
}

export interface Vectors {
  orientation: string;
  liver: LiverData;
  planes: Case[];
  zones: Case[];
  surfaces: Case[];
  splits: Case[];
  mixed: Case[];
}

export function read(name: string): Vectors {
  // The tests are bundled into build/ and run from this folder.
  const bytes = gunzipSync(readFileSync(`test/vectors/${name}.json.gz`));
  return JSON.parse(bytes.toString("utf8")) as Vectors;
}

export async function counterOf(vectors: Vectors): Promise<Counter> {
  return new Counter(await LiverMap.open(vectors.liver));
}
