"""Which structures a set of inputs holds: files and folders in, labelled sources out."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flr import checks
from flr.errors import LabelError, ReadError, UsageError
from flr.files import shown_name
from flr.io.identity import checked_by_tables, why_not_by_integers, with_identity
from flr.io.inputs import LABEL_SUFFIXES, by_content, files_beside_masks, is_folder, label_files
from flr.io.insisted import NOTHING_INSISTED, Insisted, on_one_grid
from flr.io.labelled import Found, Labelled
from flr.io.source import (
    LabelCounts,
    LabelSource,
    Survey,
    count,
    grid_findings,
    names_of,
    open_sources,
    survey,
)
from flr.labels import (
    LabelScheme,
    canonical_name,
    detect,
    detect_names,
    find_scheme,
    is_placeholder,
    lie_as_organs,
    listed,
    map_role,
    names_decide,
    parse_label_option,
    part_of,
    require_canonical,
    scheme_from_json,
)
from flr.quality import CHECKS, QualityFinding
from flr.structures import ROLE_NAMES, Role, option_of

if TYPE_CHECKING:
    from flr.dicom import DicomSource, DicomStudy, Series

_ANSWERED_BY_LABELS = ("code_against_name", "segment_name_repeated")


def by_role(*given: Any) -> tuple[dict[Role, Any], bool]:
    """What somebody gives under each role, and whether tumours are declared to be none.

    Parameters
    ----------
    *given : path or object, or None
        One for each role, in the order of :data:`flr.structures.ROLE_NAMES`; ``"none"`` for tumours declares
        that there are none.

    Examples
    --------
    >>> by_role(None, "segments.nii.gz", "none", *[None] * 6)
    ({'segments': 'segments.nii.gz'}, True)
    """
    stated: dict[Role, Any] = dict(zip(ROLE_NAMES, given, strict=True))
    declared_none = isinstance(stated["tumours"], str) and stated["tumours"] == "none"
    if declared_none:
        del stated["tumours"]
    return {role: thing for role, thing in stated.items() if thing is not None}, declared_none


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


def scheme_by_option(given: str | os.PathLike[str] | LabelScheme) -> LabelScheme:
    """The scheme of ``--scheme``: a known name, a JSON file of the site's own, or a scheme made in Python.

    Raises
    ------
    LabelError, ReadError, UsageError
        If there is no such scheme, or it is not one that can be used.
    """
    if isinstance(given, LabelScheme):
        return require_canonical(given)
    if not isinstance(given, str | os.PathLike):
        raise UsageError(
            f"scheme is a {type(given).__name__}; expected a known name, the path of a JSON file, or a"
            " LabelScheme"
        )
    text = os.fspath(given)
    return scheme_from_json(Path(text)) if text.casefold().endswith(".json") else find_scheme(text)


def structures(
    inputs: Sequence[Path],
    *,
    roles: Mapping[Role, Path] | None = None,
    scheme: LabelScheme | None = None,
    labels: Mapping[str, str] | None = None,
) -> tuple[Labelled, ...]:
    """The label maps of :func:`find_structures`, of which there must be one.

    Raises
    ------
    ReadError, LabelError
        As there; ReadError also if the inputs hold images only.
    """
    return require_labels(find_structures(inputs, roles=roles, scheme=scheme, labels=labels)).labelled


def require_labels(found: Found) -> Found:
    """Refuse inputs that hold images only. Raises ReadError."""
    if not found.labelled:
        names = ", ".join(series.name for series in found.series[:5])
        raise ReadError(
            f"the inputs hold images ({names}) but no segmentation; give the SEG, RTSTRUCT or label file too"
        )
    return found


class _Explained:
    """What somebody says that the labels of files mean, by a file's path as given, its name or shown name.

    Raises LabelError if a text is no such mapping.
    """

    def __init__(self, labels: Mapping[str, str]) -> None:
        self.mappings = {name: parse_label_option(text) for name, text in labels.items()}
        self.used: set[str] = set()

    def __call__(self, path: Path) -> dict[int, str] | None:
        """The mapping of a file, where there is one."""
        for key in (str(path), path.name, shown_name(path)):
            if key in self.mappings:
                self.used.add(key)
                return self.mappings[key]
        return None

    def require_use(self) -> None:
        """Refuse a mapping of a file that is not among the inputs."""
        unused = self.mappings.keys() - self.used
        if unused:
            raise UsageError(f"--labels names {', '.join(sorted(unused))}, which is not among the inputs")


def find_structures(
    inputs: Sequence[Path],
    *,
    roles: Mapping[Role, Path] | None = None,
    image: Path | None = None,
    scheme: LabelScheme | None = None,
    labels: Mapping[str, str] | None = None,
    in_memory: Sequence[tuple[Role | None, LabelSource]] = (),
    insisted: Insisted = NOTHING_INSISTED,
) -> Found:
    """Open every input, count it, and find out what its labels mean.

    Parameters
    ----------
    inputs : sequence of Path
        Label files, folders of masks, DICOM files and folders.
    roles : mapping of role to Path, optional
        Files whose meaning the user states.
    image : Path, optional
        Images that the user names; read here when they are DICOM, because segmentations refer to them.
    scheme : LabelScheme, optional
        Taken for every input that was given no role.
    labels : mapping of str to str, optional
        File name (or path as given) to ``"1=hepatic_vein,2=portal_vein"``.
    in_memory : sequence of (role or None, LabelSource)
        Label maps that are no files, each with the role that the user states.
    insisted : Insisted
        What is taken to be true whatever the files say.

    Raises
    ------
    ReadError
        If an input does not exist, cannot be read, or is of another patient than the others.
    LabelError
        If a role, scheme or mapping does not explain a file's labels.
    GeometryError
        If DICOM files lie in different frames of reference.
    """
    explicit = _Explained(labels or {})
    given = by_content(inputs)
    found: list[Labelled] = []
    for path in given.labels:
        if is_folder(path):
            found += _folder(path, scheme, explicit)
        else:
            own = explicit(path)
            found += _one_by_one([_file(source, scheme, own) for source in open_sources(path)], own)
    for stated, source in in_memory:
        found.append(
            _file(source, scheme, None) if stated is None else _with_role(source, stated, None, scheme)
        )
    by_role = {role: by_content([path]) for role, path in (roles or {}).items()}
    pictures = by_content([] if image is None else [image])
    dicom = [*given.dicom, *(p for of in by_role.values() for p in of.dicom), *pictures.dicom]
    study = None
    taken: set[int] = set()
    if dicom:
        from flr.dicom import open_study

        study = open_study(dicom, apart_from=given.read_as_labels, one_patient=insisted.one_patient)
    for role, of in by_role.items():
        if of.dicom and study is not None:
            sources = _within(study, of.dicom[0], role)
            taken |= {id(source) for source in sources}
            found += _dicom_with_role(sources, role, explicit)
            continue
        if len(of.labels) > 1:
            named = ", ".join(shown_name(path) for path in of.labels)
            raise ReadError(
                f"{option_of(role)} {shown_name((roles or {})[role])} names {named}; give one of them"
            )
        (path,) = of.labels
        if is_folder(path):
            raise ReadError(f"{option_of(role)} {path.name} is a folder; expected one label file")
        own = explicit(path)
        found += _one_by_one([_with_role(source, role, own, scheme) for source in open_sources(path)], own)
    if study is not None:
        found += _dicom([s for s in study.sources if id(s) not in taken], scheme, explicit)
    explicit.require_use()
    labelled = with_identity(on_one_grid(found) if insisted.same_grid else found)
    if study is None:
        return Found(labelled)
    series = tuple(one for one in study.series if all(item.source.voxels is not one for item in found))
    return Found(labelled, series, study.facts, study.quality)


def _folder(folder: Path, scheme: LabelScheme | None, explicit: _Explained) -> list[Labelled]:
    """Every mask of a folder; what is no label map is left out with a finding that names it."""
    paths = label_files(folder)
    if not paths:
        raise ReadError(
            f"folder {folder.name} holds no label file ({', '.join(LABEL_SUFFIXES)}) and no DICOM; is it the"
            " right folder?"
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
    result[0] = replace(result[0], quality=(*result[0].quality, *_left_out(folder, skipped)))
    return result


def _left_out(folder: Path, skipped: Sequence[str]) -> Iterator[QualityFinding]:
    """What lies in a folder and was not read."""
    if skipped:
        names = ", ".join(skipped[:5])
        message = f"{len(skipped)} file(s) of the folder are no label maps and were left out: {names}"
        yield CHECKS["not_a_label_map"].finding(message)
    if beside := files_beside_masks(folder):
        names = ", ".join(path.name for path in beside)
        message = f"the masks in segmentations, which have names, were read; left out beside them: {names}"
        yield CHECKS["files_skipped"].finding(message, "info")


def _file(source: LabelSource, scheme: LabelScheme | None, own: dict[int, str] | None) -> Labelled:
    return _meaning(source, count(source), scheme, own)


def _one_by_one(layers: list[Labelled], own: dict[int, str] | None) -> list[Labelled]:
    """The layers of a file; LabelError where ``--labels`` speaks of a value that several of them use."""
    if own is not None and len(layers) > 1:
        values = [value for layer in layers for value in layer.counts.voxels]
        shared = sorted({value for value in values if values.count(value) > 1})
        if shared:
            raise LabelError(
                f"{layers[0].source.shown_name}: --labels says what {listed(shared)} means, but several of"
                f" its {len(layers)} layers use it; export them as files of their own"
            )
    return layers


def _with_role(
    source: LabelSource, role: Role, own: dict[int, str] | None, scheme: LabelScheme | None
) -> Labelled:
    """A file under a role; a scheme of segments that somebody chose says what the values of segments are."""
    counts = count(source)
    values = sorted(counts.voxels)
    named = names_of(source, counts)
    by_name: frozenset[int] = frozenset()
    if own is not None:
        mapping = _apply(own, values, source.name)
    else:
        try:
            telling = _is_telling([named.get(v, "") for v in values], role)
            detected = detect(values, named) if telling else None
            if detected is not None and names_decide(role, detected.mapping.values()):
                mapping, by_name = detected.mapping, detected.named
            elif role == "segments" and scheme is not None and _is_of_segments(scheme):
                mapping = scheme.mapping(values)
            else:
                mapping = map_role(role, counts.voxels)
                if role == "segments" and (reason := why_not_by_integers(source, mapping)):
                    raise LabelError(f"{option_of(role)}: {reason}; or say what the labels are with --labels")
        except LabelError as error:
            raise LabelError(f"{source.name}: {error}") from error
    return Labelled(source, counts, mapping, role, None, (), f"given as {option_of(role)}", named=by_name)


def _is_of_segments(scheme: LabelScheme) -> bool:
    """Whether every value of a scheme is a part of the liver, so that it can speak of a map of segments."""
    return bool(scheme.labels) and all(part_of(name) is not None for name in scheme.labels.values())


def _dicom(
    sources: Sequence[DicomSource],
    scheme: LabelScheme | None,
    explicit: _Explained,
) -> list[Labelled]:
    """Segmentations by the names of their segments; all layers of a file, and all masks, together.

    Segment numbers only count segments: they mean something when a scheme or mapping is given, never by
    themselves.
    """
    found = []
    for group in _together(sources):
        counted = [(source, count(source)) for source in group]
        named = detect_names([n for s, counts in counted for v in counts.voxels if (n := s.names.get(v, ""))])
        for number, (source, counts) in enumerate(counted):
            values = sorted(counts.voxels)
            own = _explicit_dicom([source] if source.kind == "dicom_series" else group, explicit)
            if own is not None:
                mapping, reason = _apply(own, values, source.name), ""
                taken = LabelScheme("labels option", own)
            elif scheme is not None:
                mapping, reason = _by_scheme(source, values, scheme), "scheme chosen by the user"
                taken = scheme
            else:
                mapping = {v: named.mapping.get(source.names.get(v, ""), f"label_{v}") for v in values}
                taken, reason = named.scheme, named.reason
            quality = grid_findings(source.grid) if number == 0 else ()
            shown = source if own is None else _answered(source)
            found.append(Labelled(shown, counts, mapping, None, taken, (), reason, quality))
    return found


def _answered(source: DicomSource) -> DicomSource:
    """A source whose segments the user has named: what its own names left open is answered."""
    quality = tuple(f for f in source.quality if f.check not in _ANSWERED_BY_LABELS)
    return replace(source, quality=quality)


def _dicom_with_role(sources: Sequence[DicomSource], role: Role, explicit: _Explained) -> list[Labelled]:
    counted = [(source, count(source)) for source in sources]
    own = _explicit_dicom(sources, explicit)
    is_answered = own is not None
    names = [source.names.get(v, "") for source, counts in counted for v in counts.voxels]
    by_name: Mapping[str, str] = {}
    if own is None:
        try:
            named = detect_names(names).mapping if _is_telling(names, role) else {}
            if named and names_decide(role, [named[name] for name in names]):
                by_name = named
            else:
                own = map_role(role, _voxels_of([counts for _, counts in counted]))
        except LabelError as error:
            raise LabelError(f"{sources[0].shown_name}: {error}") from error
    found = []
    for source, counts in counted:
        values = sorted(counts.voxels)
        mapping = (
            {v: by_name[source.names[v]] for v in values} if own is None else _apply(own, values, source.name)
        )
        quality = grid_findings(source.grid)
        shown = _answered(source) if is_answered else source
        found.append(Labelled(shown, counts, mapping, role, None, (), f"given as {option_of(role)}", quality))
    return found


def _voxels_of(counted: Iterable[LabelCounts]) -> dict[int, int]:
    """Voxels of each label in several layers or masks together."""
    voxels: dict[int, int] = {}
    for counts in counted:
        for value, number in counts.voxels.items():
            voxels[value] = voxels.get(value, 0) + number
    return voxels


def _together(sources: Sequence[DicomSource]) -> list[list[DicomSource]]:
    """Layers of one file together, and masks of one folder tree together."""
    groups: dict[tuple[Path, ...], list[DicomSource]] = {}
    for source in sources:
        groups.setdefault(() if source.kind == "dicom_series" else source.files, []).append(source)
    return list(groups.values())


def _explicit_dicom(sources: Sequence[DicomSource], explicit: _Explained) -> dict[int, str] | None:
    for source in sources:
        for path in (source.path, Path(source.shown_name)):
            if (own := explicit(path)) is not None:
                return own
    return None


def _by_scheme(source: LabelSource, values: Sequence[int], scheme: LabelScheme) -> dict[int, str]:
    """Meaning under a chosen scheme: by name where the segment has one that is known, else by number."""
    mapping = {}
    for value in values:
        name = source.names.get(value, "")
        by_name = scheme.canonical(name) or canonical_name(name) if name else None
        by_number = scheme.meaning(value)
        if by_name and by_number and by_name != by_number:
            raise LabelError(
                f"{source.name}: segment {value} is called {name!r}, in scheme {scheme.name!r} it is"
                f" {by_number}; leave --scheme out, or say what it is with --labels"
            )
        if not (by_name or by_number or scheme.subset or not scheme.labels):
            raise LabelError(
                f"{source.name}: segment {value} ({name or 'without a name'}) is not in scheme"
                f" {scheme.name!r}; choose another --scheme, or say what it is with --labels"
            )
        mapping[value] = by_name or by_number or name or f"label_{value}"
    return mapping


def _is_telling(names: Sequence[str], role: Role) -> bool:
    """Whether a person gave one of the names, so that they are asked before the role is.

    A lone label is what its role says, but for one segment, whose role does not say which. ``Segment_1``
    may be Couinaud's only among segments.
    """
    others = names if role == "segments" else ()
    return (len(names) > 1 or role == "segments") and any(
        name and not is_placeholder(name, others) for name in names
    )


def _within(study: DicomStudy, path: Path, role: Role) -> tuple[DicomSource, ...]:
    """The segmentations of a study that lie in a file or folder; a lone series there is a mask."""
    from flr.dicom.masks import as_labels

    place = path.resolve()
    sources = tuple(
        source
        for source in study.sources
        # One file of a segmentation that is stored in several stands for all of them.
        if all(is_within(file, place) for file in source.files)
        or place in {f.resolve() for f in source.files}
    )
    if sources:
        return sources
    series = series_within(study.series, path)
    if len(series) != 1:
        raise ReadError(
            f"{option_of(role)}: {len(series)} series and no segmentation there; expected one label map"
        )
    return (as_labels(series[0]),)


def series_within(series: Sequence[Series], path: Path) -> tuple[Series, ...]:
    """Series whose files all lie in a file or folder."""
    place = path.resolve()
    return tuple(one for one in series if all(is_within(header.path, place) for header in one.headers))


def is_within(file: Path, place: Path) -> bool:
    """Whether a file is, or lies in, a resolved place."""
    return file.resolve().is_relative_to(place)


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
    lying = _Lying(source, counts)
    found = checked_by_tables(
        detect(counts.voxels, names, anatomy=lying.anatomy, organs=lying.organs), source
    )
    return Labelled(
        source,
        counts,
        found.mapping,
        None,
        found.scheme,
        found.candidates,
        found.reason,
        named=found.named,
        survey=lying.seen,
    )


def _apply(own: Mapping[int, str], values: Iterable[int], name: str) -> dict[int, str]:
    missing = [value for value in values if value not in own]
    if missing:
        shown = ", ".join(str(value) for value in missing[:10])
        raise LabelError(
            f"{name}: --labels does not say what {shown} means; map every value that the file holds"
        )
    return {value: own[value] for value in values}


class _Lying:
    """Where the labels of a file lie, asked under each scheme that might explain it; voxels are read once."""

    def __init__(self, source: LabelSource, counts: LabelCounts) -> None:
        self.source, self.counts = source, counts

    @cached_property
    def survey(self) -> Survey:
        """Every label, plane by plane."""
        return survey(self.source, tuple(self.counts.voxels), box=self.counts.box)

    @property
    def seen(self) -> Survey | None:
        """The survey, where somebody asked for it."""
        return self.__dict__.get("survey")

    @cached_property
    def centres(self) -> dict[int, checks.Point]:
        """Centre of gravity of each label. [mm]"""
        return {value: self.survey.centre_mm(value) for value in self.survey.profiles}

    def anatomy(self, scheme: LabelScheme) -> Iterable[QualityFinding]:
        """What is wrong with the segments of the liver, as a scheme would read them."""
        parts = {
            value: part.key
            for value in self.counts.voxels
            if (meaning := scheme.meaning(value)) is not None and (part := part_of(meaning)) is not None
        }
        volumes_ml = {key: self.counts.ml[value] for value, key in parts.items()}
        return checks.anatomy_findings(volumes_ml, {key: self.centres[value] for value, key in parts.items()})

    def organs(self, scheme: LabelScheme) -> bool:
        """Whether whole organs, as a scheme would read them, lie as they do in a trunk."""
        names = {value: name for value in self.counts.voxels if (name := scheme.meaning(value)) is not None}
        return lie_as_organs(
            {name: self.counts.ml[value] for value, name in names.items()},
            {name: self.centres[value] for value, name in names.items()},
        )
