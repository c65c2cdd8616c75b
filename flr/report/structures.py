"""Tables of ``flr volumes`` and ``flr inspect`` for people."""

from __future__ import annotations

from collections.abc import Iterable

from flr.geometry import Grid
from flr.inventory import InspectedLabel, Inventory, LiverOverview, StructureVolumes
from flr.labels import describe_candidates
from flr.quality import QualityFinding
from flr.structures import NUMERALS


def volumes_text(result: StructureVolumes) -> str:
    """The table of ``flr volumes`` for people."""
    width = max([len("structure"), *map(len, result.ml)])
    contours, fractions = result.planimetric_ml, result.thresholded_ml
    heading = f"{'structure':<{width}}  {'mL':>10}  {'voxels':>11}"
    heading += f"  {'by contours':>11}  {'difference':>10}" if contours else ""
    heading += f"  {'above 0.5':>10}" if fractions else ""
    lines = [heading + (f"  {'share':>6}" if result.liver is not None else "")]
    for name, ml in result.ml.items():
        line = f"{name:<{width}}  {ml:>10.3f}  {result.voxels[name]:>11d}"
        if contours:
            line += _planimetric_columns(ml, contours.get(name))
        if fractions:
            line += f"  {fractions[name]:>10.3f}" if name in fractions else f"  {'':>10}"
        if result.liver is not None:
            share = result.liver.percent.get(name)
            line += f"  {'':>6}" if share is None else f"  {share:>4.1f} %"
        bound = "  lower bound: cut off by the scan" if name in result.lower_bounds else ""
        lines.append(line.rstrip() + bound)
    if not result.ml:
        lines.append("no labelled voxel")
    if result.liver is not None:
        lines += ["", *_overview_lines(result.liver)]
    for source in result.inventory.sources:
        if source.labels and source.scheme is None and source.role is None:
            lines += ["", f"{source.name}: {source.reason}; counted by number."]
            if source.scheme_candidates:
                lines.append(f"  {describe_candidates(source.scheme_candidates)} (choose with --scheme)")
    return "\n".join([*lines, *_quality_lines(result.inventory.quality)])


def _overview_lines(liver: LiverOverview) -> list[str]:
    """The liver in segments, added up."""
    bound = "; lower bound: cut off by the scan" if liver.is_lower_bound else ""
    missing = f"; not drawn: {', '.join(NUMERALS[key[0]] + key[1:] for key in liver.missing)}"
    rows = (
        ("right liver (V–VIII)", liver.right_ml),
        ("left liver (II–IV)", liver.left_ml),
        ("segment I", liver.caudate_ml),
    )
    return [
        f"{'total of the segments':<22}  {liver.total_ml:>10.3f} mL{missing if liver.missing else ''}{bound}",
        *(f"{words:<22}  {ml:>10.3f} mL  {100.0 * ml / liver.total_ml:>5.1f} %" for words, ml in rows),
    ]


def _planimetric_columns(voxel_ml: float, by_contours_ml: float | None) -> str:
    """Contour area times slice thickness, and how much more the voxels hold."""
    if by_contours_ml is None:
        return f"  {'':>11}  {'':>10}"
    percent = f"{100.0 * (voxel_ml - by_contours_ml) / by_contours_ml:+.2f} %" if by_contours_ml else ""
    return f"  {by_contours_ml:>11.3f}  {percent:>10}"


def inspect_text(result: Inventory) -> str:
    """The pages of ``flr inspect`` for people."""
    blocks = []
    for source in result.sources:
        lines = [
            f"{source.name}: {source.kind}, {source.dtype}",
            f"  grid     {source.grid.describe()}, {_voxel_size(source.grid)}",
            *(f"  {words:<12} {text}" for words, text in source.identity),
        ]
        if source.labels:
            scheme = source.scheme or "none taken"
            lines.append(f"  scheme   {scheme}: {source.reason}")
            if source.scheme is None and source.scheme_candidates:
                said = describe_candidates(source.scheme_candidates)
                lines.append(f"           {said} (choose with --scheme)")
            width = max(len(label.name) for label in source.labels)
            lines.append(f"  {'value':>6}  {'name':<{width}}  {'mL':>10}  {'voxels':>11}")
            lines += [
                f"  {label.value:>6}  {label.name:<{width}}  {label.volume_ml:>10.3f}  {label.voxels:>11d}"
                f"{_origin(label)}"
                for label in source.labels
            ]
        else:
            lines.append(f"  {source.reason}")
        blocks.append("\n".join(lines))
    if facts := result.header_facts.in_words():
        blocks.append(f"patient, from the headers of the images: {facts}")
    return "\n".join(["\n\n".join(blocks), *_quality_lines(result.quality)])


def _voxel_size(grid: Grid) -> str:
    if grid.slice_weights_mm is None:
        return f"voxel {grid.voxel_volume_mm3:.6g} mm³"
    weights = grid.slice_weights_mm
    return f"uneven slices that stand for {weights.min():.4g} to {weights.max():.4g} mm each"


def _origin(label: InspectedLabel) -> str:
    """What the file itself calls a label, and its code."""
    said = []
    if label.own_name and label.own_name != label.name:
        said.append(repr(label.own_name))
    if label.code:
        said.append(" ".join(part for part in label.code if part))
    return f"  {', '.join(said)}" if said else ""


def _quality_lines(quality: Iterable[QualityFinding]) -> list[str]:
    rows = [f"  {q.severity:<7}  {q.check}: {q.message}" for q in quality]
    return ["", "quality", *rows] if rows else ["", "quality: nothing noticed"]
