"""Volumes without drawn vessels beside the usual ones: exact, at every door, and never what is graded."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from phantoms import couinaud_block
from test_splits import tubes

import flr
from flr.assessment import Options, assess, assess_numbers, without_vessels
from flr.cli.entry import main
from flr.documents.assessments import assessment_document
from flr.errors import CriterionError
from flr.labels import Tissue
from flr.liver import Liver, Source, assemble
from flr.patient import Patient
from flr.plans import parse_plan, volumes
from flr.report.content import report_content

ADULT = Patient(weight_kg=60, height_cm=168, condition="normal")
EXCLUDED = Options(vessels_count="excluded")


def block(*, vessels: bool = True) -> Liver:
    found = couinaud_block()
    segments = np.asfortranarray(found.segments)
    return assemble(
        found.grid,
        parts=segments,
        part_names=tuple("12345678"),
        tumours_declared_none=True,
        vessels=tubes(segments, found.grid) if vessels else {},
        truncated=False,
        source=Source(reviewed=True),
    )


def test_the_volumes_are_those_of_the_voxels_without_vessels() -> None:
    liver = block()
    bare = without_vessels(volumes(liver, parse_plan("H5678")))
    voxel_ml = liver.grid.voxel_volume_ml
    parenchyma = (liver.parts > 0) & (liver.tissues == Tissue.PARENCHYMA)
    stays = parenchyma & np.isin(liver.parts, (1, 2, 3, 4))
    assert bare.functional_ml == pytest.approx(parenchyma.sum() * voxel_ml, rel=1e-12)
    assert bare.flr_ml == pytest.approx(stays.sum() * voxel_ml, rel=1e-12)
    assert bare.flr_percent_of_measured == pytest.approx(100.0 * stays.sum() / parenchyma.sum(), rel=1e-12)
    assert bare.vessels_ml == pytest.approx(((liver.parts > 0) & (liver.tissues == 1)).sum() * voxel_ml)


def test_the_usual_volumes_are_graded_whatever_is_asked_for() -> None:
    liver = block()
    usual, both = assess(liver, "H5678", ADULT), assess(liver, "H5678", ADULT, options=EXCLUDED)
    assert usual.without_vessels is None
    assert both.without_vessels is not None
    for name in ("flag", "headline", "volumes", "findings", "intervals", "reassurance", "triggers"):
        assert getattr(usual, name) == getattr(both, name), name
    assert set(both.notes) - set(usual.notes) == {"vessels_counted"}
    assert "with vessels in" in both.note_texts["vessels_counted"]


def test_what_is_not_known_is_no_zero() -> None:
    bare = assess(block(vessels=False), "H5678", ADULT, options=EXCLUDED).without_vessels
    assert bare is not None
    assert (bare.functional_ml, bare.flr_ml, bare.flr_percent_of_measured) == (None, None, None)
    assert "no vessel is drawn" in bare.reason
    typed = assess_numbers(total_ml=1500, flr_ml=500, patient=ADULT, options=EXCLUDED).without_vessels
    assert typed is not None
    assert "typed" in typed.reason
    cut_off = without_vessels(volumes(block(), parse_plan("H5678")), lower_bound=True)
    assert cut_off.flr_ml is not None
    assert cut_off.flr_percent_of_measured is None


def test_another_word_is_refused() -> None:
    with pytest.raises(CriterionError, match="included or excluded"):
        Options(vessels_count="none")  # type: ignore[arg-type]


def test_documents_without_the_option_have_no_new_key() -> None:
    liver = block()
    document = assessment_document(assess(liver, "H5678", ADULT))
    assert "without_vessels" not in document
    assert "vessels_count" not in document["provenance"]
    asked = assessment_document(assess(liver, "H5678", ADULT, options=EXCLUDED))
    assert asked["without_vessels"]["reason"] == ""
    assert asked["provenance"]["vessels_count"] == "excluded"


def test_the_report_says_what_is_not_graded() -> None:
    both = assess(block(), "H5678", ADULT, options=EXCLUDED)
    rows = {row.label: row for row in report_content([both]).plans[0].context}
    assert both.without_vessels is not None
    assert rows["Remnant without drawn vessels"].value.startswith(f"{both.without_vessels.flr_ml:.1f}")
    typed = assess_numbers(total_ml=1500, flr_ml=500, patient=ADULT, options=EXCLUDED)
    rows = {row.label: row for row in report_content([typed]).plans[0].context}
    assert "typed" in rows["Functional liver without drawn vessels"].note


@pytest.mark.slow
def test_every_door_gives_the_same(
    sample_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = sample_data / "baseline"
    files = [str(case / "segments.nii.gz"), str(case / "vessels.nii.gz"), "--tumours", "none"]
    out = tmp_path / "out"
    more = ["--plan", "H5678", "--vessels-count", "excluded"]
    assert main(["assess", *files, *more, "--out", str(out), "--format", "json,html,csv"]) == 0
    capsys.readouterr()
    (option,) = json.loads((out / "assessment.json").read_text())["assessments"]
    bare = option["without_vessels"]
    assert 0.0 < bare["flr_ml"] < option["volumes_ml"]["remnant"]
    assert "without drawn vessels" in (out / "report.html").read_text()
    assert "without_vessels.flr_ml" in (out / "assessment.csv").read_text().splitlines()[0]

    liver = flr.read_liver(*files[:2], tumours="none")
    result = flr.assess(liver, "H5678", Patient(), options=EXCLUDED)
    assert assessment_document(result)["without_vessels"] == bare

    (tmp_path / "case.toml").write_text(
        'id = "a"\nvessels_count = "excluded"\n[[scan]]\ndate = 2026-01-04\n'
        f"inputs = {json.dumps(files[:2])}\n"
        'tumours = "none"\n[[plan]]\nremoves = "H5678"\n'
    )
    assert main(["assess", "--case", str(tmp_path / "case.toml"), "--json"]) == 0
    (by_case,) = json.loads(capsys.readouterr().out)["assessments"]
    assert by_case["without_vessels"] == bare

    (tmp_path / "m.csv").write_text(
        f"case_id,inputs,tumours,plan,vessels_count\na,{files[0]};{files[1]},none,H5678,excluded\n"
    )
    assert main(["cohort", "run", str(tmp_path / "m.csv"), "--out", str(tmp_path / "cohort")]) == 0
    capsys.readouterr()
    assert "without_vessels.flr_ml" in (tmp_path / "cohort" / "cases.csv").read_text().splitlines()[0]

    assert main(["replay", str(out / "assessment.json"), "--inputs", str(case)]) == 0
