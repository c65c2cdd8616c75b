"""What one row of a manifest asks for, in the library's own types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from flr.assessment import Options
from flr.cohort.manifest import PATH_COLUMNS, CaseRow, plan_file
from flr.criteria import SiteLimits
from flr.documents.assessments import Document, assessment_document
from flr.documents.structures import volumes_document
from flr.errors import PatientError, UsageError
from flr.formulas import DEFAULT_BSA_FORMULA, DEFAULT_LIVER_VOLUME_FORMULA
from flr.io.errors_table import read_errors
from flr.job import Files, Job, planned, run
from flr.liver import MOST_SLICE_THICKNESS_MM, ScanFacts
from flr.patient import Patient, sex_of
from flr.plans import Intent
from flr.uncertainty import ERRORS

if TYPE_CHECKING:
    from flr.io.structures import Role

_NUMBERS = {
    "weight": "weight_kg",
    "height": "height_cm",
    "age": "age_years",
    "platelets": "platelets_10e9_per_l",
    "icg_r15": "icg_r15_percent",
    "hbs": "hbs_percent_per_min_per_m2",
    "limax": "limax_ug_per_kg_per_h",
}
_YES_NO = {"yes": True, "true": True, "no": False, "false": False}

NONE = "none"
"""In the column ``tumours``: there are none."""

VOLUMES = "volumes"
"""In the column ``only``: count, and assess nothing."""


@dataclass(frozen=True)
class Request:
    """One case, ready to be read and assessed.

    Parameters
    ----------
    case_id : str
    inputs : tuple of Path
    roles : mapping of str to Path
        ``tumours`` is absent where they are declared to be none.
    tumours_none : bool
    plans : tuple of str
        Texts, and paths of plan files; empty for the plans that drawn masks imply.
    scan : ScanFacts
        What the row states about the scan; headers add to it.
    reviewed : bool or None
        Whether a person has reviewed the segmentation.
    only_volumes : bool
        Count the structures, as ``flr volumes`` does, and assess nothing.
    """

    case_id: str
    inputs: tuple[Path, ...]
    roles: Mapping[str, Path]
    tumours_none: bool
    scheme: str | None
    labels: Mapping[str, str]
    resample: Literal["nearest"] | None
    plans: tuple[str, ...]
    intent: Intent
    patient: Patient
    options: Options
    scan: ScanFacts = field(default_factory=ScanFacts)
    reviewed: bool | None = None
    strict: bool = False
    only_volumes: bool = False
    image: Path | None = field(default=None)

    @property
    def job(self) -> Job:
        """The request as the one job that every door runs."""
        return Job(
            source=Files(
                inputs=self.inputs,
                roles={cast("Role", role): path for role, path in self.roles.items()},
                tumours_none=self.tumours_none,
                image=self.image,
                scheme=self.scheme,
                labels=self.labels,
                resample=self.resample,
            ),
            plans=self.plans,
            patient=self.patient,
            intent=self.intent,
            options=self.options,
            scan=self.scan,
            reviewed=self.reviewed,
            strict=self.strict,
            case_id=self.case_id,
            how_to_plan="give one in the column plan, such as H5678 or right hepatectomy, or a drawn mask in"
            " the column remnant or resected",
        )


def given_paths(row: CaseRow) -> dict[str, tuple[str, ...]]:
    """The paths of a row as it words them, by column; a declared absence of tumours is no path.

    >>> cells = {"inputs": "a.nii.gz; b.nii.gz", "tumours": "none", "plan": "H67;p.json"}
    >>> given_paths(CaseRow("a", 1, cells))
    {'inputs': ('a.nii.gz', 'b.nii.gz'), 'plan': ('p.json',)}
    """
    given = {
        name: values
        for name in (*PATH_COLUMNS, "errors")
        if (values := _values(row.cells.get(name, "")))
        and not (name == "tumours" and values[0].casefold() == NONE)
    }
    plans = tuple(file[0] for text in _values(row.cells.get("plan", "")) if (file := plan_file(text)))
    return {**given, "plan": plans} if plans else given


def request_of(row: CaseRow, paths: Mapping[str, tuple[Path, ...]]) -> Request:
    """Understand a row.

    Parameters
    ----------
    row : CaseRow
    paths : mapping of str to tuple of Path
        :func:`given_paths`, as paths that can be opened.

    Raises
    ------
    UsageError, PatientError, PlanError, CriterionError
        If a cell cannot be understood or cannot be true.
    ReadError
        If a plan or a table of errors cannot be read.
    """
    cells = row.cells
    for name, several in paths.items():
        if name not in ("inputs", "plan") and len(several) > 1:
            raise UsageError(f"{name} names {len(several)} files; expected one")
    roles = {
        name: paths[name][0] for name in PATH_COLUMNS if name in paths and name not in ("inputs", "image")
    }
    if not (roles or "inputs" in paths):
        raise UsageError("no input: give inputs, or a role such as segments, in the row of this case")
    intent = _one_of(cells, "intent", ("cure", "debulking")) or "cure"
    resample = _one_of(cells, "resample", ("nearest",))
    scheme = cells.get("scheme")
    if scheme is not None and scheme.casefold().endswith(".json"):
        scheme = str(Path(row.folder) / scheme)
    request = Request(
        case_id=row.case_id,
        inputs=paths.get("inputs", ()),
        roles=roles,
        tumours_none=cells.get("tumours", "").casefold() == NONE,
        scheme=scheme,
        labels=_labels(row, paths),
        resample=cast("Literal['nearest'] | None", resample),
        plans=_plans(cells, paths.get("plan", ())),
        intent=cast("Intent", intent),
        patient=_patient(cells),
        options=_options(cells, paths),
        scan=_scan(cells),
        reviewed=_yes_no(cells, "reviewed"),
        strict=_yes_no(cells, "strict") or False,
        only_volumes=_one_of(cells, "only", (VOLUMES,)) is not None,
        image=paths["image"][0] if "image" in paths else None,
    )
    planned(request.job, None)  # a plan that nobody understands is refused with its row
    return request


def documents_of(request: Request) -> list[Document]:
    """Read one case and do what it asks for: ``flr-assessment/1`` for each plan, or one ``flr-volumes/1``.

    Raises
    ------
    FLRError
        As :func:`flr.job.run` and :func:`flr.io.volumes.structure_volumes`.
    """
    if not request.only_volumes:
        return [assessment_document(assessment) for assessment in run(request.job).assessments]

    from flr.io.structures import scheme_by_option
    from flr.io.volumes import structure_volumes

    found = structure_volumes(
        request.inputs,
        roles={cast("Role", role): path for role, path in request.roles.items()},
        scheme=None if request.scheme is None else scheme_by_option(request.scheme),
        labels=request.labels or None,
    )
    document = volumes_document(found)
    return [{"schema": document.pop("schema"), "case_id": request.case_id, **document}]


def _values(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(";") if part.strip())


def _words(cells: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(cells.get(name, "").replace(",", " ").replace(";", " ").split())


def _one_of(cells: Mapping[str, str], name: str, known: tuple[str, ...]) -> str | None:
    text = cells.get(name)
    if text is not None and text.casefold() not in known:
        raise UsageError(f"{name} {text!r}; expected {' or '.join(known)}")
    return None if text is None else text.casefold()


def _yes_no(cells: Mapping[str, str], name: str) -> bool | None:
    text = cells.get(name)
    if text is not None and text.casefold() not in _YES_NO:
        raise PatientError(f"{name} {text!r}; expected yes, no or an empty cell (not known)")
    return None if text is None else _YES_NO[text.casefold()]


def _number(cells: Mapping[str, str], name: str) -> float | None:
    text = cells.get(name)
    if text is None:
        return None
    try:
        return float(text)
    except ValueError:
        hint = "; use a decimal point" if "," in text else ""
        raise PatientError(
            f"{name} {text!r}; expected a number, or an empty cell when it is not known{hint}"
        ) from None


def _patient(cells: Mapping[str, str]) -> Patient:
    def upper(name: str) -> str | None:
        text = cells.get(name)
        return None if text is None else text.upper()

    numbers: dict[str, Any] = {to: _number(cells, name) for name, to in _NUMBERS.items()}
    return Patient(
        **numbers,
        sex=cast("Literal['F', 'M'] | None", sex_of(cells["sex"]) if "sex" in cells else None),
        conditions=_words(cells, "condition"),
        diagnosis=cells.get("diagnosis"),
        prior=_words(cells, "prior"),
        child_pugh=cast("Literal['A', 'B', 'C'] | None", upper("child_pugh")),
        portal_hypertension=_yes_no(cells, "portal_hypertension"),
        remnant_drained=_yes_no(cells, "remnant_drained"),
    )


def _plans(cells: Mapping[str, str], files: tuple[Path, ...]) -> tuple[str, ...]:
    """The plans of a row, files among them as paths that can be opened."""
    opened = iter(files)
    return tuple(
        text if (file := plan_file(text)) is None else f"{next(opened)}{file[1]}"
        for text in _values(cells.get("plan", ""))
    )


def _scan(cells: Mapping[str, str]) -> ScanFacts:
    thickness_mm = _number(cells, "slice_thickness_mm")
    if thickness_mm is not None and not 0.0 < thickness_mm <= MOST_SLICE_THICKNESS_MM:
        raise UsageError(
            f"slice_thickness_mm {thickness_mm:g}; expected millimetres above 0, at most"
            f" {MOST_SLICE_THICKNESS_MM:g}"
        )
    text = cells.get("scan_date")
    try:
        taken = None if text is None else date.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"scan_date {text!r}; expected a date such as 2026-01-31, or an empty cell when it is not known"
        ) from None
    return ScanFacts(
        date=taken,
        phase=cells.get("phase"),
        slice_thickness_mm=thickness_mm,
        segmented_by=cells.get("segmented_by"),
        variants=cells.get("variants"),
    )


def stated_scan(request: Request) -> dict[str, str | float]:
    """What a row states about the scan, by column, for the tables of results.

    What only headers say is left out: a day that nobody stated may identify a patient.
    """
    scan = request.scan
    stated = {
        "scan_date": None if scan.date is None else scan.date.isoformat(),
        "phase": scan.phase,
        "slice_thickness_mm": scan.slice_thickness_mm,
        "segmented_by": scan.segmented_by,
        "variants": scan.variants,
    }
    return {name: value for name, value in stated.items() if value is not None}


def _options(cells: Mapping[str, str], paths: Mapping[str, tuple[Path, ...]]) -> Options:
    return Options(
        bsa_formula=cells.get("bsa_formula", DEFAULT_BSA_FORMULA),
        standard_volume_formula=cells.get("standard_volume_formula", DEFAULT_LIVER_VOLUME_FORMULA),
        limits=_limits(cells),
        accepted=_words(cells, "accept"),
        errors=read_errors(paths["errors"][0]) if "errors" in paths else ERRORS,
    )


def _limits(cells: Mapping[str, str]) -> SiteLimits | None:
    text, source = cells.get("limits"), cells.get("limits_source")
    if text is None and source is None:
        return None
    if text is None or source is None:
        raise UsageError("limits and limits_source belong together; give both or neither")
    try:
        low, minimum, upper = (float(part) for part in text.replace(";", ",").split(","))
    except ValueError:
        raise UsageError(f"limits {text!r}; expected three percentages such as 20,25,30") from None
    return SiteLimits(very_small_percent=low, minimum_percent=minimum, band_percent=upper, source=source)


def _labels(row: CaseRow, paths: Mapping[str, tuple[Path, ...]]) -> dict[str, str]:
    opened = {str(path) for several in paths.values() for path in several}
    mappings = {}
    for text in _values(row.cells.get("labels", "")):
        name, colon, mapping = text.rpartition(":")
        if not (colon and name and mapping):
            raise UsageError(f"labels {text!r}; expected FILE:1=hepatic_vein,2=portal_vein")
        full = str(Path(row.folder) / name)
        mappings[full if full in opened else Path(name).name] = mapping
    return mappings
