"""Several files become one liver on one grid."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from flr import checks
from flr.errors import GeometryError, LabelError, UsageError
from flr.files import printable
from flr.geometry import Grid
from flr.io.hashes import Hashes
from flr.io.identity import stranger_findings
from flr.io.image import Picture, image_on, picture_for
from flr.io.inputs import image_beside_masks
from flr.io.insisted import Insisted
from flr.io.labelled import Found, Labelled
from flr.io.lattice import Box, Resample, box_in, lattice_step, lies_within, place, union
from flr.io.structures import by_role, find_structures, require_labels, scheme_by_option
from flr.kernels.counts import add_counts
from flr.labels import DUCTS, LabelScheme, Part, describe_candidates, is_vessel, load_schemes, part_of, use_of
from flr.liver import Given, Liver, Mask, Reading, ScanFacts, Source, assemble, with_scan_facts
from flr.quality import CHECKS, QualityFinding
from flr.stages import stage
from flr.stream import IN_MEMORY, LabelSource
from flr.structures import ABLATED_ZONE, SHEATH

if TYPE_CHECKING:
    from flr.dicom import Series

_LOG = logging.getLogger(__name__)

PathLike = str | os.PathLike[str]

CONTEXT_MM = 10.0
"""Room around the liver that is kept, so that pictures show its surroundings."""


def read_liver(
    *inputs: PathLike,
    liver: PathLike | None = None,
    segments: PathLike | None = None,
    tumours: PathLike | Literal["none"] | None = None,
    vessels: PathLike | None = None,
    ducts: PathLike | None = None,
    artery: PathLike | None = None,
    remnant: PathLike | None = None,
    resected: PathLike | None = None,
    ablated_zone: PathLike | None = None,
    image: PathLike | None = None,
    scheme: str | PathLike | LabelScheme | None = None,
    labels: Mapping[str, str] | None = None,
    resample: Resample | None = None,
    one_patient: bool = False,
    same_grid: bool = False,
    reviewed: bool | None = None,
) -> Liver:
    """Read label maps that belong together and assemble them into one liver.

    Parameters
    ----------
    *inputs : path
        Label files, folders of masks, DICOM files or folders, whose labels explain themselves, by name
        or by a scheme that is the only one to fit. DICOM images among them are used for pictures and the
        extent of the scan when the labels were drawn on them.
    liver, segments, tumours, vessels, ducts, artery, remnant, resected, ablated_zone : path, optional
        Files whose meaning is stated. ``tumours="none"`` declares that there are none.
    image : path, optional
        CT or MR, a file or a DICOM folder, for pictures and for the extent of the scan.
    scheme : str, path or LabelScheme, optional
        Label scheme of the inputs: a known name, the path of a JSON file, or a scheme made in Python.
    labels : mapping of str to str, optional
        File name to ``"1=hepatic_vein,2=portal_vein"``.
    resample : {"nearest"}, optional
        Allow label maps on another grid; without it they are refused.
    one_patient : bool
        Insist that DICOM files are of one patient although they name several, as some public data do.
    same_grid : bool
        Insist that maps of one matrix and voxel size lie on one another voxel by voxel although their headers
        put them in different places. Like ``one_patient`` it leaves an ``error`` where it decides something;
        no flag reassures until that is accepted.
    reviewed : bool, optional
        Whether a person has reviewed the segmentation. One made by a program is taken to be further off until
        somebody has; None where that is not known.

    Returns
    -------
    Liver

    Raises
    ------
    ReadError
        If a file cannot be what it claims to be.
    LabelError
        If labels are not understood, or there is no liver among them.
    GeometryError
        If the files lie on different grids and resampling was not asked for.
    UsageError
        If nothing is given, or ``reviewed`` is neither true, false nor None.
    """
    stated, declared_none = by_role(
        liver, segments, tumours, vessels, ducts, artery, remnant, resected, ablated_zone
    )
    roles = {role: _path(path, role) for role, path in stated.items()}
    if not inputs and not roles:
        raise UsageError("no input: give a label file, a folder of masks, or a role such as --segments FILE")
    taken = StatedScheme(scheme)
    paths = [_path(path, "an input") for path in inputs]
    stage("read", count=len(paths) + len(roles))
    picture = None if image is None else _path(image, "image")
    insisted = Insisted(one_patient=one_patient, same_grid=same_grid)
    found = find_structures(
        paths, roles=roles, image=picture, scheme=taken.scheme, labels=labels, insisted=insisted
    )
    beside = image_beside_masks(paths) if picture is None and not found.series else None
    named = [("input", path) for path in paths]
    named += [(str(role), path) for role, path in roles.items()]
    named += [] if picture is None else [("image", picture)]
    return liver_of(
        found,
        image=picture or beside,
        named=[*named, *taken.named],
        reading=Reading(
            given=taken.given,
            tumours_declared_none=declared_none,
            scheme=taken.name,
            labels={printable(Path(name).name): text for name, text in (labels or {}).items()},
            resample=resample,
            one_patient=one_patient,
            same_grid=same_grid,
        ),
        reviewed=reviewed,
    )


def _path(given: object, name: str) -> Path:
    """A path that somebody gives. Raises UsageError for an object of another kind."""
    if isinstance(given, str | os.PathLike):
        return Path(given)
    raise UsageError(
        f"{name} is a {type(given).__name__}; expected a path: flr.liver_from_labels takes arrays and images"
    )


class StatedScheme:
    """The scheme that somebody states, and how a result records it.

    Parameters
    ----------
    given : str, path, LabelScheme or None
        As in :func:`read_liver`.

    Attributes
    ----------
    scheme : LabelScheme or None
    name : str or None
    named : tuple of (str, Path)
        Its file, where it has one.
    given : tuple of Given
        A scheme made in Python, which no file holds; its hash is that of its fields as JSON.

    Raises
    ------
    LabelError, ReadError
        As :func:`flr.io.structures.scheme_by_option`.
    """

    def __init__(self, given: str | PathLike | LabelScheme | None) -> None:
        self.scheme = None if given is None else scheme_by_option(given)
        self.name: str | None = None
        self.named: tuple[tuple[str, Path], ...] = ()
        self.given: tuple[Given, ...] = ()
        if isinstance(given, LabelScheme):
            self.name = given.name
            if load_schemes().get(given.name) != given:
                text = json.dumps(asdict(given), sort_keys=True)
                self.given = (Given("scheme", IN_MEMORY, hashlib.sha256(text.encode()).hexdigest()),)
        elif given is not None:
            path = Path(given)
            self.name = path.name
            self.named = (("scheme", path),) if path.name.casefold().endswith(".json") else ()


def liver_of(
    found: Found,
    *,
    image: Path | Picture | None,
    named: Sequence[tuple[str, Path]],
    reading: Reading,
    reviewed: bool | None,
) -> Liver:
    """The liver of what some inputs hold, wherever they lay; :func:`read_liver` from here on.

    Parameters
    ----------
    found : Found
    image : Path or Picture, optional
    named : sequence of (str, Path)
        Every file and folder that was named, with its role.
    reading : Reading
        How it was read; what was named is added.
    reviewed : bool, optional

    Raises
    ------
    ReadError, LabelError, GeometryError, UsageError
        As :func:`read_liver`.
    """
    for item in require_labels(found).labelled:
        if not item.is_understood:
            raise LabelError(refusal(item))
        _LOG.debug(
            "labels of a %s source, %s voxels, scheme %s",
            item.source.kind,
            "x".join(str(n) for n in item.source.grid.shape),
            item.scheme.name if item.scheme else "none",
        )
    liver = _assemble(found, image=image, named=named, reading=reading)
    return with_scan_facts(liver, ScanFacts(), reviewed=reviewed)


def refusal(item: Labelled) -> str:
    """Why a file's labels are not understood, with the candidates and the ways to say what they are."""
    said = describe_candidates(item.candidates)
    candidates = f" {said[0].upper()}{said[1:]}." if said else ""
    if item.source.kind == "memory":
        ways = "scheme=NAME, with a role (liver=, segments=, tumours=, vessels=, remnant=, resected=)"
    else:
        ways = "--scheme NAME, with a role (--liver, --segments, --tumours, --vessels, --remnant, --resected)"
    return (
        f"{item.source.name}: {item.reason}.{candidates} Say what they are with {ways} or with"
        f" {item.source.how_to_name}"
    )


