"""Compute a result again from its recorded inputs, compare every number, and say what has changed."""

from __future__ import annotations

import json
import math
import os
import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from flr.criteria.site import SiteFile, SiteLogo
from flr.documents.base import filled, json_ready
from flr.documents.fingerprints import result_id_of
from flr.documents.jobs import Cause, CauseKind, Difference, ReplayDocument
from flr.documents.rules_in_use import ERRORS_ADDED
from flr.errors import EnvironmentFailure, FLRError, ReadError, UsageError
from flr.facts import PATIENT_FACTS
from flr.files import files_in, printable, read_text, sha256_of, shown_name
from flr.results import RECORD_NAME, RESULT_NAME, faults_of, strangers_in
from flr.version import VERSION

if TYPE_CHECKING:
    from flr.job import Asked, Files
    from flr.liver import Source
    from flr.structures import Role

_OF_REPORTS = ("assessment.", "report.", "plan-", "territories-")  # beginnings of their files' names
_MOST_BYTES = 64 << 20
_MOST_FILES = 20_000  # looked at below one folder
_MOST_SHOWN = 20  # differences per cause, for people
_CHANGED = "{} is not the file that was read then: its content has changed"
_NOT_AGAIN = (
    "the result was computed from arrays or other objects in memory, which cannot be read again; save them as"
    " files and read these with flr.read_liver, then the result can be replayed"
)
_RELATIVE = 1e-9  # another processor may round the last digits of a sum differently
_ABSOLUTE = 1e-9
_ADDED = frozenset(fact.key for fact in PATIENT_FACTS if fact.added)

# Not recomputed but compared by themselves.
_APART = ("provenance.flr_version", "provenance.versions", "provenance.fingerprints", "provenance.rules")
_EARNED = ("schema", "because", "flag_by_volume", "reassurance", "options")
_OF_FLAG = ("flag", "triggers", "headline", "notes", "note_texts")

# What a number can depend on, by the beginning of its path; everything else on all of them.
_VOLUMES: Final[tuple[CauseKind, ...]] = ("input", "plan", "version", "result")
_DEPENDS: Final[tuple[tuple[str, tuple[CauseKind, ...]], ...]] = (
    ("volumes_ml", _VOLUMES),
    ("voxels", _VOLUMES),
    ("tumours", (*_VOLUMES, "patient")),
    ("remnant_pieces_ml", _VOLUMES),
    ("measures.flr_ml", _VOLUMES),
    ("measures.flr_percent_of_measured", _VOLUMES),
    ("measures.flr_without_segment_1_ml", _VOLUMES),
    ("measures.bsa_m2", ("patient", "options", "formula", "version", "result")),
    ("measures.standard_liver_volume_ml", ("patient", "options", "formula", "version", "result")),
    ("measures.flr_to_body_weight_percent", (*_VOLUMES, "patient")),
    ("measures.flr_percent_of_standard", (*_VOLUMES, "patient", "options", "formula")),
    ("measures.flr_per_bsa_ml_per_m2", (*_VOLUMES, "patient", "options", "formula")),
    ("provenance.inputs", ("input",)),
    ("provenance.reading", ("input",)),
    ("provenance.grid", ("input", "version", "result")),
)


