"""Every canonical name once: what it is to a liver, its codes, its colour and its words.

Readers, exporters, viewers and reports ask here, so that one structure has one fate everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Use = Literal["part", "tumour", "vessel", "nonfunctional", "not_liver", "drawn", "supply", "other"]
"""What a structure is to a liver: counted as this, taken out of it, a drawn plan, or left out.

``supply`` is neither counted nor taken out: it only says which tissue it serves.
"""

Side = Literal["left", "right", "middle"]

Says = Literal["name", "name_in_liver", "comparison"]
"""What a code may do: name a segment, name it where it is said to lie in the liver, or only contradict."""

NUMBER: Final = "<n>"
"""Stands in a canonical name for every positive number."""

PRIVATE_SCHEME: Final = "99FLR"
"""Designator of our own codes, for what no standard code was found."""


Role = Literal[
    "liver", "segments", "tumours", "vessels", "ducts", "artery", "remnant", "resected", "ablated_zone"
]
"""What a file, or an object in memory, is said to be."""


@dataclass(frozen=True, slots=True)
class FileRole:
    """One thing that a file may be said to be.

    Parameters
    ----------
    role : Role
        Name of the option, the column, the key and the argument.
    name : str
        Canonical name of its one structure.
    words : str
    help : str
        Of the option.
    may_be_empty : bool
        A file without a voxel says that there is nothing to draw.
    """

    role: Role
    name: str
    words: str
    help: str
    may_be_empty: bool = False


ABLATED_ZONE: Final = "ablated_zone"
"""A drawn zone after an ablation: it is held against the tumours, is no plan and changes no volume."""

FILE_ROLES: Final = (
    FileRole("liver", "liver", "liver", "outline of the whole liver"),
    FileRole(
        "segments", "segment_<n>", "segment of the liver", "Couinaud segments: 1-8, or 1-9 with 4a and 4b"
    ),
    FileRole(
        "tumours",
        "tumour",
        "tumour",
        "tumours (several values are tumour numbers), or the word none",
        may_be_empty=True,
    ),
    FileRole("vessels", "hepatic_vessel", "vessel", "vessels inside the liver", may_be_empty=True),
    FileRole(
        "ducts",
        "bile_duct",
        "bile duct",
        "bile ducts, from outside the liver: what of the remnant keeps its drainage, ducts at the cut",
    ),
    FileRole(
        "artery",
        "artery",
        "artery",
        "hepatic artery, from outside the liver: what of the remnant keeps its arterial supply",
    ),
    FileRole("remnant", "flr", "drawn remnant", "drawn future liver remnant: becomes a plan"),
    FileRole("resected", "resected", "drawn resection", "drawn resection: becomes a plan"),
    FileRole(
        "ablated_zone",
        "ablated_zone",
        "ablated zone",
        "zone after an ablation, registered to this scan: what it covers of each tumour, and by how much",
    ),
)
"""Everything that a file may be said to be, in the order of every door."""

ROLE_NAMES: Final[tuple[Role, ...]] = tuple(row.role for row in FILE_ROLES)


def option_of(role: str) -> str:
    """The option of the command line that gives a file under a role.

    >>> option_of("ablated_zone")
    '--ablated-zone'
    """
    return f"--{role.replace('_', '-')}"


class Tissue(IntEnum):
    """What the liver is made of, as counted in a volume table.

    ``VESSEL`` is intrahepatic and counts as functional. ``NONFUNCTIONAL`` is a cyst, dilated ducts, an
    earlier ablation or chemoembolisation site, or an abscess.
    """

    PARENCHYMA = 0
    VESSEL = 1
    TUMOUR = 2
    NONFUNCTIONAL = 3


@dataclass(frozen=True, slots=True)
class ReadCode:
    """A code by which a structure is recognised in a DICOM file.

    Parameters
    ----------
    snomed_ct : str
    srt : str or None
        SNOMED's older identifier (scheme SRT), which many archives still hold.
    says : {"name", "name_in_liver", "comparison"}
    """

    snomed_ct: str
    srt: str | None = None
    says: Says = "name"


@dataclass(frozen=True, slots=True)
class WrittenCode:
    """A code as we write it, entries as in a DICOM code sequence.

    Parameters
    ----------
    value, scheme, meaning : str
    """

    value: str
    scheme: str
    meaning: str


@dataclass(frozen=True, slots=True)
class PrivateCode:
    """One of our own codes for a structure.

    Parameters
    ----------
    written : WrittenCode
    says : str or None
        Canonical name, or wider meaning, that it is read as.
    of_plan : bool
        Whether a plan made the structure: it lies over tissue that other segments account for.
    """

    written: WrittenCode
    says: str | None
    of_plan: bool


def _private(value: str, meaning: str, says: str | None, *, of_plan: bool = True) -> PrivateCode:
    return PrivateCode(WrittenCode(value, PRIVATE_SCHEME, meaning), says, of_plan)


REMNANT_CODE: Final = _private("FLR", "Future liver remnant", "flr")
RESECTED_CODE: Final = _private("RESECTED", "Liver to be resected", "resected")
ABLATED_CODE: Final = _private("ABLATED", "Liver to be ablated", "ablated")
TERRITORY_CODE: Final = _private("TERRITORY", "Vascular territory of liver", "territory", of_plan=False)
CUT_CODE: Final = _private("CUT", "Cut between remnant and what leaves", None)
PRIVATE_CODES: Final = (REMNANT_CODE, RESECTED_CODE, ABLATED_CODE, TERRITORY_CODE, CUT_CODE)


@dataclass(frozen=True, slots=True)
class VesselKind:
    """A kind of vessel that distances, surfaces and reports tell apart.

    Parameters
    ----------
    key : str
        Canonical name that the names of this kind begin with.
    legend : str
        In legends and as the name of a surface.
    short : str
        In the columns of a table.
    colour : str
        ``"#RRGGBB"``; Paul Tol's muted palette, where the two trees differ in lightness as much as in hue.
    hue : str
        The colour in words.
    """

    key: str
    legend: str
    short: str
    colour: str
    hue: str


_KINDS: Final = (
    VesselKind("portal_vein", "Portal vein", "portal vein", "#AA4499", "purple"),
    VesselKind("hepatic_vein", "Hepatic veins", "hepatic vein", "#88CCEE", "pale blue"),
    VesselKind("hepatic_vessel", "Vessels of unknown kind", "vessel", "#BBBBBB", "grey"),
    VesselKind("ivc", "Inferior vena cava", "vena cava", "#6699CC", "blue"),
)
VESSEL_KINDS: Final[Mapping[str, VesselKind]] = MappingProxyType({kind.key: kind for kind in _KINDS})
"""Every kind of vessel by its key."""


def vessel_kind_of(name: str) -> str | None:
    """Key of the kind of vessel that a name stands for, or None; a kind's finer branches begin with its key.

    >>> vessel_kind_of("portal_vein_left"), vessel_kind_of("ivc"), vessel_kind_of("portal_splenic_vein")
    ('portal_vein', 'ivc', None)
    """
    return next((key for key in VESSEL_KINDS if name.startswith(key)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """What is known of one canonical name.

    Parameters
    ----------
    name : str
        Canonical name; ``<n>`` in it stands for every positive number.
    use : {"part", "tumour", "vessel", "nonfunctional", "not_liver", "drawn", "supply", "other"}
    tissue : Tissue or None
        What it is inside the liver; None for what is no tissue of the liver.
    part : str or None
        Key of the part of the liver that it is, as in :class:`flr.labels.Part`.
    prefix : str or None
        Names of a file's own that begin so, such as ``portal_vein_trunk``, are taken for this structure.
    encloses_only : bool
        Whether it also runs outside the liver, and belongs to it only where liver encloses it.
    is_sheath : bool
        Whether it accompanies the portal vein to the tissue that it serves: bile duct and hepatic artery.
    side : {"left", "right", "middle"} or None
        The side of the liver, or of the body, that it lies on; None for what is on either or on no side.
    side_of : str or None
        The name, or wider meaning, of which this one is the named side.
    read : tuple of ReadCode
        Standard codes by which it is recognised, its own one first.
    written : WrittenCode or None
        The code that an export gives it; None for what no export names. All nonfunctional tissue is exported
        as cyst, and every tumour or lesion by its number.
    colour : str or None
        ``"#RRGGBB"``; None for what is never drawn, and for parts, which are coloured in their order.
    words : str
        For people; an exported label, which is read back to the same name.
    """

    name: str
    use: Use
    tissue: Tissue | None = None
    part: str | None = None
    prefix: str | None = None
    encloses_only: bool = False
    is_sheath: bool = False
    side: Side | None = None
    side_of: str | None = None
    read: tuple[ReadCode, ...] = ()
    written: WrittenCode | None = None
    colour: str | None = None
    words: str = ""

    def __post_init__(self) -> None:
        if not self.words:
            object.__setattr__(self, "words", in_words(self.name))

    @property
    def snomed_ct(self) -> str | None:
        """Its own SNOMED CT code, or None where none was found."""
        return self.read[0].snomed_ct if self.read else None

    @property
    def vessel_kind(self) -> str | None:
        """Key of :data:`VESSEL_KINDS`; the splenic and portal confluence outside the liver has none."""
        return vessel_kind_of(self.name)

    @property
    def is_vessel(self) -> bool:
        """Whether it is a vein that the blood supply is told by; the great ones outside are too."""
        return self.use == "vessel" or self.vessel_kind is not None


def in_words(name: str) -> str:
    """A name with blanks and a capital: the words of a structure that needs no others.

    >>> in_words("left_lateral_section")
    'Left lateral section'
    """
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]


NUMERALS: Final[Mapping[str, str]] = MappingProxyType(
    dict(zip("12345678", ("I", "II", "III", "IV", "V", "VI", "VII", "VIII"), strict=True))
)
"""Number of a Couinaud segment to its Roman numeral."""

_GREY: Final = "#999999"

PART_COLOURS: Final = (
    *("#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7"),
    _GREY,
)
"""Okabe and Ito's palette, for the parts of one liver in their order; after the last the first follows."""

