/** One direction of slices on a canvas: image, fates in colour, tumours, and the cuts' lines to be dragged. */

import { type LiverMap, type Point } from "./liver";
import { type PlannerData, type View } from "./model";
import { ABLATED, RESECTED, type Resolved } from "./plan";

export interface Grey {
  shape: Point;
  voxels: Uint8Array;
}

export interface Shown {
  map: LiverMap;
  data: PlannerData;
  grey: Grey | null;
  resolved: Resolved | null;
  /** Planes that have a line, with what a drag of it changes. */
  lines: Line[];
  knots: Knot[];
  window: [number, number];
  selected: number;
}

/** A plane of the plan: a cut, or the border of a split. */
export interface Line {
  cut: number;
  origin: Point;
  normal: Point;
  kind: "plane" | "split";
}

/** A control point of a curved surface. */
export interface Knot {
  cut: number;
  row: number;
  column: number;
  at: Point;
}

/** What is dragged: a line, its dot, which turns it, or a control point. */
export type Grip = { line: number; turn: boolean } | { knot: number };

const rgb = (hex: string): [number, number, number] => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)) as [number, number, number];
const dot = (a: Point, b: Point) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const GRIP_PX = 12;
const ARM = 0.3;
const NEAR_MM = 15;

export class SliceView {
  at: number;
  /** Canvas pixels of the picture: where it begins and how large a voxel is. */
  private place = { x: 0, y: 0, w: 1, h: 1 };
  private readonly picture = document.createElement("canvas");
  private readonly spacing: Point;
  private readonly colours: Record<string, [number, number, number]>;

  constructor(
    readonly canvas: HTMLCanvasElement,
    readonly view: View,
    private readonly shown: Shown,
  ) {
    const m = shown.map.toWorld;
    this.spacing = [0, 1, 2].map((a) => Math.hypot(m[0][a], m[1][a], m[2][a])) as Point;
    this.at = Math.floor(shown.map.shape[view.axis] / 2);
    this.colours = Object.fromEntries(Object.entries(shown.data.colours).map(([key, hex]) => [key, rgb(hex)]));
  }

  get count(): number {
    return this.shown.map.shape[this.view.axis];
  }

  /** Size of the picture in voxels. */
  private get size(): [number, number] {
    return [this.shown.map.shape[this.view.right[0]], this.shown.map.shape[this.view.down[0]]];
  }

  draw(): void {
    const ratio = window.devicePixelRatio || 1;
    const box = this.canvas.getBoundingClientRect();
    const [width, height] = [Math.max(1, Math.round(box.width * ratio)), Math.max(1, Math.round(box.height * ratio))];
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
    const context = this.canvas.getContext("2d");
    if (!context) return;
    this.paint();
    const [nx, ny] = this.size;
    const [mmX, mmY] = [this.spacing[this.view.right[0]], this.spacing[this.view.down[0]]];
    const scale = Math.min((width - 36 * ratio) / (nx * mmX), (height - 36 * ratio) / (ny * mmY));
    const [w, h] = [nx * mmX * scale, ny * mmY * scale];
    this.place = { x: (width - w) / 2, y: (height - h) / 2, w: w / nx, h: h / ny };
    context.fillStyle = "#15181b";
    context.fillRect(0, 0, width, height);
    context.imageSmoothingEnabled = true;
    context.drawImage(this.picture, this.place.x, this.place.y, w, h);
    this.letters(context, ratio, width, height);
    this.shown.lines.forEach((line, n) => this.line(context, line, n === this.shown.selected, ratio));
    for (const knot of this.shown.knots) this.knot(context, knot, ratio);
  }

  /** Where a position lies in the picture, in pixels of the canvas, and how far from the slice. [voxels] */
  private projected(at: Point): { x: number; y: number; away: number } {
    const index = this.shown.map.index(at);
    const along = ([axis, sign]: [number, number]) => (sign > 0 ? index[axis] : this.shown.map.shape[axis] - 1 - index[axis]);
    return {
      x: this.place.x + (along(this.view.right) + 0.5) * this.place.w,
      y: this.place.y + (along(this.view.down) + 0.5) * this.place.h,
      away: Math.abs(index[this.view.axis] - this.at) * this.spacing[this.view.axis],
    };
  }

