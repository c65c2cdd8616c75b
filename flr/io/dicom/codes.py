"""What coded anatomy says about a segment, where its label alone does not."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from flr.labels import canonical_name, canonical_names, fold_name, snomed_ct
from flr.labels.names import is_placeholder
from flr.quality import QualityFinding

Code = tuple[str, str, str]
"""Scheme, value and meaning of a coded entry."""

# SNOMED's older identifiers (scheme SRT), which many archives still hold.
_SRT: Final = {
    "T-62000": "10200004",
    "T-62023": "71133005",
    "T-D054F": "277956007",
    "T-D0567": "277957003",
    "T-D056A": "277958008",
    "T-D056B": "277959000",
    "T-D056C": "277960005",
    "T-D056D": "277961009",
    "T-D056E": "277962002",
    "T-48810": "32764006",
    "T-48720": "8993003",
    "T-48710": "64131007",
    "T-63000": "28231008",
    "T-C3000": "78961009",
    "T-42000": "15825003",
    "M-8FFFF": "108369006",
    "M-03000": "4147007",
    "M-80003": "86049000",
    "M-80006": "14799000",
    "M-01100": "52988006",
    "T-40000": "59820001",
    "T-41000": "51114001",
    "T-48000": "29092000",
}
_FURTHER: Final = {
    "273202007": "hepatic_vein_left",
    "273099000": "hepatic_vein_middle",
    "272998002": "hepatic_vein_right",
}
# These mean something of the liver only where they are said to lie in it.
_IN_LIVER: Final = {
    "108369006": "tumour",
    "4147007": "tumour",
    "86049000": "tumour",
    "14799000": "tumour",
    "52988006": "lesion",
    "59820001": "hepatic_vessel",
}
_TUMOURS: Final = ("tumour", "lesion")
_LIVER: Final = "10200004"
_SCHEMES: Final = ("SCT", "SRT", "SNM3", "99SDM")
# A label with one of these words is hardly the whole liver, whatever its code says.
_PART_OF_LIVER: Final = re.compile(
    r"remn|rest|flr|resect|spec|part|lob|left|right|hemi|segm|sect|territ|futur|plan|cut|minus|without|tum|lesion"
    r"|meta|cyst|vein|vessel|vena|arter|port|duct|ablat|margin|box|roi"
)
_QUARTERED: Final = re.compile(r"(?:s|seg|segment|liver segment)? ?(?:4|iv) ?([ab])")


@dataclass(frozen=True, slots=True)
class CodedSegment:
    """One segment as its file describes it.

    Parameters
    ----------
    value : int
    label : str
    type_code, region : Code or None
        Property type and anatomic region.
    """

    value: int
    label: str
    type_code: Code | None = None
    region: Code | None = None


def names_by_code(segments: Sequence[CodedSegment]) -> tuple[dict[int, str], tuple[QualityFinding, ...]]:
    """Name of each segment: its label, or where that says nothing what its code stands for.

    A label that is understood always wins: conventions give the planned remnant the code of the whole liver,
    and only the label tells the two apart.
    """
    labels = [segment.label for segment in segments]
    names: dict[int, str] = {}
    taken: list[str] = []
    quality: list[QualityFinding] = []
    for segment in segments:
        label = segment.label.strip()
        coded = _meaning(segment)
        if quarter := _QUARTERED.fullmatch(fold_name(label)):
            names[segment.value] = f"segment_4{quarter[1]}"
            continue
        silent = not label or is_placeholder(label, labels)
        if coded is None or (not silent and canonical_name(label) is not None) or _is_contextual(label):
            names[segment.value] = label or f"segment number {segment.value}"
            continue
        if not silent and coded == "liver" and _PART_OF_LIVER.search(fold_name(label)):
            names[segment.value] = label
            message = (
                f"segment {label!r} carries the code of the liver, but its label does not say that it is"
                " the whole liver; it is not taken for it: say what it is with --labels"
            )
            quality.append(QualityFinding("label_against_code", "warning", message))
            continue
        names[segment.value] = coded
        taken.append(f"{label or segment.value} = {coded}")
    if taken:
        message = f"named by their codes, not by their labels: {', '.join(taken)}"
        quality.append(QualityFinding("named_by_code", "info", message))
    return names, tuple(quality)


def _is_contextual(label: str) -> bool:
    """A label such as ``Hepatic``, which a scheme explains together with the others."""
    return fold_name(label) == "hepatic"


def _meaning(segment: CodedSegment) -> str | None:
    code = _sct(segment.type_code)
    if code is None:
        return None
    if code in _IN_LIVER:
        in_liver = _sct(segment.region) == _LIVER or (segment.region is None and _IN_LIVER[code] in _TUMOURS)
        return _IN_LIVER[code] if in_liver else None
    return _canonical_by_code().get(code)


def _sct(code: Code | None) -> str | None:
    if code is None or code[0].upper() not in _SCHEMES:
        return None
    return _SRT.get(code[1].upper(), code[1])


@cache
def _canonical_by_code() -> Mapping[str, str]:
    found = {code: name for name in canonical_names() if (code := snomed_ct(name)) is not None}
    return {code: name for code, name in found.items() if code not in _IN_LIVER} | _FURTHER


def code_of(items: Any) -> Code | None:
    """The first entry of a DICOM code sequence."""
    if not items:
        return None
    entry = items[0]
    value = entry.get("CodeValue") or entry.get("LongCodeValue") or ""
    return str(entry.get("CodingSchemeDesignator", "")), str(value), str(entry.get("CodeMeaning", ""))
