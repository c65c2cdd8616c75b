"""What every label is, or an error: names against codes, names that repeat, voxels that nobody named."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import nibabel as nib
import nrrd
import numpy as np
import pytest
from dicom_phantoms import (
    Ellipsoid,
    circle,
    even_heights_mm,
    segment,
    stack_at,
    write_rtstruct,
    write_seg,
    write_series,
)
from phantoms import CouinaudBlock, couinaud_block, write_nifti
from reviewing import assess

import flr
from flr.cli import main
from flr.errors import LabelError, ReadError
from flr.io.inspection import inspect
from flr.io.structures import find_structures
from flr.io.volumes import structure_volumes
from flr.labels import canonical_name, detect, load_schemes, map_role
from flr.labels.organs import is_known_elsewhere
from flr.liver import measure
from flr.structures import structure_of

# SNOMED CT codes of the segments, as 3D Slicer's terminologies hold them.
CODE_OF = {
    "liver": "10200004",
    "1": "71133005",
    "2": "277956007",
    "3": "277957003",
    "4": "277958008",
    "5": "277959000",
    "6": "277960005",
    "7": "277961009",
    "8": "277962002",
}
RIGHT, LEFT = "SCT^24028007^Right", "SCT^7771000^Left"
TISSUE = "SCT^85756007^Tissue"


@pytest.fixture
def block() -> CouinaudBlock:
    return couinaud_block()


def entry(kind: str, modifier: str = "^^", region: str = "^^", region_modifier: str = "^^") -> str:
    """A terminology entry as 3D Slicer writes it."""
    return (
        "Segmentation category and type - 3D Slicer General Anatomy list~SCT^123037004^Anatomical Structure"
        f"~{kind}~{modifier}~Anatomic codes - DICOM master list~{region}~{region_modifier}"
    )


def segment_code(key: str) -> str:
    return f"SCT^{CODE_OF[key]}^Hepatic segment"


def seg_nrrd(
    path: Path,
    layers: Sequence[np.ndarray],
    block: CouinaudBlock,
    segments: Sequence[Mapping[str, Any]],
) -> Path:
    """A ``.seg.nrrd``; each segment has name, value, perhaps layer and code."""
    lps = np.diag([-1.0, -1.0, 1.0, 1.0]) @ block.grid.index_to_world_mm
    steps = lps[:3, :3].T.tolist()
    header: dict[str, Any] = {"space": "left-posterior-superior", "space origin": lps[:3, 3]}
    if len(layers) == 1:
        voxels, header["kinds"] = layers[0], ["domain"] * 3
        header["space directions"] = steps
    else:
        voxels, header["kinds"] = np.stack(layers), ["list", *["domain"] * 3]
        header["space directions"] = [[np.nan] * 3, *steps]
    for number, one in enumerate(segments):
        header[f"Segment{number}_Name"] = one["name"]
        header[f"Segment{number}_LabelValue"] = str(one["value"])
        header[f"Segment{number}_Layer"] = str(one.get("layer", 0))
        if "code" in one:
            header[f"Segment{number}_Tags"] = f"Segmentation.Status:done|TerminologyEntry:{one['code']}|"
    nrrd.write(str(path), voxels, header)
    return path


def couinaud_segments(**changed: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Eight segments with names and codes; ``s4={...}`` changes the fourth."""
    return [
        {"name": f"liver_segment_{n}", "value": n, "code": entry(segment_code(str(n)))}
        | dict(changed.get(f"s{n}", {}))
        for n in range(1, 9)
    ]


def errors(liver: flr.Liver) -> list[tuple[str, str]]:
    return [(f.check, f.message) for f in liver.quality if f.severity == "error"]


def flag(liver: flr.Liver, plan: str = "H67") -> str:
    return assess(liver, plan, flr.Patient(weight_kg=60, height_cm=165, condition="normal")).flag


def only_error(liver: flr.Liver, check: str) -> str:
    """The message of the one error, which must keep the case from being graded."""
    assert [found for found, _ in errors(liver)] == [check]
    assert flag(liver) == "indeterminate"
    return errors(liver)[0][1]


def ml(block: CouinaudBlock, part: int) -> str:
    return f"{block.part_ml[part]:.1f} mL"


# Codes against names


def test_names_and_codes_that_agree_are_said_nothing_of(tmp_path: Path, block: CouinaudBlock) -> None:
    path = seg_nrrd(tmp_path / "a.seg.nrrd", [block.segments], block, couinaud_segments())
    liver = flr.read_liver(path, tumours="none")
    assert liver.quality == ()
    assert flag(liver) == "adequate"


@pytest.mark.parametrize("pair", [(1, 4), (2, 3), (5, 8), (6, 7)])
@pytest.mark.parametrize("exchanged", ["name", "code"])
def test_a_code_that_means_another_segment_is_an_error(
    tmp_path: Path, block: CouinaudBlock, pair: tuple[int, int], exchanged: str
) -> None:
    a, b = pair
    segments = couinaud_segments()
    one, other = segments[a - 1], segments[b - 1]
    one[exchanged], other[exchanged] = other[exchanged], one[exchanged]
    liver = flr.read_liver(
        seg_nrrd(tmp_path / "a.seg.nrrd", [block.segments], block, segments), tumours="none"
    )
    found = [(check, message) for check, message in errors(liver) if check == "code_against_name"]
    assert len(found) == 2
    assert ml(block, a) in found[0][1]
    assert ml(block, b) in found[1][1]
    assert flag(liver) == "indeterminate"
    # The code is the standard's meaning: it decides until somebody answers.
    key = str(a if exchanged == "name" else b)
    assert measure(liver).parts_ml[key] == pytest.approx(block.part_ml[a])


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("liver", entry(segment_code("4"))),
        ("spleen", entry(segment_code("liver"))),
        ("liver", entry("SCT^78961009^Spleen")),
        ("portal vein", entry("SCT^8993003^Hepatic vein")),
        ("hepatic_vein_left", entry("SCT^8993003^Hepatic vein", RIGHT)),
        ("portal_vein_right", entry("SCT^32764006^Portal vein", LEFT)),
        ("right hemiliver", entry(segment_code("liver"), LEFT)),
        ("right hemiliver", entry(TISSUE, "^^", segment_code("liver"), LEFT)),
        ("left kidney", entry("SCT^64033007^Kidney", RIGHT)),
        ("kidney_right", entry("SRT^T-71000^Kidney", "SRT^G-A101^Left")),
    ],
)
def test_other_structures_and_sides_that_contradict(
    tmp_path: Path, block: CouinaudBlock, name: str, code: str
) -> None:
    drawn = np.zeros_like(block.segments)
    drawn[block.segments == 8] = 1
    segments = [*couinaud_segments(), {"name": name, "value": 1, "layer": 1, "code": code}]
    path = seg_nrrd(tmp_path / "a.seg.nrrd", [block.segments, drawn], block, segments)
    liver = flr.read_liver(path, tumours="none")
    (message,) = [message for check, message in errors(liver) if check == "code_against_name"]
    assert ml(block, 8) in message
    assert repr(name) in message
    assert flag(liver) == "indeterminate"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("flr", entry(segment_code("liver"))),  # planned remnants have the code of the liver
        ("resected", entry(segment_code("liver"))),
        ("hepatic_vein_left", entry("SCT^8993003^Hepatic vein", LEFT)),
        ("hepatic_vein_left", entry("SCT^29092000^Vein")),
        ("portal_vein", entry("SCT^59820001^Blood vessel", "^^", segment_code("liver"))),
        ("tumour 3", entry("SCT^4147007^Mass", "^^", segment_code("liver"))),
        ("tumour", entry("SCT^108369006^Neoplasm")),
        ("kidney_right", entry("SCT^64033007^Kidney", RIGHT)),
        ("kidney_left", entry("SCT^64033007^Kidney", "SCT^51440002^Right and left")),
        ("spleen", entry(TISSUE)),
    ],
)
def test_codes_that_only_say_less_do_not_contradict(
    tmp_path: Path, block: CouinaudBlock, name: str, code: str
) -> None:
    drawn = np.zeros_like(block.segments)
    drawn[block.segments == 8] = 1
    segments = [*couinaud_segments(), {"name": name, "value": 1, "layer": 1, "code": code}]
    path = seg_nrrd(tmp_path / "a.seg.nrrd", [block.segments, drawn], block, segments)
    assert errors(flr.read_liver(path)) == []


