"""Scores: each point with its reason, what is not known as a range, the hardest tumour decides."""

from __future__ import annotations

import csv
import io
import itertools
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from report_cases import block_liver, from_numbers

import flr
from flr.assessment import Assessment, assess
from flr.cli import main
from flr.criteria.adverse import Extent, extent_of
from flr.criteria.scores import SCALES, Lesion, Operation, Score, scores_of
from flr.errors import CriterionError
from flr.formulas.scores import albi_grade
from flr.notebook.tables import assessment_html
from flr.patient import Patient
from flr.plans import parse_plan
from flr.plans.plan import Parts
from flr.report.content import report_content
from flr.report.pdf import _pages

FAR: Mapping[str, float] = {"portal_vein": 30.0, "hepatic_vein": 25.0, "ivc": 60.0}
HCC: Mapping[str, Any] = {"diagnosis": "hcc", "conditions": ("cirrhosis",)}
STATED: Mapping[str, Any] = {"child_pugh": "A", "hand_assisted": False}


def removing(*segments: str, share: float | None = None, besides: Any = "nothing") -> Extent:
    return Extent(segments=segments or None, resected_percent=share, besides=besides)


def tumour(
    size_mm: float,
    *segments: str,
    vessels: Mapping[str, float] | None = None,
    name: str = "T1",
    **shares: float,
) -> Lesion:
    parts = {segment: 100.0 / len(segments) for segment in segments} | {k[1:]: v for k, v in shares.items()}
    return Lesion(
        name=name,
        longest_diameter_mm=size_mm,
        parts_percent=parts,
        vessels_mm=FAR if vessels is None else vessels,
    )


def of(
    key: str, extent: Extent, *lesions: Lesion, known: bool = True, resects: bool | None = True, **facts: Any
) -> Score:
    operation = Operation(
        patient=Patient(**facts), extent=extent, resects=resects, lesions=lesions if known else None
    )
    return {score.key: score for score in scores_of(operation)}[key]


def levels(score: Score) -> tuple[str | None, str | None]:
    return score.level_low, score.level_high


# --- equations --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bilirubin", "albumin", "score", "grade"),
    [(17.1, 40, -2.586, 2), (34.2, 32, -1.708, 2), (10, 45, -3.165, 1)],
)
def test_albi(bilirubin: float, albumin: float, score: float, grade: int) -> None:
    assert round(flr.albi_score(bilirubin, albumin), 3) == score
    assert albi_grade(flr.albi_score(bilirubin, albumin)) == grade


def test_equations_take_arrays_and_refuse_what_cannot_be() -> None:
    found = flr.albi_score([17.1, 34.2], [40.0, 32.0])
    assert np.round(found, 3).tolist() == [-2.586, -1.708]
    assert flr.meld_score([0.5, 1.9], inr=[1.0, 1.2], creatinine_mg_per_dl=[0.6, 1.3]).tolist() == [6, 13]
    for given in ((0.0, 40.0), (17.1, -1.0), (float("nan"), 40.0)):
        with pytest.raises(CriterionError, match="above 0"):
            flr.albi_score(*given)
    with pytest.raises(CriterionError, match="inr"):
        flr.meld_score(1.0, inr=0.0, creatinine_mg_per_dl=1.0)


@pytest.mark.parametrize(
    ("bilirubin", "inr", "creatinine", "score"),
    [
        (1.9, 1.2, 1.3, 13),
        (0.3, 0.9, 0.4, 6),  # values below 1 count as 1
        (50, 10, 20, 40),
        (1.0, 1.0, 4.0, 20),
        (1.0, 1.0, 9.0, 20),  # creatinine above 4 counts as 4
    ],
)
def test_meld(bilirubin: float, inr: float, creatinine: float, score: float) -> None:
    assert flr.meld_score(bilirubin, inr=inr, creatinine_mg_per_dl=creatinine) == score


# --- the liver --------------------------------------------------------------------------------


