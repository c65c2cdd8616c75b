"""Graft and donor remnant from one plan, weights by named factors, and the specimen against the plan."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from growing import COLUMN_ML, liver_of
from phantoms import couinaud_block, write_nifti

from flr.assessment import assess_numbers
from flr.cli import main
from flr.criteria import Extent
from flr.documents.schema import check_document, json_schema
from flr.donor import _factor_of, donor_plan
from flr.errors import CriterionError, PatientError, PlanError
from flr.formulas.specimen import WEIGHT_FACTORS, blood_free_volume_ml, specimen_weight_g
from flr.patient import Patient
from flr.plans import parse_plan
from flr.report.content import report_content
from flr.report.pdf import _pages
from flr.specimen import audit, expected_specimen

DONOR = Patient(weight_kg=72, height_cm=171, condition="donor")


def test_graft_and_remnant_share_the_liver() -> None:
    liver = liver_of(17, 31)
    result = donor_plan(liver, parse_plan("H5678"), DONOR, recipient_weight_kg=60)
    assert result.graft.volume_ml == pytest.approx(31 * COLUMN_ML)
    assert result.graft.volume_ml + result.assessment.volumes.remnant_ml == pytest.approx(48 * COLUMN_ML)
    assert result.graft.weight_g == pytest.approx(0.90 * 31 * COLUMN_ML)
    assert result.graft_to_recipient_weight_percent == pytest.approx(0.90 * 31 * COLUMN_ML / 600)
    assert result.graft_to_recipient_weight_raw_percent == pytest.approx(31 * COLUMN_ML / 600)
    assert result.assessment.flag == "adequate"  # 35.4 % of the measured liver
    measures = {finding.criterion.measure for finding in result.assessment.findings}
    # The standardised share and the body weight are cautions; the limits are of the measured share.
    assert measures == {
        "flr_percent_of_measured",
        "flr_percent_of_standard",
        "flr_to_body_weight_percent",
    }
    assert result.assessment.measures.flr_percent_of_standard is not None


@pytest.mark.parametrize(
    ("left", "flag"), [(14, "below_donor_minimum"), (15, "borderline"), (16, "borderline"), (18, "adequate")]
)
def test_the_donor_profile_grades_the_measured_remnant(left: int, flag: str) -> None:
    result = donor_plan(liver_of(left, 50 - left), parse_plan("H5678"), DONOR, recipient_weight_kg=60)
    assert result.assessment.flag == flag  # 15 of 50 is exactly 30 %
    assert "embolisation" not in result.assessment.headline


@pytest.mark.parametrize(
    ("weight_kg", "classic", "survey"),
    [(100, "meets", "meets"), (125, "falls_short", "meets"), (140, "falls_short", "falls_short")],
)
def test_graft_for_the_recipient(weight_kg: float, classic: str, survey: str) -> None:
    result = donor_plan(liver_of(18, 31), parse_plan("H5678"), DONOR, recipient_weight_kg=weight_kg)
    verdicts = {finding.criterion.limit: finding.verdict for finding in result.findings}
    assert verdicts == {0.8: classic, 0.7: survey}
    assert result.assessment.flag == "adequate"  # the recipient changes no flag of the donor


@pytest.mark.parametrize(
    ("columns", "plan", "factor", "low", "high"),
    [
        ((17, 31), "H5678", 0.90, 0.84, 0.99),
        ((31, 17), "H234", 0.94, 0.90, 1.0),
        ((31, 17), "H1234", 0.94, 0.90, 1.0),  # segment 1 aside
        ((31, 17), "H23", 1.16, 1.16, 1.25),
        ((20, 28), "H67", 1.0, None, None),
        ((20, 28), "H5678-MHV", 0.90, 0.84, 0.99),
    ],
)
def test_a_graft_weighs_what_such_grafts_weighed(
    columns: tuple[int, int], plan: str, factor: float, low: float | None, high: float | None
) -> None:
    result = donor_plan(liver_of(*columns), parse_plan(plan), DONOR, recipient_weight_kg=102)
    raw = result.graft.volume_ml / 1020
    assert result.graft_to_recipient_weight_raw_percent == pytest.approx(raw)
    assert result.graft_to_recipient_weight_percent == pytest.approx(factor * raw)
    ends = result.graft_to_recipient_weight_low_percent, result.graft_to_recipient_weight_high_percent
    assert ends == (
        None if low is None else pytest.approx(low * raw),
        None if high is None else pytest.approx(high * raw),
    )
    assert ("graft_weight_without_factor" in result.notes) is (low is None)
    named = donor_plan(
        liver_of(*columns), parse_plan(plan), DONOR, recipient_weight_kg=102, factor="working_density"
    )
    assert named.graft_to_recipient_weight_percent == pytest.approx(raw)
    assert named.graft_to_recipient_weight_low_percent is None


@pytest.mark.parametrize(
    ("segments", "key"),
    [
        ("5678", "right_graft"),
        ("15678", "right_graft"),
        ("234", "left_graft"),
        (("2", "3", "4a", "4b"), "left_graft"),
        (("2", "3", "4a"), None),  # more than a left lateral graft, less than a left one
        (("4a", "5", "6", "7", "8"), None),
        (("4'", "5", "6", "7", "8"), None),
        (("2'", "3"), None),
        ("45678", None),
        ("567", None),
    ],
)
def test_half_a_segment_more_is_another_graft(segments: tuple[str, ...], key: str | None) -> None:
    """No factor is published for it, and the one of a smaller graft would be graded and called published."""
    assert _factor_of(Extent(segments=tuple(segments))) == key
    assert _factor_of(Extent(segments=tuple(segments), besides="zones")) is None


def test_the_worked_graft_is_below_and_near() -> None:
    ratio = 10 * 102 / 827
    row = WEIGHT_FACTORS["right_graft"]
    shares = [1.0, row.factor_g_per_ml, row.low_g_per_ml, row.high_g_per_ml]
    assert [round((share or 0) / ratio, 3) for share in shares] == [0.811, 0.730, 0.681, 0.803]
    liver = liver_of(17, 31)
    kg = 31 * COLUMN_ML / 8.11  # the raw ratio is 0.811
    result = donor_plan(liver, parse_plan("H5678"), DONOR, recipient_weight_kg=kg)
    verdicts = {finding.criterion.limit: finding.verdict for finding in result.findings}
    assert verdicts == {0.8: "falls_short", 0.7: "meets"}  # the raw ratio would meet 0.8
    assert "near_cutoff" in result.notes
    light = donor_plan(liver, parse_plan("H5678"), DONOR, recipient_weight_kg=kg / 2)
    assert "near_cutoff" not in light.notes


def test_a_small_remnant_for_the_body_is_at_best_borderline() -> None:
    heavy = Patient(weight_kg=105, height_cm=180, condition="donor")
    result = donor_plan(liver_of(17, 31), parse_plan("H5678"), heavy, recipient_weight_kg=60)
    assert result.assessment.measures.flr_percent_of_standard is not None
    assert result.assessment.measures.flr_percent_of_standard > 25
    low = assess_numbers(
        total_ml=1500, flr_ml=540, patient=heavy, tumour_ml=0.0, remnant_tumour_ml=0.0
    )  # 36 %, 0.51 % of the weight, 25.2 % of the standard volume
    assert low.flag == "adequate"
    for flr_ml in (525, 523):
        small = assess_numbers(
            total_ml=1450, flr_ml=flr_ml, patient=heavy, tumour_ml=0.0, remnant_tumour_ml=0.0
        )
        assert small.flag == "borderline"
        assert "The donor's remnant is" in small.headline


@pytest.mark.parametrize("body", [{}, {"weight_kg": 70}, {"height_cm": 170}])
def test_leaving_the_body_out_does_not_reassure_a_donor(body: dict[str, float]) -> None:
    """The same small liver is no safer because nobody said whose it is."""

    def flag_of(total_ml: float, flr_ml: float, donor: Patient) -> str:
        given = assess_numbers(
            total_ml=total_ml, flr_ml=flr_ml, patient=donor, tumour_ml=0.0, remnant_tumour_ml=0.0
        )
        if given.flag == "indeterminate":
            assert "weight and height" in given.headline
        return given.flag

    donor = Patient(condition="donor", **body)
    assert flag_of(700, 260, donor) == "indeterminate"
    assert flag_of(1040, 377, donor) == "indeterminate"  # 25 % of 1509.7 mL is 377.4 mL
    assert flag_of(1040, 378, donor) == "adequate"
    assert flag_of(1500, 600, donor) == "adequate"
    ill = replace(donor, diagnosis="donor", conditions=("normal",))
    assert flag_of(700, 260, ill) == "indeterminate"


def test_the_side_of_the_middle_hepatic_vein() -> None:
    liver = liver_of(18, 31)
    plain = donor_plan(liver, parse_plan("H5678"), DONOR, recipient_weight_kg=60)
    assert plain.mhv_side is None
    assert plain.congested_graft_ml is plain.congested_remnant_ml is None
    assert "mhv_side_unknown" in plain.notes
    stays = donor_plan(liver, parse_plan("H5678"), DONOR, recipient_weight_kg=60, mhv_side="remnant")
    assert stays.congested_graft_ml == pytest.approx(16 * COLUMN_ML)  # segments 5 and 8
    assert stays.congested_remnant_ml is None
    goes = donor_plan(liver, parse_plan("H5678-MHV"), DONOR, recipient_weight_kg=60)
    assert goes.mhv_side == "graft"
    assert goes.congested_remnant_ml == pytest.approx(9 * COLUMN_ML * 16 / 20)  # segment 4, without 1
    with pytest.raises(PlanError, match="says it stays"):
        donor_plan(liver, parse_plan("H5678-MHV"), DONOR, recipient_weight_kg=60, mhv_side="remnant")


@pytest.mark.parametrize(
    ("plan", "side", "graft", "remnant"),
    [
        ("H234", "graft", None, 16.0),  # a left graft with the vein: 5 and 8 stay without it
        ("H234", "remnant", 9 * 16 / 20, None),
        ("H23", "graft", None, 16 + 9 * 16 / 20),
        ("H67", "remnant", 0.0, None),
    ],
)
def test_the_middle_hepatic_vein_drains_both_hemilivers(
    plan: str, side: Any, graft: float | None, remnant: float | None
) -> None:
    """A left graft that takes the vein used to leave 0 mL of the donor's remnant without it."""
    result = donor_plan(liver_of(18, 31), parse_plan(plan), DONOR, recipient_weight_kg=60, mhv_side=side)
    columns = (result.congested_graft_ml, result.congested_remnant_ml)
    expected = (graft, remnant)
    for ml, wanted in zip(columns, expected, strict=True):
        assert ml == (None if wanted is None else pytest.approx(wanted * COLUMN_ML))


