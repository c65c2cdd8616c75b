/** The liver of a page: its label map as runs along i, and what a code of a voxel stands for. */

export type Point = [number, number, number];

export interface Code {
  /** Number of the part, from 0. */
  part: number;
  /** Number of the tissue, as of `TISSUES`. */
  tissue: number;
  /** Number of the tumour, from 0; -1 for none. */
  tumour: number;
  /** Borders written by the library that have this voxel on their first side. */
  first: number[];
}

/** A border that the library drew through a segment: along the middle hepatic vein, or a level. */
export interface Border {
  segment: string;
  along: "mhv" | "portal";
  /** Names of its two sides, the first one first. */
  sides: [string, string];
}

export interface TumourData {
  name: string;
  volume_ml: number;
  voxels: number;
  centroid_mm: Point;
  /** Distance of each liver voxel of a box from the tumour's surface; null where the page holds none. */
  distance: { box: [Point, Point]; data: string; flips: string; flip_counts: number[] } | null;
}

/** The part of `flr-planner/1` that is counted. */
export interface LiverData {
  grid: { shape: Point; index_to_world_mm: number[][]; voxel_ml: number };
  part_names: string[];
  tissues: string[];
  functional: number[];
  codes: Code[];
  borders: Border[];
  runs: { count: number; data: string };
  tumours: TumourData[];
  distance: { step_mm: number; to_mm: number; error_mm: number };
  volumes_ml: {
    total: number;
    functional: number;
    parts: Record<string, number>;
    tissues: Record<string, number>;
  };
}

export interface Runs {
  n: number;
  /** First voxel of each run, counted along i, then j, then k. */
  start: Uint32Array;
  i: Uint16Array;
  j: Uint16Array;
  k: Uint16Array;
  length: Uint16Array;
  /** Code of each run, from 1. */
  code: Uint16Array;
}

export interface DistanceMap {
  low: Point;
  size: Point;
  /** Steps of distance of each voxel of the box; 255 is beyond, or no liver. */
  steps: Uint8Array;
  /** Voxels of the box, by whole millimetres of margin, that the library's rule counts the other way. */
  flips: Uint32Array[];
}

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Bytes of a base64 text. */
export function bytesOf(text: string): Uint8Array {
  const native = Uint8Array as unknown as { fromBase64?: (text: string) => Uint8Array };
  if (native.fromBase64) return native.fromBase64(text);
  const value = new Uint8Array(128);
  for (let n = 0; n < 64; n += 1) value[BASE64.charCodeAt(n)] = n;
  const clean = text.replace(/=+$/, "");
  const out = new Uint8Array(Math.floor((clean.length * 3) / 4));
  let held = 0;
  let bits = 0;
  let at = 0;
  for (let n = 0; n < clean.length; n += 1) {
    held = (held << 6) | value[clean.charCodeAt(n)];
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out[at] = (held >> bits) & 255;
      at += 1;
    }
  }
  return out;
}

