"""What the documents of commands that do a job hold: export, archive, cohort, replay, self-test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from flr.documents.base import SINCE_2, Keys
from flr.files import InputFile
from flr.version import VERSION

CauseKind = Literal["input", "patient", "plan", "options", "formula", "criteria", "version", "result"]
ScenarioKind = Literal["bsa_formula", "standard_volume_formula", "limits"]

Recorded = str | float | int | bool | tuple[Any, ...] | Mapping[str, Any] | None
"""Any value that a document may hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportDocument(Keys):
    """Files that ``flr export`` wrote."""

    schema: Literal["flr-export/1"] = "flr-export/1"
    files: tuple[InputFile, ...]


# --- archive ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchDocument(Keys):
    """What came from an archive."""

    schema: Literal["flr-pacs-fetch/1"] = "flr-pacs-fetch/1"
    folders: tuple[str, ...]
    new: int
    present: int
    series_left_out: int


@dataclass(frozen=True, slots=True)
class NotStored(Keys):
    """A file that the archive refused."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreDocument(Keys):
    """What went into an archive."""

    schema: Literal["flr-pacs-store/1"] = "flr-pacs-store/1"
    stored: int
    present: int
    failed: tuple[NotStored, ...]


@dataclass(frozen=True, slots=True)
class WatchedCase(Keys):
    """One series that the watcher answered or will answer."""

    case: str
    state: str
    results: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchDocument(Keys):
    """What the watcher did so far."""

    schema: Literal["flr-pacs-watch/1"] = "flr-pacs-watch/1"
    counts: Mapping[str, int]
    cases: tuple[WatchedCase, ...]


# --- cohort -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FlagCount(Keys):
    """How many assessments of a plan have a flag."""

    plan: str
    flag: str
    assessments: int


@dataclass(frozen=True, slots=True)
class QualityCount(Keys):
    """In how many cases a check found something."""

    check: str
    severity: str
    cases: int


@dataclass(frozen=True, slots=True)
class DistributionKeys(Keys):
    """One quantity under one plan; quantiles by their share, ``"0.05"`` to value in ``unit``."""

    plan: str
    quantity: str
    unit: str
    assessments: int
    not_assessed: int
    quantiles: Mapping[str, float] | None


@dataclass(frozen=True, slots=True)
class FailedCase(Keys):
    """A case that failed, and why."""

    case_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class FailureKind(Keys):
    """Cases that failed for one kind of reason."""

    kind: str
    cases: int
    examples: tuple[FailedCase, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortDocument(Keys):
    """What came of a cohort."""

    schema: Literal["flr-cohort/1"] = "flr-cohort/1"
    flr_version: str = VERSION
    cases: int
    done: int
    failed: int
    pending: int
    flags: tuple[FlagCount, ...]
    flags_by_volume: tuple[FlagCount, ...] = field(default=(), metadata=SINCE_2)
    not_shown: Mapping[str, int] = field(default_factory=dict, metadata=SINCE_2)
    quality: tuple[QualityCount, ...]
    distributions: tuple[DistributionKeys, ...]
    failures: tuple[FailureKind, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartDocument(Keys):
    """What came of a part of a cohort."""

    schema: Literal["flr-cohort-part/1"] = "flr-cohort-part/1"
    cases: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestDocument(Keys):
    """Rows of a manifest that was made from a folder."""

    schema: Literal["flr-cohort-manifest/1"] = "flr-cohort-manifest/1"
    cases: tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True)
class BlandAltman:
    """Difference (second less first) of paired measurements, in percentage points.

    Parameters
    ----------
    cases : int
    bias_pp : float
        Mean difference.
    sd_pp : float or None
        Sample standard deviation of the differences (n - 1); None below two cases, as all that follows.
    lower_limit_pp, upper_limit_pp : float or None
        Limits of agreement: bias ± 1.96 standard deviations.
    bias_low_pp, bias_high_pp : float or None
        95 % confidence interval of the bias, from Student's t.
    limit_error_pp : float or None
        Half the width of the 95 % confidence interval of each limit of agreement.
    """

    cases: int
    bias_pp: float
    sd_pp: float | None = None
    lower_limit_pp: float | None = None
    upper_limit_pp: float | None = None
    bias_low_pp: float | None = None
    bias_high_pp: float | None = None
    limit_error_pp: float | None = None


@dataclass(frozen=True, slots=True)
class FlagPair(Keys):
    """How many pairs have these two flags."""

    first: str
    second: str
    pairs: int


@dataclass(frozen=True, slots=True)
class PlanAgreement(Keys):
    """How two segmentations of the same cases agree under one plan."""

    plan: str
    pairs: int
    bland_altman: BlandAltman | None
    same_flag: int
    same_flag_percent: float
    kappa: float | None
    flags: tuple[FlagPair, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementDocument(Keys):
    """Two cohorts side by side."""

    schema: Literal["flr-cohort-agreement/1"] = "flr-cohort-agreement/1"
    flr_version: str = VERSION
    quantity: str
    only_first: int
    only_second: int
    plans: tuple[PlanAgreement, ...]


@dataclass(frozen=True, slots=True)
class Transition(Keys):
    """How many assessments would have another flag."""

    from_: str
    to: str
    assessments: int


@dataclass(frozen=True, slots=True)
class ScenarioKeys(Keys):
    """One choice made differently."""

    kind: ScenarioKind
    name: str
    assessments: int
    changed: int
    changed_percent: float | None
    transitions: tuple[Transition, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangesDocument(Keys):
    """What other formulas and limits would do to the flags of a cohort."""

    schema: Literal["flr-cohort-changes/1"] = "flr-cohort-changes/1"
    flr_version: str = VERSION
    assessments: int
    not_reproduced: int
    scenarios: tuple[ScenarioKeys, ...]


# --- replay and self-test ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cause(Keys):
    """Something that is no longer as it was recorded."""

    kind: CauseKind
    what: str
    text: str


@dataclass(frozen=True, slots=True)
class Difference(Keys):
    """One value that came out differently; ``causes`` are those that can explain it, by ``what``."""

    path: str
    recorded: Recorded
    recomputed: Recorded
    causes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayDocument(Keys):
    """A recorded result, computed again."""

    schema: Literal["flr-replay/1"] = "flr-replay/1"
    result: str | None
    flr_version: str = VERSION
    agrees: bool
    compared: int
    causes: tuple[Cause, ...]
    differences: tuple[Difference, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Check(Keys):
    """One value that is known, and what this installation makes of it.

    Parameters
    ----------
    group, name : str
    expected, found : str
        As printed in the source, and as computed here in the same digits.
    agrees : bool
    """

    group: str
    name: str
    expected: str
    found: str
    agrees: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfTestDocument(Keys):
    """Published values, computed on this machine."""

    schema: Literal["flr-selftest/1"] = "flr-selftest/1"
    flr_version: str = VERSION
    agrees: bool
    checks: tuple[Check, ...]
