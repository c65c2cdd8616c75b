/** A plan (`flr-plan/1`) on a liver: which voxels leave by their centres, and which planes cut. */

import { inFront, PlanFault } from "./bezier";
import { type PlaneSteps, planeSteps } from "./fractions";
import { type DistanceMap, type LiverMap, type Point } from "./liver";

export { PlanFault };

export type Cut =
  | { type: "parts"; names: string[] }
  | { type: "part_of"; name: string }
  | { type: "split"; segment: string; along: string; origin_mm?: Point | null; normal?: Point | null; side?: string | null }
  | { type: "plane"; origin_mm: Point; normal: Point }
  | { type: "wedge" | "ablation"; tumour?: string | null; position_mm?: Point | null; margin_mm: number }
  | { type: "bezier"; name: string; side: string; control_mm: Point[][] }
  | { type: "thin_plate" | "drawn" };

export type Split = Extract<Cut, { type: "split" }>;
export type Zone = Extract<Cut, { type: "wedge" | "ablation" }>;

export interface Plan {
  schema: "flr-plan/1";
  name: string;
  intent?: "cure" | "debulking";
  structures?: string[];
  preserve?: string[];
  reconstruct?: string[];
  grid?: { shape: Point; index_to_world_mm: number[][] } | null;
  liver_sha256?: string | null;
  cuts: Cut[];
}

export const KEPT = 0;
export const RESECTED = 1;
export const ABLATED = 2;

/** What a plan's cuts do by voxel centres; planes apart, because they are counted by exact fractions. */
export interface Resolved {
  /** 1 for each code (from 1) whose part leaves whole. */
  leaves: Uint8Array;
  /** RESECTED and ABLATED as bits for each voxel of the box; null where no cut needs them. */
  bits: Uint8Array | null;
  /** Runs of one code and one fate. */
  runs: FateRuns;
  planes: PlaneSteps[];
}

export interface FateRuns {
  n: number;
  i: Uint16Array;
  j: Uint16Array;
  k: Uint16Array;
  length: Uint16Array;
  code: Uint16Array;
  fate: Uint8Array;
}

const REFUSED: Record<string, string> = {
  thin_plate: "a surface through points",
  drawn: "a drawn mask",
};

/** Parts of the liver that a name stands for. Throws PlanFault for a part that it does not have. */
export function partsNamed(map: LiverMap, name: string): number[] {
  const names = map.data.part_names;
  if (names.includes(name)) return [names.indexOf(name)];
  const halves = ["4a", "4b"].filter((half) => name === "4" && names.includes(half));
  if (!halves.length) throw new PlanFault(`this liver has no part ${name}; it has ${names.join(", ")}`);
  return halves.map((half) => names.indexOf(half));
}

/** Remembers what the cuts that are no planes do: dragging a plane then costs a count and nothing else. */
export class Resolver {
  private key = "";
  private held: Omit<Resolved, "planes"> | null = null;

  constructor(private readonly map: LiverMap) {}

  resolve(plan: Plan): Resolved {
    if (!plan.cuts.length) throw new PlanFault("the plan removes nothing");
    const others = plan.cuts.filter((cut) => cut.type !== "plane");
    const key = JSON.stringify(others);
    if (!this.held || key !== this.key) {
      this.held = null;
      this.held = byVoxels(this.map, others);
      this.key = key;
    }
    const planes = plan.cuts.flatMap((cut) =>
      cut.type === "plane" ? [stepsOf(this.map, cut.origin_mm, cut.normal)] : [],
    );
    return { ...this.held, planes };
  }
}

function stepsOf(map: LiverMap, origin: Point, normal: Point): PlaneSteps {
  if (![...origin, ...normal].every(Number.isFinite) || !(Math.hypot(...normal) > 0)) {
    throw new PlanFault("a plane needs finite numbers and a normal that is not zero");
  }
  return planeSteps(map.toWorld, origin, normal);
}

