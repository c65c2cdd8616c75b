/** Volumes, tumours and margins of a plan, counted at full resolution by the library's rules. */

import { behind, type PlaneSteps, runShare } from "./fractions";
import { type DistanceMap, type LiverMap } from "./liver";
import { ABLATED, type FateRuns, KEPT, type Plan, PlanFault, RESECTED, type Resolved, Resolver } from "./plan";

export type TumourFate = "resected" | "ablated" | "left" | "cut_through";

export interface TumourNumbers {
  name: string;
  fate: TumourFate;
  /** Share of its voxels that stay untreated. [%] */
  remaining_percent: number;
  /**
   * At least so far is its surface from the liver that stays [mm]; 0 where it is cut through, null where it is
   * left or the file holds no distances from it. The library's planned margin lies between the two.
   */
  margin_mm: number | null;
  /** At most so far; null where nothing that stays lies within what the file holds. [mm] */
  margin_most_mm: number | null;
}

export interface Numbers {
  total_ml: number;
  functional_ml: number;
  resected_ml: number;
  ablated_ml: number;
  remnant_ml: number;
  remnant_tumour_ml: number;
  remnant_nonfunctional_ml: number;
  flr_percent_of_measured: number;
  /** mL by part, tissue and fate (kept, resected, ablated). */
  ml: number[][][];
  tumours: TumourNumbers[];
  least_margin_mm: number | null;
}

const FATES = 3;

/** Counts plans on one liver. */
export class Counter {
  private readonly resolver: Resolver;
  private readonly near: (Near | null)[];

  constructor(readonly map: LiverMap) {
    this.resolver = new Resolver(map);
    this.near = map.data.tumours.map(() => null);
  }

  /** Everything that is said of a plan. Throws PlanFault where the library would refuse it. */
  numbers(plan: Plan): Numbers {
    const resolved = this.resolver.resolve(plan);
    const { ml, kept, untouched } = this.table(resolved);
    const sums = this.sums(ml);
    if (!(sums.functional_ml > 0)) throw new PlanFault("this liver has no functional tissue");
    if (untouched.treated === 0) throw new PlanFault("the plan removes not one voxel of this liver");
    if (untouched.kept === 0) throw new PlanFault("the plan removes the whole liver; nothing would remain");
    const tumours = this.tumours(resolved, kept);
    const known = tumours.map((t) => (t.fate === "left" ? 0 : t.margin_mm)).filter((mm): mm is number => mm !== null);
    return { ...sums, ml: this.nested(ml), tumours, least_margin_mm: known.length ? Math.min(...known) : null };
  }

  /** Resolves a plan, for pictures. */
  resolve(plan: Plan): Resolved {
    return this.resolver.resolve(plan);
  }

  private table({ runs, planes }: Resolved): {
    ml: Float64Array;
    kept: Float64Array;
    untouched: { kept: number; treated: number };
  } {
    const { data, voxelMl } = this.map;
    const n = data.tissues.length;
    const ml = new Float64Array(data.part_names.length * n * FATES);
    // Voxels of each tumour by fate.
    const kept = new Float64Array(data.tumours.length * FATES);
    const counts = [0, 0];
    const missed = planes.map(() => [0, 0]);
    const cut: Cutting = { stays: 0, share: 1 };
    const cells = data.codes.map((code) => (code.part * n + code.tissue) * FATES);
    for (let r = 0; r < runs.n; r += 1) {
      const code = runs.code[r] - 1;
      const length = runs.length[r];
      const fate = runs.fate[r];
      cut.stays = length;
      cut.share = 1;
      if (planes.length) cutRun(planes, runs, r, missed, cut);
      const { tumour } = data.codes[code];
      if (tumour >= 0) {
        kept[tumour * FATES + fate] += cut.stays;
        kept[tumour * FATES + RESECTED] += length - cut.stays;
      }
      counts[0] += fate === KEPT ? cut.stays : 0;
      counts[1] += fate === KEPT ? length - cut.stays : length;
      ml[cells[code] + fate] += length * cut.share;
      ml[cells[code] + RESECTED] += length * (1 - cut.share);
    }
    missed.forEach(([front, back]) => {
      if (!front || !back) {
        throw new PlanFault(`the plane misses the liver: it would remove ${front ? "the whole liver" : "nothing"}`);
      }
    });
    for (let c = 0; c < ml.length; c += 1) ml[c] *= voxelMl;
    return { ml, kept, untouched: { kept: counts[0], treated: counts[1] } };
  }