ABLATED_COLOUR: Final = "#CC79A7"
"""Of tissue that a plan destroys in place; it is drawn by no file, and so has no canonical name."""


def _segment(
    key: str,
    snomed_ct: str,
    srt: str | None = None,
    *,
    side: Side | None,
    written_as: str | None = None,
) -> Structure:
    numeral = NUMERALS[key[0]]
    return Structure(
        name=f"segment_{key}",
        use="part",
        tissue=Tissue.PARENCHYMA,
        part=key,
        side=side,
        read=(ReadCode(snomed_ct, srt),),
        written=WrittenCode(written_as or snomed_ct, "SCT", f"Hepatic segment {numeral}"),
        words=f"Liver segment {numeral}{key[1:]}",
    )


def _territory(name: str, *, side: Side | None = None, side_of: str | None = None) -> Structure:
    return Structure(
        name=name,
        use="part",
        tissue=Tissue.PARENCHYMA,
        part=name,
        side=side,
        side_of=side_of,
        written=TERRITORY_CODE.written,
    )


_NEOPLASM: Final = WrittenCode("108369006", "SCT", "Neoplasm")
_CYST: Final = WrittenCode("367643001", "SCT", "Cyst")
_TUMOUR_COLOUR: Final = "#F0E442"


def _tumour(
    name: str, *read: ReadCode, prefix: str | None = None, written: WrittenCode | None = None
) -> Structure:
    return Structure(
        name=name,
        use="tumour",
        tissue=Tissue.TUMOUR,
        prefix=prefix,
        read=read,
        written=written,
        colour=_TUMOUR_COLOUR,
    )


