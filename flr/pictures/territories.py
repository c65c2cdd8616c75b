"""Pictures of territories: which branch is nearest, in slices and as surfaces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from flr.liver import Liver
from flr.pictures.figures import (
    VIEW_NAMES,
    draw_frame,
    draw_ground,
    drawing,
    grey_levels,
    new_figure,
    png_bytes,
)
from flr.pictures.views import VIEWS, Slice, slice_at, upright
from flr.plans import territories_of, trees_of
from flr.territories import TITLES, Kind, Level, Territories

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PALETTE = ("#4477AA", "#EE6677", "#228833", "#CCBB44", "#66CCEE", "#AA3377", "#BBBBBB")
"""Paul Tol's bright palette, told apart with every common colour vision; numbers are drawn as well."""

_SHOWN: tuple[tuple[Kind, Level], ...] = (("portal", "second"), ("hepatic", "first"))
_WORDS: dict[Kind, str] = {"portal": "Portal territories", "hepatic": "Territories of the hepatic veins"}


@dataclass(frozen=True, eq=False)
class TerritoryPictures:
    """Territories of one tree, ready to be drawn.

    Parameters
    ----------
    kind : {"portal", "hepatic"}
    title : str
    names : tuple of str
        Short names; ``names[n - 1]`` has the value n in the slices.
    titles : tuple of str
        The same in words.
    colours : tuple of str
        ``"#RRGGBB"`` of each.
    slices : tuple of Slice
        ``classes`` hold numbers of territories, 0 outside the liver.
    vessels : tuple of ndarray of bool
        Vessels of the tree in each slice.
    grey : tuple of float, optional
        Window of the CT or MR underneath.
    """

    kind: Kind
    title: str
    names: tuple[str, ...]
    titles: tuple[str, ...]
    colours: tuple[str, ...]
    slices: tuple[Slice, ...]
    vessels: tuple[NDArray[np.bool_], ...]
    grey: tuple[float, float] | None


def territory_pictures(liver: Liver) -> tuple[TerritoryPictures, ...]:
    """Portal sections and hepatic venous territories, as far as vessels tell; nothing without vessels."""
    if not (liver.vessels and liver.grid.is_even):
        return ()
    found = []
    for kind, level in _SHOWN:
        tree = trees_of(liver).portal if kind == "portal" else trees_of(liver).hepatic
        if tree is None or not tree.groups.get(level):
            continue
        marked = np.zeros(liver.grid.shape, dtype=np.uint8, order="F")
        marked.ravel("K")[tree.voxels[tree.feeders]] = 1
        found.append(_pictures(liver, kind, territories_of(liver, tree, level), marked))
    return tuple(found)


def _pictures(
    liver: Liver, kind: Kind, territories: Territories, marked: NDArray[np.uint8]
) -> TerritoryPictures:
    turned, _ = upright(territories.voxels, liver.grid)
    slices, vessels = [], []
    for view, normal in zip(VIEWS, (2, 1, 0), strict=True):
        others = tuple(axis for axis in range(3) if axis != normal)
        at = int(np.count_nonzero(turned, axis=others).argmax())
        slices.append(slice_at(liver, territories.voxels, view, at))
        vessels.append(slice_at(liver, marked, view, at).classes > 0)
    return TerritoryPictures(
        kind=kind,
        title=_WORDS[kind],
        names=territories.names,
        titles=tuple(TITLES.get(name, f"vessel {name}") for name in territories.names),
        colours=_colours(len(territories.names)),
        slices=tuple(slices),
        vessels=tuple(vessels),
        grey=None if liver.image is None else grey_levels(liver.image),
    )


def _colours(count: int) -> tuple[str, ...]:
    return tuple(PALETTE[n % len(PALETTE)] for n in range(count))


def territories_png(pictures: TerritoryPictures) -> bytes:
    """The three slices side by side on one scale, with a legend, as PNG."""
    from matplotlib.patches import Patch

    widths_mm = [flat.classes.shape[1] * flat.column_mm for flat in pictures.slices]
    heights_mm = [flat.classes.shape[0] * flat.row_mm for flat in pictures.slices]
    inch_per_mm = min(6.4 / sum(widths_mm), 2.6 / max(heights_mm))
    gap_in, above_in, below_in = 0.4, 0.5, 0.75
    across_in = sum(widths_mm) * inch_per_mm + gap_in * (len(widths_mm) + 1)
    down_in = max(heights_mm) * inch_per_mm + above_in + below_in
    with drawing():
        figure = new_figure(across_in, down_in)
        left_in = gap_in
        for number, (flat, width_mm, height_mm) in enumerate(
            zip(pictures.slices, widths_mm, heights_mm, strict=True)
        ):
            bottom_in = below_in + 0.5 * (max(heights_mm) - height_mm) * inch_per_mm
            axes = figure.add_axes(
                (
                    left_in / across_in,
                    bottom_in / down_in,
                    width_mm * inch_per_mm / across_in,
                    height_mm * inch_per_mm / down_in,
                )
            )
            draw_territories(axes, pictures, number)
            axes.annotate(
                VIEW_NAMES[flat.view],
                (0, 1),
                (0, 3),
                "axes fraction",
                "offset points",
                ha="left",
                va="bottom",
            )
            left_in += width_mm * inch_per_mm + gap_in
        figure.text(
            0.5, 1.0 - 0.05 / down_in, f"{pictures.title} (an estimate)", ha="center", va="top", fontsize=9
        )
        patches = [
            Patch(facecolor=colour, edgecolor="black", linewidth=0.8, label=f"{name}: {title}")
            for colour, name, title in zip(pictures.colours, pictures.names, pictures.titles, strict=True)
        ]
        figure.legend(
            handles=patches,
            loc="lower center",
            ncols=min(3, len(patches)),
            frameon=False,
            fontsize=7.0,
            borderaxespad=0.1,
        )
        return png_bytes(figure)


def territories_alternative(pictures: TerritoryPictures) -> str:
    """What the slices show, in words, for those who cannot see them."""
    shown = [title for title, n in zip(pictures.titles, range(1, 256), strict=False) if _seen(pictures, n)]
    return (
        f"{pictures.title}, an estimate: axial, coronal and sagittal slice, coloured by the nearest vessel:"
        f" {', '.join(shown)}."
    )


def _seen(pictures: TerritoryPictures, number: int) -> bool:
    return any(bool((flat.classes == number).any()) for flat in pictures.slices)


def draw_territories(axes: Axes, pictures: TerritoryPictures, number: int, *, type_pt: float = 9.0) -> None:
    """Draw one of the slices in mm, with the outline of the vessels, its side letters and a scale bar."""
    flat, vessels = pictures.slices[number], pictures.vessels[number]
    colours, grey = pictures.colours, pictures.grey
    extent, over_image = draw_ground(axes, flat, grey)
    rows, columns = flat.classes.shape
    palette = np.zeros((len(colours) + 1, 4))
    for value, colour in enumerate(colours, start=1):
        shades = (int(colour[i : i + 2], 16) / 255.0 for i in (1, 3, 5))
        palette[value] = (*shades, 0.45 if over_image else 0.8)
    axes.imshow(palette[flat.classes], extent=extent, interpolation="nearest")
    if vessels.any():
        x_mm = (np.arange(-1, columns + 1) + 0.5) * flat.column_mm
        y_mm = (np.arange(-1, rows + 1) + 0.5) * flat.row_mm
        outline = np.pad(vessels.astype(np.float64), 1)
        axes.contour(
            x_mm, y_mm, outline, levels=(0.5,), colors="white" if over_image else "black", linewidths=0.9
        )
    draw_frame(axes, flat, type_pt)