  /** A control point: full where it is near the slice, faint where it is projected from further away. */
  private knot(context: CanvasRenderingContext2D, knot: Knot, ratio: number): void {
    const { x, y, away } = this.projected(knot.at);
    context.globalAlpha = away < NEAR_MM ? 1 : 0.35;
    context.beginPath();
    context.rect(x - 5 * ratio, y - 5 * ratio, 10 * ratio, 10 * ratio);
    context.fillStyle = "#ff9ecb";
    context.fill();
    context.lineWidth = 1.5 * ratio;
    context.strokeStyle = "#15181b";
    context.stroke();
    context.globalAlpha = 1;
  }

  private letters(context: CanvasRenderingContext2D, ratio: number, width: number, height: number): void {
    const [left, right, top, bottom] = this.view.edges;
    context.font = `600 ${13 * ratio}px system-ui, sans-serif`;
    context.fillStyle = "#e8e8e8";
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(left, 9 * ratio, height / 2);
    context.fillText(right, width - 9 * ratio, height / 2);
    context.fillText(top, width / 2, 10 * ratio);
    context.fillText(bottom, width / 2, height - 10 * ratio);
  }

  /** Brightness of each stored value. */
  private get window(): Uint8ClampedArray {
    const [low, high] = this.shown.window;
    const table = new Uint8ClampedArray(256);
    for (let value = 0; value < 256; value += 1) table[value] = ((value - low) * 255) / Math.max(1, high - low);
    return table;
  }

  /** What each index along an axis adds to the place of the image's voxel. */
  private greyAt(axis: number): Int32Array {
    const { map, grey } = this.shown;
    const found = new Int32Array(map.shape[axis]);
    if (!grey) return found;
    const step = [1, grey.shape[0], grey.shape[0] * grey.shape[1]][axis];
    for (let n = 0; n < found.length; n += 1) {
      found[n] = step * Math.min(grey.shape[axis] - 1, Math.floor(((n + 0.5) * grey.shape[axis]) / map.shape[axis]));
    }
    return found;
  }

  private paint(): void {
    const { map, data, grey, resolved } = this.shown;
    const [nx, ny] = this.size;
    if (this.picture.width !== nx || this.picture.height !== ny) Object.assign(this.picture, { width: nx, height: ny });
    const context = this.picture.getContext("2d");
    if (!context) return;
    const image = context.createImageData(nx, ny);
    const pixels = image.data;
    const step = [1, map.shape[0], map.shape[0] * map.shape[1]];
    const [rightAxis, rightSign] = this.view.right;
    const [downAxis, downSign] = this.view.down;
    const planes = resolved?.planes ?? [];
    const tumour = data.liver.tissues.indexOf("tumour");
    const dead = data.liver.tissues.indexOf("nonfunctional");
    const voxels = map.voxels;
    const table = this.window;
    // What a step to the right and down means for the voxel, the image's voxel and each plane's distance.
    const at0 = this.greyAt(this.view.axis);
    const [atX, atY] = [this.greyAt(rightAxis), this.greyAt(downAxis)];
    const near = planes.map((p) => {
      const steps = [p.si, p.sj, p.sk];
      return { d: p.offset + this.at * steps[this.view.axis], x: steps[rightAxis], y: steps[downAxis] };
    });
    const colours = this.colours;
    for (let y = 0; y < ny; y += 1) {
      const v = downSign > 0 ? y : ny - 1 - y;
      const row = this.at * step[this.view.axis] + v * step[downAxis];
      for (let x = 0; x < nx; x += 1) {
        const u = rightSign > 0 ? x : nx - 1 - x;
        const voxel = row + u * step[rightAxis];
        const code = voxels[voxel];
        const value = grey ? table[grey.voxels[at0[this.at] + atX[u] + atY[v]]] : code ? 150 : 24;
        const at = 4 * (y * nx + x);
        pixels[at] = pixels[at + 1] = pixels[at + 2] = value;
        pixels[at + 3] = 255;
        if (!code || !resolved) continue;
        const { tissue } = data.liver.codes[code - 1];
        const bits = resolved.bits ? resolved.bits[voxel] : 0;
        let leaves = resolved.leaves[code] === 1 || (bits & RESECTED) !== 0;
        for (let p = 0; p < near.length && !leaves; p += 1) leaves = near[p].d + u * near[p].x + v * near[p].y > 0;
        const fate = leaves ? "resected" : bits & ABLATED ? "ablated" : "remnant";
        let colour = colours[fate];
        let share = grey ? 0.34 : 0.8;
        if (tissue === tumour) {
          // A tumour that is treated is hatched with the colour of its fate.
          colour = fate !== "remnant" && (x + y) % 4 < 2 ? colours[fate] : colours.tumour;
          share = 0.75;
        } else if (tissue === dead && fate === "remnant") {
          colour = colours.nonfunctional;
        } else if (leaves && (x + y) % 6 === 0) {
          share = Math.min(1, share + 0.35);
        }
        for (let c = 0; c < 3; c += 1) pixels[at + c] = pixels[at + c] * (1 - share) + colour[c] * share;
      }
    }
    context.putImageData(image, 0, 0);
  }

