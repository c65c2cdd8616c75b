"""How the remnant changes as a plane moves: prepared once, then looked up while a slider moves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from flr.errors import PlanError
from flr.frozen import Record
from flr.kernels.planes import run_fractions
from flr.kernels.runs import Runs
from flr.liver import Liver, VolumeTable, measure
from flr.plans.cuts import Plane
from flr.plans.plan import Plan, resected_too, runs_after

_STEEPEST_TILT_DEGREES = 90.0


@dataclass(frozen=True, slots=True)
class MovedCut:
    """One position of the plane and what remains.

    Parameters
    ----------
    offset_mm : float
        Along the normal, positive towards what leaves: the remnant grows. [mm]
    tilt_degrees : tuple of float
        About the two axes of the plane. [°]
    """

    offset_mm: float
    tilt_degrees: tuple[float, float]
    resected_ml: float
    remnant_ml: float
    remnant_tumour_ml: float
    remnant_percent_of_functional: float


@dataclass(frozen=True, eq=False)
class PlaneSlider(Record):
    """A plan with one plane that can be moved; every other cut of the plan stays.

    Made by :meth:`of`. Moving costs about as much as the liver has surface, a few milliseconds at most.
    """

    liver: Liver
    plane: Plane
    pivot_mm: NDArray[np.float64]
    voxels: NDArray[np.int64] = field(repr=False)
    runs: Runs = field(repr=False)

    @classmethod
    def of(cls, liver: Liver, plan: Plan) -> PlaneSlider:
        """Prepare a plan that holds exactly one plane.

        Raises
        ------
        PlanError
            If the plan holds no plane or several, or the slices are uneven.
        """
        planes = [cut for cut in plan.cuts if isinstance(cut, Plane)]
        if len(planes) != 1:
            raise PlanError(
                f"plan {plan.notation!r} holds {len(planes)} planes; a slider moves one:"
                " give a plan with one plane"
            )
        if not liver.grid.is_even:
            raise PlanError("the slices are uneven, so a plane in mm cannot be moved through this liver")
        runs = runs_after(liver, [cut for cut in plan.cuts if cut is not planes[0]])
        weight = runs.length / runs.length.sum()
        middle = np.array([(runs.i + 0.5 * (runs.length - 1)) @ weight, runs.j @ weight, runs.k @ weight])
        centre = liver.grid.world_mm(middle)
        normal = planes[0].unit_normal
        # The plane tilts about the point nearest to the middle of the liver.
        pivot = centre - ((centre - np.array(planes[0].origin_mm)) @ normal) * normal
        return cls(liver, planes[0], pivot, measure(liver).voxels, runs)

    def moved(self, offset_mm: float = 0.0, tilt_degrees: tuple[float, float] = (0.0, 0.0)) -> Plane:
        """The plane at another place.

        Raises
        ------
        PlanError
            If a tilt is 90° or more, or a number is not finite.
        """
        if (
            not all(math.isfinite(v) for v in (offset_mm, *tilt_degrees))
            or max(abs(tilt_degrees[0]), abs(tilt_degrees[1])) >= _STEEPEST_TILT_DEGREES
        ):
            raise PlanError(
                f"a move of {offset_mm:g} mm and a tilt of {tilt_degrees} degrees; expected finite numbers"
                f" and tilts below {_STEEPEST_TILT_DEGREES:g}"
            )
        normal = self.plane.unit_normal
        first = np.cross(np.eye(3)[int(np.abs(normal).argmin())], normal)
        first /= np.linalg.norm(first)
        second = np.cross(normal, first)
        a, b = (math.tan(math.radians(tilt)) for tilt in tilt_degrees)
        tilted = normal + a * first + b * second
        x, y, z = self.pivot_mm + offset_mm * normal
        return Plane((float(x), float(y), float(z)), (float(tilted[0]), float(tilted[1]), float(tilted[2])))

    def table(self, offset_mm: float = 0.0, tilt_degrees: tuple[float, float] = (0.0, 0.0)) -> VolumeTable:
        """Volumes with the plane moved; exact fractions, so continuous and monotone in ``offset_mm``.

        The plane may leave the liver. Voxel counts are those of the untouched liver.
        """
        step, start = self.moved(offset_mm, tilt_degrees).along_index(self.liver.grid)
        share, _ = run_fractions(self.runs, step, start)
        ml = resected_too(self.liver, self.runs, share * self.runs.weight) * self.liver.grid.voxel_volume_ml
        return VolumeTable(self.liver.part_names, ml, self.voxels.copy())

    def at(self, offset_mm: float = 0.0, tilt_degrees: tuple[float, float] = (0.0, 0.0)) -> MovedCut:
        """What remains with the plane moved."""
        table = self.table(offset_mm, tilt_degrees)
        return MovedCut(
            offset_mm=offset_mm,
            tilt_degrees=tilt_degrees,
            resected_ml=table.resected_ml,
            remnant_ml=table.remnant_ml,
            remnant_tumour_ml=table.remnant_tumour_ml,
            remnant_percent_of_functional=100.0 * table.remnant_ml / table.functional_ml,
        )

    def sensitivity(
        self, offsets_mm: Sequence[float], tilts_degrees: Sequence[float] = (0.0,)
    ) -> tuple[MovedCut, ...]:
        """Every offset with every tilt about either axis, in that order; looked up from then on."""
        tilts = list(dict.fromkeys([(t, 0.0) for t in tilts_degrees] + [(0.0, t) for t in tilts_degrees]))
        return tuple(self.at(offset, tilt) for offset in offsets_mm for tilt in tilts)

    def offset_for_remnant_ml(self, wanted_ml: float, *, within_ml: float = 1e-3) -> float:
        """The offset at which the remnant has the wanted volume. [mm]

        Raises
        ------
        PlanError
            If no offset gives it.
        """
        step, start = self.plane.along_index(self.liver.grid)
        corners = np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)])
        distances = (corners * self.liver.grid.shape - 0.5) @ step + start
        low, high = float(distances.min()) - 1.0, float(distances.max()) + 1.0
        least, most = self.at(low).remnant_ml, self.at(high).remnant_ml
        if not least <= wanted_ml <= most:
            raise PlanError(
                f"no position of this plane leaves {wanted_ml:g} mL; between {least:.1f} and"
                f" {most:.1f} mL can remain"
            )
        while high - low > 1e-9:
            middle = 0.5 * (low + high)
            remnant_ml = self.at(middle).remnant_ml
            if abs(remnant_ml - wanted_ml) <= within_ml:
                return middle
            low, high = (middle, high) if remnant_ml < wanted_ml else (low, middle)
        return 0.5 * (low + high)