def test_a_code_names_what_the_name_leaves_open(tmp_path: Path, block: CouinaudBlock) -> None:
    segments = couinaud_segments(s8={"name": "Segment_8"}, s1={"name": "Lappen des Spigelius"})
    path = seg_nrrd(tmp_path / "a.seg.nrrd", [block.segments], block, segments)
    liver = flr.read_liver(path, tumours="none")
    assert errors(liver) == []
    assert measure(liver).parts_ml["8"] == pytest.approx(block.part_ml[8])
    assert measure(liver).parts_ml["1"] == pytest.approx(block.part_ml[1])
    assert [f.check for f in liver.quality] == ["named_by_code"]


def test_what_the_user_says_settles_a_contradiction(tmp_path: Path, block: CouinaudBlock) -> None:
    segments = couinaud_segments(s1={"name": "liver_segment_4"}, s4={"name": "liver_segment_1"})
    path = seg_nrrd(tmp_path / "a.seg.nrrd", [block.segments], block, segments)
    said = ",".join(f"{n}=segment_{n}" for n in range(1, 9))
    liver = flr.read_liver(path, labels={path.name: said}, tumours="none")
    assert errors(liver) == []
    assert flag(liver) == "adequate"


def test_a_contradiction_is_found_under_a_role_too(tmp_path: Path, block: CouinaudBlock) -> None:
    segments = couinaud_segments(s1={"name": "liver_segment_4"}, s4={"name": "liver_segment_1"})
    path = seg_nrrd(tmp_path / "a.seg.nrrd", [block.segments], block, segments)
    liver = flr.read_liver(segments=path, tumours="none")
    assert {check for check, _ in errors(liver)} == {"code_against_name"}
    assert flag(liver) == "indeterminate"


# One name for two


@pytest.mark.parametrize(
    "second", ["liver_segment_2", "Segment 2", "LIVER-SEGMENT-2", "Hepatic segment II"], ids=lambda text: text
)
def test_two_segments_of_one_name_are_an_error(tmp_path: Path, block: CouinaudBlock, second: str) -> None:
    segments = couinaud_segments(s3={"name": second})
    for one in segments:
        del one["code"]
    path = seg_nrrd(tmp_path / "a.seg.nrrd", [block.segments], block, segments)
    message = only_error(flr.read_liver(path, tumours="none"), "segment_name_repeated")
    for word in ("segment_2", ml(block, 2), ml(block, 3), "--labels"):
        assert word in message


def test_two_layers_of_one_name_are_an_error(tmp_path: Path, block: CouinaudBlock) -> None:
    first = np.where(block.segments == 3, 0, block.segments)
    second = (block.segments == 3).astype(np.uint8)
    segments = [one for one in couinaud_segments() if one["value"] != 3]
    segments += [{"name": "liver_segment_2", "value": 1, "layer": 1}]
    path = seg_nrrd(tmp_path / "a.seg.nrrd", [first, second], block, segments)
    only_error(flr.read_liver(path, tumours="none"), "segment_name_repeated")


@pytest.mark.parametrize("drawn", ["flr", "resected", "liver"])
def test_a_remnant_or_liver_drawn_twice_is_an_error(tmp_path: Path, block: CouinaudBlock, drawn: str) -> None:
    one = np.where(block.segments > 4, 1, np.where(block.segments > 0, 2, 0)).astype(np.uint8)
    segments = [*couinaud_segments(), *({"name": drawn, "value": v, "layer": 1} for v in (1, 2))]
    path = seg_nrrd(tmp_path / "a.seg.nrrd", [block.segments, one], block, segments)
    only_error(flr.read_liver(path, tumours="none"), "segment_name_repeated")


@pytest.mark.parametrize("where", ["header", "table"])
def test_a_table_that_names_two_values_alike_is_an_error(
    tmp_path: Path, block: CouinaudBlock, where: str
) -> None:
    names = {n: f"liver_segment_{2 if n == 3 else n}" for n in range(1, 9)}
    path = tmp_path / "map.nii.gz"
    write_nifti(path, block.segments, block.grid, names=names if where == "header" else None)
    if where == "table":
        rows = "".join(f"{value}\t{own}\n" for value, own in names.items())
        (tmp_path / "map.tsv").write_text(f"index\tname\n{rows}")
    only_error(flr.read_liver(path, tumours="none"), "segment_name_repeated")
    assert "segment_name_repeated" in {f.check for f in structure_volumes([path]).inventory.quality}
    assert "segment_name_repeated" in {f.check for f in inspect([path]).quality}


def test_tumours_and_vessels_may_be_several_and_a_scheme_may_join_values(
    tmp_path: Path, block: CouinaudBlock
) -> None:
    several = np.zeros_like(block.segments)
    several[block.segments == 8] = 1
    several[block.segments == 7] = 2
    several[block.segments == 2] = 3
    several[block.segments == 3] = 4
    segments = [
        *couinaud_segments(),
        *({"name": "tumour", "value": v, "layer": 1} for v in (1, 2)),
        *({"name": "portal vein", "value": v, "layer": 1} for v in (3, 4)),
    ]
    path = seg_nrrd(tmp_path / "a.seg.nrrd", [block.segments, several], block, segments)
    assert errors(flr.read_liver(path)) == []
    (tmp_path / "ours.json").write_text(
        json.dumps(
            {"name": "ours", "labels": {str(n): "liver" if n > 4 else f"segment_{n}" for n in range(1, 9)}}
        )
    )
    write_nifti(tmp_path / "b.nii.gz", block.segments, block.grid)
    liver = flr.read_liver(tmp_path / "b.nii.gz", scheme=str(tmp_path / "ours.json"), tumours="none")
    assert "segment_name_repeated" not in {f.check for f in liver.quality}


# Voxels that nobody named


@pytest.mark.parametrize("how", ["placeholder", "not listed", "mistyped value", "no name"])
def test_a_segment_without_a_name_is_an_error(tmp_path: Path, block: CouinaudBlock, how: str) -> None:
    segments = couinaud_segments()
    for one in segments:
        del one["code"]
    if how == "not listed":
        segments.pop()
    else:
        segments[-1] |= {
            "placeholder": {"name": "Segment_8"},
            "mistyped value": {"value": 99},
            "no name": {"name": ""},
        }[how]
    path = seg_nrrd(tmp_path / "a.seg.nrrd", [block.segments], block, segments)
    liver = flr.read_liver(path, tumours="none")
    message = only_error(liver, "labels_unaccounted")
    assert ml(block, 8) in message
    assert "label 8" in message
    for quality in (structure_volumes([path]).inventory.quality, inspect([path]).quality):
        assert "labels_unaccounted" in {f.check for f in quality}


def test_one_voxel_without_a_name_is_enough(tmp_path: Path, block: CouinaudBlock) -> None:
    voxels = block.segments.copy()
    voxels[0, 0, 0] = 77
    path = seg_nrrd(tmp_path / "a.seg.nrrd", [voxels], block, couinaud_segments())
    assert "label 77" in only_error(flr.read_liver(path, tumours="none"), "labels_unaccounted")


