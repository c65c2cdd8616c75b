"""Which structures a set of inputs holds: files and folders in, labelled sources out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from flr import checks
from flr.errors import LabelError, ReadError, UsageError
from flr.io.source import LabelCounts, LabelSource, centroids_mm, count, names_of, open_sources
from flr.labels import (
    LabelScheme,
    canonical_name,
    detect,
    detect_names,
    find_scheme,
    map_role,
    parse_label_option,
    part_of,
    scheme_from_json,
)
from flr.quality import QualityFinding

LABEL_SUFFIXES = (".nii", ".nii.gz", ".nrrd", ".nhdr", ".mha", ".mhd")
"""File endings that a folder of masks may hold."""

Role = Literal["liver", "segments", "tumours", "vessels", "remnant", "resected"]
ROLE_NAMES: tuple[Role, ...] = ("liver", "segments", "tumours", "vessels", "remnant", "resected")

_AUTOMATIC = {
    "totalsegmentator": "TotalSegmentator",
    "mrsegmentator": "MRSegmentator",
    "moose": "MOOSE",
    "vibesegmentator": "VIBESegmentator",
    "vista3d": "VISTA3D",
    "cads": "CADS",
    "abdomenatlas": "AbdomenAtlas",
}


@dataclass(frozen=True)
class Labelled:
    """A label map and what its values mean.

    Parameters
    ----------
    source : LabelSource
    counts : LabelCounts
    mapping : mapping of int to str
        Every value present to its canonical name, the file's own name, or ``label_<value>``.
    role : str, optional
        The role option that the file was given under.
    scheme : LabelScheme, optional
        None when nothing decided what the integers mean.
    candidates : tuple of str
        Names of the schemes that would fit when none was taken.
    reason : str
        Why this meaning, in words.
    """

    source: LabelSource
    counts: LabelCounts
    mapping: Mapping[int, str]
    role: Role | None = None
    scheme: LabelScheme | None = None
    candidates: tuple[str, ...] = ()
    reason: str = ""
    quality: tuple[QualityFinding, ...] = field(default=())

    @property
    def is_understood(self) -> bool:
        """Whether the meaning of the values is known, not merely their number."""
        return self.role is not None or self.scheme is not None or not self.mapping

    @property
    def segmentation_source(self) -> str | None:
        """The program that wrote the labels, where the scheme tells; None when it is not known."""
        name = self.scheme.name if self.scheme else ""
        return next((program for prefix, program in _AUTOMATIC.items() if name.startswith(prefix)), None)


def stem_of(path: Path) -> str:
    """File name without the endings of label formats.

    >>> stem_of(Path("liver_segment_5.nii.gz"))
    'liver_segment_5'
    """
    name = path.name
    for suffix in (".seg.nrrd", ".nii.gz", *LABEL_SUFFIXES):
        if name.casefold().endswith(suffix):
            return name[: -len(suffix)]
    return path.stem


def scheme_by_option(text: str) -> LabelScheme:
    """The scheme of ``--scheme``: a known name, or a JSON file of the site's own."""
    return scheme_from_json(Path(text)) if text.casefold().endswith(".json") else find_scheme(text)


def structures(
    inputs: Sequence[Path],
    *,
    roles: Mapping[Role, Path] | None = None,
    scheme: LabelScheme | None = None,
    labels: Mapping[str, str] | None = None,
) -> tuple[Labelled, ...]:
    """Open every input, count it, and find out what its labels mean.

    Parameters
    ----------
    inputs : sequence of Path
        Label files, or folders of masks.
    roles : mapping of role to Path, optional
        Files whose meaning the user states.
    scheme : LabelScheme, optional
        Taken for every input that was given no role.
    labels : mapping of str to str, optional
        File name (or path as given) to ``"1=hepatic_vein,2=portal_vein"``.

    Raises
    ------
    ReadError
        If an input does not exist or is not a label map.
    LabelError
        If a role, scheme or mapping does not explain a file's labels.
    """
    explained = {name: parse_label_option(text) for name, text in (labels or {}).items()}
    used: set[str] = set()

    def explicit(path: Path) -> dict[int, str] | None:
        for key in (str(path), path.name):
            if key in explained:
                used.add(key)
                return explained[key]
        return None

    found: list[Labelled] = []
    for path in inputs:
        if path.is_dir():
            found += _folder(path, scheme, explicit)
        else:
            found += [_file(source, scheme, explicit(path)) for source in open_sources(path)]
    for role, path in (roles or {}).items():
        if path.is_dir():
            raise ReadError(f"--{role} {path.name} is a folder; expected one label file")
        found += [_with_role(source, role, explicit(path)) for source in open_sources(path)]
    unused = explained.keys() - used
    if unused:
        raise UsageError(f"--labels names {', '.join(sorted(unused))}, which is not among the inputs")
    return tuple(found)


