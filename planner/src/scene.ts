/** The liver in 3-D: surfaces tinted by what leaves, and planes with a handle and a tip to be dragged. */

import {
  BufferAttribute,
  BufferGeometry,
  Color,
  ColorManagement,
  ConeGeometry,
  DoubleSide,
  FrontSide,
  Group,
  LinearSRGBColorSpace,
  Mesh,
  MeshBasicMaterial,
  type Object3D,
  PerspectiveCamera,
  PlaneGeometry,
  Quaternion,
  Raycaster,
  Scene as World,
  ShaderMaterial,
  SphereGeometry,
  Vector2,
  Vector3,
  Vector4,
  WebGLRenderer,
} from "three";

import { type Point, unpacked } from "./liver";
import { leavesWhole, type MeshData, type PlannerData, zoneOf } from "./model";
import { type Plan, type Resolved } from "./plan";
import { patchOf } from "./bezier";
import { type Knot, type Line, type Shown } from "./slices";

// Colours stand beside those of the legend: they go to the screen as they are written.
ColorManagement.enabled = false;

const MOST_PLANES = 6;
const SHEET_MM = 150;
const TIP_MM = 55;
const BACKGROUND = 0x15181b;
const SHARPEN_MS = 150;
const SLOW_MS = 80;

const VERTEX = `
varying vec3 at;
varying vec3 facing;
void main() {
  at = position;
  facing = normalMatrix * normal;
  gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.0);
}`;

const FRAGMENT = `
uniform vec3 stays;
uniform vec3 gone;
uniform float leaves;
uniform float opacity;
uniform int count;
uniform vec4 planes[${MOST_PLANES}];
varying vec3 at;
varying vec3 facing;
void main() {
  float out_ = leaves;
  for (int n = 0; n < ${MOST_PLANES}; n++) {
    if (n < count && dot(planes[n].xyz, at) > planes[n].w) out_ = 1.0;
  }
  float light = 0.45 + 0.55 * abs(normalize(facing).z);
  gl_FragColor = vec4(mix(stays, gone, out_) * light, opacity);
}`;

export interface Hands {
  drag: (cut: number, origin: Point, normal: Point) => void;
  move: (knot: Knot, at: Point) => void;
  begin: () => void;
  pick: (cut: number) => void;
  redraw: () => void;
}

interface Solid {
  data: MeshData;
  mesh: Mesh<BufferGeometry, ShaderMaterial>;
  levels: BufferGeometry[];
}

interface Pull {
  line: Line;
  kind: "handle" | "tip";
  /** Where along the normal the press met it. */
  from: number;
}

export class Scene {
  private readonly renderer: WebGLRenderer;
  private readonly world = new World();
  private readonly camera = new PerspectiveCamera(28, 1, 10, 4000);
  private readonly solids: Solid[] = [];
  private readonly tools = new Group();
  private readonly ray = new Raycaster();
  private readonly centre = new Vector3();
  private size = 200;
  private turn = { across: 0, up: 0.12, away: 1 };
  private pull: Pull | null = null;
  private orbit: [number, number] | null = null;
  private lines: Line[] = [];
  private knots: Knot[] = [];
  private readonly surfaces = new Group();
  private readonly dots = new Group();
  private held: { knot: Knot; from: Vector3 } | null = null;
  private busy = 0;
  private slow = false;
  private lost = false;
  private drawn: Shown | null = null;

  /** The scene, or null where there is no WebGL or nothing to show. */
  static open(canvas: HTMLCanvasElement, data: PlannerData, hands: Hands): Scene | null {
    if (!data.meshes) return null;
    const tried = document.createElement("canvas").getContext("webgl2");
    if (!tried) return null;
    tried.getExtension("WEBGL_lose_context")?.loseContext();
    return new Scene(canvas, data, hands);
  }

  private constructor(
    readonly canvas: HTMLCanvasElement,
    private readonly data: PlannerData,
    private readonly hands: Hands,
  ) {
    this.renderer = new WebGLRenderer({ canvas, antialias: false, powerPreference: "low-power" });
    this.renderer.outputColorSpace = LinearSRGBColorSpace;
    this.renderer.setClearColor(BACKGROUND);
    this.world.add(this.tools, this.surfaces, this.dots);
    void this.build();
    this.listen();
  }