@dataclass(frozen=True, slots=True)
class Replay:
    """What came of computing a result again.

    Parameters
    ----------
    name : str
        Of the result's file.
    compared : int
        Values that were compared.
    causes : tuple of Cause
    differences : tuple of Difference
    left_out : tuple of str
        What could not be compared, and why.
    """

    name: str
    compared: int
    causes: tuple[Cause, ...]
    differences: tuple[Difference, ...]
    left_out: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether every value came out as recorded, from what was recorded."""
        return not self.differences and all(cause.kind == "version" for cause in self.causes)


def replay(
    path: Path, *, inputs: Path | Sequence[Path] | None = None, age_years: float | None = None
) -> Replay:
    """Compute a result again.

    Parameters
    ----------
    path : Path
        ``assessment.json`` or what ``flr assess --json`` and ``flr calc --json`` printed, or the folder that
        holds it.
    inputs : Path or sequence of Path, optional
        Folders where the recorded files lie, at any depth and under any name; without them they are looked
        for beside the result and in the working folder.
    age_years : float, optional
        The age, where the result withholds one above 89. [years]

    Raises
    ------
    ReadError
        If the file is no result, its inputs are not found, or it does not record how it was made.
    FLRError
        What computing raises, if an input is no longer what it was.
    """
    from flr.documents.assessments import EARLIER_SCHEMAS
    from flr.io.inputs import is_folder

    path = path / RESULT_NAME if is_folder(path) else path
    whole, recorded = _assessments(path)
    read = [(i["name"], i["sha256"]) for document in recorded for i in document["provenance"]["inputs"]]
    causes: dict[tuple[str, str], Cause] = {}
    for document in recorded:
        for cause in _recorded_causes(document):
            causes.setdefault((cause.kind, cause.what), cause)
    with tempfile.TemporaryDirectory(prefix="flr-") as links:  # files that are called otherwise now
        places = _Places(path, inputs, Path(links), read)
        recomputed, changed, left_out = _computed_again(recorded, places, age_years)
    for cause in (*changed, *_criteria_causes(recorded, recomputed)):
        causes.setdefault((cause.kind, cause.what), cause)
    differences: list[Difference] = []
    compared = 0
    for number, (old, new) in enumerate(zip(recorded, recomputed, strict=True)):
        prefix = f"assessments[{number}]." if len(recorded) > 1 else ""
        withheld = age_years is None and bool(old["patient"].get("age_over_89"))
        apart: tuple[str, ...] = _APART
        if old["schema"] in EARLIER_SCHEMAS:
            apart = (*_APART, *_EARNED, *_OF_FLAG)
            left_out.append(_flag_left_out(prefix, old, new))
        for where, was, now in _pairs(*_by_criterion(old, new)):
            if where.startswith(apart) or (withheld and _needs_age(where)) or _came_later(where, was, now):
                continue
            compared += 1
            if not _same(was, now):
                differences.append(
                    Difference(
                        prefix + where,
                        was,
                        now,
                        _explained(where, causes.values(), _criterion_of(where, old)),
                    )
                )
    if any(not difference.causes for difference in differences):
        cause = Cause(
            "result",
            "the result itself",
            "values in the result do not follow from what it records: it was edited or damaged",
        )
        causes[cause.kind, cause.what] = cause
        differences = [
            d if d.causes else Difference(d.path, d.recorded, d.recomputed, (cause.what,))
            for d in differences
        ]
    found = [*_other_content(whole), *_changed_files(path, whole)]
    causes |= {(cause.kind, cause.what): cause for cause in found}
    return Replay(path.name, compared, tuple(causes.values()), tuple(differences), tuple(left_out))


def replay_document(result: Replay) -> dict[str, Any]:
    """``flr-replay/1``."""
    document: dict[str, Any] = json_ready(filled(ReplayDocument, result, result=result.name))
    return document


def replay_text(result: Replay) -> str:
    """What has changed and which values with it, for people."""
    lines = [f"{result.name}: {result.compared} values compared, {len(result.differences)} differ."]
    for moved, causes in _by_what_moved(result):
        lines += ["", *(f"{cause.kind}: {cause.text}" for cause in causes)]
        lines += [f"  {d.path}: {_shown(d.recorded)} -> {_shown(d.recomputed)}" for d in moved[:_MOST_SHOWN]]
        if len(moved) > _MOST_SHOWN:
            lines.append(f"  and {len(moved) - _MOST_SHOWN} more; --json lists all")
        if not moved:
            lines.append(f"  no value came out differently for {'it' if len(causes) == 1 else 'them'}")
    lines += [f"left out: {text}" for text in result.left_out]
    lines += ["", "The result can be reproduced." if result.agrees else "The result is NOT reproduced."]
    return "\n".join(lines)


def _by_what_moved(result: Replay) -> list[tuple[list[Difference], list[Cause]]]:
    """Causes in their order, those together by which the same values came out differently."""
    groups: dict[tuple[str, ...], tuple[list[Difference], list[Cause]]] = {}
    for cause in result.causes:
        moved = [d for d in result.differences if cause.what in d.causes]
        groups.setdefault(tuple(d.path for d in moved), (moved, []))[1].append(cause)
    return list(groups.values())


# --- the recorded result ----------------------------------------------------------------------


def _assessments(path: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The document as it stands, and the assessments in it."""
    from flr.documents.assessments import ASSESSMENT_SCHEMA, ASSESSMENTS_SCHEMA, EARLIER_SCHEMAS
    from flr.documents.schema import check_document

    text = read_text(path, expected="a result of flr", most_bytes=_MOST_BYTES)
    try:
        document = json.loads(text, object_pairs_hook=_no_repeats)
    except (ValueError, RecursionError) as error:
        raise ReadError(f"{path.name} is not JSON; expected what `flr assess` or `flr calc` wrote") from error
    schema = document.get("schema") if isinstance(document, dict) else None
    if schema not in (ASSESSMENT_SCHEMA, ASSESSMENTS_SCHEMA, *EARLIER_SCHEMAS):
        raise ReadError(
            f"{path.name} has schema {schema!r}; expected {ASSESSMENTS_SCHEMA} or {ASSESSMENT_SCHEMA},"
            " as `flr assess` and `flr calc` write them"
        )
    try:
        check_document(document)
    except UsageError as error:
        raise ReadError(f"{path.name}: {error}") from error
    listed: list[dict[str, Any]] = document.get("assessments", [document])
    if not listed:
        raise ReadError(f"{path.name} holds no assessment")
    return document, listed


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON. Raises ReadError for a key that stands twice: readers disagree which one counts."""
    found = dict(pairs)
    if len(found) < len(pairs):
        name, _ = Counter(key for key, _ in pairs).most_common(1)[0]
        raise ReadError(
            f"the result gives {name[:40]!r} twice in one place; expected each key once: it was edited or"
            " damaged"
        )
    return found


def _other_content(document: Mapping[str, Any]) -> Iterator[Cause]:
    """A result whose identifier was made for other content, whatever was changed in it."""
    said = document.get("result_id")
    if said is not None and said != result_id_of(document):
        text = f"{said} is the identifier of other content: the result was edited or damaged"
        yield Cause("result", "result_id", text)


def _changed_files(path: Path, document: Mapping[str, Any]) -> Iterator[Cause]:
    """Files of the folder that were edited, are gone, or belong to another result."""
    folder = path.parent
    try:
        faults = faults_of(folder)
    except EnvironmentFailure:
        faults = ((RECORD_NAME, f"{RECORD_NAME}, which lists the files of the report, is damaged"),)
    own = document.get("result_id")
    if own is not None:
        named = {name for name, _ in faults}
        beside = sorted(one.name for one in files_in(folder) if one.parent == folder)
        written = [name for name in beside if name.startswith(_OF_REPORTS) and name not in named]
        faults += strangers_in(folder, own, written) if path.name == RESULT_NAME else ()
    for name, text in faults:
        yield Cause("result", name, text)


def _recorded_causes(document: Mapping[str, Any]) -> Iterator[Cause]:
    """Facts and options that were edited, formulas, criteria and versions that changed since."""
    from flr.documents.fingerprints import fingerprints, versions

    provenance = document["provenance"]
    recorded: Mapping[str, str] = provenance["fingerprints"]
    now = fingerprints(document)
    for key in sorted(recorded.keys() | now.keys()):
        if recorded.get(key) == now.get(key):
            continue
        group, _, name = key.partition(".")
        match group:
            case "case":  # of older results nothing is recorded
                if key in recorded:
                    text = "the case has another name than the one that the result was computed for"
                    yield Cause("options", name, text)
            case "patient":
                value = document["patient"].get(name)
                yield Cause("patient", name, f"{name} is {value!r} now, {_once(document, name)}")
            case "plan":
                yield Cause("plan", name, f"the plan's {name} is {document['plan'].get(name)!r}, which is not"
                            " what the result was computed with")  # fmt: skip
            case "options":
                yield Cause(
                    "options", name, f"the option {name} is not the one that the result was computed with"
                )
            case "formula":
                yield Cause("formula", name, f"the formula {name} is not the one of then")
            case _:  # criteria: which of them, only the same case computed now can tell
                continue
    if provenance["flr_version"] != VERSION:
        text = f"flr {VERSION} computes now, {provenance['flr_version']} did then"
        yield Cause("version", "flr", text)
    for name, version in versions().items():
        if provenance["versions"].get(name) not in (None, version):
            text = f"{name} {version} computes now, {provenance['versions'][name]} did then"
            yield Cause("version", name, text)


def _criteria_causes(
    recorded: Sequence[Mapping[str, Any]], recomputed: Sequence[Mapping[str, Any]]
) -> Iterator[Cause]:
    """Limits and rules that are not those of then, by name where one of them bears on a case."""
    from flr.documents.fingerprints import fingerprints
    from flr.documents.rules_in_use import changed_rules

    for old, new in zip(recorded, recomputed, strict=True):
        found = list(changed_rules(old, new))
        yield from found
        now = fingerprints(old)["criteria"]
        if not found and old["provenance"]["fingerprints"].get("criteria") != now:
            text = "published limits are not those of then; none that this case is compared with has changed"
            yield Cause("criteria", "", text)


def _flag_left_out(prefix: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """Why the flag of an early result is not compared, with what it was and what it is."""
    rest = ", ".join(_OF_FLAG[1:])
    now = f"{new['flag']} now, {new['flag_by_volume']} by volume"
    return (
        f"{prefix}flag ({old['flag']} then, {now}), {rest}: the result was written before a reassuring flag "
        "had to be earned"
    )


def _by_criterion(
    old: Mapping[str, Any], new: Mapping[str, Any]
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Two documents whose findings stand under their criteria where these are not the same ones."""
    before, after = (
        {finding["criterion"]: finding for finding in document["findings"]} for document in (old, new)
    )
    if list(before) == list(after):
        return old, new
    return {**old, "findings": before}, {**new, "findings": after}


