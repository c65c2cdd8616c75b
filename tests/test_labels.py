"""Label schemes, names, detection, roles and label maps."""

from __future__ import annotations

import json
import pickle
import re
from pathlib import Path

import numpy as np
import pytest
from phantoms import couinaud_block, write_nifti

import flr
from flr.cli.entry import main
from flr.errors import GeometryError, LabelError, ReadError, UsageError
from flr.geometry import Grid
from flr.labels import (
    LabelMap,
    LabelScheme,
    Part,
    canonical_name,
    canonical_names,
    describe_candidates,
    detect,
    detect_names,
    find_scheme,
    foreground_values,
    is_canonical,
    load_schemes,
    map_role,
    parse_label_option,
    part_of,
    scheme_from_json,
    snomed_ct,
)
from flr.quality import QualityFinding

COUINAUD_9 = {**dict(zip((1, 2, 3), "123", strict=True)), 4: "4a", 5: "4b", 6: "5", 7: "6", 8: "7", 9: "8"}


# Parts and tissues


def test_parts_sort_in_anatomical_order() -> None:
    keys = ["territory_10", "8", "4b", "territory_2", "4a", "1", "5"]
    ordered = sorted((Part(key) for key in keys), key=lambda part: part.order)
    assert [part.key for part in ordered] == ["1", "4a", "4b", "5", "8", "territory_2", "territory_10"]


@pytest.mark.parametrize("key", ["1", "4a", "8", "territory_3", "right_hemiliver", "liver"])
def test_part_and_canonical_name_are_inverse(key: str) -> None:
    assert part_of(Part(key).canonical) == Part(key)


@pytest.mark.parametrize(
    "name", ["segment_9", "segment_0", "territory_0", "spleen", "tumour", "flr", "segment_"]
)
def test_what_is_no_part(name: str) -> None:
    assert part_of(name) is None


# Schemes


def test_all_shipped_schemes_load_with_their_sources() -> None:
    schemes = load_schemes()
    assert len(schemes) == 42
    assert all(scheme.source for scheme in schemes.values())
    for scheme in schemes.values():
        for meaning in (*scheme.labels.values(), *scheme.aliases.values(), *scheme.names.values()):
            assert is_canonical(meaning.replace("<n>", "1")), (scheme.name, meaning)


def test_a_canonical_name_means_itself_in_every_scheme_that_uses_it() -> None:
    canonical = {name.replace("<n>", "7") for name in canonical_names()}
    for name in canonical:
        assert canonical_name(name) == canonical_name(name.replace("_", " ").upper()) == name
    for scheme in load_schemes().values():
        for own, meaning in scheme.names.items():
            spelled = own.replace(" ", "_")
            assert spelled not in canonical or spelled == meaning, (scheme.name, own)


def test_scheme_details_that_decide_volumes() -> None:
    schemes = load_schemes()
    assert schemes["lits"].liver_includes_tumour is False
    assert schemes["crlm_tcia"].liver_includes_tumour is True
    assert schemes["totalsegmentator_total"].subset
    assert schemes["couinaud_9_4ab"].labels == {v: f"segment_{key}" for v, key in COUINAUD_9.items()}
    assert schemes["crlm_tcia"].meaning(2) == "flr"
    assert schemes["crlm_tcia"].meaning(5) == "tumour_1"
    assert schemes["crlm_tcia"].meaning(9) == "tumour_5"
    assert schemes["chaos_mr"].meaning(58) == "liver"
    assert schemes["chaos_mr"].meaning(71) is None
    assert schemes["slicer_liver"].canonical("Tumor-07") == "tumour_7"


def test_snomed_codes_carry_no_remarks() -> None:
    assert snomed_ct("segment_4a") == "871688003"
    assert snomed_ct("tumour") == "108369006"
    assert snomed_ct("territory_1") is None