  private async build(): Promise<void> {
    const packed = this.data.meshes;
    if (!packed) return;
    const bytes = await unpacked(packed.data);
    const low = new Vector3(...packed.low);
    const high = new Vector3(...packed.high);
    this.centre.copy(low).add(high).multiplyScalar(0.5);
    this.size = high.distanceTo(low);
    for (const item of packed.items) {
      const levels = item.levels.map((level) => geometryOf(bytes, level, packed.low, packed.high));
      const solid = item.kind === "tumour";
      const material = new ShaderMaterial({
        vertexShader: VERTEX,
        fragmentShader: FRAGMENT,
        transparent: !solid,
        depthWrite: solid,
        side: solid ? FrontSide : DoubleSide,
        uniforms: {
          stays: { value: new Color(item.kind === "part" ? this.data.colours.remnant : item.colour) },
          gone: { value: new Color(this.data.colours.resected) },
          leaves: { value: 0 },
          opacity: { value: solid ? 1 : item.kind === "vessel" ? 0.6 : 0.42 },
          count: { value: 0 },
          planes: { value: Array.from({ length: MOST_PLANES }, () => new Vector4()) },
        },
      });
      const mesh = new Mesh(levels[levels.length - 1], material);
      mesh.renderOrder = solid ? 0 : item.kind === "vessel" ? 1 : 2;
      this.solids.push({ data: item, mesh, levels });
      this.world.add(mesh);
    }
    this.hands.redraw();
  }

  draw(plan: Plan, resolved: Resolved | null, shown: Shown): void {
    this.drawn = shown;
    this.lines = shown.lines;
    this.knots = shown.knots;
    if (this.lost || !this.canvas.clientWidth) return;
    this.tint(plan);
    this.showTools(shown.lines, shown.selected);
    this.showSurfaces(plan, resolved !== null);
    this.render();
  }

  /** The sheet of each curved surface, and its control points. */
  private showSurfaces(plan: Plan, fits: boolean): void {
    for (const sheet of [...this.surfaces.children] as Mesh<BufferGeometry, MeshBasicMaterial>[]) {
      sheet.geometry.dispose();
      sheet.material.dispose();
      this.surfaces.remove(sheet);
    }
    for (const cut of fits ? plan.cuts : []) {
      if (cut.type === "bezier") this.surfaces.add(sheetOf(cut.control_mm, cut.name));
    }
    while (this.dots.children.length > this.knots.length) this.dots.remove(this.dots.children[this.dots.children.length - 1]);
    while (this.dots.children.length < this.knots.length) this.dots.add(dotOf());
    this.knots.forEach((knot, n) => {
      this.dots.children[n].position.set(...knot.at);
      this.dots.children[n].userData.knot = n;
    });
  }

  /** Draws at once, for a picture of the canvas. */
  finish(): void {
    if (!this.lost) this.render();
  }

  private render(): void {
    const began = performance.now();
    const [width, height] = [this.canvas.clientWidth, this.canvas.clientHeight];
    const moving = performance.now() - this.busy < SHARPEN_MS;
    const ratio = moving && this.slow ? 0.5 : 1;
    if (this.renderer.getPixelRatio() !== ratio) this.renderer.setPixelRatio(ratio);
    const size = this.renderer.getSize(new Vector2());
    if (size.x !== width || size.y !== height) this.renderer.setSize(width, height, false);
    for (const solid of this.solids) solid.mesh.geometry = solid.levels[moving ? 0 : solid.levels.length - 1];
    this.camera.aspect = width / Math.max(1, height);
    const { across, up, away } = this.turn;
    // From the front the patient's right is on the left, as in the slices.
    const direction = new Vector3(Math.sin(across) * Math.cos(up), Math.cos(across) * Math.cos(up), Math.sin(up));
    const distance = (away * 0.4 * this.size) / Math.tan((this.camera.fov * Math.PI) / 360) / Math.min(1, this.camera.aspect);
    this.camera.position.copy(this.centre).addScaledVector(direction, distance);
    this.camera.up.set(0, 0, 1);
    this.camera.lookAt(this.centre);
    this.camera.updateProjectionMatrix();
    this.camera.updateMatrixWorld();
    this.renderer.render(this.world, this.camera);
    if (moving) {
      requestAnimationFrame(() => {
        this.slow ||= performance.now() - began > SLOW_MS;
      });
      window.setTimeout(() => {
        if (performance.now() - this.busy >= SHARPEN_MS) this.hands.redraw();
      }, SHARPEN_MS + 20);
    }
  }