  /** World steps of one voxel to the right and down in the picture. */
  private steps(): { right: Point; down: Point; corner: Point } {
    const { map } = this.shown;
    const along = ([axis, sign]: [number, number]): Point => [0, 1, 2].map((r) => map.toWorld[r][axis] * sign) as Point;
    const index: Point = [0, 0, 0];
    index[this.view.axis] = this.at;
    for (const [axis, sign] of [this.view.right, this.view.down]) index[axis] = sign > 0 ? 0 : map.shape[axis] - 1;
    return { right: along(this.view.right), down: along(this.view.down), corner: map.world(...index) };
  }

  /** World position under a point of the screen. */
  world(clientX: number, clientY: number): Point {
    const [x, y] = this.voxel(clientX, clientY);
    const { right, down, corner } = this.steps();
    return [0, 1, 2].map((a) => corner[a] + x * right[a] + y * down[a]) as Point;
  }

  /** Position in voxels of the picture; whole numbers are the middles of voxels. */
  private voxel(clientX: number, clientY: number): [number, number] {
    const box = this.canvas.getBoundingClientRect();
    const ratio = this.canvas.width / box.width;
    return [
      ((clientX - box.left) * ratio - this.place.x) / this.place.w - 0.5,
      ((clientY - box.top) * ratio - this.place.y) / this.place.h - 0.5,
    ];
  }

  /** Code of the voxel under a point of the screen. */
  codeAt(clientX: number, clientY: number): number {
    const index = this.shown.map.index(this.world(clientX, clientY)).map(Math.round);
    const { shape, voxels } = this.shown.map;
    if (index.some((x, a) => x < 0 || x >= shape[a])) return 0;
    return voxels[(index[2] * shape[1] + index[1]) * shape[0] + index[0]];
  }

  /** Ends, handle and tip of a plane's line, in pixels of the canvas. */
  private geometry(line: Line): { ends: [number, number][]; grip: [number, number]; tip: [number, number] } | null {
    const { right, down, corner } = this.steps();
    const length = Math.hypot(...line.normal);
    const n = line.normal.map((x) => x / length) as Point;
    const a = dot(right, n);
    const b = dot(down, n);
    const c = dot([corner[0] - line.origin[0], corner[1] - line.origin[1], corner[2] - line.origin[2]], n);
    const [nx, ny] = this.size;
    const ends: [number, number][] = [];
    const add = (x: number, y: number) => {
      if (x >= -0.501 && x <= nx - 0.499 && y >= -0.501 && y <= ny - 0.499) ends.push([x, y]);
    };
    for (const x of [-0.5, nx - 0.5]) if (Math.abs(b) > 1e-9) add(x, -(c + a * x) / b);
    for (const y of [-0.5, ny - 0.5]) if (Math.abs(a) > 1e-9) add(-(c + b * y) / a, y);
    if (ends.length < 2) return null;
    let pair: [number, number][] = [ends[0], ends[1]];
    for (const p of ends) for (const q of ends) {
      if (Math.hypot(p[0] - q[0], p[1] - q[1]) > Math.hypot(pair[0][0] - pair[1][0], pair[0][1] - pair[1][1])) pair = [p, q];
    }
    const px = ([x, y]: [number, number]): [number, number] => [
      this.place.x + (x + 0.5) * this.place.w,
      this.place.y + (y + 0.5) * this.place.h,
    ];
    const [first, last] = pair.map(px);
    const between = (t: number): [number, number] => [first[0] + (last[0] - first[0]) * t, first[1] + (last[1] - first[1]) * t];
    return { ends: [first, last], grip: between(0.5), tip: between(0.5 + ARM) };
  }