_TAKES_A_LIVER_AWAY = ("code_against_name", "label_against_code", "labels_unaccounted", "segment_empty")
"""Findings that say why a structure that looks like the liver, or a part of it, was not taken for it."""


class _Structures(Mapping[str, Mask]):
    """Masks by canonical name on the liver's box; read file by file, each once.

    Label maps are kept as they are, and a mask is made when it is asked for: one mask for each of many
    segments and tumours would take most of the memory and time of reading.
    """

    def __init__(self, grid: Grid, box: Box, resample: Resample | None) -> None:
        self.full_grid, self.box, self.resample = grid, box, resample
        self.grid = grid.crop(box.start, box.shape)
        self.maps: list[tuple[NDArray[Any], dict[int, str]]] = []
        self.drawn_by: dict[str, dict[Path, str]] = {}
        self.away: dict[str, str] = {}

    def add(self, item: Labelled, values: Iterable[int]) -> bool:
        """Read some of a file's labels; whether one of them has a voxel in the box."""
        wanted = set(values)
        smallest = np.uint8 if max(wanted) <= np.iinfo(np.uint8).max else np.uint16
        dtype = np.dtype(np.uint16 if all(use_of(item.mapping[v]) == "tumour" for v in wanted) else smallest)
        voxels = place(item.source, item.counts, wanted, self.full_grid, self.box, self.resample, dtype)
        seen = wanted & item.counts.voxels.keys()
        if not lies_within(self.full_grid, item.source, item.counts, self.box):
            here = np.zeros(max(wanted) + 1, dtype=np.int64)
            add_counts(voxels.T, here)
            seen = {value for value in seen if here[value]}
        self.away |= {item.mapping[v]: item.source.name for v in (wanted & item.counts.voxels.keys()) - seen}
        present = {value: item.mapping[value] for value in sorted(seen)}
        self.maps.append((voxels, present))
        for name in present.values():
            self.drawn_by.setdefault(name, {})[item.source.path] = item.source.shown_name
        return bool(present)

    def __getitem__(self, name: str) -> Mask:
        masks = [voxels == value for voxels, names in self.maps for value, n in names.items() if n == name]
        if not masks:
            raise KeyError(name)
        return np.asarray(masks[0] if len(masks) == 1 else np.logical_or.reduce(masks))

    def __iter__(self) -> Iterator[str]:
        return iter(self.drawn_by)

    def __len__(self) -> int:
        return len(self.drawn_by)

    def numbered(
        self,
        numbers: Mapping[str, int],
        dtype: type[np.unsignedinteger[Any]],
        *,
        shared_out: dict[int, float] | None = None,
    ) -> tuple[NDArray[Any], Mask | None]:
        """The number of each named structure, the lowest where several meet, and where they do.

        The result is read-only: it may be a label map that has these numbers already. With ``shared_out``
        what two structures both claim is given to them in turn, like the squares of a chessboard, and the mL
        that each claims with another are added there by its number.
        """
        held = []
        for voxels, names in self.maps:
            number_of = np.zeros(max(names, default=0) + 1, dtype=dtype)
            for value, name in names.items():
                number_of[value] = numbers.get(name, 0)
            if number_of.any():
                held.append((voxels, number_of, all(number_of[value] == value for value in names)))
        if len(held) == 1 and held[0][2] and held[0][0].dtype == dtype:
            result = held[0][0].view()
            result.flags.writeable = False
            return result, None
        result = np.zeros(self.grid.shape, dtype=dtype, order="F")
        overlap: Mask | None = None
        white = np.add.outer(np.arange(result.shape[1]), np.arange(result.shape[0])) % 2 == 0
        held.sort(key=lambda one: tuple(np.unique(one[1])))  # whatever the order of the files
        for voxels, number_of, same in held:
            for k, plane in enumerate(voxels.T):
                if not plane.any():
                    continue
                here, before = plane if same else number_of.take(plane), result[:, :, k].T
                if not before.any():
                    before[...] = here
                    continue
                met = (here != before) & (here > 0) & (before > 0)
                if met.any():
                    if overlap is None:
                        overlap = np.zeros(result.shape, dtype=bool, order="F")
                    overlap[:, :, k] |= met.T
                    first = np.minimum(here, before)
                    if shared_out is not None:
                        self._claim(shared_out, here[met], before[met], k)
                        first = np.where(white if k % 2 else ~white, first, np.maximum(here, before))
                    here = np.where(met, first, here)
                np.copyto(before, here, where=here > 0)
        result.flags.writeable = False
        return result, overlap

    def released(self) -> dict[str, Mask]:
        """Structures that are wanted as masks; the maps, which take most of the memory, are given up."""
        kept = {name: self[name] for name in self if _stays_a_mask(name)}
        self.maps.clear()
        return kept

    def _claim(self, claims: dict[int, float], here: NDArray[Any], before: NDArray[Any], plane: int) -> None:
        """Add what two structures both claim on a plane to the mL of each."""
        for numbers in (here, before):
            for number, voxels in zip(*np.unique(numbers, return_counts=True), strict=True):
                ml = float(voxels * self.grid.slice_voxel_volumes_ml[plane])
                claims[int(number)] = claims.get(int(number), 0.0) + ml

    def displaced(self, liver: str) -> tuple[QualityFinding, ...]:
        """Vessels and drawn masks of which nothing lies in or near the liver."""
        return tuple(
            CHECKS["structure_displaced"].finding(
                f"nothing of {name} of {by} lies within {CONTEXT_MM:.0f} mm of the liver of {liver}:"
                " is it from another scan?"
            )
            for name, by in self.away.items()
            if name not in self.drawn_by and use_of(name) in ("vessel", "drawn")
        )

    def repeats(self) -> tuple[QualityFinding, ...]:
        """Structures of which there should be one, drawn by several inputs."""
        return tuple(
            CHECKS["structure_repeated"].finding(
                f"{name} is drawn in {len(by)} inputs ({', '.join(by.values())}), which were united"
            )
            for name, by in self.drawn_by.items()
            if len(by) > 1 and (use_of(name) in ("part", "drawn") or name.startswith("tumour_"))
        )


