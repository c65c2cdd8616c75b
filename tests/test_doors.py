"""Follow-ups, stages, donors and searches take liver and patient as an assessment does."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from growing import H5678, case_of, liver_of, scan_at
from phantoms import write_nifti
from reviewing import reviewed
from test_perfusion import A_BOX, adult_liver

import flr
from flr.cli import main
from flr.documents.assessments import assessment_document
from flr.errors import PlanError
from flr.geometry import Grid
from flr.labels import Tissue
from flr.liver import Liver, ScanFacts, Source
from flr.patient import PatientFacts
from flr.perfusion import names_parts
from flr.plans import parse_plan


def told_by_headers(*bodies: tuple[float | None, float | None]) -> list[Liver]:
    """The livers of two scans before and after an embolisation, whose headers give weights and heights."""
    livers = (liver_of(20, 28), liver_of(22, 26))
    return [
        replace(liver, source=Source(header_facts=PatientFacts(weight_kg=weight_kg, height_cm=height_cm)))
        for liver, (weight_kg, height_cm) in zip(livers, bodies, strict=True)
    ]


def test_a_follow_up_takes_one_body_from_the_header_of_the_first_scan() -> None:
    """Each scan's own weight would be taken for growth of the liver."""
    case = case_of(scan_at(-4), scan_at(28, after="pve"), patient=flr.Patient(condition="normal"))
    followed = flr.follow_up(case, told_by_headers((80.0, 171.0), (60.0, 171.0)), "H5678")
    first, last = (scan.assessment for scan in followed.scans)
    assert [one.patient.weight_kg for one in (first, last)] == [80.0, 80.0]
    assert first.measures.bsa_m2 == last.measures.bsa_m2 is not None
    assert [q.check for q in first.quality].count("header_facts_used") == 1
    # A quarter less is said; it does not count.
    assert [q.check for q in last.quality].count("header_facts_disagree") == 1
    assert "header_facts_used" not in {q.check for q in last.quality}
    told = case_of(
        scan_at(-4),
        scan_at(28, after="pve"),
        patient=flr.Patient(weight_kg=80, height_cm=171, condition="normal"),
    )
    plain = [replace(liver, source=Source()) for liver in told_by_headers((None, None), (None, None))]
    again = flr.follow_up(told, plain, H5678)
    assert again.flag == followed.flag
    assert again.growth == followed.growth
    # The baseline is what `flr assess` says of it.
    alone = flr.assess(told_by_headers((80.0, 171.0), (60.0, 171.0))[0], H5678, case.patient, case_id=case.id)
    assert assessment_document(alone) == assessment_document(first)


def test_a_later_scan_gives_no_body_that_the_first_lacks_and_a_stated_one_wins() -> None:
    """The lie that a later header could tell: a body for one scan alone, or a smaller one to grow in."""
    case = case_of(scan_at(-4), scan_at(28, after="pve"), patient=flr.Patient(condition="normal"))
    found = flr.follow_up(case, told_by_headers((None, None), (60.0, 171.0)), H5678)
    assert [scan.assessment.patient.weight_kg for scan in found.scans] == [None, None]
    plain = [replace(liver, source=Source()) for liver in told_by_headers((None, None), (None, None))]
    assert found.flag == flr.follow_up(case, plain, H5678).flag
    stated = case_of(
        scan_at(-4, weight_kg=72.0),
        scan_at(28, after="pve"),
        patient=flr.Patient(height_cm=171, condition="normal"),
    )
    found = flr.follow_up(stated, told_by_headers((40.0, None), (40.0, None)), H5678)
    assert [scan.assessment.patient.weight_kg for scan in found.scans] == [72.0, 72.0]
    assert all("header_facts_disagree" in {q.check for q in scan.assessment.quality} for scan in found.scans)


def test_a_follow_up_takes_what_headers_and_the_case_say_of_the_scans() -> None:
    livers = [
        replace(liver, source=Source(scan=flr_scan(phase, from_description=True)))
        for liver, phase in ((liver_of(20, 28), "arterial"), (liver_of(22, 26), "portal venous"))
    ]
    case = case_of(scan_at(-4, phase=None), scan_at(28, after="pve", phase=None, reviewed=True))
    found = flr.follow_up(case, livers, H5678)
    assert [scan.scan.phase for scan in found.scans] == ["arterial", "portal venous"]
    assert "phase_unknown" not in found.notes
    assert "contrast phase" in found.note_texts["scans_not_comparable"]
    assert [scan.assessment.provenance.source.reviewed for scan in found.scans] == [None, True]
    stated = case_of(scan_at(-4), scan_at(28, after="pve"))  # both portal venous, as somebody states
    found = flr.follow_up(stated, livers, H5678)
    assert [s.assessment.provenance.source.scan.phase for s in found.scans] == ["portal venous"] * 2
    assert "scans_not_comparable" not in found.notes


