"""Inputs that try to break the readers: a bounded run, every past failure, and attacks with a name.

The long run is ``tests/fuzz/run.py``.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import struct
import subprocess
import sys
import time
import tracemalloc
import zlib
from pathlib import Path

import nibabel
import numpy as np
import pytest
from phantoms import couinaud_block, write_nifti
from pydicom.uid import DeflatedExplicitVRLittleEndian, RLELossless

from flr.cli import main
from flr.errors import PlanError
from flr.liver import assemble
from flr.plans import parse_plan, volumes

sys.path.append(str(Path(__file__).parent / "fuzz"))

from mutations import mutated  # the folder of the fuzzer is not a package
from semantic import fault_of
from targets import TARGETS, in_syntax, seeds, survives

CORPUS = Path(__file__).parent / "fuzz" / "corpus"
EXAMPLES = 60  # of each target, in every run of the tests

# --- the bounded run --------------------------------------------------------------------------


@pytest.mark.parametrize("target", sorted(TARGETS))
def test_a_valid_input_is_accepted(target: str) -> None:
    """A fuzzer that only ever sees refusals tests nothing."""
    assert all(survives(target, content) for content in seeds()[target])


@pytest.mark.parametrize("target", sorted(TARGETS))
def test_a_spoilt_input_is_accepted_or_refused(target: str) -> None:
    for number in range(EXAMPLES):
        draw = random.Random(f"tests {target} {number}")
        survives(target, mutated(draw.choice(seeds()[target]), draw))


MUTATIONS = 120  # in the long suite; a tenth of them in every run


@pytest.mark.parametrize("number", range(0, MUTATIONS, 10))
def test_several_lies_about_a_map_at_once_never_reassure(number: int) -> None:
    assert not fault_of(number, seed=20)


@pytest.mark.slow
@pytest.mark.long
def test_all_of_the_lies_about_a_map_at_once_never_reassure() -> None:
    faults = [fault for number in range(MUTATIONS) if (fault := fault_of(number, seed=20))]
    assert faults == []


@pytest.mark.parametrize("target", sorted(TARGETS))
def test_anything_at_all_is_accepted_or_refused(target: str) -> None:
    hypothesis = pytest.importorskip("hypothesis")
    from hypothesis import strategies

    texts = strategies.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))

    @hypothesis.settings(max_examples=25)
    @hypothesis.given(content=strategies.one_of(strategies.binary(max_size=600), texts))
    def check(content: bytes) -> None:
        survives(target, content)

    check()


@pytest.mark.parametrize("path", sorted(CORPUS.iterdir()), ids=lambda path: path.name)
def test_a_past_failure_stays_mended(path: Path) -> None:
    """Inputs that once ended in something else than acceptance or a refusal; named TARGET-WHAT."""
    survives(path.name.partition("-")[0], path.read_bytes())


# --- headers that promise more than there is ----------------------------------------------------


def nifti_header(shape: tuple[int, int, int], *, spacing: float = 1.0, code: int = 2) -> bytearray:
    header = bytearray(352)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, 3, *shape, 1, 1, 1, 1)
    struct.pack_into("<hh", header, 70, code, 8 if code == 2 else 64)
    struct.pack_into("<8f", header, 76, 1.0, spacing, spacing, spacing, 0, 0, 0, 0)
    struct.pack_into("<f", header, 108, 352.0)
    struct.pack_into("<hh", header, 252, 0, 1)
    for row in range(3):
        struct.pack_into("<4f", header, 280 + 16 * row, *[spacing if c == row else 0.0 for c in range(4)])
    header[344:348] = b"n+1\0"
    return header


@pytest.mark.parametrize("shape", [(32767, 32767, 32767), (30000, 30000, 2), (32767, 1, 32767)])
@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_a_header_that_promises_more_is_refused_before_memory_is_set_aside(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], shape: tuple[int, int, int], suffix: str
) -> None:
    content = bytes(nifti_header(shape)) + b"\1" * 4096
    path = tmp_path / f"map{suffix}"
    path.write_bytes(gzip.compress(content, mtime=0) if suffix.endswith("gz") else content)
    tracemalloc.start()
    try:
        assert main(["volumes", str(path)]) == 3
        assert main(["assess", "--segments", str(path), "--tumours", "none", "--plan", "H5678"]) == 3
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 200 << 20
    assert "Traceback" not in capsys.readouterr().err


def test_a_decompression_bomb_is_read_within_bounds(tmp_path: Path) -> None:
    """A gigabyte of zeros in a megabyte, behind a header of one small map: nothing of it is kept."""
    path = tmp_path / "map.nii.gz"
    with gzip.open(path, "wb", compresslevel=9) as stream:
        stream.write(bytes(nifti_header((16, 16, 16))))
        stream.write(b"\1" * 16**3)
        for _ in range(256):
            stream.write(bytes(1 << 20))
    assert path.stat().st_size < 1 << 20
    tracemalloc.start()
    try:
        code = main(["volumes", str(path), "--json"])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert code in (0, 3)
    assert peak < 64 << 20


def test_a_dicom_element_that_promises_gigabytes_sets_none_aside(tmp_path: Path) -> None:
    path = tmp_path / "object"
    path.write_bytes((CORPUS / "dicom_seg-length-beyond-memory").read_bytes())
    tracemalloc.start()
    try:
        assert main(["volumes", str(path)]) == 3
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 200 << 20


@pytest.mark.slow
def test_a_deflated_dicom_bomb_is_not_inflated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A gigabyte of zeros behind the elements of a segmentation, in a megabyte of file."""
    deflated = in_syntax(seeds()["dicom_seg"][0], DeflatedExplicitVRLittleEndian)
    end = 144 + struct.unpack_from("<L", deflated, 140)[0]  # of the part that says how the rest is stored
    squeezer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    bomb = [deflated[:end], squeezer.compress(zlib.decompress(deflated[end:], -zlib.MAX_WBITS))]
    bomb += [squeezer.compress(bytes(1 << 20)) for _ in range(1024)]
    path = tmp_path / "object.dcm"
    path.write_bytes(b"".join([*bomb, squeezer.flush()]))
    assert path.stat().st_size < 2 << 20
    tracemalloc.start()
    try:
        assert main(["volumes", str(path)]) == 3
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 64 << 20
    assert "inflates to more than" in capsys.readouterr().err