_Labels = tuple[Labelled, list[int]]


@dataclass(frozen=True, slots=True)
class _Extent:
    """Labels of the liver and of the lesions that may belong to it, and where they lie.

    ``organ_box`` holds the labels of the liver, ``box`` the lesions and some surroundings as well; both in
    indices of the main map, which is the first that holds liver.
    """

    organ: list[_Labels]
    lesions: list[_Labels]
    organ_box: Box
    box: Box
    beyond: list[QualityFinding]

    @property
    def main(self) -> Labelled:
        """The map whose grid all others are laid on."""
        return self.organ[0][0]

    @property
    def reference(self) -> Grid:
        """Grid of the main map."""
        return self.main.source.grid


def _assemble(
    everything: Found, *, image: Path | Picture | None, named: Sequence[tuple[str, Path]], reading: Reading
) -> Liver:
    found = everything.labelled
    resample: Resample | None = "nearest" if reading.resample == "nearest" else None
    extent = _extent(found, resample)
    reference, main = extent.reference, extent.main.source
    _refuse_unregistered(found, main)
    masks = _gathered(found, extent, resample)
    quality = [*everything.quality, *masks.repeats(), *masks.displaced(main.name), *extent.beyond]
    quality += [finding for item in found for finding in (*item.source.quality, *item.quality)]
    ends = extent.organ_box.start[2], extent.organ_box.stop[2]
    quality += checks.slice_weight_findings(reference.slice_weights_mm, *ends)
    parts, part_names, overlap = _parts(masks, masks.grid)
    quality += overlap
    quality += stranger_findings(found, reference, extent.box, lambda: _organ(masks, parts))
    tumours, lesion = _tumours(masks)
    quality += lesion
    picture, voxels, shown = _pictured(everything, extent, image, masks.grid, same_grid=reading.same_grid)
    quality += shown
    if "liver" in masks and parts is not None:
        quality += checks.segment_sum_findings(_ml(parts > 0, masks.grid), _ml(masks["liver"], masks.grid))
    if not reading.tumours_declared_none and tumours is None and _tumour_file_given(found):
        tumours = np.zeros(masks.grid.shape, dtype=np.uint16, order="F")
    named_masks = masks.released()
    liver = assemble(
        masks.grid,
        liver=named_masks.get("liver"),
        parts=parts,
        part_names=part_names,
        tumours=tumours,
        tumours_declared_none=reading.tumours_declared_none,
        nonfunctional=_any_of(m for n, m in named_masks.items() if _is_cystic(n)),
        ducts=_any_of(m for n, m in named_masks.items() if n in DUCTS),
        vessels={n: m for n, m in named_masks.items() if is_vessel(n)},
        not_liver={n: m for n, m in named_masks.items() if use_of(n) == "not_liver"},
        drawn={n: m for n, m in named_masks.items() if use_of(n) == "drawn"},
        sheath={n: m for n, m in named_masks.items() if n in SHEATH},
        image=voxels,
        quality=tuple(dict.fromkeys(quality)),
        truncated=False,  # the box was cropped: the scan decides, below
        source=_source(everything, extent.main, picture, named, reading),
    )
    faces, orientation = _border_contact(liver, extent, None if picture is None else picture.grid)
    if not faces:
        return liver
    cut_off = checks.truncation_findings(faces, orientation=orientation)
    return replace(liver, truncated=True, quality=(*liver.quality, *cut_off))