@pytest.mark.parametrize("table", ["caret", "case.tsv", "case.json", "case.txt", "case.labels.csv"])
def test_a_table_that_names_only_some_values_is_an_error(
    tmp_path: Path, block: CouinaudBlock, table: str
) -> None:
    names = {n: f"liver_segment_{n}" for n in range(1, 8)}
    path = tmp_path / "case.nii.gz"
    write_nifti(path, block.segments, block.grid, names=names if table == "caret" else None)
    snap = "".join(f'{value} 1 2 3 1 1 1 "{own}"\n' for value, own in names.items())
    text = {
        "case.tsv": "index\tname\n" + "".join(f"{value}\t{own}\n" for value, own in names.items()),
        "case.json": json.dumps({"labels": {"background": 0, **{own: v for v, own in names.items()}}}),
        "case.txt": "# ITK-SnAP Label Description File\n" + snap,
        "case.labels.csv": "LabelValue,Name\n" + "".join(f"{value},{own}\n" for value, own in names.items()),
    }
    if table != "caret":
        (tmp_path / table).write_text(text[table])
    assert ml(block, 8) in only_error(flr.read_liver(path, tumours="none"), "labels_unaccounted")


def test_a_mask_without_a_name_in_a_folder_is_an_error(tmp_path: Path, block: CouinaudBlock) -> None:
    for part in range(1, 9):
        own = f"liver_segment_{part}" if part < 8 else "Segment_8"
        write_nifti(tmp_path / f"{own}.nii.gz", (block.segments == part).astype(np.uint8), block.grid)
    assert ml(block, 8) in only_error(flr.read_liver(tmp_path, tumours="none"), "labels_unaccounted")


@pytest.mark.parametrize(
    ("label", "errors_expected"),
    [
        ("", ["labels_unaccounted"]),
        ("Segment_2", ["labels_unaccounted"]),
        ("ROI 2", ["labels_unaccounted"]),
        ("ablation zone", ["labels_unaccounted"]),
        ("Stomach", []),
        ("tumour", []),
    ],
)
@pytest.mark.parametrize("kind", ["seg", "rtstruct"])
def test_a_segment_of_dicom_without_a_known_name(
    tmp_path: Path, kind: str, label: str, errors_expected: list[str]
) -> None:
    stack = stack_at(even_heights_mm(5.0))
    body, other = Ellipsoid(), Ellipsoid((20.0, -11.0, 290.0), (14.0, 12.0, 16.0))
    ct = write_series(tmp_path / "ct", stack)[0].parent
    if kind == "seg":
        path = write_seg(
            tmp_path / "s.dcm",
            stack,
            {1: stack.masks(body), 2: stack.masks(other)},
            [segment(1, "Liver"), segment(2, label, ("85756007", "SCT", "Tissue"))],
        )
    else:
        heights = stack.origins_mm[:, 2]
        rois = {
            name: [
                circle((one.centre_mm[0], one.centre_mm[1], z), radius, n=60)
                for z in heights
                if abs(z - one.centre_mm[2]) < one.radii_mm[2]
            ]
            for name, one, radius in (("Liver", body, 55.0), (label, other, 12.0))
        }
        path = write_rtstruct(tmp_path / "r.dcm", stack, rois)
    liver = flr.read_liver(ct, path)
    assert [check for check, _ in errors(liver)] == errors_expected
    unnamed = label in ("", "Segment_2", "ROI 2")
    listed = structure_volumes([ct, path]).inventory.quality
    assert ("labels_unaccounted" in {f.check for f in listed}) is unnamed


def test_known_organs_are_said_nothing_of(tmp_path: Path, block: CouinaudBlock) -> None:
    beside = np.zeros_like(block.segments)
    beside[block.segments == 0] = 1
    own = ["spleen", "rib_right_8", "lung_lower_lobe_right", "body_trunc", "Kidneys", "small_bowel"]
    for part in range(1, 9):
        mask = (block.segments == part).astype(np.uint8)
        write_nifti(tmp_path / f"liver_segment_{part}.nii.gz", mask, block.grid)
    for name in own:
        write_nifti(tmp_path / f"{name}.nii.gz", beside, block.grid)
    liver = flr.read_liver(tmp_path, tumours="none")
    assert liver.quality == ()
    assert flag(liver) == "adequate"


@pytest.mark.parametrize("layout", ["layers", "files"])
@pytest.mark.parametrize("where", ["inside", "against", "edge", "away"])
def test_an_unknown_structure_is_an_error_only_at_the_liver(tmp_path: Path, where: str, layout: str) -> None:
    block = couinaud_block(margin_voxels=6)
    stranger = np.zeros_like(block.segments)
    filled = np.argwhere(block.segments > 0)
    low = filled.min(axis=0)
    corner = filled[np.argmin(np.abs(filled - low).sum(axis=1))]
    at = {
        "inside": corner,
        "against": corner - (1, 0, 0),
        "edge": corner - (1, 1, 1),
        "away": corner - (2, 2, 2),
    }
    stranger[tuple(at[where])] = 1
    if layout == "layers":
        segments = [*couinaud_segments(), {"name": "PTV", "value": 1, "layer": 1}]
        given = [seg_nrrd(tmp_path / "a.seg.nrrd", [block.segments, stranger], block, segments)]
    else:
        given = [tmp_path / "segments.nii.gz", tmp_path / "ptv.nii.gz"]
        write_nifti(given[0], block.segments, block.grid)
        write_nifti(given[1], stranger, block.grid, names={1: "PTV"})
    liver = flr.read_liver(*given, tumours="none")
    if where == "away":
        assert [(f.check, f.severity) for f in liver.quality] == [("structure_unknown", "info")]
        assert flag(liver) == "adequate"
    else:
        assert "'PTV'" in only_error(liver, "labels_unaccounted")


def test_an_unknown_structure_on_another_grid_is_looked_for_too(tmp_path: Path, block: CouinaudBlock) -> None:
    affine = block.grid.index_to_world_mm.copy()
    affine[:3, 3] += 0.4
    write_nifti(tmp_path / "segments.nii.gz", block.segments, block.grid)
    write_nifti(
        tmp_path / "x.nii.gz",
        (block.segments == 5).astype(np.uint8),
        flr.Grid(block.grid.shape, affine),
        names={1: "abscess"},
    )
    liver = flr.read_liver(tmp_path / "segments.nii.gz", tmp_path / "x.nii.gz", tumours="none")
    assert "'abscess'" in only_error(liver, "labels_unaccounted")


@pytest.mark.parametrize(
    "own",
    [
        *("rib_left_7", "vertebrae_T12", "lung_upper_lobe_left", "heart_ventricle_right", "iliac_vena_left"),
        *("Lung_R", "Kidney_L", "SpinalCord", "BODY", "External", "Couch", "Stomach", "pancreatic duct"),
        *("brachiocephalic_trunk", "costal_cartilages", "kidney_cyst_left", "subcutaneous_fat", "diaphragm"),
        *(
            "atrial_appendage_left",
            "autochthon_right",
            "adrenal_gland_left",
            "abdominal wall",
            "thyroid_gland",
        ),
    ],
)
def test_organs_that_are_known_elsewhere(own: str) -> None:
    assert is_known_elsewhere(own) or canonical_name(own) is not None


@pytest.mark.parametrize(
    "own",
    [
        *(
            "PTV",
            "Segment_8",
            "lobe",
            "left upper lobe",
            "mass",
            "Leberlappen",
            "segment 9",
            "node 3",
            "cyst?",
        ),
        *("liver rest", "resection margin", "hepatic duct", "ablation zone", "abscess", "12", "", "right"),
        *("liver spleen", "hemangioma", "ROI 4", "porta hepatis", "remnant after ALPPS"),
    ],
)
def test_what_may_be_of_the_liver_is_never_known_elsewhere(own: str) -> None:
    assert not is_known_elsewhere(own)


