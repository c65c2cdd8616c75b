/** What the file holds (`flr-planner/1`), and the plans that are made of it. */

import { type LiverData, type Point } from "./liver";
import { type Cut, type Plan, PlanFault, type Split, type Zone } from "./plan";

export interface View {
  key: string;
  name: string;
  /** Index axis across which slices are taken. */
  axis: number;
  /** Index axes of the picture, to the right and down; -1 where the index falls along it. */
  right: [number, number];
  down: [number, number];
  /** Letters at the left, right, top and bottom. */
  edges: [string, string, string, string];
}

export interface Row {
  measure: string;
  limit: number;
  unit: string;
  fails_when: "at_or_below" | "below";
  role: string;
  source: string;
}

export interface Volume {
  shape: Point;
  window: [number, number];
  note: string;
  data: string;
}

export interface MeshData {
  name: string;
  kind: string;
  colour: string;
  part: number;
  levels: { vertices: number; triangles: number; at: number }[];
}

export interface PlannerData {
  schema: "flr-planner/1";
  made_by: string;
  case_id: string;
  statement: string;
  liver: LiverData;
  hashes: string[];
  views: View[];
  image: Volume | null;
  meshes: { low: Point; high: Point; data: string; items: MeshData[] } | null;
  colours: Record<string, string>;
  patient: {
    weight_kg: number | null;
    standard_liver_volume_ml: number | null;
    graded_standard_ml: number | null;
    no_standard: string;
    no_weight: string;
    ungradable: string | null;
  };
  criteria: Row[];
  profiles: string[];
  no_preview: string | null;
  quality: { severity: string; message: string }[];
  plans: { plan: Plan; remnant_ml: number | null }[];
}

export const copied = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

/** Whether a plan was made for another grid or another liver; words for the reader where it was. */
export function ofAnotherLiver(data: PlannerData, plan: Plan): string | null {
  const wanted = plan.liver_sha256;
  if (wanted && !data.hashes.includes(wanted.toLowerCase())) {
    return `the plan was made for another liver (its liver_sha256 ${wanted.slice(0, 12)}… is not of this one's files)`;
  }
  if (!plan.grid) return null;
  const own = data.liver.grid.index_to_world_mm;
  const other = plan.grid.index_to_world_mm;
  const apart = own.slice(0, 3).some((row, a) => row.slice(0, 3).some((x, c) => Math.abs(x - other[a][c]) > 1e-4));
  if (apart) return "the plan was made for another grid: its voxels have another size or direction";
  const m = other.map((row) => row.slice(0, 3));
  const shift = [0, 1, 2].map((a) => own[a][3] - other[a][3]);
  const index = solve(m, shift);
  return index.some((x) => Math.abs(x - Math.round(x)) > 0.05) ? "the plan was made for another grid: its voxels lie between these" : null;
}

function solve(m: number[][], b: number[]): number[] {
  const det = (x: number[][]) =>
    x[0][0] * (x[1][1] * x[2][2] - x[1][2] * x[2][1]) -
    x[0][1] * (x[1][0] * x[2][2] - x[1][2] * x[2][0]) +
    x[0][2] * (x[1][0] * x[2][1] - x[1][1] * x[2][0]);
  const all = det(m);
  return [0, 1, 2].map((c) => det(m.slice(0, 3).map((row, r) => row.map((x, n) => (n === c ? b[r] : x)))) / all);
}

const KNOWN = ["parts", "part_of", "split", "plane", "wedge", "ablation", "bezier", "thin_plate", "drawn"];

/** A plan from somewhere else, checked. Throws PlanFault. */
export function checkedPlan(data: PlannerData, given: unknown): Plan {
  const plan = given as Plan;
  if (!plan || typeof plan !== "object" || plan.schema !== "flr-plan/1") {
    throw new PlanFault("this is no plan: expected a JSON file with \"schema\": \"flr-plan/1\"");
  }
  if (!Array.isArray(plan.cuts) || plan.cuts.some((cut) => !cut || !KNOWN.includes(cut.type))) {
    throw new PlanFault("the plan has no list of cuts, or a cut that this page does not know");
  }
  const other = ofAnotherLiver(data, plan);
  if (other) throw new PlanFault(`${other}; plan again on this liver`);
  return bySides(copied({ ...plan, name: String(plan.name || "Plan") }), data.liver.part_names);
}

/** 4a or 4b of a segment 4 that a plan divides is one of its sides: said so, the controls can show it. */
export function bySides(plan: Plan, names: string[]): Plan {
  const halves = plan.cuts.flatMap((cut) => (cut.type === "parts" ? cut.names.filter((n) => n === "4a" || n === "4b") : []));
  const split = plan.cuts.find((cut): cut is Split => cut.type === "split" && cut.segment === "4");
  if (!split || new Set(halves).size !== 1 || names.includes(halves[0])) return plan;
  const upper = halves[0] === "4a";
  const rises = split.normal ? split.normal[2] / Math.hypot(...split.normal) : 0;
  // A border that is no level has no upper half: the count says so.
  if (split.along !== "portal" && Math.abs(rises) < 0.5) return plan;
  const side = split.along === "portal" ? (upper ? "above" : "below") : upper === rises > 0 ? "front" : "back";
  const cuts = plan.cuts.flatMap((cut): Cut[] => {
    if (cut === split) return [{ type: "part_of", name: "4" }, { ...split, side }];
    if (cut.type !== "parts") return [cut];
    const rest = cut.names.filter((n) => n !== halves[0]);
    return rest.length ? [{ type: "parts", names: rest }] : [];
  });
  return { ...plan, cuts };
}