def _criterion_of(where: str, document: Mapping[str, Any]) -> str:
    """The criterion whose finding a path is of; empty for any other path."""
    if where.startswith("findings["):
        return str(document["findings"][int(where.removeprefix("findings[").partition("]")[0])]["criterion"])
    return where.split(".")[1] if where.startswith("findings.") else ""


def _once(document: Mapping[str, Any], name: str) -> str:
    """What a fact was, where the result's own numbers tell."""
    measures = document["measures"]
    share, flr_ml = measures["flr_to_body_weight_percent"], measures["flr_ml"]
    if name == "weight_kg" and share:
        return f"and the recorded shares belong to {flr_ml / (10.0 * share):g} kg"
    return "which is not what the result was computed with"


# --- computing again --------------------------------------------------------------------------


class _Places:
    """Finds recorded files by name and content; never outside the folders that were given."""

    def __init__(
        self,
        result: Path,
        inputs: Path | Sequence[Path] | None,
        links: Path,
        read: Collection[tuple[str, str]] = (),
    ) -> None:
        self.deep = [inputs] if isinstance(inputs, Path) else list(inputs or ())
        for folder in self.deep:
            if not folder.is_dir():
                raise UsageError(f"--inputs {shown_name(folder)} is not a folder")
        self.flat = [] if self.deep else [result.resolve().parent, Path.cwd()]
        self.hashes: dict[Path, str] = {}
        self.links = links
        self.read = frozenset(read)  # names and hashes of every file that was read then

    def find(self, name: str, sha256: str | None) -> tuple[Path, bool]:
        """The file or folder of that name, and whether its content is the recorded one."""
        if name != Path(name).name or name in ("", ".", ".."):
            raise ReadError(f"the result names an input {name!r}; expected a file name without folders")
        candidates = [found for place in self.flat for found in self._beside(place, name)]
        candidates += [found for place in self.deep for found in self._below(place, name)]
        if sha256 is None:
            candidates = [c for c in candidates if c.is_dir()]
            if candidates:
                return candidates[0], True
        else:
            files = [c for c in candidates if c.is_file()]
            same = [f for f in files or ([] if self.deep else self._bundled(name)) if sha256_of(f) == sha256]
            same = same or self._renamed(name, sha256)
            if same:
                # Headers of two cases may be alike: the one whose voxels are those of then comes first.
                return min(same, key=lambda path: len(self._changed_beside(path))), True
            if files:
                return files[0], False
        where = "a folder given with --inputs" if self.deep else "the folder of the result or here"
        raise ReadError(f"the input {name} is not in {where}; say where it lies with --inputs DIR")

    def _renamed(self, name: str, sha256: str) -> list[Path]:
        """A file below the given folders with that content and another name, called by the recorded one."""
        suffix = Path(name).suffix
        for folder in self.deep:
            for path in files_in(folder):
                if path.suffix == suffix and path.is_file() and path not in self.hashes:
                    self.hashes[path] = sha256_of(path)
        found = sorted(path for path, one in self.hashes.items() if one == sha256)
        if not found:
            return []
        link = self.links / sha256 / name
        link.parent.mkdir(exist_ok=True)
        if not link.exists():
            try:
                link.symlink_to(found[0].resolve())
            except OSError:  # Windows without the right to make links
                shutil.copyfile(found[0], link)
        return [link]

    def _changed_beside(self, path: Path) -> list[Path]:
        """Files that a file is read together with and that are not those that were read then."""
        from flr.io.source import files_of

        return [other for other in files_of(path) if (other.name, sha256_of(other)) not in self.read]

    @staticmethod
    def _beside(folder: Path, name: str) -> list[Path]:
        """The entry of a folder that the result calls so: by its name, or by what is printable of it."""
        if os.path.lexists(folder / name) or "\\" not in name:
            return [folder / name] if (folder / name).exists() else []
        return sorted(path for path in folder.iterdir() if printable(path.name) == name)

    @staticmethod
    def _below(folder: Path, name: str) -> list[Path]:
        found = [folder] if folder.resolve().name == name else []
        for count, path in enumerate(folder.rglob("*")):
            if count >= _MOST_FILES:
                raise ReadError(
                    f"--inputs {folder.name} holds more than {_MOST_FILES} files; name a smaller folder"
                )
            if name in (path.name, printable(path.name)):
                found.append(path)
        return sorted(found)

    @staticmethod
    def _bundled(name: str) -> list[Path]:
        """Files of the bundled case: the result of `flr demo` is then found without being asked for."""
        from flr.io.sample import sample_folder

        try:
            return sorted(sample_folder().glob(f"*/{name}"))
        except EnvironmentFailure:
            return []


