"""Agreement of two segmentations of the same cases: Bland-Altman of the remnant's share, and the flags."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from flr.cohort.ledger import read_list, records
from flr.documents.assessments import flag_by_volume
from flr.documents.base import Document, json_ready
from flr.documents.jobs import AgreementDocument, BlandAltman, FlagPair, PlanAgreement
from flr.errors import UsageError
from flr.pictures.figures import drawing, new_figure, png_bytes
from flr.words import number

SHARE: Final = "flr_percent_of_measured"

_Z95 = 1.959963984540054  # of the normal distribution


@dataclass(frozen=True, slots=True)
class Pair:
    """One case measured twice under one plan."""

    case_id: str
    first_percent: float | None
    second_percent: float | None
    first_flag: str
    second_flag: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """How two segmentations of the same cases agree under one plan.

    Parameters
    ----------
    plan : str
    pairs : tuple of Pair
        Cases that both have.
    share : BlandAltman or None
        Of the remnant's share of the measured liver; None where no case has it in both.
    same_flag : int
        Pairs with the same flag.
    kappa_ratio : float or None
        Cohen's kappa of the flags, unweighted; None where it is not defined (one flag only, or no pair).
    flags : mapping of (str, str) to int
        (first flag, second flag) → pairs.
    """

    plan: str
    pairs: tuple[Pair, ...]
    share: BlandAltman | None
    same_flag: int
    kappa_ratio: float | None
    flags: Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two cohorts side by side.

    ``only_first`` and ``only_second`` count the pairs of case and plan that the other one does not have.
    """

    agreements: tuple[Agreement, ...]
    only_first: int
    only_second: int


def bland_altman(first: Sequence[float], second: Sequence[float]) -> BlandAltman:
    """Agreement of two measurements of the same quantity.

    Parameters
    ----------
    first, second : sequence of float, same length
        Paired values. [%]

    Returns
    -------
    BlandAltman

    Raises
    ------
    UsageError
        If there is no pair, or one series is longer.

    Notes
    -----
    Differences are second less first. The standard error of a limit of agreement is
    ``sd * sqrt(1 / n + 1.96**2 / (2 * (n - 1)))``; its interval uses Student's t with n - 1 degrees of
    freedom. One value per case is assumed: plans of one case are not independent and are not pooled.

    References
    ----------
    .. [1] Bland JM, Altman DG, "Measuring agreement in method comparison studies", Statistical Methods in
       Medical Research, 1999, 8, 135-160, doi:10.1177/096228029900800204.

    Examples
    --------
    >>> result = bland_altman([30.0, 40.0, 50.0], [31.0, 42.0, 53.0])
    >>> result.bias_pp, result.sd_pp
    (2.0, 1.0)
    """
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if a.shape != b.shape or a.ndim != 1 or a.size == 0:
        raise UsageError(f"{a.size} and {b.size} values; expected pairs, at least one")
    differences = b - a
    n, bias = int(a.size), float(differences.mean())
    if n < 2:
        return BlandAltman(n, bias)
    from scipy.special import stdtrit

    sd = float(differences.std(ddof=1))
    t = float(stdtrit(n - 1, 0.975))
    half = t * sd / math.sqrt(n)
    return BlandAltman(
        cases=n,
        bias_pp=bias,
        sd_pp=sd,
        lower_limit_pp=bias - _Z95 * sd,
        upper_limit_pp=bias + _Z95 * sd,
        bias_low_pp=bias - half,
        bias_high_pp=bias + half,
        limit_error_pp=t * sd * math.sqrt(1.0 / n + _Z95**2 / (2.0 * (n - 1))),
    )


def cohen_kappa(flags: Mapping[tuple[str, str], int]) -> float | None:
    """Agreement of two ratings beyond chance, unweighted; None where it is not defined.

    References
    ----------
    .. [1] Cohen J, "A coefficient of agreement for nominal scales", Educational and Psychological
       Measurement, 1960, 20, 37-46, doi:10.1177/001316446002000104.

    Examples
    --------
    >>> round(cohen_kappa({("a", "a"): 20, ("a", "b"): 5, ("b", "a"): 10, ("b", "b"): 15}), 6)
    0.4
    """
    n = sum(flags.values())
    rows: Counter[str] = Counter()
    columns: Counter[str] = Counter()
    for (one, other), count in flags.items():
        rows[one] += count
        columns[other] += count
    by_chance = sum(rows[flag] * columns[flag] for flag in rows)
    if n == 0 or by_chance == n * n:
        return None
    observed = sum(count for (one, other), count in flags.items() if one == other)
    return (observed * n - by_chance) / (n * n - by_chance)


def agreement(first: Path | str, second: Path | str) -> Comparison:
    """Compare two cohorts that hold the same cases, segmented twice.

    Parameters
    ----------
    first, second : path
        Folders of two cohort runs; cases are paired by ``case_id`` and plan.

    Returns
    -------
    Comparison
        One agreement per plan.

    Raises
    ------
    ReadError
        If a folder is not one of a cohort.
    UsageError
        If they have no case in common.
    """
    one, other = _measured(Path(first)), _measured(Path(second))
    both = [key for key in one if key in other]
    if not both:
        raise UsageError("the two cohorts have no case and plan in common; cases are paired by case_id")
    plans: dict[str, list[Pair]] = {}
    for case_id, plan in both:
        (first_percent, first_flag), (second_percent, second_flag) = one[case_id, plan], other[case_id, plan]
        pair = Pair(case_id, first_percent, second_percent, first_flag, second_flag)
        plans.setdefault(plan, []).append(pair)
    return Comparison(
        tuple(_agreement(plan, pairs) for plan, pairs in sorted(plans.items())),
        only_first=len(one) - len(both),
        only_second=len(other) - len(both),
    )