def test_nothing_of_the_liver_is_an_organ_elsewhere() -> None:
    for scheme in load_schemes().values():
        for own, meaning in scheme.names.items():
            structure = structure_of(meaning.replace("<n>", "3"))
            if (structure is not None and structure.tissue is not None) or meaning in ("flr", "resected"):
                assert not is_known_elsewhere(own.replace("<n>", "3")), own


def test_looking_for_strangers_costs_nothing_where_all_is_known(
    tmp_path: Path, block: CouinaudBlock, monkeypatch: pytest.MonkeyPatch
) -> None:
    import flr.io.identity as identity

    def never(*given: object) -> None:
        raise AssertionError("the voxels were read again")

    monkeypatch.setattr(identity, "place", never)
    monkeypatch.setattr(identity, "_dilated", never)
    beside = (block.segments == 0).astype(np.uint8)
    segments = [*couinaud_segments(), {"name": "rib_left_7", "value": 1, "layer": 1}]
    path = seg_nrrd(tmp_path / "a.seg.nrrd", [block.segments, beside], block, segments)
    assert errors(flr.read_liver(path, tumours="none")) == []


@pytest.mark.parametrize("fault", ["unnamed", "contradiction", "repeated"])
def test_a_label_map_for_pipelines_is_refused_with_the_same_faults(
    tmp_path: Path, block: CouinaudBlock, fault: str
) -> None:
    changed = {
        "unnamed": {"name": "Segment_8", "code": entry(TISSUE)},
        "contradiction": {"name": "liver_segment_4"},
        "repeated": {"name": "liver_segment_4", "code": entry(TISSUE)},
    }
    path = seg_nrrd(tmp_path / "a.seg.nrrd", [block.segments], block, couinaud_segments(s8=changed[fault]))
    with pytest.raises(LabelError, match=ml(block, 8)):
        flr.read_labels(path)
    whole = seg_nrrd(tmp_path / "b.seg.nrrd", [block.segments], block, couinaud_segments())
    assert flr.read_labels(whole).mapping[8] == "segment_8"


def test_labels_of_layers_that_share_a_value_are_not_mixed(tmp_path: Path, block: CouinaudBlock) -> None:
    tumour = (block.segments == 7).astype(np.uint8)
    segments = [*couinaud_segments(), {"name": "Segment_9", "value": 1, "layer": 1}]
    path = seg_nrrd(tmp_path / "a.seg.nrrd", [block.segments, tumour], block, segments)
    said = ",".join(f"{n}=segment_{n}" for n in range(1, 9))
    with pytest.raises(LabelError, match="several of its 2 layers use it"):
        flr.read_liver(path, labels={path.name: said})


# Strays


def voxels_of(block: CouinaudBlock, path: Path, strays: Mapping[int, int]) -> Path:
    """Couinaud 1–8 with a few voxels of other labels in the background."""
    voxels = block.segments.copy()
    free = np.argwhere(voxels == 0)
    for value, number in strays.items():
        for at in free[:number]:
            voxels[tuple(at)] = value
        free = free[number:]
    return write_nifti(path, voxels, block.grid)


@pytest.mark.parametrize(
    "strays", [{9: 1}, {9: 12}, {9: 1, 10: 1}, {9: 1, 10: 1, 11: 1, 12: 1}, {12: 1}, {200: 3}]
)
def test_a_few_voxels_do_not_choose_the_scheme(
    tmp_path: Path, block: CouinaudBlock, strays: dict[int, int]
) -> None:
    path = voxels_of(block, tmp_path / "x.nii.gz", strays)
    with pytest.raises(LabelError, match="those of couinaud_8") as caught:
        flr.read_liver(path, tumours="none")
    assert str(next(iter(strays))) in str(caught.value)
    for word in ("labelled voxels", "remove the stray voxels", "--scheme", "--labels"):
        assert word in str(caught.value)
    (item,) = find_structures([path]).labelled
    assert item.scheme is None
    with pytest.raises(LabelError):
        flr.read_liver(segments=path, tumours="none")


def test_a_stray_nine_under_a_role_is_refused_with_its_voxels(tmp_path: Path, block: CouinaudBlock) -> None:
    path = voxels_of(block, tmp_path / "x.nii.gz", {9: 1})
    with pytest.raises(LabelError, match="label 9 has only 1 of"):
        flr.read_liver(segments=path, tumours="none")


def test_a_scheme_that_the_user_names_is_taken_with_its_strays(tmp_path: Path, block: CouinaudBlock) -> None:
    path = voxels_of(block, tmp_path / "x.nii.gz", {9: 1})
    assert flr.read_liver(path, scheme="couinaud_9_4ab", tumours="none").source.scheme == "couinaud_9_4ab"


def test_true_small_labels_still_count() -> None:
    nine = dict.fromkeys(range(1, 10), 50000)
    lying = {"anatomy": lambda scheme: (), "organs": lambda scheme: False}  # where a liver's segments lie
    assert detect(nine, {}, **lying).scheme.name == "couinaud_9_4ab"
    assert map_role("segments", nine)[9] == "segment_8"
    eight = dict.fromkeys(range(1, 9), 50000) | {1: 10}
    assert detect(eight, {}).scheme.name == "couinaud_8"
    assert detect(nine | {9: 800}, {}, **lying).scheme.name == "couinaud_9_4ab"  # 0.2 %
    assert detect(nine | {9: 300}, {}, **lying).scheme is None  # 0.07 %
    with pytest.raises(LabelError, match="label 9"):
        map_role("segments", nine | {9: 300})


# Names that are there are used, or nothing is

EXCHANGED = {**{n: n for n in range(1, 9)}, 4: 8, 8: 4}


@pytest.fixture
def exchanged(block: CouinaudBlock) -> np.ndarray:
    """Labels 4 and 8 exchanged: right only by their names."""
    return np.array([0, *(EXCHANGED[n] for n in range(1, 9))], np.uint8)[block.segments]


def as_nrrd(path: Path, voxels: np.ndarray, block: CouinaudBlock, **keys: str) -> Path:
    seg_nrrd(path, [voxels], block, [])
    header = nrrd.read_header(str(path))
    nrrd.write(str(path), voxels, {**header, **keys})
    return path


def right(liver: flr.Liver, block: CouinaudBlock) -> bool:
    parts = measure(liver).parts_ml
    return all(parts[str(n)] == pytest.approx(block.part_ml[n]) for n in range(1, 9))


MITK = "org.mitk.multilabel.segmentation.labelgroups"


def mitk_group(labels: Mapping[int, str]) -> dict[str, Any]:
    return {"labels": [{"name": own, "value": value, "opacity": 0.6} for value, own in labels.items()]}


def test_names_in_the_header_of_mitk(tmp_path: Path, block: CouinaudBlock, exchanged: np.ndarray) -> None:
    groups = json.dumps([mitk_group({n: f"Liver segment {EXCHANGED[n]}" for n in range(1, 9)})])
    path = as_nrrd(tmp_path / "m.nrrd", exchanged, block, **{MITK: groups})
    for liver in (flr.read_liver(path, tumours="none"), flr.read_liver(segments=path, tumours="none")):
        assert right(liver, block)
        assert liver.quality == ()


