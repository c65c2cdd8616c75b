"""What is fuzzed: every reader, as a function of bytes, and the valid inputs that mutations start from.

A target may return, or raise an error of the package. Anything else (another exception, a hang, a crash of
the process) is a finding.
"""

from __future__ import annotations

import io
import json
import tempfile
import warnings
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from phantoms import couinaud_block, write_nifti

from flr.errors import FLRError

Target = Callable[[bytes], object]


def survives(target: str, content: bytes) -> bool:
    """Run one target; whether it accepted the input. Anything but acceptance and refusal is raised."""
    with warnings.catch_warnings():
        # Libraries quote what stands in a file when they warn.
        warnings.simplefilter("ignore")
        try:
            TARGETS[target](content)
        except FLRError as error:
            message = str(error)
            if not message or "Traceback" in message:
                raise AssertionError(f"a refusal without a reason: {message!r}") from error
            return False
    return True


def _as_file(name: str, read: Callable[[Path], object]) -> Target:
    def target(content: bytes) -> object:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            path.write_bytes(content)
            return read(path)

    return target


def _labels(path: Path) -> object:
    from flr.io.volumes import structure_volumes

    return structure_volumes([path])


def _liver(path: Path) -> object:
    from flr.io.read import read_liver

    return read_liver(segments=path, tumours="none")


def _inspect(path: Path) -> object:
    from flr.io.inspection import inspect

    return inspect([path])


def _plan_file(path: Path) -> object:
    from flr.io.markups import read_plan

    return read_plan(path)


def _case(path: Path) -> object:
    from flr.io.case import read_case

    (path.parent / "segments.nii.gz").touch()
    return read_case(path)


def _errors(path: Path) -> object:
    from flr.io.errors_table import read_errors

    return read_errors(path)


def _scheme(path: Path) -> object:
    from flr.labels import scheme_from_json

    return scheme_from_json(path)


def _result(path: Path) -> object:
    from flr.replay import replay

    return replay(path)


def _plan_text(content: bytes) -> object:
    from flr.plans import parse_plan

    return parse_plan(content.decode("utf-8", "replace"))


def _label_option(content: bytes) -> object:
    from flr.labels import parse_label_option

    return parse_label_option(content.decode("utf-8", "replace"))


def _sidecar(name: str, *, given: bool = False) -> Target:
    """A label table beside a good map; ``given`` where it is the input itself, and names the map."""

    def read(path: Path) -> object:
        (path.parent / "map.nii.gz").write_bytes(seeds()["nifti_gz"][0])
        return _labels(path if given else path.parent / "map.nii.gz")

    return _as_file(name, read)


TARGETS: Mapping[str, Target] = {
    "nifti": _as_file("map.nii", _liver),
    "nifti_gz": _as_file("map.nii.gz", _labels),
    "nrrd": _as_file("map.nrrd", _labels),
    "seg_nrrd": _as_file("map.seg.nrrd", _labels),
    "metaimage": _as_file("map.mha", _labels),
    "dicom_seg": _as_file("object.dcm", _labels),
    "rtstruct": lambda content: _beside_series(content),
    "dicom_image": lambda content: _in_series(content),
    "plan_text": _plan_text,
    "plan_json": _as_file("plan.json", _plan_file),
    "markups": _as_file("cut.mrk.json", _plan_file),
    "slicer_liver": _as_file("cut.lrp.json", _plan_file),
    "case": _as_file("case.toml", _case),
    "errors": _as_file("errors.toml", _errors),
    "scheme": _as_file("scheme.json", _scheme),
    "result": _as_file("assessment.json", _result),
    "label_option": _label_option,
    "sidecar_tsv": _sidecar("map.tsv"),
    "sidecar_txt": _sidecar("map.txt"),
    "sidecar_json": _sidecar("dataset.json"),
    "mitk_stack": _sidecar("map.mitklabel.json", given=True),
}
"""Name to target."""


