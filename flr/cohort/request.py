"""What one row of a manifest asks for, in the library's own types."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from flr.assessment import Options
from flr.cohort.manifest import PATH_COLUMNS, CaseRow, plan_file
from flr.criteria import SiteLimits
from flr.documents.assessments import assessment_document
from flr.documents.base import Document
from flr.documents.structures import volumes_document
from flr.errors import PatientError, UsageError
from flr.facts import PATIENT_FACTS, SCAN_FACTS, YES_NO, Fact, taken_by
from flr.formulas import DEFAULT_BSA_FORMULA, DEFAULT_LIVER_VOLUME_FORMULA
from flr.io.errors_table import read_errors
from flr.io.site_file import read_site
from flr.job import Files, Job, planned, run
from flr.labels import ROLES
from flr.liver import ScanFacts
from flr.patient import Patient
from flr.plans import Intent
from flr.quality import split_acceptances
from flr.uncertainty import ERRORS

if TYPE_CHECKING:
    from flr.structures import Role

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
    second_reader : Path or None
        The same liver drawn by a second reader.
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
    second_reader: Path | None = None
    one_patient: bool = False
    same_grid: bool = False

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
                one_patient=self.one_patient,
                same_grid=self.same_grid,
            ),
            plans=self.plans,
            patient=self.patient,
            intent=self.intent,
            options=self.options,
            scan=self.scan,
            reviewed=self.reviewed,
            second_reader=self.second_reader,
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
        for name in (*PATH_COLUMNS, "errors", "site")
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
    if row.named_for:
        raise UsageError(
            f"the files of case {row.case_id} are named for case {row.named_for} of the same manifest:"
            " were rows or files exchanged? Correct the row, or rename the files"
        )
    for name, several in paths.items():
        if name not in ("inputs", "plan") and len(several) > 1:
            raise UsageError(f"{name} names {len(several)} files; expected one")
    roles = {name: paths[name][0] for name in ROLES if name in paths}
    if not (roles or "inputs" in paths):
        raise UsageError("no input: give inputs, or a role such as segments, in the row of this case")
    intent = _one_of(cells, "intent", ("cure", "debulking")) or "cure"
    resample = _one_of(cells, "resample", ("nearest",))
    scheme = cells.get("scheme")
    if scheme is not None and scheme.casefold().endswith(".json"):
        scheme = str(Path(row.folder) / scheme)
    stated_scan = _stated(cells, SCAN_FACTS)
    reviewed: bool | None = stated_scan.pop("reviewed", None)
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
        patient=Patient(**_stated(cells, PATIENT_FACTS)),
        options=_options(cells, paths),
        scan=ScanFacts(**stated_scan),
        reviewed=reviewed,
        strict=_strict(cells),
        only_volumes=_one_of(cells, "only", (VOLUMES,)) is not None,
        image=paths["image"][0] if "image" in paths else None,
        second_reader=paths["second_reader"][0] if "second_reader" in paths else None,
        one_patient=_one_of(cells, "one_patient", ("yes", "no")) == "yes",
        same_grid=_one_of(cells, "same_grid", ("yes", "no")) == "yes",
    )
    planned(request.job, None)  # a plan that nobody understands is refused with its row
    return request


def documents_of(request: Request) -> list[Document]:
    """Read one case and do what it asks for: ``flr-assessment/2`` for each plan, or one ``flr-volumes/1``.

    Raises
    ------
    FLRError
        As :func:`flr.job.run` and :func:`flr.io.volumes.structure_volumes`.
    """
    if not request.only_volumes:
        return [assessment_document(assessment) for assessment in run(request.job).assessments]

    from flr.io.insisted import Insisted
    from flr.io.structures import scheme_by_option
    from flr.io.volumes import structure_volumes

    found = structure_volumes(
        request.inputs,
        roles={cast("Role", role): path for role, path in request.roles.items()},
        scheme=None if request.scheme is None else scheme_by_option(request.scheme),
        labels=request.labels or None,
        insisted=Insisted(one_patient=request.one_patient, same_grid=request.same_grid),
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


def _strict(cells: Mapping[str, str]) -> bool:
    text = cells.get("strict")
    if text is not None and text.casefold() not in YES_NO:
        raise PatientError(f"strict {text!r}; {_EXPECTED['yes_no']}")
    return text is not None and YES_NO[text.casefold()]


_EXPECTED = {
    "number": "expected a number, or an empty cell when it is not known",
    "whole": "expected a whole number, or an empty cell when it is not known",
    "yes_no": "expected yes, no or an empty cell (not known)",
    "date": "expected a date such as 2026-01-31, or an empty cell when it is not known",
}


def _stated(cells: Mapping[str, str], facts: Iterable[Fact]) -> dict[str, Any]:
    """The facts that the cells of a row state, by key.

    Raises
    ------
    PatientError, UsageError
        If a cell is no value of its fact, or a number about the scan cannot be.
    """
    stated: dict[str, Any] = {}
    for fact in taken_by("manifest", facts):
        text = cells.get(fact.column)
        if text is None:
            continue
        is_number = fact.kind in ("number", "whole")
        try:
            value: Any = fact.value_of(_with_point(text) if is_number else text)
        except PatientError:
            raise
        except ValueError:
            hint = "; use a decimal point" if is_number and "," in text else ""
            error = UsageError if fact.kind == "date" else PatientError
            raise error(f"{fact.column} {text!r}; {_EXPECTED[fact.kind]}{hint}") from None
        if fact.of == "scan" and fact.plausible is not None:
            expected = fact.plausible.expected_of(value)
            if expected is not None:
                raise UsageError(f"{fact.column} {value:g}; expected {expected}")
        stated[fact.key] = value
    return stated


_DECIMAL_COMMA = re.compile(r"\s*[-+]?(?:\d+,(?:\d{1,2}|\d{4,})|0,\d+)\s*")


def _with_point(text: str) -> str:
    """A number as spreadsheets of most of Europe write it, with a point.

    Three digits after the comma stay as they are, to be refused: they may be thousands.

    >>> _with_point("72,5"), _with_point("0,125"), _with_point("1,050"), _with_point("72.5")
    ('72.5', '0.125', '1,050', '72.5')
    """
    return text.replace(",", ".") if _DECIMAL_COMMA.fullmatch(text) else text


def _plans(cells: Mapping[str, str], files: tuple[Path, ...]) -> tuple[str, ...]:
    """The plans of a row, files among them as paths that can be opened."""
    opened = iter(files)
    return tuple(
        text if (file := plan_file(text)) is None else f"{next(opened)}{file[1]}"
        for text in _values(cells.get("plan", ""))
    )


def stated_scan(request: Request) -> dict[str, str | float]:
    """What a row states about the scan, by column, for the tables of results.

    What only headers say is left out: a day that nobody stated may identify a patient.
    """
    stated = {
        fact.column: value
        for fact in taken_by("manifest", SCAN_FACTS)
        if fact.of == "scan" and (value := getattr(request.scan, fact.key)) is not None
    }
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in stated.items()}


def _options(cells: Mapping[str, str], paths: Mapping[str, tuple[Path, ...]]) -> Options:
    """What the row says of grading; a site file says it where the row does not."""
    site = read_site(paths["site"][0]) if "site" in paths else None
    formulas = (None, None) if site is None else (site.bsa_formula, site.standard_volume_formula)
    return Options(
        bsa_formula=cells.get("bsa_formula") or formulas[0] or DEFAULT_BSA_FORMULA,
        standard_volume_formula=(
            cells.get("standard_volume_formula") or formulas[1] or DEFAULT_LIVER_VOLUME_FORMULA
        ),
        limits=_limits(cells) or (None if site is None else site.limits),
        site=site,
        accepted=split_acceptances((cells.get("accept", ""),)),
        errors=read_errors(paths["errors"][0]) if "errors" in paths else ERRORS,
        vessels_count=cells.get("vessels_count", "included"),  # type: ignore[arg-type]
    )


def _limits(cells: Mapping[str, str]) -> SiteLimits | None:
    text, source = cells.get("limits"), cells.get("limits_source")
    if text is None and source is None:
        return None
    if text is None or source is None:
        raise UsageError("limits and limits_source belong together; give both or neither")
    try:
        # Parted by semicolons, a comma is a decimal comma.
        parts = [_with_point(part) for part in text.split(";")] if ";" in text else text.split(",")
        low, minimum, upper = (float(part) for part in parts)
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