def _computed_again(
    recorded: Sequence[Mapping[str, Any]], places: _Places, age_years: float | None
) -> tuple[list[dict[str, Any]], list[Cause], list[str]]:
    from flr.assessment import Assessment
    from flr.documents.assessments import assessment_document

    first = recorded[0]
    patient, left_out = _patient(first["patient"], first["provenance"]["completed_from_headers"], age_years)
    options = [_options(document["provenance"]) for document in recorded]
    changed: list[Cause] = []
    again: Sequence[Assessment]
    if first["provenance"]["reading"] is not None:
        again = _from_files(recorded, places, patient, options, changed)
    elif not first["provenance"]["grid"]:
        again = [
            _from_numbers(document, patient, own) for document, own in zip(recorded, options, strict=True)
        ]
    else:
        raise ReadError(
            "the result does not record which files its liver was read from: it was made in Python from"
            " arrays, or from volumes counted elsewhere"
        )
    return [assessment_document(one) for one in again], changed, left_out


def _from_files(
    recorded: Sequence[Mapping[str, Any]],
    places: _Places,
    patient: Any,
    options: Sequence[Any],
    changed: list[Cause],
) -> Sequence[Any]:
    from flr.job import Job, run

    first = recorded[0]
    files = _recorded_files(first["provenance"]["reading"], places, changed)
    try:
        liver = files.read()
        changed += _changed_inputs(first, liver.source, changed)
        again = Job(
            source=liver,
            plans=tuple(
                _asked(document, own, places, changed)
                for document, own in zip(recorded, options, strict=True)
            ),
            patient=patient,
            reviewed=first["provenance"]["reviewed"],
            case_id=first["case_id"],
        )
        return run(again).assessments
    except FLRError as error:
        named = [*files.inputs, *files.roles.values(), *([] if files.image is None else [files.image])]
        changed += _lost_inputs(first, [Path(path) for path in named], changed)
        if changed:
            names = ", ".join(cause.what for cause in changed)
            raise ReadError(f"changed since the result was computed: {names}; {error}") from error
        raise


