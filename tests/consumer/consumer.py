"""Ordinary use of the library, as a type checker sees it from outside; it is checked, never run."""

from pathlib import Path

import flr

if __name__ == "__main__":
    liver: flr.Liver = flr.read_liver(Path("segments.nii.gz"), tumours="none")
    table: flr.VolumeTable = flr.measure(liver)
    patient = flr.Patient(weight_kg=70.0, height_cm=170.0)
    limits = flr.SiteLimits(very_small_percent=20, minimum_percent=25, band_percent=35, source="our own")
    options = flr.Options(limits=limits, accepted=())
    plan: flr.Plan = flr.parse_plan("H5678")
    assessment: flr.Assessment = flr.assess(liver, plan, patient, options=options)
    remnant_ml: float = assessment.volumes.remnant_ml
    criteria: tuple[flr.Criterion, ...] = tuple(finding.criterion for finding in assessment.findings)
    plans: list[str] = [a.plan.notation for a in flr.assess_plans(liver, ["H5678", plan], patient)]
    best = flr.search(liver).best
    notation: str = "" if best is None else best.plan.notation
    document: dict[str, object] = assessment.to_dict()
    case: flr.Case = flr.read_case("case.toml")
    growth = flr.follow_up(case, flr.read_scans(case), plan).growth
    hypertrophy_pp: float | None = None if growth is None else growth.degree_of_hypertrophy_pp
    tumours: list[float] = [tumour.volume_ml for tumour in flr.find_tumours(liver)]
    page = flr.notebook.compare([assessment]).html
    try:
        flr.read_labels("labels.nii.gz", scheme="couinaud_8")
    except flr.LabelError as error:
        print(error, remnant_ml, flr.__version__)