def test_groups_of_mitk_are_layers(tmp_path: Path, block: CouinaudBlock, exchanged: np.ndarray) -> None:
    tumour = np.where(block.segments == 7, 9, 0).astype(np.uint8)
    path = seg_nrrd(tmp_path / "m.nrrd", [exchanged, tumour], block, [])
    header, voxels = nrrd.read_header(str(path)), np.stack([exchanged, tumour])
    groups = [
        mitk_group({n: f"Liver segment {EXCHANGED[n]}" for n in range(1, 9)}),
        mitk_group({9: "tumour"}),
    ]
    nrrd.write(str(path), voxels, {**header, "kinds": ["vector", *["domain"] * 3], MITK: json.dumps(groups)})
    liver = flr.read_liver(path)
    assert right(liver, block)
    assert measure(liver).tumour_ml == pytest.approx(block.part_ml[7])
    nrrd.write(
        str(path), voxels, {**header, "kinds": ["vector", *["domain"] * 3], MITK: json.dumps(groups[:1])}
    )
    with pytest.raises(LabelError, match="cannot be understood"):
        flr.read_liver(path)


@pytest.mark.parametrize(
    "groups",
    [
        "not json",
        "{}",
        "[]",
        "[1]",
        '[{"labels": [{"value": 1}]}]',
        '[{"labels": [{"name": "liver_segment_1", "value": "one"}]}]',
        '[{"labels": [{"name": "a", "value": 1}, {"name": "b", "value": 1}]}]',
        "[" * 5000,
    ],
)
@pytest.mark.parametrize("role", [False, True])
def test_a_header_of_mitk_that_is_not_understood_stops_the_reading(
    tmp_path: Path, block: CouinaudBlock, groups: str, role: bool
) -> None:
    path = as_nrrd(tmp_path / "m.nrrd", block.segments, block, **{MITK: groups})
    given: dict[str, Any] = {"segments": path} if role else {}
    with pytest.raises(LabelError, match="names in the header"):
        flr.read_liver(*([] if role else [path]), tumours="none", **given)
    assert right(flr.read_liver(path, scheme="couinaud_8", tumours="none"), block)


def test_the_older_header_of_mitk_stops_the_reading(tmp_path: Path, block: CouinaudBlock) -> None:
    path = as_nrrd(
        tmp_path / "m.nrrd", block.segments, block, layers="1", **{"org.mitk.label_000_00001": "<LabelSet/>"}
    )
    with pytest.raises(LabelError, match="names in the header"):
        flr.read_liver(path, tumours="none")


def colour_table(names: Mapping[int, str]) -> str:
    rows = "".join(f"{value} {own.replace(' ', '_')} 1 2 3 255\n" for value, own in names.items())
    return f"# Color table file x\n# 9 values\n0 Background 0 0 0 0\n{rows}"


def slicer_csv(names: Mapping[int, str], delimiter: str = ",") -> str:
    head = delimiter.join(("LabelValue", "Name", "Color_R", "Color_G", "Color_B", "Color_A"))
    return "\n".join([head, *(delimiter.join((str(v), n, *"1234")) for v, n in names.items())])


def snap_table(names: Mapping[int, str]) -> str:
    rows = "".join(f'{value:5} 255 0 0 1 1 1 "{own}"\n' for value, own in names.items())
    return f'# ITK-SnAP Label Description File\n    0 0 0 0 0 0 0 "Clear Label"\n{rows}'


TABLES_OF_SLICER = [
    ("Segmentation.nrrd", "Segmentation.labels.csv", slicer_csv),
    ("Segmentation.nii.gz", "Segmentation.labels.csv", slicer_csv),
    ("Segmentation.nii.gz", "SEGMENTATION.LABELS.CSV", slicer_csv),
    ("Segmentation-label.nrrd", "Segmentation_ColorTable.ctbl", colour_table),
    ("Segmentation-label.nrrd", "Segmentation_ColorTable.csv", slicer_csv),
    ("Segmentation-label.nrrd", "Segmentation-label_ColorTable.ctbl", colour_table),
    ("Segmentation_1-label.nii.gz", "Segmentation_1-label_ColorTable.csv", slicer_csv),
    ("map.nii.gz", "map.txt", snap_table),
    ("map.nii.gz", "map.label", snap_table),
    ("map.nii.gz", "labels.txt", snap_table),
    ("map.nii.gz", "labels.txt", lambda names: snap_table(names).partition("\n")[2]),  # without its title
    ("map.nii.gz", "map_LUT.txt", lambda names: colour_table(names).partition("\n")[2]),
    ("map.nrrd", "whatever.label", snap_table),
    ("map.nrrd", "Segmentation.ctbl", colour_table),
]


@pytest.mark.parametrize(("file", "table", "made"), TABLES_OF_SLICER)
def test_tables_that_programs_write_beside_a_map(
    tmp_path: Path, block: CouinaudBlock, exchanged: np.ndarray, file: str, table: str, made: Any
) -> None:
    path = tmp_path / file
    if file.endswith("nrrd"):
        as_nrrd(path, exchanged, block)
    else:
        write_nifti(path, exchanged, block.grid)
    (tmp_path / table).write_text(made({n: f"liver segment {EXCHANGED[n]}" for n in range(1, 9)}))
    for role in (False, True):
        given: dict[str, Any] = {"segments": path} if role else {}
        liver = flr.read_liver(*([] if role else [path]), tumours="none", **given)
        assert right(liver, block)
        assert [f.check for f in liver.quality] == ["names_from_sidecar"]
    (item,) = find_structures([path]).labelled
    assert [p.name for p in item.source.files] == [file, table]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".txt"])
def test_encodings_and_delimiters_of_a_table(
    tmp_path: Path,
    block: CouinaudBlock,
    exchanged: np.ndarray,
    encoding: str,
    delimiter: str,
    suffix: str,
) -> None:
    path = write_nifti(tmp_path / "map.nii.gz", exchanged, block.grid)
    names = {n: f"liver segment {EXCHANGED[n]}" for n in range(1, 9)} | {9: "métastase"}
    (tmp_path / f"map{suffix}").write_bytes(slicer_csv(names, delimiter).encode(encoding))
    assert right(flr.read_liver(path, tumours="none"), block)


UNCLEAR = {
    "map.ctbl": "1 liver\n",
    "map.txt": "1 liver_segment_4\n4 liver_segment_1\n",
    "map.csv": "LabelValue,Name\none,liver_segment_1\n",
    "map.labels.csv": "LabelValue,Name\n1,liver_segment_1\n1,liver_segment_4\n",
    "map.json": json.dumps({"labels": {"background": 0, "liver": [1, 2], "tumour": [2, 3]}}),
    "map_ColorTable.ctbl": "# Color table file x\n1 liver segment 1 1 2 3 255\n",
    "map.tsv": "liver_segment_4:1\nliver_segment_1:4\n",
    "map-labels.json": json.dumps(
        [{"id": 1, "name": "liver segment 4"}, {"id": 4, "name": "liver segment 1"}]
    ),
    "map_labels.json": json.dumps({"liver segment 4": {"value": 1, "color": [1, 2, 3]}}),
    "map.xml": "<labels><label id='1'>Liver segment 4</label><label id='4'>Liver segment 1</label></labels>",
    "map.yaml": "1: Liver segment 4\n4: Liver segment 1\n",
    "map.label": "PK\x03\x04\x14\x00\x06",
    "map.lut": f"1 liver segment 4 {'x' * 300}\n4 liver segment 1 {'x' * 300}\n",
    "dataset.json": json.dumps({"labels": {"liver": [1, 2], "tumor": 2}, "regions_class_order": [2, 1]}),
    "x.mitklabel.json": json.dumps({"groups": [{"labels": [{"_file": "map.nii.gz", "value": 1}]}]}),
}


