"""Label maps to measure on: seeded, drawn, no patient in them.

    python benchmarks/workload.py FOLDER

writes (about 5 MB, compression level 6):

``std_all``
    512×512×400 voxels of 0.75×0.75×1.25 mm, uint8: eight segments, twelve tumours, two vessel trees.
``std_seg``, ``std_tum``, ``std_ves``
    The same structures in three maps, counted together.
``big_all``, ``big_seg``, ``big_tum``, ``big_ves``
    The same liver in 512×512×1200.
``busy``
    512×512×400, about a hundred labels that fill the body, rough borders: the worst case for skipping.
"""

from __future__ import annotations

import gzip
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

SPACING_MM = (0.75, 0.75, 1.25)
BOX = (126, 180, 280)  # the liver, (k, j, i)
CORNER_J, CORNER_I = 150, 80
N_TUMOURS = 12
N_BUSY = 104
SEED = 20240229


def liver() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Segments 1..8, tumours 1..12 and vessels 1..2 in the liver's box, (k, j, i)."""
    rng = np.random.default_rng(SEED)
    k, j, i = np.ogrid[-1 : 1 : BOX[0] * 1j, -1 : 1 : BOX[1] * 1j, -1 : 1 : BOX[2] * 1j]
    wave = 0.06 * np.sin(7 * k + 3 * j) + 0.05 * np.cos(6 * i - 2 * k)
    body = k**2 / (1 - 0.35 * np.clip(i, 0, 1)) + j**2 + i**2 < 0.93 + wave
    side = (i + 0.25 * j + 0.05 * np.sin(5 * k) > 0.05).astype(np.uint8)
    outer = (np.abs(i - 0.05 + 0.15 * k) > 0.48).astype(np.uint8)
    upper = (k + 0.1 * i + 0.06 * np.sin(8 * j) > 0.03).astype(np.uint8)
    segments = np.where(body, 1 + side + 2 * outer + 4 * upper, 0).astype(np.uint8)

    inside = np.argwhere(body)
    steps_mm = np.array(SPACING_MM[::-1])
    tumours = np.zeros(BOX, np.uint8)
    radii_mm = np.geomspace(4.0, 24.0, N_TUMOURS)
    positions = np.stack(np.meshgrid(*(np.arange(n) for n in BOX), indexing="ij"), axis=-1) * steps_mm
    for number, radius_mm in enumerate(radii_mm, start=1):
        centre = inside[rng.integers(len(inside))] * steps_mm
        near = ((positions - centre) ** 2).sum(axis=-1) < radius_mm**2
        tumours[near & body & (tumours == 0)] = number

    vessels = np.zeros(BOX, np.uint8)
    for tree in (1, 2):
        for _ in range(14):
            place = np.array([60.0, 90.0, 150.0])
            course = rng.normal(size=3)
            width = 5.0
            while width > 1.0:
                course += 0.25 * rng.normal(size=3)
                course /= np.linalg.norm(course)
                place += 2.0 * course
                width *= 0.985
                a, b, c = (int(v) for v in place)
                r = int(width)
                corner = np.s_[
                    max(0, a - r) : a + r + 1, max(0, b - r) : b + r + 1, max(0, c - r) : c + r + 1
                ]
                vessels[corner][segments[corner] > 0] = tree
    return segments, tumours, vessels


def slices(box: np.ndarray, n_slices: int) -> Iterator[np.ndarray]:
    """Whole slices of 512×512 with ``box`` in the middle of the stack."""
    first = (n_slices - BOX[0]) // 2
    for k in range(n_slices):
        plane = np.zeros((512, 512), np.uint8)
        if 0 <= k - first < BOX[0]:
            plane[CORNER_J : CORNER_J + BOX[1], CORNER_I : CORNER_I + BOX[2]] = box[k - first]
        yield plane


def busy_slices() -> Iterator[np.ndarray]:
    """Slices of a body filled with organs whose borders are jagged."""
    rng = np.random.default_rng(SEED)
    centres = rng.uniform((0, 60, 40), (400, 450, 470), size=(N_BUSY, 3))
    coarse_k, coarse_j, coarse_i = np.meshgrid(
        np.arange(0, 408, 8), np.arange(0, 520, 8), np.arange(0, 520, 8), indexing="ij"
    )
    best = np.full(coarse_k.shape, np.inf)
    organs = np.zeros(coarse_k.shape, np.uint8)
    for label, (k, j, i) in enumerate(centres, start=1):
        apart = (coarse_k - k) ** 2 + (coarse_j - j) ** 2 + (coarse_i - i) ** 2
        organs[apart < best] = label
        best = np.minimum(best, apart)
    j, i = np.mgrid[0:512, 0:512]
    body = ((j - 256) / 180) ** 2 + ((i - 256) / 215) ** 2 < 1
    for k in range(400):
        # Jagged by a voxel or two, in runs of three as upsampled segmentations are.
        jag = np.repeat(rng.integers(-2, 3, size=(512, 171)), 3, axis=1)[:, :512]
        plane = organs[(k + jag) // 8, (j + jag) // 8, (i + jag) // 8]
        yield np.where(body, plane, 0).astype(np.uint8)


def write(path: Path, planes: Iterator[np.ndarray], n_slices: int) -> None:
    """A NIfTI-1 file, slice by slice."""
    header = bytearray(352)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, 3, 512, 512, n_slices, 1, 1, 1, 1)
    struct.pack_into("<2h", header, 70, 2, 8)
    struct.pack_into("<8f", header, 76, 1, *SPACING_MM, 0, 0, 0, 0)
    struct.pack_into("<3f", header, 108, 352, 1, 0)
    header[123] = 2
    struct.pack_into("<2h", header, 252, 0, 1)
    for axis, sign in enumerate((-1, -1, 1)):
        row = [0.0] * 4
        row[axis] = sign * SPACING_MM[axis]
        struct.pack_into("<4f", header, 280 + 16 * axis, *row)
    header[344:348] = b"n+1\0"
    with path.open("wb") as file, gzip.GzipFile("", "wb", 6, file, mtime=0) as packed:
        packed.write(header)
        for plane in planes:
            packed.write(plane.tobytes())


def make(folder: Path) -> None:
    """Write every map that is not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    structures = ("all", "seg", "tum", "ves")
    names = (*(f"{size}_{name}" for size in ("std", "big") for name in structures), "busy")
    missing = [name for name in names if not (folder / f"{name}.nii.gz").exists()]
    if not missing:
        return
    segments, tumours, vessels = liver()
    together = segments.copy()
    together[vessels > 0] = 20 + vessels[vessels > 0]
    together[tumours > 0] = 8 + tumours[tumours > 0]
    maps = {"all": together, "seg": segments, "tum": tumours, "ves": vessels}
    for name in missing:
        size, _, structure = name.partition("_")
        n_slices = 1200 if size == "big" else 400
        planes = busy_slices() if name == "busy" else slices(maps[structure], n_slices)
        partial = folder / f"{name}.part"
        write(partial, planes, n_slices)
        partial.rename(folder / f"{name}.nii.gz")


if __name__ == "__main__":
    make(Path(sys.argv[1]))