def test_albi_of_a_patient() -> None:
    known = of("albi", removing("6"), bilirubin_mg_per_dl=2.0, albumin_g_per_l=32)
    assert (round(known.low or 0, 3), *levels(known)) == (-1.708, "2", "2")
    assert known.rates_percent == {"liver_failure": (21.3, 21.3)}
    with_ascites = of(
        "albi", removing("6"), bilirubin_mg_per_dl=0.5, albumin_g_per_l=45, ascites="controlled"
    )
    assert levels(with_ascites) == ("1", "1")
    assert with_ascites.rates_percent == {"liver_failure": (63.2, 63.2)}
    half = of("albi", removing("6"), bilirubin_mg_per_dl=2.0)
    assert (half.low, *levels(half), half.missing) == (None, "1", "3", ("albumin",))


@pytest.mark.parametrize(
    ("hypertension", "segments", "creatinine", "level", "rate"),
    [
        (True, "567", 1.0, "high", 60.0),
        (False, "6", 1.3, "low", 4.9),  # MELD 9
        (False, "6", 1.4, "intermediate", 28.6),  # MELD 10
        (True, "6", 1.0, "intermediate", 28.6),
        (False, "567", 1.0, "intermediate", 28.6),
    ],
)
def test_citterio(hypertension: bool, segments: str, creatinine: float, level: str, rate: float) -> None:
    blood = {"bilirubin_mg_per_dl": 1.0, "inr": 1.0, "creatinine_mg_per_dl": creatinine}
    found = of("citterio", removing(*segments), portal_hypertension=hypertension, **blood, **HCC)
    assert levels(found) == (level, level)
    assert found.rates_percent["decompensation"] == (rate, rate)
    assert not found.missing


def test_citterio_asks_for_what_could_change_it_and_nothing_else() -> None:
    nothing = of("citterio", removing("6"), **HCC)
    assert levels(nothing) == ("low", "intermediate")
    assert nothing.missing == ("portal-hypertension", "bilirubin, inr, creatinine")
    assert levels(of("citterio", removing(*"567"), **HCC)) == ("intermediate", "high")
    major = of("citterio", removing(*"567"), portal_hypertension=False, **HCC)
    assert (levels(major), major.missing) == (("intermediate", "intermediate"), ())
    # A bilirubin of 3 mg/dL alone is MELD 11: whatever the rest, it is above 9.
    high = {"bilirubin_mg_per_dl": 3.0, "portal_hypertension": False}
    assert levels(of("citterio", removing("6"), **high, **HCC)) == ("intermediate", "intermediate")
    unknown_extent = of("citterio", removing(besides="region"), portal_hypertension=True, **HCC)
    assert levels(unknown_extent) == ("intermediate", "high")


@pytest.mark.parametrize("signs", [{"varices": True}, {"platelets_10e9_per_l": 90}])
def test_signs_of_portal_hypertension_count_against_a_no(signs: dict[str, Any]) -> None:
    found = of("citterio", removing(*"567"), portal_hypertension=False, **signs, **HCC)
    assert levels(found) == ("high", "high")


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"diagnosis": "crlm"}, "hepatocellular"),
        ({"diagnosis": "hcc", "conditions": ("normal",)}, "given as normal"),
        ({"diagnosis": "hcc", "age_years": 9}, "below 18"),
    ],
)
def test_citterio_is_made_for_hcc_in_chronic_liver_disease(facts: dict[str, Any], reason: str) -> None:
    found = of("citterio", removing("6"), **facts)
    assert not found.applies
    assert reason in found.reason


# --- Iwate ------------------------------------------------------------------------------------


def test_iwate_as_published() -> None:
    expert = of("iwate", removing("5", "8"), tumour(40, "8"), near_major_vessel=True, **STATED)
    assert (expert.low, expert.high, *levels(expert)) == (11, 11, "expert", "expert")
    assert expert.rates_percent == {"intraoperative_complications": (62.5, 62.5)}
    low = of("iwate", removing("2", "3"), tumour(20, "3"), near_major_vessel=False, **STATED)
    assert (low.low, low.high, *levels(low)) == (3, 3, "low", "low")
    assert {point.evidence for point in low.points} == {"unverified"}
    assert not low.missing


@pytest.mark.parametrize(
    ("segment", "points"),
    [("1", 4), ("2", 2), ("3", 1), ("4a", 4), ("4b", 3), ("5", 3), ("6", 2), ("7", 5), ("8", 5)],
)
def test_the_site_of_a_tumour(segment: str, points: int) -> None:
    found = of("iwate", removing(besides="zones"), tumour(20, segment), **STATED)
    assert (found.low, found.high) == (points, points)