def agreement_document(comparison: Comparison) -> Document:
    """The comparison as ``flr-cohort-agreement/1``."""
    plans = tuple(
        PlanAgreement(
            plan=one.plan,
            pairs=len(one.pairs),
            bland_altman=one.share,
            same_flag=one.same_flag,
            same_flag_percent=100.0 * one.same_flag / len(one.pairs),
            kappa=one.kappa_ratio,
            flags=tuple(FlagPair(first, second, n) for (first, second), n in sorted(one.flags.items())),
        )
        for one in comparison.agreements
    )
    document: Document = json_ready(
        AgreementDocument(
            quantity=f"measures.{SHARE}",
            only_first=comparison.only_first,
            only_second=comparison.only_second,
            plans=plans,
        )
    )
    return document


def agreement_text(comparison: Comparison) -> str:
    """The comparison in a few lines for a terminal."""
    lines = []
    for one in comparison.agreements:
        lines.append(f"{one.plan}: {len(one.pairs)} cases in both")
        share = one.share
        if share is not None:
            lines.append(
                f"  FLR of the measured liver, second less first: {_signed(share.bias_pp)} percentage points"
            )
            if share.sd_pp is not None:
                lines.append(
                    f"  limits of agreement {_signed(share.lower_limit_pp)} to "
                    f"{_signed(share.upper_limit_pp)}, standard deviation {number(share.sd_pp, 2)}"
                )
        kappa = "" if one.kappa_ratio is None else f", kappa {number(one.kappa_ratio, 2)}"
        lines.append(f"  same flag in {one.same_flag} of {len(one.pairs)}{kappa}")
        lines += [f"    {n:>6}  {a} -> {b}" for (a, b), n in sorted(one.flags.items()) if a != b]
    if comparison.only_first or comparison.only_second:
        lines.append(
            f"left out, in one of them only: {comparison.only_first} of the first, "
            f"{comparison.only_second} of the second"
        )
    return "\n".join(lines)


def agreement_png(one: Agreement) -> bytes | None:
    """Bland-Altman plot of one plan as PNG; None where no case was measured twice."""
    both = _both(one.pairs)
    if one.share is None or not both.size:
        return None
    middle, difference = both.mean(axis=1), both[:, 1] - both[:, 0]
    changed = np.array([p.first_flag != p.second_flag for p in one.pairs if _is_whole(p)])
    with drawing():
        figure = new_figure(6.4, 4.2)
        axes = figure.add_subplot()
        axes.scatter(middle[~changed], difference[~changed], s=14, color="#0072B2", label="same flag")
        axes.scatter(
            middle[changed], difference[changed], s=20, marker="^", color="#D55E00", label="flag changes"
        )
        lines = [(one.share.bias_pp, "-", "bias")]
        if one.share.lower_limit_pp is not None and one.share.upper_limit_pp is not None:
            lines += [
                (one.share.lower_limit_pp, "--", "−1.96 SD"),
                (one.share.upper_limit_pp, "--", "+1.96 SD"),
            ]
        for level_pp, style, name in lines:
            axes.axhline(level_pp, color="#333333", linestyle=style, linewidth=0.9)
            axes.annotate(
                f"{name} {_signed(level_pp)}",
                (1.0, level_pp),
                xycoords=("axes fraction", "data"),
                xytext=(-2, 2),
                textcoords="offset points",
                ha="right",
            )
        axes.set_xlabel("Mean FLR of the measured liver [%]")
        axes.set_ylabel("Second less first [percentage points]")
        axes.set_title(f"{one.plan[:60]}, {one.share.cases} cases", loc="left")
        axes.legend(frameon=False, loc="upper left")
        axes.spines[["top", "right"]].set_visible(False)
        figure.tight_layout()
        return png_bytes(figure)


def _measured(folder: Path) -> dict[tuple[str, str], tuple[float | None, str]]:
    """(case, plan) → share and flag by volume, for the cases that are done."""
    found: dict[tuple[str, str], tuple[float | None, str]] = {}
    for entry, record in records(folder, read_list(folder)):
        for line in () if record is None else record.lines:
            document: dict[str, Any] = json.loads(line)
            if "plan" not in document:
                continue  # only counted
            plan = document["plan"]["notation"] or document["plan"]["name"]
            found[entry.case_id, plan] = (document["measures"][SHARE], flag_by_volume(document))
    return found


def _agreement(plan: str, pairs: Sequence[Pair]) -> Agreement:
    both = _both(pairs)
    flags = Counter((pair.first_flag, pair.second_flag) for pair in pairs)
    return Agreement(
        plan=plan,
        pairs=tuple(pairs),
        share=bland_altman(both[:, 0].tolist(), both[:, 1].tolist()) if both.size else None,
        same_flag=sum(n for (a, b), n in flags.items() if a == b),
        kappa_ratio=cohen_kappa(flags),
        flags=dict(flags),
    )


def _is_whole(pair: Pair) -> bool:
    return pair.first_percent is not None and pair.second_percent is not None


def _both(pairs: Sequence[Pair]) -> NDArray[np.float64]:
    """Shares of the pairs that have two, shape (n, 2). [%]"""
    return np.array(
        [(p.first_percent, p.second_percent) for p in pairs if _is_whole(p)], dtype=np.float64
    ).reshape(-1, 2)


def _signed(value: float | None) -> str:
    return "" if value is None else f"{value:+.2f}".replace("-", "−")