def _found(places: _Places, name: str, sha256: str | None, changed: list[Cause]) -> Path:
    """The file or folder of that name; one that is not as it was is added to ``changed``."""
    from flr.stream import IN_MEMORY

    try:
        path, same = places.find(name, sha256)
    except ReadError:
        if name == IN_MEMORY:
            raise ReadError(_NOT_AGAIN) from None
        raise
    if not same and name == IN_MEMORY:
        raise ReadError(_NOT_AGAIN)
    if not same:
        changed.append(Cause("input", name, _CHANGED.format(name)))
    return path


def _recorded_files(reading: Mapping[str, Any], places: _Places, changed: list[Cause]) -> Files:
    """The files that a reading names, in their roles, with how they were read."""
    from flr.job import Files
    from flr.structures import ROLE_NAMES

    inputs: list[Path] = []
    roles: dict[str, Path] = {}
    scheme: str | None = reading["scheme"]
    for given in reading["given"]:
        path = _found(places, given["name"], given["sha256"], changed)
        if given["role"] == "input":
            inputs.append(path)
        elif given["role"] == "scheme":
            scheme = str(path)
        else:
            roles[given["role"]] = path
    image = roles.pop("image", None)
    unknown = roles.keys() - set(ROLE_NAMES)
    if unknown:
        raise ReadError(f"the result names a role {sorted(unknown)[0]!r}, which flr does not have")
    return Files(
        inputs=tuple(inputs),
        roles={cast("Role", role): path for role, path in roles.items()},
        tumours_none=reading["tumours_declared_none"],
        image=image,
        scheme=scheme,
        labels=reading["labels"],
        resample="nearest" if reading["resample"] == "nearest" else None,
        one_patient=bool(reading.get("one_patient")),
        same_grid=bool(reading.get("same_grid")),
    )


