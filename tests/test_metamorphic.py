"""What changes nothing in the patient changes nothing in the result, however the map is stored."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from lies.carriers import seg_nrrd, write_metaimage
from lies.cases import SEGMENTS, Case
from numpy.typing import NDArray
from phantoms import couinaud_egg, write_nifti

import flr
from flr.assessment import Options, assess_plans
from flr.geometry import Grid

Random = np.random.Generator

PLANS = ("H67", "H5678", "H234", "H45678", "H23", "H58")
PRIORS = ((), ("hepatectomy",), ("embolisation",))


@dataclass(frozen=True)
class Told:
    """A liver with tumours, and how it is written."""

    segments: NDArray[np.uint8]
    tumours: NDArray[np.uint8]
    grid: Grid
    dtype: str = "|u1"
    form: str = "NIfTI"
    split: bool = False
    backwards: bool = False
    moved_mm: tuple[float, ...] = (0.0, 0.0, 0.0)


@cache
def _true(seed: int) -> Told:
    """One of a few livers: whole, with a flat face, exchanged segments, or lost slices."""
    random = np.random.default_rng(seed)
    left_mm = float(random.choice([-22.0, -25.0, -28.0]))
    segments, grid = couinaud_egg((6.0, 6.0, 6.0), left_border_mm=left_mm, margin_mm=20.0)
    index = np.stack(np.meshgrid(*(np.arange(n) for n in grid.shape), indexing="ij"), axis=-1)
    world = grid.world_mm(index)
    tumours = np.zeros(segments.shape, np.uint8)
    for number, centre in enumerate(((60.0, -20.0, 5.0), (-50.0, 5.0, 10.0)), start=1):
        shift = random.uniform(-8.0, 8.0, 3)
        near = ((world - centre - shift) ** 2).sum(axis=-1) < random.uniform(11.0, 17.0) ** 2
        tumours[near & (segments > 0) & (tumours == 0)] = number
    kind = seed % 4
    if kind == 1:
        lost = world[..., 2] > 35.0
        segments, tumours = np.where(lost, 0, segments), np.where(lost, 0, tumours)
    elif kind == 2:
        of = np.array([0, 4, 2, 3, 1, 5, 6, 7, 8], np.uint8)
        segments = of[segments]
    elif kind == 3:
        segments = segments.copy()
        segments[:, :, 12] = 0
        tumours = np.where(segments == 0, 0, tumours)
    return Told(segments.astype(np.uint8), tumours.astype(np.uint8), grid)


def _moved(told: Told, corner: tuple[int, ...], segments: NDArray[Any], tumours: NDArray[Any]) -> Told:
    affine = told.grid.index_to_world_mm.copy()
    affine[:3, 3] = told.grid.world_mm(corner)
    return replace(told, segments=segments, tumours=tumours, grid=Grid(segments.shape, affine))


def _axes(told: Told, random: Random) -> Told:
    order = random.permutation(3)
    affine = told.grid.index_to_world_mm[:, [*order, 3]]
    segments, tumours = (np.ascontiguousarray(v.transpose(order)) for v in (told.segments, told.tumours))
    return replace(told, segments=segments, tumours=tumours, grid=Grid(segments.shape, affine))


def _flips(told: Told, random: Random) -> Told:
    axes = [axis for axis in range(3) if random.integers(2)]
    affine = told.grid.index_to_world_mm.copy()
    corner = [told.grid.shape[axis] - 1 if axis in axes else 0 for axis in range(3)]
    affine[:3, 3] = told.grid.world_mm(corner)
    affine[:3, axes] *= -1.0
    segments, tumours = (np.ascontiguousarray(np.flip(v, axes)) for v in (told.segments, told.tumours))
    return replace(told, segments=segments, tumours=tumours, grid=Grid(segments.shape, affine))


def _pad(told: Told, random: Random) -> Told:
    widths = random.integers(0, 4, (3, 2))
    segments, tumours = (np.pad(v, widths) for v in (told.segments, told.tumours))
    return _moved(told, tuple(-widths[:, 0]), segments, tumours)


def _crop(told: Told, random: Random) -> Told:
    box, corner = [], []
    for axis in range(3):
        planes = np.flatnonzero(told.segments.any(axis=tuple(a for a in range(3) if a != axis)))
        low = int(random.integers(0, max(1, planes[0])))
        high = int(random.integers(planes[-1] + 2, told.grid.shape[axis] + 1))
        box.append(slice(low, high))
        corner.append(low)
    return _moved(told, tuple(corner), told.segments[tuple(box)], told.tumours[tuple(box)])


def _translate(told: Told, random: Random) -> Told:
    affine = told.grid.index_to_world_mm.copy()
    by_mm = random.uniform(-500.0, 500.0, 3).round(2)
    affine[:3, 3] += by_mm
    return replace(told, grid=Grid(told.grid.shape, affine), moved_mm=tuple(by_mm.tolist()))


def _dtype(told: Told, random: Random) -> Told:
    return replace(told, dtype=str(random.choice(["<i2", ">i2", ">u2", "<i4", ">i4", "<f4", ">f4", "<f8"])))


def _form(told: Told, random: Random) -> Told:
    forms = ("NIfTI", "NIfTI gz", "NIfTI-2", "MetaImage", ".seg.nrrd", "memory")
    return replace(told, form=str(random.choice(forms)))


def _split(told: Told, random: Random) -> Told:
    return replace(told, split=True, backwards=bool(random.integers(2)))


CHANGES = {
    "axes": _axes,
    "flips": _flips,
    "pad": _pad,
    "crop": _crop,
    "translate": _translate,
    "dtype": _dtype,
    "form": _form,
    "split": _split,
}


def _nifti(path: Path, voxels: NDArray[Any], told: Told) -> Path:
    kind = nib.Nifti2Image if told.form == "NIfTI-2" else nib.Nifti1Image
    dtype = np.dtype(told.dtype)
    header = kind.header_class(endianness=">" if dtype.byteorder == ">" else "<")
    header.set_data_dtype(dtype)
    image = kind(voxels.astype(dtype), told.grid.index_to_world_mm, header)
    image.header.set_xyzt_units("mm")
    nib.save(image, path)
    return path


def _read(told: Told, folder: Path) -> flr.Liver:
    suffix = ".nii.gz" if told.form == "NIfTI gz" else ".nii"
    tumours = _nifti(folder / f"tumours{suffix}", told.tumours, told)
    if told.split:
        order = sorted(SEGMENTS, reverse=told.backwards)
        files = [
            write_nifti(
                folder / f"{SEGMENTS[n]}.nii.gz",
                (told.segments == n).astype(np.uint8),
                told.grid,
                qform_code=0,
            )
            for n in order
        ]
        return flr.read_liver(*files, tumours=tumours, reviewed=True)
    if told.form == "memory":
        return flr.liver_from_labels(
            segments=told.segments.astype(told.dtype),
            tumours=told.tumours.astype(told.dtype),
            affine=told.grid.index_to_world_mm,
            reviewed=True,
        )
    if told.form == "MetaImage":
        path = write_metaimage(folder / "segments.mhd", told.segments, told.grid)
    elif told.form == ".seg.nrrd":
        case = Case("meta", told.segments, told.grid, 60.0, 165.0, tumours=told.tumours)
        return seg_nrrd(case, folder)
    else:
        path = _nifti(folder / f"segments{suffix}", told.segments, told)
    return flr.read_liver(segments=path, tumours=tumours, reviewed=True)


KEPT = ("flag", "flag_by_volume", "because", "triggers", "findings", "reassurance", "measures", "volumes")


def _results(told: Told, seed: int) -> list[dict[str, Any]]:
    """What is said of a liver: numbers, flags, checklist, findings of quality, margins."""
    random = np.random.default_rng([seed, 1])
    plans = [str(plan) for plan in random.choice(PLANS, 1)]
    patient = flr.Patient(
        weight_kg=round(float(random.uniform(50.0, 75.0))),
        height_cm=round(float(random.uniform(155.0, 180.0))),
        condition=str(random.choice(["normal", "chemotherapy", "cirrhosis"])),
        prior=PRIORS[random.integers(len(PRIORS))],
    )
    with TemporaryDirectory() as folder:
        liver = _read(told, Path(folder))
    said = []
    for result in assess_plans(liver, plans, patient, options=Options()):
        document = result.to_dict()
        kept = {key: document[key] for key in KEPT if key in document}
        kept["quality"] = sorted((found.check, found.severity) for found in result.quality)
        kept["tumours"] = tumours = document.get("tumours")
        for tumour in tumours or ():  # what moved with the map, moved as far
            place = zip(tumour["centroid_mm"], told.moved_mm, strict=True)
            tumour["centroid_mm"] = [at - by for at, by in place]
        said.append(kept)
    return said


def _differences(one: Any, other: Any, at: str = "") -> Iterator[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        if one.keys() != other.keys():
            yield f"{at}: keys {sorted(one.keys() ^ other.keys())}"
        for key in one.keys() & other.keys():
            yield from _differences(one[key], other[key], f"{at}.{key}")
    elif isinstance(one, list | tuple) and isinstance(other, list | tuple):
        if len(one) != len(other):
            yield f"{at}: {len(one)} against {len(other)}"
        for n, (a, b) in enumerate(zip(one, other, strict=False)):
            yield from _differences(a, b, f"{at}[{n}]")
    elif isinstance(one, float) and isinstance(other, float):
        if one != pytest.approx(other, rel=1e-4, abs=2e-3):
            yield f"{at}: {one} against {other}"
    elif one != other and not (isinstance(one, str) and at.endswith((".evidence", ".reason", ".message"))):
        yield f"{at}: {one!r} against {other!r}"


def _case(seed: int) -> tuple[str, list[str]]:
    """One random chain of changes, and what differs after it."""
    random = np.random.default_rng([seed, 2])
    names = [str(n) for n in random.choice(list(CHANGES), int(random.integers(1, 5)), replace=False)]
    told = _true(seed % 12)
    for name in names:
        told = CHANGES[name](told, random)
    return " + ".join(names), list(_differences(_results(_true(seed % 12), seed), _results(told, seed)))


@pytest.mark.parametrize("seed", range(0, 300, 10))
def test_a_tenth_of_the_random_cases(seed: int) -> None:
    names, differences = _case(seed)
    assert not differences, f"{names}: {differences[:6]}"


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("start", range(0, 300, 50))
def test_fifty_random_cases(start: int) -> None:
    found = {seed: case for seed in range(start, start + 50) if (case := _case(seed))[1]}
    assert not found, str(dict(list(found.items())[:3]))


def test_threads_side_by_side_say_what_one_says_alone() -> None:
    alone = [_results(_true(seed), seed) for seed in range(4)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda seed: _results(_true(seed), seed), range(4)))
    assert [list(_differences(a, b)) for a, b in zip(alone, together, strict=True)] == [[]] * 4
