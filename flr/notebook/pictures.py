"""A quick picture of one slice, for a cut that moves: drawn with NumPy and Pillow in milliseconds."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray

from flr import palette
from flr.pictures.figures import painted
from flr.pictures.views import EDGES, Slice

_MARGIN = 18
_PIXELS_PER_MM = 1.4
_HATCH = 9


def quick_jpeg(flat: Slice, grey: tuple[float, float] | None) -> bytes:
    """One slice with its side letters.

    Parameters
    ----------
    flat : Slice
    grey : tuple of float, optional
        Window of ``flat.image``.
    """
    from PIL import Image, ImageDraw

    rows, columns = flat.classes.shape
    width = max(1, round(columns * flat.column_mm * _PIXELS_PER_MM))
    height = max(1, round(rows * flat.row_mm * _PIXELS_PER_MM))
    row = np.minimum(np.arange(height) * rows // height, rows - 1)
    column = np.minimum(np.arange(width) * columns // width, columns - 1)
    classes = flat.classes[np.ix_(row, column)]
    ground = np.full((height, width), 244.0)
    if flat.image is not None and grey is not None:
        low, high = grey
        share = np.clip((np.nan_to_num(flat.image, nan=low) - low) / (high - low), 0.0, 1.0)
        scaled = Image.fromarray((255.0 * share).astype(np.uint8)).resize(
            (width, height), Image.Resampling.BILINEAR
        )
        ground = np.asarray(scaled, dtype=np.float64)
    over_image = flat.image is not None and grey is not None
    colours = painted(classes, alpha=0.42 if over_image else 0.9)
    opacity = colours[:, :, 3:]
    picture = ground[:, :, None] * (1.0 - opacity) + 255.0 * colours[:, :, :3] * opacity
    line = 255.0 if over_image else 0.0
    leaves = np.isin(classes, (palette.RESECTED, palette.RESECTED_TUMOUR))
    hatched = leaves & ((np.arange(height)[:, None] + np.arange(width)) % _HATCH == 0)
    picture[hatched | _edge(leaves)] = line
    tumour = np.isin(classes, (palette.REMNANT_TUMOUR, palette.RESECTED_TUMOUR, palette.ABLATED_TUMOUR))
    picture[_edge(tumour)] = (240.0, 228.0, 66.0) if over_image else 0.0
    sheet = Image.new("RGB", (width + 2 * _MARGIN, height + 2 * _MARGIN), "white")
    sheet.paste(Image.fromarray(picture.astype(np.uint8)), (_MARGIN, _MARGIN))
    draw = ImageDraw.Draw(sheet)
    places = (
        (_MARGIN / 2, _MARGIN + height / 2),
        (1.5 * _MARGIN + width, _MARGIN + height / 2),
        (_MARGIN + width / 2, _MARGIN / 2),
        (_MARGIN + width / 2, 1.5 * _MARGIN + height),
    )
    for letter, place in zip(EDGES[flat.view], places, strict=True):
        draw.text(place, letter, fill="black", anchor="mm", font_size=14)
    stream = io.BytesIO()
    sheet.save(stream, format="jpeg", quality=82)
    return stream.getvalue()


def _edge(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    found = np.zeros_like(mask)
    found[1:] |= mask[1:] != mask[:-1]
    found[:, 1:] |= mask[:, 1:] != mask[:, :-1]
    return found