def test_scheme_refuses_strays_unless_subset() -> None:
    with pytest.raises(LabelError, match=r"labels \[9\].*couinaud_8.*--labels"):
        find_scheme("couinaud_8").mapping([0, 1, 9])
    assert find_scheme("totalsegmentator_total").mapping([0, 5, 99]) == {5: "liver", 99: "label_99"}
    with pytest.raises(LabelError, match=r"\[-3\]"):
        find_scheme("totalsegmentator_total").mapping([-3, 5])


def test_unknown_scheme_names_the_closest() -> None:
    with pytest.raises(LabelError, match="did you mean couinaud_8"):
        find_scheme("couinaud8")


def test_schemes_can_be_pickled_and_hashed() -> None:
    scheme = find_scheme("couinaud_8")
    assert pickle.loads(pickle.dumps(scheme)) == scheme
    assert len({scheme, find_scheme("couinaud_8")}) == 1


def _write(folder: Path, content: object) -> Path:
    path = folder / "site.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "content",
    [
        {"name": "ours", "labels": {"3": "liver", "7": "tumour_2"}},
        {"ours": {"source": "this hospital", "labels": {"3": "liver", "7": "tumour_2"}}},
    ],
)
def test_site_scheme_in_both_shapes(tmp_path: Path, content: object) -> None:
    scheme = scheme_from_json(_write(tmp_path, content))
    assert (scheme.name, scheme.labels) == ("ours", {3: "liver", 7: "tumour_2"})


def test_site_scheme_with_names(tmp_path: Path) -> None:
    scheme = scheme_from_json(_write(tmp_path, {"labels": {"Leber": "liver", "Metastase <n>": "tumour_<n>"}}))
    assert scheme.name == "site"
    assert scheme.canonical("LEBER") == "liver"
    assert scheme.canonical("metastase_04") == "tumour_4"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "not JSON"),
        ([1], "holds a list"),
        ({}, "0 entries"),
        ({"labels": {}}, "no labels"),
        ({"labels": {"1": "segmnt_5"}}, "did you mean segment_"),
        ({"labels": {"1": "tumour_0"}}, "no canonical name"),
        ({"labels": {"0": "liver"}}, "positive whole numbers"),
        ({"labels": {"-1": "liver"}}, "positive whole numbers"),
        ({"labels": {"1.5": "liver"}}, "positive whole numbers"),
        ({"labels": {"1": 5}}, "no canonical name"),
        ({"labels": [1]}, "expected an object"),
        ({"labels": {"1": "liver"}, "lables": {}}, "unknown keys"),
        ({"labels": {"1": "liver"}, "subset": "yes"}, "true or false"),
        ({"labels": {"1": "liver"}, "n_labels": 0}, "positive whole number"),
        ({"labels": {"1": "liver"}, "source": 3}, "expected text"),
        ({"name": " ", "labels": {"1": "liver"}}, "expected text"),
        ('{"labels": {"1": "liver", "1": "tumour"}}', "more than once"),
        ({"a": {"labels": {"1": "liver"}}, "b": {"labels": {"1": "liver"}}}, "2 entries"),
    ],
)
def test_bad_site_scheme_is_refused(tmp_path: Path, content: object, message: str) -> None:
    with pytest.raises(LabelError, match=message):
        scheme_from_json(_write(tmp_path, content))


def test_missing_or_binary_site_scheme(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"absent\.json"):
        scheme_from_json(tmp_path / "absent.json")
    binary = tmp_path / "site.json"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ReadError, match="UTF-8"):
        scheme_from_json(binary)


# Names


