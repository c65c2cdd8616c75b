"""Checks of the set of segments: their shares of the liver, and whether any is missing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from flr.checks.parts import WITH_4, WITH_4AB, in_words
from flr.labels import COUINAUD_KEYS
from flr.quality import CHECKS, SEGMENT_PERCENT, QualityFinding, Severity

_RIGHT_LIVER_PERCENT: Final = (45.0, 85.0)
_WHOLE_WITH_4: Final = frozenset(WITH_4)
_WHOLE_WITH_4AB: Final = frozenset(WITH_4AB)


def share_findings(
    volumes_ml: Mapping[str, float],
    functional_ml: Mapping[str, float] | None = None,
    *,
    explained: bool = False,
) -> tuple[QualityFinding, ...]:
    """``segment_share_implausible`` for parts outside the published shares; judged only on whole sets.

    Parameters
    ----------
    volumes_ml : mapping of str to float
        Volume by part key (``"1"`` … ``"8"``, ``"4a"``, ``"4b"``). [mL]
    functional_ml : mapping of str to float, optional
        The same without tumour: a segment that only its tumours bring out of its bounds is plausible. [mL]
    explained : bool
        An earlier resection or embolisation, cirrhosis or biliary atrophy changes shares: they warn then.

    References
    ----------
    .. [1] Mise Y et al., HPB 2014, 16, 491–494, DOI 10.1111/hpb.12157 (segment 8: 11.1–38.0 %).
    .. [2] Abdalla EK et al., Surgery 2004, 135, 404–410, DOI 10.1016/j.surg.2003.08.024 (right liver
       65 ± 7 %).
    """
    shares = _shares_percent(volumes_ml)
    if not shares:
        return ()
    healthy = _shares_percent(functional_ml or volumes_ml) or shares
    strange = [
        f"segment {key} holds {share:.1f} % (expected {low:g}–{high:g} %)"
        for key, (low, high) in SEGMENT_PERCENT.items()
        if not (low <= (share := shares[key]) <= high or low <= healthy[key] <= high)
    ]
    severity: Severity = "error" if strange and not explained else "warning"
    right = sum(shares[key] for key in "5678")
    low, high = _RIGHT_LIVER_PERCENT
    if not low <= right <= high:
        strange.append(f"the right liver holds {right:.1f} % (expected {low:.0f}–{high:.0f} %)")
    if not strange:
        return ()
    return (CHECKS["segment_share_implausible"].finding(f"{'; '.join(strange)} of the liver", severity),)


def _shares_percent(volumes_ml: Mapping[str, float]) -> dict[str, float]:
    """Share of each of the eight segments, 4a and 4b together; empty where one is missing."""
    present = {key: ml for key, ml in volumes_ml.items() if ml > 0}
    if present.keys() not in (_WHOLE_WITH_4, _WHOLE_WITH_4AB):
        return {}
    total_ml = sum(present.values())
    shares = dict.fromkeys("12345678", 0.0)
    for key, ml in present.items():
        shares[key[0]] += 100.0 * ml / total_ml
    return shares


def missing_segments(volumes_ml: Mapping[str, float]) -> tuple[str, ...]:
    """Keys of the segments that are not drawn although others are, in their order.

    >>> missing_segments({"1": 30.0, "2": 90.0, "3": 90.0, "4a": 80.0, "5": 1.0, "6": 1.0, "7": 1.0})
    ('4b', '8')
    """
    present = {key for key, ml in volumes_ml.items() if ml > 0 and key in COUINAUD_KEYS}
    whole = WITH_4AB if present & {"4a", "4b"} else WITH_4
    return tuple(key for key in whole if key not in present) if present else ()


def missing_segment_findings(
    volumes_ml: Mapping[str, float], *, after_resection: bool = False
) -> tuple[QualityFinding, ...]:
    """``segment_missing`` where some Couinaud segments are drawn and others are not.

    Parameters
    ----------
    volumes_ml : mapping of str to float
        Volume by part key; parts of 0 mL are missing. Territories are no segments. [mL]
    after_resection : bool
        An earlier hepatectomy took them; then a warning.

    Examples
    --------
    >>> [f.message for f in missing_segment_findings(dict.fromkeys("1235678", 200.0))]
    ['segment IV is not drawn, the other segments are: its volume is missing, or counted to a neighbour']
    """
    missing = missing_segments(volumes_ml)
    if not missing:
        return ()
    several = len(missing) > 1
    message = (
        f"{in_words(list(missing))} {'are' if several else 'is'} not drawn, the other segments are:"
        f" {'their' if several else 'its'} volume is missing, or counted to a neighbour"
    )
    return (CHECKS["segment_missing"].finding(message, "warning" if after_resection else "error"),)


def with_missing_segments(
    found: Collection[QualityFinding], missing: Sequence[QualityFinding]
) -> tuple[QualityFinding, ...]:
    """Findings of reading and ``segment_missing``, in one line where they are of one cause.

    A segment that is not drawn leaves liver outside every segment; the one line says both. Where the liver
    mask holds an undrawn caudate lobe, ``caudate_undrawn`` has said so.

    Examples
    --------
    >>> missing = missing_segment_findings(dict.fromkeys("2345678", 200.0))
    >>> outside = QualityFinding("liver_outside_segments", "error", "40.00 mL (2.70 %) of liver lies outside")
    >>> [f.check for f in with_missing_segments((outside,), missing)]
    ['segment_missing']
    >>> caudate = QualityFinding("caudate_undrawn", "error", "segment I is not drawn, but in the liver mask")
    >>> [f.check for f in with_missing_segments((caudate,), missing)]
    ['caudate_undrawn']
    """
    checks = {f.check for f in found}
    if not missing:
        return tuple(found)
    if "caudate_undrawn" in checks:
        # The same millilitres once more, as long as they are no more than a caudate lobe.
        return tuple(f for f in found if (f.check, f.severity) != ("segments_do_not_sum", "warning"))
    outside = [f for f in found if f.check == "liver_outside_segments"]
    explained = missing[0].severity == "warning"
    if not outside or (explained and "error" in {f.severity for f in outside}):
        return (*found, *missing)
    message = "; ".join(f.message for f in (*missing, *outside))
    one = CHECKS["segment_missing"].finding(message, missing[0].severity)
    same = ("liver_outside_segments", "segments_do_not_sum")
    others = (f for f in found if f.check not in same or (explained and f.severity == "error"))
    return (*others, one)
