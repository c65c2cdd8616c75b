"""The anatomy check: whether the parts lie where they belong, and if not, why."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from flr.checks.parts import WITH_4, WITH_4AB, Point, in_words
from flr.labels import COUINAUD_KEYS
from flr.quality import CHECKS, QualityFinding, Severity


class _Relation(NamedTuple):
    """The centroid of ``ahead`` lies further along a world axis (0 right, 1 front, 2 head)."""

    ahead: str
    behind: str
    axis: int


# How the centroids of Couinaud segments lie in every correct map met so far. Single relations may fail in
# a real liver; together they tell a flip from a shift.
_RELATIONS: Final = (
    *(_Relation(right, left, 0) for right in "5678" for left in ("2", "3", "4", "4a", "4b")),
    *(_Relation(middle, left, 0) for middle in ("4", "4a", "4b") for left in "23"),
    *(_Relation(front, back, 1) for front in "58" for back in "67"),
    *(_Relation(front, back, 1) for front in ("4", "4a", "4b") for back in "15678"),
    *(_Relation(front, "1", 1) for front in "23"),
    *(_Relation(upper, lower, 2) for upper in "78" for lower in "56"),
    _Relation("2", "3", 2),
    _Relation("4a", "4b", 2),
    _Relation("right_hemiliver", "left_hemiliver", 0),
    _Relation("liver", "spleen", 0),
)

# The relations that must hold one by one: in every correct map met so far they do by centimetres.
_FOURS: Final = ("4", "4a", "4b")
_TO_THE_RIGHT: Final = (
    *((right, left) for right in (*"5678", *_FOURS) for left in "23"),
    *((right, middle) for right in "568" for middle in _FOURS),
    *((right, "1") for right in "5678"),
    ("right_hemiliver", "left_hemiliver"),
    ("liver", "spleen"),
)
_IN_FRONT: Final = (
    *((front, back) for front in ("5", "8", *_FOURS) for back in "67"),
    *((front, "1") for front in ("2", "3", *_FOURS)),
)
_ABOVE: Final = (*((upper, lower) for upper in "78" for lower in "56"), ("2", "3"), ("4a", "4b"))

# Those that an earlier resection, and the growth after it or after embolisation, does not break.
_NEVER_BROKEN: Final = frozenset(
    {
        *((right, left, 0) for right in "67" for left in "23"),
        *((upper, lower, 2) for upper in "78" for lower in "56"),
        ("right_hemiliver", "left_hemiliver", 0),
        ("liver", "spleen", 0),
    }
)

_CLEARLY_MM: Final = 5.0
"""A relation that fails by less may do so in an odd liver: then it is a warning. [mm]"""

_MOVED_MM: Final = 20.0
"""What grows after a resection or embolisation moves by less; what fails by more was exchanged. [mm]"""

_CONVINCING: Final = 0.9
"""Share of relations that a flip or shift must make true to be named as the cause."""

_AXIS_WORDS: Final = ("left and right", "front and back", "head and foot")

# What a label was read as → what it would be, had the map been written in the other convention.
_SHIFTS: Final = {
    "segments 5–8 were read with 4a and 4b, the file has segment 4 undivided": dict(
        zip(("1", "2", "3", "4a", "4b", "5", "6", "7"), "12345678", strict=True)
    ),
    "segment 4 was read undivided, the file has 4a and 4b": dict(
        zip("12345678", ("1", "2", "3", "4a", "4b", "5", "6", "7"), strict=True)
    ),
    "every label is one too low": dict(zip("1234567", "2345678", strict=True)),
    "every label is one too high": dict(zip("2345678", "1234567", strict=True)),
}


def _exchanges() -> Iterator[tuple[str, dict[str, str]]]:
    """Two labels, or the front and back (upper and lower) halves of the right liver, exchanged."""
    for keys in (WITH_4, WITH_4AB):
        for one, other in combinations(keys, 2):
            yield f"{in_words([one])} and {in_words([other])}", {one: other, other: one}
    yield "segments V/VIII and VI/VII", {"5": "6", "6": "5", "7": "8", "8": "7"}
    yield "segments V/VI and VII/VIII", {"5": "8", "8": "5", "6": "7", "7": "6"}


def anatomy_findings(
    volumes_ml: Mapping[str, float], centroids_mm: Mapping[str, Point], *, prior: Collection[str] = ()
) -> tuple[QualityFinding, ...]:
    """Whether the parts lie where they belong: ``mirrored_anatomy`` and ``shifted_labels``.

    Segments V–VIII must lie right of I–III, V/VI/VIII right of IV, IV right of II/III; IV/V/VIII in front of
    VI/VII, II–IV in front of I; VII/VIII above V/VI, II above III; the right hemiliver right of the left one,
    the liver right of the spleen. What fails is put down to the flip, the shift or the exchange of labels
    that explains it best; a failure by less than 5 mm is a warning. Parts that are missing are left out.

    Parameters
    ----------
    volumes_ml : mapping of str to float
        Volume by part key; parts of 0 mL are missing. Neighbours (``"spleen"``) may be given too. [mL]
    centroids_mm : mapping of str to tuple of float
        Centroid by part key, RAS+ (+x is the patient's right). [mm]
    prior : collection of {"hepatectomy", "embolisation", "situs_inversus"}
        What the liver went through. Situs inversus explains anatomy that is mirrored from left to right, and
        asks for it.
        After resection and embolisation what grows may move, by less than 20 mm, but VI/VII stay right of
        II/III and VII/VIII above V/VI. No operation explains what another scheme explains: that stays an
        error.

    Examples
    --------
    >>> lying = {"2": (-60.0, 0.0, 20.0), "6": (50.0, -80.0, -40.0)}
    >>> anatomy_findings({"2": 150.0, "6": 150.0}, lying)
    ()
    >>> flipped = {key: (-x, y, z) for key, (x, y, z) in lying.items()}
    >>> [f.check for f in anatomy_findings({"2": 150.0, "6": 150.0}, flipped)]
    ['mirrored_anatomy']
    """
    placed = {
        key: np.asarray(centroids_mm[key], dtype=np.float64)
        for key, ml in volumes_ml.items()
        if ml > 0 and key in centroids_mm and np.isfinite(centroids_mm[key]).all()
    }
    failing = _wrong_sides(placed)
    if not failing:
        if "situs_inversus" in prior and _tell_sides(placed):
            message = (
                "situs inversus is stated, yet the parts do not lie mirrored: the header may be flipped, or"
                " the statement is wrong"
            )
            return (CHECKS["mirrored_anatomy"].finding(message, "error"),)
        return ()
    if "situs_inversus" in prior and not _wrong_sides(_turned(placed, (0,))):
        message = f"{_in_sentences(failing)}: the liver is mirrored from left to right, as in situs inversus"
        return (CHECKS["mirrored_anatomy"].finding(message, "warning"),)
    check, cause, by_scheme = _explanation(placed)
    broken = not _NEVER_BROKEN.isdisjoint(failing)
    allowed_mm = _MOVED_MM if {"hepatectomy", "embolisation"} & set(prior) else _CLEARLY_MM
    clear = broken or any(_by_mm(relation, placed) <= -allowed_mm for relation in failing)
    severity: Severity = "error" if by_scheme or clear else "warning"
    reason = cause or "no flip, shift or exchange explains it"
    return (CHECKS[check].finding(f"{_in_sentences(failing)}: {reason}", severity),)


_Placed = Mapping[str, NDArray[np.float64]]


def _wrong_sides(placed: _Placed) -> tuple[_Relation, ...]:
    """The demanded relations that fail."""
    demanded = (
        *(_Relation(ahead, behind, 0) for ahead, behind in _TO_THE_RIGHT),
        *(_Relation(ahead, behind, 1) for ahead, behind in _IN_FRONT),
        *(_Relation(ahead, behind, 2) for ahead, behind in _ABOVE),
    )
    return tuple(relation for relation in demanded if _fails(relation, placed))


def _tell_sides(placed: _Placed) -> bool:
    """Whether there are parts of which one must lie to the right of the other."""
    return any(ahead in placed and behind in placed for ahead, behind in _TO_THE_RIGHT)


def _fails(relation: _Relation, placed: _Placed) -> bool:
    """Whether both parts are there and lie the wrong way round."""
    return relation.ahead in placed and relation.behind in placed and _by_mm(relation, placed) <= 0.0


def _by_mm(relation: _Relation, placed: _Placed) -> float:
    """How far the part ahead lies ahead; negative where the relation fails. [mm]"""
    ahead, behind, axis = relation
    return float(placed[ahead][axis] - placed[behind][axis])


def _turned(placed: _Placed, axes: Sequence[int]) -> dict[str, NDArray[np.float64]]:
    """The parts as they lie when world axes are flipped."""
    signs = np.array([-1.0 if axis in axes else 1.0 for axis in range(3)])
    return {key: centre * signs for key, centre in placed.items()}


def _in_sentences(failing: Sequence[_Relation]) -> str:
    """What lies on the wrong side, axis by axis."""
    sentences = []
    for axis, verb in enumerate(("lie to the right of", "lie in front of", "lie above")):
        pairs = [r for r in failing if r.axis == axis]
        if pairs:
            ahead, behind = sorted({r.ahead for r in pairs}), sorted({r.behind for r in pairs})
            sentences.append(f"{in_words(ahead)} should {verb} {in_words(behind)}")
    return "; ".join(sentences)


def _explanation(placed: _Placed) -> tuple[str, str, bool]:
    """The check, the simplest cause that makes the most relations true, and whether it is another scheme.

    The cause is empty if none convinces.
    """
    best = (_truth(placed), "shifted_labels", "", False)

    def consider(meant: _Placed, check: str, cause: str, *, by_scheme: bool) -> None:
        nonlocal best
        truth = _truth(meant)
        if truth > max(best[0], _CONVINCING):
            best = (truth, check, cause, by_scheme)

    for n_axes in (1, 2, 3):
        for axes in combinations(range(3), n_axes):
            swapped = ", and ".join(_AXIS_WORDS[axis] for axis in axes)
            cause = f"the image is flipped ({swapped} exchanged)"
            consider(_turned(placed, axes), "mirrored_anatomy", cause, by_scheme=False)
    segments = placed.keys() & set(COUINAUD_KEYS)
    for cause, meant in _SHIFTS.items():
        if segments <= meant.keys():
            renamed = {meant.get(key, key): centre for key, centre in placed.items()}
            consider(renamed, "shifted_labels", f"the labels are shifted ({cause})", by_scheme=True)
    for which, meant in _exchanges():
        if meant.keys() <= segments:
            renamed = {meant.get(key, key): centre for key, centre in placed.items()}
            consider(renamed, "shifted_labels", f"{which} are probably exchanged", by_scheme=False)
    return best[1:]


def _truth(placed: _Placed) -> float:
    """Share of the relations between the given parts that hold, 0 to 1."""
    known = [r for r in _RELATIONS if r.ahead in placed and r.behind in placed]
    holding = sum(bool(placed[r.ahead][r.axis] > placed[r.behind][r.axis]) for r in known)
    return holding / len(known) if known else 0.0