@pytest.mark.parametrize(
    ("own", "canonical"),
    [
        ("Liver", "liver"),
        (" LIVER ", "liver"),
        ("Liver Remnant", "flr"),
        ("Liver_Remnant", "flr"),
        ("inferior_vena_cava", "ivc"),
        ("portal_vein_and_splenic_vein", "portal_splenic_vein"),
        ("liver_segment_5", "segment_5"),
        ("Segment VIII", "segment_8"),
        ("Liver Segment IVa", "segment_4a"),
        ("seg 4B", "segment_4b"),
        ("S7", "segment_7"),
        ("couinaud_2", "segment_2"),
        ("livertumor01", "tumour_1"),
        ("livertumor12", "tumour_12"),
        ("Tumor_12", "tumour_12"),
        ("lesion 3", "tumour_3"),
        ("GTV-2", "tumour_2"),
        ("livertumors", "tumour"),
        ("livercyst2", "cyst"),
        ("liverkyst", "cyst"),
        ("venoussystem", "hepatic_vein"),
        ("territory_4", "territory_4"),
        ("Caudate lobe", "segment_1"),
        ("cancer", "tumour"),
        ("adrenal_gland_left", "adrenal_left"),
    ],
)
def test_names_met_in_the_wild(own: str, canonical: str) -> None:
    assert canonical_name(own) == canonical


@pytest.mark.parametrize(
    "own",
    [
        "hepatic",
        "vertebrae_L2",
        "segment 9",
        "segment 5a",
        "segment 0",
        "liver 2",
        "tumour 0",
        "",
        "12",
        "sacrum",
    ],
)
def test_names_that_say_nothing_certain(own: str) -> None:
    assert canonical_name(own) is None


def test_hepatic_alone_needs_its_context() -> None:
    assert canonical_name("Hepatic", "crlm_tcia") == "hepatic_vein"
    assert canonical_name("Hepatic", "hcc_tace_seg") is None
    full = {1: "Liver", 2: "Liver Remnant", 3: "Hepatic", 4: "Portal", 5: "Tumor_1"}
    found = detect(full, full)
    assert found.scheme is not None
    assert found.scheme.name == "crlm_tcia"
    assert list(found.mapping.values()) == ["liver", "flr", "hepatic_vein", "portal_vein", "tumour_1"]
    assert detect({1, 2}, {1: "Liver", 2: "Hepatic"}).mapping == {1: "liver", 2: "Hepatic"}


def test_unknown_scheme_context_is_refused() -> None:
    with pytest.raises(LabelError, match="no label scheme"):
        canonical_name("liver", "no_such_scheme")


def test_every_own_name_of_every_scheme_is_found_in_its_context() -> None:
    for scheme in load_schemes().values():
        for own, canonical in scheme.names.items():
            filled, expected = own.replace("<n>", "3"), canonical.replace("<n>", "3")
            assert canonical_name(filled, scheme.name) == expected, (scheme.name, own)


# Detection from names


def test_names_beat_integers() -> None:
    swapped = {1: "tumor", 2: "liver"}
    found = detect({0, 1, 2}, swapped)
    assert found.mapping == {1: "tumour", 2: "liver"}
    assert found.scheme is not None
    assert (found.scheme.name, found.scheme.labels) == ("names", found.mapping)


def test_named_label_map_reports_the_scheme_that_fits() -> None:
    found = detect({0, 1, 2}, {0: "background", 1: "liver", 2: "cancer"})
    assert found.scheme is not None
    assert (found.scheme.name, found.scheme.liver_includes_tumour) == ("lits", False)
    excluding = detect({1, 2}, {1: "Liver", 2: "Mass", 3: "Portal vein", 4: "Abdominal aorta"})
    assert excluding.scheme is not None
    assert (excluding.scheme.name, excluding.scheme.liver_includes_tumour) == ("hcc_tace_seg", False)


def test_unknown_names_and_unnamed_values_are_kept_apart() -> None:
    found = detect({1, 2, 3}, {1: "liver", 2: " Weird Thing "})
    assert found.mapping == {1: "liver", 2: "Weird Thing", 3: "label_3"}


@pytest.mark.parametrize("name", ["Segment_1", "Segment-1", "segment-1", "Label 1", "label_1", "1"])
def test_names_made_up_by_programs_are_no_names(name: str) -> None:
    found = detect({0, 1}, {1: name})
    assert found.scheme is None
    assert found.mapping == {1: "label_1"}


