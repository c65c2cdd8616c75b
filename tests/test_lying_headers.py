"""A header whose spacing is wrong takes neither the memory nor the time of the machine."""

from __future__ import annotations

import time
import tracemalloc
from contextlib import suppress

import numpy as np
import pytest
from phantoms import couinaud_egg

from flr.assessment import Options, assess
from flr.errors import PlanError
from flr.geometry import Grid
from flr.kernels.boundary import cells_of
from flr.liver import Liver, assemble
from flr.patient import Patient
from flr.uncertainty.boundary import CELL_MM, MOST_CELLS

PATIENT = Patient(weight_kg=60, height_cm=165)

STRETCHED = {
    "as it is": (1.0, 1.0, 1.0),
    "centimetres": (10.0, 10.0, 10.0),
    "metres": (1e3, 1e3, 1e3),
    "micrometres": (1e-3, 1e-3, 1e-3),
    "one axis long": (1.0, 1.0, 1e3),
    "one axis short": (1.0, 1.0, 1e-3),
    "two axes short": (1e-3, 1e-3, 1.0),
    "of the same volume": (1e-2, 1e-2, 1e4),
}
"""Factors of the spacing along i, j and k."""

MOST_MIB = 250.0
MOST_SECONDS = 10.0  # allocations are traced, which takes time of its own


def liver_stretched(name: str) -> Liver:
    segments, grid = couinaud_egg((3.0, 3.2, 3.4))
    tumours = np.zeros(segments.shape, np.uint16)
    for number, part in enumerate((5, 6), start=1):
        i, j, k = np.argwhere(segments == part).mean(axis=0).astype(int)
        tumours[i - 2 : i + 3, j - 2 : j + 3, k - 1 : k + 2] = number
    affine = grid.index_to_world_mm @ np.diag([*STRETCHED[name], 1.0])
    return assemble(Grid(grid.shape, affine), parts=segments, part_names=tuple("12345678"), tumours=tumours)


@pytest.mark.parametrize("accepted", [(), ("total_implausible", "liver_size_against_body")])
@pytest.mark.parametrize("name", STRETCHED)
def test_a_wrong_spacing_takes_no_memory_and_no_time(name: str, accepted: tuple[str, ...]) -> None:
    """Distances in voxels may be thousands, and a liver thousands of litres; nothing is sized by that."""
    liver = liver_stretched(name)
    tracemalloc.start()
    start = time.process_time()
    try:
        result = assess(liver, "H67", PATIENT, options=Options(accepted=accepted))
        with suppress(PlanError):  # where voxels are so small that the wedge takes the whole liver
            assess(liver, "H67 + wedge(T1, 10)", PATIENT, options=Options(accepted=accepted))
        peak_mib = tracemalloc.get_traced_memory()[1] / 2**20
    finally:
        tracemalloc.stop()
    assert peak_mib < MOST_MIB
    assert time.process_time() - start < MOST_SECONDS
    assert result.flag != "adequate"
    if name not in ("as it is", "of the same volume") and not accepted:
        assert result.flag == "indeterminate"


def test_cells_are_as_large_as_it_takes_to_be_few() -> None:
    metres = np.diag([1000.0, 1000.0, 1000.0, 1.0])
    assert cells_of((400, 300, 200), metres, CELL_MM, most=MOST_CELLS).factors == (2, 2, 2)
    assert cells_of((2000, 2000, 1000), metres, CELL_MM, most=MOST_CELLS).size <= MOST_CELLS
    body = np.diag([0.75, 0.75, 1.25, 1.0])
    assert cells_of((512, 512, 400), body, CELL_MM, most=MOST_CELLS).factors == (3, 3, 2)