@pytest.mark.parametrize("table", list(UNCLEAR))
@pytest.mark.parametrize("role", [False, True])
def test_a_table_that_is_not_understood_stops_the_reading(
    tmp_path: Path, block: CouinaudBlock, table: str, role: bool
) -> None:
    path = write_nifti(tmp_path / "map.nii.gz", block.segments, block.grid)
    (tmp_path / table).write_text(UNCLEAR[table])
    given: dict[str, Any] = {"segments": path} if role else {}
    with pytest.raises(LabelError, match=table) as caught:
        flr.read_liver(*([] if role else [path]), tumours="none", **given)
    assert "--labels" in str(caught.value)
    assert str(tmp_path) not in str(caught.value)
    assert find_structures([path]).labelled[0].scheme is None
    # What the user says is taken, and single structures are what their role says.
    assert right(flr.read_liver(path, scheme="couinaud_8", tumours="none"), block)


@pytest.mark.parametrize(
    ("table", "text"),
    [
        ("map.txt", "Patient was seen on Monday. The liver is large.\n"),
        ("map.json", json.dumps({"EchoTime": 0.002, "SeriesNumber": 4})),
        ("map.csv", "structure,volume_ml\nliver,1432.7\nspleen,211.0\n"),
        ("labels.txt", "any text"),
        ("scale.ctbl", "# Color procedural file x\n0 0 0 0\n255 1 1 1\n"),
        (
            "map.txt",
            "# ITK-SnAP Label Description File\n"
            + "".join(f'{n} 1 2 3 1 1 1 "Label {n}"\n' for n in range(1, 7)),
        ),
    ],
)
def test_other_files_beside_a_map_are_no_tables(
    tmp_path: Path, block: CouinaudBlock, table: str, text: str
) -> None:
    path = write_nifti(tmp_path / "map.nii.gz", block.segments, block.grid)
    (tmp_path / table).write_text(text)
    liver = flr.read_liver(path, tumours="none")
    assert right(liver, block)
    assert not [f for f in liver.quality if f.severity != "info"]


def test_tables_that_differ_stop_the_reading(tmp_path: Path, block: CouinaudBlock) -> None:
    path = write_nifti(tmp_path / "map.nii.gz", block.segments, block.grid)
    (tmp_path / "map.txt").write_text(snap_table({n: f"liver segment {n}" for n in range(1, 9)}))
    (tmp_path / "map.csv").write_text(slicer_csv({n: f"liver_segment_{EXCHANGED[n]}" for n in range(1, 9)}))
    for given in ({"segments": path}, {}):
        with pytest.raises(LabelError, match=r"map\.txt and map\.csv"):
            flr.read_liver(*([] if given else [path]), tumours="none", **given)


@pytest.mark.parametrize("kind", ["ct", "positive ct", "soft map"])
def test_images_beside_a_map_do_not_make_its_table_doubtful(
    tmp_path: Path, block: CouinaudBlock, exchanged: np.ndarray, kind: str
) -> None:
    grey = np.random.default_rng(5).normal(40.0, 300.0, block.segments.shape)
    image = {
        "ct": grey.astype(np.int16),
        "positive ct": (np.abs(grey) + 1).astype(np.uint16),
        "soft map": grey,
    }
    path = write_nifti(tmp_path / "map.nii.gz", exchanged, block.grid)
    write_nifti(tmp_path / "scan.nii.gz", image[kind], block.grid)
    (tmp_path / "labels.txt").write_text(
        snap_table({n: f"liver segment {EXCHANGED[n]}" for n in range(1, 9)})
    )
    for given in ({"segments": path}, {}):
        assert right(flr.read_liver(*([] if given else [path]), tumours="none", **given), block)


def test_a_lone_table_among_several_maps_must_not_be_contradicted(
    tmp_path: Path, block: CouinaudBlock, exchanged: np.ndarray
) -> None:
    write_nifti(tmp_path / "other.nii.gz", block.segments, block.grid)
    wrong = write_nifti(tmp_path / "map.nii.gz", exchanged, block.grid)
    (tmp_path / "labels.txt").write_text(
        snap_table({n: f"liver segment {EXCHANGED[n]}" for n in range(1, 9)})
    )
    for given in ({"segments": wrong}, {}):
        with pytest.raises(LabelError, match=r"labels\.txt in the folder calls label 4"):
            flr.read_liver(*([] if given else [wrong]), tumours="none", **given)
    (tmp_path / "labels.txt").write_text(snap_table({n: f"liver segment {n}" for n in range(1, 9)}))
    assert right(flr.read_liver(write_nifti(wrong, block.segments, block.grid), tumours="none"), block)


def test_a_table_of_the_folder_that_leaves_a_label_out_must_not_be_contradicted(
    tmp_path: Path, block: CouinaudBlock, exchanged: np.ndarray
) -> None:
    path = write_nifti(tmp_path / "map.nii.gz", exchanged, block.grid)
    labels = {"background": 0, **{f"liver_segment_{EXCHANGED[n]}": n for n in range(2, 9)}}
    (tmp_path / "dataset.json").write_text(json.dumps({"labels": labels}))
    with pytest.raises(LabelError, match=r"dataset\.json in the folder calls label 4"):
        flr.read_liver(path, tumours="none")


def test_names_that_name_none_of_the_labels_stop_the_reading(tmp_path: Path, block: CouinaudBlock) -> None:
    names = {n + 100: f"liver_segment_{n}" for n in range(1, 9)}
    path = write_nifti(tmp_path / "map.nii.gz", block.segments, block.grid, names=names)
    with pytest.raises(LabelError, match="names in the file are of 101"):
        flr.read_liver(path, tumours="none")


@pytest.mark.parametrize(
    "extension", [b"<CaretExtension><LabelTable><Label", b'atr_name="VALUE_LABEL_DTABLE"']
)
def test_a_header_extension_that_cannot_be_read_stops_the_reading(
    tmp_path: Path, block: CouinaudBlock, extension: bytes
) -> None:
    path = write_nifti(tmp_path / "map.nii.gz", block.segments, block.grid)
    image = nib.load(path)
    image.header.extensions.append(nib.nifti1.Nifti1Extension(4, extension))
    nib.save(image, tmp_path / "own.nii.gz")
    for given in ({"segments": tmp_path / "own.nii.gz"}, {}):
        with pytest.raises(LabelError, match="names in the header"):
            flr.read_liver(*([] if given else [tmp_path / "own.nii.gz"]), tumours="none", **given)


def test_a_role_does_not_read_numbers_where_names_are_not_known(tmp_path: Path, block: CouinaudBlock) -> None:
    path = write_nifti(
        tmp_path / "map.nii.gz",
        block.segments,
        block.grid,
        names={n: f"Lappen {'ABCDEFGH'[n - 1]}" for n in range(1, 9)},
    )
    with pytest.raises(LabelError, match="--segments"):
        flr.read_liver(segments=path, tumours="none")
    some = {n: f"liver_segment_{EXCHANGED[n]}" for n in range(1, 8)} | {8: "Lappen H"}
    write_nifti(path, block.segments, block.grid, names=some)
    with pytest.raises(LabelError, match="--segments"):
        flr.read_liver(segments=path, tumours="none")


def test_a_lone_segment_is_what_its_name_says(tmp_path: Path, block: CouinaudBlock) -> None:
    voxels = np.where(block.segments == 5, 2, 0).astype(np.uint8)
    path = write_nifti(tmp_path / "map.nii.gz", voxels, block.grid, names={2: "liver_segment_5"})
    assert flr.read_liver(segments=path, tumours="none").part_names == ("5",)


def test_a_liver_is_its_name_whatever_lies_beside_it(tmp_path: Path, block: CouinaudBlock) -> None:
    path = write_nifti(tmp_path / "liver.nii.gz", (block.segments > 0).astype(np.uint8), block.grid)
    (tmp_path / "labels.txt").write_text(snap_table({n: f"liver segment {n}" for n in range(1, 9)}))
    assert not flr.read_liver(path, tumours="none").is_divided