def _folder(
    folder: Path, scheme: LabelScheme | None, explicit: Callable[[Path], dict[int, str] | None]
) -> list[Labelled]:
    """Every mask of a folder; what is no label map is left out with a finding that names it."""
    paths = sorted(p for p in folder.iterdir() if p.is_file() and p.name.casefold().endswith(LABEL_SUFFIXES))
    if not paths:
        raise ReadError(
            f"folder {folder.name} holds no label file ({', '.join(LABEL_SUFFIXES)}); is it the right folder?"
        )
    opened: list[tuple[Path, LabelSource, LabelCounts]] = []
    skipped: list[str] = []
    for path in paths:
        for source in open_sources(path):
            try:
                opened.append((path, source, count(source)))
            except LabelError:
                skipped.append(source.name)
    if not opened:
        raise ReadError(
            f"folder {folder.name} holds images but no label map; give the folder of the segmentation"
        )
    by_stem = detect_names([stem_of(path) for path, _, _ in opened])
    result = []
    for path, source, counts in opened:
        values = sorted(counts.voxels)
        own = explicit(path)
        stem = stem_of(path)
        if own is None and scheme is None and len(values) <= 1 and not names_of(source, counts):
            mapping = dict.fromkeys(values, by_stem.mapping.get(stem, stem))
            result.append(Labelled(source, counts, mapping, None, by_stem.scheme, (), by_stem.reason))
        else:
            result.append(_meaning(source, counts, scheme, own))
    if skipped:
        names = ", ".join(skipped[:5])
        message = f"{len(skipped)} file(s) of the folder are no label maps and were left out: {names}"
        result[0] = replace(result[0], quality=(QualityFinding("not_a_label_map", "info", message),))
    return result


def _file(source: LabelSource, scheme: LabelScheme | None, own: dict[int, str] | None) -> Labelled:
    return _meaning(source, count(source), scheme, own)


def _with_role(source: LabelSource, role: Role, own: dict[int, str] | None) -> Labelled:
    counts = count(source)
    values = sorted(counts.voxels)
    named = names_of(source, counts)
    if own is not None:
        mapping = _apply(own, values, source.name)
    elif len(values) > 1 and named and all(_is_known(named.get(v, "")) for v in values):
        mapping = detect(values, named).mapping
    else:
        try:
            mapping = map_role(role, values)
        except LabelError as error:
            raise LabelError(f"{source.name}: {error}") from error
    return Labelled(source, counts, mapping, role, None, (), f"given as --{role}")


def _is_known(own_name: str) -> bool:
    return canonical_name(own_name) is not None


def _meaning(
    source: LabelSource, counts: LabelCounts, scheme: LabelScheme | None, own: dict[int, str] | None
) -> Labelled:
    values = sorted(counts.voxels)
    if own is not None:
        return Labelled(
            source, counts, _apply(own, values, source.name), None, LabelScheme("labels option", own)
        )
    if scheme is not None:
        try:
            mapping = scheme.mapping(values)
        except LabelError as error:
            raise LabelError(f"{source.name}: {error}") from error
        return Labelled(source, counts, mapping, None, scheme, (), "scheme chosen by the user")
    names = names_of(source, counts)
    if not names and len(values) == 1:
        named = canonical_name(stem_of(source.path))
        if named is not None:
            by_stem = detect_names([stem_of(source.path)])
            reason = "from the file's name"
            return Labelled(source, counts, {values[0]: named}, None, by_stem.scheme, (), reason)
    found = detect(values, names, anatomy=_anatomy(source, counts))
    return Labelled(source, counts, found.mapping, None, found.scheme, found.candidates, found.reason)


def _apply(own: Mapping[int, str], values: Iterable[int], name: str) -> dict[int, str]:
    missing = [value for value in values if value not in own]
    if missing:
        shown = ", ".join(str(value) for value in missing[:10])
        raise LabelError(
            f"{name}: --labels does not say what {shown} means; map every value that the file holds"
        )
    return {value: own[value] for value in values}


def _anatomy(source: LabelSource, counts: LabelCounts) -> Callable[[LabelScheme], Iterable[QualityFinding]]:
    """The anatomy check of a file under each scheme that might explain it; reads the voxels once."""
    centres: dict[int, tuple[float, float, float]] = {}

    def findings(scheme: LabelScheme) -> Iterable[QualityFinding]:
        if not centres:
            centres.update(centroids_mm(source, tuple(counts.voxels)))
        parts = {
            value: part.key
            for value in counts.voxels
            if (meaning := scheme.meaning(value)) is not None and (part := part_of(meaning)) is not None
        }
        volumes_ml = {key: counts.voxels[value] * source.grid.voxel_volume_ml for value, key in parts.items()}
        return checks.anatomy_findings(
            volumes_ml, {key: centres[value] for value, key in parts.items()}, prior=False
        )

    return findings