def test_a_whole_set_of_program_names_is_taken_for_couinaud() -> None:
    whole = {n: f"Segment_{n}" for n in range(1, 9)}
    assert detect(whole, whole).mapping == {n: f"segment_{n}" for n in range(1, 9)}
    with_halves = {n: f"Segment_{key}" for n, key in COUINAUD_9.items()}
    assert detect(with_halves, with_halves).mapping == {n: f"segment_{key}" for n, key in COUINAUD_9.items()}


def test_slicer_liver_territories_are_not_couinaud() -> None:
    found = detect({1, 54, 55}, {1: "liver", 54: "Segment-1", 55: "segment-2"})
    assert found.mapping == {1: "liver", 54: "territory_1", 55: "territory_2"}


def test_numbered_dicom_segments_are_named_whatever_their_number() -> None:
    assert detect({1, 2}, {1: "Segment 5", 2: "Segment 6"}).mapping == {1: "segment_5", 2: "segment_6"}


def test_negative_labels_are_refused() -> None:
    with pytest.raises(LabelError, match="label -1 is negative"):
        detect({-1, 0, 1}, {})


# Folders of masks


def test_folder_of_totalsegmentator_masks() -> None:
    found = detect_names(
        ["liver", "inferior_vena_cava", "portal_vein_and_splenic_vein", "liver_segment_4", "rib_left_1"]
    )
    assert found.scheme.name == "totalsegmentator_files"
    assert found.mapping == {
        "liver": "liver",
        "inferior_vena_cava": "ivc",
        "portal_vein_and_splenic_vein": "portal_splenic_vein",
        "liver_segment_4": "segment_4",
        "rib_left_1": "rib_left_1",
    }


def test_folder_of_abdomenatlas_and_ircadb_masks() -> None:
    assert (
        detect_names(["liver", "postcava", "gall_bladder", "liver_tumor"]).scheme.name == "abdomenatlas_files"
    )
    ircadb = detect_names(
        ["liver", "livertumor01", "livertumor02", "venoussystem", "portalvein", "leftkidney"]
    )
    assert ircadb.scheme.name == "ircadb01"
    assert ircadb.mapping["livertumor02"] == "tumour_2"
    assert ircadb.mapping["leftkidney"] == "kidney_left"


def test_folder_that_no_scheme_explains_keeps_names() -> None:
    found = detect_names(["leber", "Segment_1", "my_mask"])
    assert found.scheme.name == "names"
    assert found.mapping == {"leber": "liver", "Segment_1": "Segment_1", "my_mask": "my_mask"}


# Detection from integers


@pytest.mark.parametrize(
    ("values", "name"),
    [
        (range(9), "couinaud_8"),
        (range(1, 15), "btcv_14"),
        (range(1, 16), "amos22"),
        ((63, 126, 189, 252), "chaos_mr"),
    ],
)
def test_unique_equal_label_set_is_taken(values: range, name: str) -> None:
    found = detect(values, {})
    assert found.scheme is not None
    assert found.scheme.name == name
    assert found.mapping == find_scheme(name).mapping(values)


@pytest.mark.parametrize(
    ("values", "among"),
    [
        ((1,), {"dcmqi_test", "totalsegmentator_liver_lesions"}),
        ((255,), {"chaos_ct"}),
        ((1, 2), {"lits", "msd_task08_hepaticvessel"}),
        (range(1, 8), {"couinaud_8", "couinaud_9_4ab", "totalsegmentator_total"}),
        (range(1, 13), {"couinaud_9_4ab_lesions_abc", "couinaud_9_4ab_lesions_d"}),
        (range(1, 14), {"btcv", "flare22"}),
        ((5,), {"totalsegmentator_total", "moose_clin_ct_organs"}),
        ((1, 2, 3, 4, 5, 6, 7, 52, 63, 64), {"totalsegmentator_total", "vista3d"}),
    ],
)
def test_collisions_are_refused_with_candidates(values: range, among: set[str]) -> None:
    found = detect(values, {})
    assert found.scheme is None
    assert among <= set(found.candidates)
    assert found.mapping == {v: f"label_{v}" for v in values}


def test_nothing_fits_and_nothing_is_there() -> None:
    assert detect([100_000], {}).candidates == ()
    assert detect([0], {}).mapping == {}


