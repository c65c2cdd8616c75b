"""Pictures of a follow-up: the remnant over time, and the scans before and after side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from flr.criteria.growth import EMBOLISATIONS, KGR_SHINDOH
from flr.documents.base import to_json
from flr.documents.followup import followup_document
from flr.files import write_bytes, write_text
from flr.growth import FollowUp, share_sd_pp
from flr.pictures.figures import marked_png
from flr.plans import Plan
from flr.plans.staged import PROCEDURES
from flr.report.followup import followup_text
from flr.results import write_result
from flr.uncertainty import LEVEL
from flr.words import STATEMENT, limit_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from flr.assessment import Assessment
    from flr.liver import Liver
    from flr.staging import StagedResult

FILE_NAMES = {
    "json": "followup.json",
    "text": "followup.txt",
    "curve": "growth.png",
    "slices": "before-after.png",
}
"""What a follow-up writes into a folder."""

_SHARES = (
    ("flr_percent_of_vauthey_2002", "sFLR, of the standard volume, with 95 % interval", "#0072B2", "o"),
    ("flr_percent_of_measured", "mFLR, of the measured liver", "#D55E00", "s"),
)
_Z = NormalDist().inv_cdf(0.5 + LEVEL / 2)


def growth_png(result: FollowUp) -> bytes:
    """Both shares over time with limits, error of measurement and the day of the procedure, as PNG."""
    from flr.pictures.figures import drawable, drawing, new_figure, png_bytes

    days, zero = _days(result)
    with drawing():
        figure = new_figure(6.4, 4.2)
        axes = figure.add_axes((0.1, 0.13, 0.66, 0.74))
        top = _draw_limits(axes, result.last.assessment)
        for share in _SHARES:
            top = max(top, _draw_share(axes, result, days, share))
        top = max(top, _draw_rate(axes, result, zero))
        _draw_procedure(axes, result, zero)
        span = max(days) - min(days)
        axes.set_xlim(min(days) - 0.14 * span, max(days) + 0.14 * span)
        axes.set_ylim(0.0, top + 8.0)
        axes.set_xlabel(
            "Days since the first scan"
            if zero is None
            else f"Days since {PROCEDURES[result.procedure or 'pve']}"
        )
        axes.set_ylabel("Remnant, %")
        axes.legend(loc="lower right", frameon=False, fontsize=7.5)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        plan = result.last.assessment.plan
        figure.text(0.1, 0.945, drawable(f"{result.case_id}: {plan.name} ({plan.notation})"), fontsize=9.0)
        figure.text(0.1, 0.905, drawable(_growth_sentence(result)), fontsize=7.5, color="#333333")
        figure.text(0.1, 0.015, STATEMENT, fontsize=5.5, color="#555555")
        return png_bytes(figure)


def _draw_share(
    axes: Axes, result: FollowUp, days: Sequence[float], share: tuple[str, str, str, str]
) -> float:
    """Draw one share over time, with the error of the standardised one; its highest value, 0 without any."""
    name, label, colour, marker = share
    points = [
        (day, value, _Z * share_sd_pp(scan.assessment))
        for day, scan in zip(days, result.scans, strict=True)
        if (value := getattr(scan.assessment.measures, name)) is not None
    ]
    if not points:
        return 0.0
    x, y, errors = zip(*points, strict=True)
    standard = name == "flr_percent_of_vauthey_2002"
    axes.errorbar(
        x,
        y,
        yerr=errors if standard else None,
        color=colour,
        marker=marker,
        linestyle="-" if standard else "--",
        linewidth=1.4,
        markersize=5.0,
        capsize=3.0,
        markerfacecolor=colour if standard else "white",
        label=label,
    )
    for day, value, _ in points:
        first = day == x[0]
        axes.annotate(
            f"{value:.1f}",
            (day, value),
            (-7 if first else 7, -11 if standard else 5),
            textcoords="offset points",
            ha="right" if first else "left",
            color=colour,
            fontsize=7.5,
        )
    return float(max(y))


def _draw_procedure(axes: Axes, result: FollowUp, zero: float | None) -> None:
    """The day of the procedure as a line, where it is known."""
    from flr.pictures.figures import drawable

    if zero is None:
        return
    axes.axvline(zero, color="#555555", linewidth=0.9, linestyle=":")
    axes.annotate(
        drawable(str(result.procedure).upper()),
        (zero, 1.0),
        (3, -10),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        fontsize=7.5,
        color="#555555",
    )


def _growth_sentence(result: FollowUp) -> str:
    growth = result.growth
    if growth is None or growth.degree_of_hypertrophy_pp is None:
        return "Degree of hypertrophy not known"
    text = (
        f"DH {growth.degree_of_hypertrophy_pp:+.1f} pp (95 % interval {growth.low_pp:+.1f} to "
        f"{growth.high_pp:+.1f})"
    )
    if growth.kgr_standardised_pp_per_week is not None:
        text += f", KGR {growth.kgr_standardised_pp_per_week:.2f} pp/week"
    if growth.hypertrophy_percent is not None:
        text += f", {growth.hypertrophy_percent:+.1f} % of its volume"
    return text


def _days(result: FollowUp) -> tuple[list[float], float | None]:
    """Day of every scan, from the last procedure where its day is known, else from the first scan."""
    start = result.last.scan.after_date
    origin = result.scans[0].scan.date if start is None else start
    days = [float((scan.scan.date - origin).days) for scan in result.scans]
    return days, None if start is None else 0.0


def _draw_limits(axes: Any, assessment: Assessment) -> float:
    """Lines at the limits of the shares; the highest of them."""
    rows: dict[float, str] = {}
    for finding in assessment.findings:
        row = finding.criterion
        if row.measure in ("flr_percent_of_standard", "flr_percent_of_measured") and row.role in (
            "very_small",
            "minimum",
            "band",
        ):
            words = {"very_small": "very small", "minimum": "minimum", "band": "end of the band"}[row.role]
            rows.setdefault(row.limit, words)
    for limit, words in rows.items():
        axes.axhline(limit, color="#999999", linewidth=0.8, linestyle=(0, (5, 3)), zorder=0)
        axes.annotate(
            f"{limit_text(limit)} % {words}",
            (1.0, limit),
            (4, -2.5),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            fontsize=7.0,
            color="#555555",
            annotation_clip=False,
        )
    return max(rows, default=30.0)


def _draw_rate(axes: Any, result: FollowUp, zero: float | None) -> float:
    """Where a remnant that grows at the limit of the rate would be, through the days that are graded."""
    if zero is None or result.procedure not in EMBOLISATIONS or result.last.reference is None:
        return 0.0
    start = result.scans[result.last.reference - 1].assessment.measures.flr_percent_of_vauthey_2002
    growth = result.growth
    if start is None or growth is None or not growth.since_procedure_days:
        return 0.0
    end = min(float(growth.since_procedure_days), 56.0)
    top = start + KGR_SHINDOH.limit * end / 7.0
    axes.plot((0.0, end), (start, top), color="#009E73", linewidth=1.0, linestyle="-.", zorder=1)
    axes.annotate(
        f"limit of {limit_text(KGR_SHINDOH.limit)} pp/week",
        (end / 2.0, (start + top) / 2.0),
        (4, -12),
        textcoords="offset points",
        fontsize=7.0,
        color="#00714f",
    )
    return top


def slices_png(result: FollowUp, livers: Sequence[Liver], plan: Plan) -> bytes:
    """The scan before and the last scan side by side, axial and coronal, in one scale.

    Parameters
    ----------
    result : FollowUp
    livers : sequence of Liver
        One per scan.
    plan : Plan
    """
    from flr.pictures.figures import draw_legend, draw_slice, drawable, drawing, new_figure, png_bytes
    from flr.pictures.plans import plan_pictures

    numbers = [(result.last.reference or 1) - 1, result.last.number - 1]
    pictures = [plan_pictures(livers[number], plan) for number in numbers]
    views = [[flat for flat in one.slices if flat.view in ("axial", "coronal")] for one in pictures]
    widths = [max(v.classes.shape[1] * v.column_mm for v in column) for column in views]
    heights = [max(column[row].classes.shape[0] * column[row].row_mm for column in views) for row in range(2)]
    scale = min(6.6 / sum(widths), 6.2 / sum(heights))  # inches per mm
    side, above, between, below = 0.3, 0.62, 0.42, 0.62
    across = sum(widths) * scale + 4 * side
    down = sum(heights) * scale + above + between + below
    with drawing():
        figure = new_figure(across, down)
        left = side
        for number, picture, column, width in zip(numbers, pictures, views, widths, strict=True):
            top = above
            for row, flat in enumerate(column):
                wide, high = (
                    flat.classes.shape[1] * flat.column_mm * scale,
                    flat.classes.shape[0] * flat.row_mm * scale,
                )
                x, y = left + (width * scale - wide) / 2.0, top + (heights[row] * scale - high) / 2.0
                axes = figure.add_axes((x / across, 1.0 - (y + high) / down, wide / across, high / down))
                draw_slice(axes, flat, picture.grey)
                top += heights[row] * scale + between
            scan = result.scans[number]
            when = "before" if scan.scan.after is None else f"after {scan.scan.after.upper()}"
            days = None if scan.growth is None else scan.growth.since_procedure_days
            shown = when if days is None else f"{when}, day {days}"
            figure.text(
                (left + width * scale / 2.0) / across,
                1.0 - 0.3 / down,
                drawable(f"Scan {scan.number}, {shown}: remnant {scan.assessment.volumes.remnant_ml:.1f} mL"),
                ha="center",
                fontsize=9.0,
            )
            left += width * scale + 2 * side
        entries = tuple(dict.fromkeys(key for picture in pictures for key in picture.legend))
        draw_legend(figure, entries, at=(0.5, 0.1 / down), columns=len(entries))
        return png_bytes(figure)


def save_followup(
    result: FollowUp,
    livers: Sequence[Liver],
    plan: Plan,
    out_dir: Path,
    *,
    staged: Sequence[StagedResult] = (),
    identify: bool = False,
) -> list[Path]:
    """Write text, document, the curve and the slices into a folder, replacing those of an earlier run.

    Raises
    ------
    EnvironmentFailure
        If the folder cannot be written, or a file stands in the way that no follow-up wrote.
    """
    document = followup_document(result, staged, identify=identify)
    own = document["result_id"]

    def write(folder: Path) -> list[str]:
        write_text(folder / FILE_NAMES["json"], to_json(document))
        write_text(folder / FILE_NAMES["text"], f"{followup_text(result, staged)}\n\nResult: {own}\n")
        write_bytes(folder / FILE_NAMES["curve"], marked_png(growth_png(result), own))
        write_bytes(folder / FILE_NAMES["slices"], marked_png(slices_png(result, livers, plan), own))
        return list(FILE_NAMES.values())

    return write_result(out_dir, write, by="followup", result=own)
