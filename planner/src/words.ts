/** What is said of the numbers. Nothing here grades: a preview names the limits that a share is short of. */

import { type Numbers, type TumourNumbers } from "./count";
import { type PlannerData, type Row } from "./model";
import { type Plan } from "./plan";

const MINUS = "–";

/** Decimals enough that a value and its limit never read alike when they differ. */
export function against(value: number, limit: number, least = 1): [string, string] {
  for (let digits = least; digits < 7; digits += 1) {
    const [a, b] = [value.toFixed(digits), limit.toFixed(digits)];
    if (a !== b || value === limit) return [a, String(limit)];
  }
  return [String(value), String(limit)];
}

/** Measures by the names of the criteria; null where one is not known. */
export function measures(data: PlannerData, numbers: Numbers): Record<string, number | null> {
  const { weight_kg, standard_liver_volume_ml, ungradable } = data.patient;
  if (ungradable) return {};
  const of = (ml: number | null) => (ml ? (100 * numbers.remnant_ml) / ml : null);
  return {
    flr_percent_of_measured: numbers.flr_percent_of_measured,
    flr_percent_of_standard: of(standard_liver_volume_ml),
    // The only formula that published limits are for.
    flr_percent_of_vauthey_2002: of(data.patient.graded_standard_ml),
    // 1 mL is counted as 1 g.
    flr_to_body_weight_percent: weight_kg ? (100 * numbers.remnant_ml) / (1000 * weight_kg) : null,
  };
}

const MEASURE_WORDS: Record<string, string> = {
  flr_percent_of_measured: "of the measured liver",
  flr_percent_of_standard: "of the standard liver",
  flr_percent_of_vauthey_2002: "of the standard liver",
  flr_to_body_weight_percent: "of the body weight",
};

/** Element and text of each number. */
export function numbersInWords(data: PlannerData, numbers: Numbers | null): [string, string][] {
  if (!numbers) {
    return ["remnant", "measured", "standard", "weight", "resected", "ablated", "left-tumour", "margin"].map((id) => [id, MINUS]);
  }
  const known = measures(data, numbers);
  const percent = (key: string, digits: number, why: string) => {
    const value = known[key];
    return value == null ? why : `${value.toFixed(digits)} %`;
  };
  const { patient } = data;
  const why = patient.ungradable ? "not related" : "";
  return [
    ["remnant", `${numbers.remnant_ml.toFixed(1)} mL`],
    ["measured", percent("flr_percent_of_measured", 1, why)],
    ["standard", percent("flr_percent_of_standard", 1, why || patient.no_standard)],
    ["weight", percent("flr_to_body_weight_percent", 2, why || patient.no_weight)],
    ["resected", `${numbers.resected_ml.toFixed(1)} mL`],
    ["ablated", `${numbers.ablated_ml.toFixed(1)} mL`],
    ["left-tumour", data.liver.tumours.length ? `${numbers.remnant_tumour_ml.toFixed(1)} mL` : "no tumour is drawn"],
    ["margin", marginWord(data, numbers)],
  ];
}

function marginWord(data: PlannerData, numbers: Numbers): string {
  if (!data.liver.tumours.length) return "no tumour is drawn";
  const left = numbers.tumours.filter((t) => t.fate === "left").map((t) => t.name);
  const cut = numbers.tumours.filter((t) => t.fate === "cut_through").map((t) => t.name);
  if (cut.length) return `0 mm: ${cut.join(", ")} cut through`;
  if (left.length) return `none: ${left.join(", ")} left`;
  const unknown = numbers.tumours.filter((t) => t.margin_mm === null).map((t) => t.name);
  if (unknown.length) return `not known of ${unknown.join(", ")}`;
  const least = Math.min(...numbers.tumours.map((t) => t.margin_mm ?? 0));
  return `at least ${floored(least)} mm`;
}

// Rounded down: a margin is not made wider by its print.
const floored = (mm: number) => (Math.floor(mm * 10) / 10).toFixed(1);

// What stays of a tumour that is cut through is neither nothing nor all of it.
const shareWord = (percent: number) =>
  percent < 1 ? "less than 1 %" : percent > 99 ? "more than 99 %" : `${percent.toFixed(0)} %`;

/** One tumour under the plan. */
export function tumourWord(tumour: TumourNumbers): string {
  switch (tumour.fate) {
    case "left":
      return "✗ left";
    case "cut_through":
      return `✗ cut through, ${shareWord(tumour.remaining_percent)} stays`;
    default: {
      const margin = tumour.margin_mm === null ? "margin not known" : `≥ ${floored(tumour.margin_mm)} mm`;
      return `✓ ${tumour.fate}, ${margin}`;
    }
  }
}

export interface LimitWords {
  short: boolean;
  text: string;
  source: string;
}

const fails = (row: Row, value: number) => !(row.fails_when === "at_or_below" ? value > row.limit : value >= row.limit);

/** Each measure against the lowest limit that it is short of, or the highest that there is. */
export function limitsInWords(data: PlannerData, numbers: Numbers | null): LimitWords[] {
  if (!numbers || data.no_preview) return [];
  const known = measures(data, numbers);
  const found: LimitWords[] = [];
  // A volume above its limit says nothing for a plan that leaves tumour: that is said first.
  const named = (fate: string) => numbers.tumours.filter((t) => t.fate === fate).map((t) => t.name).join(", ");
  const stays = [named("cut_through") && `cut through: ${named("cut_through")}`, named("left") && `left: ${named("left")}`];
  const tumour = stays.filter(Boolean).join("; ");
  if (tumour) found.push({ short: true, text: `Tumour stays (${tumour})`, source: "" });
  const names = [...new Set(data.criteria.map((row) => row.measure))];
  for (const measure of names) {
    const value = known[measure === "flr_percent_of_standard" ? "flr_percent_of_vauthey_2002" : measure];
    const words = MEASURE_WORDS[measure];
    if (value == null || !words) continue;
    const rows = data.criteria.filter((row) => row.measure === measure).sort((a, b) => a.limit - b.limit);
    const row = rows.find((one) => fails(one, value)) ?? rows[rows.length - 1];
    const short = fails(row, value);
    const [own, limit] = against(value, row.limit, measure === "flr_to_body_weight_percent" ? 2 : 1);
    const how = short ? (row.fails_when === "at_or_below" ? "at or below" : "below") : "above";
    found.push({ short, text: `${own} % ${words}: ${how} the limit of ${limit} %`, source: row.source });
  }
  return found;
}

/** One paragraph for the record. */
export function paragraph(data: PlannerData, plan: Plan, numbers: Numbers): string {
  const values = Object.fromEntries(numbersInWords(data, numbers));
  const tumours = numbers.tumours.map((t) => `${t.name} ${tumourWord(t).replace(/^[✓✗] /, "")}`).join("; ");
  const shares = data.patient.ungradable
    ? `not related to liver or body (${data.patient.ungradable})`
    : `${values.measured} of the measured functional liver (${numbers.functional_ml.toFixed(1)} mL)` +
      (measures(data, numbers).flr_percent_of_standard == null ? "" : `, ${values.standard} of the standard liver volume`);
  return (
    `${plan.name}. Planned remnant ${values.remnant}, ${shares}. Resected ${values.resected}` +
    (numbers.ablated_ml > 0 ? `, ablated ${values.ablated}` : "") +
    `.${tumours ? ` Tumours: ${tumours}.` : ""} Blood supply of the remnant was not counted here. Preview of ` +
    `${data.made_by}; not graded, for review by a multidisciplinary team.`
  );
}