/** The plan as a file of its own. */
export function saved(data: PlannerData, plan: Plan): Plan {
  const { shape, index_to_world_mm } = data.liver.grid;
  return {
    ...copied(plan),
    schema: "flr-plan/1",
    intent: plan.intent ?? "cure",
    grid: { shape, index_to_world_mm },
    liver_sha256: data.hashes[0] ?? null,
  };
}

const point = (p: Point) => p.map((x) => String(x + 0)).join(", ");

/** The plan as `flr assess --plan` reads it; null where a surface has no text. */
export function textOf(plan: Plan): string | null {
  const parts = plan.cuts.flatMap((cut) => (cut.type === "parts" ? cut.names : []));
  const sides = plan.cuts.flatMap((cut) => (cut.type === "part_of" ? [`${cut.name}'`] : []));
  const segments = [...parts.filter((name) => /^\d/.test(name)), ...sides];
  const extras = (plan.structures ?? []).map((name) => `-${name}`).join("");
  const texts = segments.length ? [`H${segments.join("")}${extras}`] : [];
  texts.push(...parts.filter((name) => !/^\d/.test(name)));
  for (const cut of plan.cuts) {
    if (cut.type === "bezier" || cut.type === "thin_plate" || cut.type === "drawn") return null;
    const text = textOfCut(cut);
    if (text) texts.push(text);
  }
  if (plan.preserve?.length) texts.push(`preserve(${plan.preserve.join(", ")})`);
  if (plan.reconstruct?.length) texts.push(`reconstruct(${plan.reconstruct.join(", ")})`);
  return texts.length ? texts.join(" + ") : null;
}

function textOfCut(cut: Cut): string {
  switch (cut.type) {
    case "plane":
      return `plane(${point(cut.origin_mm)}, ${point(cut.normal)})`;
    case "wedge":
    case "ablation": {
      const where = cut.tumour ?? (cut.position_mm ? `(${point(cut.position_mm)})` : "");
      return `${cut.type === "wedge" ? "wedge" : "ablate"}(${where}, ${cut.margin_mm})`;
    }
    case "split": {
      const along = cut.along === "plane" && cut.origin_mm && cut.normal ? `plane(${point(cut.origin_mm)}, ${point(cut.normal)})` : cut.along;
      return `split(${cut.segment}, ${along}${cut.side ? `, ${cut.side}` : ""})`;
    }
    default:
      return "";
  }
}

/** Whether whole segments of a plan hold a part. */
export function leavesWhole(plan: Plan, name: string): boolean {
  return plan.cuts.some((cut) => cut.type === "parts" && cut.names.some((n) => n === name || (n === "4" && /^4[ab]$/.test(name))));
}

/** The plan with a part that leaves, or that stays. */
export function withPart(plan: Plan, names: string[], name: string, leaves: boolean): Plan {
  const now = names.filter((n) => leavesWhole(plan, n) && n !== name);
  const wanted = leaves ? names.filter((n) => n === name || now.includes(n)) : now;
  const others = plan.cuts.filter((cut) => cut.type !== "parts" && !(leaves && isOf(cut, name)));
  return { ...plan, cuts: wanted.length ? [{ type: "parts", names: wanted }, ...others] : others };
}

const isOf = (cut: Cut, segment: string) =>
  (cut.type === "part_of" && cut.name === segment) || (cut.type === "split" && cut.segment === segment);

/** The plan with a segment divided by a border, or with it no longer divided. */
export function withSplit(plan: Plan, names: string[], segment: string, split: Split | null): Plan {
  const bare = withPart(plan, names, segment, false);
  const cuts = bare.cuts.filter((cut) => !isOf(cut, segment));
  return split ? { ...bare, cuts: [...cuts, { type: "part_of", name: segment }, split] } : { ...bare, cuts };
}

/** The zone around a tumour, if the plan has one. */
export function zoneOf(plan: Plan, tumour: string): Zone | undefined {
  return plan.cuts.find(
    (cut): cut is Zone => (cut.type === "wedge" || cut.type === "ablation") && cut.tumour?.toLowerCase() === tumour.toLowerCase(),
  );
}

/** The plan with a zone around a tumour, or without one. */
export function withZone(plan: Plan, tumour: string, zone: { type: "wedge" | "ablation"; margin_mm: number } | null): Plan {
  const old = zoneOf(plan, tumour);
  const cuts = plan.cuts.filter((cut) => cut !== old);
  return { ...plan, cuts: zone ? [...cuts, { ...zone, tumour }] : cuts };
}
