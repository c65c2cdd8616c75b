"""Every canonical name has one record, and readers, exporters and viewers do what it says."""

from __future__ import annotations

import inspect
import json
import re
from collections import Counter
from pathlib import Path
from typing import get_args

import pytest

import flr
from flr.cli.assess import parser
from flr.cohort.manifest import PATH_COLUMNS
from flr.dicom.codes import CodedSegment, is_own_result, meaning_of_code, names_by_code
from flr.io.case import case_schema
from flr.labels import (
    COUINAUD_KEYS,
    ROLES,
    canonical_name,
    canonical_names,
    is_canonical,
    load_schemes,
    snomed_ct,
)
from flr.labels.meanings import WIDER
from flr.palette import COLOURS
from flr.structures import (
    ABLATED_COLOUR,
    DRAWN,
    FURTHER_CODES,
    NUMBER,
    PART_COLOURS,
    PRIVATE_CODES,
    PRIVATE_SCHEME,
    ROLE_NAMES,
    SIDE_CODES,
    SILENT_CODES,
    SNOMED_CT_BY_SRT,
    STRUCTURES,
    VESSEL_KINDS,
    Role,
    Structure,
    Tissue,
    colour_of,
    option_of,
    structure_named,
    structure_of,
    vessel_kind_of,
    words_of,
)
from flr.territories import HEPATIC_NAMES, PORTAL_NAMES
from flr.write.dicom.codes import private_code_values
from flr.write.dicom.structures import part_label

LIVER = ("SCT", "10200004", "Liver")
ALL_CODES = [
    *(code for structure in STRUCTURES for code in structure.read),
    *(code for codes in FURTHER_CODES.values() for code in codes),
    *(code for code, _ in SIDE_CODES),
    *SILENT_CODES,
]


def example(structure: Structure) -> str:
    """The name itself, a number filled in."""
    return structure.name.replace(NUMBER, "3")


NAMES = [pytest.param(structure, id=structure.name) for structure in STRUCTURES]


# One record each


def test_every_name_has_one_record() -> None:
    assert len(set(canonical_names())) == len(STRUCTURES)
    for structure in STRUCTURES:
        assert structure_named(example(structure)) is structure
        assert structure_of(example(structure)) is structure


def test_every_meaning_of_every_scheme_has_a_record() -> None:
    meanings = {
        meaning
        for scheme in load_schemes().values()
        for table in (scheme.labels, scheme.aliases, scheme.names)
        for meaning in table.values()
    }
    assert [m for m in sorted(meanings) if structure_named(m.replace(NUMBER, "7")) is None] == []


def test_the_table_of_schemes_repeats_none_of_it() -> None:
    text = (Path(flr.__file__).parent / "label_schemes.json").read_text(encoding="utf-8")
    assert not {"canonical", "snomed_ct"} & json.loads(text)["_meta"].keys()


@pytest.mark.parametrize(
    "name", ["territory_<n>", "tumour_0", "tumour_01", "segment_9", "portal_veins", "Liver", "", "3", "<n>"]
)
def test_what_is_no_canonical_name(name: str) -> None:
    assert structure_named(name) is None
    assert not is_canonical(name)
    assert snomed_ct(name) is None


@pytest.mark.parametrize(
    ("name", "taken_as"),
    [
        ("portal_vein_trunk", "portal_vein"),
        ("hepatic_vein_accessory", "hepatic_vein"),
        ("tumour_left", "tumour_<n>"),
        ("tumours", None),
        ("segment_9", None),
        ("liver_left", None),
        ("cyst_2", None),
        ("ivc_filter", None),
    ],
)
def test_only_vessels_and_tumours_have_finer_names_of_a_file(name: str, taken_as: str | None) -> None:
    structure = structure_of(name)
    assert (structure.name if structure else None) == taken_as


# What a record says hangs together


@pytest.mark.parametrize("structure", NAMES)
def test_a_record_is_consistent(structure: Structure) -> None:
    tissues = {
        "part": Tissue.PARENCHYMA,
        "tumour": Tissue.TUMOUR,
        "nonfunctional": Tissue.NONFUNCTIONAL,
        "vessel": Tissue.VESSEL,
    }
    outside = structure.name == "portal_splenic_vein"
    assert structure.tissue == (None if outside else tissues.get(structure.use))
    assert (structure.part is not None) == (structure.use == "part")
    assert structure.encloses_only <= (structure.use == "nonfunctional")
    if structure.vessel_kind is not None:
        assert structure.is_vessel
        assert structure.colour == VESSEL_KINDS[structure.vessel_kind].colour
    if structure.side_of is not None:
        assert structure.side is not None
        assert structure.side_of in canonical_names() or structure.side_of in (*WIDER, "kidney_cyst")
    for code in structure.read:
        assert code.says != "name_in_liver" or structure.use in ("tumour", "vessel")


@pytest.mark.parametrize("structure", NAMES)
def test_words_and_colours_are_there_where_they_are_needed(structure: Structure) -> None:
    assert structure.words[0].isupper()
    assert "_" not in structure.words
    is_plan = structure.name in DRAWN
    exported = structure.use == "part" or is_plan or structure.name in ("tumour", "tumour_<n>", "cyst")
    assert (structure.written is not None) == exported
    coloured_in_order = structure.use == "part" and structure.name != "liver"
    pictured = structure.vessel_kind is not None or structure.use in ("tumour", "nonfunctional") or is_plan
    assert (structure.colour is not None) == (pictured or structure.name == "liver")
    assert coloured_in_order <= (structure.colour is None)
    if structure.colour is not None:
        assert re.fullmatch("#[0-9A-F]{6}", structure.colour)
        assert colour_of(example(structure)) == structure.colour


