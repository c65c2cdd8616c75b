"""Segments and other structures of the liver by their names in several languages.

German, French, Spanish, Italian, Portuguese, Dutch and Turkish; of English only the segments.

A name counts whole, never by a part, with or without its accents. A Couinaud segment needs a word for segment
and its number; the liver may be named with it. A side, as in ``Lebersegment 4a links``, has to be the
segment's own, and needs the liver in the name or the letter of 4a and 4b: lungs have segments with a number
and a side as well.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from flr.structures import NUMERALS, STRUCTURES

_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        **dict.fromkeys(
            (
                "hígado",
                "fegato",
                "fígado",
                "lever",
                "karaciğer",
                "ganze leber",
                "gesamte leber",
                "foie entier",
            ),
            "liver",
        ),
        **dict.fromkeys(
            (
                "zukünftige restleber",
                "zukünftiger leberrest",
                "futur foie restant",
                "foie restant futur",
                "remanente hepático futuro",
                "futuro remanente hepático",
                "gelecekteki karaciğer kalıntısı",
            ),
            "flr",
        ),
        **dict.fromkeys(
            (
                "tumoren",
                "metastase",
                "metastasen",
                "lebertumor",
                "lebertumoren",
                "lebermetastase",
                "lebermetastasen",
                "tumeur",
                "tumeurs",
                "métastase",
                "métastases",
                "tumeur hépatique",
                "tumeurs hépatiques",
                "métastase hépatique",
                "métastases hépatiques",
                "tumores",
                "tumor hepático",
                "tumores hepáticos",
                "metástasis",
                "metástasis hepática",
                "metástasis hepáticas",
                "tumore",
                "tumori",
                "metastasi",
                "metástase",
                "metástases",
                "levertumor",
                "levermetastase",
                "levermetastasen",
                "tümör",
                "karaciğer tümörü",
                "metastaz",
                "karaciğer metastazı",
            ),
            "tumour",
        ),
        **dict.fromkeys(
            ("läsion", "läsionen", "lésion", "lésions", "lesión", "lesiones", "lezyon"), "lesion"
        ),
        **dict.fromkeys(
            (
                "leberzyste",
                "leberzysten",
                "kyste hépatique",
                "kystes hépatiques",
                "quiste hepático",
                "quistes hepáticos",
                "cisti epatica",
                "cisto hepático",
                "levercyste",
                "karaciğer kisti",
                *(
                    "zyste",
                    "zysten",
                    "kyste",
                    "kystes",
                    "quiste",
                    "quistes",
                    "cisti",
                    "cisto",
                    "cyste",
                    "kist",
                ),
            ),
            "cyst",
        ),
        **dict.fromkeys(("gallengang", "gallengänge", "voies biliaires", "vías biliares"), "bile_duct"),
        **dict.fromkeys(
            (
                "gallenblase",
                "vésicule biliaire",
                "vesícula biliar",
                "cistifellea",
                "colecisti",
                "galblaas",
                "safra kesesi",
            ),
            "gallbladder",
        ),
        **dict.fromkeys(
            (
                "pfortader",
                "portalvene",
                "vena portae",
                "veine porte",
                "vena porta",
                "veia porta",
                "poortader",
                "portal ven",
            ),
            "portal_vein",
        ),
        **dict.fromkeys(
            (
                "lebervene",
                "lebervenen",
                "veines hépatiques",
                "veines sus hépatiques",
                "venas hepáticas",
                "venas suprahepáticas",
                "vene epatiche",
                "vene sovraepatiche",
                "veias hepáticas",
                "leveraders",
                "hepatik ven",
                "hepatik venler",
            ),
            "hepatic_vein",
        ),
        **dict.fromkeys(
            ("lebergefäße", "lebergefässe", "vaisseaux hépatiques", "vasos hepáticos"), "hepatic_vessel"
        ),
        **dict.fromkeys(
            (
                "vena cava inferior",
                "untere hohlvene",
                "veine cave inférieure",
                "vena cava inferiore",
                "veia cava inferior",
                "vena kava inferior",
            ),
            "ivc",
        ),
        **dict.fromkeys(("milz", "bazo", "milza", "baço", "milt", "dalak"), "spleen"),
    }
)
"""Names as they are written, in lower case, to canonical names; a word of two meanings is left out."""

_OF_LIVER: Final = (
    "der leber",
    "du foie",
    "del hígado",
    "del higado",
    "del fegato",
    "do fígado",
    "do figado",
    "van de lever",
)
_LIVER: Final = (
    *(
        "liver",
        "hepatic",
        "couinaud",
        "leber",
        "foie",
        "hépatique",
        "hígado",
        "hepático",
        "fegato",
        "epatico",
    ),
    *("fígado", "lever", "karaciğer"),
)
_SEGMENT: Final = ("segment", "segmento", "segmenti", "seg")
_SIDES: Final = {
    **dict.fromkeys(
        ("left", "links", "linke", "linkes", "gauche", "izquierdo", "sinistro", "esquerdo"), "left"
    ),
    **dict.fromkeys(
        ("right", "rechts", "rechte", "rechtes", "droit", "derecho", "destro", "direito"), "right"
    ),
    "sol": "left",
    "sağ": "right",
}
_SIDE_OF: Final = {one.part: one.side for one in STRUCTURES if one.part is not None}
_ROMAN: Final = {numeral.casefold(): number for number, numeral in NUMERALS.items()}
_NUMBERED: Final = r"(?P<number>viii|vii|vi|iv|v|iii|ii|i|[1-8]) ?(?P<half>[ab]?)"


def _plain(text: str) -> str:
    """Letters without their accents; ``ß`` as ``ss`` and Turkish ``ı`` as ``i``."""
    split = unicodedata.normalize("NFKD", text.casefold()).replace("ı", "i")
    return "".join(letter for letter in split if not unicodedata.combining(letter))


def _any_of(words: tuple[str, ...] | Mapping[str, str]) -> str:
    return "|".join(sorted({_plain(word) for word in words}, key=lambda word: (-len(word), word)))


_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_ALL: Final = MappingProxyType(
    {_plain(spelled): known for name, known in _NAMES.items() for spelled in (name, name.translate(_UMLAUTS))}
)
_SIDE: Final = MappingProxyType({_plain(word): side for word, side in _SIDES.items()})
_PATTERNS: Final = tuple(
    re.compile(rf"(?:(?P<before>{_any_of(_SIDES)}) )?{name}(?: (?P<after>{_any_of(_SIDES)}))?")
    for name in (
        rf"(?:{_any_of(_SEGMENT)})\.? ?{_NUMBERED}",
        rf"(?P<liver>(?:leber|lever)(?:segment|seg)\.?) ?{_NUMBERED}",
        rf"(?P<liver>(?:(?:{_any_of(_LIVER)}) ){{1,2}})(?:{_any_of(_SEGMENT)})\.? ?{_NUMBERED}",
        rf"(?:{_any_of(_SEGMENT)}) (?P<liver>{_any_of(_LIVER)}) {_NUMBERED}",
        rf"(?:{_any_of(_SEGMENT)})\.? ?{_NUMBERED} (?P<liver>{_any_of((*_OF_LIVER, *_LIVER))})",
        r"(?P<liver>karaciger) (?P<number>[1-8])(?P<half>[ab]?)\.? segmenti?",
    )
)


def name_in_words(folded: str) -> str | None:
    """Canonical name of a segment in words, or of a structure in one of these languages; None when unknown.

    Examples
    --------
    >>> [name_in_words(n) for n in ("lebersegment 4a", "segment hépatique iv", "karaciğer segmenti 8")]
    ['segment_4a', 'segment_4', 'segment_8']
    >>> [name_in_words(n) for n in ("segment 4a links", "segment 4 links", "lebersegment 4 rechts")]
    ['segment_4a', None, None]
    >>> name_in_words("safra kesesi"), name_in_words("lungensegment 4")
    ('gallbladder', None)
    """
    plain = _plain(folded)
    if known := _ALL.get(plain):
        return known
    for pattern in _PATTERNS:
        if found := pattern.fullmatch(plain):
            return _segment(found)
    return None


def _segment(found: re.Match[str]) -> str | None:
    """The segment of a matched name, where half and side can be its own."""
    parts = found.groupdict()
    number, half = _ROMAN.get(parts["number"], parts["number"]), parts["half"]
    if half and number != "4":
        return None
    named = {_SIDE[word] for word in (parts["before"], parts["after"]) if word}
    if named:
        is_of_liver = bool(parts.get("liver")) or bool(half)
        if not is_of_liver or named != {_SIDE_OF[f"{number}{half}"]}:
            return None
    return f"segment_{number}{half}"
