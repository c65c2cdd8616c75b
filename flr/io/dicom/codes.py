"""What coded anatomy says about a segment, where its label alone does not, and where both contradict."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from flr.labels import (
    canonical_name,
    canonical_names,
    contradicts,
    fold_name,
    is_canonical,
    meaning_of_text,
    part_of,
    side_in,
    snomed_ct,
    with_side,
)
from flr.labels.meanings import Side
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
    "T-48725": "272998002",
    "T-48726": "273099000",
    "T-48727": "273202007",
    "T-48813": "73931004",
    "T-48814": "70253006",
    "T-48610": "48345005",
    "T-46420": "76015000",
    "T-71000": "64033007",
    "T-28000": "39607008",
    "T-B3000": "23451007",
    "T-65000": "15776009",
    "T-57000": "69695003",
    "T-58000": "30315005",
    "T-58200": "38848004",
    "T-59300": "71854001",
    "T-56000": "32849002",
    "T-60610": "28273000",
    "T-74000": "89837001",
    "T-32000": "80891009",
    "T-A0100": "12738006",
    "T-D016E": "272673000",
    "T-11510": "51282000",
    "T-11300": "113197003",
    "T-01000": "39937001",
    "M-3340A": "367643001",
    "T-D0050": "85756007",
    "T-D0060": "113343008",
    "T-D0005": "91723000",
    "T-D000A": "123037004",
    "M-01000": "49755003",
    "G-A100": "24028007",
    "G-A101": "7771000",
    "G-A102": "51440002",
}
_FURTHER: Final = {
    "273202007": "hepatic_vein_left",
    "273099000": "hepatic_vein_middle",
    "272998002": "hepatic_vein_right",
    "70253006": "portal_vein_left",
    "73931004": "portal_vein_right",
}
# These say what a segment is only where its label is held against them; no segment is named by them.
_COMPARED: Final = {
    "29092000": "vein",
    "51114001": "artery",
    "76015000": "artery",
    "59820001": "vessel",
    "7832008": "aorta",
    "48345005": "svc",
    "367643001": "cyst",
    "28273000": "bile_duct",
    "64033007": "kidney",
    "39607008": "lung",
    "23451007": "adrenal",
    "38848004": "duodenum",
    "30315005": "small_bowel",
    "71854001": "colon",
    "32849002": "esophagus",
    "89837001": "bladder",
    "80891009": "heart",
    "12738006": "brain",
    "272673000": "bone",
    "51282000": "bone",
    "113197003": "bone",
    "39937001": "skin",
    "71616004": "muscle",
    "91727004": "muscle",
    "59441001": "lymph_node",
}
# These say nothing of their own: the anatomic region beside them says where the segment lies.
_SILENT: Final = ("85756007", "113343008", "91772007", "91723000", "123037004", "49755003")
TYPE_MODIFIER: Final = "SegmentedPropertyTypeModifierCodeSequence"
REGION_MODIFIER: Final = "AnatomicRegionModifierSequence"
_PRIVATE: Final = {"FLR": "flr", "RESECTED": "resected", "ABLATED": "ablated", "TERRITORY": "territory"}
_PRIVATE_SCHEME: Final = "99FLR"
_RESULTS: Final = ("FLR", "RESECTED", "ABLATED", "CUT")
_SIDES: Final[Mapping[str, Side]] = {"24028007": "right", "7771000": "left"}
_PLANNED: Final = ("flr", "resected")
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
    modifier, region_modifier : Code or None
        What narrows them, such as a side.
    """

    value: int
    label: str
    type_code: Code | None = None
    region: Code | None = None
    modifier: Code | None = None
    region_modifier: Code | None = None

    @property
    def coded(self) -> str | None:
        """What its codes say that it is; see `meaning_of_code`."""
        return meaning_of_code(
            self.type_code, self.modifier, self.region, region_modifier=self.region_modifier
        )


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A segment whose label and code cannot both be true.

    Parameters
    ----------
    value : int
    label, coded : str
        What it is called, and what its code means.
    """

    value: int
    label: str
    coded: str


@dataclass(frozen=True, slots=True)
class Names:
    """What segments are called, and what was noticed.

    Parameters
    ----------
    by_value : dict of int to str
    quality : tuple of QualityFinding
    contradictions : tuple of Contradiction
    """

    by_value: dict[int, str]
    quality: tuple[QualityFinding, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()


def names_by_code(segments: Sequence[CodedSegment]) -> Names:
    """Name of each segment: its label, or where that says nothing what its code stands for.

    A label that is understood wins where the code is the wider of the two: conventions give the planned
    remnant the code of the whole liver, and only the label tells the two apart. Where the two contradict
    each other the standard code decides, and :func:`identity_findings` says so with an error.
    """
    labels = [segment.label for segment in segments]
    names: dict[int, str] = {}
    taken: list[str] = []
    quality: list[QualityFinding] = []
    contradictions: list[Contradiction] = []
    for segment in segments:
        label = segment.label.strip()
        by_code = _name_of(segment)
        silent = not label or is_placeholder(label, labels)
        coded = segment.coded
        if not silent and coded is not None and contradicts(_meaning_of_label(label), coded):
            contradictions.append(Contradiction(segment.value, label, coded))
            names[segment.value] = by_code or label
            continue
        if quarter := _QUARTERED.fullmatch(fold_name(label)):
            names[segment.value] = f"segment_4{quarter[1]}"
            continue
        if by_code is None or (not silent and canonical_name(label) is not None) or _is_contextual(label):
            names[segment.value] = label or f"segment number {segment.value}"
            continue
        if not silent and by_code == "liver" and _PART_OF_LIVER.search(fold_name(label)):
            names[segment.value] = label
            message = (
                f"segment {label!r} carries the code of the liver, but its label does not say that it is"
                " the whole liver; it is not taken for it: say what it is with --labels"
            )
            quality.append(QualityFinding("label_against_code", "warning", message))
            continue
        names[segment.value] = by_code
        taken.append(f"{label or segment.value} = {by_code}")
    if taken:
        message = f"named by their codes, not by their labels: {', '.join(taken)}"
        quality.append(QualityFinding("named_by_code", "info", message))
    return Names(names, tuple(quality), tuple(contradictions))


def identity_findings(names: Names, volumes_ml: Mapping[int, float]) -> tuple[QualityFinding, ...]:
    """``code_against_name`` and ``segment_name_repeated``, with the mL of each segment.

    Parameters
    ----------
    names : Names
    volumes_ml : mapping of int to float
        Of the segments that hold a voxel. [mL]
    """
    findings = []
    for one in names.contradictions:
        if one.value in volumes_ml:
            message = (
                f"segment {one.value} is called {one.label!r}, but its code means {_in_words(one.coded)}"
                f" ({volumes_ml[one.value]:.1f} mL); here it is {_in_words(names.by_value[one.value])}."
                " Correct the segmentation, or say what it is with --labels"
            )
            findings.append(QualityFinding("code_against_name", "error", message))
    return (*findings, *repeated_findings(names.by_value, volumes_ml))


def repeated_findings(names: Mapping[int, str], volumes_ml: Mapping[int, float]) -> list[QualityFinding]:
    """``segment_name_repeated`` where several segments have the name of one part, remnant or resection."""
    by_meaning: dict[str, list[int]] = {}
    for value in volumes_ml:
        meaning = canonical_name(names.get(value, ""))
        if meaning is not None and (meaning in _PLANNED or part_of(meaning) is not None):
            by_meaning.setdefault(meaning, []).append(value)
    findings = []
    for meaning, values in by_meaning.items():
        if len(values) > 1:
            listed = ", ".join(f"segment {value} with {volumes_ml[value]:.1f} mL" for value in sorted(values))
            message = (
                f"{len(values)} segments are called {_in_words(meaning)} ({listed}); they were united, and"
                " another structure is probably missing. Correct the names, or say what each is with --labels"
            )
            findings.append(QualityFinding("segment_name_repeated", "error", message))
    return findings


def _in_words(meaning: str) -> str:
    return meaning.replace("_", " ")


def _meaning_of_label(label: str) -> str | None:
    """What a label says, for comparison with a code."""
    if quarter := _QUARTERED.fullmatch(fold_name(label)):
        return f"segment_4{quarter[1]}"
    if _is_contextual(label):
        return "hepatic_vein"
    return meaning_of_text(label)


def _is_contextual(label: str) -> bool:
    """A label such as ``Hepatic``, which a scheme explains together with the others."""
    return fold_name(label) == "hepatic"


def meaning_of_code(
    type_code: Code | None,
    modifier: Code | None = None,
    region: Code | None = None,
    *,
    region_modifier: Code | None = None,
) -> str | None:
    """What coded anatomy means, to be held against a name by :func:`flr.labels.contradicts`.

    Parameters
    ----------
    type_code : Code or None
        SegmentedPropertyTypeCodeSequence, or whatever a format has in its place.
    modifier : Code or None
        SegmentedPropertyTypeModifierCodeSequence.
    region, region_modifier : Code or None
        AnatomicRegionSequence and AnatomicRegionModifierSequence.

    Returns
    -------
    str or None
        A canonical name, or a key of :data:`flr.labels.meanings.WIDER`; None when the codes say nothing that
        is known.

    Examples
    --------
    >>> right = ("SCT", "24028007", "Right")
    >>> meaning_of_code(("SCT", "8993003", "Hepatic vein"), right)
    'hepatic_vein_right'
    >>> meaning_of_code(("SCT", "85756007", "Tissue"), None, ("SCT", "10200004", "Liver"))
    'in_liver'
    """
    if type_code is not None and _is_empty(type_code):
        type_code = None
    if type_code is None or _sct(type_code) in _SILENT:
        where = _unsided(region)
        side = _side_of(region_modifier) or _side_of(modifier)
        return with_side("in_liver" if where == "liver" else where, side)
    return with_side(_unsided(type_code), _side_of_type(type_code, modifier, region, region_modifier))


def _side_of_type(
    type_code: Code, modifier: Code | None, region: Code | None, region_modifier: Code | None
) -> Side | None:
    """The side of a typed segment; that of its region counts where the region is the structure itself."""
    if side := _side_of(modifier):
        return side
    return _side_of(region_modifier) if _unsided(region) in (None, _unsided(type_code)) else None


def _is_empty(code: Code) -> bool:
    return not (code[1].strip() or code[2].strip())


def _unsided(code: Code | None) -> str | None:
    if code is None:
        return None
    if code[0].upper() == _PRIVATE_SCHEME:
        return _PRIVATE.get(code[1].upper())
    number = _sct(code)
    if number is not None:
        for table in (_canonical_by_code(), _COMPARED, _IN_LIVER):
            if number in table:
                return table[number]
    return None if number in _SILENT else meaning_of_text(code[2])


def _side_of(modifier: Code | None) -> Side | None:
    if modifier is None:
        return None
    return _SIDES.get(_sct(modifier) or "") or side_in(modifier[2])


def _name_of(segment: CodedSegment) -> str | None:
    """The name that a segment's standard codes give it, where they are that certain."""
    code = _sct(segment.type_code)
    if code is None or segment.type_code is None:
        return None
    if code in _IN_LIVER:
        in_liver = _sct(segment.region) == _LIVER or (segment.region is None and _IN_LIVER[code] in _TUMOURS)
        return _IN_LIVER[code] if in_liver else None
    known = _canonical_by_code().get(code, _COMPARED.get(code))
    side = _side_of_type(segment.type_code, segment.modifier, segment.region, segment.region_modifier)
    meaning = with_side(known, side)
    if code not in _canonical_by_code() and meaning == known:
        return None  # only compared: no segment is named by it
    return meaning if meaning is not None and is_canonical(meaning) else None


def _sct(code: Code | None) -> str | None:
    if code is None or code[0].upper() not in _SCHEMES:
        return None
    return _SRT.get(code[1].upper(), code[1])


@cache
def _canonical_by_code() -> Mapping[str, str]:
    found = {code: name for name in canonical_names() if (code := snomed_ct(name)) is not None}
    return {code: name for code, name in found.items() if code not in _IN_LIVER} | _FURTHER


def modifier_of(items: Any, keyword: str, otherwise: Any = None) -> Code | None:
    """The modifier inside the first entry of a code sequence; some writers put it beside the sequence."""
    inside = items[0].get(keyword) if items else None
    return code_of(inside or otherwise)


def code_of(items: Any) -> Code | None:
    """The first entry of a DICOM code sequence."""
    if not items:
        return None
    entry = items[0]
    value = entry.get("CodeValue") or entry.get("LongCodeValue") or ""
    return str(entry.get("CodingSchemeDesignator", "")), str(value), str(entry.get("CodeMeaning", ""))


def is_own_result(code: Code | None) -> bool:
    """Whether a code is one of those that our own results carry for what a plan makes of the liver."""
    return code is not None and code[0].upper() == _PRIVATE_SCHEME and code[1].upper() in _RESULTS
