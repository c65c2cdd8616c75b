"""Tables as data frames, agreement of two segmentations, flags under other formulas and limits."""

from __future__ import annotations

import functools
import math
import random
from dataclasses import replace
from pathlib import Path

import pytest
import report_cases
from browser import narrow_faults, watched
from cohorts import make_cohort
from phantoms import couinaud_block, write_nifti

from flr.assessment import Options, assess_plans
from flr.cohort.agree import (
    agreement,
    agreement_document,
    agreement_png,
    agreement_text,
    bland_altman,
    cohen_kappa,
)
from flr.cohort.manifest import CaseRow, read_manifest
from flr.cohort.run import merge, run_cohort
from flr.cohort.scenarios import (
    Scenario,
    changes_document,
    changes_of,
    changes_text,
    flag_changes,
    flag_under,
    scenarios,
)
from flr.cohort.summary import summary_document, summary_html, summary_text
from flr.cohort.tables import table, write_results
from flr.criteria import SiteLimits
from flr.documents.assessments import assessment_document
from flr.errors import UsageError
from flr.formulas import BSA_FORMULAS, LIVER_VOLUME_FORMULAS
from flr.liver import Liver
from flr.patient import Patient
from flr.plans import parse_plan

# PEFR of 17 people with a Wright meter and a mini meter (first readings): Bland and Altman, Lancet 1986.
WRIGHT = [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427]
MINI = [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("science")
    rows = read_manifest(make_cohort(base / "files", 30, broken=2))
    list(run_cohort(rows, base / "out", workers=0))
    merge(base / "out")
    return base / "out"


# --- agreement --------------------------------------------------------------------------------


def test_the_published_example_comes_out() -> None:
    result = bland_altman([float(v) for v in MINI], [float(v) for v in WRIGHT])
    # doi:10.1016/S0140-6736(86)90837-8 prints a mean difference of -2.1 and a standard deviation of 38.8.
    assert result.cases == 17
    assert result.bias_pp == pytest.approx(-2.1, abs=0.05)
    assert result.sd_pp == pytest.approx(38.8, abs=0.05)
    assert result.lower_limit_pp == pytest.approx(-2.1176 - 1.959964 * 38.7651, abs=0.01)
    assert result.upper_limit_pp == pytest.approx(-2.1176 + 1.959964 * 38.7651, abs=0.01)
    # Confidence interval of the bias printed as -22.0 to 17.8.
    assert result.bias_low_pp == pytest.approx(-22.0, abs=0.06)
    assert result.bias_high_pp == pytest.approx(17.8, abs=0.06)


def test_the_interval_of_the_limits_follows_its_formula() -> None:
    rng = random.Random(3)
    a = [rng.gauss(30, 5) for _ in range(10)]
    b = [v + rng.gauss(1, 2) for v in a]
    result = bland_altman(a, b)
    assert result.sd_pp is not None
    t_9 = 2.2621571627409915  # 97.5 % point of Student's t with 9 degrees of freedom
    expected = t_9 * result.sd_pp * math.sqrt(1 / 10 + 1.959964**2 / 18)
    assert result.limit_error_pp == pytest.approx(expected, rel=1e-6)


def test_too_few_pairs() -> None:
    assert bland_altman([30.0], [31.0]).sd_pp is None
    for first, second in (([], []), ([1.0], [1.0, 2.0])):
        with pytest.raises(UsageError):
            bland_altman(first, second)


def test_kappa() -> None:
    assert cohen_kappa({("a", "a"): 3, ("b", "b"): 4}) == pytest.approx(1.0)
    assert cohen_kappa({("a", "b"): 3, ("b", "a"): 3}) == pytest.approx(-1.0)
    assert cohen_kappa({("a", "a"): 3}) is None
    assert cohen_kappa({}) is None
    assert cohen_kappa({("a", "b"): 1}) == pytest.approx(0.0)


def test_two_segmentations_of_the_same_cases(tmp_path: Path) -> None:
    cells = {"tumours": "none", "weight": "72", "height": "171", "condition": "normal", "plan": "H5678"}
    shares: dict[str, list[float]] = {}
    for name, widths in (("one", (20, 10, 9, 6)), ("two", (19, 11, 10, 6))):
        rows = []
        for number, width in enumerate(widths):
            block = couinaud_block(columns_voxels=(7, 6, 20, width))
            write_nifti(tmp_path / f"{name}{number}.nii.gz", block.segments, block.grid)
            left = sum(block.part_ml[n] for n in (1, 2, 3, 4))
            shares.setdefault(name, []).append(100 * left / block.total_ml)
            rows.append(
                CaseRow(
                    f"c{number}", number + 1, {"inputs": f"{name}{number}.nii.gz", **cells}, str(tmp_path)
                )
            )
        extra = [CaseRow("lone", 9, rows[0].cells, str(tmp_path))] if name == "one" else []
        broken = [CaseRow("broken", 10, {**cells, "inputs": "absent.nii.gz"}, str(tmp_path))]
        list(run_cohort([*rows, *extra, *broken], tmp_path / name, workers=0))
    comparison = agreement(tmp_path / "one", tmp_path / "two")
    assert (comparison.only_first, comparison.only_second) == (1, 0)
    (found,) = comparison.agreements
    assert [pair.case_id for pair in found.pairs] == ["c0", "c1", "c2", "c3"]
    expected = bland_altman(shares["one"], shares["two"])
    assert found.share is not None
    assert found.share.bias_pp == pytest.approx(expected.bias_pp)
    assert found.share.sd_pp == pytest.approx(expected.sd_pp)
    assert sum(found.flags.values()) == 4
    document = agreement_document(comparison)
    assert document["plans"][0]["bland_altman"]["bias_pp"] == pytest.approx(expected.bias_pp)
    assert "4 cases in both" in agreement_text(comparison)
    picture = agreement_png(found)
    assert picture is not None
    assert picture.startswith(b"\x89PNG")
    assert agreement_png(found) == picture
    list(run_cohort([CaseRow("z", 1, rows[0].cells, str(tmp_path))], tmp_path / "z", workers=0))
    with pytest.raises(UsageError, match="in common"):
        agreement(tmp_path / "one", tmp_path / "z")


# --- flags under other choices ----------------------------------------------------------------


@functools.cache
def liver_of_all() -> Liver:
    return report_cases.block_liver()


@functools.cache
def documents(patient: Patient, **choices: object) -> list[dict[str, object]]:
    liver = liver_of_all()
    plans = [parse_plan(text) for text in report_cases.PLANS]
    options = Options(**choices)  # type: ignore[arg-type]  # keywords pass through
    return [assessment_document(a) for a in assess_plans(liver, plans, patient, options=options)]


PATIENTS = (
    report_cases.PATIENT,
    Patient(weight_kg=72, height_cm=171, condition="normal"),
    Patient(condition="normal"),
    Patient(weight_kg=60, height_cm=160, age_years=12, condition="normal"),
    Patient(weight_kg=80, height_cm=180, condition="donor"),
    Patient(weight_kg=72, height_cm=171, condition="cirrhosis", child_pugh="A", portal_hypertension=False),
    Patient(
        weight_kg=72, height_cm=171, condition="biliary", remnant_drained=True, hbs_percent_per_min_per_m2=2.0
    ),
    Patient(weight_kg=72, height_cm=171, age_years=95),
    Patient(weight_kg=72, height_cm=171, condition="chemotherapy", child_pugh="B", platelets_10e9_per_l=80),
    Patient(weight_kg=72, height_cm=171, condition="normal", icg_r15_percent=14, limax_ug_per_kg_per_h=240),
    Patient(weight_kg=20, height_cm=110, age_years=7),
    Patient(weight_kg=150, height_cm=185, condition="normal"),
    Patient(weight_kg=40, height_cm=150, condition="normal"),
)


@pytest.mark.parametrize("patient", PATIENTS)
def test_a_record_gives_its_own_flag_again(patient: Patient) -> None:
    own = SiteLimits(very_small_percent=20, minimum_percent=45, band_percent=50, source="x")
    for choices in (
        {},
        {"bsa_formula": "du_bois_1916"},
        {"limits": own},
        {"standard_volume_formula": "urata_1995"},
    ):
        for document in documents(patient, **choices):
            assert flag_under(document) == document["flag"]


@pytest.mark.parametrize("patient", PATIENTS)
@pytest.mark.parametrize("formula", sorted(BSA_FORMULAS))
def test_another_body_surface_formula_flags_like_an_assessment_with_it(
    patient: Patient, formula: str
) -> None:
    asked = documents(patient, bsa_formula=formula)
    for given, wanted in zip(documents(patient), asked, strict=True):
        assert flag_under(given, Scenario("bsa_formula", formula)) == wanted["flag"]


@pytest.mark.parametrize("patient", PATIENTS)
def test_other_limits_flag_like_an_assessment_with_them(patient: Patient) -> None:
    for scenario in scenarios():
        if scenario.kind == "limits":
            asked = documents(patient, limits=scenario.limits)
            for given, wanted in zip(documents(patient), asked, strict=True):
                assert flag_under(given, scenario) == wanted["flag"]


def test_a_smaller_standard_liver_makes_a_larger_share() -> None:
    patient = Patient(weight_kg=110, height_cm=190, age_years=50, condition="normal")
    (document, _, _) = documents(patient)
    shares = {row["key"]: row["flr_percent_of_standard"] for row in document["context"]["other_standards"]}  # type: ignore[index]
    flags = {key: flag_under(document, Scenario("standard_volume_formula", key)) for key in shares}
    for key, share in shares.items():
        if share is not None and share <= 25.0:
            assert flags[key] == "consider_pve" or "two_stage" in flags[key]


def test_every_formula_and_every_profile_is_asked() -> None:
    asked = scenarios()
    names = {(s.kind, s.name) for s in asked}
    assert {name for kind, name in names if kind == "bsa_formula"} == set(BSA_FORMULAS)
    in_ml = {key for key, row in LIVER_VOLUME_FORMULAS.items() if row.unit == "mL"}
    assert {name for kind, name in names if kind == "standard_volume_formula"} == in_ml - {"vauthey_2002_bsa"}
    limits = " ".join(name for kind, name in names if kind == "limits")
    for profile in ("normal", "chemotherapy", "steatosis", "cirrhosis", "biliary", "donor"):
        assert profile in limits


def test_shares_of_changed_flags(folder: Path) -> None:
    found = flag_changes(folder)
    assert (found.assessments, found.not_reproduced) == (28, 0)
    for change in found.changes:
        assert 0 <= change.changed <= 28
        if (change.scenario.kind, change.scenario.name) == ("bsa_formula", "mosteller_1987"):
            assert change.changed == 0
        assert change.changed_percent == pytest.approx(100 * change.changed / 28)
    assert any(change.changed for change in found.changes)
    document = changes_document(found)
    assert sum(row["changed"] for row in document["scenarios"]) == sum(c.changed for c in found.changes)
    assert "standard volume formula" in changes_text(found)


def test_a_record_that_was_tampered_with_is_left_out() -> None:
    (first, *_) = documents(PATIENTS[1])
    found = changes_of([{**first, "flag": "adequate" if first["flag"] != "adequate" else "borderline"}])
    assert (found.assessments, found.not_reproduced) == (0, 1)
    assert found.changes[0].changed_percent is None
    assert "left out: 1" in changes_text(found)


# --- tables -----------------------------------------------------------------------------------


def test_a_data_frame_has_numbers_where_numbers_are(folder: Path) -> None:
    pd = pytest.importorskip("pandas")
    frame = table(folder)
    assert list(frame.columns[:3]) == ["case_id", "status", "reason"]
    assert frame["status"].value_counts().to_dict() == {"done": 28, "failed": 2}
    assert frame["volumes_ml.total"].dtype == float
    assert frame["volumes_ml.total"].isna().sum() == 2
    done = frame[frame["status"] == "done"]
    sums = done[
        [
            f"volumes_ml.{k}"
            for k in ("resected", "ablated", "remnant", "remnant_tumour", "remnant_nonfunctional")
        ]
    ].sum(axis=1)
    assert (sums - done["volumes_ml.total"]).abs().max() < 1e-6
    read = pd.read_csv(folder / "cases.csv")
    assert list(read.columns) == list(frame.columns)
    assert read["volumes_ml.total"].dropna().tolist() == done["volumes_ml.total"].tolist()


def test_parquet_holds_the_same_as_csv(folder: Path, tmp_path: Path) -> None:
    pd = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    from flr.cohort.ledger import read_list

    write_results(folder, read_list(folder), ("csv", "parquet"))
    frame, read = table(folder), pd.read_parquet(folder / "cases.parquet")
    assert list(read.columns) == list(frame.columns)
    for name in frame.columns:
        ours, theirs = frame[name], read[name]
        assert ours.isna().tolist() == theirs.isna().tolist()
        assert ours.dropna().tolist() == theirs.dropna().tolist()
    assert read["voxels.total"].dropna().map(float.is_integer).all()
    with pytest.raises(UsageError, match="xlsx"):
        write_results(folder, read_list(folder), ("xlsx",))


def test_summary_counts_and_its_page(folder: Path) -> None:
    summary = merge(folder)
    document = summary_document(summary)
    assert (document["cases"], document["done"], document["failed"], document["pending"]) == (30, 28, 2, 0)
    assert sum(row["assessments"] for row in document["flags"]) == 28
    assert document["failures"][0]["kind"] == "ReadError"
    total = next(d for d in document["distributions"] if d["quantity"] == "volumes_ml.total")
    values = sorted(v for v in table(folder)["volumes_ml.total"].tolist() if v == v)
    assert total["quantiles"]["0"] == values[0]
    assert total["quantiles"]["0.5"] == pytest.approx((values[13] + values[14]) / 2)
    page = (folder / "summary.html").read_text(encoding="utf-8")
    for text in ("28", "ReadError", "Histograms", "not a medical device"):
        assert text in page
    for forbidden in ("http://", "https://", "<script", "url("):
        assert forbidden not in page.replace("http://www.w3.org", "")
    assert "28 done" in summary_text(summary)


def test_hostile_names_stay_text(folder: Path) -> None:
    summary = merge(folder)
    hostile = replace(
        summary,
        flags={report_cases.HOSTILE: {"adequate": 1}},
        flags_by_volume={report_cases.HOSTILE: {"adequate": 1}},
        distributions=tuple(replace(d, plan=report_cases.HOSTILE) for d in summary.distributions),
        failures=tuple(
            replace(f, case_id=report_cases.HOSTILE, reason=report_cases.HOSTILE) for f in summary.failures
        ),
    )
    page = summary_html(hostile)
    assert "<script" not in page
    assert "<img src=x" not in page


def test_a_cohort_of_failures_has_a_page_too(tmp_path: Path) -> None:
    list(run_cohort([CaseRow("a", 1, {"inputs": "absent.nii.gz"}, str(tmp_path))], tmp_path, workers=0))
    summary = merge(tmp_path)
    assert (summary.done, summary.failed, summary.flags) == (0, 1, {})
    assert "absent.nii.gz" in (tmp_path / "summary.html").read_text(encoding="utf-8")


def test_a_narrow_window_breaks_no_name_of_the_summary(folder: Path, tmp_path: Path) -> None:
    summary = merge(folder)
    reason = "/".join(["a-long-folder-name"] * 30)
    failed = tuple(replace(f, kind="PatientError", reason=reason) for f in summary.failures)
    path = tmp_path / "summary.html"
    path.write_text(summary_html(replace(summary, failures=failed)), encoding="utf-8")
    for width in (400, 1000):
        with watched(width, 800) as seen:
            seen.page.goto(path.as_uri())
            assert narrow_faults(seen.page) == (0, [])
