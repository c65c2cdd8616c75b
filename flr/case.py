"""A case as a record: a patient, dated scans and what happened before them, tests of function, plans.

No file is opened here: scans name their files, `flr.io.case` reads them.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from itertools import pairwise
from pathlib import PurePath
from typing import Final, Literal

from flr.errors import CriterionError, PatientError
from flr.facts import VesselsCount
from flr.frozen import FrozenMapping
from flr.function import FUNCTION_KINDS, FunctionKind
from flr.liver import ScanFacts
from flr.patient import Patient
from flr.plans import Plan
from flr.plans.staged import PROCEDURES, Procedure, StagedPlan
from flr.quality import CHECKS, acceptances

PRIOR_OF: Final[Mapping[Procedure, tuple[str, ...]]] = FrozenMapping(
    {
        "pve": ("embolisation",),
        "lvd": ("embolisation",),
        "alpps": ("hepatectomy", "embolisation"),
        "resection": ("hepatectomy",),
    }
)
"""What each procedure is for `Patient.prior`: the anatomy check then only warns."""

WEIGHT_CHANGE_PERCENT: Final = 5.0
"""From here on a change of weight is noted; the standard volume stays that of the baseline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan(ScanFacts):
    """One dated scan and its files; what somebody states about the scan is that of `ScanFacts`.

    Parameters
    ----------
    date : date
    modality : {"CT", "MR"} or None
    after : {"pve", "lvd", "alpps", "resection"} or None
        The last thing that happened to the liver before this scan; None before the first.
    after_date : date or None
        When; None where it is not known, and then no rate is computed.
    embolised : tuple of str
        Part keys whose portal branches were closed; empty for what the plan removes.
    inputs : tuple of path
        Files that explain themselves.
    roles : mapping of str to path
        Files by role: ``segments``, ``tumours``, ….
    tumours_none : bool
        Tumours are declared to be none.
    image : path or None
    scheme : str or None
    labels : mapping of str to str
        File name to the meaning of its values.
    resample : {"nearest"} or None
    one_patient, same_grid : bool
        What somebody insists on, whatever the files say.
    weight_kg : float or None
        Body weight at this scan, where it was taken again. [kg]
    reviewed : bool or None
        Whether a person has reviewed the segmentation.
    """

    date: datetime.date
    modality: Literal["CT", "MR"] | None = None
    after: Procedure | None = None
    after_date: datetime.date | None = None
    embolised: tuple[str, ...] = ()
    inputs: tuple[PurePath, ...] = ()
    roles: Mapping[str, PurePath] = field(default_factory=dict)
    tumours_none: bool = False
    image: PurePath | None = None
    scheme: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    resample: Literal["nearest"] | None = None
    one_patient: bool = False
    same_grid: bool = False
    weight_kg: float | None = None
    reviewed: bool | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be true of one scan."""
        if self.after is not None and self.after not in PROCEDURES:
            raise PatientError(f"after = {self.after!r}; expected one of {', '.join(PROCEDURES)}")
        if self.after_date is not None and self.after is None:
            raise PatientError(
                "after_date without after; say what happened then: pve, lvd, alpps or resection"
            )
        if self.after_date is not None and self.after_date > self.date:
            apart = (self.after_date - self.date).days
            raise PatientError(
                f"the {self.after} is dated {apart} day{'' if apart == 1 else 's'} after the scan that is "
                "said to follow it; check date and after_date"
            )
        if self.embolised and self.after in (None, "resection"):
            raise PatientError(
                "embolised parts without an embolisation; give after = 'pve', 'lvd' or 'alpps'"
            )
        if self.weight_kg is not None and not 0.0 < self.weight_kg < math.inf:
            raise PatientError(f"weight_kg of a scan is {self.weight_kg:g}; expected kg above 0")
        if self.slice_thickness_mm is not None and not 0.0 < self.slice_thickness_mm < math.inf:
            raise PatientError(f"slice_thickness_mm is {self.slice_thickness_mm:g}; expected mm above 0")
        if not self.inputs and not self.roles:
            raise PatientError("a scan without any file; give segments = 'file' or another role, or inputs")
        ScanFacts.__post_init__(self)

    def known_with(self, headers: ScanFacts) -> Scan:
        """The same scan, with what the headers of its images say where nobody states it."""
        known = self.completed_with(headers)
        return replace(self, **{f.name: getattr(known, f.name) for f in fields(ScanFacts)})


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionTest:
    """One dated test of liver function; it counts for the scans between the same two procedures.

    Parameters
    ----------
    date : date
    hbs_percent_per_min_per_m2 : float or None
        Mebrofenin uptake of the remnant, as a laboratory reports it. [%/min/m²]
    uptake_percent_per_min : float or None
        Mebrofenin uptake of the whole liver; with an image of counts the remnant's follows. [%/min]
    limax_ug_per_kg_per_h : float or None
        Of the whole liver. [µg/kg/h]
    icg_r15_percent : float or None
        [%]
    image : path or None
        A scalar image of function.
    kind : {"counts", "relative_enhancement", "pdff", "ct1"} or None
        What the image holds.
    """

    date: datetime.date
    hbs_percent_per_min_per_m2: float | None = None
    uptake_percent_per_min: float | None = None
    limax_ug_per_kg_per_h: float | None = None
    icg_r15_percent: float | None = None
    image: PurePath | None = None
    kind: FunctionKind | None = None

    def __post_init__(self) -> None:
        """Refuse a test that says nothing, or twice the same."""
        values = {name: getattr(self, name) for name in TEST_VALUES}
        if self.image is None and all(value is None for value in values.values()):
            raise PatientError(
                f"a function test without a value; give an image or one of {', '.join(values)}"
            )
        for name, value in values.items():
            if value is not None and not 0.0 < value < math.inf:
                raise PatientError(f"{name} is {value:g}; expected a number above 0")
        if (self.image is None) != (self.kind is None):
            raise PatientError(
                "a function image needs its kind, and a kind its image; kinds are "
                + ", ".join(FUNCTION_KINDS)
            )
        if self.kind is not None and self.kind not in FUNCTION_KINDS:
            raise CriterionError(f"kind {self.kind!r}; expected one of {', '.join(FUNCTION_KINDS)}")
        if self.uptake_percent_per_min is not None:
            if self.kind != "counts":
                raise PatientError(
                    "uptake_percent_per_min of the liver needs an image of counts to share it out"
                )
            if self.hbs_percent_per_min_per_m2 is not None:
                raise PatientError(
                    "hbs_percent_per_min_per_m2 of the remnant is given and would also be computed from the "
                    "image; give one of the two"
                )


TEST_VALUES: Final = (
    "hbs_percent_per_min_per_m2",
    "uptake_percent_per_min",
    "limax_ug_per_kg_per_h",
    "icg_r15_percent",
)
"""What a function test can hold beside an image."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One patient's scans and plans over time. A record: it computes nothing but dates.

    Parameters
    ----------
    id : str
        Name in every output; must not identify the patient.
    patient : Patient
        At the first scan.
    scans : tuple of Scan
        In the order of their dates.
    plans : tuple of Plan
    staged_plans : tuple of StagedPlan
    tests : tuple of FunctionTest
    vessels_count : {"included", "excluded"}, optional
        As of :class:`flr.assessment.Options`, where the command says nothing.
    accepted : tuple of str
        Rows of the reassurance table and checks for which somebody takes responsibility, as in ``Options``.

    Raises
    ------
    PatientError
        If there is no scan, dates are out of order or the same, a scan forgets what happened before an
        earlier one, or a procedure has no scan before it.
    """

    id: str
    patient: Patient
    scans: tuple[Scan, ...]
    plans: tuple[Plan, ...] = ()
    staged_plans: tuple[StagedPlan, ...] = ()
    tests: tuple[FunctionTest, ...] = ()
    accepted: tuple[str, ...] = ()
    vessels_count: VesselsCount | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be true of the scans together, and what nobody can accept."""
        acceptances(self.accepted, CHECKS)
        if not self.id.strip() or not self.id.isprintable():
            raise PatientError("a case without a printable id; give one that does not identify the patient")
        if not self.scans:
            raise PatientError(f"case {self.id}: no scan; give at least one [[scan]] with date and files")
        _check_order(self.scans)
        _check_procedures(self.scans)
        first = self.scans[0].weight_kg
        if first is not None and self.patient.weight_kg is not None and first != self.patient.weight_kg:
            raise PatientError(
                f"scan 1 says {first:g} kg and the patient {self.patient.weight_kg:g} kg; the patient's "
                "weight is that of the first scan: give it once"
            )
        names = [plan.name for plan in self.plans]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise PatientError(f"two plans are called {twice[0]!r}; give each its own name")

    def reference_of(self, number: int) -> int | None:
        """Index of the scan that a scan is compared with: the last one before its procedure.

        Parameters
        ----------
        number : int
            Index of the scan, 0 for the first.

        Returns
        -------
        int or None
            None for the first scan. Where no procedure is named, the first scan.
        """
        scan = self.scans[number]
        if number == 0:
            return None
        if scan.after is None:
            return 0
        earlier = [
            index
            for index, other in enumerate(self.scans[:number])
            if (other.after, other.after_date) != (scan.after, scan.after_date)
        ]
        return earlier[-1] if earlier else None

    def is_first_after(self, number: int) -> bool:
        """Whether a scan is the first one after its procedure, which alone defines a kinetic growth rate."""
        reference = self.reference_of(number)
        return reference is not None and number == reference + 1

    @property
    def baseline_weight_kg(self) -> float | None:
        """Body weight at the first scan, from the patient or from that scan. [kg]"""
        return self.scans[0].weight_kg if self.patient.weight_kg is None else self.patient.weight_kg

    def patient_at(self, number: int) -> Patient:
        """The patient as known at a scan: body size of the baseline, what happened before, tests by then.

        The weight stays that of the baseline: a change of weight must not look like growth. Tests of the
        whole liver (LiMAx, indocyanine green) hold until there is a newer one; uptake of the remnant counts
        only between the same two procedures, since a procedure changes it.
        """
        scan = self.scans[number]
        prior = self.patient.prior
        if scan.after is not None:
            prior = tuple(dict.fromkeys((*prior, *PRIOR_OF[scan.after])))
        tests = self.tests_at(number)
        earlier = sorted(
            (t for t in self.tests if t.date < scan.date), key=lambda test: test.date, reverse=True
        )
        untouched = scan.after is None
        return replace(
            self.patient,
            prior=prior,
            weight_kg=self.baseline_weight_kg,
            hbs_percent_per_min_per_m2=_first(tests, "hbs_percent_per_min_per_m2")
            or (self.patient.hbs_percent_per_min_per_m2 if untouched else None),
            limax_ug_per_kg_per_h=_first((*tests, *earlier), "limax_ug_per_kg_per_h")
            or self.patient.limax_ug_per_kg_per_h,
            icg_r15_percent=_first((*tests, *earlier), "icg_r15_percent") or self.patient.icg_r15_percent,
        )

    def tests_at(self, number: int) -> tuple[FunctionTest, ...]:
        """Tests between the same two procedures as a scan, the one nearest in time first."""
        scan = self.scans[number]
        start = scan.after_date
        if scan.after is not None and start is None:
            start = scan.date  # the day of the procedure is not known: only a later test is surely after it
        others = [
            s for s in self.scans[number + 1 :] if (s.after, s.after_date) != (scan.after, scan.after_date)
        ]
        end = next((s.after_date for s in others if s.after_date is not None), None)
        if others and end is None:
            end = scan.date
        near = [
            t for t in self.tests if (start is None or t.date >= start) and (end is None or t.date <= end)
        ]
        return tuple(sorted(near, key=lambda test: abs((test.date - scan.date).days)))

    def weight_change_percent(self, number: int) -> float | None:
        """Change of the body weight since the baseline, or None where it was not taken again. [%]"""
        weight, baseline = self.scans[number].weight_kg, self.baseline_weight_kg
        if number == 0 or weight is None or baseline is None:
            return None
        return 100.0 * (weight - baseline) / baseline


