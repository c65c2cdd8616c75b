"""Everyday patients, each with the flag that a team would expect: one table for tests and page.

``python tests/everyday_patients.py docs/everyday-patients.md`` writes the page.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from growing import COLUMN_ML, H5678, case_of, liver_of, scan_at

from flr.assessment import expected_liver_ml, size_findings
from flr.checks import blocks_grading, polycystic_findings, tumour_fraction_findings
from flr.criteria import Grade, extent_of, grade, percent_limits
from flr.growth import FollowUp, follow_up
from flr.measures import relate
from flr.patient import Patient, body_findings
from flr.plans import parse_plan
from flr.quality import Evidence, QualityFinding
from flr.reassurance import image_rows
from flr.uncertainty import assumed_errors, plan_intervals

Tumour = Literal["none", "present", "unknown"]

BODY: Final = {"weight_kg": 70, "height_cm": 170}
CHILD_A: Final = {
    "condition": "cirrhosis",
    "diagnosis": "hcc",
    "child_pugh": "A",
    "portal_hypertension": False,
}


@dataclass(frozen=True, kw_only=True)
class Everyday:
    """One patient with one plan, and what is expected.

    ``notes`` must all be there, ``says`` all in the headline, ``warns`` among the checks. ``confirmed``
    says that somebody has answered for a tumour that is more than half of the liver.
    """

    who: str
    flag: str
    percent: float
    plan: str = "H5678"
    facts: dict[str, Any] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=lambda: dict(BODY))
    functional_ml: float = 1500.0
    tumour_ml: float = 0.0
    intent: Literal["cure", "debulking"] = "cure"
    remnant_tumour: Tumour = "none"
    reviewed: bool = True
    confirmed: bool = True
    by_volume: str = ""
    notes: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    warns: tuple[str, ...] = ()
    options: tuple[str, ...] = ()

    @property
    def patient(self) -> Patient:
        """The patient, normal liver unless stated."""
        return Patient(**{"condition": "normal", **self.body, **self.facts})

    @property
    def total_ml(self) -> float:
        """The liver with its tumours. [mL]"""
        return self.functional_ml + self.tumour_ml

    @property
    def findings(self) -> tuple[QualityFinding, ...]:
        """What the checks of the body say."""
        return (
            *body_findings(self.patient),
            *size_findings(self.patient, self.functional_ml),
            *polycystic_findings(0.0, polycystic=self.patient.polycystic is True),
            *(() if self.confirmed else tumour_fraction_findings(self.tumour_ml, self.total_ml)),
        )

    def grade(self) -> Grade:
        """As every door grades it, from numbers."""
        patient, flr_ml = self.patient, self.percent / 100.0 * self.functional_ml
        measures = relate(flr_ml=flr_ml, functional_ml=self.functional_ml, patient=patient)
        errors = assumed_errors(
            total_ml=self.total_ml,
            remnant_ml=flr_ml,
            tumour_ml=self.tumour_ml,
            cirrhosis="cirrhosis" in patient.conditions,
        )
        known = {"total": self.total_ml, "functional": self.functional_ml, "remnant": flr_ml}
        limits = {"flr_percent_of_measured": percent_limits(patient)}
        intervals = plan_intervals(known, measures, patient, errors, limits=limits)
        plan = parse_plan(self.plan, intent=self.intent)
        rows = list(image_rows(self.findings, None))
        if not self.reviewed:
            rows = [row for row in rows if row.row != "reviewed"]
            rows.append(
                Evidence(row="reviewed", status="not shown", evidence="nobody says that a person has")
            )
        return grade(
            measures,
            patient,
            remnant_tumour=self.remnant_tumour,
            removed_tumour="present" if self.tumour_ml else "none",
            intent=self.intent,
            rows=rows,
            unbelievable=[found.message for found in self.findings if blocks_grading(found)],
            measured_interval=intervals.get("flr_percent_of_measured"),
            standard_interval=intervals.get("flr_percent_of_standard_measurement_only"),
            extent=extent_of(plan, tuple(c for c in self.plan if c.isdigit())),
        )


PATIENTS: Final = (
    Everyday(
        who="healthy liver, left lateral sectionectomy, reviewed", plan="H23", percent=80, flag="adequate"
    ),
    Everyday(
        who="the same, nobody has reviewed it",
        plan="H23",
        percent=80,
        reviewed=False,
        flag="indeterminate",
        by_volume="adequate",
        says=("not yet shown: reviewed",),
    ),
    Everyday(who="normal liver, right hepatectomy", percent=30.7, flag="adequate", notes=("near_cutoff",)),
    Everyday(who="normal liver, right hepatectomy", percent=26.0, flag="borderline"),
    Everyday(
        who="16 weeks of chemotherapy",
        percent=31.3,
        flag="borderline",
        facts={"chemotherapy_weeks": 16},
        says=("With a probability of",),
    ),
    Everyday(
        who="six cycles of chemotherapy, platelets 95, right hepatectomy",
        percent=35,
        flag="borderline",
        facts={"condition": "chemotherapy", "chemotherapy_weeks": 12, "platelets_10e9_per_l": 95},
        says=("repeat after 4 weeks",),
    ),
    Everyday(
        who="the same, segment 6",
        plan="H6",
        percent=86,
        flag="adequate",
        notes=("platelets_low",),
        facts={"condition": "chemotherapy", "chemotherapy_weeks": 12, "platelets_10e9_per_l": 95},
    ),
    Everyday(
        who="two lung nodules whose operation is planned",
        percent=45,
        flag="adequate",
        facts={"diagnosis": "crlm", "extrahepatic_disease": "planned"},
        notes=("extrahepatic_disease_controlled",),
    ),
    Everyday(
        who="HCC, Child-Pugh A, R15 12 %, left lateral sectionectomy",
        plan="H23",
        percent=82,
        flag="adequate",
        facts={**CHILD_A, "icg_r15_percent": 12},
    ),
    Everyday(
        who="HCC, Child-Pugh A, R15 12 %, right hepatectomy after embolisation",
        percent=55,
        flag="adequate",
        facts={**CHILD_A, "icg_r15_percent": 12, "prior": ("embolisation",)},
    ),
    Everyday(
        who="HCC, R15 24 %, bilirubin 0.8 mg/dL, segment 6",
        plan="H6",
        percent=83,
        flag="adequate",
        facts={**CHILD_A, "icg_r15_percent": 24, "bilirubin_mg_per_dl": 0.8},
    ),
    Everyday(
        who="HCC, R15 24 %, bilirubin 1.3 mg/dL, segment 6",
        plan="H6",
        percent=83,
        flag="borderline",
        facts={**CHILD_A, "icg_r15_percent": 24, "bilirubin_mg_per_dl": 1.3},
        says=("Tokyo objects",),
    ),
    Everyday(
        who="HCC with portal hypertension, left lateral sectionectomy",
        plan="H23",
        percent=82,
        flag="borderline",
        facts={**CHILD_A, "portal_hypertension": True},
        notes=("portal_hypertension_present",),
    ),
    Everyday(
        who="Child-Pugh B with portal hypertension",
        percent=33,
        flag="below_minimum",
        facts={**CHILD_A, "child_pugh": "B", "portal_hypertension": True},
        says=("embolisation is not an option", "transplant referral"),
        options=("transplant_referral",),
    ),
    Everyday(
        who="Child-Pugh C",
        percent=60,
        flag="adverse_fact",
        facts={**CHILD_A, "child_pugh": "C"},
        says=("Child-Pugh C",),
    ),
    Everyday(
        who="donor with Gilbert's syndrome",
        percent=33.5,
        flag="borderline",
        notes=("bilirubin_gilbert",),
        facts={"condition": "donor", "bilirubin_mg_per_dl": 2.2, "bilirubin_cause": "gilbert"},
        says=("another graft",),
    ),
    Everyday(who="donor", percent=36, flag="adequate", facts={"condition": "donor"}),
    Everyday(
        who="polycystic liver, cysts not drawn",
        plan="H23",
        percent=60,
        functional_ml=2400,
        flag="indeterminate",
        facts={"polycystic": True},
        says=("none of its cysts is drawn",),
        warns=("polycystic_cysts_not_drawn",),
    ),
    Everyday(
        who="segment 3 after an earlier right hepatectomy",
        plan="H3",
        percent=76,
        functional_ml=1150,
        flag="adequate",
        facts={"prior": ("hepatectomy",)},
    ),
    Everyday(
        who="110 kg, right posterior sectionectomy",
        plan="H67",
        percent=70,
        functional_ml=2000,
        flag="adequate",
        body={"weight_kg": 110, "height_cm": 175},
    ),
    Everyday(
        who="40 kg and 148 cm",
        percent=34.6,
        functional_ml=1100,
        flag="adequate",
        body={"weight_kg": 40, "height_cm": 148},
        warns=("body_size_out_of_range",),
    ),
    Everyday(
        who="woman of 52 kg, liver of 0.59 of the expected size",
        plan="H23",
        percent=82,
        functional_ml=661,
        flag="adequate",
        body={"weight_kg": 52, "height_cm": 158, "sex": "F"},
        warns=("liver_size_against_body",),
    ),
    Everyday(
        who="NET, 60 % involved, debulking, labels confirmed (`--accept tumour_fraction_high`)",
        percent=30,
        tumour_ml=2250,
        intent="debulking",
        flag="borderline",
        facts={"diagnosis": "net"},
        remnant_tumour="present",
    ),
    Everyday(
        who="the same, nobody has said that tumour and liver were not exchanged",
        percent=30,
        tumour_ml=2250,
        intent="debulking",
        confirmed=False,
        flag="indeterminate",
        by_volume="borderline",
        facts={"diagnosis": "net"},
        remnant_tumour="present",
        warns=("tumour_fraction_high",),
    ),
    Everyday(
        who="NET, 60 % involved, debulking",
        percent=23,
        tumour_ml=2250,
        intent="debulking",
        flag="below_minimum",
        facts={"diagnosis": "net"},
        remnant_tumour="present",
        says=("remove less",),
        options=("remove_less",),
    ),
    Everyday(who="LiMAx 350", percent=40, flag="adequate", facts={"limax_ug_per_kg_per_h": 350}),
    Everyday(
        who="perihilar carcinoma, drained, bilirubin 45 µmol/L",
        percent=52,
        flag="borderline",
        facts={
            "condition": "biliary",
            "diagnosis": "pcca",
            "remnant_drained": True,
            "bilirubin_mg_per_dl": 45 / 17.1,
        },
        says=("drain, and wait",),
    ),
    Everyday(
        who="central hepatectomy",
        plan="H458",
        percent=24,
        flag="below_minimum",
        says=("removes no whole hemiliver", "another plan"),
        options=("another_plan",),
    ),
    Everyday(who="40 % stays, nothing against it", percent=40, flag="adequate"),
)


@dataclass(frozen=True, kw_only=True)
class Grown:
    """Two scans of a right hepatectomy: shares of the standard volume, and what is expected."""

    who: str
    before_percent: float
    after_percent: float
    days: int
    procedure: str
    flag: str
    note: str

    def follow(self) -> FollowUp:
        """The follow-up of two block phantoms of these shares."""
        patient = Patient(condition="normal", diagnosis="crlm", weight_kg=72, height_cm=171)
        expected_ml = expected_liver_ml(patient)
        assert expected_ml is not None
        livers = []
        for percent in (self.before_percent, self.after_percent):
            left = round(percent / 100.0 * expected_ml / COLUMN_ML)
            livers.append(liver_of(left, round(expected_ml / COLUMN_ML) - left))
        case = case_of(scan_at(-4), scan_at(self.days, after=self.procedure), patient=patient)
        return follow_up(case, livers, H5678)


GROWN: Final = (
    Grown(
        who="PVE",
        before_percent=22,
        after_percent=33,
        days=28,
        procedure="pve",
        flag="adequate",
        note="growth_adequate",
    ),
    Grown(
        who="double-vein embolisation",
        before_percent=21,
        after_percent=34,
        days=10,
        procedure="lvd",
        flag="borderline",
        note="growing_early",
    ),
    Grown(
        who="PVE, first scan on day 60",
        before_percent=20,
        after_percent=32,
        days=60,
        procedure="pve",
        flag="adequate",
        note="growth_adequate",
    ),
    Grown(
        who="ALPPS without a function test",
        before_percent=18,
        after_percent=36,
        days=8,
        procedure="alpps",
        flag="indeterminate",
        note="function_test_needed",
    ),
)


def page() -> str:
    """The table as a page of the documentation."""
    lines = [
        "# Everyday patients",
        "",
        "What the flag says of patients as they come, and what a multidisciplinary team would expect of it.",
        "The body is 70 kg and 170 cm and the functional liver 1500 mL where nothing else is said.",
        "`python tests/everyday_patients.py docs/everyday-patients.md` makes this page from its table.",
        "",
        "| patient | plan | stays | flag | notes |",
        "|---|---|---|---|---|",
    ]
    for one in PATIENTS:
        flag = f"`{one.flag}`" + (f" (by volume `{one.by_volume}`)" if one.by_volume else "")
        notes = ", ".join(f"`{note}`" for note in (*one.notes, *one.warns, *one.options))
        lines.append(f"| {one.who} | `{one.plan}` | {one.percent:g} % | {flag} | {notes} |")
    lines += [
        "",
        "After an embolisation or between the stages of ALPPS (right hepatectomy, normal liver):",
        "",
        "| procedure | share before and after | day | flag | note |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {one.who} | {one.before_percent:g} → {one.after_percent:g} % | {one.days} | `{one.flag}` "
        f"| `{one.note}` |"
        for one in GROWN
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