def _asked(document: Mapping[str, Any], options: Any, places: _Places, changed: list[Cause]) -> Asked:
    """The plan of a document, with its options: two readers give every plan a table of errors of its own."""
    from flr.job import Asked

    plan, recorded = document["plan"], document["provenance"]["plan"]
    text = recorded["given"] or plan["notation"]
    for file in recorded["files"]:
        path = _found(places, file["name"], file["sha256"], changed)
        text = str(path) + text.removeprefix(file["name"])
    return Asked(text, plan["intent"], name=plan["name"], options=options)


def _changed_inputs(recorded: Mapping[str, Any], source: Source, known: Sequence[Cause]) -> Iterator[Cause]:
    """What was read then and now, file by file: the voxels of a header and tables of names too."""
    then, now = _by_name(recorded["provenance"]["inputs"]), _by_name(map(asdict, source.inputs))
    named = {cause.what for cause in known}
    for name in dict.fromkeys([*then, *now]):
        if then.get(name) == now.get(name) or name in named:
            continue
        if name not in now:
            text = f"{name} was read then and is not read now"
        elif name not in then:
            text = f"{name} is read now and was not read then"
        else:
            text = _CHANGED.format(name)
        yield Cause("input", name, text)


def _by_name(inputs: Iterable[Mapping[str, Any]]) -> defaultdict[str, Counter[str]]:
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for entry in inputs:
        found[entry["name"]][entry["sha256"]] += 1
    return found


def _lost_inputs(
    recorded: Mapping[str, Any], given: Sequence[Path], known: Sequence[Cause]
) -> Iterator[Cause]:
    """Recorded files beside the given ones that are gone or changed: why nothing could be read."""
    folders = [path if path.is_dir() else path.parent for path in given]
    named = {cause.what for cause in known} | {path.name for path in given}
    for name, hashes in _by_name(recorded["provenance"]["inputs"]).items():
        if name in named or name != Path(name).name:
            continue
        beside = [folder / name for folder in folders if (folder / name).is_file()]
        if beside and not any(sha256_of(path) in hashes for path in beside):
            yield Cause("input", name, _CHANGED.format(name))


def _from_numbers(document: Mapping[str, Any], patient: Any, options: Any) -> Any:
    from flr.assessment import assess_numbers

    volumes = document["volumes_ml"]
    return assess_numbers(
        total_ml=volumes["total"],
        flr_ml=volumes["remnant"],
        tumour_ml=volumes["tumour"],
        remnant_tumour_ml=volumes["remnant_tumour"],
        patient=patient,
        intent=document["plan"]["intent"],
        case_id=document["case_id"],
        options=options,
    )


def _patient(
    recorded: Mapping[str, Any], from_headers: Sequence[str], age_years: float | None
) -> tuple[Any, list[str]]:
    """The patient as given; what was taken from the images' headers will be taken from them again."""
    from flr.patient import Patient

    facts: dict[str, Any] = {
        fact.key: tuple(value) if isinstance(value, list) else value
        for fact in PATIENT_FACTS
        if fact.key not in from_headers and (value := recorded.get(fact.key)) is not None
    }
    left_out = []
    withheld = bool(recorded.get("age_over_89")) and "age_years" not in from_headers
    if withheld and facts.get("age_years") is None:
        if age_years is None:
            left_out.append(
                "what depends on the age, which is above 89 and withheld; give it with --age YEARS"
            )
        facts["age_years"] = 90.0 if age_years is None else age_years
    elif age_years is not None:
        raise UsageError("--age is for a result that withholds the age; this one holds what was known")
    return Patient(**facts), left_out