  private tint(plan: Plan): void {
    const cuts = plan.cuts.flatMap((cut) => (cut.type === "plane" ? [plane4(cut.origin_mm, cut.normal, 1)] : []));
    for (const { data, mesh } of this.solids) {
      const { uniforms } = mesh.material;
      const own = [...cuts];
      const name = data.part >= 0 ? this.data.liver.part_names[data.part] : "";
      for (const cut of plan.cuts) {
        if (cut.type === "split" && cut.segment === name && cut.origin_mm && cut.normal) {
          own.push(plane4(cut.origin_mm, cut.normal, cut.side === "back" ? -1 : 1));
        }
      }
      const zone = data.kind === "tumour" ? zoneOf(plan, data.name) : undefined;
      uniforms.leaves.value = (name && leavesWhole(plan, name)) || zone ? 1 : 0;
      uniforms.gone.value.set(zone?.type === "ablation" ? this.data.colours.ablated : this.data.colours.resected);
      uniforms.count.value = data.kind === "vessel" ? 0 : Math.min(MOST_PLANES, own.length);
      own.slice(0, MOST_PLANES).forEach((plane, n) => uniforms.planes.value[n].copy(plane));
    }
  }

  private showTools(lines: Line[], selected: number): void {
    while (this.tools.children.length > lines.length) this.tools.remove(this.tools.children[this.tools.children.length - 1]);
    while (this.tools.children.length < lines.length) this.tools.add(toolOf());
    lines.forEach((line, n) => {
      const tool = this.tools.children[n];
      const normal = new Vector3(...line.normal).normalize();
      tool.position.set(...this.anchor(line).toArray());
      tool.setRotationFromQuaternion(new Quaternion().setFromUnitVectors(new Vector3(0, 0, 1), normal));
      tool.userData.line = n;
      const colour = line.kind === "plane" ? 0xffd24a : 0x9fd3ff;
      tool.children.forEach((child) => ((child as Mesh<BufferGeometry, MeshBasicMaterial>).material.color.set(colour)));
      (tool.children[0] as Mesh<BufferGeometry, MeshBasicMaterial>).material.opacity = n === selected ? 0.3 : 0.16;
    });
  }

  /** The point of a plane that is nearest to the middle of the liver: there its handle is seen. */
  private anchor(line: Line): Vector3 {
    const n = new Vector3(...line.normal).normalize();
    const away = new Vector3(...line.origin).sub(this.centre).dot(n);
    return this.centre.clone().addScaledVector(n, away);
  }

  // --- hands --------------------------------------------------------------------------------------

  private aim(event: PointerEvent): void {
    const box = this.canvas.getBoundingClientRect();
    const at = new Vector2(((event.clientX - box.left) / box.width) * 2 - 1, 1 - ((event.clientY - box.top) / box.height) * 2);
    this.ray.setFromCamera(at, this.camera);
  }