  private sums(ml: Float64Array) {
    const { tissues, functional, part_names } = this.map.data;
    const n = tissues.length;
    const sum = (chosen: number[], fates: number[]) => {
      let total = 0;
      for (let p = 0; p < part_names.length; p += 1) {
        for (const t of chosen) for (const f of fates) total += ml[(p * n + t) * FATES + f];
      }
      return total;
    };
    const every = tissues.map((_, t) => t);
    const all = [KEPT, RESECTED, ABLATED];
    const functional_ml = sum(functional, all);
    const remnant_ml = sum(functional, [KEPT]);
    return {
      total_ml: sum(every, all),
      functional_ml,
      resected_ml: sum(every, [RESECTED]),
      ablated_ml: sum(every, [ABLATED]),
      remnant_ml,
      remnant_tumour_ml: sum([tissues.indexOf("tumour")], [KEPT]),
      remnant_nonfunctional_ml: sum([tissues.indexOf("nonfunctional")], [KEPT]),
      flr_percent_of_measured: (100 * remnant_ml) / functional_ml,
    };
  }

  private nested(ml: Float64Array): number[][][] {
    const { tissues, part_names } = this.map.data;
    return part_names.map((_, p) =>
      tissues.map((__, t) => Array.from(ml.subarray((p * tissues.length + t) * FATES, (p * tissues.length + t + 1) * FATES))),
    );
  }

  private tumours(resolved: Resolved, kept: Float64Array): TumourNumbers[] {
    return this.map.data.tumours.map(({ name }, t) => {
      const [stays, resected, ablated] = kept.subarray(t * FATES, (t + 1) * FATES);
      const treated = resected + ablated;
      const fate: TumourFate = !treated ? "left" : stays ? "cut_through" : resected >= ablated ? "resected" : "ablated";
      const remaining_percent = (100 * stays) / (stays + treated);
      if (fate === "left") return { name, fate, remaining_percent, margin_mm: null, margin_most_mm: null };
      if (fate === "cut_through") return { name, fate, remaining_percent, margin_mm: 0, margin_most_mm: 0 };
      return { name, fate, remaining_percent, ...this.margin(t, resolved) };
    });
  }

  /**
   * Distance from a tumour to the liver that stays. To the centre of the nearest voxel that stays it is in the
   * file, rounded up; the surface of what stays lies up to half a voxel's diagonal nearer.
   */
  private margin(t: number, { leaves, bits, planes }: Resolved): { margin_mm: number | null; margin_most_mm: number | null } {
    const zone = this.map.distances[t];
    if (!zone) return { margin_mm: null, margin_most_mm: null };
    const { step_mm, to_mm, error_mm } = this.map.data.distance;
    const least = (mm: number) => Math.max(0, mm - 0.5 * error_mm);
    const voxels = this.map.voxels;
    const [ni, nj] = this.map.shape;
    const near = (this.near[t] ??= byDistance(zone, this.map.shape));
    for (let n = near.from[firstStep(near, planes, step_mm)]; n < near.voxel.length; n += 1) {
      const voxel = near.voxel[n];
      if (leaves[voxels[voxel]] || (bits && bits[voxel])) continue;
      if (planes.length) {
        const row = (voxel / ni) | 0;
        const k = (row / nj) | 0;
        const i = voxel - row * ni;
        const j = row - k * nj;
        if (planes.some((p) => p.offset + i * p.si + j * p.sj + k * p.sk > 0)) continue;
      }
      const most = near.step[n] * step_mm;
      return { margin_mm: least(most - step_mm), margin_most_mm: most };
    }
    return { margin_mm: least(to_mm), margin_most_mm: null };
  }
}

/** What planes leave of a run: voxels by their centres, and the share of its volume. */
interface Cutting {
  stays: number;
  share: number;
}

function cutRun(planes: PlaneSteps[], runs: FateRuns, r: number, missed: number[][], cut: Cutting): void {
  const [i, j, k, length] = [runs.i[r], runs.j[r], runs.k[r], runs.length[r]];
  let first = i;
  let stop = i + length;
  let crossed = 0;
  for (let p = 0; p < planes.length; p += 1) {
    const plane = planes[p];
    const d = plane.offset + plane.si * (i + 0.5 * (length - 1)) + plane.sj * j + plane.sk * k;
    const reach = 0.5 * (Math.abs(plane.si) * length + Math.abs(plane.sj) + Math.abs(plane.sk));
    if (d <= -reach) {
      missed[p][1] += length;
    } else if (d >= reach) {
      missed[p][0] += length;
      cut.share = 0;
      stop = first;
    } else {
      const [from, to] = behind(plane, i, j, k, length);
      missed[p][0] += length - (to - from);
      missed[p][1] += to - from;
      first = Math.max(first, from);
      stop = Math.min(stop, to);
      cut.share *= 1 - runShare(plane, i, j, k, length);
      crossed += 1;
    }
  }
  cut.stays = Math.max(0, stop - first);
  if (crossed > 1) cut.share = shareOfVoxels(planes, i, j, k, length);
}