def test_a_description_of_dcmqi(tmp_path: Path, block: CouinaudBlock, exchanged: np.ndarray) -> None:
    path = as_nrrd(tmp_path / "map.nrrd", exchanged, block)
    attributes: list[dict[str, Any]] = [
        {"labelID": n, "SegmentLabel": f"Liver segment {EXCHANGED[n]}"} for n in range(1, 9)
    ]
    (tmp_path / "map.json").write_text(json.dumps({"segmentAttributes": [attributes]}))
    assert right(flr.read_liver(path, tumours="none"), block)
    for one in attributes:
        code = {"CodeValue": CODE_OF[str(one["labelID"])], "CodingSchemeDesignator": "SCT"}
        one["SegmentedPropertyTypeCodeSequence"] = code
    (tmp_path / "map.json").write_text(json.dumps({"segmentAttributes": [attributes]}))
    with pytest.raises(LabelError, match="label 4 is called 'Liver segment 8'"):
        flr.read_liver(path, tumours="none")
    (tmp_path / "map.json").write_text(json.dumps({"segmentAttributes": [attributes[:4], attributes[4:]]}))
    with pytest.raises(LabelError, match="several files"):
        flr.read_liver(path, tumours="none")


HEAD_OF_CODES = {
    "short": "Type_CodingScheme,Type_CodeValue,Type_CodeMeaning",
    "long": "SegmentedPropertyTypeCodeSequence.CodingSchemeDesignator,"
    "SegmentedPropertyTypeCodeSequence.CodeValue,SegmentedPropertyTypeCodeSequence.CodeMeaning",
}


@pytest.mark.parametrize("spelling", list(HEAD_OF_CODES))
@pytest.mark.parametrize("names", ["right", "none", "no column", "contradicting"])
def test_codes_in_a_table(
    tmp_path: Path, block: CouinaudBlock, exchanged: np.ndarray, spelling: str, names: str
) -> None:
    path = write_nifti(tmp_path / "map.nii.gz", exchanged, block.grid)
    rows = []
    for n in range(1, 9):
        own = {"right": f"liver_segment_{EXCHANGED[n]}", "contradicting": f"liver_segment_{n}"}.get(names, "")
        code = f"SCT,{CODE_OF[str(EXCHANGED[n])]},x"
        rows.append(f"{n},{code}" if names == "no column" else f"{n},{own},{code}")
    head = "LabelValue," + ("" if names == "no column" else "Name,") + HEAD_OF_CODES[spelling]
    (tmp_path / "map.labels.csv").write_text("\n".join([head, *rows]))
    if names == "contradicting":
        with pytest.raises(LabelError, match="label 4 is called 'liver_segment_4', but its code means"):
            flr.read_liver(path, tumours="none")
    else:
        assert right(flr.read_liver(path, tumours="none"), block)


@pytest.mark.real
def test_real_tables_in_latin_1_and_with_semicolons(real_data: Path) -> None:
    folder = real_data / "cases" / "label-table-encoding-and-delimiter"
    by_name = {"a.nii.gz": ["liver", "resected", "tumour"], "b.nii.gz": ["liver", "resected", "tumour"]}
    for file, expected in by_name.items():
        (item,) = find_structures([folder / file]).labelled
        assert sorted(item.mapping.values()) == expected


def mitk_label(value: int, name: str) -> str:
    """A label as MITK's older headers hold it, its line breaks as two characters."""
    rows = (
        f'<property key="name" type="StringProperty"><string value="{name}"/></property>',
        f'<property key="value" type="UShortProperty"><unsigned value="{value}"/></property>',
        '<property key="locked" type="BoolProperty"><bool value="true"/></property>',
    )
    return '<?xml version="1.0" encoding="UTF-8"?>\\n<Label>\\n' + "\\n".join(rows) + "\\n</Label>\\n"


@pytest.mark.parametrize("prefix", ["", "org.mitk."])
def test_names_in_the_older_header_of_mitk(
    tmp_path: Path, block: CouinaudBlock, exchanged: np.ndarray, prefix: str
) -> None:
    keys = {f"{prefix}label_000_00000": mitk_label(0, "Exterior")}
    keys |= {f"{prefix}label_000_{n:05}": mitk_label(n, f"Liver segment {EXCHANGED[n]}") for n in range(1, 9)}
    path = as_nrrd(
        tmp_path / "m.nrrd",
        exchanged,
        block,
        modality="org.mitk.image.multilabel",
        layers="1",
        layer_000="9",
        **keys,
    )
    for liver in (flr.read_liver(path, tumours="none"), flr.read_liver(segments=path, tumours="none")):
        assert right(liver, block)
        assert liver.quality == ()


@pytest.mark.parametrize(
    "broken",
    [
        {"org.mitk.label_001_00000": mitk_label(1, "Liver segment 1")},  # of a layer that is not there
        {
            "org.mitk.label_000_00000": mitk_label(1, "Liver segment 1"),
            "org.mitk.label_000_00001": mitk_label(1, "Liver segment 4"),
        },
        {
            "org.mitk.label_000_00000": '<!DOCTYPE x [<!ENTITY a "b">]>'
            + mitk_label(1, "Liver segment 1")[38:]
        },
        {"org.mitk.label_000_00000": mitk_label(1, "Liver segment 1").replace('"1"/', '"-1"/')},
    ],
)
def test_an_older_header_of_mitk_that_contradicts_itself_stops_the_reading(
    tmp_path: Path, block: CouinaudBlock, broken: dict[str, str]
) -> None:
    path = as_nrrd(tmp_path / "m.nrrd", block.segments, block, **broken)
    with pytest.raises(LabelError, match="names in the header"):
        flr.read_liver(path, tumours="none")


def stack(groups: list[dict[str, Any]]) -> str:
    return json.dumps({"version": 3, "type": "org.mitk.multilabel.segmentation.stack", "groups": groups})


def test_a_stack_of_mitk_names_the_labels_of_its_files(
    tmp_path: Path, block: CouinaudBlock, exchanged: np.ndarray
) -> None:
    named = [{"name": f"Liver segment {EXCHANGED[n]}", "value": n} for n in range(1, 9)]
    write_nifti(tmp_path / "Seg_Group_0.nii.gz", exchanged, block.grid)
    write_nifti(tmp_path / "Seg_Label_9.nii.gz", (block.segments == 7).astype(np.uint8), block.grid)
    tumour = {"name": "tumour", "value": 9, "_file": "./Seg_Label_9.nii.gz", "_file_value": 1}
    groups = [{"_file": "./Seg_Group_0.nii.gz", "labels": named}, {"name": "one each", "labels": [tumour]}]
    (tmp_path / "Seg.mitklabel.json").write_text(stack(groups))
    for inputs in ([tmp_path / "Seg_Group_0.nii.gz", tmp_path / "Seg_Label_9.nii.gz"], [tmp_path]):
        liver = flr.read_liver(*inputs)
        assert right(liver, block)
        assert measure(liver).tumour_ml == pytest.approx(block.part_ml[7])
    (item, _) = find_structures([tmp_path]).labelled
    assert [p.name for p in item.source.files] == ["Seg_Group_0.nii.gz", "Seg.mitklabel.json"]