function byVoxels(map: LiverMap, cuts: Cut[]): Omit<Resolved, "planes"> {
  const leaves = new Uint8Array(map.data.codes.length + 1);
  let bits: Uint8Array | null = null;
  const voxelBits = () => (bits ??= new Uint8Array(map.shape[0] * map.shape[1] * map.shape[2]));
  const splits = cuts.filter((cut): cut is Split => cut.type === "split");
  const used = new Set<Split>();
  for (const cut of cuts) {
    switch (cut.type) {
      case "parts":
        for (const name of cut.names) takePart(map, name, splits, used, leaves, voxelBits);
        break;
      case "part_of":
        takeSide(map, cut.name, cut.name, splits, used, leaves, voxelBits);
        break;
      case "wedge":
      case "ablation":
        takeZone(map, cut, voxelBits());
        break;
      case "bezier":
        takeSurface(map, cut, voxelBits());
        break;
      case "split":
      case "plane":
        break;
      default:
        throw new PlanFault(`this page cannot count ${REFUSED[cut.type] ?? `a cut of type ${String((cut as Cut).type)}`}; use flr assess --plan`);
    }
  }
  const idle = splits.find((split) => !used.has(split));
  if (idle) throw new PlanFault(`segment ${idle.segment} is split, but the plan takes no part of it`);
  return { leaves, bits, runs: runsByFate(map, leaves, bits) };
}

function takePart(
  map: LiverMap,
  name: string,
  splits: Split[],
  used: Set<Split>,
  leaves: Uint8Array,
  voxelBits: () => Uint8Array,
): void {
  if ((name === "4a" || name === "4b") && splits.some((split) => split.segment === "4")) {
    takeSide(map, name, "4", splits, used, leaves, voxelBits);
    return;
  }
  const parts = partsNamed(map, name);
  map.data.codes.forEach((code, at) => {
    if (parts.includes(code.part)) leaves[at + 1] = 1;
  });
}

/** One side of a split segment leaves: the one that is named, of a plane the front. */
function takeSide(
  map: LiverMap,
  name: string,
  segment: string,
  splits: Split[],
  used: Set<Split>,
  leaves: Uint8Array,
  voxelBits: () => Uint8Array,
): void {
  const own = splits.filter((split) => split.segment === segment);
  if (own.length !== 1) {
    throw new PlanFault(
      own.length ? `segment ${segment} is split more than once` : `nothing says which part of segment ${segment} leaves`,
    );
  }
  const [split] = own;
  used.add(split);
  const half = name !== segment;
  if (half && map.data.part_names.includes(name)) throw new PlanFault(`the map divides segment 4 itself; leave the split out`);
  const parts = partsNamed(map, segment);
  if (split.along === "plane") {
    sideOfPlane(map, split, name, half, parts, voxelBits());
    return;
  }
  const border = map.data.borders.findIndex((b) => b.segment === segment && b.along === split.along);
  if (border < 0) throw new PlanFault(`the file holds no border along ${split.along} through segment ${segment}`);
  const { sides } = map.data.borders[border];
  const side = half ? (split.along === "portal" ? sides[name === "4a" ? 0 : 1] : null) : split.side;
  if (side == null || !sides.includes(side)) {
    throw new PlanFault(`which side of segment ${segment} leaves: ${sides.join(" or ")}?`);
  }
  map.data.codes.forEach((code, at) => {
    if (parts.includes(code.part) && code.first.includes(border) === (side === sides[0])) leaves[at + 1] = 1;
  });
}