def _options(provenance: Mapping[str, Any]) -> Any:
    from flr.assessment import Options
    from flr.criteria import SiteLimits
    from flr.uncertainty import Errors

    unknown = provenance["errors"].keys() - {field.name for field in fields(Errors)}
    if unknown:
        raise ReadError(f"the result names an error {sorted(unknown)[0]!r}, which flr does not have")
    return Options(
        bsa_formula=provenance["bsa_formula"],
        standard_volume_formula=provenance["standard_volume_formula"],
        limits=None if provenance["limits"] is None else SiteLimits(**provenance["limits"]),
        accepted=tuple(provenance["accepted"]),
        errors=Errors(**provenance["errors"]),
        vessels_count=provenance.get("vessels_count") or "included",
        site=_site(provenance.get("site")),
    )


def site_differences(path: Path, today: SiteFile | None) -> tuple[str, ...]:
    """In which words the site file of today differs from that of a result, which is computed with its own.

    Parameters
    ----------
    path : Path
        As in :func:`replay`.
    today : SiteFile or None
        The site file that a new result would be computed with.
    """
    from flr.io.inputs import is_folder

    path = path / "assessment.json" if is_folder(path) else path
    then = _site(_assessments(path)[1][0]["provenance"].get("site"))
    if (None if then is None else then.sha256) == (None if today is None else today.sha256):
        return ()
    if then is None or today is None:
        which = (
            "without a site file, there is one now" if then is None else "with a site file, there is none now"
        )
        return (f"the result was computed {which}; it is replayed as it was",)
    keys = [one.name for one in fields(SiteFile) if getattr(then, one.name) != getattr(today, one.name)]
    keys = [key for key in keys if key not in ("name", "sha256")]
    return (
        f"the site file has changed since the result was computed ({', '.join(keys) or 'in no value'});"
        " it is replayed as it was",
    )


def _site(recorded: Mapping[str, Any] | None) -> Any:
    """The site file as the result records it, whatever that file says today."""
    from flr.criteria import SiteLimits

    if recorded is None:
        return None
    limits, logo = recorded.get("limits"), recorded.get("logo")
    return SiteFile(
        **{
            **recorded,
            "limits": None if limits is None else SiteLimits(**limits),
            "logo": None if logo is None else SiteLogo(**logo),
        }
    )


# --- comparing --------------------------------------------------------------------------------

_MISSING: Final = "(missing)"


def _pairs(old: Any, new: Any, where: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Every value of two documents, side by side, with its path."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys([*old, *new]):
            inner = f"{where}.{key}" if where else str(key)
            yield from _pairs(old.get(key, _MISSING), new.get(key, _MISSING), inner)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, (was, now) in enumerate(zip(old, new, strict=True)):
            yield from _pairs(was, now, f"{where}[{number}]")
    else:
        yield where, old, new


def _same(was: object, now: object) -> bool:
    if isinstance(was, bool) or isinstance(now, bool):
        return was is now
    if isinstance(was, int | float) and isinstance(now, int | float):
        return math.isclose(was, now, rel_tol=_RELATIVE, abs_tol=_ABSOLUTE)
    return was == now


def _explained(where: str, causes: Any, criterion: str) -> tuple[str, ...]:
    kinds = next((kinds for start, kinds in _DEPENDS if where.startswith(start)), None)
    real = [cause for cause in causes if cause.kind != "version"]
    real = [cause for cause in real if cause.what == criterion] or real  # a limit explains its own finding
    of_errors = where.startswith(("intervals.", "provenance.errors."))
    real = [cause for cause in real if (cause.what == ERRORS_ADDED) == of_errors] or real
    by_path = [cause for cause in real if kinds is None or cause.kind in kinds]
    if not by_path:  # a version explains what nothing else does
        by_path = [cause for cause in causes if cause.kind == "version"]
    return tuple(cause.what for cause in by_path)


def _came_later(where: str, was: object, now: object) -> bool:
    """Whether a result lacks a fact that nobody could state then, or the scores, which came later."""
    if was != _MISSING:
        return False
    return where == "scores" or (now in (None, []) and where.removeprefix("patient.") in _ADDED)


def _needs_age(where: str) -> bool:
    return where.startswith(("patient.age_years", "context.other_standards"))


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.10g}"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else text[:77] + "..."
