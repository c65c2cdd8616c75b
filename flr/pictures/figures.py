"""Pictures with matplotlib, without its global state: slices of a planned liver and the band chart."""

from __future__ import annotations

import contextlib
import functools
import io
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from flr import palette
from flr.palette import CLASS_NAMES, COLOURS, LEGEND
from flr.pictures.views import EDGES, Slice
from flr.structures import colour_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from PIL import Image as Pillow

CT_WINDOW_HU = (-160.0, 240.0)
"""Level 40, width 400: the usual window for the abdomen. [HU]"""

_SCALE_MM = 50.0
_DPI = 150
VIEW_NAMES = {"axial": "Axial", "coronal": "Coronal", "sagittal": "Sagittal"}


@contextlib.contextmanager
def drawing() -> Iterator[None]:
    """Settings under which everything is drawn and saved: own fonts, reproducible files."""
    import matplotlib as mpl

    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(
            {
                "font.family": "DejaVu Sans",
                "font.size": 8.0,
                "pdf.fonttype": 42,
                "svg.hashsalt": "flr",
                "hatch.linewidth": 0.5,
                "text.parse_math": False,
            }
        )
        yield


def new_figure(width_in: float, height_in: float) -> Figure:
    """A figure that no global state knows of."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width_in, height_in), dpi=_DPI, facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def drawable(text: str) -> str:
    """Text with every character that the report's font lacks given by its number, so that nothing is lost.

    >>> drawable("Łódź ≥ 25 %"), drawable("肝")
    ('Łódź ≥ 25 %', '<U+809D>')
    """
    known = _glyphs()
    return "".join(c if ord(c) in known else f"<U+{ord(c):04X}>" for c in text)


@functools.cache
def _glyphs() -> frozenset[int]:
    from matplotlib.font_manager import FontProperties, findfont, get_font

    return frozenset(get_font(findfont(FontProperties(family="DejaVu Sans"))).get_charmap())


def png_bytes(figure: Figure) -> bytes:
    """The figure as PNG; the same figure gives the same bytes."""
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=_DPI, metadata={"Software": None})
    return stream.getvalue()


def marked_png(png: bytes, comment: str) -> bytes:
    """The same picture with a comment in it that readers of text find: an ASCII text chunk.

    >>> marked_png(b"0123456789" * 4, "a result")[33:50]
    b'\\x00\\x00\\x00\\x10tEXtComment\\x00a'
    """
    chunk = b"tEXtComment\x00" + comment.encode("ascii")
    whole = (len(chunk) - 4).to_bytes(4, "big") + chunk + zlib.crc32(chunk).to_bytes(4, "big")
    after_header = 33  # signature and the first chunk, which says the size
    return png[:after_header] + whole + png[after_header:]


def small_png(png: bytes, colours: int = 160) -> bytes:
    """The same picture in fewer colours, a third of the size: for pages that hold many."""
    from PIL import Image

    with Image.open(io.BytesIO(png)) as image:
        return _few_colours(image.convert("RGB"), colours)


def small_png_bytes(figure: Figure, colours: int = 160) -> bytes:
    """The figure as PNG in few colours, as of :func:`small_png`, without the detour through all of them."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]  # matplotlib leaves these two untyped
    rgba = np.asarray(canvas.buffer_rgba())  # type: ignore[no-untyped-call]
    return _few_colours(Image.fromarray(rgba).convert("RGB"), colours)


def _few_colours(image: Pillow.Image, colours: int) -> bytes:
    from PIL.Image import Dither, Quantize

    stream = io.BytesIO()
    few = image.quantize(colours, method=Quantize.MEDIANCUT, dither=Dither.NONE)
    few.save(stream, format="png", optimize=True)
    return stream.getvalue()


def svg_bytes(figure: Figure) -> bytes:
    """The figure as SVG, text drawn as outlines; the same figure gives the same bytes."""
    stream = io.BytesIO()
    figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    return stream.getvalue()


def grey_levels(image: NDArray[np.float32]) -> tuple[float, float]:
    """Window for a picture: the abdominal window for CT, percentiles for MR.

    An image with values well below zero is taken for CT in HU: MR intensities are not negative.

    >>> grey_levels(np.array([-1000.0, 40.0], dtype=np.float32))
    (-160.0, 240.0)
    """
    values = image[np.isfinite(image)]
    if values.size == 0:
        return 0.0, 1.0
    if float(values.min()) < -50.0:
        return CT_WINDOW_HU
    low, high = (float(v) for v in np.percentile(values, (1.0, 99.0)))
    return (low, high) if high > low else (low, low + 1.0)