/** Unpacks gzip in base64. */
export async function unpacked(text: string): Promise<Uint8Array> {
  const stream = new Blob([bytesOf(text) as BlobPart]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function column16(bytes: Uint8Array, from: number, n: number): Uint16Array {
  // Low bytes first, then high bytes: they pack better apart.
  const out = new Uint16Array(n);
  for (let r = 0; r < n; r += 1) out[r] = bytes[from + r] | (bytes[from + n + r] << 8);
  return out;
}

/** The liver, its runs unpacked. */
export class LiverMap {
  readonly shape: Point;
  readonly toWorld: number[][];
  readonly voxelMl: number;
  private made: Uint16Array | null = null;

  constructor(
    readonly data: LiverData,
    readonly runs: Runs,
    readonly distances: (DistanceMap | null)[],
  ) {
    this.shape = data.grid.shape;
    this.toWorld = data.grid.index_to_world_mm;
    this.voxelMl = data.grid.voxel_ml;
  }

  static async open(data: LiverData): Promise<LiverMap> {
    const runs = runsOf(await unpacked(data.runs.data), data.runs.count, data.grid.shape);
    const map = new LiverMap(data, runs, []);
    for (const tumour of data.tumours) {
      const packed = tumour.distance;
      const made = packed ? await unpacked(packed.data) : null;
      const flips = packed ? await unpacked(packed.flips) : null;
      map.distances.push(packed && made && flips ? map.distanceMap(packed.box, made, flips, packed.flip_counts) : null);
    }
    return map;
  }

  /** Code of every voxel of the box, 0 outside the liver. */
  get voxels(): Uint16Array {
    if (!this.made) {
      const all = new Uint16Array(this.shape[0] * this.shape[1] * this.shape[2]);
      const { n, start, length, code } = this.runs;
      for (let r = 0; r < n; r += 1) all.fill(code[r], start[r], start[r] + length[r]);
      this.made = all;
    }
    return this.made;
  }

  world(i: number, j: number, k: number): Point {
    const m = this.toWorld;
    return [0, 1, 2].map((a) => m[a][0] * i + m[a][1] * j + m[a][2] * k + m[a][3]) as Point;
  }

  /** Fractional index of a position. */
  index(at: ArrayLike<number>): Point {
    const m = this.toWorld;
    const d = [at[0] - m[0][3], at[1] - m[1][3], at[2] - m[2][3]];
    const inverse = this.inverse;
    return [0, 1, 2].map((a) => inverse[a][0] * d[0] + inverse[a][1] * d[1] + inverse[a][2] * d[2]) as Point;
  }

  private inverted: number[][] | null = null;

  get inverse(): number[][] {
    if (!this.inverted) this.inverted = inverse3(this.toWorld);
    return this.inverted;
  }

  private distanceMap(box: [Point, Point], stored: Uint8Array, flips: Uint8Array, counts: number[]): DistanceMap {
    const [low, high] = box;
    const size: Point = [high[0] - low[0], high[1] - low[1], high[2] - low[2]];
    const steps = new Uint8Array(size[0] * size[1] * size[2]).fill(255);
    const places: number[] = [];
    let at = 0;
    const { n, i, j, k, length } = this.runs;
    for (let r = 0; r < n; r += 1) {
      if (k[r] < low[2] || k[r] >= high[2] || j[r] < low[1] || j[r] >= high[1]) continue;
      const from = Math.max(i[r], low[0]);
      const to = Math.min(i[r] + length[r], high[0]);
      const row = ((k[r] - low[2]) * size[1] + (j[r] - low[1])) * size[0] - low[0];
      for (let x = from; x < to; x += 1) {
        steps[row + x] = stored[at];
        places.push(row + x);
        at += 1;
      }
    }
    if (at !== stored.length) throw new Error("a map of distances does not fit the liver");
    const total = counts.reduce((a, b) => a + b, 0);
    const gaps = new Uint32Array(total);
    for (let b = 0; b < 4; b += 1) {
      for (let f = 0; f < total; f += 1) gaps[f] |= flips[b * total + f] << (8 * b);
    }
    let read = 0;
    const flipped = counts.map((count) => {
      const found = new Uint32Array(count);
      let place = -1;
      for (let f = 0; f < count; f += 1) {
        place += gaps[read] + 1;
        found[f] = places[place];
        read += 1;
      }
      return found;
    });
    return { low, size, steps, flips: flipped };
  }
}

function runsOf(bytes: Uint8Array, n: number, shape: Point): Runs {
  const gapLow = column16(bytes, 0, n);
  const gapHigh = column16(bytes, 2 * n, n);
  const length = column16(bytes, 4 * n, n);
  const code = column16(bytes, 6 * n, n);
  const start = new Uint32Array(n);
  const i = new Uint16Array(n);
  const j = new Uint16Array(n);
  const k = new Uint16Array(n);
  let at = 0;
  for (let r = 0; r < n; r += 1) {
    at += gapLow[r] + gapHigh[r] * 65536;
    start[r] = at;
    const row = Math.floor(at / shape[0]);
    i[r] = at - row * shape[0];
    k[r] = Math.floor(row / shape[1]);
    j[r] = row - k[r] * shape[1];
    at += length[r];
  }
  return { n, start, i, j, k, length, code };
}

function inverse3(m: number[][]): number[][] {
  const [a, b, c] = [m[0], m[1], m[2]];
  const cof = (r: number[], s: number[]) => [r[1] * s[2] - r[2] * s[1], r[2] * s[0] - r[0] * s[2], r[0] * s[1] - r[1] * s[0]];
  const bc = cof(b, c);
  const ca = cof(c, a);
  const ab = cof(a, b);
  const det = a[0] * bc[0] + a[1] * bc[1] + a[2] * bc[2];
  return [0, 1, 2].map((r) => [bc[r] / det, ca[r] / det, ab[r] / det]);
}