def _nonfunctional(
    name: str,
    *read: ReadCode,
    encloses_only: bool = False,
    is_sheath: bool = False,
    written: WrittenCode | None = None,
    words: str = "",
) -> Structure:
    return Structure(
        name=name,
        use="nonfunctional",
        tissue=Tissue.NONFUNCTIONAL,
        encloses_only=encloses_only,
        is_sheath=is_sheath,
        read=read,
        written=written,
        colour=_GREY,
        words=words,
    )


def _vessel(
    name: str,
    *read: ReadCode,
    prefix: str | None = None,
    side: Side | None = None,
    side_of: str | None = None,
) -> Structure:
    kind = vessel_kind_of(name)
    return Structure(
        name=name,
        use="vessel",
        tissue=Tissue.VESSEL,
        prefix=prefix,
        side=side,
        side_of=side_of,
        read=read,
        colour=VESSEL_KINDS[kind].colour if kind is not None else None,
    )


def _other(name: str, *read: ReadCode) -> Structure:
    return Structure(name=name, use="other", read=read)


def _pair(base: str) -> tuple[Structure, Structure]:
    return (
        Structure(name=f"{base}_left", use="other", side="left", side_of=base),
        Structure(name=f"{base}_right", use="other", side="right", side_of=base),
    )


def _compared(snomed_ct: str, srt: str | None = None) -> ReadCode:
    return ReadCode(snomed_ct, srt, "comparison")


