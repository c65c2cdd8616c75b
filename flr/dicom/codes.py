"""What coded anatomy says about a segment, where its label alone does not, and where both contradict."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flr.labels import (
    canonical_name,
    contradicts,
    fold_name,
    is_canonical,
    meaning_of_text,
    part_of,
    side_in,
    with_side,
)
from flr.labels.names import is_placeholder
from flr.quality import CHECKS, QualityFinding
from flr.structures import (
    COMPARED_BY_CODE,
    DRAWN,
    NAMED_BY_CODE,
    NAMED_IN_LIVER,
    PRIVATE_BY_VALUE,
    PRIVATE_SCHEME,
    SIDE_CODES,
    SILENT_CODES,
    SNOMED_CT_BY_SRT,
    Side,
    names_where,
)

Code = tuple[str, str, str]
"""Scheme, value and meaning of a coded entry."""

TYPE_MODIFIER: Final = "SegmentedPropertyTypeModifierCodeSequence"
REGION_MODIFIER: Final = "AnatomicRegionModifierSequence"
_SIDES: Final[Mapping[str, Side]] = {code.snomed_ct: side for code, side in SIDE_CODES if side is not None}
_BACKGROUND: Final = ("DCM", "125040")
_SILENT: Final = frozenset(code.snomed_ct for code in SILENT_CODES)
_TUMOURS: Final = names_where(lambda structure: structure.use == "tumour")
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
            quality.append(CHECKS["label_against_code"].finding(message))
            continue
        names[segment.value] = by_code
        taken.append(f"{label or segment.value} = {by_code}")
    if taken:
        message = f"named by their codes, not by their labels: {', '.join(taken)}"
        quality.append(CHECKS["named_by_code"].finding(message))
    return Names(names, tuple(quality), tuple(contradictions))


def is_background(segment: CodedSegment) -> bool:
    """Whether a segment is the background of a label map, which some writers describe like a structure.

    The code decides; a label decides where the codes say nothing.

    >>> is_background(CodedSegment(1, "", ("DCM", "125040", "Background")))
    True
    >>> is_background(CodedSegment(1, "Background", ("SCT", "10200004", "Liver")))
    False
    """
    code = segment.type_code
    if code is not None and (code[0].upper(), code[1]) == _BACKGROUND:
        return True
    return is_called_background(segment) and segment.coded is None


def is_called_background(segment: CodedSegment) -> bool:
    """Whether its label says that a segment is background."""
    return fold_name(segment.label) == "background"


def background_findings(segments: Sequence[CodedSegment], name: str) -> tuple[QualityFinding, ...]:
    """``background_left_out``, and ``code_against_name`` where only one of label and code says background."""
    findings = []
    for one in segments:
        label = one.label.strip()
        if not is_background(one):
            if is_called_background(one):
                message = (
                    f"segment {one.value} is called {label!r}, but its code means"
                    f" {_in_words(one.coded or '')}; that is what it is here. Correct the segmentation, or"
                    " say what it is with --labels"
                )
                findings.append(CHECKS["code_against_name"].finding(message))
        elif canonical_name(label) is not None:
            message = (
                f"segment {one.value} is called {label!r}, but its code means background; it was left out."
                " Correct the segmentation"
            )
            findings.append(CHECKS["code_against_name"].finding(message))
        else:
            message = f"{name}: segment {one.value} is background, no structure; it was left out"
            findings.append(CHECKS["background_left_out"].finding(message))
    return tuple(findings)


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
            findings.append(CHECKS["code_against_name"].finding(message))
    return (*findings, *repeated_findings(names.by_value, volumes_ml))


def repeated_findings(names: Mapping[int, str], volumes_ml: Mapping[int, float]) -> list[QualityFinding]:
    """``segment_name_repeated`` where several segments have the name of one part, remnant or resection."""
    by_meaning: dict[str, list[int]] = {}
    for value in volumes_ml:
        meaning = canonical_name(names.get(value, ""))
        if meaning is not None and (meaning in DRAWN or part_of(meaning) is not None):
            by_meaning.setdefault(meaning, []).append(value)
    findings = []
    for meaning, values in by_meaning.items():
        if len(values) > 1:
            listed = ", ".join(f"segment {value} with {volumes_ml[value]:.1f} mL" for value in sorted(values))
            message = (
                f"{len(values)} segments are called {_in_words(meaning)} ({listed}); they were united, and"
                " another structure is probably missing. Correct the names, or say what each is with --labels"
            )
            findings.append(CHECKS["segment_name_repeated"].finding(message))
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
    if code[0].upper() == PRIVATE_SCHEME:
        own = PRIVATE_BY_VALUE.get(code[1].upper())
        return None if own is None else own.says
    number = _sct(code)
    if number is not None:
        for table in (NAMED_BY_CODE, COMPARED_BY_CODE, NAMED_IN_LIVER):
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
    if code in NAMED_IN_LIVER:
        name = NAMED_IN_LIVER[code]
        in_liver = NAMED_BY_CODE.get(_sct(segment.region) or "") == "liver" or (
            segment.region is None and name in _TUMOURS
        )
        return name if in_liver else None
    known = NAMED_BY_CODE.get(code, COMPARED_BY_CODE.get(code))
    side = _side_of_type(segment.type_code, segment.modifier, segment.region, segment.region_modifier)
    meaning = with_side(known, side)
    if code not in NAMED_BY_CODE and meaning == known:
        return None  # only compared: no segment is named by it
    return meaning if meaning is not None and is_canonical(meaning) else None


def _sct(code: Code | None) -> str | None:
    if code is None or code[0].upper() not in _SCHEMES:
        return None
    return SNOMED_CT_BY_SRT.get(code[1].upper(), code[1])


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
    if code is None or code[0].upper() != PRIVATE_SCHEME:
        return False
    own = PRIVATE_BY_VALUE.get(code[1].upper())
    return own is not None and own.of_plan