  private listen(): void {
    const { canvas } = this;
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      this.aim(event);
      const grips = this.tools.children.flatMap((tool) => [tool.children[1], tool.children[2]]);
      const [dot] = this.ray.intersectObjects<Object3D>(this.dots.children, false);
      if (dot) {
        this.hands.begin();
        this.held = { knot: this.knots[dot.object.userData.knot as number], from: dot.point };
        return;
      }
      const [hit] = this.ray.intersectObjects<Object3D>(grips, false);
      if (!hit) {
        this.orbit = [event.clientX, event.clientY];
        return;
      }
      const line = this.lines[hit.object.parent?.userData.line as number];
      const kind = hit.object.name === "tip" ? "tip" : "handle";
      this.hands.begin();
      this.pull = { line, kind, from: this.alongNormal(line) };
      this.hands.pick(line.cut);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (this.orbit) {
        const [x, y] = this.orbit;
        this.turn.across += (event.clientX - x) * 0.008;
        this.turn.up = Math.min(1.5, Math.max(-1.5, this.turn.up + (event.clientY - y) * 0.008));
        this.orbit = [event.clientX, event.clientY];
        this.touch();
      } else if (this.held) {
        this.aim(event);
        this.busy = performance.now();
        this.moved(this.held);
      } else if (this.pull) {
        this.aim(event);
        this.busy = performance.now();
        this.pulled(this.pull);
      }
    });
    const end = () => {
      this.orbit = this.pull = this.held = null;
    };
    canvas.addEventListener("pointerup", end);
    canvas.addEventListener("pointercancel", end);
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.turn.away = Math.min(3, Math.max(0.3, this.turn.away * Math.exp(event.deltaY * 0.001)));
      this.touch();
    }, { passive: false });
    canvas.addEventListener("keydown", (event) => this.key(event));
    canvas.addEventListener("webglcontextlost", (event) => {
      event.preventDefault();
      this.lost = true;
    });
    canvas.addEventListener("webglcontextrestored", () => {
      this.lost = false;
      this.renderer.setClearColor(BACKGROUND);
      this.hands.redraw();
    });
  }

  private touch(): void {
    this.busy = performance.now();
    if (this.drawn) this.hands.redraw();
  }

  /** Without a selected plane the arrows turn the liver; + and - bring it nearer. */
  private key(event: KeyboardEvent): void {
    const by = { ArrowLeft: [-0.15, 0], ArrowRight: [0.15, 0], ArrowUp: [0, 0.15], ArrowDown: [0, -0.15] }[event.key];
    const zoom = { "+": 0.9, "=": 0.9, "-": 1.1 }[event.key];
    if (zoom) this.turn.away = Math.min(3, Math.max(0.3, this.turn.away * zoom));
    else if (by && this.drawn && this.drawn.selected < 0) {
      this.turn.across += by[0];
      this.turn.up = Math.min(1.5, Math.max(-1.5, this.turn.up + by[1]));
    } else return;
    event.preventDefault();
    this.touch();
  }

  /** How far along the normal, from the handle, the ray passes nearest to it. */
  private alongNormal(line: Line): number {
    const n = new Vector3(...line.normal).normalize();
    const d = this.ray.ray.direction;
    const w = this.anchor(line).sub(this.ray.ray.origin);
    const nd = n.dot(d);
    const square = 1 - nd * nd;
    // Along the view the handle cannot be pulled: the press stays where it is.
    if (square < 0.01) return 0;
    return (nd * w.dot(d) - w.dot(n)) / square;
  }

  /** A control point follows the hand in the plane that faces the reader. */
  private moved({ knot, from }: { knot: Knot; from: Vector3 }): void {
    const facing = this.camera.getWorldDirection(new Vector3());
    const { origin, direction } = this.ray.ray;
    const share = from.clone().sub(origin).dot(facing) / direction.dot(facing);
    const to = origin.clone().addScaledVector(direction, share).sub(from);
    this.hands.move(knot, new Vector3(...knot.at).add(to).toArray() as Point);
  }

  private pulled({ line, kind, from }: Pull): void {
    if (kind === "handle") {
      const n = new Vector3(...line.normal).normalize();
      const by = this.alongNormal(line) - from;
      this.hands.drag(line.cut, new Vector3(...line.origin).addScaledVector(n, by).toArray() as Point, line.normal);
      return;
    }
    const anchor = this.anchor(line);
    const { origin, direction } = this.ray.ray;
    const w = origin.clone().sub(anchor);
    const b = w.dot(direction);
    const c = w.lengthSq() - TIP_MM ** 2;
    const root = Math.sqrt(Math.max(0, b * b - c));
    // The near side of the ball while the tip is in front, the far one while it is behind.
    const front = new Vector3(...line.normal).dot(direction) < 0;
    const tip = w.addScaledVector(direction, front ? -b - root : -b + root).normalize();
    this.hands.drag(line.cut, anchor.toArray() as Point, tip.toArray() as Point);
  }
}

