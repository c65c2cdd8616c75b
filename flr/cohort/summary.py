"""What came of a cohort: counts, flags, distributions, quality findings and failures."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from flr.cohort.ledger import Entry, Record
from flr.documents.assessments import flag_by_volume, missing_rows
from flr.documents.base import Document, filled, json_ready
from flr.documents.jobs import (
    CohortDocument,
    DistributionKeys,
    FailedCase,
    FailureKind,
    FlagCount,
    QualityCount,
)
from flr.pictures.figures import drawing, new_figure, svg_bytes
from flr.quality import ROW_KEYS
from flr.report.pages import environment, template_text
from flr.version import VERSION
from flr.words import number, words_of

_PACKAGE: Final = "flr.cohort"

SUMMARY_NAME: Final = "summary.html"

QUANTITIES: Final = {
    "volumes_ml.total": ("Whole liver", "mL"),
    "volumes_ml.tumour": ("Tumour", "mL"),
    "measures.flr_ml": ("Remnant (FLR)", "mL"),
    "measures.flr_percent_of_measured": ("FLR of the measured liver", "%"),
    "measures.flr_percent_of_standard": ("FLR of the standard liver", "%"),
    "measures.flr_to_body_weight_percent": ("FLR to body weight", "%"),
}
"""Dotted path of what the summary describes to its name and unit."""

QUANTILES: Final = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)

_EXAMPLES = 5
_LISTED = 200
_PLANS_DRAWN = 8
_SHARE = "measures.flr_percent_of_measured"
_SEVERITIES = ("error", "warning", "info")


# (plan, path of QUANTITIES) to values in the unit that stands there.
_Values = dict[tuple[str, str], list[float | None]]


@dataclass(frozen=True, slots=True)
class Failure:
    """A case that failed: which, by which kind of error, and why."""

    case_id: str
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class Distribution:
    """One quantity under one plan: every value that was assessed, ascending, in ``unit``."""

    plan: str
    path: str
    unit: str
    values: tuple[float, ...]
    missing: int

    def quantiles(self) -> tuple[float, ...] | None:
        """The :data:`QUANTILES`, interpolated linearly; None without any value."""
        if not self.values:
            return None
        return tuple(float(v) for v in np.quantile(np.asarray(self.values), QUANTILES))


@dataclass(frozen=True)
class Summary:
    """Counts of a cohort. Cases are counted once, flags and distributions once per case and plan."""

    done: int
    failed: int
    pending: int
    flags: Mapping[str, Mapping[str, int]]
    flags_by_volume: Mapping[str, Mapping[str, int]]
    not_shown: Mapping[str, int]
    quality: Mapping[tuple[str, str], int]
    distributions: tuple[Distribution, ...]
    failures: tuple[Failure, ...]

    @property
    def cases(self) -> int:
        """All cases of the manifest."""
        return self.done + self.failed + self.pending

    @property
    def kinds(self) -> dict[str, list[Failure]]:
        """Failures by kind of error, the most frequent first."""
        grouped: dict[str, list[Failure]] = {}
        for failure in self.failures:
            grouped.setdefault(failure.kind, []).append(failure)
        return dict(sorted(grouped.items(), key=lambda pair: (-len(pair[1]), pair[0])))


@dataclass
class Tally:
    """Counts while records pass by."""

    done: int = 0
    pending: int = 0
    flags: dict[str, Counter[str]] = field(default_factory=dict)
    by_volume: dict[str, Counter[str]] = field(default_factory=dict)
    missing: Counter[str] = field(default_factory=Counter)
    quality: Counter[tuple[str, str]] = field(default_factory=Counter)
    values: _Values = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)

    def add(self, entry: Entry, record: Record | None) -> None:
        """Count one case."""
        if record is None:
            self.pending += 1
            return
        if record.head.status == "failed":
            self.failures.append(Failure(entry.case_id, record.head.kind, record.head.reason))
            return
        self.done += 1
        documents = record.documents()
        found = {(q["check"], q["severity"]) for document in documents for q in document["quality"]}
        self.quality.update(found)
        for document in documents:
            if "plan" not in document:
                continue  # only counted
            plan = document["plan"]["notation"] or document["plan"]["name"]
            self.flags.setdefault(plan, Counter())[document["flag"]] += 1
            self.by_volume.setdefault(plan, Counter())[flag_by_volume(document)] += 1
            self.missing.update(missing_rows(document))
            for path in QUANTITIES:
                table, key = path.split(".")
                self.values.setdefault((plan, path), []).append(document[table][key])

    def summary(self) -> Summary:
        """What was counted so far; plans in the order of their names, so that no order of work shows."""
        return Summary(
            done=self.done,
            failed=len(self.failures),
            pending=self.pending,
            flags=_sorted(self.flags),
            flags_by_volume=_sorted(self.by_volume),
            not_shown={row: self.missing[row] for row in ROW_KEYS if row in self.missing},
            quality=dict(
                sorted(
                    self.quality.items(), key=lambda item: (_SEVERITIES.index(item[0][1]), -item[1], item[0])
                )
            ),
            distributions=tuple(
                Distribution(
                    plan,
                    path,
                    QUANTITIES[path][1],
                    tuple(sorted(v for v in values if v is not None)),
                    sum(v is None for v in values),
                )
                for (plan, path), values in sorted(
                    self.values.items(), key=lambda item: (item[0][0], list(QUANTITIES).index(item[0][1]))
                )
            ),
            failures=tuple(self.failures),
        )


def _sorted(counts: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    return {plan: dict(sorted(found.items())) for plan, found in sorted(counts.items())}


def _rows_not_shown(summary: Summary) -> str:
    """Why flags by volume do not reassure yet, and in how many assessments; empty where all is shown."""
    said = "; ".join(f"{row} ({n})" for row, n in summary.not_shown.items())
    return f"The flags are by volume. Not yet shown: {said}." if said else ""


def _flag_counts(counts: Mapping[str, Mapping[str, int]]) -> tuple[FlagCount, ...]:
    return tuple(FlagCount(plan, flag, n) for plan, found in counts.items() for flag, n in found.items())


def summary_document(summary: Summary) -> Document:
    """The counts as ``flr-cohort/1``."""
    document: Document = json_ready(
        filled(
            CohortDocument,
            summary,
            flags=_flag_counts(summary.flags),
            flags_by_volume=_flag_counts(summary.flags_by_volume),
            quality=tuple(
                QualityCount(check, severity, n) for (check, severity), n in summary.quality.items()
            ),
            distributions=tuple(_distribution(one) for one in summary.distributions),
            failures=tuple(
                FailureKind(
                    kind, len(failures), tuple(filled(FailedCase, one) for one in failures[:_EXAMPLES])
                )
                for kind, failures in summary.kinds.items()
            ),
        )
    )
    return document


def _distribution(one: Distribution) -> DistributionKeys:
    values = one.quantiles()
    return filled(
        DistributionKeys,
        one,
        quantity=one.path,
        assessments=len(one.values),
        not_assessed=one.missing,
        quantiles=None
        if values is None
        else {f"{share:g}": value for share, value in zip(QUANTILES, values, strict=True)},
    )


def summary_text(summary: Summary) -> str:
    """The counts in a few lines for a terminal."""
    lines = [
        f"{summary.cases} cases: {summary.done} done, {summary.failed} failed, {summary.pending} not run yet"
    ]
    for plan, counts in summary.flags_by_volume.items():
        lines += [f"  {plan}", *(f"    {n:>8}  {words_of(flag)} ({flag})" for flag, n in counts.items())]
    if missing := _rows_not_shown(summary):
        lines.append(f"  {missing}")
    if summary.failures:
        lines.append("failed:")
    for kind, failures in summary.kinds.items():
        lines.append(f"  {len(failures):>6}  {kind}, such as {failures[0].case_id}: {failures[0].reason}")
    return "\n".join(lines)


def summary_html(summary: Summary) -> str:
    """The counts as one page: no network, no scripts; every text in it is escaped."""
    style = template_text(_PACKAGE, "summary.css")
    page = environment(_PACKAGE).get_template("summary.html.j2")
    return page.render(
        summary=summary,
        version=VERSION,
        style=style,
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        flags=[
            (
                plan,
                [(words_of(flag), flag, n, _percent(n, sum(counts.values()))) for flag, n in counts.items()],
            )
            for plan, counts in summary.flags_by_volume.items()
        ],
        not_shown=_rows_not_shown(summary),
        quality=[
            (words_of(check), check, severity, n, _percent(n, summary.done))
            for (check, severity), n in summary.quality.items()
        ],
        quantiles=["least", "5 %", "25 %", "median", "75 %", "95 %", "most"],
        distributions=[(plan, _quantile_rows(summary, plan)) for plan in summary.flags],
        chart=_chart(summary),
        kinds=summary.kinds,
        listed=summary.failures[:_LISTED],
    )


def _quantile_rows(summary: Summary, plan: str) -> list[tuple[str, str, int, int, list[str]]]:
    rows = []
    for one in summary.distributions:
        if one.plan == plan:
            name, unit = QUANTITIES[one.path]
            digits = 2 if one.path.endswith("body_weight_percent") else 1
            values = [number(value, digits) for value in one.quantiles() or ()]
            rows.append((name, unit, len(one.values), one.missing, values))
    return rows


def _percent(part: int, whole: int) -> str:
    return f"{100.0 * part / whole:.1f} %" if whole else ""


def _chart(summary: Summary) -> tuple[str, str] | None:
    """Histograms of the measured share, one per plan: the image and what it shows in words."""
    drawn = [one for one in summary.distributions if one.path == _SHARE and one.values][:_PLANS_DRAWN]
    if not drawn:
        return None
    edges = np.arange(0.0, 100.1, 5.0)
    with drawing():
        figure = new_figure(6.8, 0.5 + 0.9 * len(drawn))
        axes = figure.subplots(len(drawn), 1, sharex=True, squeeze=False)[:, 0]
        for one, area in zip(drawn, axes, strict=True):
            area.hist(one.values, bins=edges, color="#0b5566", edgecolor="white", linewidth=0.5)
            area.set_title(one.plan[:60], loc="left", fontsize=8)
            area.set_xlim(0.0, 100.0)
            area.spines[["top", "right"]].set_visible(False)
        axes[-1].set_xlabel("FLR of the measured liver [%], bins of 5")
        figure.tight_layout()
        image = base64.b64encode(svg_bytes(figure)).decode()
    words = "; ".join(
        f"{one.plan}: {len(one.values)} cases, median {number(_median(one))} %" for one in drawn
    )
    return f"data:image/svg+xml;base64,{image}", f"Histograms of the FLR percentage by plan. {words}"


def _median(one: Distribution) -> float:
    return float(np.median(np.asarray(one.values)))
