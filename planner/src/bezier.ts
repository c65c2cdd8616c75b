/**
 * Bézier surfaces by the library's rule (`flr/plans/surfaces.py`): a height over the mean plane, sampled on a
 * raster of 1 mm and read off in between; a voxel lies in front when its centre lies above it.
 */

import Delaunator from "delaunator";
import { type LiverMap, type Point } from "./liver";

const RASTER_MM = 1;
const TESSELLATION = 33;

/** What is wrong with a plan, in words for the page. */
export class PlanFault extends Error {}

export interface Frame {
  origin: Point;
  /** Two axes in the mean plane and one up. */
  axes: [Point, Point, Point];
}

export interface Patch {
  frame: Frame;
  /** Points of the surface in the frame, TESSELLATION by TESSELLATION. */
  local: Float64Array;
}

const cross = (a: ArrayLike<number>, b: ArrayLike<number>): Point => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];
const dot = (a: ArrayLike<number>, b: ArrayLike<number>) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const unit = (a: Point): Point => {
  const length = Math.hypot(...a);
  return [a[0] / length, a[1] / length, a[2] / length];
};

/** Points of the surface, and its frame. Throws PlanFault where it folds or is none. */
export function patchOf(control: Point[][], name: string): Patch {
  const columns = new Set(control.map((row) => row.length));
  if (control.length < 2 || columns.size !== 1 || control[0].length < 2) {
    throw new PlanFault(`${name}: expected at least 2 by 2 control points, each row equally long`);
  }
  const byRow = bernstein(control.length - 1);
  const byColumn = bernstein(control[0].length - 1);
  const n = TESSELLATION;
  const points: Point[] = [];
  for (let a = 0; a < n; a += 1) {
    for (let b = 0; b < n; b += 1) {
      const p: Point = [0, 0, 0];
      control.forEach((row, r) =>
        row.forEach((point, c) => {
          const weight = byRow[a][r] * byColumn[b][c];
          for (let x = 0; x < 3; x += 1) p[x] += weight * point[x];
        }),
      );
      points.push(p);
    }
  }
  const normals = normalsOf(points, n);
  const mean: Point = [0, 0, 0];
  for (const normal of normals) for (let x = 0; x < 3; x += 1) mean[x] += normal[x];
  if (!(Math.hypot(...mean) > 0)) throw new PlanFault(`${name}: the control points span no surface; spread them out`);
  const up = unit(mean);
  for (const normal of normals) {
    const length = Math.hypot(...normal);
    if (!(dot(normal, up) > 1e-3 * length) || !(length > 0)) {
      throw new PlanFault(
        `${name}: the control points fold the surface over itself, so it has no two sides; move them until every` +
          " part of it faces the same way",
      );
    }
  }
  const all = control.flat();
  const origin = [0, 1, 2].map((x) => all.reduce((sum, p) => sum + p[x], 0) / all.length) as Point;
  const frame = frameOf(up, origin);
  const local = new Float64Array(3 * points.length);
  points.forEach((p, at) => {
    const d: Point = [p[0] - origin[0], p[1] - origin[1], p[2] - origin[2]];
    for (let x = 0; x < 3; x += 1) local[3 * at + x] = dot(frame.axes[x], d);
  });
  return { frame, local };
}

function bernstein(degree: number): number[][] {
  const binomial = [1];
  for (let m = 1; m <= degree; m += 1) binomial.push((binomial[m - 1] * (degree - m + 1)) / m);
  return Array.from({ length: TESSELLATION }, (_, a) => {
    const t = a / (TESSELLATION - 1);
    return binomial.map((b, m) => b * t ** m * (1 - t) ** (degree - m));
  });
}

/** ∂row × ∂column at every point, by differences. */
function normalsOf(points: Point[], n: number): Point[] {
  const at = (a: number, b: number) => points[a * n + b];
  const apart = (p: Point, q: Point, share: number): Point => [
    (p[0] - q[0]) * share,
    (p[1] - q[1]) * share,
    (p[2] - q[2]) * share,
  ];
  const along = (next: (step: number) => Point, x: number): Point =>
    x === 0 ? apart(next(1), next(0), 1) : x === n - 1 ? apart(next(0), next(-1), 1) : apart(next(1), next(-1), 0.5);
  const found: Point[] = [];
  for (let a = 0; a < n; a += 1) {
    for (let b = 0; b < n; b += 1) {
      found.push(cross(along((s) => at(a + s, b), a), along((s) => at(a, b + s), b)));
    }
  }
  return found;
}

function frameOf(up: Point, origin: Point): Frame {
  const size = up.map(Math.abs);
  const least = size.indexOf(Math.min(...size));
  const helper: Point = [0, 0, 0];
  helper[least] = 1;
  const first = unit(cross(helper, up));
  return { origin, axes: [first, cross(up, first), up] };
}

/** Heights on the raster: linear between the points of the surface, level beyond their hull. */
export function rasterOf(local: Float64Array, low: [number, number], size: [number, number]): Float64Array {
  const n = local.length / 3;
  const flat = new Float64Array(2 * n);
  for (let p = 0; p < n; p += 1) {
    flat[2 * p] = local[3 * p];
    flat[2 * p + 1] = local[3 * p + 1];
  }
  const { triangles } = new Delaunator(flat);
  const heights = new Float64Array(size[0] * size[1]).fill(NaN);
  for (let t = 0; t < triangles.length; t += 3) {
    fill(heights, local, [triangles[t], triangles[t + 1], triangles[t + 2]], low, size);
  }
  level(heights, local, low, size);
  return heights;
}

