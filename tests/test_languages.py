"""Names in other languages are known whole, and nothing is guessed from a part of them."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from phantoms import couinaud_egg

import flr
from flr.labels.names import canonical_name

ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII")


@pytest.mark.parametrize(
    "spelled",
    [
        "Lebersegment {}",
        "Leber-Segment {}",
        "LEBERSEGMENT_{}",
        "Leber Seg. {}",
        "Segment {} der Leber",
        "Segment hépatique {}",
        "segment hepatique {}",
        "Foie segment {}",
        "Segment {} du foie",
        "Segmento {}",
        "Segmento hepático {}",
        "Segmento {} del hígado",
        "Segmento epatico {}",
        "Segmento {} do fígado",
        "Leversegment {}",
        "Karaciğer segment {}",
        "KARACİĞER SEGMENTİ {}",
        "Karaciğer Segmenti_{}",
    ],
)
def test_every_segment_in_arabic_and_roman_numbers(spelled: str) -> None:
    for number, roman in enumerate(ROMAN, start=1):
        assert canonical_name(spelled.format(number)) == f"segment_{number}"
        assert canonical_name(spelled.format(roman)) == f"segment_{number}"
    assert canonical_name(spelled.format("4a")) == "segment_4a"
    assert canonical_name(spelled.format("IV b")) == "segment_4b"
    assert canonical_name(spelled.format("5a")) is None
    assert canonical_name(spelled.format("9")) is None


@pytest.mark.parametrize(
    ("own", "known"),
    [
        ("Lebersegment 2 links", "segment_2"),
        ("linkes Lebersegment IVa", "segment_4a"),
        ("Segment 4a links", "segment_4a"),
        ("Liver segment 7 right", "segment_7"),
        ("Segment hépatique VI droit", "segment_6"),
        ("Segmento 3 del hígado izquierdo", "segment_3"),
        ("Karaciğer segment 8 sağ", "segment_8"),
    ],
)
def test_a_side_may_stand_with_a_segment_of_that_side(own: str, known: str) -> None:
    assert canonical_name(own) == known


@pytest.mark.parametrize(
    "own",
    [
        "Segment 4 links",  # of the lung as well
        "Segment 6 rechts",
        "Segmento 5 derecho",
        "Lebersegment 4 rechts",  # contradicts itself
        "Segment 4b rechts",
        "Liver segment 7 left",
        "linkes Lebersegment 2 rechts",
        "Lebersegment 1 links",  # the caudate lobe is of neither side
        "Lungensegment 4",
        "Nierensegment 4a",
        "Lebersegmente 5-8",
        "Lebersegment 4 Rest",
        "Lebersegmentgrenze 4",
        "ohne Lebersegment 4",
        "Restleber",  # what stays, or what is left over by a program
        "Leberlappen links",
        "Rate",
        "vésicule",
        "Leber Segment",
    ],
)
def test_what_could_mean_something_else_keeps_its_own_name(own: str) -> None:
    assert canonical_name(own) is None


@pytest.mark.parametrize(
    ("names", "known"),
    [
        (("Hígado", "higado", "Karaciğer", "KARACİĞER", "Fegato", "Lever", "Gesamte Leber"), "liver"),
        (("Zukünftige Restleber", "zukuenftiger Leberrest", "Futur foie restant"), "flr"),
        (("Lebermetastasen", "Tumeur hépatique", "Metástasis", "Tümör"), "tumour"),
        (("Läsion", "Laesion", "Lésion", "Lesión", "Lezyon"), "lesion"),
        (("Leberzyste", "Kyste hépatique", "Quiste", "Kist"), "cyst"),
        (("Gallenblase", "Vésicule biliaire", "vesicula biliar", "Safra kesesi"), "gallbladder"),
        (("Pfortader", "Veine porte", "Vena porta", "Portal ven"), "portal_vein"),
        (("Lebervenen", "Veines sus-hépatiques", "Venas suprahepáticas", "Hepatik venler"), "hepatic_vein"),
        (("Vena cava inferior", "Veine cave inférieure"), "ivc"),
        (("Milz", "Bazo", "Dalak"), "spleen"),
    ],
)
def test_structures_by_their_names(names: tuple[str, ...], known: str) -> None:
    assert {name: canonical_name(name) for name in names} == dict.fromkeys(names, known)


def _with_table(folder: Path, names: dict[int, str]) -> Path:
    """A map whose numbers say nothing: segment n has the value 10 × (9 − n)."""
    voxels, grid = couinaud_egg((4.0, 4.0, 4.0), left_border_mm=-28.0, margin_mm=24.0)
    stored = np.where(voxels > 0, 10 * (9 - voxels.astype(int)), 0).astype(np.uint8)
    path = folder / "map.nii.gz"
    nib.Nifti1Image(stored, grid.index_to_world_mm).to_filename(path)
    rows = [f"{value}\t{name}" for value, name in names.items()]
    (folder / "map.tsv").write_text("\n".join(["index\tname", *rows]) + "\n", encoding="utf-8")
    return path


def _flag(path: Path) -> tuple[str, float, set[str]]:
    patient = flr.Patient(weight_kg=60, height_cm=165, condition="normal")
    liver = flr.read_liver(path, tumours="none", reviewed=True)
    result = flr.assess(liver, flr.parse_plan("H67"), patient)
    errors = {finding.check for finding in result.quality if finding.severity == "error"}
    return result.flag, result.measures.flr_ml, errors


def test_a_german_table_of_names_is_as_good_as_an_english_one(tmp_path: Path) -> None:
    answers = []
    for folder, name in (("de", "Lebersegment {}"), ("en", "liver segment {}")):
        (tmp_path / folder).mkdir()
        table = {10 * (9 - n): name.format(ROMAN[n - 1]) for n in range(1, 9)}
        answers.append(_flag(_with_table(tmp_path / folder, table)))
    assert answers[0] == answers[1]
    assert answers[0][0] == "adequate"
    assert answers[0][2] == set()


def test_names_exchanged_in_another_language_reassure_no_more_than_in_english(tmp_path: Path) -> None:
    table = {10 * (9 - n): f"Segmento hepático {n}" for n in range(1, 9)}
    table[10 * (9 - 2)], table[10 * (9 - 6)] = table[10 * (9 - 6)], table[10 * (9 - 2)]
    flag, _, errors = _flag(_with_table(tmp_path, table))
    assert flag == "indeterminate"
    assert "shifted_labels" in errors


def test_a_segment_whose_name_contradicts_itself_is_no_segment(tmp_path: Path) -> None:
    table = {10 * (9 - n): f"Lebersegment {n}" for n in range(1, 9)}
    table[10 * (9 - 4)] = "Lebersegment 4 rechts"
    flag, _, errors = _flag(_with_table(tmp_path, table))
    assert flag == "indeterminate"
    assert {"labels_unaccounted", "segment_missing"} & errors