def test_a_stack_of_mitk_is_an_input_and_stands_for_its_maps(
    tmp_path: Path, block: CouinaudBlock, exchanged: np.ndarray
) -> None:
    named = [{"name": f"Liver segment {EXCHANGED[n]}", "value": n} for n in range(1, 9)]
    path = write_nifti(tmp_path / "Seg_Group_0.nii.gz", exchanged, block.grid)
    given = tmp_path / "Seg.mitklabel.json"
    given.write_text(stack([{"_file": r".\Seg_Group_0.nii.gz", "labels": named}]))
    for inputs in ([given], [given, path], [path, given]):
        liver = flr.read_liver(*inputs, tumours="none")
        assert right(liver, block)
    assert right(flr.read_liver(segments=given, tumours="none"), block)
    (item,) = find_structures([given]).labelled
    assert [p.name for p in item.source.files] == ["Seg_Group_0.nii.gz", "Seg.mitklabel.json"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "expected groups of named labels"),
        ("[1]", "expected groups of named labels"),
        (stack([{"labels": []}]), "names no label map"),
        (stack([{"_file": 7, "labels": []}]), "expected groups of named labels"),
        (stack([{"_file": "gone.nii.gz", "labels": []}]), "gone.nii.gz"),
        (stack([{"_file": "../map.nii.gz", "labels": []}]), "elsewhere"),
        (stack([{"_file": "x.mitklabel.json", "labels": []}]), "names no label map"),
    ],
)
def test_a_stack_that_names_no_map_is_one_clear_error(tmp_path: Path, text: str, message: str) -> None:
    given = tmp_path / "x.mitklabel.json"
    given.write_text(text)
    with pytest.raises(ReadError, match=message):
        flr.read_liver(given, tumours="none")


def test_a_stack_of_several_maps_is_none_of_one_role(tmp_path: Path, block: CouinaudBlock) -> None:
    given = tmp_path / "x.mitklabel.json"
    given.write_text(stack([{"_file": "a.nii.gz", "labels": []}, {"_file": "b.nii.gz", "labels": []}]))
    with pytest.raises(ReadError, match=r"--segments x\.mitklabel\.json names a\.nii\.gz, b\.nii\.gz"):
        flr.read_liver(segments=given, tumours="none")


@pytest.mark.parametrize(
    "groups",
    [
        [{"_file": "map.nii.gz", "labels": [{"name": "a", "value": 1, "_file": "own.nii.gz"}]}],
        [{"_file": "map.nii.gz", "labels": [{"name": "a", "value": 1}, {"name": "b", "value": 1}]}],
        [{"_file": "map.nii.gz", "labels": [{"name": "a", "value": "1"}]}],
        [{"_file": "map.nii.gz", "labels": "a"}],
    ],
)
def test_a_stack_of_mitk_that_is_not_understood_stops_the_reading(
    tmp_path: Path, block: CouinaudBlock, groups: list[dict[str, Any]]
) -> None:
    path = write_nifti(tmp_path / "map.nii.gz", block.segments, block.grid)
    (tmp_path / "x.mitklabel.json").write_text(stack(groups))
    with pytest.raises(LabelError, match=r"x\.mitklabel\.json"):
        flr.read_liver(path, tumours="none")


def bids_table(names: Mapping[int, str]) -> str:
    return "\n".join(["index\tname\tabbreviation", *(f"{value}\t{own}\tx" for value, own in names.items())])


@pytest.mark.parametrize(
    "place",
    [
        "dseg.tsv",
        "desc-couinaud_dseg.tsv",
        "sub-01/sub-01_desc-couinaud_dseg.tsv",
        "sub-01/ses-1/dseg.tsv",
        "sub-01/ses-1/anat/desc-couinaud_dseg.tsv",
    ],
)
def test_a_map_inherits_its_table_up_to_the_root_of_its_data_set(
    tmp_path: Path, block: CouinaudBlock, exchanged: np.ndarray, place: str
) -> None:
    (tmp_path / "dataset_description.json").write_text("{}")
    folder = tmp_path / "sub-01" / "ses-1" / "anat"
    folder.mkdir(parents=True)
    path = write_nifti(folder / "sub-01_ses-1_desc-couinaud_dseg.nii.gz", exchanged, block.grid)
    right_names = {n: f"liver segment {EXCHANGED[n]}" for n in range(1, 9)}
    (tmp_path / place).write_text(bids_table(right_names))
    # Of another description, above the data set, and farther away: none of them has a say.
    (folder / "desc-other_dseg.tsv").write_text(bids_table({n: f"liver segment {n}" for n in range(1, 9)}))
    (tmp_path.parent / "dseg.tsv").write_text(bids_table({n: f"liver segment {n}" for n in range(1, 9)}))
    try:
        for given in ({}, {"segments": path}):
            liver = flr.read_liver(*([] if given else [path]), tumours="none", **given)
            assert right(liver, block)
            assert liver.quality == ()
        (item,) = find_structures([path]).labelled
        assert item.source.files[1:] == (tmp_path / place,)
    finally:
        (tmp_path.parent / "dseg.tsv").unlink()


def test_the_nearer_table_wins_and_the_closer_one_in_a_folder(
    tmp_path: Path, block: CouinaudBlock, exchanged: np.ndarray
) -> None:
    (tmp_path / "dataset_description.json").write_text("{}")
    folder = tmp_path / "sub-01" / "anat"
    folder.mkdir(parents=True)
    path = write_nifti(folder / "sub-01_desc-couinaud_dseg.nii.gz", exchanged, block.grid)
    wrong = bids_table({n: f"liver segment {n}" for n in range(1, 9)})
    (tmp_path / "dseg.tsv").write_text(wrong)
    (tmp_path / "sub-01" / "dseg.tsv").write_text(wrong)
    (tmp_path / "sub-01" / "sub-01_dseg.tsv").write_text(
        bids_table({n: f"liver segment {EXCHANGED[n]}" for n in range(1, 9)})
    )
    assert right(flr.read_liver(path, tumours="none"), block)


@pytest.mark.parametrize(
    ("table", "text"),
    [
        ("dseg.tsv", "name\tabbreviation\nliver_segment_1\tI\n"),
        ("dseg.tsv", "liver_segment_1\n"),
        ("map_dseg.tsv", "name\tcolor\nliver_segment_1\t#ff0000\n"),
        ("map.csv", "Name,Color_R,Color_G,Color_B\nliver_segment_1,1,2,3\n"),
    ],
)
def test_a_table_of_labels_without_their_numbers_stops_the_reading(
    tmp_path: Path, block: CouinaudBlock, table: str, text: str
) -> None:
    name = "map_dseg.nii.gz" if table.startswith("map_") else "map.nii.gz"
    path = write_nifti(tmp_path / name, block.segments, block.grid)
    (tmp_path / table).write_text(text)
    with pytest.raises(LabelError, match=table):
        flr.read_liver(path, tumours="none")


def test_a_table_of_measurements_is_no_table_of_labels(tmp_path: Path, block: CouinaudBlock) -> None:
    path = write_nifti(tmp_path / "map.nii.gz", block.segments, block.grid)
    (tmp_path / "map.csv").write_text("name,volume_ml\nliver_segment_1,100.0\n")
    assert right(flr.read_liver(path, tumours="none"), block)


def test_what_we_said_of_a_map_is_no_table_of_its_names(
    tmp_path: Path, block: CouinaudBlock, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_nifti(tmp_path / "map.nii.gz", block.segments, block.grid)
    for command in ("inspect", "volumes"):
        assert main([command, str(path), "--json"]) == 0
        (tmp_path / "map.json").write_text(capsys.readouterr().out)
        assert right(flr.read_liver(path, tumours="none"), block)


def test_a_scale_that_takes_labels_off_whole_numbers_is_named(tmp_path: Path, block: CouinaudBlock) -> None:
    for slope, intercept, said in (
        (0.7, 0.0, "multiplies the stored numbers by 0.7"),
        (1.0, 0.25, "adds 0.25"),
    ):
        path = write_nifti(tmp_path / "map.nii", block.segments, block.grid)
        content = bytearray(path.read_bytes())
        content[112:120] = np.array([slope, intercept], np.float32).tobytes()
        path.write_bytes(bytes(content))
        with pytest.raises(LabelError, match=said):
            flr.read_liver(path, tumours="none")