def test_animal_scheme_never_wins_by_integers() -> None:
    animal = find_scheme("moose_preclin_mr_all")
    found = detect(animal.labels, {})
    assert found.scheme is None
    assert animal.name not in found.candidates


def test_every_scheme_is_either_found_or_refused_never_mistaken() -> None:
    for scheme in load_schemes().values():
        if scheme.labels:
            found = detect(scheme.labels, {})
            assert found.scheme is None or found.mapping == dict(scheme.labels), scheme.name


def test_nine_parts_of_a_liver_or_nine_organs_are_told_apart_by_how_they_lie() -> None:
    def name(values: range, *, right: bool, organs: tuple[str, ...]) -> str | None:
        found = detect(
            values,
            {},
            anatomy=lambda scheme: () if right else (QualityFinding("shifted_labels", "error", "…"),),
            organs=lambda scheme: scheme.name in organs,
        )
        return None if found.scheme is None else found.scheme.name

    nine, eight = range(1, 10), range(1, 9)
    assert detect(nine, {}).scheme is None
    assert name(nine, right=True, organs=()) == "couinaud_9_4ab"
    assert name(nine, right=True, organs=("abdomenatlas_1_0",)) == "couinaud_9_4ab"
    assert name(nine, right=False, organs=()) == "couinaud_9_4ab"  # a mirrored map: its errors are shown
    assert name(nine, right=False, organs=("abdomenatlas_1_0",)) == "abdomenatlas_1_0"
    assert name(nine, right=False, organs=("totalsegmentator_total",)) is None
    assert name(eight, right=True, organs=("abdomenatlas_1_0",)) == "couinaud_8"
    assert name(eight, right=False, organs=("abdomenatlas_1_0",)) is None
    assert name(eight, right=False, organs=("totalsegmentator_total", "vibesegmentator")) is None


def test_anatomy_breaks_a_tie_and_only_by_errors() -> None:
    def against(*names: str, severity: str = "error"):
        def anatomy(scheme: LabelScheme) -> tuple[QualityFinding, ...]:
            return (QualityFinding("mirrored_anatomy", severity, "…"),) if scheme.name in names else ()

        return anatomy

    found = detect(range(1, 14), {}, anatomy=against("flare22"))
    assert found.scheme is not None
    assert found.scheme.name == "btcv"
    assert detect(range(1, 14), {}, anatomy=against("flare22", severity="warning")).scheme is None
    assert detect(range(1, 14), {}, anatomy=against("flare22", "btcv")).scheme is None
    assert detect((1,), {}, anatomy=against("dcmqi_test")).scheme is None


# Roles and --labels


@pytest.mark.parametrize(
    ("role", "values", "expected"),
    [
        ("liver", (0, 1), {1: "liver"}),
        ("liver", (255,), {255: "liver"}),
        ("vessels", (0, 1), {1: "hepatic_vessel"}),
        ("vessels", (0,), {}),
        ("remnant", (7,), {7: "flr"}),
        ("resected", (1,), {1: "resected"}),
        ("tumours", (0,), {}),
        ("tumours", (0, 3), {3: "tumour"}),
        ("tumours", (1, 2, 9), {1: "tumour_1", 2: "tumour_2", 9: "tumour_9"}),
        ("segments", range(9), {n: f"segment_{n}" for n in range(1, 9)}),
        ("segments", (2, 3), {2: "segment_2", 3: "segment_3"}),
        ("segments", range(10), {n: f"segment_{key}" for n, key in COUINAUD_9.items()}),
    ],
)
def test_roles(role: str, values: range, expected: dict[int, str]) -> None:
    assert map_role(role, values) == expected