@pytest.mark.parametrize(
    ("extent", "low", "high"),
    [
        (removing(besides="zones"), 0, 0),
        (removing("2", "3"), 2, 2),
        (removing("6"), 3, 3),
        (removing("4a"), 3, 3),
        (removing("4"), 4, 4),  # the left medial section
        (removing("6", "7"), 4, 4),
        (removing("6", besides="zones"), 3, 3),
        (removing("2'", "3"), 2, 3),
        (removing(besides="region"), 0, 4),
        (removing(besides="region", share=20), 0, 4),
        (removing(besides="region", share=40), 4, 4),
    ],
)
def test_the_extent(extent: Extent, low: int, high: int) -> None:
    found = of("iwate", extent, tumour(20, "3"), **STATED)
    assert (found.low, found.high) == (1 + low, 1 + high)
    # A part of a section is a segment to some: a range that no answer settles.
    assert bool(found.missing) == (extent.besides == "region" and low != high)


@pytest.mark.parametrize(
    ("vessels", "stated", "ends", "basis"),
    [
        ({"portal_vein": 10.0}, None, (1, 1), "proposed"),
        ({"portal_vein": 10.1, "hepatic_vein": 12.0, "ivc": 50.0}, None, (0, 0), "proposed"),
        ({"portal_vein": 10.1, "hepatic_vein": 12.0}, None, (0, 1), "unknown"),  # no vena cava was drawn
        ({}, None, (0, 1), "unknown"),
        ({"portal_vein": 3.0}, False, (0, 0), "stated"),
        ({}, True, (1, 1), "stated"),
    ],
)
def test_near_a_major_vessel(
    vessels: dict[str, float], stated: bool | None, ends: tuple[int, int], basis: str
) -> None:
    found = of("iwate", removing("6"), tumour(20, "6", vessels=vessels), near_major_vessel=stated, **STATED)
    point = next(point for point in found.points if point.item == "Near a major vessel")
    assert ((point.low, point.high), point.basis) == (ends, basis)
    assert point.evidence == ("policy" if basis == "proposed" else "unverified")


def test_the_hardest_tumour_decides() -> None:
    easy, hard = tumour(20, "3", name="T1"), tumour(35, "8", name="T2")
    for lesions in ((easy, hard), (hard, easy)):
        found = of("iwate", removing("2", "3", besides="zones"), *lesions, **STATED)
        assert (found.tumour, found.low, found.high) == ("T2", 8, 8)
    unknown = tumour(20, "6", name="T3", vessels={})  # 2 to 3
    sure = tumour(35, "6", name="T4")  # 3
    both = of("iwate", removing("6"), unknown, sure, **STATED)
    assert (both.low, both.high) == (6, 6)
    large = tumour(35, name="T5")  # of no segment: 2 to 6
    both = of("iwate", removing("6"), large, tumour(35, "8", name="T6"), **STATED)
    assert (both.low, both.high) == (9, 9)


def test_a_sliver_in_the_next_segment_does_not_decide() -> None:
    reaching = of("iwate", removing("6", "7"), tumour(20, s6=90.0, s7=10.0), **STATED)
    assert reaching.low == 5 + 4
    sliver = of("iwate", removing("6", "7"), tumour(20, s6=91.0, s7=9.0), **STATED)
    assert sliver.low == 2 + 4


def test_a_site_that_is_not_drawn_is_a_range() -> None:
    whole_4 = of("iwate", removing("4"), tumour(20, "4"), **STATED)
    assert (whole_4.low, whole_4.high, whole_4.missing) == (7, 8, ("segment 4 drawn as 4a and 4b",))
    halves = of("iwate", removing("4"), tumour(20, "right_hemiliver"), **STATED)
    assert (halves.low, halves.high) == (6, 9)  # segments 5 to 8
    nowhere = of("iwate", removing("4"), known=False, **STATED)
    assert (nowhere.low, nowhere.high) == (5, 11)


