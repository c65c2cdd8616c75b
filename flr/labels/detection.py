"""Which scheme a file follows, from its names or, when it carries none, from its integers.

Names beat integers: every named label means what its name says. From integers a scheme is taken only
when exactly one meaning fits:

1. A scheme *fits equally* when the file's labels are exactly its labels (schemes marked subset list
   only some of theirs, so they never fit equally). It *fits as a subset* when it knows all labels of
   the file, or, marked subset, at least one of them and has enough labels for the largest.
2. Equal fits beat subset fits. Schemes that give these labels the same meaning count as one.
3. An optional anatomy check removes the schemes under which the liver would be put together wrongly. Where
   the labels are exactly those of Couinaud parts but lie as whole organs do under another scheme that fits,
   that one is taken if it fits equally and alone; otherwise nothing is.
4. One meaning left: that scheme. Otherwise none, with the candidates. A single label never names a
   scheme (a binary mask may be anything), a subset fit must name the liver or a segment and at least
   two labels, and animal schemes do not take part.
5. A few stray voxels do not choose: where the labels are another known set, of another meaning, once those
   that hold less than 0.1 % of the labelled voxels together are left out, nothing is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from flr.errors import LabelError
from flr.labels.names import FALLBACK_SCHEME, canonical_name, is_placeholder
from flr.labels.parts import part_of
from flr.labels.schemes import LabelScheme, load_schemes
from flr.labels.strays import describe_strays, listed, strays_of, voxels_of
from flr.quality import QualityFinding

Anatomy = Callable[[LabelScheme], Iterable[QualityFinding]]
"""Findings about the liver as a scheme would read it; only ``error`` findings speak against the scheme."""

Organs = Callable[[LabelScheme], bool]
"""Whether the organs of a map, as a scheme would read it, lie as they do in a trunk."""

NAMES_SCHEME = "names"
"""Name of the scheme that is made from a file's own names when no known scheme fits them."""

_BACKGROUND = frozenset({"background", "clear label", "unlabeled", "unlabelled", "exterior"})


@dataclass(frozen=True)
class Detection:
    """What a file's labels were taken to mean.

    Parameters
    ----------
    scheme : LabelScheme or None
        The scheme that decides; None when nothing does. With names it carries the file's own mapping
        under the name of the known scheme that fits best, else ``"names"``.
    mapping : dict of int to str
        Every foreground value to its canonical name, the file's own name, or ``label_<value>``.
    candidates : tuple of str
        Names of the schemes that fit equally well, the likeliest first.
    reason : str
        One sentence for people.
    named : frozenset of int
        Values whose meaning comes from the file's own names; empty when integers decided.
    """

    scheme: LabelScheme | None
    mapping: dict[int, str] = field(hash=False)
    candidates: tuple[str, ...]
    reason: str
    named: frozenset[int] = frozenset()


@dataclass(frozen=True)
class NameDetection:
    """What the names of separate masks (a folder's files, RTSTRUCT regions) were taken to mean."""

    scheme: LabelScheme
    mapping: dict[str, str] = field(hash=False)
    reason: str


def detect(
    values: Collection[int],
    names: Mapping[int, str],
    *,
    anatomy: Anatomy | None = None,
    organs: Organs | None = None,
) -> Detection:
    """Find the scheme of a label map.

    Parameters
    ----------
    values : collection of int, or mapping of int to int
        Values present in the voxels, with the number of their voxels where that is known; 0 is ignored.
    names : mapping of int to str
        Names that the file itself gives to values, present or not; may be empty.
    anatomy : callable, optional
        Breaks ties between schemes that fit the integers equally well.
    organs : callable, optional
        With both, labels that are exactly those of Couinaud parts may turn out to be whole organs.

    Returns
    -------
    Detection

    Raises
    ------
    LabelError
        If a value is negative.

    Examples
    --------
    >>> detect(range(9), {}).scheme.name
    'couinaud_8'
    >>> detect([0, 1, 2], {}).scheme is None
    True
    >>> detect([0, 1], {1: "Liver"}).mapping
    {1: 'liver'}
    """
    foreground = sorted({int(v) for v in values} - {0})
    own = {int(v): n.strip() for v, n in names.items() if v != 0 and n.strip().casefold() not in _BACKGROUND}
    own = {v: n for v, n in own.items() if _territory(n, v) or not is_placeholder(n, own.values())}
    if foreground and foreground[0] < 0:
        raise LabelError(
            f"label {foreground[0]} is negative; expected 0 for the background and positive labels"
        )
    if any(v in own for v in foreground):
        return _from_names(foreground, own)
    if own and foreground:
        reason = (
            f"the names in the file are of {listed(sorted(own))}, and none is of {listed(foreground)}, which"
            " it holds"
        )
        return Detection(None, {v: f"label_{v}" for v in foreground}, (), reason)
    found = _from_integers(foreground, anatomy, organs)
    by_strays = _chosen_by_strays(found, voxels_of(values))
    if by_strays:
        return Detection(None, {v: f"label_{v}" for v in foreground}, found.candidates, by_strays)
    return found


