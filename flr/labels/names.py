"""From the name that a file gives a structure to the canonical name."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache
from typing import Final

from flr.labels.languages import name_in_words
from flr.labels.schemes import canonical_names, find_scheme, fold_name, is_canonical, load_schemes
from flr.structures import words_of

FALLBACK_SCHEME: Final = "generic_names"

REMNANT_OF_A_PLAN: Final = f"{words_of('flr')}, functional tissue"
RESECTED_OF_A_PLAN: Final = f"{words_of('resected')} part"
"""What our own export calls parts of a plan that must not be read back as drawn plans."""

# Names whose meaning depends on who wrote the file: they need that scheme as context.
_NEEDS_CONTEXT: Final = {"hepatic": "crlm_tcia"}

# Names met in the wild that no scheme's table spells out.
_FURTHER_NAMES: Final = {
    "adrenal gland left": "adrenal_left",
    "adrenal gland right": "adrenal_right",
    "superior vena cava": "svc",
    "vessel": "hepatic_vessel",
    "vessels": "hepatic_vessel",
    "liver vessel": "hepatic_vessel",
    "hepatic vessels": "hepatic_vessel",
    "portal veins": "portal_vein",
    "hepatic veins": "hepatic_vein",
    "liver tumour": "tumour",
    "liver tumours": "tumour",
    "liver tumors": "tumour",
    "liver lesion": "lesion",
    "liver mass": "tumour",
    "tumors": "tumour",
    "tumours": "tumour",
    "lesions": "lesion",
    "metastases": "tumour",
    "cysts": "cyst",
    "liver cysts": "cyst",
    "hepatic cyst": "cyst",
    "hepatic cysts": "cyst",
    "bile ducts": "bile_duct",
    "dilated ducts": "bile_duct",
    "dilated bile ducts": "bile_duct",
    "intrahepatic bile ducts": "bile_duct",
    "biliary tree": "bile_duct",
    "gall bladder": "gallbladder",
    "hepatic artery": "artery",
    "common hepatic artery": "artery",
    "proper hepatic artery": "artery",
    "hepatic arteries": "artery",
    "common bile duct": "bile_duct",
    "cbd": "bile_duct",
}

_SLICER_DEFAULT: Final = re.compile(r"(?:Segment[_-]|segment-)([0-9]+)([ab]?)")
_WHOLE_SET: Final = frozenset("1235678")
_PLACEHOLDER: Final = re.compile(
    r"(?:(?:new )?(?:label|color|colour|class|structure|roi|object|contour|region)|new segment|segment number"
    r"|unknown|unnamed|untitled|no name)? ?\d*|segment",
    re.IGNORECASE,
)


def canonical_name(own_name: str, scheme_name: str | None = None) -> str | None:
    """Canonical name of a structure from the name that its file gives it, or None when unknown.

    Compared whole, never by part ("Liver Remnant" is not "Liver"), case-folded and trimmed, ``_``, ``-``
    and blanks alike. In order: the names of ``scheme_name``; canonical names themselves; names on which every
    shipped scheme agrees; the generic names; Couinaud segments with Roman or Arabic numbers, and structures
    of the liver in other languages (:mod:`flr.labels.languages`); and numbered tumours ("livertumor01",
    "Tumor_12", "lesion 3" → ``tumour_<n>``). A bare "hepatic" is known only with ``scheme_name="crlm_tcia"``.

    Raises
    ------
    LabelError
        If ``scheme_name`` is given and not a shipped scheme.

    Examples
    --------
    >>> canonical_name("Liver_Remnant"), canonical_name("livertumor03"), canonical_name("Segment IVa")
    ('flr', 'tumour_3', 'segment_4a')
    >>> canonical_name("Hepatic"), canonical_name("Hepatic", "crlm_tcia"), canonical_name("sacrum")
    (None, 'hepatic_vein', None)
    """
    folded = fold_name(own_name)
    if scheme_name is not None and (known := find_scheme(scheme_name).canonical(own_name)):
        return known
    if folded in _NEEDS_CONTEXT:
        return None
    # A canonical name means itself everywhere, and the schemes need not be read to know it.
    spelled = folded.replace(" ", "_")
    if is_canonical(spelled):
        return spelled
    if known := _known_names().get(folded):
        return known
    if known := name_in_words(folded):
        return known
    if numbered := re.fullmatch(r"(.*[^\d ]) ?0*([1-9]\d*)", folded):
        stem = _known_names().get(numbered[1])
        if stem in ("tumour", "lesion"):
            return f"tumour_{numbered[2]}"
        if stem == "cyst":
            return stem
    return None


def is_placeholder(own_name: str, others: Collection[str]) -> bool:
    """Whether a name was made up by a program and says nothing, like ``Label 1`` or ``Segment_1``.

    ``Segment_1`` is what 3D Slicer calls any first structure, and ``Segment-1`` what Slicer-Liver calls the
    first territory. They are taken for Couinaud I only when ``others``, all names of the file, hold the whole
    set of segments.

    >>> is_placeholder("Segment_1", ["Segment_1", "Segment_2"])
    True
    >>> is_placeholder("Segment_1", [f"Segment_{n}" for n in range(1, 9)])
    False
    """
    name = own_name.strip()
    if _SLICER_DEFAULT.fullmatch(name):
        numbered = {
            "".join(m.groups()) for other in others if (m := _SLICER_DEFAULT.fullmatch(other.strip()))
        }
        return numbered not in (_WHOLE_SET | {"4"}, _WHOLE_SET | {"4a", "4b"})
    return _PLACEHOLDER.fullmatch(fold_name(name)) is not None


def unknown_name_hint() -> str:
    """The canonical names, for messages."""
    return ", ".join(canonical_names())


@cache
def _known_names() -> dict[str, str]:
    """Folded names on which the schemes agree, then the generic ones."""
    meanings: dict[str, set[str]] = {}
    for scheme in load_schemes().values():
        if scheme.name != FALLBACK_SCHEME:
            for own, canonical in scheme.names.items():
                if "<" not in own:
                    meanings.setdefault(own, set()).add(canonical)
    known = {own: next(iter(canonical)) for own, canonical in meanings.items() if len(canonical) == 1}
    everything = {**_FURTHER_NAMES, **find_scheme(FALLBACK_SCHEME).names, **known}
    return {own: v for own, v in everything.items() if own not in _NEEDS_CONTEXT}


def is_result_of_a_plan(own_name: str) -> bool:
    """Whether a name is one that our own export gives a part of a plan, as a label or as a file name.

    >>> is_result_of_a_plan("future_liver_remnant_functional_tissue"), is_result_of_a_plan("resected")
    (True, False)
    """
    known = (fold_name(name.replace(",", " ")) for name in (REMNANT_OF_A_PLAN, RESECTED_OF_A_PLAN))
    return fold_name(own_name.replace(",", " ")) in known
