"""Scores of the liver's disease: ALBI, and Citterio's risk of decompensation."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Final

from flr.criteria.references import CITTERIO_2016
from flr.criteria.scores.model import Level, Point, Scale, Score, not_applicable, scored
from flr.criteria.scores.resection import Operation
from flr.facts import UMOL_PER_MG_OF_BILIRUBIN
from flr.formulas import Reference
from flr.formulas.scores import (
    CITTERIO_PERCENT,
    MELD_CREATININE_MG_PER_DL,
    albi_grade,
    albi_score,
    meld_score,
)
from flr.frozen import FrozenMapping
from flr.patient import PLATELETS_PORTAL_HYPERTENSION_10E9_PER_L, Patient

LOW_MELD: Final = 9
"""Citterio's class is low up to this MELD."""

ASCITES_FAILURE_PERCENT: Final = 63.2
"""Liver failure after minimally invasive resection with ascites. [%]"""

ALBI: Final = Scale(
    key="albi",
    name="ALBI",
    about="Liver function from bilirubin and albumin; failure after 490 minimally invasive resections",
    rules=(
        "log10(bilirubin in µmol/L)·0.66 − 0.085·albumin in g/L",
        f"liver failure in {ASCITES_FAILURE_PERCENT:g} % of those with ascites, whatever the grade",
    ),
    levels=(
        Level("1", "up to −2.60", rates_percent=FrozenMapping({"liver_failure": 10.6})),
        Level("2", "above −2.60, up to −1.39", rates_percent=FrozenMapping({"liver_failure": 21.3})),
        Level("3", "above −1.39", rates_percent=FrozenMapping({"liver_failure": 21.3})),
    ),
    reference=Reference("Johnson PJ et al. J Clin Oncol 2015;33:550-8", "10.1200/JCO.2014.57.9151"),
    evidence="V2",
    evidence_of_points="V2",
)

CITTERIO: Final = Scale(
    key="citterio",
    name="Citterio",
    about="Decompensation after resection of hepatocellular carcinoma in chronic liver disease, 543 patients",
    rules=(
        "high: portal hypertension and a major resection (three adjacent segments or more)",
        "low: neither, and MELD up to 9",
        "intermediate: all others",
    ),
    levels=tuple(
        Level(key, rule, rates_percent=FrozenMapping(CITTERIO_PERCENT[key]))
        for key, rule in (
            ("low", "no portal hypertension, minor, MELD up to 9"),
            ("intermediate", "neither low nor high"),
            ("high", "portal hypertension and a major resection"),
        )
    ),
    reference=CITTERIO_2016,
    evidence="V2",
    evidence_of_points="V1",
)


def albi(patient: Patient) -> Score:
    """ALBI of a patient; all grades are possible while bilirubin or albumin is not known."""
    if patient.is_child:
        return not_applicable(ALBI, "below 18 years of age")
    bilirubin, albumin = patient.bilirubin_mg_per_dl, patient.albumin_g_per_l
    points = [
        _given("Bilirubin", None if bilirubin is None else f"{bilirubin:.3g} mg/dL", "bilirubin"),
        _given("Albumin", None if albumin is None else f"{albumin:g} g/L", "albumin"),
    ]
    ascites = patient.ascites in ("controlled", "uncontrolled")
    if ascites:
        points.append(
            Point(
                item="Ascites",
                reason=f"liver failure in {ASCITES_FAILURE_PERCENT:g} % of those who had it",
                basis="stated",
                evidence="V2",
            )
        )
    if bilirubin is None or albumin is None:
        score = scored(ALBI, ALBI.levels, points)
    else:
        value = albi_score(UMOL_PER_MG_OF_BILIRUBIN * bilirubin, albumin)
        score = scored(ALBI, [ALBI.levels[albi_grade(value) - 1]], points, ends=(value, value))
    if not ascites:
        return score
    failure = (ASCITES_FAILURE_PERCENT, ASCITES_FAILURE_PERCENT)
    return replace(score, rates_percent=FrozenMapping({"liver_failure": failure}))