def detect_names(names: Collection[str]) -> NameDetection:
    """Find the scheme of separately stored masks from their names (file stems without suffixes).

    A name that no scheme knows, and one that a program made up (``Segment_1``), is kept as it is.

    >>> found = detect_names(["liver", "liver_segment_5", "inferior_vena_cava", "sacrum"])
    >>> found.scheme.name, found.mapping["liver_segment_5"], found.mapping["sacrum"]
    ('totalsegmentator_files', 'segment_5', 'sacrum')
    """
    own = {n: n.strip() for n in names if not is_placeholder(n, names)}
    best = _best_by_evidence(list(enumerate(own.values(), start=1)), numbers_matter=False)
    mapping = {n: (_named(own[n], best, own.values()) or own[n]) if n in own else n for n in names}
    if best is None:
        return NameDetection(
            LabelScheme(NAMES_SCHEME, {}, {n: c for n, c in mapping.items() if n in own}, overlapping=True),
            mapping,
            "named structures that no single known scheme explains; each is taken by its own name",
        )
    return NameDetection(best, mapping, f"the names are those of {best.name}")


def _from_names(foreground: list[int], own: Mapping[int, str]) -> Detection:
    best = _best_by_evidence(sorted(own.items()), numbers_matter=True)
    everyone = list(own.values())
    mapping = {
        v: (_named(own[v], best, everyone, v) or own[v]) if v in own else f"label_{v}" for v in foreground
    }
    named = frozenset(v for v in foreground if v in own)
    if best is None:
        scheme = LabelScheme(NAMES_SCHEME, mapping)
        reason = "from the names in the file; no single known scheme has them all"
        return Detection(scheme, mapping, (), reason, named)
    scheme = replace(best, labels=mapping, aliases={}, subset=False)
    reason = f"from the names in the file, which are those of {best.name}"
    return Detection(scheme, mapping, (best.name,), reason, named)


def _named(
    own_name: str, scheme: LabelScheme | None, everyone: Collection[str], value: int | None = None
) -> str | None:
    """Canonical name of a named label in the context of the scheme that the file follows."""
    if territory := _territory(own_name, value):
        return territory
    if scheme is None or scheme.name not in load_schemes():
        return canonical_name(own_name)
    if scheme.name == "crlm_tcia":
        others = {canonical_name(n) for n in everyone}
        if not others & {"portal_vein", "flr"}:
            return canonical_name(own_name)
    return canonical_name(own_name, scheme.name)


def _territory(own_name: str, value: int | None) -> str | None:
    """A user-made territory of Slicer-Liver, which numbers them from 54; they are no Couinaud segments."""
    slicer_liver = load_schemes()["slicer_liver"]
    territory = slicer_liver.canonical(own_name) or ""
    agrees = value is not None and slicer_liver.labels.get(value) == territory
    return territory if agrees and territory.startswith("territory_") else None