def draw_slice(
    axes: Axes, flat: Slice, grey: tuple[float, float] | None = None, *, type_pt: float = 9.0
) -> None:
    """Draw one slice in mm, with its side letters and a scale bar.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    flat : Slice
    grey : tuple of float, optional
        Window of ``flat.image``.
    type_pt : float
        Size of the side letters.
    """
    extent, over_image = draw_ground(axes, flat, grey)
    rows, columns = flat.classes.shape
    axes.imshow(
        painted(flat.classes, alpha=0.42 if over_image else 0.9), extent=extent, interpolation="nearest"
    )
    x_mm = (np.arange(-1, columns + 1) + 0.5) * flat.column_mm
    y_mm = (np.arange(-1, rows + 1) + 0.5) * flat.row_mm
    line = "white" if over_image else "black"
    leaving = _framed(np.isin(flat.classes, (palette.RESECTED, palette.RESECTED_TUMOUR)))
    tumour = _framed(np.isin(flat.classes, LEGEND["tumour"][1]))
    if leaving.any():
        hatched = axes.contourf(
            x_mm, y_mm, leaving, levels=(0.5, 1.5), colors="none", hatches=("///" if over_image else "////",)
        )
        hatched.set_edgecolor(line)
        hatched.set_linewidth(0.0)
        axes.contour(x_mm, y_mm, leaving, levels=(0.5,), colors=line, linewidths=1.1)
    if tumour.any():
        axes.contour(
            x_mm,
            y_mm,
            tumour,
            levels=(0.5,),
            colors=colour_of("tumour") if over_image else "black",
            linewidths=1.2,
        )
    draw_frame(axes, flat, type_pt)


def draw_ground(
    axes: Axes, flat: Slice, grey: tuple[float, float] | None
) -> tuple[tuple[float, float, float, float], bool]:
    """Draw the image of a slice in mm, or a pale ground; returns its extent, and if an image is there."""
    rows, columns = flat.classes.shape
    extent = (0.0, columns * flat.column_mm, rows * flat.row_mm, 0.0)
    if flat.image is None or grey is None:
        axes.set_facecolor("#f4f4f4")
        return extent, False
    axes.set_facecolor("black")
    axes.imshow(
        np.nan_to_num(flat.image, nan=grey[0]),
        cmap="gray",
        vmin=grey[0],
        vmax=grey[1],
        extent=extent,
        interpolation="bilinear",
    )
    return extent, True


def draw_frame(axes: Axes, flat: Slice, type_pt: float) -> None:
    """Fit the axes to a slice in mm, with its side letters and a scale bar."""
    rows, columns = flat.classes.shape
    width_mm = columns * flat.column_mm
    axes.set_xlim(0.0, width_mm)
    axes.set_ylim(rows * flat.row_mm, 0.0)
    axes.set_aspect("equal")
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_color("#888888")
    draw_letters(axes, EDGES[flat.view], type_pt)
    draw_scale_bar(axes, width_mm, type_pt - 2.0)


