"""CT and MR images sorted into stacks: one geometry, one orientation, one acquisition each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from types import MappingProxyType

import numpy as np

from flr.dicom.header import Header
from flr.dicom.pixels import read_planes, stored_dtype
from flr.dicom.planes import Frame2D, Planes, arrange, frame_2d, interleaved_combs, spacing_findings
from flr.dicom.series import Series
from flr.dicom.slices import CLOCKS, ORDERED, TELLERS, Slice2D, series_name, slices_of
from flr.errors import FLRError, GeometryError, ReadError
from flr.geometry import Grid
from flr.quality import CHECKS, QualityFinding

_SAME_DIRECTION = 2e-3
_SAME_SPACING_MM = 1e-4
_MAX_LISTED = 5
_LEAST_SPLIT_SERIES = 3
_LEAST_BY_CLOCK = 2
_LEAST_IN_PHASE = 3
_MOST_BY_ORDER = 6  # a liver is scanned in five phases at most; more runs are slices out of order
_LEAST_SHARED = 2
_PACKAGED_SHARE = 1.05
_CLOSER_SHARE = 0.75


@dataclass(frozen=True, slots=True)
class SeriesFound:
    """Series, and what was noticed while they were sorted.

    Parameters
    ----------
    series : tuple of Series
    quality : tuple of QualityFinding
    refused : tuple of FLRError
        Why stacks of slices could not become a series.
    """

    series: tuple[Series, ...]
    quality: tuple[QualityFinding, ...] = ()
    refused: tuple[FLRError, ...] = ()


def sort_series(headers: Sequence[Header]) -> SeriesFound:
    """Sort image files into series, and each series into stacks.

    Parameters
    ----------
    headers : sequence of Header
        Of image files; others are ignored.

    Notes
    -----
    Slices of one series belong to one stack when matrix, pixel spacing and orientation agree. Where several
    slices lie at one position, byte-identical ones are dropped, and otherwise the first attribute that tells
    them apart (acquisition number, echo, image type, …, folder, or the order of instance numbers and times)
    splits the stack. So do regular stacks that lie between one another.
    """
    images = [header for header in headers if header.is_image]
    groups, quality = _by_series(images)
    series: list[Series] = []
    refused: list[FLRError] = []
    for group in groups:
        name = series_name(group[0])
        try:
            slices = [s for header in group for s in slices_of(header)]
        except FLRError as error:
            refused.append(error)
            continue
        stacks = _by_geometry(slices)
        for number, stack in enumerate(stacks, start=1):
            try:
                found = _acquisitions(stack, name)
                for one in found:
                    if len(stacks) > 1:
                        one = replace(one, name=f"{one.name}, {_orientation_word(one.grid)} (stack {number})")
                    series.append(one)
            except FLRError as error:
                refused.append(error)
        if len(stacks) > 1:
            message = f"{name} holds {len(stacks)} stacks of different orientation or matrix, read one by one"
            quality.append(CHECKS["series_split"].finding(message))
    return SeriesFound(tuple(series), tuple(quality), tuple(refused))


def _orientation_word(grid: Grid) -> str:
    (axis, _), _, _ = (grid.anatomical_axes[2], *grid.anatomical_axes[:2])
    return ("sagittal", "coronal", "axial")[axis]


def _by_series(images: Sequence[Header]) -> tuple[list[list[Header]], list[QualityFinding]]:
    """Files by series; where UIDs are empty or differ from slice to slice, by what else they share."""
    groups: dict[tuple[str, ...], list[Header]] = {}
    for header in images:
        groups.setdefault((header.patient_key, header.text("SeriesInstanceUID"), *_kin(header)), []).append(
            header
        )
    lone: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for key, group in groups.items():
        if len(group) == 1 and group[0].whole("NumberOfFrames", 1) == 1:
            lone.setdefault((key[0], *key[2:]), []).append(key)
    quality = []
    for kin, keys in lone.items():
        if len(keys) >= _LEAST_SPLIT_SERIES:
            groups[(kin[0], "", *kin[1:], "merged")] = [groups.pop(key)[0] for key in keys]
            message = (
                f"{len(keys)} images each name a series of their own; they are read as one by their positions"
            )
            quality.append(CHECKS["series_uid_unreliable"].finding(message, "warning"))
    if any(not key[1] and key[-1] != "merged" for key in groups):
        message = "images without a series UID are sorted by number, frame of reference and geometry instead"
        quality.append(CHECKS["series_uid_unreliable"].finding(message, "info"))
    return list(groups.values()), quality


def _kin(header: Header) -> tuple[str, ...]:
    """What slices of one series share besides its UID."""
    return (header.text("Modality"), header.text("SeriesNumber"), header.text("FrameOfReferenceUID"))


def _by_geometry(slices: Sequence[Slice2D]) -> list[list[Slice2D]]:
    """Slices that share matrix, pixel spacing and orientation."""
    exact: dict[tuple[object, ...], list[Slice2D]] = {}
    for one in slices:
        header = one.pixels.header
        key: tuple[object, ...] = (
            header.whole("Rows"),
            header.whole("Columns"),
            one.spacing_mm,
            one.orientation,
        )
        exact.setdefault(key, []).append(one)
    merged: list[tuple[tuple[object, ...], list[Slice2D]]] = []
    for own, group in exact.items():
        for other, stack in merged:
            if own[:2] == other[:2] and _near(group[0], stack[0]):
                stack.extend(group)
                break
        else:
            merged.append((own, list(group)))
    return [stack for _, stack in merged]


def _near(one: Slice2D, other: Slice2D) -> bool:
    pairs = (
        (one.spacing_mm, other.spacing_mm, _SAME_SPACING_MM),
        (one.orientation, other.orientation, _SAME_DIRECTION),
    )
    return all(
        len(a) == len(b) and all(abs(x - y) <= tolerance for x, y in zip(a, b, strict=True))
        for a, b, tolerance in pairs
    )


def _acquisitions(stack: list[Slice2D], name: str) -> list[Series]:
    """One series per acquisition of a stack of slices in one orientation."""
    frame = frame_2d(stack[0].orientation, stack[0].spacing_mm, name)
    planes = arrange([one.position_mm for one in stack], frame)
    if stack[0].pixels.header.text("Modality") == "CT" and _are_interleaved(stack, planes):
        return _split(_grouped(stack, "AcquisitionNumber"), "acquisition", frame, name)
    if planes.n == len(stack) or _repeats_are_copies(stack, planes):
        if (found := _phases(stack, planes, frame)) is not None:
            return _split(*found, frame, name)
        if combs := interleaved_combs(planes):
            raise ReadError(
                f"{name}: {combs} evenly spaced stacks of slices lie between one another, and nothing in the"
                " headers tells them apart; give one acquisition at a time"
            )
        return [_series(stack, planes, name)]
    for word, keyword in TELLERS:
        groups = _grouped(stack, keyword)
        least = _LEAST_BY_CLOCK if keyword in CLOCKS else 1
        if 1 < len(groups) < len(stack) and all(
            len(group) >= least and _is_one_stack(group, frame) for group in groups.values()
        ):
            return _split(groups, word, frame, name)
    for word, keyword in ORDERED:
        for groups in _runs(stack, planes, keyword):
            if len(groups) > 1 and all(
                len(group) >= _LEAST_IN_PHASE and _is_one_stack(group, frame) for group in groups.values()
            ):
                return _split(groups, word, frame, name)
    repeated = sum(n > 1 for n in Counter(planes.index_of.tolist()).values())
    raise ReadError(
        f"{name}: {repeated} position(s) hold several different images and nothing in their headers tells"
        " them apart; give one acquisition at a time"
    )


Groups = dict[str, list[Slice2D]]


def _phases(stack: Sequence[Slice2D], planes: Planes, frame: Frame2D) -> tuple[Groups, str] | None:
    """Acquisitions whose slices lie between one another's, and what tells them apart; None for one.

    Slices that are taken in several packages, every second one first, are one acquisition (MR): together they
    do not overlap. Their times and numbers tell nothing.
    """
    thickness_mm = stack[0].thickness_mm
    is_mr = stack[0].pixels.header.text("Modality") == "MR"
    in_packages = is_mr and thickness_mm <= _PACKAGED_SHARE * planes.step_mm
    for word, keyword in TELLERS:
        groups = _grouped(stack, keyword)
        is_telling = not in_packages or keyword not in (*CLOCKS, "AcquisitionNumber")
        if is_telling and _are_combs(groups, frame):
            return groups, word
    for word, keyword in () if in_packages else ORDERED:
        for groups in _runs(stack, planes, keyword):
            if len(groups) <= _MOST_BY_ORDER and _are_combs(groups, frame):
                return groups, word
    return None


def _are_combs(groups: Groups, frame: Frame2D) -> bool:
    """Whether groups of slices are regular stacks, at least two of which reach into one another."""
    if len(groups) < 2 or any(len(group) < _LEAST_IN_PHASE for group in groups.values()):
        return False
    stacks = [arrange([one.position_mm for one in group], frame) for group in groups.values()]
    if not all(planes.is_regular for planes in stacks):
        return False
    return any(
        _n_within(one, other) >= _LEAST_SHARED and _n_within(other, one) >= _LEAST_SHARED
        for one, other in combinations(stacks, 2)
    )


def _n_within(one: Planes, other: Planes) -> int:
    """Planes of one stack between the ends of another."""
    low, high = other.distances_mm[0], other.distances_mm[-1]
    return int(np.count_nonzero((one.distances_mm > low) & (one.distances_mm < high)))


def _runs(stack: Sequence[Slice2D], planes: Planes, keyword: str) -> Iterator[Groups]:
    """Slices in the order of an attribute, cut where they turn back; equal values are taken both ways."""
    values = [_natural(one.told.get(keyword, ""))[0] for one in stack]
    if not np.isfinite(values).all():
        return
    heights = planes.distances_mm[planes.index_of]
    shortest_mm = 0.0
    for tie in (heights, -heights):
        runs: list[list[int]] = []
        for index in np.lexsort((tie, np.array(values))).tolist():
            step_mm = float(heights[index] - heights[runs[-1][-1]]) if runs else 0.0
            if not runs or (len(runs[-1]) > 1 and _turns_back(step_mm, shortest_mm)):
                runs.append([index])
                continue
            is_second = len(runs[-1]) == 1
            shortest_mm = step_mm if is_second else min(shortest_mm, step_mm, key=abs)
            runs[-1].append(index)
        yield {str(n): [stack[index] for index in run] for n, run in enumerate(runs, start=1)}


def _turns_back(step_mm: float, shortest_mm: float) -> bool:
    """Whether a step goes against those before it, of which the shortest is given, or is far shorter."""
    return step_mm * shortest_mm <= 0.0 or abs(step_mm) < _CLOSER_SHARE * abs(shortest_mm)


def _grouped(stack: Sequence[Slice2D], keyword: str) -> Groups:
    groups: Groups = {}
    for one in stack:
        groups.setdefault(one.told.get(keyword, ""), []).append(one)
    return groups


def _is_one_stack(group: Sequence[Slice2D], frame: Frame2D) -> bool:
    planes = arrange([one.position_mm for one in group], frame)
    return planes.n == len(group) or _repeats_are_copies(group, planes)


def _are_interleaved(stack: Sequence[Slice2D], planes: Planes) -> bool:
    """Whether acquisitions reach into one another, so that together they are no single stack."""
    groups: dict[str, list[int]] = {}
    for one, plane in zip(stack, planes.index_of, strict=True):
        groups.setdefault(one.told.get("AcquisitionNumber", ""), []).append(int(plane))
    if len(groups) < 2 or planes.n != len(stack):
        return False
    ranges = sorted((min(of), max(of)) for of in groups.values())
    return any(low < before for (_, before), (low, _) in pairwise(ranges))


def _split(groups: Groups, word: str, frame: Frame2D, name: str) -> list[Series]:
    message = f"{name} holds {len(groups)} acquisitions of one region, told apart by {word}, read one by one"
    note = CHECKS["acquisitions_split"].finding(message)
    found = []
    for number, key in enumerate(sorted(groups, key=_natural), start=1):
        shown = key if word == "acquisition" and key.isascii() and key.isdigit() else str(number)
        planes = arrange([one.position_mm for one in groups[key]], frame)
        one = _series(groups[key], planes, f"{name}, acquisition {shown}")
        found.append(replace(one, quality=(note, *one.quality)))
    return found


def _natural(text: str) -> tuple[float, str]:
    try:
        return float(text), text
    except ValueError:
        return float("inf"), text


def _repeats_are_copies(stack: Sequence[Slice2D], planes: Planes) -> bool:
    """Whether all slices that share a position hold the very same pixels."""
    by_plane: dict[int, list[Slice2D]] = {}
    for one, plane in zip(stack, planes.index_of, strict=True):
        by_plane.setdefault(int(plane), []).append(one)
    return all(_same_pixels(first, other) for first, *others in by_plane.values() for other in others)


def _same_pixels(one: Slice2D, other: Slice2D) -> bool:
    if (one.pixels.slope, one.pixels.intercept) != (other.pixels.slope, other.pixels.intercept):
        return False
    if max(abs(a - b) for a, b in zip(one.position_mm, other.position_mm, strict=True)) > 0.01:
        return False
    header = one.pixels.header
    if stored_dtype(header) != stored_dtype(other.pixels.header):
        return False
    size = (0, header.whole("Rows")), (0, header.whole("Columns"))
    first, second = read_planes([one.pixels, other.pixels], *size)
    return bool(np.array_equal(first, second))


def _series(stack: Sequence[Slice2D], planes: Planes, name: str) -> Series:
    """One stack whose repeated slices are copies."""
    if not planes.is_straight():
        raise GeometryError(
            f"{name}: the slices do not lie behind one another, their positions wander inside the plane;"
            " give one acquisition at a time"
        )
    chosen: list[Slice2D | None] = [None] * planes.n
    for one, plane in zip(stack, planes.index_of, strict=True):
        if chosen[plane] is None:
            chosen[plane] = one
    kept = [one for one in chosen if one is not None]
    header = kept[0].pixels.header
    quality = list(spacing_findings(planes, name))
    dropped = len(stack) - planes.n
    if dropped:
        at = sorted(
            {float(planes.distances_mm[k]) for k, n in Counter(planes.index_of.tolist()).items() if n > 1}
        )
        shown = ", ".join(f"{mm:.2f}" for mm in at[:_MAX_LISTED]) + (", …" if len(at) > _MAX_LISTED else "")
        message = f"{name}: {dropped} identical duplicate slice(s) dropped, at {shown} mm"
        quality.append(CHECKS["duplicate_slices"].finding(message))
    thickness_mm = kept[0].thickness_mm
    if planes.n == 1:
        said = (
            f"its stated thickness of {thickness_mm:g} mm"
            if thickness_mm > 0
            else "1 mm, for want of a thickness"
        )
        message = f"{name} is a single slice; its volume is taken from {said}"
        quality.append(CHECKS["single_slice"].finding(message))
    first = min(stack, key=lambda one: _natural(one.pixels.header.text("InstanceNumber"))).pixels.header
    folders = {one.pixels.header.path.parent for one in stack}
    return Series(
        name=name,
        modality=first.text("Modality"),
        grid=planes.grid(
            header.whole("Columns"), header.whole("Rows"), thickness_mm if thickness_mm > 0 else 1.0
        ),
        planes=planes,
        pixels=tuple(one.pixels for one in kept),
        quality=tuple(quality),
        series_uid=header.text("SeriesInstanceUID"),
        frame_of_reference_uid=header.text("FrameOfReferenceUID"),
        patient_key=next(
            (one.pixels.header.patient_key for one in stack if one.pixels.header.patient_key), ""
        ),
        k_of_instance=MappingProxyType(_instances(stack, planes)),
        folder=next(iter(folders)).name if len(folders) == 1 else "",
    )


def _instances(stack: Sequence[Slice2D], planes: Planes) -> dict[str, int]:
    """Slice of each SOP instance; UIDs that are empty or shared by several slices are left out."""
    found: dict[str, int] = {}
    shared: set[str] = set()
    for one, plane in zip(stack, planes.index_of, strict=True):
        uid = one.pixels.header.text("SOPInstanceUID")
        if found.setdefault(uid, int(plane)) != plane:
            shared.add(uid)
    return {uid: k for uid, k in found.items() if uid and uid not in shared}