def _refuse_unregistered(found: Sequence[Labelled], main: LabelSource) -> None:
    """Refuse a zone after an ablation that another frame of reference places: it was not registered.

    Raises
    ------
    GeometryError
        If both files name a frame of reference, and not the same.
    """
    own = getattr(main, "frame_of_reference_uid", "")
    for item in found:
        frame = getattr(item.source, "frame_of_reference_uid", "")
        if ABLATED_ZONE in item.mapping.values() and own and frame and frame != own:
            raise GeometryError(
                f"{item.source.name} (ablated zone) and {main.name} lie in different frames of reference: the"
                " scan after ablation is not registered to the one before. Register it and save the zone on"
                " the grid of that scan"
            )


def _labels_that(found: Sequence[Labelled], is_wanted: Callable[[str], bool]) -> list[_Labels]:
    """Maps that hold a label of a wanted name, each with those labels."""
    wanted = [(item, [v for v, name in item.mapping.items() if is_wanted(name)]) for item in found]
    return [(item, values) for item, values in wanted if values]


def _extent(found: Sequence[Labelled], resample: Resample | None) -> _Extent:
    """Where the liver and its lesions lie.

    Raises
    ------
    LabelError
        If there is no liver.
    GeometryError
        If a map of the liver or of tumours lies beyond the main map.
    """
    organ = _labels_that(found, lambda name: part_of(name) is not None)
    if not organ:
        raise LabelError(_no_liver(found))
    main = organ[0][0].source
    tumorous = _labels_that(found, lambda name: use_of(name) == "tumour")
    boxes = [_box_beside(main, item, values, resample) for item, values in (*organ, *tumorous)]
    organ_box = union(boxes[: len(organ)]).clip(main.grid)
    cystic = _labels_that(found, _is_cystic)
    more, beyond = _boxes_of_cysts(main, cystic, resample)
    filled, scanned = union([*boxes, *more]), Box((0, 0, 0), main.grid.shape)
    # Maps may be cropped each to its own box: what lies beyond the first one's belongs to the liver too.
    box = filled.pad_mm(main.grid, CONTEXT_MM).shared(union([scanned, filled])) or filled
    return _Extent(organ, [*tumorous, *cystic], organ_box, box, beyond)


