/** The page: its state, its controls, and what others may call (`window.flrPlanner`). */

import { Counter, type Numbers, recount } from "./count";
import { type Point, LiverMap, unpacked } from "./liver";
import {
  bySides,
  checkedPlan,
  copied,
  leavesWhole,
  type PlannerData,
  saved,
  textOf,
  withPart,
  withSplit,
  withZone,
  zoneOf,
} from "./model";
import { type Cut, type Plan, PlanFault, type Resolved, type Split } from "./plan";
import { type Grey, type Grip, type Knot, type Line, type Shown, SliceView } from "./slices";
import { Scene } from "./scene";
import { limitsInWords, numbersInWords, paragraph, tumourWord } from "./words";

interface State {
  plans: Plan[];
  active: number;
}

const find = <T extends HTMLElement>(id: string): T => {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no element ${id}`);
  return found as T;
};

function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Record<string, string> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

const MARGIN_MM = 10;
const SURFACE_MM = 75;
const FINGER_PX = 26;

class Page {
  private state: State;
  private past: State[] = [];
  private future: State[] = [];
  private readonly views: SliceView[];
  private readonly shown: Shown;
  private scene: Scene | null = null;
  private frame = 0;
  private result: Numbers | PlanFault | null = null;
  private readonly byPlan = new Map<string, Numbers | string>();

  constructor(
    private readonly data: PlannerData,
    private readonly counter: Counter,
    grey: Grey | null,
  ) {
    const { map } = counter;
    const given = data.plans.map(({ plan }) => bySides(copied(plan), data.liver.part_names));
    this.state = { plans: given.length ? given : [this.blank(1)], active: 0 };
    this.shown = { map, data, grey, resolved: null, lines: [], knots: [], window: [0, 255], selected: -1 };
    this.views = data.views.map((view) => new SliceView(find<HTMLCanvasElement>(`slice-${view.key}`), view, this.shown));
    this.lookAtTumour();
  }

  /** Everything that is done once. */
  start(): void {
    this.views.forEach((view) => this.listenToSlices(view));
    this.listenToControls();
    this.listenToKeys();
    try {
      this.scene = Scene.open(find<HTMLCanvasElement>("scene"), this.data, {
        drag: (cut, origin, normal) => this.replaceCut(cut, origin, normal),
        move: (knot, at) => this.moveKnot(knot, at),
        begin: () => this.remember(),
        pick: (cut) => this.select(cut),
        redraw: () => this.later(),
      });
    } catch {
      this.scene = null;
    }
    if (!this.scene) find("scene-note").hidden = false;
    new ResizeObserver(() => this.later()).observe(find("views"));
    this.refresh();
    this.redraw();
  }

  get plan(): Plan {
    return this.state.plans[this.state.active];
  }

  setPlan(given: unknown): void {
    const plan = checkedPlan(this.data, given);
    this.remember();
    this.state.plans[this.state.active] = plan;
    this.refresh();
  }

  numbers(): Numbers {
    return this.counter.numbers(this.plan);
  }

  private blank(number: number): Plan {
    return { schema: "flr-plan/1", name: `Plan ${number}`, intent: "cure", cuts: [] };
  }

  // --- history ------------------------------------------------------------------------------------

  private remember(): void {
    this.past.push(copied(this.state));
    if (this.past.length > 200) this.past.shift();
    this.future = [];
  }

  private step(from: State[], to: State[]): void {
    const state = from.pop();
    if (!state) return;
    to.push(copied(this.state));
    this.state = state;
    this.shown.selected = -1;
    this.refresh();
  }

  /** Changes the plan that is looked at, as one step of the history. */
  private change(made: (plan: Plan) => Plan): void {
    const plan = made(this.plan);
    this.remember();
    this.state.plans[this.state.active] = plan;
    this.refresh();
  }

  // --- what is shown ------------------------------------------------------------------------------

  /** After a change of the plan: controls now, numbers and pictures with the next frame. */
  private refresh(): void {
    this.controls();
    this.later();
  }

  private later(): void {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.redraw();
    });
  }

  /** Numbers, slices, surfaces: in one frame, so that none is of another plan. */
  private redraw(): void {
    let resolved: Resolved | null = null;
    try {
      this.result = this.counter.numbers(this.plan);
      resolved = this.counter.resolve(this.plan);
    } catch (error) {
      if (!(error instanceof PlanFault)) throw error;
      this.result = error;
    }
    this.shown.resolved = resolved;
    this.shown.lines = linesOf(this.plan);
    this.shown.knots = knotsOf(this.plan);
    this.say();
    this.views.forEach((view) => view.draw());
    this.data.views.forEach((view, n) => {
      find<HTMLInputElement>(`at-${view.key}`).value = String(this.views[n].at);
    });
    this.scene?.draw(this.plan, resolved, this.shown);
  }

  private say(): void {
    const result = this.result;
    const fault = result instanceof Error ? result.message : "";
    find("fault").textContent = fault;
    find("fault").hidden = !fault;
    const numbers = result && !(result instanceof Error) ? result : null;
    numbersInWords(this.data, numbers).forEach(([id, text]) => (find(id).textContent = text));
    const limits = find("limits");
    limits.replaceChildren(
      ...limitsInWords(this.data, numbers).map(({ short, text, source }) =>
        element("li", { class: short ? "short" : "" }, element("span", {}, text), element("small", {}, ` ${source}`)),
      ),
    );
    this.byPlan.set(JSON.stringify(this.plan.cuts), numbers ?? fault);
    this.data.liver.tumours.forEach((tumour, t) => {
      const cell = document.getElementById(`fate-${tumour.name}`);
      if (cell) cell.textContent = numbers ? tumourWord(numbers.tumours[t]) : "–";
    });
    this.table();
    find<HTMLTextAreaElement>("text").value = this.words();
    find<HTMLTextAreaElement>("record").value = numbers ? paragraph(this.data, this.plan, numbers) : "";
  }

  private words(): string {
    if (!this.plan.cuts.length) return "";
    const text = textOf(this.plan);
    return text ?? "This plan holds a surface, which has no text: save it and give flr assess --plan FILE.json";
  }

  /** Several plans side by side; those that are not looked at keep the numbers they had. */
  private table(): void {
    const body = find("plans");
    const keys = new Set(this.state.plans.map((plan) => JSON.stringify(plan.cuts)));
    for (const key of this.byPlan.keys()) if (!keys.has(key)) this.byPlan.delete(key);
    const rows = this.state.plans.map((plan, n) => {
      const key = JSON.stringify(plan.cuts);
      if (!this.byPlan.has(key)) this.byPlan.set(key, this.counted(plan));
      const found = this.byPlan.get(key);
      const cells = typeof found === "object" ? [found.remnant_ml.toFixed(1), share(this.data, found)] : ["–", "–"];
      const pick = element("button", { type: "button", "aria-pressed": String(n === this.state.active) }, plan.name);
      pick.addEventListener("click", () => this.look(n));
      return element("tr", {}, element("th", { scope: "row" }, pick), ...cells.map((text) => element("td", {}, text)));
    });
    const was = body.dataset.shown;
    const now = JSON.stringify(rows.map((row) => row.textContent)) + String(this.state.active);
    if (was === now) return;
    const focused = body.contains(document.activeElement);
    body.dataset.shown = now;
    body.replaceChildren(...rows);
    if (focused) body.querySelector<HTMLElement>('[aria-pressed="true"]')?.focus();
  }

  private counted(plan: Plan): Numbers | string {
    try {
      return this.counter.numbers(plan);
    } catch (error) {
      if (error instanceof PlanFault) return error.message;
      throw error;
    }
  }

  private look(n: number): void {
    this.state.active = n;
    this.shown.selected = -1;
    this.refresh();
  }

  // --- controls -----------------------------------------------------------------------------------

  private controls(): void {
    const names = this.data.liver.part_names;
    find<HTMLInputElement>("name").value = this.plan.name;
    find<HTMLButtonElement>("undo").disabled = !this.past.length;
    find<HTMLButtonElement>("redo").disabled = !this.future.length;
    find<HTMLButtonElement>("remove-plan").disabled = this.state.plans.length < 2;
    for (const name of names) {
      const box = document.getElementById(`part-${name}`) as HTMLInputElement | null;
      if (box) box.checked = leavesWhole(this.plan, name);
    }
    const split = this.plan.cuts.find((cut): cut is Split => cut.type === "split" && cut.segment === "4");
    const select = document.getElementById("split-4") as HTMLSelectElement | null;
    if (select) select.value = split ? `${split.along}:${split.side ?? "front"}` : leavesWhole(this.plan, "4") ? "leaves" : "stays";
    for (const tumour of this.data.liver.tumours) {
      const zone = zoneOf(this.plan, tumour.name);
      const kind = document.getElementById(`zone-${tumour.name}`) as HTMLSelectElement | null;
      const margin = document.getElementById(`margin-${tumour.name}`) as HTMLInputElement | null;
      if (kind) kind.value = zone?.type ?? "";
      if (margin && zone) margin.value = String(zone.margin_mm);
    }
    this.cutList();
  }

  /** Planes, surfaces and zones around points: each with a button that removes it. */
  private cutList(): void {
    const rows = this.plan.cuts.flatMap((cut, n) => {
      const title = titleOf(cut);
      if (!title) return [];
      const pick = element("button", { type: "button", "aria-pressed": String(this.lineOf(n) === this.shown.selected && this.shown.selected >= 0) }, title);
      pick.addEventListener("click", () => this.select(n));
      const row = element("li", {}, pick);
      if (cut.type === "plane" || cut.type === "bezier") {
        const flip = element("button", { type: "button", title: "The other side leaves" }, "Other side");
        flip.addEventListener("click", () => this.change((plan) => withCut(plan, n, otherSide(cut))));
        row.append(flip);
      }
      if (cut.type !== "split") {
        const remove = element("button", { type: "button", "aria-label": `Remove ${title}` }, "Remove");
        remove.addEventListener("click", () => {
          this.shown.selected = -1;
          this.change((plan) => ({ ...plan, cuts: plan.cuts.filter((_, other) => other !== n) }));
        });
        row.append(remove);
      }
      return [row];
    });
    find("cuts").replaceChildren(...rows);
  }

  private lineOf(cut: number): number {
    return linesOf(this.plan).findIndex((line) => line.cut === cut);
  }

  private select(cut: number): void {
    this.shown.selected = this.lineOf(cut);
    this.refresh();
  }

  private listenToControls(): void {
    const press = (id: string, done: () => void) => find(id).addEventListener("click", done);
    press("undo", () => this.step(this.past, this.future));
    press("redo", () => this.step(this.future, this.past));
    press("add-plan", () => this.addPlan(this.blank(this.state.plans.length + 1)));
    press("copy-plan", () => this.addPlan({ ...copied(this.plan), name: `${this.plan.name} (copy)` }));
    press("remove-plan", () => {
      this.remember();
      this.state.plans.splice(this.state.active, 1);
      this.look(Math.min(this.state.active, this.state.plans.length - 1));
    });
    press("add-plane", () => this.addPlane());
    press("add-surface", () => this.addSurface());
    press("save", () => download(`${fileName(this.plan.name)}.json`, new Blob([`${JSON.stringify(saved(this.data, this.plan), null, 2)}\n`], { type: "application/json" })));
    press("picture", () => this.picture());
    press("copy-text", () => copyFrom("text"));
    press("copy-record", () => copyFrom("record"));
    find("name").addEventListener("change", () => {
      const name = find<HTMLInputElement>("name").value.trim().slice(0, 80);
      if (name) this.change((plan) => ({ ...plan, name }));
    });
    find("load").addEventListener("change", () => void this.load());
    for (const name of this.data.liver.part_names) {
      document.getElementById(`part-${name}`)?.addEventListener("change", (event) =>
        this.change((plan) => withPart(plan, this.data.liver.part_names, name, (event.target as HTMLInputElement).checked)),
      );
    }
    document.getElementById("split-4")?.addEventListener("change", (event) => this.split((event.target as HTMLSelectElement).value));
    for (const tumour of this.data.liver.tumours) {
      for (const id of [`zone-${tumour.name}`, `margin-${tumour.name}`]) {
        document.getElementById(id)?.addEventListener("change", () => this.zoneFromControls(tumour.name));
      }
    }
    for (const id of ["level", "width"]) find(id).addEventListener("input", () => this.windowed());
    this.data.views.forEach((view, n) => {
      const slider = find<HTMLInputElement>(`at-${view.key}`);
      slider.max = String(this.views[n].count - 1);
      slider.addEventListener("input", () => this.scroll(n, Number(slider.value) - this.views[n].at));
    });
  }

  private addPlan(plan: Plan): void {
    this.remember();
    this.state.plans.push(plan);
    this.look(this.state.plans.length - 1);
  }

  /** A plane through the slices that are looked at, whose right side leaves. */
  private addPlane(): void {
    const index: Point = [0, 0, 0];
    this.views.forEach((view) => (index[view.view.axis] = view.at));
    const origin_mm = this.shown.map.world(...index);
    this.change((plan) => ({ ...plan, cuts: [...plan.cuts, { type: "plane", origin_mm, normal: [1, 0, 0] }] }));
    this.select(this.plan.cuts.length - 1);
  }

  /** A surface of four by four control points through the slices that are looked at. */
  private addSurface(): void {
    const index: Point = [0, 0, 0];
    this.views.forEach((view) => (index[view.view.axis] = view.at));
    const [x, y, z] = this.shown.map.world(...index);
    const steps = [-1, -1 / 3, 1 / 3, 1].map((share) => share * SURFACE_MM);
    // Rows to the front and columns to the head: the surface's front is the patient's right.
    const control_mm = steps.map((front) => steps.map((up): Point => [x, y + front, z + up]));
    const number = 1 + this.plan.cuts.filter((cut) => cut.type === "bezier").length;
    this.change((plan) => ({
      ...plan,
      cuts: [...plan.cuts, { type: "bezier", name: `surface ${number}`, side: "front", control_mm }],
    }));
  }

  /** A control point somewhere else; as with planes, a drag is one step of the history. */
  private moveKnot(knot: Knot, at: Point): void {
    const old = this.plan.cuts[knot.cut];
    if (!old || old.type !== "bezier") return;
    const control_mm = old.control_mm.map((row, r) => row.map((p, c) => (r === knot.row && c === knot.column ? at : p)));
    this.state.plans[this.state.active] = withCut(this.plan, knot.cut, { ...old, control_mm });
    this.later();
  }

  private split(value: string): void {
    const names = this.data.liver.part_names;
    if (value === "stays" || value === "leaves") {
      this.change((plan) => withPart(withSplit(plan, names, "4", null), names, "4", value === "leaves"));
      return;
    }
    const [along, side] = value.split(":");
    const split: Split = { type: "split", segment: "4", along, side };
    if (along === "plane") Object.assign(split, { origin_mm: middleOf(this.shown.map, "4"), normal: [1, 0, 0] });
    this.change((plan) => withSplit(plan, names, "4", split));
  }

  private zoneFromControls(tumour: string): void {
    const kind = find<HTMLSelectElement>(`zone-${tumour}`).value;
    const margin = this.clampedMargin(Number(find<HTMLInputElement>(`margin-${tumour}`).value));
    this.change((plan) =>
      withZone(plan, tumour, kind === "wedge" || kind === "ablation" ? { type: kind, margin_mm: margin } : null),
    );
  }

  private clampedMargin(mm: number): number {
    return Math.min(this.data.liver.distance.to_mm, Math.max(0, Math.round(Number.isFinite(mm) ? mm : MARGIN_MM)));
  }

  /** A press on a tumour: the chosen tool is used, or its row is looked at. */
  private pressTumour(t: number): void {
    const { name } = this.data.liver.tumours[t];
    const tool = document.querySelector<HTMLInputElement>('input[name="tool"]:checked')?.value;
    if (tool === "wedge" || tool === "ablation") {
      const margin_mm = this.clampedMargin(find<HTMLInputElement>("tool-margin").valueAsNumber);
      const old = zoneOf(this.plan, name);
      const same = old?.type === tool && old.margin_mm === margin_mm;
      this.change((plan) => withZone(plan, name, same ? null : { type: tool, margin_mm }));
    }
    const row = document.getElementById(`row-${name}`);
    document.querySelectorAll(".tumours .looked").forEach((other) => other.classList.remove("looked"));
    row?.classList.add("looked");
    row?.scrollIntoView({ block: "nearest" });
  }

  private windowed(): void {
    const level = find<HTMLInputElement>("level").valueAsNumber;
    const width = find<HTMLInputElement>("width").valueAsNumber;
    this.shown.window = [level - width / 2, level + width / 2];
    this.later();
  }

  private async load(): Promise<void> {
    const input = find<HTMLInputElement>("load");
    const file = input.files?.[0];
    if (!file) return;
    const note = find("load-note");
    note.textContent = "";
    try {
      const plan = checkedPlan(this.data, JSON.parse(await file.text()));
      this.addPlan(plan);
    } catch (error) {
      note.textContent = `${file.name}: ${error instanceof Error ? error.message : String(error)}`;
    }
    input.value = "";
  }

  private picture(): void {
    const canvases = [...this.views.map((view) => view.canvas), ...(this.scene ? [this.scene.canvas] : [])].filter((c) => c.clientWidth > 0);
    this.redraw();
    this.scene?.finish();
    const made = element("canvas");
    const width = Math.max(...canvases.map((c) => c.width));
    const height = Math.max(...canvases.map((c) => c.height));
    const columns = canvases.length > 1 ? 2 : 1;
    const rows = Math.ceil(canvases.length / columns);
    const foot = 64;
    Object.assign(made, { width: width * columns, height: height * rows + foot });
    const context = made.getContext("2d");
    if (!context) return;
    context.fillStyle = "#15181b";
    context.fillRect(0, 0, made.width, made.height);
    canvases.forEach((c, n) => context.drawImage(c, (n % columns) * width, Math.floor(n / columns) * height));
    context.fillStyle = "#ffffff";
    context.font = "16px system-ui, sans-serif";
    const remnant = find("remnant").textContent ?? "";
    context.fillText(`${this.data.case_id}, ${this.plan.name}: remnant ${remnant} (${find("measured").textContent ?? ""})`, 12, height * rows + 26);
    context.fillText(this.data.statement, 12, height * rows + 50, made.width - 24);
    made.toBlob((blob) => blob && download(`${fileName(this.plan.name)}.png`, blob), "image/png");
  }

  // --- slices -------------------------------------------------------------------------------------

  private lookAtTumour(): void {
    const { map, data } = this.shown;
    const largest = [...data.liver.tumours].sort((a, b) => b.voxels - a.voxels)[0];
    const centre = largest ? map.index(largest.centroid_mm).map(Math.round) : map.shape.map((n) => Math.floor(n / 2));
    this.views.forEach((view) => {
      view.at = Math.min(map.shape[view.view.axis] - 1, Math.max(0, centre[view.view.axis]));
    });
  }

  private scroll(n: number, by: number): void {
    const view = this.views[n];
    view.at = Math.min(view.count - 1, Math.max(0, view.at + by));
    this.later();
  }

  private listenToSlices(view: SliceView): void {
    const { canvas } = view;
    let grip: Grip | null = null;
    let from: Point = [0, 0, 0];
    let begun: Line | null = null;
    let held: Knot | null = null;
    let pressed: [number, number] | null = null;
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      canvas.focus({ preventScroll: true });
      grip = view.gripAt(event.clientX, event.clientY, event.pointerType === "touch" ? FINGER_PX : undefined);
      pressed = [event.clientX, event.clientY];
      if (!grip) return;
      event.preventDefault();
      canvas.setPointerCapture(event.pointerId);
      from = view.world(event.clientX, event.clientY);
      if ("knot" in grip) {
        held = this.shown.knots[grip.knot];
      } else {
        begun = this.shown.lines[grip.line];
        this.shown.selected = grip.line;
      }
      this.remember();
      this.later();
    });
    canvas.addEventListener("pointermove", (event) => {
      if (held) {
        const to = view.world(event.clientX, event.clientY);
        this.moveKnot(held, held.at.map((x, a) => x + to[a] - from[a]) as Point);
        return;
      }
      if (!grip || "knot" in grip || !begun) {
        canvas.style.cursor = view.gripAt(event.clientX, event.clientY) ? "grab" : "crosshair";
        return;
      }
      const { origin, normal } = view.dragged(begun, grip.turn, from, event.clientX, event.clientY);
      this.replaceCut(begun.cut, origin, normal);
    });
    const end = (event: PointerEvent) => {
      const still = pressed && Math.hypot(event.clientX - pressed[0], event.clientY - pressed[1]) < 4;
      if (grip) this.refresh();
      else if (still && event.type === "pointerup") {
        const code = view.codeAt(event.clientX, event.clientY);
        const tumour = code ? this.data.liver.codes[code - 1].tumour : -1;
        if (tumour >= 0) this.pressTumour(tumour);
      }
      grip = begun = held = pressed = null;
    };
    canvas.addEventListener("pointerup", end);
    canvas.addEventListener("pointercancel", end);
    // A finger on a line drags it; anywhere else it scrolls the page.
    canvas.addEventListener("touchstart", (event) => {
      const [finger] = event.touches;
      if (view.gripAt(finger.clientX, finger.clientY, FINGER_PX)) event.preventDefault();
    }, { passive: false });
    const n = this.views.indexOf(view);
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.scroll(n, event.deltaY > 0 ? -1 : 1);
    }, { passive: false });
    canvas.addEventListener("keydown", (event) => {
      const by = { PageUp: 5, PageDown: -5, ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (by === undefined || event.ctrlKey || event.altKey || this.shown.selected >= 0) return;
      event.preventDefault();
      this.scroll(n, by);
    });
  }

  /** A plane, cut or border of a split, somewhere else; the history is not asked: a drag is one step. */
  private replaceCut(cut: number, origin_mm: Point, normal: Point): void {
    const old = this.plan.cuts[cut];
    if (!old || (old.type !== "plane" && old.type !== "split")) return;
    this.state.plans[this.state.active] = withCut(this.plan, cut, { ...old, origin_mm, normal });
    this.later();
  }

  // --- keyboard -----------------------------------------------------------------------------------

  /** Ctrl+Z, Ctrl+Y; the selected plane moves by arrows and turns by arrows with Shift. */
  private listenToKeys(): void {
    document.addEventListener("keydown", (event) => {
      const typing = event.target instanceof HTMLElement && event.target.closest("input, select, textarea");
      if ((event.ctrlKey || event.metaKey) && !typing) {
        const key = event.key.toLowerCase();
        if (key !== "z" && key !== "y") return;
        event.preventDefault();
        if (key === "y" || event.shiftKey) this.step(this.future, this.past);
        else this.step(this.past, this.future);
        return;
      }
      if (typing || event.ctrlKey || event.altKey || event.metaKey) return;
      if (event.key === "Escape" && this.shown.selected >= 0) {
        this.shown.selected = -1;
        this.refresh();
        return;
      }
      const line = this.shown.lines[this.shown.selected];
      const sign = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1 }[event.key];
      if (!line || sign === undefined) return;
      event.preventDefault();
      this.moveByKey(line, sign, event);
    });
  }

  private moveByKey(line: Line, sign: number, event: KeyboardEvent): void {
    const length = Math.hypot(...line.normal);
    const n = line.normal.map((x) => x / length) as Point;
    this.remember();
    if (!event.shiftKey) {
      this.replaceCut(line.cut, line.origin.map((x, a) => x + sign * n[a]) as Point, line.normal);
    } else {
      // Left and right about the axis from foot to head; up and down towards head and foot.
      const sideways = event.key === "ArrowLeft" || event.key === "ArrowRight";
      const angle = (sign * 2 * Math.PI) / 180;
      const steepest = Math.PI / 2 - 1e-6;
      const across = Math.atan2(n[1], n[0]) + (sideways ? angle : 0);
      const up = Math.min(steepest, Math.max(-steepest, Math.asin(n[2]) + (sideways ? 0 : angle)));
      const turned: Point = [Math.cos(across) * Math.cos(up), Math.sin(across) * Math.cos(up), Math.sin(up)];
      this.replaceCut(line.cut, line.origin, turned);
    }
    this.refresh();
  }
}

function share(data: PlannerData, found: Numbers): string {
  return data.patient.ungradable ? "–" : `${found.flr_percent_of_measured.toFixed(1)} %`;
}

function withCut(plan: Plan, at: number, cut: Cut): Plan {
  return { ...plan, cuts: plan.cuts.map((old, n) => (n === at ? cut : old)) };
}

function linesOf(plan: Plan): Line[] {
  return plan.cuts.flatMap((cut, n): Line[] => {
    if (cut.type === "plane") return [{ cut: n, origin: cut.origin_mm, normal: cut.normal, kind: "plane" }];
    if (cut.type === "split" && cut.origin_mm && cut.normal) {
      return [{ cut: n, origin: cut.origin_mm, normal: cut.normal, kind: "split" }];
    }
    return [];
  });
}

function knotsOf(plan: Plan): Knot[] {
  return plan.cuts.flatMap((cut, n) =>
    cut.type === "bezier"
      ? cut.control_mm.flatMap((row, r) => row.map((at, column): Knot => ({ cut: n, row: r, column, at })))
      : [],
  );
}

function otherSide(cut: Extract<Cut, { type: "plane" | "bezier" }>): Cut {
  if (cut.type === "plane") return { ...cut, normal: cut.normal.map((x) => -x) as Point };
  return { ...cut, side: cut.side === "front" ? "back" : "front" };
}

function titleOf(cut: Cut): string {
  switch (cut.type) {
    case "plane":
      return `Plane at ${cut.origin_mm.map((x) => x.toFixed(0)).join(", ")} mm`;
    case "split":
      return cut.along === "plane" ? `Border through segment ${cut.segment}` : "";
    case "bezier":
      return `Curved ${cut.name}`;
    case "wedge":
    case "ablation":
      return cut.tumour ? "" : `${cut.type === "wedge" ? "Resection" : "Ablation"} of ${cut.margin_mm} mm around a point`;
    default:
      return "";
  }
}

/** Middle of a part. [mm] */
function middleOf(map: LiverMap, name: string): Point {
  const part = map.data.part_names.indexOf(name);
  const sum: Point = [0, 0, 0];
  let count = 0;
  const { n, i, j, k, length, code } = map.runs;
  for (let r = 0; r < n; r += 1) {
    if (map.data.codes[code[r] - 1].part !== part) continue;
    sum[0] += length[r] * (i[r] + 0.5 * (length[r] - 1));
    sum[1] += length[r] * j[r];
    sum[2] += length[r] * k[r];
    count += length[r];
  }
  return map.world(sum[0] / count, sum[1] / count, sum[2] / count);
}

const fileName = (name: string) => name.replace(/[^\p{L}\p{N} ._-]/gu, "").trim().replace(/\s+/g, "-") || "plan";

function download(name: string, blob: Blob): void {
  const link = element("a", { download: name });
  link.href = URL.createObjectURL(blob);
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function copyFrom(id: string): void {
  const field = find<HTMLTextAreaElement>(id);
  field.focus();
  field.select();
  if (navigator.clipboard) void navigator.clipboard.writeText(field.value).catch(() => document.execCommand("copy"));
  else document.execCommand("copy");
}

function refuse(words: string[]): void {
  find("refused").hidden = false;
  find("refused-list").replaceChildren(...words.map((text) => element("li", {}, text)));
  find("main").hidden = true;
}

/** Remnant of a plan; null for one that this page cannot count, of which it shows why and no number. */
function remnantOf(counter: Counter, plan: Plan): number | null {
  try {
    return counter.numbers(plan).remnant_ml;
  } catch (error) {
    if (error instanceof PlanFault) return null;
    throw error;
  }
}

async function open(): Promise<Page | null> {
  const data = JSON.parse(find("data").textContent ?? "") as PlannerData;
  const map = await LiverMap.open(data.liver);
  const faults = recount(map);
  const counter = new Counter(map);
  if (!faults.length) {
    // Plans that Python counted are counted again: a page that disagrees shows no number at all.
    for (const { plan, remnant_ml } of data.plans) {
      if (remnant_ml === null) continue;
      const found = remnantOf(counter, plan);
      if (found === null) continue;
      if (!(Math.abs(found - remnant_ml) <= 0.01)) {
        faults.push(`${plan.name}: counted ${found.toFixed(3)} mL of remnant, the file says ${remnant_ml.toFixed(3)} mL`);
      }
    }
  }
  if (faults.length) {
    refuse(faults);
    return null;
  }
  const grey = data.image ? { shape: data.image.shape, voxels: await unpacked(data.image.data) } : null;
  find("main").hidden = false;
  const page = new Page(data, counter, grey);
  page.start();
  return page;
}

const started = open().catch((error: unknown) => {
  refuse([`the file could not be opened: ${error instanceof Error ? error.message : String(error)}`]);
  return null;
});
find("no-script").hidden = true;

async function ready(): Promise<Page> {
  const page = await started;
  if (!page) throw new Error("the page refused its file; it shows why");
  return page;
}

let opened: Page | null = null;
const promise = ready().then((page) => {
  opened = page;
});
promise.catch(() => undefined);
const now = (): Page => {
  if (!opened) throw new Error("the page is not ready: await flrPlanner.ready");
  return opened;
};

Object.assign(window, {
  flrPlanner: {
    ready: promise,
    setPlan: (plan: unknown) => now().setPlan(plan),
    plan: () => saved(JSON.parse(find("data").textContent ?? "") as PlannerData, now().plan),
    numbers: () => now().numbers(),
  },
});