def _framed(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    return np.pad(mask.astype(np.float64), 1)


def painted(classes: NDArray[np.uint8], alpha: float = 1.0) -> NDArray[np.float64]:
    """Red, green, blue and opacity of each pixel; transparent outside the liver.

    Parameters
    ----------
    classes : ndarray of uint8, shape (rows, columns)
        Keys of :data:`flr.palette.CLASS_NAMES`.
    alpha : float
        Opacity inside, 0 to 1.

    Returns
    -------
    ndarray of float, shape (rows, columns, 4)
    """
    table = np.zeros((max(CLASS_NAMES) + 1, 4))
    for value, colour in COLOURS.items():
        table[value] = (*(int(colour[i : i + 2], 16) / 255.0 for i in (1, 3, 5)), alpha)
    return table[classes]


def draw_letters(axes: Axes, edges: tuple[str, str, str, str], size: float = 9.0) -> None:
    """What lies at the left, right, upper and lower edge, in type of ``size`` points."""
    left, right, upper, lower = edges
    style: dict[str, Any] = {
        "fontsize": size,
        "fontweight": "bold",
        "color": "black",
        "annotation_clip": False,
        "xycoords": "axes fraction",
        "textcoords": "offset points",
    }
    axes.annotate(left, (0.0, 0.5), (-4.0, 0.0), ha="right", va="center", **style)
    axes.annotate(right, (1.0, 0.5), (4.0, 0.0), ha="left", va="center", **style)
    axes.annotate(upper, (0.5, 1.0), (0.0, 2.5), ha="center", va="bottom", **style)
    axes.annotate(lower, (0.5, 0.0), (0.0, -2.5), ha="center", va="top", **style)


def draw_scale_bar(axes: Axes, width_mm: float, size: float = 7.0) -> None:
    """A bar of 50 mm below the axes, whose data are in mm, with type of ``size`` points."""
    from matplotlib.transforms import ScaledTranslation, blended_transform_factory

    figure = axes.figure
    if figure is None:
        raise ValueError("axes without a figure; add them to one before drawing")
    length_mm = _SCALE_MM if width_mm >= 1.2 * _SCALE_MM else _SCALE_MM / 5.0
    foot = blended_transform_factory(axes.transData, axes.transAxes)

    def below(points: float) -> Any:
        return foot + ScaledTranslation(0.0, -points / 72.0, figure.dpi_scale_trans)

    axes.plot(
        (0.0, length_mm),
        (0.0, 0.0),
        color="black",
        linewidth=2.2,
        transform=below(6.0),
        clip_on=False,
        solid_capstyle="butt",
    )
    axes.text(
        0.0,
        0.0,
        f"{length_mm:.0f} mm",
        transform=below(8.5),
        ha="left",
        va="top",
        fontsize=size,
        clip_on=False,
    )


def pictures_png(slices: Sequence[Slice], grey: tuple[float, float] | None) -> tuple[bytes, ...]:
    """Slices as small PNG files of one height and one scale, to stand side by side."""
    widths_mm = [flat.classes.shape[1] * flat.column_mm for flat in slices]
    heights_mm = [flat.classes.shape[0] * flat.row_mm for flat in slices]
    inch_per_mm = min(6.4 / sum(widths_mm), 2.6 / max(heights_mm))
    height_in = max(heights_mm) * inch_per_mm
    return tuple(_picture(flat, grey, inch_per_mm, height_in, (), as_png=small_png_bytes) for flat in slices)


def picture_png(flat: Slice, grey: tuple[float, float] | None, legend: Sequence[str]) -> bytes:
    """One slice as PNG that stands by itself, with a legend.

    Parameters
    ----------
    flat : Slice
    grey : tuple of float, optional
        Window of the image.
    legend : sequence of str
        Keys of :data:`LEGEND`.
    """
    rows, columns = flat.classes.shape
    inch_per_mm = min(4.0 / (columns * flat.column_mm), 4.0 / (rows * flat.row_mm))
    return _picture(flat, grey, inch_per_mm, rows * flat.row_mm * inch_per_mm, legend, as_png=png_bytes)


def _picture(
    flat: Slice,
    grey: tuple[float, float] | None,
    inch_per_mm: float,
    height_in: float,
    legend: Sequence[str],
    *,
    as_png: Callable[[Figure], bytes],
) -> bytes:
    rows, columns = flat.classes.shape
    width_in, own_height_in = columns * flat.column_mm * inch_per_mm, rows * flat.row_mm * inch_per_mm
    lines = (len(legend) + 1) // 2
    side_in, above_in, below_in = 0.22, 0.34, 0.3 + 0.18 * lines
    across_in = max(width_in, 2.9 if legend else 0.9) + 2 * side_in
    down_in = height_in + above_in + below_in
    with drawing():
        figure = new_figure(across_in, down_in)
        left = (1.0 - width_in / across_in) / 2.0
        bottom = (below_in + (height_in - own_height_in) / 2.0) / down_in
        axes = figure.add_axes((left, bottom, width_in / across_in, own_height_in / down_in))
        draw_slice(axes, flat, grey)
        axes.annotate(
            VIEW_NAMES[flat.view], (0, 1), (0, 3), "axes fraction", "offset points", ha="left", va="bottom"
        )
        if legend:
            draw_legend(figure, legend, at=(0.5, 0.02 / down_in), columns=2)
        return as_png(figure)


def legend_entries(classes_present: Sequence[int]) -> tuple[str, ...]:
    """Keys of :data:`LEGEND` that some present class belongs to, in order."""
    return tuple(key for key, (_, values) in LEGEND.items() if set(values) & set(classes_present))


def draw_legend(figure: Figure, entries: Sequence[str], *, at: tuple[float, float], columns: int) -> None:
    """Explain the colours, at a place given in shares of the figure (middle of the lower edge)."""
    from matplotlib.patches import Patch

    patches = [
        Patch(
            facecolor=COLOURS[LEGEND[key][1][0]],
            edgecolor="black",
            linewidth=0.8,
            hatch="////" if key == "resected" else None,
            label=LEGEND[key][0],
        )
        for key in entries
    ]
    figure.legend(
        handles=patches,
        loc="lower center",
        bbox_to_anchor=at,
        ncols=columns,
        frameon=False,
        fontsize=7.5,
        handlelength=1.6,
        handleheight=0.9,
        columnspacing=1.4,
        borderaxespad=0.0,
        borderpad=0.0,
    )


def slice_alternative(flat: Slice, plan: str) -> str:
    """What a slice shows, in words, for those who cannot see it.

    >>> flat = Slice("axial", np.array([[2, 2, 2, 1]], dtype=np.uint8), None, 1.0, 1.0)
    >>> slice_alternative(flat, "H5678").partition(": ")[2]
    'resected 75 % of the liver shown, remnant 25 %.'
    """
    inside = flat.classes[flat.classes != palette.OUTSIDE]
    sides = "anterior on the left" if flat.view == "sagittal" else "the patient's right on the left"
    shares: list[str] = []
    for key in ("resected", "remnant", "ablated", "tumour", "nonfunctional", "devascularised", "congested"):
        words, values = LEGEND[key]
        count = int(np.isin(inside, values).sum())
        if count:
            percent = 100.0 * count / inside.size
            shown = f"{percent:.0f}" if percent >= 1.0 else "under 1"
            name = words[0].lower() + words[1:]
            shares.append(f"{name} {shown} %" + (" of the liver shown" if not shares else ""))
    return f"{VIEW_NAMES[flat.view]} slice of plan {plan}, {sides}: {', '.join(shares) or 'no liver'}."