/** Where several planes cross in a run, its voxels are looked at one by one, as the library does. */
function shareOfVoxels(planes: PlaneSteps[], i: number, j: number, k: number, length: number): number {
  let sum = 0;
  for (let x = i; x < i + length; x += 1) {
    let voxel = 1;
    for (const plane of planes) voxel *= 1 - runShare(plane, x, j, k, 1);
    sum += voxel;
  }
  return sum / length;
}

/** Voxels of the liver that are near a tumour, nearest first, and their distance in steps. */
interface Near {
  voxel: Uint32Array;
  step: Uint8Array;
  /** Place of the first voxel of each step. */
  from: Uint32Array;
  /** Corners of the tumour's box and one voxel around it. */
  corners: [number, number, number][];
}

/** Nothing behind a plane is nearer than the plane itself: the step from which on voxels may stay. */
function firstStep({ corners }: Near, planes: PlaneSteps[], step_mm: number): number {
  let away = 0;
  for (const p of planes) {
    away = Math.max(away, Math.min(...corners.map(([i, j, k]) => p.offset + i * p.si + j * p.sj + k * p.sk)));
  }
  return Math.min(255, Math.max(0, Math.floor(away / step_mm) - 1));
}

function byDistance({ low, size, steps }: DistanceMap, shape: ArrayLike<number>): Near {
  const begins = new Uint32Array(257);
  for (let at = 0; at < steps.length; at += 1) begins[steps[at] + 1] += 1;
  for (let s = 1; s < 257; s += 1) begins[s] += begins[s - 1];
  const from = begins.slice();
  const voxel = new Uint32Array(begins[255]);
  const step = new Uint8Array(begins[255]);
  const own = { least: [Infinity, Infinity, Infinity], most: [-Infinity, -Infinity, -Infinity] };
  let at = 0;
  for (let k = 0; k < size[2]; k += 1) {
    for (let j = 0; j < size[1]; j += 1) {
      const row = ((k + low[2]) * shape[1] + j + low[1]) * shape[0] + low[0];
      for (let i = 0; i < size[0]; i += 1, at += 1) {
        const found = steps[at];
        if (found === 255) continue;
        const place = begins[found];
        begins[found] = place + 1;
        voxel[place] = row + i;
        step[place] = found;
        if (found > 0) continue;
        [i + low[0], j + low[1], k + low[2]].forEach((index, axis) => {
          own.least[axis] = Math.min(own.least[axis], index - 1);
          own.most[axis] = Math.max(own.most[axis], index + 1);
        });
      }
    }
  }
  const corners = [0, 1, 2, 3, 4, 5, 6, 7].map(
    (c) => [0, 1, 2].map((axis) => ((c >> axis) & 1 ? own.most[axis] : own.least[axis])) as [number, number, number],
  );
  return { voxel, step, from, corners };
}

/** Whether the page's own count of the untouched liver is the file's, within 0.001 mL. */
export function recount(map: LiverMap): string[] {
  const { data, voxelMl } = map;
  const parts = new Float64Array(data.part_names.length);
  const tissues = new Float64Array(data.tissues.length);
  const tumours = new Float64Array(data.tumours.length);
  for (let r = 0; r < map.runs.n; r += 1) {
    const code = data.codes[map.runs.code[r] - 1];
    parts[code.part] += map.runs.length[r] * voxelMl;
    tissues[code.tissue] += map.runs.length[r] * voxelMl;
    if (code.tumour >= 0) tumours[code.tumour] += map.runs.length[r] * voxelMl;
  }
  const faults: string[] = [];
  const compare = (what: string, found: number, said: number) => {
    if (!(Math.abs(found - said) <= 0.001)) faults.push(`${what}: counted ${found.toFixed(3)} mL, the file says ${said.toFixed(3)} mL`);
  };
  const all = (values: Float64Array) => values.reduce((a, b) => a + b, 0);
  compare("liver", all(parts), data.volumes_ml.total);
  compare("functional", data.functional.reduce((sum, t) => sum + tissues[t], 0), data.volumes_ml.functional);
  data.part_names.forEach((name, p) => compare(`part ${name}`, parts[p], data.volumes_ml.parts[name]));
  data.tissues.forEach((name, t) => compare(name, tissues[t], data.volumes_ml.tissues[name]));
  data.tumours.forEach((tumour, t) => compare(tumour.name, tumours[t], tumour.volume_ml));
  return faults;
}