@pytest.mark.parametrize(
    "promise", [{"Rows": 65535, "Columns": 65535}, {"Rows": 8192, "Columns": 8192, "NumberOfFrames": 100}]
)
@pytest.mark.parametrize("target", ["dicom_seg", "dicom_image"])
def test_compressed_pixels_that_promise_more_than_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], target: str, promise: dict[str, int]
) -> None:
    """Behind compression the size of a file says nothing about what its pixels need."""
    path = tmp_path / "object.dcm"
    path.write_bytes(in_syntax(seeds()[target][2 if target == "dicom_seg" else 0], RLELossless, **promise))
    tracemalloc.start()
    try:
        assert main(["volumes", str(path)]) == 3
        assert main(["inspect", str(path)]) == 3
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 64 << 20
    assert capsys.readouterr().err.count("the header promises") == 2


# --- geometry and labels that cannot be ---------------------------------------------------------


def test_a_turned_axis_changes_no_volume(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    block = couinaud_block()
    plain = write_nifti(tmp_path / "plain.nii", block.segments, block.grid)
    image = nibabel.load(plain)
    turned = image.slicer[::-1, :, ::-1]  # the affine has negative strides along two axes
    nibabel.save(turned, tmp_path / "turned.nii")
    found = []
    for name in ("plain.nii", "turned.nii"):
        assert main(["volumes", "--segments", str(tmp_path / name), "--json"]) == 0
        found.append(json.loads(capsys.readouterr().out)["volumes_ml"])
    assert found[0] == pytest.approx(found[1], rel=1e-6)


def test_arrays_with_negative_strides_are_counted_alike() -> None:
    block = couinaud_block(tumours=[(7, 4)])
    found = []
    for turned in (False, True):
        arrays = (block.segments, block.tumours)
        if turned:
            # The same voxels in the same places, stored from the other end.
            arrays = tuple(np.ascontiguousarray(voxels[::-1, :, ::-1])[::-1, :, ::-1] for voxels in arrays)
            assert min(arrays[0].strides) < 0
        liver = assemble(
            block.grid, parts=arrays[0], part_names=tuple("12345678"), tumours=arrays[1].astype(bool)
        )
        table = volumes(liver, parse_plan("H67 + wedge(T1, 5)"))
        found.append((table.remnant_ml, table.resected_ml, table.tumour_ml))
    assert found[0] == found[1]
    assert found[0][2] > 0.0


@pytest.mark.parametrize("spacing", [0.0, -1.0, float("nan"), float("inf"), 1e30, 1e-30])
def test_a_spacing_that_cannot_be_is_refused(tmp_path: Path, spacing: float) -> None:
    path = tmp_path / "map.nii"
    path.write_bytes(bytes(nifti_header((8, 8, 8), spacing=spacing)) + b"\1" * 512)
    code = main(["assess", "--liver", str(path), "--tumours", "none", "--plan", "H5678"])
    assert code == 3


@pytest.mark.slow
def test_as_many_labels_as_there_are_numbers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    block = couinaud_block()
    voxels = (np.arange(40**3) % 60000).astype(np.uint16).reshape(40, 40, 40)
    path = write_nifti(tmp_path / "map.nii.gz", voxels, block.grid.crop((0, 0, 0), (40, 40, 40)))
    assert main(["volumes", str(path), "--json"]) in (0, 3)
    capsys.readouterr()
    assert main(["assess", str(path), "--tumours", "none", "--plan", "H5678"]) == 3
    assert len(capsys.readouterr().err) < 4000


# --- names, links and texts ---------------------------------------------------------------------

HOSTILE = '<img src=x onerror="alert(1)">&{{7*7}}=1+1'


@pytest.fixture
def inputs(tmp_path: Path) -> list[str]:
    block = couinaud_block(tumours=[(7, 4)])
    segments = write_nifti(tmp_path / "segments.nii.gz", block.segments, block.grid)
    return ["assess", "--segments", str(segments), "--tumours", "none", "--plan", "H5678"]


def test_nothing_is_written_through_a_link(tmp_path: Path, inputs: list[str]) -> None:
    """Links with the names of the report stand in its folder; what they point to stays as it was."""
    out, outside = tmp_path / "out", tmp_path / "outside"
    out.mkdir()
    outside.mkdir()
    for name in ("assessment.json", "assessment.csv", "report.html"):
        (outside / name).write_text("mine", encoding="utf-8")
        (out / name).symlink_to(outside / name)
    command = [*inputs, "--out", str(out), "--format", "json,csv,html"]
    assert main(command) == 6
    assert {path.read_text(encoding="utf-8") for path in outside.iterdir()} == {"mine"}
    for path in out.iterdir():
        assert path.is_symlink()
        path.unlink()
    assert main(command) == 0
    assert {path.read_text(encoding="utf-8") for path in outside.iterdir()} == {"mine"}
    assert json.loads((out / "assessment.json").read_text(encoding="utf-8"))["assessments"]


def test_nothing_is_written_beside_the_folder(tmp_path: Path, inputs: list[str]) -> None:
    before = set(tmp_path.rglob("*"))
    out = tmp_path / "out"
    code = main([*inputs, "--case-id", "../../evil", "--out", str(out), "--format", "json,csv"])
    assert code in (0, 2, 3)
    written = set(tmp_path.rglob("*")) - before
    assert all(path == out or out in path.parents for path in written)


def test_markup_in_names_is_text_everywhere(tmp_path: Path, inputs: list[str]) -> None:
    out = tmp_path / "out"
    code = main([*inputs, "--case-id", HOSTILE, "--out", str(out), "--format", "json,csv,html"])
    if code == 0:
        page = (out / "report.html").read_text(encoding="utf-8")
        assert "<img src=x" not in page
        assert 'onerror="alert(1)"' not in page
        cells = (out / "assessment.csv").read_text(encoding="utf-8").replace('"', "").split(",")
        assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]
    else:
        assert code in (2, 3)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100_000,
        "H" + "5" * 1_000_000,
        " " * 1_000_000 + "H5",
        "+".join(["H5"] * 100_000),
        "ablate(" * 500,
    ],
    ids=["brackets", "digits", "spaces", "terms", "calls"],
)
def test_a_plan_of_any_length_is_answered_at_once(text: str) -> None:
    """Looking at each character of a plan takes time with the square of its length: there is an end to it."""
    start = time.process_time()
    with pytest.raises(PlanError):
        parse_plan(text)
    spent = time.process_time() - start
    start = time.process_time()
    sum(range(3_000_000))
    assert spent < 100 * (time.process_time() - start)


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_terminal_without_the_letters_has_them_spelled_out(
    tmp_path: Path, inputs: list[str], encoding: str
) -> None:
    """ "≤" must neither end the program nor become a question mark."""
    done = subprocess.run(
        [sys.executable, "-m", "flr", *inputs, "--weight", "72", "--height", "171"],
        env={**os.environ, "PYTHONIOENCODING": encoding},
        capture_output=True,
        timeout=300,
        check=False,
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stderr.decode(encoding)
    text = done.stdout.decode(encoding)
    assert "Remnant " in text
    assert "\\u2" in text


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_folder_that_cannot_be_written_is_said_so(tmp_path: Path, inputs: list[str]) -> None:
    out = tmp_path / "out"
    out.mkdir(mode=0o500)
    assert main([*inputs, "--out", str(out), "--format", "json"]) == 6


@pytest.mark.parametrize("name", ["A" * 300 + ".nii.gz", "a\nb.nii.gz", "-rf", "~", "$HOME", "|id", "a\0b"])
def test_a_name_that_is_no_file_is_refused(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["volumes", "--liver", name]) in (2, 3)
    assert main(["assess", "--segments=" + name, "--tumours", "none", "--plan", "H5678"]) in (2, 3)
    assert main(["replay", "./" + name]) in (2, 3)
    assert "Traceback" not in capsys.readouterr().err