  private line(context: CanvasRenderingContext2D, line: Line, selected: boolean, ratio: number): void {
    const found = this.geometry(line);
    if (!found) return;
    const [[x0, y0], [x1, y1]] = found.ends;
    context.lineWidth = (selected ? 2.5 : 1.5) * ratio;
    context.strokeStyle = line.kind === "plane" ? "#ffd24a" : "#9fd3ff";
    context.setLineDash(line.kind === "plane" ? [] : [7 * ratio, 5 * ratio]);
    context.beginPath();
    context.moveTo(x0, y0);
    context.lineTo(x1, y1);
    context.stroke();
    context.setLineDash([]);
    context.fillStyle = context.strokeStyle;
    for (const [[x, y], radius] of [[found.grip, 7], [found.tip, 5]] as [[number, number], number][]) {
      context.beginPath();
      context.arc(x, y, radius * ratio, 0, 2 * Math.PI);
      context.fill();
      context.lineWidth = 1.5 * ratio;
      context.strokeStyle = "#15181b";
      context.stroke();
    }
  }

  /** What a press would drag: a line, or its tip, which turns it. */
  gripAt(clientX: number, clientY: number, reach: number = GRIP_PX): Grip | null {
    const box = this.canvas.getBoundingClientRect();
    const ratio = this.canvas.width / box.width;
    const [x, y] = [(clientX - box.left) * ratio, (clientY - box.top) * ratio];
    const near = reach * ratio;
    let best: Grip | null = null;
    let nearest = Infinity;
    this.shown.knots.forEach((knot, n) => {
      const found = this.projected(knot.at);
      if (Math.hypot(x - found.x, y - found.y) > near || found.away >= nearest) return;
      nearest = found.away;
      best = { knot: n };
    });
    if (best) return best;
    this.shown.lines.forEach((line, n) => {
      const found = this.geometry(line);
      if (!found) return;
      const [[x0, y0], [x1, y1]] = found.ends;
      const length = Math.hypot(x1 - x0, y1 - y0) || 1;
      const t = ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length ** 2;
      const away = Math.abs((x - x0) * (y1 - y0) - (y - y0) * (x1 - x0)) / length;
      if (Math.hypot(x - found.tip[0], y - found.tip[1]) < near) best = { line: n, turn: true };
      else if (!best && t > -0.02 && t < 1.02 && away < near) best = { line: n, turn: false };
    });
    return best;
  }

  /** Origin and normal of a line whose middle or tip was dragged to a point of the screen. */
  dragged(line: Line, turn: boolean, from: Point, clientX: number, clientY: number): { origin: Point; normal: Point } {
    const to = this.world(clientX, clientY);
    const length = Math.hypot(...line.normal);
    const n = line.normal.map((x) => x / length) as Point;
    if (!turn) {
      const shift = dot([to[0] - from[0], to[1] - from[1], to[2] - from[2]], n);
      return { origin: line.origin.map((x, a) => x + shift * n[a]) as Point, normal: line.normal };
    }
    return { origin: line.origin, normal: this.turned(line, n, to) };
  }

  /** The normal that lets the plane's line in this slice point from its middle to a position. */
  private turned(line: Line, n: Point, to: Point): Point {
    const { right, down } = this.steps();
    const unit = (v: Point) => v.map((x) => x / Math.hypot(...v)) as Point;
    const e1 = unit(right);
    const along = dot(down, e1);
    const e2 = unit(down.map((x, a) => x - along * e1[a]) as Point);
    // The middle of the line: the point of the slice that is nearest to the plane's origin.
    const e3: Point = [e1[1] * e2[2] - e1[2] * e2[1], e1[2] * e2[0] - e1[0] * e2[2], e1[0] * e2[1] - e1[1] * e2[0]];
    const above = dot([to[0] - line.origin[0], to[1] - line.origin[1], to[2] - line.origin[2]], e3);
    const [n1, n2, n3] = [dot(n, e1), dot(n, e2), dot(n, e3)];
    const across = Math.hypot(n1, n2);
    if (across < 1e-6) return line.normal;
    const lift = (above * n3) / across ** 2;
    const pivot = line.origin.map((x, a) => x + above * e3[a] - lift * (n1 * e1[a] + n2 * e2[a])) as Point;
    const t = [to[0] - pivot[0], to[1] - pivot[1], to[2] - pivot[2]] as Point;
    const [t1, t2] = [dot(t, e1), dot(t, e2)];
    const size = Math.hypot(t1, t2);
    if (size < 1e-6) return line.normal;
    let [m1, m2] = [-t2 / size, t1 / size];
    if (m1 * n1 + m2 * n2 < 0) [m1, m2] = [-m1, -m2];
    return [0, 1, 2].map((a) => across * (m1 * e1[a] + m2 * e2[a]) + n3 * e3[a]) as Point;
  }
}