@pytest.mark.parametrize(
    ("operation", "reason"),
    [
        ({"lesions": (), "without_tumour": True}, "there is none"),
        ({"lesions": ()}, "resects no tumour"),
        ({"resects": False}, "resects nothing"),
    ],
)
def test_what_is_no_resection_of_a_tumour_has_no_difficulty(operation: dict[str, Any], reason: str) -> None:
    made = Operation(patient=Patient(), extent=removing("6"), **operation)
    found = {score.key: score for score in scores_of(made)}
    for key in ("iwate", "southampton"):
        assert not found[key].applies
        assert reason in found[key].reason
    assert found["montsouris"].applies == (reason != "resects nothing")


# --- Southampton ------------------------------------------------------------------------------


def test_southampton_as_published() -> None:
    right = removing("5", "6", "7", "8")
    facts = {"chemotherapy_weeks": 8, "previous_open_resection": False, "malignant": True}
    found = of("southampton", right, tumour(40, "7"), **facts)
    assert (found.low, found.high, *levels(found)) == (9, 9, "high", "high")
    most = of("southampton", right, tumour(51, "7"), **{**facts, "previous_open_resection": True})
    assert (most.low, levels(most)) == (15, ("extreme", "extreme"))


@pytest.mark.parametrize(("size_mm", "points"), [(29.9, 0), (30.0, 2), (50.0, 2), (50.1, 3)])
def test_the_size_of_a_tumour(size_mm: float, points: int) -> None:
    facts = {"chemotherapy_weeks": 0, "previous_open_resection": False, "malignant": False}
    found = of("southampton", removing("6"), tumour(10, "6"), tumour(size_mm, "6", name="T2"), **facts)
    assert (found.low, found.high) == (points, points)
    assert found.tumour == "T2"


@pytest.mark.parametrize(
    ("extent", "segment", "low", "high"),
    [
        (removing("6"), "6", 0, 0),
        (removing("7"), "7", 2, 2),
        (removing("4b"), "4b", 0, 0),
        (removing("4"), "4", 2, 2),  # 4a leaves with it
        (removing("4'"), "4", 0, 2),
        (removing("5", "6", "7"), "6", 4, 4),
        (removing("4", "5", "6"), "6", 4, 4),
        (removing(besides="zones"), "6", 0, 0),
        (removing(besides="zones"), "8", 2, 2),
        (removing("6", besides="zones"), "8", 2, 2),  # the wedge in segment 8 is the harder part
        (removing("6", besides="zones"), "6", 0, 0),
        (removing(besides="region", share=20), "6", 0, 2),
        (removing(besides="region"), "6", 0, 4),
        (removing(besides="region", share=40), "6", 4, 4),
    ],
)
def test_major_by_anatomy_or_by_technique(extent: Extent, segment: str, low: int, high: int) -> None:
    facts = {"chemotherapy_weeks": 0, "previous_open_resection": False, "malignant": False}
    share = 10.0 if extent.besides == "zones" else extent.resected_percent
    extent = Extent(segments=extent.segments, resected_percent=share, besides=extent.besides)
    found = of("southampton", extent, tumour(10, segment), **facts)
    assert (found.low, found.high) == (low, high)


def test_southampton_takes_what_is_stated_and_asks_for_the_rest() -> None:
    found = of("southampton", removing("6"), tumour(10, "6"), diagnosis="crlm", prior=("hepatectomy",))
    assert (found.low, found.high) == (2, 8)
    assert found.missing == ("chemotherapy-weeks", "previous-open-resection")
    treated = of(
        "southampton", removing("6"), tumour(10, "6"), conditions=("chemotherapy",), diagnosis="other"
    )
    assert treated.missing == ("previous-open-resection", "malignant")


# --- Montsouris -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("plan", "low", "high"),
    [
        ("H23", "I", "I"),
        ("H5", "II", "II"),
        ("H7", "III", "III"),
        ("H234", "II", "II"),
        ("H458", "III", "III"),
        ("H4a", "III", "III"),
        ("H4b", "II", "II"),
        ("H67", "III", "III"),
        ("H5678", "III", "III"),
        ("H45678", "III", "III"),
        ("H58", "III", "III"),
        ("H15678", "III", "III"),
        ("H1234", "II", "III"),  # with segment 1 it is not graded
        ("H4", "II", "III"),  # nor is the left medial section
        ("H56", "II", "III"),
    ],
)
def test_montsouris(plan: str, low: str, high: str) -> None:
    parsed = parse_plan(plan)
    (cut,) = parsed.cuts
    assert isinstance(cut, Parts)
    found = of("montsouris", extent_of(parsed, cut.names))
    assert levels(found) == (low, high)
    rates = {"I": 8.4, "II": 17.3, "III": 45.7}
    assert found.rates_percent["morbidity"] == (rates[low], rates[high])