@cache
def seeds() -> dict[str, list[bytes]]:
    """Valid inputs of every target."""
    block = couinaud_block(columns_voxels=(6, 6, 6, 6), spacing_mm=(8.0, 8.2, 8.4), margin_voxels=2)
    found: dict[str, list[bytes]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for key, file in (("nifti", "map.nii"), ("nifti_gz", "map.nii.gz")):
            names = {value: f"liver_segment_{value}" for value in range(1, 9)}
            found[key] = [
                write_nifti(folder / file, block.segments, block.grid).read_bytes(),
                write_nifti(
                    folder / file, block.segments.astype(np.int16), block.grid, names=names
                ).read_bytes(),
                write_nifti(folder / file, block.segments.astype(np.float32), block.grid).read_bytes(),
            ]
    found |= {
        "nrrd": [_nrrd(block.segments, "raw"), _nrrd(block.segments, "gzip")],
        "seg_nrrd": [_nrrd(block.segments, "gzip", _SEGMENT_KEYS)],
        "metaimage": [_metaimage(block.segments)],
        "plan_text": [text.encode() for text in _PLANS],
        "plan_json": [json.dumps(_PLAN_JSON).encode()],
        "markups": [json.dumps(_MARKUPS).encode()],
        "slicer_liver": [json.dumps(_SLICER_LIVER).encode()],
        "case": [_CASE.encode()],
        "errors": [b'source = "x"\ncut_mm = 2.5\nshared_percent = 40\n'],
        "scheme": [json.dumps({"name": "own", "labels": {"1": "liver", "2": "tumour"}}).encode()],
        "result": [_result_of_numbers()],
        "label_option": [b"1=hepatic_vein,2=portal_vein"],
        "sidecar_tsv": [b"index\tname\n1\tsegment_1\n2\tsegment_2\n"],
        "sidecar_txt": [b'    1  255  0  0  1  1  1  "segment_1"\n'],
        "sidecar_json": [
            json.dumps({"labels": {"background": 0, "segment_1": 1}}).encode(),
            json.dumps({"labels": {"liver": [1, 2], "tumor": 2}, "regions_class_order": [1, 2]}).encode(),
        ],
        "mitk_stack": [
            json.dumps(
                {"groups": [{"_file": "map.nii.gz", "labels": [{"name": "Lebersegment 1", "value": 1}]}]}
            ).encode()
        ],
    }
    return found | _dicom_seeds()


@cache
def _stack() -> Any:
    from dicom_phantoms import Stack, even_heights_mm, stack_at

    uids = {"series_uid": "1.2.3.4", "study_uid": "1.2.3.5", "frame_uid": "1.2.3.6"}
    made: Stack = stack_at(even_heights_mm(25.0), spacing_mm=(4.4, 4.1), size=(32, 32), **uids)
    return made


@cache
def _series() -> tuple[bytes, ...]:
    """A small CT series, which SEG and RTSTRUCT refer to."""
    from dicom_phantoms import write_series

    with tempfile.TemporaryDirectory() as name:
        return tuple(path.read_bytes() for path in write_series(Path(name), _stack()))


def _dicom_seeds() -> dict[str, list[bytes]]:
    from dicom_phantoms import Ellipsoid, circle, segment, write_rtstruct, write_seg
    from pydicom.uid import DeflatedExplicitVRLittleEndian, RLELossless

    stack = _stack()
    masks = stack.masks(Ellipsoid())
    rings = [circle((7.0, -11.0, float(z)), 40.0, n=24) for z in stack.origins_mm[2:5, 2]]
    seg = []
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "object"
        for kind in ("BINARY", "FRACTIONAL", "LABELMAP"):
            drawn = {0: masks.astype(np.uint8)} if kind == "LABELMAP" else {1: masks}
            seg.append(write_seg(path, stack, drawn, [segment(1, "Liver")], kind=kind).read_bytes())
        rtstruct = write_rtstruct(path, stack, {"Liver": rings}).read_bytes()
    seg += [in_syntax(seg[0], DeflatedExplicitVRLittleEndian), in_syntax(seg[2], RLELossless)]
    images = [*_series()[:2], in_syntax(_series()[0], RLELossless)]
    return {"dicom_seg": seg, "rtstruct": [rtstruct], "dicom_image": images}


def in_syntax(content: bytes, syntax: str, **changes: Any) -> bytes:
    """The same DICOM object, deflated or compressed; ``changes`` are promises that its header makes then."""
    from pydicom import dcmread
    from pydicom.uid import RLELossless

    dataset, stream = dcmread(io.BytesIO(content)), io.BytesIO()
    if syntax == RLELossless:
        dataset.compress(RLELossless)
    dataset.file_meta.TransferSyntaxUID = syntax
    for keyword, value in changes.items():
        setattr(dataset, keyword, value)
    dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def _beside_series(content: bytes) -> object:
    """A DICOM object in the folder of the series that it was drawn on."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number, image in enumerate(_series()):
            (folder / f"image{number}").write_bytes(image)
        (folder / "object").write_bytes(content)
        return _labels(folder)


def _in_series(content: bytes) -> object:
    """One slice of a series that is not like the others."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number, image in enumerate(_series()[1:], start=1):
            (folder / f"image{number}").write_bytes(image)
        (folder / "image0").write_bytes(content)
        return _inspect(folder)


def _nrrd(voxels: NDArray[Any], encoding: str, more: str = "") -> bytes:
    import gzip

    header = (
        f"NRRD0004\ntype: unsigned char\ndimension: 3\nspace: left-posterior-superior\n"
        f"sizes: {' '.join(str(n) for n in voxels.shape)}\n"
        "space directions: (8,0,0) (0,8,0) (0,0,8)\nkinds: domain domain domain\n"
        f"encoding: {encoding}\nspace origin: (0,0,0)\n{more}\n"
    )
    data = voxels.tobytes("F")
    return header.encode() + (gzip.compress(data, mtime=0) if encoding == "gzip" else data)


def _metaimage(voxels: NDArray[Any]) -> bytes:
    header = (
        "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\n"
        "CompressedData = False\nTransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 0 0 0\n"
        "ElementSpacing = 8 8 8\n"
        f"DimSize = {' '.join(str(n) for n in voxels.shape)}\nElementType = MET_UCHAR\n"
        "ElementDataFile = LOCAL\n"
    )
    return header.encode() + voxels.tobytes("F")


def _result_of_numbers() -> bytes:
    from flr.assessment import assess_numbers
    from flr.documents.assessments import assessments_document
    from flr.documents.base import to_json
    from flr.patient import Patient

    patient = Patient(weight_kg=70, height_cm=170, condition="normal")
    result = assess_numbers(total_ml=1500, tumour_ml=0, remnant_tumour_ml=0, flr_ml=400, patient=patient)
    return to_json(assessments_document([result])).encode()


_SEGMENT_KEYS = "Segment0_ID:=a\nSegment0_Name:=liver\nSegment0_LabelValue:=1\nSegment0_Layer:=0\n"

_PLANS = (
    "H5678",
    "H4'58",
    "H234-MHV",
    "H1234-B",
    "right hepatectomy",
    "5,6,7,8",
    "H67 + wedge(T3, 10) + ablate(T5, 5)",
    "ablate((10, -20.5, 30), 15)",
    "plane(1, 2, 3, 0, 0, 1)",
    "territory(RPV)",
    "flr",
)

_PLAN_JSON = {
    "schema": "flr-plan/1",
    "name": "cut",
    "intent": "cure",
    "structures": [],
    "grid": None,
    "cuts": [{"type": "plane", "origin_mm": [0, 0, 0], "normal": [1, 0, 0]}],
}

_MARKUPS = {
    "@schema": "https://raw.githubusercontent.com/slicer/slicer/master/Modules/Loadable/Markups/Resources/Schema/"
    "markups-schema-v1.0.3.json#",
    "markups": [
        {
            "type": "Plane",
            "coordinateSystem": "LPS",
            "coordinateUnits": "mm",
            "origin": [0.0, 0.0, 0.0],
            "normal": [0.0, 0.0, 1.0],
            "controlPoints": [{"id": "1", "label": "P-1", "position": [0.0, 0.0, 0.0]}],
        }
    ],
}

_SLICER_LIVER = {
    "schemaVersion": 1,
    "surfaceType": "Bezier",
    "rows": 4,
    "cols": 4,
    "controlGrid": [float(v) for y in range(4) for x in range(4) for v in (10 * x, 10 * y, 0)],
}

_CASE = """\
id = "c"
[patient]
weight_kg = 72
height_cm = 171
conditions = ["chemotherapy"]
[[scan]]
date = 2026-01-04
segments = "segments.nii.gz"
tumours = "none"
[[plan]]
name = "right"
removes = "H5678"
"""