def _in_liver(snomed_ct: str, srt: str) -> ReadCode:
    return ReadCode(snomed_ct, srt, "name_in_liver")


# Segments 4a and 4b are written with the code of segment IV, which every reader knows; their labels tell
# them apart, and their own codes are read.
STRUCTURES: Final = (
    Structure(
        name="liver",
        use="part",
        tissue=Tissue.PARENCHYMA,
        part="liver",
        read=(ReadCode("10200004", "T-62000"),),
        written=WrittenCode("10200004", "SCT", "Liver"),
        colour="#C8A27C",
    ),
    Structure(
        name="flr",
        use="drawn",
        written=REMNANT_CODE.written,
        colour="#009E73",
        words="Future liver remnant",
    ),
    Structure(name="resected", use="drawn", written=RESECTED_CODE.written, colour="#D55E00"),
    Structure(name=ABLATED_ZONE, use="drawn", words="Ablated zone"),
    _territory("right_hemiliver", side="right", side_of="liver"),
    _territory("left_hemiliver", side="left", side_of="liver"),
    _territory("left_lateral_section", side="left"),
    _segment("1", "71133005", "T-62023", side=None),
    _segment("2", "277956007", "T-D054F", side="left"),
    _segment("3", "277957003", "T-D0567", side="left"),
    _segment("4", "277958008", "T-D056A", side="left"),
    _segment("5", "277959000", "T-D056B", side="right"),
    _segment("6", "277960005", "T-D056C", side="right"),
    _segment("7", "277961009", "T-D056D", side="right"),
    _segment("8", "277962002", "T-D056E", side="right"),
    _segment("4a", "871688003", side="left", written_as="277958008"),
    _segment("4b", "871689006", side="left", written_as="277958008"),
    _territory("territory_<n>"),
    _tumour(
        "tumour",
        _in_liver("108369006", "M-8FFFF"),
        _in_liver("4147007", "M-03000"),
        _in_liver("86049000", "M-80003"),
        _in_liver("14799000", "M-80006"),
        written=_NEOPLASM,
    ),
    _tumour("tumour_<n>", prefix="tumour_", written=_NEOPLASM),
    _tumour("lesion", _in_liver("52988006", "M-01100")),
    _nonfunctional("cyst", _compared("367643001", "M-3340A"), written=_CYST),
    _nonfunctional("tace_site", words="TACE site"),
    _vessel("portal_vein", ReadCode("32764006", "T-48810"), prefix="portal_vein"),
    _vessel("portal_vein_left", ReadCode("70253006", "T-48814"), side="left", side_of="portal_vein"),
    _vessel("portal_vein_right", ReadCode("73931004", "T-48813"), side="right", side_of="portal_vein"),
    _vessel("portal_vein_right_anterior", side="right"),
    _vessel("portal_vein_right_posterior", side="right"),
    _vessel("portal_vein_segment_<n>"),
    _vessel("hepatic_vein", ReadCode("8993003", "T-48720"), prefix="hepatic_vein"),
    _vessel("hepatic_vein_right", ReadCode("272998002", "T-48725"), side="right", side_of="hepatic_vein"),
    _vessel("hepatic_vein_middle", ReadCode("273099000", "T-48726"), side="middle", side_of="hepatic_vein"),
    _vessel("hepatic_vein_left", ReadCode("273202007", "T-48727"), side="left", side_of="hepatic_vein"),
    _vessel("hepatic_vessel", _in_liver("59820001", "T-40000"), prefix="hepatic_vessel"),
    Structure(name="portal_splenic_vein", use="vessel", read=(ReadCode("110765007"),)),
    Structure(
        name="ivc",
        use="not_liver",
        read=(ReadCode("64131007", "T-48710"),),
        colour=VESSEL_KINDS["ivc"].colour,
        words=VESSEL_KINDS["ivc"].legend,
    ),
    Structure(name="svc", use="other", read=(_compared("48345005", "T-48610"),), words="Superior vena cava"),
    _other("aorta", ReadCode("15825003", "T-42000"), _compared("7832008")),
    Structure(
        name="artery",
        use="supply",
        is_sheath=True,
        read=(_compared("51114001", "T-41000"), _compared("76015000", "T-46420")),
    ),
    _nonfunctional("bile_duct", _compared("28273000", "T-60610"), encloses_only=True, is_sheath=True),
    Structure(name="gallbladder", use="not_liver", read=(ReadCode("28231008", "T-63000"),)),
    _other("spleen", ReadCode("78961009", "T-C3000")),
    *_pair("kidney"),
    *_pair("kidney_cyst"),
    _other("stomach", ReadCode("69695003", "T-57000")),
    _other("pancreas", ReadCode("15776009", "T-65000")),
    _other("duodenum", _compared("38848004", "T-58200")),
    _other("colon", _compared("71854001", "T-59300")),
    _other("esophagus", _compared("32849002", "T-56000")),
    *_pair("adrenal"),
    *_pair("lung"),
    _other("bladder", _compared("89837001", "T-74000")),
    _other("prostate_uterus"),
    _other(
        "bone",
        _compared("272673000", "T-D016E"),
        _compared("51282000", "T-11510"),
        _compared("113197003", "T-11300"),
    ),
    _other("skin", _compared("39937001", "T-01000")),
)
"""Every canonical name, in the order in which messages list them.

Codes are from the territories of Slicer-Liver and TotalSegmentator's SNOMED table; those of the Couinaud
segments were compared with the HL7 FHIR value set of body structures. No code was found for a remnant.
"""