function sideOfPlane(map: LiverMap, split: Split, name: string, half: boolean, parts: number[], bits: Uint8Array): void {
  if (!split.origin_mm || !split.normal) throw new PlanFault("a split along a plane needs origin_mm and normal");
  const steps = stepsOf(map, split.origin_mm, split.normal);
  let front = split.side !== "back";
  if (half) {
    const up = split.normal[2] / Math.hypot(...split.normal);
    if (Math.abs(up) < 0.5) throw new PlanFault("this plane does not divide segment 4 into 4a above and 4b below");
    front = (name === "4a") === up > 0;
  }
  const { n, start, i, j, k, length, code } = map.runs;
  let first = 0;
  let all = 0;
  for (let r = 0; r < n; r += 1) {
    if (!parts.includes(map.data.codes[code[r] - 1].part)) continue;
    const d0 = steps.offset + j[r] * steps.sj + k[r] * steps.sk;
    for (let x = 0; x < length[r]; x += 1) {
      const inside = d0 + (i[r] + x) * steps.si > 0;
      if (inside) first += 1;
      if (inside === front) bits[start[r] + x] |= RESECTED;
    }
    all += length[r];
  }
  if (first === 0 || first === all) throw new PlanFault(`the plane of the split misses segment ${split.segment}`);
}

/** Number of a tumour by its name. Throws PlanFault where there is none. */
export function tumourNamed(map: LiverMap, name: string): number {
  const wanted = name.trim().toLowerCase();
  const found = map.data.tumours.findIndex((tumour) => tumour.name.toLowerCase() === wanted);
  if (found < 0) {
    const known = map.data.tumours.map((tumour) => tumour.name).join(", ");
    throw new PlanFault(`no tumour ${name} in this liver; it has ${known || "none that was drawn"}`);
  }
  return found;
}

function takeZone(map: LiverMap, cut: Zone, bits: Uint8Array): void {
  const bit = cut.type === "wedge" ? RESECTED : ABLATED;
  if (cut.tumour != null) {
    const found = map.distances[tumourNamed(map, cut.tumour)];
    if (!found) throw new PlanFault(`the file holds no distances from ${cut.tumour}; use flr assess --plan`);
    const most = map.data.distance.to_mm;
    if (!Number.isInteger(cut.margin_mm) || cut.margin_mm < 0 || cut.margin_mm > most) {
      throw new PlanFault(`this page counts margins of whole millimetres up to ${most}; use flr assess --plan`);
    }
    widened(map, found, cut.margin_mm, bit, bits);
    return;
  }
  if (!cut.position_mm || !(cut.margin_mm > 0)) throw new PlanFault("a zone needs a tumour, or a position and a radius");
  ball(map, cut.position_mm, cut.margin_mm, bit, bits);
}

/** The tumour and what lies within a margin of its surface, as the library counts it. */
function widened(map: LiverMap, zone: DistanceMap, margin: number, bit: number, bits: Uint8Array): void {
  const limit = Math.floor(margin / map.data.distance.step_mm);
  const { low, size, steps } = zone;
  const flips = zone.flips[margin];
  let flip = 0;
  let at = 0;
  for (let k = 0; k < size[2]; k += 1) {
    for (let j = 0; j < size[1]; j += 1) {
      let voxel = ((k + low[2]) * map.shape[1] + j + low[1]) * map.shape[0] + low[0];
      for (let i = 0; i < size[0]; i += 1) {
        let inside = steps[at] <= limit;
        if (flip < flips.length && flips[flip] === at) {
          inside = !inside;
          flip += 1;
        }
        if (inside) bits[voxel] |= bit;
        voxel += 1;
        at += 1;
      }
    }
  }
}

function ball(map: LiverMap, centre: Point, radius: number, bit: number, bits: Uint8Array): void {
  const at = map.index(centre);
  const reach = map.inverse.map((row) => radius * Math.hypot(row[0], row[1], row[2]));
  const from = at.map((x, a) => Math.max(0, Math.ceil(x - reach[a])));
  const to = at.map((x, a) => Math.min(map.shape[a] - 1, Math.floor(x + reach[a])));
  const m = map.toWorld;
  let met = false;
  for (let k = from[2]; k <= to[2]; k += 1) {
    for (let j = from[1]; j <= to[1]; j += 1) {
      for (let i = from[0]; i <= to[0]; i += 1) {
        let square = 0;
        for (let a = 0; a < 3; a += 1) {
          const d = m[a][0] * (i - at[0]) + m[a][1] * (j - at[1]) + m[a][2] * (k - at[2]);
          square += d * d;
        }
        if (square > radius * radius) continue;
        const voxel = (k * map.shape[1] + j) * map.shape[0] + i;
        bits[voxel] |= bit;
        met ||= map.voxels[voxel] > 0;
      }
    }
  }
  if (!met) throw new PlanFault("the zone does not meet the liver");
}