def _first(tests: Sequence[FunctionTest], name: str) -> float | None:
    return next((value for test in tests if (value := getattr(test, name)) is not None), None)


def _check_order(scans: Sequence[Scan]) -> None:
    for number, (earlier, scan) in enumerate(pairwise(scans), start=2):
        apart = (scan.date - earlier.date).days
        if apart == 0:
            raise PatientError(
                f"scans {number - 1} and {number} are of the same day; growth needs time between two scans: "
                "check the dates, or leave one of them out"
            )
        if apart < 0:
            raise PatientError(
                f"scan {number} is dated {-apart} day{'' if apart == -1 else 's'} before scan {number - 1}; "
                "list the scans in the order of their dates"
            )


def _check_procedures(scans: Sequence[Scan]) -> None:
    if scans[0].after is not None and scans[0].after != "resection":
        raise PatientError(
            f"scan 1 is after {scans[0].after} and no scan is before it: the baseline is missing, and growth "
            "cannot be computed. Add the scan from before the procedure"
        )
    for number, (earlier, scan) in enumerate(pairwise(scans), start=2):
        if earlier.after is not None and scan.after is None:
            raise PatientError(
                f"scan {number} says that nothing happened before it, yet scan {number - 1} is after "
                f"{earlier.after}; repeat after = {earlier.after!r}"
            )
        if scan.after == earlier.after and (scan.after_date is None) != (earlier.after_date is None):
            raise PatientError(
                f"scans {number - 1} and {number} are after {scan.after}, and one of them does not say when; "
                "give the same after_date at both, or their own"
            )
        same = (scan.after, scan.after_date) == (earlier.after, earlier.after_date)
        if scan.after is None or same:
            continue
        if scan.after_date is not None and scan.after_date < earlier.date:
            apart = (earlier.date - scan.after_date).days
            raise PatientError(
                f"the {scan.after} before scan {number} is dated {apart} day{'' if apart == 1 else 's'} "
                f"before scan {number - 1}, which does not know of it: the baseline is missing or a date is "
                "wrong"
            )
        if scan.after_date == scan.date:
            raise PatientError(
                f"scan {number} is of the day of the {scan.after} itself; growth needs time after it"
            )
