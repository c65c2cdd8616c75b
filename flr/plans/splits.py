"""A segment divided along a border that its map does not have: an estimate."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from flr.errors import GeometryError, LabelError, PlanError
from flr.liver import Liver, Mask
from flr.plans.cuts import Plane
from flr.plans.territory import trees_of
from flr.territories import portal_bifurcation_mm, vein_sheet

Along = Literal["mhv", "portal"] | Plane
SplitSide = Literal["right", "left", "above", "below", "front", "back"]

_SEGMENT: Final = re.compile(r"[1-8]|4[ab]")
_AXIAL: Final = 0.5
"""Least share of a plane's normal that points to head or foot, where it divides 4a from 4b: 60 degrees."""

HALVES: Final = ("4a", "4b")
"""Above and below: what a level divides segment 4 into."""

SIDES_OF: Final[dict[str, tuple[SplitSide, SplitSide]]] = {
    "mhv": ("right", "left"),
    "portal": ("above", "below"),
    "plane": ("front", "back"),
}
"""The two sides of each border; the first is where the distance is positive."""

SIDES_IN_WORDS: Final[dict[SplitSide, str]] = {
    "right": "to the right of it",
    "left": "to the left of it",
    "above": "above it",
    "below": "below it",
    "front": "in front of it, where its normal points",
    "back": "behind it",
}

_BORDERS: Final = {
    "mhv": "the middle hepatic vein",
    "portal": "the level of the portal bifurcation",
    "plane": "a plane",
}


@dataclass(frozen=True, slots=True)
class Split:
    """Where a segment is divided.

    Parameters
    ----------
    segment : str
        ``"1"`` to ``"8"``, ``"4a"`` or ``"4b"``.
    along : "mhv", "portal" or Plane
        The sheet through the middle hepatic vein, the transverse level of the portal bifurcation (which
        divides 4a from 4b), or a plane, whose normal points to what leaves.
    side : str, optional
        The side that a primed segment is. Without it, of a plane it is the front, and else the side towards
        the parts that leave whole.

    Raises
    ------
    PlanError
        For another segment, or a side that this border does not have.
    """

    segment: str
    along: Along
    side: SplitSide | None = None

    def __post_init__(self) -> None:
        if not _SEGMENT.fullmatch(self.segment):
            raise PlanError(f"split of segment {self.segment!r}; expected 1 to 8, 4a or 4b")
        if self.kind not in SIDES_OF:
            raise PlanError(f"split along {self.along!r}; expected {', '.join(SIDES_OF)}")
        if self.side is not None and self.side not in self.sides:
            raise PlanError(f"{self.text}: side {self.side!r}; expected {' or '.join(self.sides)}")

    @property
    def kind(self) -> str:
        """``"mhv"``, ``"portal"`` or ``"plane"``."""
        return "plane" if isinstance(self.along, Plane) else self.along

    @property
    def sides(self) -> tuple[SplitSide, SplitSide]:
        """Its two sides, the one of positive distance first."""
        return SIDES_OF[self.kind]

    @property
    def text(self) -> str:
        """As :func:`flr.plans.parse_plan` reads it."""
        along = self.along.text if isinstance(self.along, Plane) else self.along
        return f"split({self.segment}, {along}{'' if self.side is None else f', {self.side}'})"

    @property
    def border(self) -> str:
        """The border in words."""
        return _BORDERS[self.kind]

    @property
    def upper_is_first(self) -> bool:
        """Whether the first side is 4a, the upper half of segment 4; see :meth:`check_halves`."""
        self.check_halves()
        return self._up > 0.0

    def check_halves(self) -> None:
        """Refuse a border that is no level, so that 4a does not lie above it and 4b below.

        Raises
        ------
        PlanError
            If it divides another segment than 4, or is a plane that stands upright.
        """
        if self.segment != "4" or abs(self._up) < _AXIAL:
            raise PlanError(
                f"{self.text} does not divide segment 4 into 4a above and 4b below: give split(4, portal), a"
                " plane whose normal points to the head or the foot, or write 4' for one side"
            )

    @property
    def _up(self) -> float:
        """How far the first side lies to the head, from -1 to 1; 0 of a sheet along a vein."""
        if isinstance(self.along, Plane):
            return float(self.along.unit_normal[2])
        return 1.0 if self.kind == "portal" else 0.0

    def away_mm(self, liver: Liver, index: NDArray[Any]) -> NDArray[np.float64]:
        """Signed distance of voxels, shape (n, 3), from the border, positive on the first side. [mm]

        Raises
        ------
        PlanError
            If the border is not known in this liver.
        """
        if not liver.grid.is_even:
            raise PlanError(f"{self.text}: the slices are uneven, so no border in mm can divide a segment")
        try:
            return self._away_mm(liver, liver.grid.world_mm(index))
        except (GeometryError, LabelError) as error:
            given = "" if liver.vessels else "; no vessels are given (--vessels FILE)"
            example = example_plane(self.segment, liver.grid.world_mm(index), self.kind)
            raise PlanError(
                f"{self.text}: {error}{given}. Give the vessels, or a plane: {example}"
            ) from error

    def first_side(self, liver: Liver, segment: Mask) -> Mask:
        """Voxels of a segment on the first side of the border.

        Parameters
        ----------
        liver : Liver
        segment : ndarray of bool, shape liver.grid.shape

        Raises
        ------
        PlanError
            If the border is not known in this liver, or misses the segment.
        """
        index = np.argwhere(segment)
        away_mm = self.away_mm(liver, index)
        first = away_mm > 0.0
        if first.all() or not first.any():
            raise PlanError(
                f"{self.text} misses segment {self.segment}: all of it lies on one side of {self.border}"
                f" ({self.sides[0 if first.all() else 1]}), at least {float(np.abs(away_mm).min()):.1f} mm"
                " away. A plane through its middle is "
                f"{example_plane(self.segment, liver.grid.world_mm(index), self.kind)}"
            )
        result = np.zeros(liver.grid.shape, dtype=bool, order="F")
        result[tuple(index[first].T)] = True
        return result

    def _away_mm(self, liver: Liver, points_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Signed distance of positions from the border, positive on the first side."""
        if isinstance(self.along, Plane):
            return np.asarray((points_mm - np.array(self.along.origin_mm)) @ self.along.unit_normal)
        if self.along == "mhv":
            return vein_sheet(trees_of(liver)).right_mm(points_mm)
        return np.asarray(points_mm[:, 2] - portal_bifurcation_mm(trees_of(liver))[2])


def example_plane(segment: str, points_mm: NDArray[Any], kind: str = "mhv") -> str:
    """A split along a plane through the middle of a segment, to be copied and moved."""
    x, y, z = (f"{value:.0f}" for value in points_mm.mean(axis=0))
    return f"split({segment}, plane({x}, {y}, {z}, {'0, 0, 1' if kind == 'portal' else '1, 0, 0'}))"