# --- the command ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def segments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    block = couinaud_block(columns_voxels=(9, 9, 18, 12))
    return write_nifti(tmp_path_factory.mktemp("donor") / "segments.nii.gz", block.segments, block.grid)


def _donor(segments: Path, *more: str) -> tuple[str, ...]:
    body = ("--weight", "72", "--height", "171", "--reviewed", "yes")
    return ("donor", str(segments), "--tumours", "none", *body, *more)


def test_the_command_gives_graft_and_remnant_of_each_plan(
    segments: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plans = ("--plan", "H5678", "--plan", "H234", "--recipient-weight", "102", "--mhv-side", "remnant")
    assert main(_donor(segments, *plans, "--json")) == 0
    document = json.loads(capsys.readouterr().out)
    check_document(document)
    jsonschema.validate(document, json_schema("flr-donor/1"))
    right, left = document["plans"]
    graft, remnant = right["graft"], right["remnant"]
    whole = right["assessment"]["volumes_ml"]["functional"]
    assert graft["volume_ml"] + remnant["flr_ml"] == pytest.approx(whole)
    assert right["graft_to_recipient_weight_raw_percent"] == pytest.approx(graft["volume_ml"] / 1020)
    central = right["graft_to_recipient_weight_percent"]
    assert central == pytest.approx(0.9 * graft["volume_ml"] / 1020)
    assert graft["weight_factor"]["key"] == "right_graft"
    assert remnant["flag"] == right["assessment"]["flag"]
    assert right["assessment"]["patient"]["conditions"] == ["donor"]
    assert left["graft_to_recipient_weight_percent"] < 0.7
    assert "other_grafts" in left["notes"]
    assert {f["limit"]: f["verdict"] for f in left["findings"]} == {0.8: "falls_short", 0.7: "falls_short"}

    assert main(_donor(segments, *plans)) == 0
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 100
    for words in (
        f"{central:.3f} % (raw",
        "dual graft of two donors",
        "✗ falls short ≥ 0.8 %",
        "0.84 to 0.99",
    ):
        assert words in text


def test_the_command_writes_page_and_pdf_with_the_graft(
    segments: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "donor"
    asked = ("--plan", "H5678", "--recipient-weight", "60", "--mhv-side", "graft")
    assert main(_donor(segments, *asked, "--out", str(out))) == 0
    said = capsys.readouterr()
    assert "wrote" in said.err
    assert {"report.html", "report.pdf", "assessment.json", "assessment.csv", "donor.json"} <= {
        path.name for path in out.iterdir()
    }
    document = json.loads((out / "donor.json").read_text(encoding="utf-8"))
    check_document(document)
    (plan,) = document["plans"]
    ratio = f"{plan['graft_to_recipient_weight_percent']:.3f} % (raw"
    assert ratio in said.out
    page = (out / "report.html").read_text(encoding="utf-8")
    for words in (
        "Recipient",
        "60.0 kg",
        ratio,
        "Limit of the ratio",
        "with the graft;",
        "doi:10.1002/lt.22274",
    ):
        assert words in page
    assert main(_donor(segments, *asked, "--out", str(out))) == 0  # a report of ours is replaced
    capsys.readouterr()
    assert main(["replay", str(out), "--inputs", str(segments.parent)]) == 0


def test_the_pdf_has_the_graft() -> None:
    donor = donor_plan(liver_of(18, 30), parse_plan("H5678"), DONOR, recipient_weight_kg=60)
    content = report_content([donor.assessment], grafts=[donor])
    pages = _pages(content, content.plans[0], None)
    said = " ".join(text.get_text() for page in pages for text in page.texts).replace("\n", " ")
    assert "Graft per recipient weight (GRWR): " in said
    assert "Recipient: 60.0 kg" in said
    with pytest.raises(ValueError, match="2 grafts for 1 plan"):
        report_content([donor.assessment], grafts=[donor, donor])


def test_the_command_fails_on_the_donors_flag_only(
    segments: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fails = ("--recipient-weight", "300", "--fail-on-flag")
    assert main(_donor(segments, "--plan", "H5678", *fails)) == 0  # 37.5 %; the graft is too small
    assert "✗ falls short" in capsys.readouterr().out
    assert main(_donor(segments, "--plan", "H45678", *fails)) == 10


@pytest.mark.parametrize(
    ("more", "code", "says"),
    [
        (("--plan", "H5678"), 2, "--recipient-weight"),
        (("--plan", "H5678", "--recipient-weight", "60000"), 3, "is it in grams"),
        (("--plan", "H5678", "--recipient-weight", "0"), 3, "recipient_weight_kg is 0"),
        (("--plan", "H5678-MHV", "--recipient-weight", "60", "--mhv-side", "remnant"), 3, "says it stays"),
        (("--plan", "H5678", "--recipient-weight", "60", "--weight-factor", "water"), 3, "right_graft"),
        (("--recipient-weight", "60"), 2, "give --plan"),
    ],
)
def test_the_command_asks_back(
    segments: Path, more: tuple[str, ...], code: int, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(_donor(segments, *more)) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert len(printed.err.strip().splitlines()) == 1
    assert says in printed.err


def test_a_donor_plan_is_a_document_and_a_row() -> None:
    result = donor_plan(liver_of(18, 31), parse_plan("H5678"), DONOR, recipient_weight_kg=60)
    document = result.to_dict()
    assert document["schema"] == "flr-donor/1"
    (row,) = result.to_frame().to_dict("records")
    assert row["graft.volume_ml"] == result.graft.volume_ml
    assert row["remnant.flag"] == result.assessment.flag


def test_what_is_no_donation_is_refused() -> None:
    liver = liver_of(18, 31, ((3, 4),))
    with pytest.raises(PatientError, match="not a living donor"):
        donor_plan(liver, parse_plan("H5678"), Patient(condition="normal"), recipient_weight_kg=60)
    for weight in (0, -1, math.nan, math.inf):
        with pytest.raises(PatientError, match="recipient_weight_kg"):
            donor_plan(liver, parse_plan("H5678"), DONOR, recipient_weight_kg=weight)
    with pytest.raises(PlanError, match="ablates"):
        donor_plan(liver, parse_plan("H5678 + ablate(T1, 5)"), DONOR, recipient_weight_kg=60)


# --- weights ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("factor", "volume_ml", "weight_g"),
    [
        ("working_density", 1000, 1000),
        ("sonnemans_2016", 1000, 990),
        ("cirrhotic_explant", 1000, 1100),
        ("formalin_fixed", 1000, 1162),
        ("chan_2006_right_graft", 710.1, 598.9),
        ("blood_free_2010", 1000, 970.0117),
        ("divided_by_1_22", 1220, 1000),
    ],
)
def test_weight_by_a_named_factor(factor: str, volume_ml: float, weight_g: float) -> None:
    assert specimen_weight_g(volume_ml, factor=factor) == pytest.approx(weight_g, rel=1e-3)


def test_factors_are_cited_and_none_is_hidden() -> None:
    for key, row in WEIGHT_FACTORS.items():
        assert row.key == key
        assert row.reference.doi or "no DOI" in row.reference.text
        assert row.valid_for
    assert blood_free_volume_ml(1000) == 905
    with pytest.raises(CriterionError, match="expected one of working_density"):
        specimen_weight_g(100, factor="water")
    with pytest.raises(CriterionError, match="above 0"):
        specimen_weight_g(0)
    with pytest.raises(CriterionError, match="blood_percent"):
        blood_free_volume_ml(100, blood_percent=100)


# --- specimen ---------------------------------------------------------------------------------


def test_the_specimen_is_what_leaves_the_body() -> None:
    voxel_ml = COLUMN_ML / 480
    liver = liver_of(18, 30, ((7, 4), (3, 2)))
    right = expected_specimen(liver, parse_plan("H5678 + ablate(T2, 3)"))
    assert right.volume_ml == pytest.approx(30 * COLUMN_ML)  # what is ablated stays in the body
    assert right.tumour_ml == pytest.approx(64 * voxel_ml)
    assert right.functional_ml == pytest.approx(30 * COLUMN_ML - 64 * voxel_ml)
    with pytest.raises(CriterionError, match="resects nothing"):
        expected_specimen(liver, parse_plan("ablate(T2, 3)"))


def test_limits_of_agreement_are_those_of_the_same_resection() -> None:
    liver = liver_of(18, 30)
    names: dict[str, Any] = {
        plan: None if (found := expected_specimen(liver, parse_plan(plan)).agreement) is None else found.name
        for plan in ("H5678", "H234", "H23", "H67")
    }
    assert names == {"H5678": "right lobe", "H234": "left lobe", "H23": "left lateral segment", "H67": None}


def test_audit_of_a_specimen() -> None:
    expected = expected_specimen(liver_of(18, 30), parse_plan("H5678"))
    light = audit(expected, weight_g=expected.weight_g - 156)
    assert light.difference_g == pytest.approx(-156)
    assert light.within_agreement is True
    assert audit(expected, weight_g=expected.weight_g - 157).within_agreement is False
    assert audit(expected, weight_g=expected.weight_g + 148).within_agreement is False
    water = audit(expected, volume_ml=expected.volume_ml * 0.9)
    assert water.difference_percent == pytest.approx(-10)
    assert water.within_agreement is None
    for wrong in ({}, {"weight_g": 1.0, "volume_ml": 1.0}, {"weight_g": -1.0}, {"volume_ml": math.nan}):
        with pytest.raises(CriterionError):
            audit(expected, **wrong)