def citterio(operation: Operation) -> Score:
    """Citterio's class of a resection; every class that what is not known leaves possible."""
    patient = operation.patient
    why_not = _no_citterio(operation)
    if why_not:
        return not_applicable(CITTERIO, why_not)
    hypertension, hypertension_point = _portal_hypertension(patient)
    low_meld, meld_point = _meld(patient)
    major = operation.is_major
    major_point = Point(
        item="Extent",
        reason={
            True: "major: three segments or more, or more than 33 % where segments do not tell",
            False: "minor: fewer than three segments",
            None: "how much leaves is not known",
        }[major],
        basis="unknown" if major is None else "plan",
        evidence="V1",
        ask="a plan by segments" if major is None else "",
    )
    open_ends = [(True, False) if known is None else (known,) for known in (hypertension, major, low_meld)]
    classes = {_citterio_class(*facts) for facts in itertools.product(*open_ends)}
    points = [hypertension_point, major_point, meld_point]
    settled = len(classes) == 1
    # What could change nothing any more is not asked for.
    points = [_unasked(point) for point in points] if settled else points
    return scored(CITTERIO, [level for level in CITTERIO.levels if level.key in classes], points)


def _citterio_class(hypertension: bool, major: bool, low_meld: bool) -> str:
    if hypertension and major:
        return "high"
    return "low" if low_meld and not (hypertension or major) else "intermediate"


def _no_citterio(operation: Operation) -> str:
    patient = operation.patient
    if patient.is_child:
        return "below 18 years of age"
    if patient.diagnosis != "hcc":
        return "made for hepatocellular carcinoma"
    if set(patient.conditions) == {"normal"}:
        return "made for chronic liver disease; the background is given as normal"
    return "" if operation.resects is not False else "the plan resects nothing"


def _portal_hypertension(patient: Patient) -> tuple[bool | None, Point]:
    known: bool | None = patient.portal_hypertension
    reason = {True: "stated", False: "stated: none", None: "not known"}[known]
    sign = patient.portal_hypertension_by
    if not sign and patient.platelets_are_low and "cirrhosis" in patient.conditions:
        sign = f"platelets below {PLATELETS_PORTAL_HYPERTENSION_10E9_PER_L:g}·10⁹/L in cirrhosis"
    if not known and sign:
        known, reason = True, sign
    return known, Point(
        item="Portal hypertension",
        reason=reason,
        basis="unknown" if known is None else "stated",
        evidence="V1",
        ask="portal-hypertension" if known is None else "",
    )


def _meld(patient: Patient) -> tuple[bool | None, Point]:
    """Whether MELD is at most 9; what is not given counts as nothing for the least that it can be."""
    given = {
        "bilirubin": patient.bilirubin_mg_per_dl,
        "INR": patient.inr,
        "creatinine": patient.creatinine_mg_per_dl,
    }
    missing = [name for name, value in given.items() if value is None]
    least = meld_score(
        given["bilirubin"] or 1.0,
        inr=given["INR"] or 1.0,
        creatinine_mg_per_dl=given["creatinine"] or MELD_CREATININE_MG_PER_DL[0],
    )
    known: bool | None = least <= LOW_MELD
    if missing and known:
        known = None
    reason = f"MELD {'at least ' if missing else ''}{least:.0f}"
    return known, Point(
        item="MELD",
        reason=reason,
        basis="unknown" if known is None else "stated",
        evidence="V2",
        ask=", ".join(name.casefold() for name in missing) if known is None else "",
    )


def _given(item: str, value: str | None, option: str) -> Point:
    return Point(
        item=item,
        reason="not known" if value is None else value,
        basis="unknown" if value is None else "stated",
        evidence="V2",
        ask=option if value is None else "",
    )


def _unasked(point: Point) -> Point:
    return replace(point, ask="")