def test_what_is_never_drawn_has_no_colour() -> None:
    with pytest.raises(KeyError, match="spleen"):
        colour_of("spleen")


def test_every_kind_of_vessel_is_a_name_and_can_be_told_apart() -> None:
    for key in VESSEL_KINDS:
        assert vessel_kind_of(key) == key
        assert structure_named(key) is not None
    kinds = VESSEL_KINDS.values()
    for field in ("legend", "short", "colour", "hue"):
        assert len({getattr(kind, field) for kind in kinds}) == len(kinds)


def test_no_two_things_in_one_picture_have_one_colour() -> None:
    assert len(set(PART_COLOURS)) == len(PART_COLOURS)
    shown = [colour_of(name) for name in ("flr", "resected", "tumour", "cyst", *VESSEL_KINDS)]
    assert len({*shown, ABLATED_COLOUR}) == len(shown) + 1
    assert set(COLOURS.values()) >= {colour_of(n) for n in ("flr", "resected", "tumour", "cyst")}


# Codes


def test_a_code_says_one_thing() -> None:
    """Only "blood vessel" is two: a vessel of the liver where it lies there, any vessel otherwise."""
    said = Counter(code.snomed_ct for code in ALL_CODES)
    assert [code for code, times in said.items() if times > 1] == ["59820001"]
    assert Counter((code.snomed_ct, code.says) for code in ALL_CODES).most_common(1)[0][1] == 1
    assert len(set(SNOMED_CT_BY_SRT.values())) == len(SNOMED_CT_BY_SRT)
    for srt, code in SNOMED_CT_BY_SRT.items():
        assert {one.srt for one in ALL_CODES if one.snomed_ct == code} == {srt}


@pytest.mark.parametrize("structure", NAMES)
def test_the_reader_takes_a_code_for_what_its_record_says(structure: Structure) -> None:
    for code in structure.read:
        spellings = [("SCT", code.snomed_ct), *([("SRT", code.srt)] if code.srt else [])]
        for scheme, value in spellings:
            told = (scheme, value, "")
            segment = CodedSegment(1, "", told, LIVER if code.says == "name_in_liver" else None)
            names = names_by_code([segment])
            if code.says == "comparison":
                assert names.by_value == {1: "segment number 1"}
                assert meaning_of_code(told) == structure.name
            else:
                assert names.by_value == {1: structure.name}


def test_a_further_code_names_no_segment() -> None:
    for meaning, codes in FURTHER_CODES.items():
        assert structure_named(meaning) is None
        for code in codes:
            told = ("SCT", code.snomed_ct, "")
            assert names_by_code([CodedSegment(1, "", told)]).by_value == {1: "segment number 1"}
            assert meaning_of_code(told) == meaning


@pytest.mark.parametrize(
    "structure", [pytest.param(s, id=s.name) for s in STRUCTURES if s.written is not None]
)
def test_what_is_written_is_read_back_and_contradicts_nothing(structure: Structure) -> None:
    written = structure.written
    assert written is not None
    label = words_of(example(structure))
    told = (written.scheme, written.value, written.meaning)
    names = names_by_code([CodedSegment(1, label, told, LIVER)])
    assert names.contradictions == ()
    assert canonical_name(names.by_value[1]) == example(structure)


def test_our_own_codes_stand_in_one_table() -> None:
    values = [code.written.value for code in PRIVATE_CODES]
    assert len(set(values)) == len(values)
    listed = {(concept.value, concept.meaning) for concept in private_code_values()}
    for code in PRIVATE_CODES:
        assert code.written.scheme == PRIVATE_SCHEME
        assert (code.written.value, code.written.meaning) in listed
        told = (PRIVATE_SCHEME.lower(), code.written.value.lower(), "")
        assert meaning_of_code(told) == code.says
        assert is_own_result(told) == code.of_plan
        assert code.says is None or is_canonical(code.says) or code.says in WIDER
    for concept in private_code_values():
        if concept.value not in values:
            assert not is_own_result((PRIVATE_SCHEME, concept.value, ""))


@pytest.mark.parametrize("key", COUINAUD_KEYS)
def test_the_label_of_a_part_is_read_back(key: str) -> None:
    assert canonical_name(part_label(key)) == f"segment_{key}"


# Tables elsewhere that are keyed by canonical names


def test_every_branch_has_a_short_name() -> None:
    """Territories are found per branch; a branch without a short name would be left out of its tree."""
    for kind, names in (("portal_vein", PORTAL_NAMES), ("hepatic_vein", HEPATIC_NAMES)):
        branches = {
            structure.name.replace(NUMBER, str(number))
            for structure in STRUCTURES
            if structure.vessel_kind == kind and structure.name != kind
            for number in range(1, 9)
        }
        assert names.keys() == branches


def test_every_role_is_one_everywhere() -> None:
    assert tuple(ROLES) == ROLE_NAMES == get_args(Role)
    arguments = [inspect.signature(door).parameters for door in (flr.read_liver, flr.liver_from_labels)]
    for known in arguments:  # they are handed on in this order
        assert [name for name in known if name in ROLE_NAMES] == list(ROLE_NAMES)
    assert ("inputs", *ROLE_NAMES, "image", "second_reader") == PATH_COLUMNS
    scan = case_schema()["$defs"]["Scan"]["properties"]
    options = {option for action in parser()._actions for option in action.option_strings}
    assert set(ROLE_NAMES) <= scan.keys()
    assert {option_of(role) for role in ROLE_NAMES} <= options
    for name in ROLES.values():
        assert is_canonical(name.replace(NUMBER, "1"))