function takeSurface(map: LiverMap, cut: Extract<Cut, { type: "bezier" }>, bits: Uint8Array): void {
  const front = inFront(map, cut.control_mm, cut.name);
  const takesFront = sideThatLeaves(map, cut, front);
  const { n, start, length } = map.runs;
  let at = 0;
  for (let r = 0; r < n; r += 1) {
    for (let x = 0; x < length[r]; x += 1) {
      if ((front[at] === 1) === takesFront) bits[start[r] + x] |= RESECTED;
      at += 1;
    }
  }
}

function sideThatLeaves(map: LiverMap, cut: Extract<Cut, { type: "bezier" }>, front: Uint8Array): boolean {
  if (cut.side === "front" || cut.side === "back") return cut.side === "front";
  if (cut.side !== "tumour") throw new PlanFault(`${cut.name}: side ${cut.side}; expected front, back or tumour`);
  const tumour = map.data.tissues.indexOf("tumour");
  const { n, length, code } = map.runs;
  const sides = [0, 0];
  let at = 0;
  for (let r = 0; r < n; r += 1) {
    const counts = map.data.codes[code[r] - 1].tissue === tumour;
    for (let x = 0; x < length[r]; x += 1, at += 1) if (counts) sides[front[at]] += 1;
  }
  if (!sides[0] && !sides[1]) throw new PlanFault(`${cut.name}: there is no tumour; say which side leaves`);
  if (sides[0] && sides[1]) throw new PlanFault(`${cut.name}: tumour lies on both sides; say which side leaves`);
  return sides[1] > 0;
}

/** Runs of one code and one fate; resection goes before ablation. */
function runsByFate(map: LiverMap, leaves: Uint8Array, bits: Uint8Array | null): FateRuns {
  const base = map.runs;
  if (!bits) {
    const fate = new Uint8Array(base.n);
    for (let r = 0; r < base.n; r += 1) fate[r] = leaves[base.code[r]] ? RESECTED : KEPT;
    return { n: base.n, i: base.i, j: base.j, k: base.k, length: base.length, code: base.code, fate };
  }
  const fateOf = [KEPT, RESECTED, ABLATED, RESECTED];
  let size = 2 * base.n + 1024;
  let out = emptyRuns(size);
  let n = 0;
  for (let r = 0; r < base.n; r += 1) {
    const code = base.code[r];
    const start = base.start[r];
    const end = start + base.length[r];
    const whole = leaves[code] === 1;
    let from = start;
    while (from < end) {
      const value = bits[from];
      let to = whole ? end : from + 1;
      while (to < end && bits[to] === value) to += 1;
      if (n === size) {
        size *= 2;
        out = grown(out, size);
      }
      out.i[n] = base.i[r] + (from - start);
      out.j[n] = base.j[r];
      out.k[n] = base.k[r];
      out.length[n] = to - from;
      out.code[n] = code;
      out.fate[n] = whole ? RESECTED : fateOf[value];
      n += 1;
      from = to;
    }
  }
  return { ...out, n };
}

function emptyRuns(size: number): FateRuns {
  const column = () => new Uint16Array(size);
  return { n: 0, i: column(), j: column(), k: column(), length: column(), code: column(), fate: new Uint8Array(size) };
}

function grown(runs: FateRuns, size: number): FateRuns {
  const made = emptyRuns(size);
  for (const name of ["i", "j", "k", "length", "code", "fate"] as const) made[name].set(runs[name]);
  return made;
}