def test_montsouris_without_segments() -> None:
    assert levels(of("montsouris", removing(besides="zones"))) == ("I", "I")
    assert levels(of("montsouris", removing(besides="region"))) == ("I", "III")
    assert levels(of("montsouris", removing(besides="region", share=40))) == ("II", "III")
    assert levels(of("montsouris", removing("3'"))) == ("I", "II")


# --- never a lower level ----------------------------------------------------------------------

_KNOWN: Mapping[str, tuple[Any, ...]] = {
    "child_pugh": ("A", "B"),
    "hand_assisted": (True, False),
    "near_major_vessel": (True, False),
    "previous_open_resection": (True, False),
    "malignant": (True, False),
    "chemotherapy_weeks": (0.0, 8.0),
    "portal_hypertension": (True, False),
}


def test_what_is_not_known_never_gives_a_lower_level() -> None:
    """A range holds every level that an answer could give, and an answer never leaves the range."""
    scales = {scale.key: [level.key for level in scale.levels] for scale in SCALES}
    blood = {"bilirubin_mg_per_dl": 1.0, "inr": 1.1, "creatinine_mg_per_dl": 1.0, "albumin_g_per_l": 40.0}
    lesions = (tumour(20, "6", vessels={}), tumour(40, "8", vessels={}, name="T2"))
    names = list(_KNOWN)
    answers = list(itertools.product(*_KNOWN.values()))

    def ends(facts: dict[str, Any]) -> dict[str, tuple[int, int]]:
        operation = Operation(
            patient=Patient(**facts, **HCC), extent=removing("5", "6", "8"), resects=True, lesions=lesions
        )
        return {
            score.key: (
                scales[score.key].index(str(score.level_low)),
                scales[score.key].index(str(score.level_high)),
            )
            for score in scores_of(operation)
        }

    full = [ends(dict(zip(names, answer, strict=True)) | blood) for answer in answers]
    for hidden in range(2 ** len(names)):
        kept = [name for bit, name in enumerate(names) if not hidden >> bit & 1]
        if len(kept) not in (0, 1, len(names) - 1):
            continue
        for answer, exact in zip(answers, full, strict=True):
            facts = {name: value for name, value in zip(names, answer, strict=True) if name in kept}
            for key, (low, high) in ends(facts).items():
                assert low <= exact[key][0] <= exact[key][1] <= high, (key, facts)


# --- with a liver, and at every door ----------------------------------------------------------


def _of(assessment: Assessment, key: str) -> Score:
    return next(score for score in assessment.scores if score.key == key)


def test_geometry_comes_from_the_image() -> None:
    liver = block_liver()  # tumours in segments 7 (the larger) and 3
    patient = Patient(weight_kg=72, height_cm=171, diagnosis="crlm", **STATED)
    right = _of(assess(liver, "H5678", patient), "iwate")
    assert right.tumour == "T1"
    site, size = right.points[:2]
    size_mm = flr.find_tumours(liver).tumours[0].longest_diameter_mm
    assert (site.low, size.low) == (5, int(size_mm >= 30.0))
    assert "segment 7" in site.reason
    assert f"{size_mm:.1f} mm" in size.reason
    left = _of(assess(liver, "H23", patient), "iwate")
    assert (left.tumour, left.points[0].low) == ("T2", 1)
    assert not _of(assess(liver, "H6", patient), "iwate").applies
    wedges = assess(liver, "wedge(T1, 5)", patient)
    assert levels(_of(wedges, "montsouris")) == ("I", "I")
    assert _of(wedges, "southampton").points[-1].low == 2  # a wedge in segment 7
    assert not _of(assess(liver, "ablate(T1, 5)", patient), "montsouris").applies