function plane4(origin: Point, normal: Point, sign: number): Vector4 {
  const n = new Vector3(...normal).normalize().multiplyScalar(sign);
  return new Vector4(n.x, n.y, n.z, n.dot(new Vector3(...origin)));
}

/** A sheet, a handle and a tip. */
function toolOf(): Group {
  const group = new Group();
  const paint = (options: object) => new MeshBasicMaterial({ transparent: true, ...options });
  const sheet = new Mesh(new PlaneGeometry(SHEET_MM, SHEET_MM), paint({ opacity: 0.2, side: DoubleSide, depthWrite: false }));
  const handle = new Mesh(new SphereGeometry(6, 20, 12), paint({ depthTest: false }));
  const tip = new Mesh(new ConeGeometry(6, 16, 20).rotateX(Math.PI / 2), paint({ depthTest: false }));
  tip.position.z = TIP_MM;
  tip.name = "tip";
  const stem = new Mesh(new PlaneGeometry(1.5, TIP_MM).rotateX(Math.PI / 2).translate(0, 0, TIP_MM / 2), paint({ side: DoubleSide, depthTest: false }));
  [sheet, handle, tip, stem].forEach((mesh, n) => (mesh.renderOrder = n ? 11 : 10));
  group.add(sheet, handle, tip, stem);
  return group;
}

function dotOf(): Mesh {
  const dot = new Mesh(new SphereGeometry(4, 14, 8), new MeshBasicMaterial({ color: 0xff9ecb, transparent: true, depthTest: false }));
  dot.renderOrder = 12;
  return dot;
}

/** A curved surface as the library tessellates it. */
function sheetOf(control: Point[][], name: string): Mesh {
  const { frame, local } = patchOf(control, name);
  const n = Math.round(Math.sqrt(local.length / 3));
  const positions = new Float32Array(local.length);
  for (let p = 0; p < local.length; p += 3) {
    for (let a = 0; a < 3; a += 1) {
      positions[p + a] = frame.origin[a] + local[p] * frame.axes[0][a] + local[p + 1] * frame.axes[1][a] + local[p + 2] * frame.axes[2][a];
    }
  }
  const index: number[] = [];
  for (let a = 0; a + 1 < n; a += 1) {
    for (let b = 0; b + 1 < n; b += 1) {
      const at = a * n + b;
      index.push(at, at + 1, at + n, at + 1, at + n + 1, at + n);
    }
  }
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(positions, 3));
  geometry.setIndex(index);
  const paint = new MeshBasicMaterial({ color: 0xff9ecb, transparent: true, opacity: 0.3, side: DoubleSide, depthWrite: false });
  const sheet = new Mesh(geometry, paint);
  sheet.renderOrder = 10;
  return sheet;
}

function geometryOf(
  bytes: Uint8Array,
  level: { vertices: number; triangles: number; at: number },
  low: Point,
  high: Point,
): BufferGeometry {
  // Little-endian words, padded so that each block begins at four bytes.
  const words = new DataView(bytes.buffer, bytes.byteOffset + level.at);
  const positions = new Float32Array(3 * level.vertices);
  for (let n = 0; n < positions.length; n += 1) {
    const axis = n % 3;
    positions[n] = low[axis] + (words.getUint16(2 * n, true) / 65535) * (high[axis] - low[axis]);
  }
  const begin = 4 * Math.ceil((6 * level.vertices) / 4);
  const index = new Uint32Array(3 * level.triangles);
  for (let n = 0; n < index.length; n += 1) index[n] = words.getUint32(begin + 4 * n, true);
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(positions, 3));
  geometry.setIndex(new BufferAttribute(index, 1));
  geometry.computeVertexNormals();
  return geometry;
}
