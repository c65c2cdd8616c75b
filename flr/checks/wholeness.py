"""Checks of what is drawn: flat ends, empty planes, lost voxels, pieces and holes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from flr.checks.parts import in_words
from flr.kernels.components import components, holes, pieces_and_holes
from flr.kernels.faces import Face
from flr.kernels.profiles import (
    SHORT_GAP_VOXELS,
    FlatEnd,
    Gap,
    Profile,
    Step,
    flat_ends,
    gaps,
    short_gap_voxels,
)
from flr.kernels.runs import Runs
from flr.quality import CHECKS, QualityFinding, side_in_words

_FLAT_SHARE: Final = 0.2
# Faces of any slant (policy): area against a side of a cube of the liver's volume, and least steepness. Over
# such areas 195 published livers reach 0.55 and 0.56, the front 0.69 (a ball has 0.2); one with slices of
# 7.5 mm more. Cuts reach 0.6 to 1.
_PLANE_FACES: Final = ((0.25, 0.57), (0.1, 0.66))
# The front of a whole liver lies on the abdominal wall and may be nearly plane: one of them reaches 0.69.
_FRONT: Final = 0.9
_FRONT_STEEPNESS: Final = 0.75
# Surface that lies in one plane of voxels beyond what the planes beside it hold, as a share of the same side
# squared: a constant, and more for each mm of a slice (policy). Of 144 published maps, some slices left out,
# it reaches 0.06 at 1 mm and 0.26 at 6 mm; towards front and head, which are flatter, 0.18 and 0.40 at 5 mm.
_STEP: Final = (0.08, 0.03)
_STEP_WHERE_FLATTER: Final = (0.15, 0.07)
_FLATTER: Final = ("front", "head")
# Cosines: less than 10 degrees off, a face lies along the slices; less than 22, it looks to one side.
_ALONG_SLICES: Final = 0.985
_TOWARDS: Final = 0.38
_GAP_SHARED: Final = 0.25
_NOTABLE_PERCENT: Final = 0.5
# An error from here on: pieces apart from the liver, and what its mask encloses and does not count.
_MOST_PERCENT: Final = {"islands": 1.0, "holes": 2.0}
# Gaps of up to 3 voxels: at most 0.8 % of 13 public liver maps with voxels of 0.7 to 5 mm, and 2.7 % where
# their vessels are cut out.
_POROUS_PERCENT: Final = 4.0
_LEAST_LESION_GAPS: Final = 2
_WORLD: Final = ("iiii", "jjjj", "kkkk")
"""The index axes of a grid whose axes are right, front and head, once for each offset of the slabs."""


def flat_face_findings(
    profiles: Sequence[Profile],
    *,
    orientation: str | None = None,
    slabs: Mapping[int, Sequence[Profile]] | None = None,
    faces: Sequence[Face] = (),
    exposed: Sequence[tuple[Step, ...]] = (),
    volume_ml: float = 0.0,
    after_resection: bool = False,
) -> tuple[QualityFinding, ...]:
    """``liver_cut_flat`` where the liver begins or ends with a large plane, whatever way that lies.

    Parameters
    ----------
    profiles : sequence of three ndarray of int64
        Voxels of the liver on every plane along i, j and k.
    orientation : str, optional
        The grid's three orientation letters, to say the side in words.
    slabs : mapping of int to sequence of ndarray of int64, optional
        Voxels in slabs across world axes (0 right, 1 front, 2 head) that no index axis runs along, at
        several offsets; flat at one of them is flat.
    faces : sequence of Face
        Faces of the liver's hull, in RAS+; said only where no end along an axis is flat.
    exposed : sequence of three tuple of Step
        Planes along i, j and k in which much of the surface lies; they tell of cuts that are no end, as where
        one half ends higher than the other.
    volume_ml : float
        Volume of the liver that the faces are of. [mL]
    after_resection : bool
        An earlier hepatectomy leaves a flat face towards the right or left, or a slanting one; then a
        warning. No operation leaves one that lies along the slices.
    """
    flat: dict[str, FlatEnd] = {}
    for side, end in (
        *_flat_sides("ijk", profiles, orientation),
        *(end for axis, some in (slabs or {}).items() for end in _flat_sides(_WORLD[axis], some, "RAS")),
    ):
        if side not in flat or end.share_percent > flat[side].share_percent:
            flat[side] = end
    stepped = {} if flat else _steep_steps(exposed, orientation, volume_ml)
    explained = after_resection and {*flat, *stepped} <= {"right", "left"}
    where = " and ".join(
        f"{side} ({end.share_percent:.0f} % of the largest plane)" for side, end in flat.items()
    ) or " and ".join(
        f"{side} (a plane face of {step.area_mm2 / 100.0:.0f} cm²)" for side, step in stepped.items()
    )
    if not where:
        face = _flattest(faces, volume_ml)
        if face is None:
            return ()
        where = f"{_towards(face)} (a plane face of {face.areas_mm2[0] / 100.0:.0f} cm²)"
        explained = after_resection and max(np.abs(face.normal[1:])) < _ALONG_SLICES
    message = (
        f"the liver ends flat towards {where}; a whole liver ends round, in planes below"
        f" {100.0 * _FLAT_SHARE:.0f} %: what lies beyond is probably not drawn, and every mL is a lower bound"
    )
    return (CHECKS["liver_cut_flat"].finding(message, "warning" if explained else "error"),)


def _steep_steps(
    exposed: Sequence[tuple[Step, ...]], orientation: str | None, volume_ml: float
) -> dict[str, Step]:
    """The planes, by the side that they look to, in which more surface lies than in those of whole livers."""
    side_mm2 = (1000.0 * volume_ml) ** (2.0 / 3.0)
    found = {}
    for axis, several in zip("ijk", exposed, strict=False):
        for step in several:
            side = side_in_words(f"{axis}{'+' if step.is_last else '-'}", orientation)
            least, more = _STEP_WHERE_FLATTER if side in _FLATTER else _STEP
            if step.excess_mm2 > (least + more * step.thickness_mm) * side_mm2:
                found[side] = step
    return found


def _flattest(faces: Sequence[Face], volume_ml: float) -> Face | None:
    """The largest face behind which the liver is as large at once as further in."""
    side_mm2 = (1000.0 * volume_ml) ** (2.0 / 3.0)
    flat = [
        face
        for face in faces
        if any(
            face.areas_mm2[0] > share * side_mm2
            and face.steepness > (max(least, _FRONT_STEEPNESS) if face.normal[1] > _FRONT else least)
            for share, least in _PLANE_FACES
        )
    ]
    return max(flat, key=lambda face: face.areas_mm2[0], default=None)


def _towards(face: Face) -> str:
    """The side or sides of the patient that a face looks to.

    >>> _towards(Face((-0.7, 0.1, 0.7), (1.0, 1.0, 1.0)))
    'left and head'
    """
    return " and ".join(
        side_in_words(f"{axis}{'+' if cosine > 0 else '-'}", "RAS")
        for axis, cosine in zip("ijk", face.normal, strict=True)
        if abs(cosine) > _TOWARDS
    )


def _flat_sides(
    axes: str, profiles: Sequence[Profile], orientation: str | None
) -> Iterator[tuple[str, FlatEnd]]:
    for axis, profile in zip(axes, profiles, strict=True):
        if not gaps(profile):  # planes beside a gap end flat, which is said of the gap
            for end in flat_ends(profile, _FLAT_SHARE):
                yield side_in_words(f"{axis}{'+' if end.is_last else '-'}", orientation), end


def empty_slice_findings(
    profiles: Sequence[Profile],
    voxel_volume_ml: float,
    *,
    orientation: str | None = None,
    slabs: Mapping[int, Sequence[Profile]] | None = None,
) -> tuple[QualityFinding, ...]:
    """``empty_slices`` where planes in the middle of the liver hold nothing, with about the mL they lack.

    Parameters
    ----------
    profiles : sequence of three ndarray of int64
        Voxels of the liver on every plane along i, j and k.
    voxel_volume_ml : float
        Volume of a voxel. [mL]
    orientation : str, optional
        The grid's three orientation letters, to say the axis in words.
    slabs : mapping of int to sequence of ndarray of int64, optional
        As in :func:`flat_face_findings`.
    """
    findings = []
    for axis, profile in enumerate(profiles):
        empty = gaps(profile)
        if empty:
            findings.append(_gap_finding("the liver", profile, empty, voxel_volume_ml, axis, orientation))
    for axis, several in (slabs or {}).items():
        for profile in several:
            if empty := gaps(profile):
                findings.append(_gap_finding("the liver", profile, empty, voxel_volume_ml, axis, "RAS"))
                break
    return tuple(findings)


def part_gap_findings(
    parts: NDArray[np.uint8],
    part_names: Sequence[str],
    profiles: Sequence[NDArray[np.int64]],
    voxel_volume_ml: float,
    *,
    orientation: str | None = None,
) -> tuple[QualityFinding, ...]:
    """``empty_slices`` of single parts: planes on which a part is not drawn, and no other part in its place.

    Parameters
    ----------
    parts : ndarray of uint8, shape (i, j, k)
        0 outside the liver; n inside ``part_names[n - 1]``.
    part_names : sequence of str
    profiles : sequence of three ndarray of int64, shapes (parts, planes)
        Voxels of each part on every plane along i, j and k.
    voxel_volume_ml : float
        Volume of a voxel. [mL]
    orientation : str, optional
        The grid's three orientation letters.
    """
    findings = []
    for axis, of_parts in enumerate(profiles):
        planes = np.moveaxis(parts, axis, 0)
        for number, (name, profile) in enumerate(zip(part_names, of_parts, strict=True), start=1):
            lost = [gap for gap in gaps(profile) if _is_lost(planes, number, gap)]
            if lost:
                shown = in_words([name])
                findings.append(_gap_finding(shown, profile, lost, voxel_volume_ml, axis, orientation))
    return tuple(findings)


def lesion_gap_findings(
    lesions: Mapping[str, NDArray[np.bool_]], voxel_volume_ml: float, *, orientation: str | None = None
) -> tuple[QualityFinding, ...]:
    """``empty_slices`` where tumour or nonfunctional tissue is drawn on every few planes only.

    One gap of a few planes between two lesions that lie above one another is natural, several are not.

    Parameters
    ----------
    lesions : mapping of str to ndarray of bool, shape (i, j, k)
        By the name to say.
    voxel_volume_ml : float
        Volume of a voxel. [mL]
    orientation : str, optional
        The grid's three orientation letters.
    """
    return tuple(
        finding
        for name, mask in lesions.items()
        for finding in lost_planes(
            name, mask, voxel_volume_ml, orientation, least=_LEAST_LESION_GAPS, longest=SHORT_GAP_VOXELS
        )
    )


def lost_planes(
    name: str,
    mask: NDArray[np.bool_],
    voxel_volume_ml: float,
    orientation: str | None,
    *,
    least: int = 1,
    longest: int | None = None,
) -> Iterator[QualityFinding]:
    """``empty_slices`` along the first axis on which at least ``least`` gaps cut through a mask."""
    if not mask.any():
        return
    for axis in range(3):
        profile = np.count_nonzero(mask, axis=tuple(a for a in range(3) if a != axis)).astype(np.int64)
        planes = np.moveaxis(mask, axis, 0).view(np.uint8)
        lost = [
            gap
            for gap in gaps(profile)
            if (longest is None or gap.stop - gap.start <= longest) and _is_lost(planes, 1, gap)
        ]
        if len(lost) >= least:
            yield _gap_finding(name, profile, lost, voxel_volume_ml, axis, orientation)
            return


def _is_lost(planes: NDArray[np.uint8], number: int, gap: Gap) -> bool:
    """Whether a part goes on across a gap, in which most of its place is outside the liver."""
    through = (planes[gap.start - 1] == number) & (planes[gap.stop] == number)
    smaller = min(np.count_nonzero(planes[at] == number) for at in (gap.start - 1, gap.stop))
    if np.count_nonzero(through) < _GAP_SHARED * smaller:
        return False
    between = planes[gap.start : gap.stop][:, through]
    return bool(np.count_nonzero(between) < 0.5 * between.size)


def _gap_finding(
    what: str,
    profile: Profile,
    empty: Sequence[Gap],
    voxel_volume_ml: float,
    axis: int,
    orientation: str | None,
) -> QualityFinding:
    missing_ml = sum(
        0.5 * (profile[gap.start - 1] + profile[gap.stop]) * (gap.stop - gap.start) * voxel_volume_ml
        for gap in empty
    )
    n_planes = sum(gap.stop - gap.start for gap in empty)
    low, high = (side_in_words(f"{'ijk'[axis]}{sign}", orientation) for sign in "-+")
    return CHECKS["empty_slices"].finding(
        f"{what} is empty on {n_planes} plane{'s' if n_planes > 1 else ''} between its {low} and {high} ends:"
        f" about {missing_ml:.0f} mL are not counted"
    )


def porous_findings(
    solid: NDArray[np.bool_], voxel_volume_ml: float, *, name: str = "the liver"
) -> tuple[QualityFinding, ...]:
    """``mask_porous`` where voxels, rows or slices were lost throughout the liver, or what is drawn in it.

    Parameters
    ----------
    solid : ndarray of bool, shape (i, j, k)
        The liver with the vessels that may have been cut out of it.
    voxel_volume_ml : float
        Volume of a voxel. [mL]
    name : str
        What to call it.
    """
    lost, voxels = max(short_gap_voxels(solid)), np.count_nonzero(solid)
    if not 100.0 * lost > _POROUS_PERCENT * voxels:
        return ()
    return (
        CHECKS["mask_porous"].finding(
            f"{name} has gaps of up to {SHORT_GAP_VOXELS} voxels of about {lost * voxel_volume_ml:.1f} mL"
            f" ({100.0 * lost / voxels:.1f} % of it): voxels, rows or slices were lost"
        ),
    )


def structure_findings(
    liver: NDArray[np.bool_] | Runs, voxel_volume_ml: float, *, after_resection: bool = False
) -> tuple[QualityFinding, ...]:
    """``islands`` and ``holes`` of a liver, with their mL.

    Pieces are counted apart when they do not even share a corner; a hole is background that no path of
    shared faces connects with the outside.

    Parameters
    ----------
    liver : ndarray of bool, shape (i, j, k), or Runs
        The whole liver, cropped or not; the runs of all its parts.
    voxel_volume_ml : float
        Volume of a voxel. [mL]
    after_resection : bool
        After an earlier hepatectomy pieces are a warning at most.
    """
    if isinstance(liver, Runs):
        solid, inner = pieces_and_holes(liver)
    else:
        # Transposed, a Fortran-ordered mask is C-ordered, which is walked faster; pieces stay the same.
        ordered = liver.T if liver.flags.f_contiguous else liver
        solid, inner = components(ordered, neighbours=26), holes(ordered, neighbours=26)
    sizes, enclosed = solid.voxels, inner.voxels
    if not sizes.size:
        return ()
    total = int(sizes.sum())
    findings = []
    for check, n, voxels, words in (
        ("islands", sizes.size - 1, total - int(sizes.max()), "separate from the main piece of the liver"),
        ("holes", enclosed.size, int(enclosed.sum()), "enclosed by the liver mask and not counted"),
    ):
        if n:
            share = 100.0 * voxels / total
            large = share > _MOST_PERCENT[check] and not (check == "islands" and after_resection)
            findings.append(
                CHECKS[check].finding(
                    f"{n} {check if n > 1 else check[:-1]}, {voxels * voxel_volume_ml:.2f} mL "
                    f"({share:.2f} % of the liver), {words}",
                    "error" if large else "warning" if share >= _NOTABLE_PERCENT else "info",
                )
            )
    return tuple(findings)