def _no_liver(found: Sequence[Labelled]) -> str:
    """Message for inputs without a liver: what they hold, and what may have been meant for one."""
    names = sorted({name for item in found for name in item.mapping.values()})
    shown = ", ".join(names[:12]) or "nothing"
    known = (finding for item in found for finding in (*item.source.quality, *item.quality))
    why = "; ".join(dict.fromkeys(f.message for f in known if f.check in _TAKES_A_LIVER_AWAY))
    said = f". What may have been meant for one: {why}" if why else ""
    return f"no liver among the inputs, which hold {shown}; add --liver FILE or --segments FILE{said}"


def _gathered(found: Sequence[Labelled], extent: _Extent, resample: Resample | None) -> _Structures:
    """Every structure with a use, on the liver's box.

    Raises
    ------
    GeometryError
        If nothing of a map that was given by role lies in the box.
    """
    masks = _Structures(extent.reference, extent.box, resample)
    for item in found:
        wanted = [v for v, name in item.mapping.items() if use_of(name) != "other"]
        if wanted and not masks.add(item, wanted) and item.role is not None:
            apart = extent.reference.difference(item.source.grid) or "on the same grid"
            raise GeometryError(
                f"{item.source.name}: nothing of it lies in or near the liver of {extent.main.source.name}"
                f" ({apart}); is it from another scan?"
            )
    return masks