FURTHER_CODES: Final[Mapping[str, tuple[ReadCode, ...]]] = MappingProxyType(
    {
        "vein": (_compared("29092000", "T-48000"),),
        "vessel": (_compared("59820001", "T-40000"),),
        "kidney": (_compared("64033007", "T-71000"),),
        "lung": (_compared("39607008", "T-28000"),),
        "adrenal": (_compared("23451007", "T-B3000"),),
        "small_bowel": (_compared("30315005", "T-58000"),),
        "heart": (_compared("80891009", "T-32000"),),
        "brain": (_compared("12738006", "T-A0100"),),
        "muscle": (_compared("71616004"), _compared("91727004")),
        "lymph_node": (_compared("59441001"),),
    }
)
"""Codes of meanings beside the canonical names; a segment's label is only held against them."""

SIDE_CODES: Final[tuple[tuple[ReadCode, Side | None], ...]] = (
    (ReadCode("24028007", "G-A100"), "right"),
    (ReadCode("7771000", "G-A101"), "left"),
    (ReadCode("51440002", "G-A102"), None),
)
"""Codes that narrow another one to a side; the last means both."""

SILENT_CODES: Final = (
    ReadCode("85756007", "T-D0050"),
    ReadCode("113343008", "T-D0060"),
    ReadCode("91772007"),
    ReadCode("91723000", "T-D0005"),
    ReadCode("123037004", "T-D000A"),
    ReadCode("49755003", "M-01000"),
)
"""Codes that say nothing of their own: the anatomic region beside them says where the segment lies."""


def _read_codes() -> Iterable[tuple[ReadCode, str]]:
    for structure in STRUCTURES:
        yield from ((code, structure.name) for code in structure.read)
    for meaning, codes in FURTHER_CODES.items():
        yield from ((code, meaning) for code in codes)


def _said_by(says: Says) -> Mapping[str, str]:
    return MappingProxyType({code.snomed_ct: name for code, name in _read_codes() if code.says == says})