def _best_by_evidence(named: list[tuple[int, str]], *, numbers_matter: bool) -> LabelScheme | None:
    """The known scheme that explains most of the named labels and contradicts none, if it stands alone."""
    scored = []
    for scheme in load_schemes().values():
        if scheme.name == FALLBACK_SCHEME or (scheme.labels and not numbers_matter):
            continue
        hits = _hits_by_number(scheme, named) if scheme.labels else _hits_by_name(scheme, named)
        if hits:
            scored.append((hits, scheme))
    most = max((hits for hits, _ in scored), default=0)
    if not scored or most < min(2, len(named)):
        return None
    leaders = [scheme for hits, scheme in scored if hits == most]
    if len({s.liver_includes_tumour for s in leaders} - {None}) > 1:
        return None
    return _representative(leaders)


def _hits_by_name(scheme: LabelScheme, named: list[tuple[int, str]]) -> int:
    everyone = [own for _, own in named]
    return sum(
        scheme.canonical(own) is not None and _named(own, scheme, everyone) is not None for own in everyone
    )


def _hits_by_number(scheme: LabelScheme, named: list[tuple[int, str]]) -> int:
    """Labels whose name and number both agree with the scheme; 0 when any disagrees."""
    hits = 0
    for value, own in named:
        says, means = _named(own, None, (), value), scheme.labels.get(value)
        if means is not None and says is not None:
            if says != means:
                return 0
            hits += 1
        elif means is None and (not scheme.subset or says in scheme.labels.values()):
            return 0
    return hits


def _from_integers(foreground: list[int], anatomy: Anatomy | None, organs: Organs | None) -> Detection:
    nameless = {v: f"label_{v}" for v in foreground}
    if not foreground:
        return Detection(None, {}, (), "there is no labelled voxel")
    shown = listed(foreground)
    schemes = [s for s in load_schemes().values() if (s.labels or s.aliases) and "animal" not in s.modality]
    equal = [s for s in schemes if not s.subset and set(foreground) == s.labels.keys()]
    couinaud = [s for s in equal if _is_of_segments(s)]
    if couinaud and anatomy is not None and organs is not None:
        if found := _as_organs(foreground, schemes, couinaud, anatomy, organs):
            return found
        equal = couinaud
    fits = equal or [s for s in schemes if _fits_as_subset(s, foreground)]
    candidates = _likeliest_first(fits, foreground)
    if not fits:
        return Detection(None, nameless, (), f"no known scheme has the labels {shown}")
    if len(foreground) == 1:
        reason = f"the only label is {shown}, and a single label says nothing about its meaning"
        return Detection(None, nameless, candidates, reason)
    meanings = _by_meaning(fits, foreground)
    decided_by = "an equal label set" if equal else "the only scheme that has these labels"
    if len(meanings) > 1 and anatomy is not None:
        sound = [s for s in fits if not any(f.severity == "error" for f in anatomy(s))]
        meanings = _by_meaning(sound, foreground)
        candidates = _likeliest_first(sound, foreground) or candidates
        decided_by = "the only scheme under which the anatomy is right"
    if len(meanings) != 1 or not (equal or _is_telling(meanings[0][0], foreground)):
        reason = f"the labels {shown} fit {len(candidates)} known schemes and nothing decides between them"
        return Detection(None, nameless, candidates, reason)
    scheme = _representative(meanings[0])
    return Detection(scheme, scheme.mapping(foreground), candidates, f"labels {shown}: {decided_by}")


def _likeliest_first(fits: list[LabelScheme], foreground: list[int]) -> tuple[str, ...]:
    """Names of schemes: those that name the liver and explain most labels with fewest others first.

    Of schemes with one meaning the first stands for all; the others come after every other meaning.
    """

    def rank(scheme: LabelScheme) -> tuple[bool, int, int]:
        known = [meaning for v in foreground if (meaning := scheme.meaning(v)) is not None]
        names_liver = any(part_of(meaning) is not None for meaning in known)
        labels = scheme.n_labels or len(scheme.labels)
        return not names_liver, -len(known), abs(labels - len(foreground))

    groups = _by_meaning(sorted(fits, key=rank), foreground)
    return (*(_representative(group).name for group in groups), *_others(groups))


def _others(groups: list[list[LabelScheme]]) -> list[str]:
    return [s.name for group in groups for s in group if s is not _representative(group)]