def flr_scan(phase: str, *, from_description: bool) -> ScanFacts:
    return ScanFacts(phase=phase, phase_from_description=from_description)


def undivided(scale: float = 1.0) -> Liver:
    """The outline of a liver and its vessels."""
    drawn = adult_liver()
    affine = drawn.grid.index_to_world_mm.copy()
    affine[:3, :3] *= scale
    organ = np.asfortranarray((drawn.parts > 0).astype(np.uint8))
    return replace(drawn, grid=Grid(drawn.grid.shape, affine), parts=organ, part_names=("liver",))


def grown_case() -> Any:
    return case_of(scan_at(-4), scan_at(28, after="pve", embolised=("5", "6", "7", "8")))


def test_a_follow_up_estimates_the_parts_of_every_scan() -> None:
    case = grown_case()
    found = flr.follow_up(case, [undivided(), undivided(1.05)], "right hepatectomy")
    for scan in found.scans:
        assert "segments_estimated" in {q.check for q in scan.assessment.quality}
    assert found.flag != "adequate"
    assert found.quality == ()
    alone = flr.assess(undivided(1.05), "right hepatectomy", case.patient_at(1), case_id=case.id)
    assert assessment_document(found.last.assessment) == assessment_document(alone)
    side = found.last.embolised_side
    assert side is not None
    assert side.parts == ("right_hemiliver",)
    assert side.change_percent == pytest.approx(100.0 * (1.05**3 - 1.0))
    with pytest.raises(PlanError, match=r"scan 2.*no segments"):
        flr.follow_up(case, [undivided(), replace(undivided(1.05), vessels={})], "right hepatectomy")


