"""Numbers, letters and colours as DICOM spells them."""

from __future__ import annotations

import unicodedata
import warnings
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from pydicom import Dataset

# Our own sentences are written in the default character set, which every reader knows.
_LETTERS: Final = str.maketrans(
    {
        "–": "-",
        "—": "-",
        "−": "-",
        "·": "*",
        "×": "x",
        "≥": ">=",
        "≤": "<=",
        "µ": "u",
        "μ": "u",
        "²": "2",
        "³": "3",
        "⁹": "^9",
        "∪": "+",
        "∩": "&",
        "’": "'",
        "“": '"',
        "”": '"',
        "…": "...",
        "ß": "ss",
        "ł": "l",
        "Ł": "L",
        "ø": "o",
        "Ø": "O",
        "đ": "d",
        "æ": "ae",
        "œ": "oe",
    }
)


def ascii_text(text: str) -> str:
    """A text in plain letters; what has none is shown by its number.

    >>> ascii_text("Olthof ≥ 2.7 %/min/m², Müller, 肝")
    'Olthof >= 2.7 %/min/m2, Muller, <U+809D>'
    """
    spelled = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    return "".join(
        c if c.isascii() else "" if unicodedata.combining(c) else f"<U+{ord(c):04X}>" for c in spelled
    )


def make_room_for(texts: Iterable[str], content: Dataset) -> None:
    """Let a data set that names no character set hold letters of people's names (ISO_IR 192, UTF-8).

    Only where all its other texts are ASCII: letters that stand in it undeclared are of a set that nobody
    knows, and keep their bytes.
    """
    if content.get("SpecificCharacterSet") or all(text.isascii() for text in texts):
        return
    if all(str(element.value).isascii() for element in content.iterall() if element.VR != "SQ"):
        content.SpecificCharacterSet = "ISO_IR 192"


def spelled_for(content: Dataset, text: str) -> str:
    """A text in the letters that the character set of a data set has; others as in :func:`ascii_text`.

    >>> from pydicom import Dataset
    >>> content = Dataset()
    >>> content.SpecificCharacterSet = "ISO_IR 100"
    >>> spelled_for(content, "Dr. Übel, 王")
    'Dr. Übel, <U+738B>'
    """
    from pydicom.charset import convert_encodings, default_encoding

    encodings = convert_encodings(content.get("SpecificCharacterSet"))
    # The library takes the default set for Latin-1; standard DICOM has ASCII alone in it.
    first = "\x80" if encodings[0] != default_encoding else "\u0100"
    return "".join(
        c if c.isascii() or (c >= first and _is_held(c, encodings)) else ascii_text(c)
        for c in unicodedata.normalize("NFC", text)
    )


def _is_held(letter: str, encodings: list[str]) -> bool:
    """Whether a letter that is written in these encodings is read back as itself."""
    from pydicom.charset import decode_bytes, encode_string

    with warnings.catch_warnings():
        warnings.simplefilter("error")  # the library warns where it writes another sign
        try:
            return decode_bytes(encode_string(letter, encodings), encodings, set()) == letter
        except (UnicodeError, UserWarning):
            return False


def decimal(value: float, digits: int = 10) -> str:
    """A number as DICOM's decimal text of at most 16 characters.

    >>> decimal(-123.45678901234567), decimal(1e-17), decimal(0.1)
    ('-123.4567890123', '0', '0.1')
    """
    for places in range(digits, -1, -1):
        text = f"{value:.{places}f}"
        if "." in text:
            text = text.rstrip("0").rstrip(".")
        if text in ("-0", ""):
            text = "0"
        if len(text) <= 16:
            return text
    return f"{value:.8e}"


def cielab(colour: str) -> list[int]:
    """``"#RRGGBB"`` (sRGB) as DICOM's encoded CIELab (D50 not adapted: as most writers do).

    >>> cielab("#FFFFFF"), cielab("#000000")
    ([65535, 32896, 32896], [0, 32896, 32896])
    """
    rgb = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255.0
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array(
        [
            (0.4124564, 0.3575761, 0.1804375),
            (0.2126729, 0.7151522, 0.072175),
            (0.0193339, 0.119192, 0.9503041),
        ]
    )
    share = to_xyz @ linear / to_xyz.sum(axis=1)
    x, y, z = np.where(share > 216.0 / 24389.0, np.cbrt(share), (24389.0 / 27.0 * share + 16.0) / 116.0)
    lab = (116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z))
    encoded = (
        lab[0] * 65535.0 / 100.0,
        (lab[1] + 128.0) * 65535.0 / 255.0,
        (lab[2] + 128.0) * 65535.0 / 255.0,
    )
    return [min(max(round(float(v)), 0), 65535) for v in encoded]