_MOST_CANDIDATES = 3


def describe_candidates(candidates: Sequence[str]) -> str:
    """Schemes that fit, for messages: the likeliest three, and where the rest is listed; empty for none.

    >>> describe_candidates(["lits", "vista3d"])
    'candidates: lits, vista3d'
    >>> describe_candidates(["lits", "vista3d", "word", "btcv", "amos22"])
    'the likeliest of 5 candidates: lits, vista3d, word; `flr schemes` lists all'
    """
    first = ", ".join(candidates[:_MOST_CANDIDATES])
    if len(candidates) <= _MOST_CANDIDATES + 1:  # to leave out one saves nothing
        return f"candidates: {', '.join(candidates)}" if candidates else ""
    return f"the likeliest of {len(candidates)} candidates: {first}; `flr schemes` lists all"


def _is_of_segments(scheme: LabelScheme) -> bool:
    return all((part := part_of(m)) is not None and part.is_couinaud for m in scheme.labels.values())


def _as_organs(
    foreground: list[int],
    schemes: list[LabelScheme],
    couinaud: list[LabelScheme],
    anatomy: Anatomy,
    organs: Organs,
) -> Detection | None:
    """What labels mean that are those of Couinaud parts and do not lie as such, but as whole organs do."""
    if not any(f.severity == "error" for f in anatomy(couinaud[0])):
        return None
    others = [s for s in schemes if s not in couinaud and _fits_as_subset(s, foreground) and organs(s)]
    if not others:
        return None
    equal = [s for s in others if not s.subset and s.labels.keys() == set(foreground)]
    shown = listed(foreground)
    if len(_by_meaning(equal, foreground)) == 1:
        reason = f"labels {shown}: an equal label set, and they lie as organs do, not as segments of a liver"
        return Detection(equal[0], equal[0].mapping(foreground), (equal[0].name,), reason)
    candidates = tuple(s.name for s in (*couinaud, *others))
    reason = (
        f"the labels {shown} are those of {_representative(couinaud).name}, but do not lie as its segments"
        f" do: they lie as the organs of {others[0].name}"
    )
    return Detection(None, {v: f"label_{v}" for v in foreground}, candidates, reason)


def _chosen_by_strays(found: Detection, voxels: Mapping[int, int]) -> str:
    """Why labels mean something else without a few stray voxels; empty when they do not."""
    few = strays_of(voxels)
    for number in range(len(few), 0, -1):
        strays = few[:number]
        rest = voxels.keys() - set(strays)
        rivals = [
            s for s in load_schemes().values() if not s.subset and len(rest) > 1 and s.labels.keys() == rest
        ]
        if any(found.mapping[v] != scheme.labels[v] for scheme in rivals for v in rest):
            return (
                f"{describe_strays(strays, voxels)}, and without them the labels are those of"
                f" {_representative(rivals).name}; remove the stray voxels, or say which scheme it is"
            )
    return ""


def _fits_as_subset(scheme: LabelScheme, foreground: list[int]) -> bool:
    known = [v for v in foreground if scheme.meaning(v) is not None]
    if not scheme.subset:
        return len(known) == len(foreground)
    return bool(known) and (scheme.n_labels is None or foreground[-1] <= scheme.n_labels)


def _by_meaning(schemes: list[LabelScheme], foreground: list[int]) -> list[list[LabelScheme]]:
    groups: dict[tuple[object, ...], list[LabelScheme]] = {}
    for scheme in schemes:
        meaning = (*(scheme.meaning(v) for v in foreground), scheme.liver_includes_tumour is False)
        groups.setdefault(meaning, []).append(scheme)
    return list(groups.values())


def _is_telling(scheme: LabelScheme, foreground: list[int]) -> bool:
    meanings = [m for v in foreground if (m := scheme.meaning(v)) is not None]
    return len(meanings) >= 2 and any(part_of(m) is not None for m in meanings)


def _representative(schemes: list[LabelScheme]) -> LabelScheme:
    """Of schemes that mean the same: the convention itself before the programs that follow it."""
    return next((s for s in schemes if s.name.startswith("couinaud_")), schemes[0])