def test_a_score_changes_no_flag() -> None:
    liver = block_liver()
    plain = Patient(weight_kg=72, height_cm=171, condition="normal", diagnosis="crlm")
    told = Patient(
        weight_kg=72,
        height_cm=171,
        condition="normal",
        diagnosis="crlm",
        malignant=True,
        near_major_vessel=True,
        previous_open_resection=True,
        hand_assisted=False,
    )
    one, two = assess(liver, "H67", plain), assess(liver, "H67", told)
    assert one.scores != two.scores
    assert (one.flag, one.headline, one.notes) == (two.flag, two.headline, two.notes)


def test_typed_numbers_have_scores_with_what_is_missing() -> None:
    found = from_numbers(patient=Patient(weight_kg=70, height_cm=170, condition="normal", child_pugh="A"))
    assert not _of(found, "iwate").applies  # typed without tumour
    assert levels(_of(found, "montsouris")) == ("II", "III")  # 73 % leaves


def test_volumes_that_cannot_be_believed_have_no_scores() -> None:
    patient = Patient(weight_kg=70, height_cm=170, condition="normal")
    unbelievable = flr.assess_numbers(
        total_ml=20000, flr_ml=9000, patient=patient, tumour_ml=0, remnant_tumour_ml=0
    )
    assert unbelievable.because == "volumes"
    assert unbelievable.scores == ()


def test_the_commands_show_scores(capsys: pytest.CaptureFixture[str]) -> None:
    given = ("calc", "--total", "1500", "--flr", "900", "--tumour", "20", "--remnant-tumour", "0")
    facts = ("--weight", "70", "--height", "170", "--condition", "cirrhosis", "--diagnosis", "hcc")
    blood = ("--bilirubin", "1 mg/dL", "--albumin", "40", "--inr", "1", "--creatinine", "1")
    assert main([*given, *facts, *blood, "--portal-hypertension", "no"]) == 0
    short = capsys.readouterr().out
    assert "-v prints limits, sources, intervals, scores" in short
    assert "points unverified" not in short
    assert main([*given, *facts, *blood, "--portal-hypertension", "no", "-v"]) == 0
    long = capsys.readouterr().out
    assert "Scores, information only" in long
    assert "ALBI: grade 2, " in long
    assert "MELD: MELD 6" in long
    assert "missing: near-major-vessel" not in long
    assert "points unverified" in long
    assert main([*given, *facts, *blood, "--format", "csv"]) == 0
    header, row = csv.reader(io.StringIO(capsys.readouterr().out))
    cells = dict(zip(header, row, strict=True))
    assert cells["scores.albi.level_high"] == "2"


def test_the_lists_hold_every_score_with_its_source(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["criteria", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["scores"]
    assert [row["key"] for row in listed] == [scale.key for scale in SCALES]
    for row in listed:
        assert row["reference"]["text"]
        assert row["evidence"] in ("V1", "V2")
        assert row["levels"]
    assert main(["formulas", "--json"]) == 0
    formulas = {row["key"]: row for row in json.loads(capsys.readouterr().out)["formulas"]}
    assert formulas["albi_score"]["reference"]["doi"] == "10.1200/JCO.2014.57.9151"
    assert formulas["meld_score"]["evidence"] == "V2"


def test_pdf_and_notebook_show_scores() -> None:
    patient = Patient(
        weight_kg=70, height_cm=170, **HCC, **STATED, bilirubin_mg_per_dl=1.0, albumin_g_per_l=40
    )
    found = assess(block_liver(), "H67", patient)
    content = report_content([found])
    pages = _pages(content, content.plans[0], None)
    said = " ".join(text.get_text() for page in pages for text in page.texts).replace("\n", " ")
    assert "Scores, information only" in said
    assert "ALBI: grade 2, −2.59 (liver failure 21.3 %)" in said
    assert "points unverified" in said
    (albi,) = [row for row in content.plans[0].scores if row.name == "ALBI"]
    assert f"[{albi.citation}]" in said  # its source stands on the page
    assert "J Clin Oncol 2015;33:550-8" in said
    card = assessment_html(found)
    assert "<summary>Scores, information only: ALBI grade 2" in card
    assert "1 mg/dL" in card  # each point with its reason
    assert "points unverified" in card