NAMED_BY_CODE: Final = _said_by("name")
"""SNOMED CT code to the canonical name that it gives a segment."""

NAMED_IN_LIVER: Final = _said_by("name_in_liver")
"""SNOMED CT code to the canonical name that it gives a segment which is said to lie in the liver."""

COMPARED_BY_CODE: Final = _said_by("comparison")
"""SNOMED CT code to the meaning that a segment's label is held against; no segment is named by it."""

SNOMED_CT_BY_SRT: Final[Mapping[str, str]] = MappingProxyType(
    {
        code.srt: code.snomed_ct
        for code in (
            *(code for code, _ in _read_codes()),
            *(code for code, _ in SIDE_CODES),
            *SILENT_CODES,
        )
        if code.srt is not None
    }
)
"""SNOMED's older identifier to the present one."""

PRIVATE_BY_VALUE: Final[Mapping[str, PrivateCode]] = MappingProxyType(
    {code.written.value: code for code in PRIVATE_CODES}
)
"""Our own codes of structures by their value."""

_BY_NAME: Final = {structure.name: structure for structure in STRUCTURES}
_DIGITS: Final = "0123456789"


def structure_named(name: str) -> Structure | None:
    """The record of a canonical name, a number filled in; None for every other name.

    >>> structure_named("tumour_12").name, structure_named("tumour_0"), structure_named("tumour_<n>")
    ('tumour_<n>', None, None)
    """
    if NUMBER in name:
        return None
    if name in _BY_NAME:
        return _BY_NAME[name]
    stem = name.rstrip(_DIGITS)
    number = name[len(stem) :]
    return None if number[:1] in ("", "0") else _BY_NAME.get(stem + NUMBER)


def structure_of(name: str) -> Structure | None:
    """The record that a name is treated by: its own, or the one whose finer branches are called so.

    >>> structure_of("portal_vein_trunk").name, structure_of("spleen").use, structure_of("Portal vein")
    ('portal_vein', 'other', None)
    """
    found = structure_named(name)
    if found is not None:
        return found
    return next((one for one in STRUCTURES if one.prefix and name.startswith(one.prefix)), None)


def colour_of(name: str) -> str:
    """Colour of a canonical name, ``"#RRGGBB"``. Raises KeyError for what is never drawn in its own colour.

    >>> colour_of("liver"), colour_of("tumour_7")
    ('#C8A27C', '#F0E442')
    """
    structure = structure_named(name)
    if structure is None or structure.colour is None:
        raise KeyError(f"{name!r} has no colour in the table of structures")
    return structure.colour


def words_of(name: str) -> str:
    """Words of a canonical name for people, its number filled in; of another name its own, written out.

    >>> words_of("segment_4a"), words_of("tumour_2"), words_of("right_hemiliver"), words_of("caudal_part")
    ('Liver segment IVa', 'Tumour 2', 'Right hemiliver', 'Caudal part')
    """
    structure = structure_named(name)
    if structure is None:
        return in_words(name)
    return structure.words.replace(NUMBER, name[len(name.rstrip(_DIGITS)) :])


def parts_on_side(side: Side) -> frozenset[str]:
    """Keys of the parts of the liver that lie wholly on one side of it; segment 1 lies on none.

    >>> sorted(parts_on_side("right"))
    ['5', '6', '7', '8', 'right_hemiliver']
    """
    return frozenset(one.part for one in STRUCTURES if one.part is not None and one.side == side)


def names_where(holds: Callable[[Structure], bool]) -> tuple[str, ...]:
    """The canonical names whose record fulfils a condition, in the order of the table.

    >>> names_where(lambda structure: structure.use == "not_liver")
    ('ivc', 'gallbladder')
    """
    return tuple(structure.name for structure in STRUCTURES if holds(structure))


SHEATH: Final = names_where(lambda structure: structure.is_sheath)
"""What runs beside the portal vein to the tissue that it serves: artery and bile duct."""

DRAWN: Final = names_where(lambda structure: structure.use == "drawn" and structure.name != ABLATED_ZONE)
"""Names of drawn plans: what stays, and what leaves."""