def _pictured(
    everything: Found, extent: _Extent, image: Path | Picture | None, grid: Grid, *, same_grid: bool
) -> tuple[Picture | None, NDArray[np.float32] | None, list[QualityFinding]]:
    """The image of the liver, its voxels on the liver's box, and what was noticed about the images."""
    picture, notes = picture_for(extent.main.source, everything.series, image, same_grid=same_grid)
    images = {series.name: series.grid for series in everything.series}
    images |= {} if picture is None else {picture.name: picture.grid}
    labels = {item.source.name: item.source.grid for item in everything.labelled}
    spacing = checks.spacing_findings(labels, images)
    voxels, resampled = _image(picture, extent.reference, grid)
    return picture, voxels, [*notes, *spacing, *resampled]


def _box_beside(main: LabelSource, item: Labelled, values: Sequence[int], resample: Resample | None) -> Box:
    """Where labels lie on the grid of the liver's main map.

    Raises
    ------
    GeometryError
        If none of them lies on it; or if one lies beyond it and slices are uneven.
    """
    own = box_in(main.grid, item.source, item.counts, values, resample)
    shared = own.shared(Box((0, 0, 0), main.grid.shape))
    if shared is None or (shared != own and not main.grid.is_even):
        what = "lies wholly" if shared is None else "reaches"
        raise GeometryError(
            f"{item.source.name}: what is drawn in it {what} outside the grid of {main.name}"
            f" ({main.grid.difference(item.source.grid)}); is it from another scan?"
        )
    return own


def _boxes_of_cysts(
    main: LabelSource, cystic: Sequence[tuple[Labelled, list[int]]], resample: Resample | None
) -> tuple[list[Box], list[QualityFinding]]:
    """Where cysts and the like lie on the grid of the liver's main map, and what is said of those beyond it.

    A cyst may be of another organ: unlike a tumour, one that lies beyond the grid is no reason to refuse.
    """
    boxes, findings = [], []
    for item, values in cystic:
        own = box_in(main.grid, item.source, item.counts, values, resample)
        shared = own.shared(Box((0, 0, 0), main.grid.shape))
        if shared is not None:
            boxes.append(own if main.grid.is_even else shared)
            continue
        beyond_ml = sum(item.counts.ml[value] for value in values)
        message = (
            f"{item.source.name}: {beyond_ml:.2f} mL of nonfunctional tissue lies outside the grid of"
            f" {main.name}; not counted"
        )
        findings.append(CHECKS["nonfunctional_outside_liver"].finding(message, "warning"))
    return boxes, findings