function fill(
  heights: Float64Array,
  local: Float64Array,
  corners: [number, number, number],
  low: [number, number],
  size: [number, number],
): void {
  const u = corners.map((c) => local[3 * c]);
  const v = corners.map((c) => local[3 * c + 1]);
  const w = corners.map((c) => local[3 * c + 2]);
  const area = (u[1] - u[0]) * (v[2] - v[0]) - (u[2] - u[0]) * (v[1] - v[0]);
  if (area === 0) return;
  const from = (values: number[], axis: number) => Math.max(0, Math.ceil(Math.min(...values) - low[axis] - 1e-9));
  const to = (values: number[], axis: number) =>
    Math.min(size[axis] - 1, Math.floor(Math.max(...values) - low[axis] + 1e-9));
  for (let a = from(u, 0); a <= to(u, 0); a += 1) {
    const x = low[0] + a * RASTER_MM;
    for (let b = from(v, 1); b <= to(v, 1); b += 1) {
      const y = low[1] + b * RASTER_MM;
      const s = ((x - u[0]) * (v[2] - v[0]) - (u[2] - u[0]) * (y - v[0])) / area;
      const t = ((u[1] - u[0]) * (y - v[0]) - (x - u[0]) * (v[1] - v[0])) / area;
      if (s < -1e-12 || t < -1e-12 || s + t > 1 + 1e-12) continue;
      heights[a * size[1] + b] = w[0] + s * (w[1] - w[0]) + t * (w[2] - w[0]);
    }
  }
}

/** Beyond the hull the height of the nearest point holds; those near the border are enough to look at. */
function level(heights: Float64Array, local: Float64Array, low: [number, number], size: [number, number]): void {
  const rim: number[] = [];
  const n = TESSELLATION;
  for (let a = 0; a < n; a += 1) {
    for (let b = 0; b < n; b += 1) {
      if (Math.min(a, b, n - 1 - a, n - 1 - b) < 2) rim.push(3 * (a * n + b));
    }
  }
  for (let a = 0; a < size[0]; a += 1) {
    for (let b = 0; b < size[1]; b += 1) {
      const at = a * size[1] + b;
      if (!Number.isNaN(heights[at])) continue;
      const x = low[0] + a * RASTER_MM;
      const y = low[1] + b * RASTER_MM;
      let best = Infinity;
      for (const p of rim) {
        const square = (local[p] - x) ** 2 + (local[p + 1] - y) ** 2;
        if (square < best) {
          best = square;
          heights[at] = local[p + 2];
        }
      }
    }
  }
}

/** For every voxel of the liver, in the order of its runs, whether it lies in front of the surface. */
export function inFront(map: LiverMap, control: Point[][], name: string): Uint8Array {
  const { frame, local } = patchOf(control, name);
  const m = map.toWorld;
  const step = (axis: Point, column: number) => m[0][column] * axis[0] + m[1][column] * axis[1] + m[2][column] * axis[2];
  const shift: Point = [m[0][3] - frame.origin[0], m[1][3] - frame.origin[1], m[2][3] - frame.origin[2]];
  const [u, v, w] = frame.axes.map((axis) => [step(axis, 0), step(axis, 1), step(axis, 2), dot(axis, shift)]);
  const { n, i, j, k, length } = map.runs;
  const low: [number, number] = [Infinity, Infinity];
  const high: [number, number] = [-Infinity, -Infinity];
  let voxels = 0;
  for (let r = 0; r < n; r += 1) {
    voxels += length[r];
    for (const x of [i[r], i[r] + length[r] - 1]) {
      [u, v].forEach((to, axis) => {
        const at = x * to[0] + j[r] * to[1] + k[r] * to[2] + to[3];
        low[axis] = Math.min(low[axis], at);
        high[axis] = Math.max(high[axis], at);
      });
    }
  }
  const size = [0, 1].map((a) => Math.ceil((high[a] - low[a]) / RASTER_MM) + 2) as [number, number];
  const heights = rasterOf(local, low, size);
  const front = new Uint8Array(voxels);
  let at = 0;
  let count = 0;
  for (let r = 0; r < n; r += 1) {
    const u0 = j[r] * u[1] + k[r] * u[2] + u[3] - low[0];
    const v0 = j[r] * v[1] + k[r] * v[2] + v[3] - low[1];
    const w0 = j[r] * w[1] + k[r] * w[2] + w[3];
    for (let x = i[r]; x < i[r] + length[r]; x += 1) {
      const a = Math.max(0, u0 + x * u[0]);
      const b = Math.max(0, v0 + x * v[0]);
      const p = Math.floor(a);
      const q = Math.floor(b);
      const cell = p * size[1] + q;
      const f = b - q;
      const below = heights[cell] * (1 - f) + heights[cell + 1] * f;
      const above = heights[cell + size[1]] * (1 - f) + heights[cell + size[1] + 1] * f;
      if (w0 + x * w[0] > below * (1 - (a - p)) + above * (a - p)) {
        front[at] = 1;
        count += 1;
      }
      at += 1;
    }
  }
  if (count === 0 || count === voxels) {
    throw new PlanFault(`${name} misses the liver, which lies wholly ${count ? "in front of" : "behind"} it`);
  }
  return front;
}
