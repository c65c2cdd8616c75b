"""The band chart: where each graded measure lies among its published limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from flr.formulas import DEFAULT_LIVER_VOLUME_FORMULA
from flr.words import LONGEST_TEXT, MISSING, limit_text, measure_digits, measure_words, number, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from flr.assessment import Assessment

ZONE_COLOURS = ("#E8B99A", "#F3D9C4", "#F5F0C8", "#CFE8DC")
"""Very small, below the minimum, disputed band, above: tints that differ in lightness as well."""


@dataclass(frozen=True, slots=True)
class Band:
    """One measure among its limits.

    Parameters
    ----------
    label : str
    unit : str
    value : float, optional
        None when it was not assessed.
    very_small : float, optional
        At or below: very small.
    minimum : float
        Below the minimum up to here.
    ceiling : float, optional
        Upper end of the disputed band; None or equal to ``minimum`` where there is no band.
    interval_low, interval_high : float, optional
        95 % interval.
    digits : int
        Decimals shown at least.
    reason : str
        Why there is no value, or no grade.
    """

    label: str
    unit: str
    value: float | None
    very_small: float | None
    minimum: float
    ceiling: float | None
    interval_low: float | None = None
    interval_high: float | None = None
    digits: int = 1
    reason: str = ""

    @property
    def limits(self) -> tuple[float, ...]:
        """Distinct limits, ascending."""
        given = (self.very_small, self.minimum, self.ceiling)
        return tuple(sorted({limit for limit in given if limit is not None}))

    @property
    def text(self) -> str:
        """The value with its unit, never printed like a limit that it does not equal."""
        if self.value is None:
            return MISSING
        return f"{number(self.value, self.digits, self.limits)} {self.unit}"

    @property
    def alternative(self) -> str:
        """The row in words."""
        limits = ", ".join(limit_text(limit) for limit in self.limits)
        if self.value is None:
            return f"{self.label}: not assessed ({self.reason}); limits {limits} {self.unit}"
        interval = ""
        if self.interval_low is not None and self.interval_high is not None:
            interval = (
                f", 95 % interval {number(self.interval_low, self.digits, self.limits)}"
                f" to {number(self.interval_high, self.digits, self.limits)}"
            )
        return f"{self.label}: {self.text}{interval}; limits {limits} {self.unit}"


def chart_alternative(bands: Sequence[Band]) -> str:
    """The whole chart in words, for those who cannot see it."""
    return "Measures among their published limits. " + ". ".join(band.alternative for band in bands) + "."


def chart_caption(bands: Sequence[Band]) -> str:
    """How the chart is read: of the line only what is true of these rows."""
    said = (
        "Each bar starts at 0. Tints from the left: very small, below the minimum, disputed band, above;"
        " diamond: value"
    )
    lines = [band.interval_low is not None for band in bands if band.value is not None]
    if not any(lines):
        return f"{said}. No 95 % interval is known of the values drawn here."
    return f"{said}; line: 95 % interval{'' if all(lines) else ', where one is known'}."


def bands_of(a: Assessment) -> tuple[Band, ...]:
    """One band per measure that is graded; several profiles: the strictest limit of each role holds."""
    graded = ("very_small", "minimum", "band", "body_size")
    bands = []
    for measure in dict.fromkeys(f.criterion.measure for f in a.findings if f.criterion.role in graded):
        found = [f for f in a.findings if f.criterion.measure == measure]
        strictest = {
            role: max((f.criterion.limit for f in found if f.criterion.role == role), default=None)
            for role in graded
        }
        minimum = strictest["minimum"] if strictest["minimum"] is not None else strictest["body_size"]
        if minimum is None:
            continue
        value = next((f.value for f in found if f.value is not None), None)
        perfused = is_perfused(a, measure, value)
        interval = a.intervals.get(measure)
        # A smaller remnant from the same boundaries is as sure, for its size, as the plain one.
        measured = a.measures.values().get(measure)
        smaller = value / measured if perfused and value is not None and measured else 1.0
        reason = next((f.reason for f in found if f.value is None), "")
        bands.append(
            Band(
                label=measure_words(graded_measure(a, measure)) + (", perfused" if perfused else ""),
                unit=found[0].criterion.unit,
                value=value,
                very_small=strictest["very_small"],
                minimum=minimum,
                ceiling=strictest["band"],
                interval_low=None if interval is None else interval.low * smaller,
                interval_high=None if interval is None else interval.high * smaller,
                digits=measure_digits(measure),
                reason=plain(reason, LONGEST_TEXT),
            )
        )
    return tuple(bands)


def is_perfused(a: Assessment, measure: str, graded: float | None) -> bool:
    """Whether the graded value is that of the perfused remnant, which is smaller than the measured one."""
    measured = a.measures.values().get(measure)
    return a.perfusion is not None and graded is not None and measured is not None and graded < measured


def graded_measure(a: Assessment, measure: str) -> str:
    """What was compared under this name: published limits are for the Vauthey 2002 volume only."""
    if (
        measure == "flr_percent_of_standard"
        and a.provenance.standard_volume_formula != DEFAULT_LIVER_VOLUME_FORMULA
    ):
        return "flr_percent_of_vauthey_2002"
    return measure


def draw_bands(axes: Axes, bands: Sequence[Band], *, scale: float = 1.0) -> None:
    """Draw one row per measure, each on its own scale from 0.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Takes the whole chart; its ticks are removed.
    bands : sequence of Band
    scale : float
        Of type and marks.
    """
    from matplotlib.patches import Rectangle

    axes.set_xlim(0.0, 1.0)
    axes.set_ylim(len(bands), 0.0)
    axes.set_axis_off()
    for row, band in enumerate(bands):
        reach = [*band.limits, band.value or 0.0, band.interval_high or 0.0]
        span = 1.18 * max(reach)
        top, high = row + 0.36, 0.28
        edges = [0.0, *band.limits, span]
        for left, right in pairwise(edges):
            colour = ZONE_COLOURS[_zone(band, (left + right) / 2.0)]
            axes.add_patch(
                Rectangle((left / span, top), (right - left) / span, high, facecolor=colour, edgecolor="none")
            )
        axes.add_patch(Rectangle((0.0, top), 1.0, high, facecolor="none", edgecolor="#555555", linewidth=0.6))
        for limit in band.limits:
            axes.plot((limit / span,) * 2, (top, top + high), color="#333333", linewidth=0.8)
            axes.text(
                limit / span,
                top + high + 0.03,
                limit_text(limit),
                ha="center",
                va="top",
                fontsize=6.5 * scale,
            )
        axes.text(0.0, top - 0.06, band.label, ha="left", va="bottom", fontsize=6.6 * scale)
        text = band.text if band.value is not None else "not assessed"
        axes.text(1.0, top - 0.06, text, ha="right", va="bottom", fontsize=7.2 * scale, fontweight="bold")
        _mark(axes, band, span, top + high / 2.0, scale)


def _zone(band: Band, value: float) -> int:
    if band.very_small is not None and value <= band.very_small:
        return 0
    if value <= band.minimum:
        return 1
    return 2 if band.ceiling is not None and value <= band.ceiling else 3


def _mark(axes: Axes, band: Band, span: float, middle: float, scale: float) -> None:
    if band.value is None:
        return
    style: dict[str, Any] = {"color": "black", "solid_capstyle": "butt"}
    if band.interval_low is not None and band.interval_high is not None:
        low, high = max(0.0, band.interval_low) / span, band.interval_high / span
        axes.plot((low, high), (middle, middle), linewidth=1.4, **style)
        for end in (low, high):
            axes.plot((end, end), (middle - 0.07, middle + 0.07), linewidth=1.2, **style)
    axes.plot(
        (band.value / span,),
        (middle,),
        marker="D",
        markersize=6.5 * scale,
        markerfacecolor="white",
        markeredgecolor="black",
        markeredgewidth=1.4,
        linestyle="none",
    )