def _is_cystic(name: str) -> bool:
    """Whether a structure is nonfunctional and belongs to the liver whole where it touches it."""
    return use_of(name) == "nonfunctional" and name not in DUCTS


def _stays_a_mask(name: str) -> bool:
    """Whether a structure is wanted as a mask of its own, not as a number in an array."""
    return name == "liver" or use_of(name) in ("nonfunctional", "vessel", "not_liver", "drawn", "supply")


def _tumour_file_given(found: Sequence[Labelled]) -> bool:
    """Whether somebody looked for tumours: a tumour file that is empty says that there are none drawn."""
    return any(item.role == "tumours" for item in found)


def _parts(
    masks: _Structures, grid: Grid
) -> tuple[NDArray[np.uint8] | None, tuple[str, ...], list[QualityFinding]]:
    """Segments, else territories, as one label array; where two overlap the first keeps the voxel."""
    named = {part: name for name in masks if (part := part_of(name)) is not None and name != "liver"}
    couinaud = {part: name for part, name in named.items() if part.is_couinaud}
    if couinaud.keys() & {Part("4a"), Part("4b")} and Part("4") in couinaud:
        raise LabelError("segment 4 is given whole and as 4a or 4b; give one or the other")
    chosen = sorted((couinaud or named).items(), key=lambda pair: pair[0].order)
    if not chosen:
        return None, (), []
    claims: dict[int, float] = {}
    parts, overlap = masks.numbered(
        {name: number for number, (_, name) in enumerate(chosen, start=1)}, np.uint8, shared_out=claims
    )
    findings: list[QualityFinding] = []
    if overlap is not None:
        ranges_ml = {}
        for number, shared_ml in sorted(claims.items()):
            counted_ml = _ml(parts == number, grid)
            part, name = chosen[number - 1]
            most_ml = sum(
                _ml((voxels == value), grid)
                for voxels, names in masks.maps
                for value, n in names.items()
                if n == name
            )
            ranges_ml[part.key] = (most_ml - shared_ml, counted_ml, most_ml)
        findings += checks.overlap_findings(_ml(overlap, grid), _ml(parts > 0, grid), ranges_ml)
    return parts, tuple(part.key for part, _ in chosen), findings


def _organ(masks: _Structures, parts: NDArray[np.uint8] | None) -> Mask:
    """Every voxel of the liver or one of its parts."""
    inside = [masks["liver"]] if "liver" in masks else []
    inside += [] if parts is None else [parts > 0]
    return np.asarray(np.logical_or.reduce(inside))


def _tumours(masks: _Structures) -> tuple[NDArray[np.uint16] | None, list[QualityFinding]]:
    """Tumour numbers; an unnumbered tumour or lesion takes the next free number."""
    names = [name for name in masks if use_of(name) == "tumour"]
    if not names:
        return None, []
    numbered = {name: name.removeprefix("tumour_") for name in names}
    given = {name: int(text) for name, text in numbered.items() if re.fullmatch(r"[1-9]\d*", text)}
    free = max(given.values(), default=0)
    for name in sorted(names, key=lambda n: (n not in given, given.get(n, 0), n)):
        if name not in given:
            free += 1
            given[name] = free
    numbers, overlap = masks.numbered(given, np.uint16)
    findings = []
    if overlap is not None:
        shared_ml = _ml(overlap, masks.grid)
        message = f"{shared_ml:.2f} mL lay in more than one tumour and was given to the first of them"
        findings.append(CHECKS["overlap_resolved"].finding(message, "warning"))
    if "lesion" in names:
        message = "a label called lesion is counted as tumour: nothing says that it is benign"
        findings.append(CHECKS["lesion_type_unknown"].finding(message))
    return numbers, findings