@pytest.mark.parametrize(
    ("role", "values", "message"),
    [
        ("liver", (0,), "no labelled voxel"),
        ("segments", (0,), "no labelled voxel"),
        ("remnant", (), "no labelled voxel"),
        ("liver", (1, 2), "1, 2.*--labels FILE:1=hepatic_vein,2=portal_vein"),
        ("vessels", (1, 2), "--labels FILE:1=hepatic_vein,2=portal_vein"),
        ("segments", (1,), "--liver"),
        ("segments", (1, 2, 10), "--labels"),
        ("segments", (1, 9), "exactly 1–9"),
        ("tumours", (-1, 2), "negative"),
    ],
)
def test_roles_refuse(role: str, values: tuple[int, ...], message: str) -> None:
    with pytest.raises(LabelError, match=message):
        map_role(role, values)


def test_unknown_role() -> None:
    with pytest.raises(UsageError, match="tumors"):
        map_role("tumors", [1])


def test_label_option() -> None:
    assert parse_label_option(" 3 = Segment IVa,12=cyst") == {3: "segment_4a", 12: "cyst"}


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", UsageError),
        ("1", UsageError),
        ("0=liver", UsageError),
        ("-1=liver", UsageError),
        ("1=liver,", UsageError),
        ("1=liver,1=tumour", UsageError),
        ("1=blood", LabelError),
    ],
)
def test_bad_label_options(text: str, error: type[Exception]) -> None:
    with pytest.raises(error, match="--labels"):
        parse_label_option(text)


# Label maps

GRID = Grid((2, 3, 4), np.diag([0.7, 1.1, 2.5, 1.0]))


def test_label_map_is_a_read_only_view() -> None:
    voxels = np.zeros(GRID.shape, dtype=np.int16)
    voxels[1, 2, 3] = 8
    label_map = LabelMap(voxels, GRID, find_scheme("couinaud_8"))
    assert label_map.mapping == {8: "segment_8"}
    assert np.shares_memory(label_map.voxels, voxels)
    assert voxels.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        label_map.voxels[0, 0, 0] = 1


def test_label_map_refuses_what_it_cannot_explain() -> None:
    couinaud = find_scheme("couinaud_8")
    with pytest.raises(LabelError, match=re.escape("[9]")):
        LabelMap(np.full(GRID.shape, 9, dtype=np.uint8), GRID, couinaud)
    with pytest.raises(LabelError, match=re.escape("[-1]")):
        LabelMap(np.full(GRID.shape, -1), GRID, find_scheme("totalsegmentator_total"))
    with pytest.raises(LabelError, match="float64"):
        LabelMap(np.ones(GRID.shape), GRID, couinaud)
    with pytest.raises(GeometryError, match="shape"):
        LabelMap(np.ones((3, 2, 4), dtype=np.uint8), GRID, couinaud)


def test_label_map_of_a_subset_scheme_ignores_other_labels() -> None:
    voxels = np.arange(24, dtype=np.uint8).reshape(GRID.shape)
    label_map = LabelMap(voxels, GRID, find_scheme("mrsegmentator"))
    assert label_map.mapping[5] == "liver"
    assert label_map.mapping[21] == "label_21"


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", [np.bool_, np.uint8, np.int16, np.uint16, np.int64, ">i4"])
def test_foreground_values_agree_with_unique(order: str, dtype: object) -> None:
    rng = np.random.default_rng(1)
    voxels = np.asarray(
        rng.integers(0, 9, (40, 50, 600)) * (rng.random((40, 50, 600)) < 0.01), dtype, order=order
    )
    assert foreground_values(voxels) == tuple(v for v in np.unique(voxels).tolist() if v)


# Real files


@pytest.mark.real
@pytest.mark.parametrize(
    ("file", "scheme", "liver"),
    [
        ("example_seg", "totalsegmentator_total", 5),
        ("example_seg_dicom", "totalsegmentator_total", 5),
        ("example_seg_mr", "totalsegmentator_total_mr", 5),
    ],
)
def test_real_totalsegmentator_names(real_data: Path, file: str, scheme: str, liver: int) -> None:
    nibabel = pytest.importorskip("nibabel")
    image = nibabel.load(real_data / "totalseg" / f"{file}.nii.gz")
    text = image.header.extensions[0].get_content()
    text = text.decode() if isinstance(text, bytes) else str(text)
    names = {int(k): n for k, n in re.findall(r'Key="(\d+)".*?>(?:<!\[CDATA\[)?([^<\]]+)', text)}
    values = np.unique(np.asanyarray(image.dataobj)).astype(int).tolist()
    found = detect(values, names)
    assert found.scheme is not None
    assert found.scheme.name == scheme
    assert found.mapping[liver] == "liver"
    expected = find_scheme(scheme).labels
    assert all(found.mapping[v] == expected[v] for v in found.mapping if v in expected)
    assert detect(values, {}).scheme is None