def test_growth_between_estimated_and_drawn_parts_reassures_nobody() -> None:
    """The lie: a remnant that grows because two scans were cut in two ways."""
    drawn = adult_liver()
    right = drawn.parts == 1
    first, other = np.argwhere(right).min(axis=0), np.argwhere(right).max(axis=0)
    shrunk = np.array(drawn.parts, order="F")
    shrunk[first[0] : (first[0] + other[0]) // 2][right[first[0] : (first[0] + other[0]) // 2]] = 2
    after = replace(drawn, parts=shrunk)  # whoever draws it moves the cut to the right
    case = grown_case()
    found = flr.follow_up(case, [undivided(), after], "right hepatectomy", options=A_BOX)
    assert found.growth is not None
    assert (found.growth.kgr_standardised_pp_per_week or 0.0) > 2.0  # the rate alone would reassure
    assert [q.check for q in found.quality] == ["remnant_cut_differently"]
    assert found.flag == "indeterminate"
    seen = [reviewed(drawn), reviewed(after)]
    true = flr.follow_up(case, seen, "right hepatectomy", options=A_BOX)
    assert true.quality == ()
    assert true.flag != "indeterminate"


@pytest.mark.parametrize("embolised", [(), ("5", "6", "7", "8")])
def test_stages_are_those_of_estimated_parts(embolised: tuple[str, ...]) -> None:
    patient = flr.Patient(weight_kg=50, height_cm=160, condition="normal")
    staged = flr.StagedPlan(
        name="pve", technique="pve", resection=parse_plan("right hepatectomy"), embolised=embolised
    )
    found = flr.stage_by_stage(undivided(), staged, patient)
    alone = flr.assess(undivided(), "right hepatectomy", patient)
    assert found.stages[-1].assessment == found.stages[0].assessment == alone
    assert found.stages[1].embolised_parts == ("right_hemiliver",)
    drawn = flr.stage_by_stage(adult_liver(), staged, patient)
    assert [stage.flr_ml for stage in found.stages] == [stage.flr_ml for stage in drawn.stages]
    assert all(stage.flag != "adequate" for stage in found.stages)
    told = replace(undivided(), source=Source(header_facts=PatientFacts(weight_kg=50.0, height_cm=160.0)))
    of_headers = flr.stage_by_stage(told, staged, flr.Patient(condition="normal"))
    assert of_headers.stages[0].assessment.measures == alone.measures
    wrong = replace(staged, embolised=("2", "3", "4"))
    with pytest.raises(PlanError, match="must not be embolised"):
        flr.stage_by_stage(undivided(), wrong, patient)


def test_sections_are_embolised_as_their_segments_are() -> None:
    """Segment 4 has branches of its own, also where it is estimated as the left medial section."""
    removed = ("right_anterior_section", "right_posterior_section", "left_medial_section")
    resection = parse_plan("H45678")
    plain = flr.StagedPlan(name="a", technique="pve", resection=resection)
    assert plain.embolised_parts(removed) == ("right_anterior_section", "right_posterior_section")
    with_4 = flr.StagedPlan(name="a", technique="pve_4", resection=resection)
    assert with_4.embolised_parts(removed) == removed


def test_a_donor_is_assessed_on_estimated_parts_and_with_the_headers() -> None:
    donor = flr.Patient(weight_kg=50, height_cm=160, condition="donor")
    found = flr.donor_plan(undivided(), "H5678", donor, recipient_weight_kg=60, mhv_side="remnant")
    assert found.assessment == flr.assess(undivided(), "H5678", donor)
    assert found.assessment.flag != "adequate"
    drawn = flr.donor_plan(adult_liver(), parse_plan("H5678"), donor, recipient_weight_kg=60)
    assert found.graft == drawn.graft
    assert found.congested_graft_ml is None  # a whole hemiliver does not tell segments 5 and 8
    told = replace(undivided(), source=Source(header_facts=PatientFacts(weight_kg=50.0, height_cm=160.0)))
    alone = flr.donor_plan(told, "H5678", flr.Patient(condition="donor"), recipient_weight_kg=60)
    assert alone.assessment.measures == found.assessment.measures
    assert alone.assessment.patient.weight_kg == 50.0


def test_a_search_removes_estimated_parts_and_doubts_only_the_plans_that_name_some() -> None:
    whole = undivided()
    numbers = np.zeros(whole.grid.shape, dtype=np.uint16, order="F")
    inside = np.argwhere(adult_liver().parts == 1)
    at = inside[len(inside) // 2]
    numbers[tuple(slice(int(k) - 1, int(k) + 2) for k in at)] = 1
    tissues = np.where(numbers > 0, np.uint8(Tissue.TUMOUR), whole.tissues)
    liver = replace(
        whole, tumours=np.where(whole.parts > 0, numbers, 0), tissues=tissues, tumour_status="drawn"
    )
    patient = flr.Patient(weight_kg=50, height_cm=160, condition="normal")
    whole_parts = flr.search(liver, patient, kinds=("anatomical",))
    anywhere = flr.search(liver, patient)
    for found, names in ((whole_parts, True), (anywhere, False)):
        assert {names_parts(c.plan) for c in found.candidates if c.on_front} == {names}
        for candidate in found.candidates:
            assert candidate.assessment is not None
            if candidate.on_front:
                assert candidate.assessment == flr.assess(liver, candidate.plan, patient)
            estimated = "segments_estimated" in {q.check for q in candidate.assessment.quality}
            assert estimated is names_parts(candidate.plan)
            assert not (estimated and candidate.assessment.flag == "adequate")
    assert any(names_parts(c.plan) for c in anywhere.candidates)
    wedges = flr.search(liver, patient, kinds=("wedge", "ablation"))
    assert not any(names_parts(c.plan) for c in wedges.candidates)


def write_scan(folder: Path, liver: Liver) -> str:
    """A scan of an undivided liver as files, and its roles as they stand in a case file."""
    folder.mkdir()
    write_nifti(folder / "liver.nii.gz", (liver.parts > 0).astype(np.uint8), liver.grid)
    (folder / "vessels").mkdir()
    for name, mask in liver.vessels.items():
        write_nifti(folder / "vessels" / f"{name}.nii.gz", mask.astype(np.uint8), liver.grid)
    at = folder.name
    return f'liver = "{at}/liver.nii.gz"\ninputs = ["{at}/vessels"]\ntumours = "none"\n'


def test_the_command_follows_and_stages_livers_without_segments(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = write_scan(tmp_path / "a", undivided())
    last = write_scan(tmp_path / "b", undivided(1.05))
    (tmp_path / "case.toml").write_text(
        'id = "a"\n[patient]\nweight_kg = 50\nheight_cm = 160\nconditions = ["normal"]\n'
        f"[[scan]]\ndate = 2026-01-04\n{first}"
        f'[[scan]]\ndate = 2026-02-05\nafter = "pve"\nafter_date = 2026-01-08\nreviewed = true\n{last}'
        '[[plan]]\nname = "right hepatectomy"\nremoves = "H5678"\n'
        '[[staged_plan]]\ntechnique = "pve"\nremoves = "H5678"\n',
        encoding="utf-8",
    )
    path = tmp_path / "case.toml"
    assert main(["followup", str(path), "--json", "--out", str(tmp_path / "out")]) == 0
    found = json.loads(capsys.readouterr().out)
    case = flr.read_case(path)
    assert found["growth"] == flr.follow_up(case, flr.read_scans(case), case.plans[0]).to_dict()["growth"]
    assert found["flag"] != "adequate"
    for number, scan in enumerate(found["scans"], start=1):
        assert main(["assess", "--case", str(path), "--scan", str(number), "--json"]) == 0
        (document,) = json.loads(capsys.readouterr().out)["assessments"]
        assert scan["measures"] == {k: document["measures"][k] for k in scan["measures"]}
        assert scan["flag"] == document["flag"]
    staged = found["staged"][0]["stages"]
    assert [stage["flr_ml"] for stage in staged] == [found["scans"][0]["measures"]["flr_ml"]] * len(staged)
    assert (tmp_path / "out" / "followup.json").is_file()