def _ml(mask: Mask, grid: Grid) -> float:
    return float(np.count_nonzero(mask, axis=(0, 1)) @ grid.slice_voxel_volumes_ml)


def _any_of(masks: Iterable[Mask]) -> Mask | None:
    present = list(masks)
    return np.logical_or.reduce(present) if present else None


def _image(
    picture: Picture | None, reference: Grid, grid: Grid
) -> tuple[NDArray[np.float32] | None, tuple[QualityFinding, ...]]:
    """The image on the liver's box, and what was noticed."""
    if picture is None:
        return None, ()
    voxels, resampled = image_on(picture, grid)
    if not resampled:
        return voxels, ()
    message = (
        f"the image ({picture.grid.describe()}) was resampled to the labels ({reference.describe()}) for"
        " pictures"
    )
    return voxels, (CHECKS["image_resampled"].finding(message),)


def _border_contact(liver: Liver, extent: _Extent, scan: Grid | None) -> tuple[frozenset[str], str]:
    """Faces of the scan that the liver touches, with the orientation letters of the grid that names them.

    The image's extent decides when there is one. Otherwise the liver is cut off where one of its labels
    touches the border of its own map, and where a lesion that belongs to it reaches the end of all maps.
    """
    organ, lesions, reference = extent.organ, extent.lesions, extent.reference
    reached = extent.organ_box
    if lesions:
        reached = union([reached, _filled(liver.parts, extent.box)])
    outer = None if scan is None else reached.mapped(reference, scan)
    if scan is not None and outer is not None:
        return outer.touched_faces(scan), scan.orientation
    faces = {
        face
        for item, values in organ
        for value in values
        for face in item.counts.touches.get(value, frozenset())
    }
    if any(item.counts.touches.get(value) for item, values in lesions for value in values):
        steps = [(lattice_step(reference, item.source.grid), item) for item, _ in (*organ, *lesions)]
        maps = union(step.box(Box((0, 0, 0), item.source.grid.shape)) for step, item in steps if step)
        faces |= reached.faces_within(maps)
    return frozenset(faces), reference.orientation


def _filled(parts: NDArray[np.uint8], box: Box) -> Box:
    """The smallest box around the liver's voxels, in the indices that its own box is given in."""
    sides = [np.flatnonzero(parts.any(axis=axes)) for axes in ((1, 2), (0, 2), (0, 1))]
    start = [int(side[0]) + first for side, first in zip(sides, box.start, strict=True)]
    stop = [int(side[-1]) + 1 + first for side, first in zip(sides, box.start, strict=True)]
    return Box((start[0], start[1], start[2]), (stop[0], stop[1], stop[2]))


def _source(
    everything: Found,
    main: Labelled,
    picture: Picture | None,
    named: Sequence[tuple[str, Path]],
    reading: Reading,
) -> Source:
    hashes = Hashes()
    scheme = main.scheme.name if main.scheme else main.reason
    # The images that the labels were drawn on, else those that the pictures show.
    series = getattr(main.source, "series", None) or (None if picture is None else picture.series)
    return Source(
        inputs=hashes.inputs((item.source for item in everything.labelled), picture),
        scheme=scheme,
        segmentation_source=main.segmentation_source,
        header_facts=everything.header_facts,
        scan=_scan_facts(series),
        reading=replace(
            reading,
            given=(
                *(
                    Given(role, path.name or path.resolve().name, hashes.of(path) if path.is_file() else None)
                    for role, path in named
                ),
                *reading.given,
            ),
        ),
    )


def _scan_facts(series: Series | None) -> ScanFacts:
    """What the headers of the images say about the scan."""
    if series is None:
        return ScanFacts()
    from flr.dicom.scan import scan_facts

    return scan_facts(series)