@pytest.mark.real
def test_real_couinaud_maps_are_couinaud_8(expected: dict[str, dict[str, dict[str, float]]]) -> None:
    maps = [
        case for name, case in expected.items() if name.endswith(("_couinaud.nii.gz", "BAD_HEADER.nii.gz"))
    ]
    assert len(maps) == 7
    for case in maps:
        found = detect([int(v) for v in case["ml"]], {})
        assert found.scheme is not None
        assert found.scheme.name == "couinaud_8"


def test_documentation_lists_every_scheme(checkout: Path) -> None:
    text = (checkout / "docs" / "label-schemes.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert [row.split("`")[1] for row in rows] == list(load_schemes())


@pytest.mark.parametrize("key", ["", " ", " 5", "5 "])
def test_a_part_without_a_clean_name_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="without blanks around it"):
        Part(key)


def test_a_scheme_does_not_change_with_the_tables_it_was_made_of() -> None:
    labels, names, aliases = {1: "liver"}, {"Liver": "liver"}, {7: "tumour"}
    scheme = LabelScheme("own", labels, names=names, aliases=aliases)
    for table in (labels, names, aliases):
        table.clear()
    assert (scheme.labels, scheme.names, scheme.aliases) == ({1: "liver"}, {"liver": "liver"}, {7: "tumour"})


# --- candidates in messages -------------------------------------------------------------------


def test_the_likeliest_candidates_come_first_and_each_means_something_else() -> None:
    found = detect([0, 1, 2, 3, 4, 5], {})
    assert found.scheme is None
    assert len(found.candidates) > 3
    first = [load_schemes()[name] for name in found.candidates[:3]]
    meanings = {tuple(scheme.meaning(v) for v in range(1, 6)) for scheme in first}
    assert len(meanings) == 3
    assert all("liver" in meaning or "segment_1" in meaning for meaning in meanings)
    assert sorted(found.candidates) == sorted(set(found.candidates))
    two = detect([0, 1, 2], {}).candidates
    assert {"lits", "msd_task03_liver"} & set(two[:3])  # liver and tumour, and nothing else


def test_three_candidates_are_named_and_where_the_rest_is_listed() -> None:
    said = describe_candidates([f"scheme_{n}" for n in range(25)])
    assert said == "the likeliest of 25 candidates: scheme_0, scheme_1, scheme_2; `flr schemes` lists all"
    assert describe_candidates(["a", "b", "c"]) == "candidates: a, b, c"
    assert describe_candidates([]) == ""


def test_no_message_lists_every_candidate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    block = couinaud_block(columns_voxels=(6, 6, 6, 6), spacing_mm=(4.0, 4.1, 4.2), margin_voxels=2)
    path = write_nifti(tmp_path / "map.nii.gz", np.minimum(block.segments, 5).astype(np.uint8), block.grid)
    for command in (["assess", str(path), "--plan", "H5678"], ["volumes", str(path)], ["inspect", str(path)]):
        main(command)
        said = "".join(capsys.readouterr()).replace("The likeliest", "the likeliest")
        assert "the likeliest of " in said
        assert "--scheme" in said
        assert "`flr schemes` lists all" in said
        named = [name for name in load_schemes() if name in said.split("likeliest of")[1].split(";")[0]]
        assert 3 <= len(named) <= 4  # a name may be part of another one
    with pytest.raises(LabelError, match="likeliest of"):
        flr.read_labels(path)
