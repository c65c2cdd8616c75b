"""Plans as text: New World notation, Brisbane 2000 names, segment lists, drawn masks and cuts with geometry.

The grammar of the New World notation (Nagino et al., Ann Surg, 2021, 274, 1-3,
doi:10.1097/SLA.0000000000004808) is transcribed and awaits confirmation at the source.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from flr.errors import PlanError
from flr.plans.cuts import Plane, Wedge, ablation
from flr.plans.plan import Cut, DrawnRemnant, DrawnResection, Intent, PartOf, Parts, Plan, with_splits
from flr.plans.presets import AMBIGUOUS_EXTENDED_RIGHT, PRESETS, preset_by_name, preset_of_segments
from flr.plans.splits import HALVES, SIDES_OF, Split
from flr.plans.territory import Territory, territory_name

STRUCTURES = {
    "B": "extra-hepatic bile duct",
    "PV": "portal vein",
    "HA": "hepatic artery",
    "RHV": "right hepatic vein",
    "MHV": "middle hepatic vein",
    "LHV": "left hepatic vein",
    "IVC": "inferior vena cava",
}
"""Structures that New World notation names after the segments, in canonical order."""

PLAN_TERMS = {
    "wedge(T3, 10)": "tumour T3 and everything within 10 mm of its surface leaves",
    "wedge((x, y, z), 15)": "everything within 15 mm of a position leaves; RAS millimetres",
    "ablate(T5, 5), ablate((x, y, z), 15)": "the same zones, destroyed in place instead of resected",
    "plane(x, y, z, a, b, c)": (
        "everything leaves that lies in front of the plane through (x, y, z), which the normal (a, b, c)"
        " points to; by exact fractions of voxels"
    ),
    "territory(RPV)": "all tissue nearest to a portal branch or hepatic vein leaves: an estimate (--vessels)",
    "H4'58 + split(4, mhv)": (
        "part of a segment: the side of a border, here of the middle hepatic vein, towards the parts that"
        " leave; or, without a split, where the segment meets the mask of --resected"
    ),
    "split(4, mhv, left), split(4, portal), split(4, plane(x, y, z, a, b, c))": (
        "borders that divide a segment: the middle hepatic vein, the level of the portal bifurcation (above"
        " and below; 4a and 4b), a plane whose normal points to what leaves; an estimate (--vessels)"
    ),
    "preserve(RPPV)": (
        "beside other terms: the plan preserves this vessel, and the way to it, wherever it runs (--vessels)"
    ),
    "reconstruct(MHV)": "beside other terms: this hepatic vein is taken and reconstructed (--vessels)",
    "flr, resected": "what is drawn: all but the mask of --remnant leaves, or the mask of --resected does",
    "cut.mrk.json:front, plan.lrp.json, plan.json": (
        "alone, in place of terms: a plane or curved surface of 3D Slicer, a Slicer-Liver plan, a plan of"
        " this tool"
    ),
}
"""What a plan may hold besides named resections and segments, with what it does."""

STRUCTURES_RECORDED = "structures_recorded_only"
"""Note of a plan whose structures change no volume."""

_MAX_CHARACTERS = 4000
"""A plan of twenty wedges has some 400; what follows takes time with the square of the length."""

_EXPECTED = 'expected a text such as "H5678", or flr.parse_plan("H5678")'

_PRIMES = "'′’"
_ROMAN = {
    "i": "1",
    "ii": "2",
    "iii": "3",
    "iv": "4",
    "iva": "4a",
    "ivb": "4b",
    "v": "5",
    "vi": "6",
    "vii": "7",
    "viii": "8",
}
_SEGMENT = re.compile(rf"([0-9])([ab]?)([{_PRIMES}]?)", re.IGNORECASE)
_NEW_WORLD = re.compile(rf"h(?P<segments>[0-9ab{_PRIMES}]+)(?P<extras>(?:-[a-z]+)*)", re.IGNORECASE)
_NUMBERED = re.compile(
    r"(?:(?:mono|bi|tri)?segmentectomy|segments?|seg|resection of segments?|bisectionectomy)\s+(?P<list>.+)",
    re.IGNORECASE,
)
_RANGE = re.compile(r"([1-8])\s*[-–]\s*([1-8])")

_OUTER_PLUS = re.compile(r"\+(?![^()]*\))")  # a plus sign inside brackets belongs to a number
_SPLIT = re.compile(
    r"split\s*\(\s*(?P<segment>\w+)\s*,\s*(?P<along>plane\s*\(.*\)|\w+)\s*(?:,\s*(?P<side>\w+)\s*)?\)",
    re.IGNORECASE,
)
_CALL = re.compile(r"(?P<verb>wedge|ablate|ablation|plane|territory)\s*\((?P<body>.*)\)", re.IGNORECASE)
_VESSEL_TERM = re.compile(r"(?P<verb>preserve|reconstruct)\s*\((?P<names>[^()]*)\)", re.IGNORECASE)
_POSITION = re.compile(r"\(?(?P<numbers>[^()]*)\)?(?P<radius>,[^()]*)?")
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_FILE = re.compile(r"\.json(?::\w+)?$", re.IGNORECASE)
_TUMOUR_NAME = re.compile(r"[A-Za-z][\w-]*")

_DRAWN: dict[str, tuple[str, Cut]] = {
    "flr": ("drawn remnant", DrawnRemnant()),
    "resected": ("drawn resection", DrawnResection()),
}


def parse_plan(text: str, *, intent: Intent = "cure", name: str | None = None) -> Plan:
    """Read a plan from text.

    Parameters
    ----------
    text : str
        ``"H5678"``, ``"H4'58"``, ``"H234-MHV"`` (New World); ``"right hepatectomy"`` (Brisbane 2000);
        ``"5,6,7,8"``, ``"segments V VI"``, ``"4-8"`` (lists); ``"flr"`` or ``"resected"`` (drawn masks);
        ``"H4'58 + split(4, mhv)"`` (one side of a segment); a territory's own name;
        ``"territory(RPV)"`` (all tissue nearest to a portal branch or hepatic vein);
        ``"wedge(T3, 10)"`` and ``"ablate(T5, 5)"`` (a tumour and a margin in mm),
        ``"ablate((x, y, z), 15)"`` (RAS position and radius in mm), ``"plane(x, y, z, a, b, c)"`` (a point
        and the normal towards what leaves); or several of these joined by ``+``. ``"preserve(RPPV)"`` and
        ``"reconstruct(MHV)"`` beside them say what becomes of a vessel.
    intent : {"cure", "debulking"}
    name : str, optional
        Name for people, instead of the one that the text implies.

    Raises
    ------
    PlanError
        If any part of the text is not understood; nothing is guessed or dropped.

    Examples
    --------
    >>> parse_plan("right hepatectomy").notation
    'H5678'
    >>> parse_plan("H5678-PV-B").structures
    ('B', 'PV')
    >>> parse_plan("segments 6, 7 + wedge(T3, 10 mm)").notation
    'H67 + wedge(T3, 10)'
    """
    if not isinstance(text, str):
        raise PlanError(f"a plan of type {type(text).__name__}; {_EXPECTED}")
    refuse_joined_file(text)
    if len(text) > _MAX_CHARACTERS:
        raise PlanError(f"the plan has {len(text)} characters; expected at most {_MAX_CHARACTERS}")
    terms = [term.strip() for term in _OUTER_PLUS.split(text)]
    if not text.strip() or not all(terms):
        raise PlanError(
            f"plan {text!r} is empty or has an empty term; expected for example H5678 or 'right hepatectomy'"
        )
    said = _Said(text)
    for term in terms:
        said.take(term)
    return said.plan(intent, name)


@dataclass(frozen=True, slots=True)
class VesselTerms:
    """Vessels that a plan names without cutting liver: preserved ones, and veins that are reconstructed."""

    preserved: tuple[str, ...] = ()
    reconstructed: tuple[str, ...] = ()

    def joined(self, more: VesselTerms) -> VesselTerms:
        """Both, each vessel once."""
        return VesselTerms(
            tuple(dict.fromkeys((*self.preserved, *more.preserved))),
            tuple(dict.fromkeys((*self.reconstructed, *more.reconstructed))),
        )


def vessel_term(term: str) -> VesselTerms | None:
    """The vessels of ``preserve(RPPV, RAPV)`` or ``reconstruct(MHV)``; None for another term.

    Raises
    ------
    PlanError
        If no vessel stands between the brackets.
    """
    called = _VESSEL_TERM.fullmatch(term.strip())
    if called is None:
        return None
    names = tuple(territory_name(name.strip()) for name in called["names"].split(","))
    if not all(_TUMOUR_NAME.fullmatch(name) for name in names):
        verb = called["verb"].casefold()
        raise PlanError(f"plan {term!r}: expected {verb}(NAME) with a vessel, such as {verb}(MHV)")
    return VesselTerms(names) if called["verb"].casefold() == "preserve" else VesselTerms((), names)


def without_vessel_terms(text: str) -> tuple[str, VesselTerms]:
    """A text without the vessels that it preserves or reconstructs, and those vessels.

    >>> without_vessel_terms("plans/p.mrk.json:front + preserve(RPPV)")
    ('plans/p.mrk.json:front', VesselTerms(preserved=('RPPV',), reconstructed=()))

    Raises
    ------
    PlanError
        As :func:`vessel_term`.
    """
    found = VesselTerms()
    rest = []
    for term in _OUTER_PLUS.split(text) if len(text) <= _MAX_CHARACTERS else [text]:
        vessels = vessel_term(term)
        if vessels is None:
            rest.append(term)
        else:
            found = found.joined(vessels)
    return "+".join(rest).strip(), found


@dataclass
class _Said:
    """What the terms of one plan's text name, gathered term by term."""

    text: str
    wholes: list[str] = field(default_factory=list)
    partials: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    cuts: list[Cut] = field(default_factory=list)
    geometric: list[Plane | Wedge | Territory] = field(default_factory=list)
    splits: list[Split] = field(default_factory=list)
    structures: set[str] = field(default_factory=set)
    spared: VesselTerms = field(default_factory=lambda: VesselTerms())
    notes: list[str] = field(default_factory=list)

    def take(self, term: str) -> None:
        """Add one term. Raises PlanError where it is not understood or comes twice."""
        folded = term.casefold()
        preset = preset_by_name(term)
        if folded.startswith("split"):
            self.splits.append(parse_split(term))
        elif (vessels := vessel_term(term)) is not None:
            self.spared = self.spared.joined(vessels)
        elif (cut := _geometric(term)) is not None:
            if cut in self.geometric:
                raise PlanError(f"plan {self.text!r} names {cut.text} more than once")
            self.geometric.append(cut)
        elif folded in _DRAWN:
            self.others.append(folded)
            self.cuts.append(_DRAWN[folded][1])
        elif preset is not None:
            self.wholes += preset.segments
            if folded.startswith("extended right"):
                self.notes.append(AMBIGUOUS_EXTENDED_RIGHT)
        elif match := _NEW_WORLD.fullmatch(term.replace(" ", "")):
            whole, partial = _new_world_segments(match["segments"], self.text)
            self.wholes += whole
            self.partials += partial
            self.structures |= _structures(match["extras"], self.text)
        elif (segments := _segment_list(term)) is not None:
            self.wholes += segments
        elif re.fullmatch(r"territory_\d+|(?:right|left)_hemiliver|left_lateral_section", folded):
            self.others.append(folded)
            self.cuts.append(Parts((folded,)))
        else:
            raise PlanError(_unknown(term))

    def _require_each_once(self) -> None:
        named = self.wholes + self.partials
        twice = sorted({segment for segment in named if named.count(segment) > 1})
        if twice:
            raise PlanError(f"plan {self.text!r} names segment {', '.join(twice)} more than once")
        if "4" in named and {"4a", "4b"} & set(named):
            raise PlanError(
                f"plan {self.text!r} names segment 4 and a part of it (4a or 4b); use one or the other"
            )

    def plan(self, intent: Intent, name: str | None) -> Plan:
        """The plan of all terms. Raises PlanError where a segment is named twice."""
        self._require_each_once()
        wholes = [Parts(tuple(sorted(self.wholes)))] if self.wholes else []
        ordered = tuple(s for s in STRUCTURES if s in self.structures)
        names = [*_names(self.wholes, self.partials, self.others), *(cut.title for cut in self.geometric)]
        terms = [
            *_terms(self.wholes, self.partials, self.others, ordered),
            *(cut.text for cut in self.geometric),
            *(split.text for split in self.splits),
        ]
        cuts = [*wholes, *self.cuts, *map(PartOf, sorted(self.partials)), *self.geometric]
        return Plan(
            name=name or " + ".join(names),
            notation=" + ".join(terms),
            cuts=with_splits(cuts, self.splits, f"plan {self.text!r}"),
            intent=intent,
            structures=ordered,
            notes=(*self.notes, *((STRUCTURES_RECORDED,) if ordered else ())),
        ).with_vessels(self.spared.preserved, self.spared.reconstructed)


def plan_from(given: Plan | str) -> Plan:
    """A plan as it is, or read from its text.

    Raises
    ------
    PlanError
        If it is neither a plan nor a text, or the text is not understood.
    """
    if isinstance(given, Plan):
        return given
    return parse_plan(given)


def plans_from(given: Iterable[Plan | str] | Plan | str) -> tuple[Plan, ...]:
    """Several plans, or one, each as it is or read from its text.

    >>> [plan.notation for plan in plans_from("right hepatectomy")], plans_from([])
    (['H5678'], ())

    Raises
    ------
    PlanError
        As :func:`plan_from`.
    """
    if isinstance(given, Plan | str):
        return (plan_from(given),)
    if not isinstance(given, Iterable):
        raise PlanError(f"plans of type {type(given).__name__}; {_EXPECTED}")
    return tuple(plan_from(one) for one in given)


def joined_file(text: str) -> str | None:
    """The plan file that a text joins to other terms; None for any other text.

    A file whose own name holds a plus sign is none: what stands beside it there is no plan.

    >>> joined_file("H5678 + plans/p.mrk.json"), joined_file("this+that.json")
    ('plans/p.mrk.json', None)
    """
    if len(text) > _MAX_CHARACTERS:
        return None
    terms = [term.strip() for term in _OUTER_PLUS.split(text)]
    files = [term for term in terms if _FILE.search(term)]
    terms = [term for term in terms if _VESSEL_TERM.fullmatch(term) is None]
    if not files or len(terms) == 1:
        return None
    for term in terms:
        if term not in files:
            try:
                parse_plan(term)
            except PlanError:
                return None
    return files[0]


def refuse_joined_file(text: str) -> None:
    """Raise PlanError where a text joins a plan file to other terms."""
    if (file := joined_file(text)) is not None:
        raise PlanError(
            f"plan {text!r} joins {file} to other terms; a plan file stands alone: give it as a plan of its"
            " own, or all cuts as terms"
        )


def _new_world_segments(digits: str, text: str) -> tuple[list[str], list[str]]:
    whole: list[str] = []
    partial: list[str] = []
    position = 0
    while position < len(digits):
        match = _SEGMENT.match(digits, position)
        if match is None:
            raise PlanError(
                f"plan {text!r}: {digits[position:]!r} is not a segment; expected digits 1 to 8, 4a or 4b"
            )
        digit, letter, prime = match[1], match[2].casefold(), match[3]
        if digit == "9":
            raise PlanError(
                f"plan {text!r}: segment 9 is obsolete, it is the paracaval part of segment 1; use 1"
            )
        if digit == "0":
            raise PlanError(f"plan {text!r}: there is no segment 0; expected 1 to 8")
        if letter and digit != "4":
            raise PlanError(f"plan {text!r}: only segment 4 has parts a and b, not segment {digit}")
        (partial if prime else whole).append(digit + letter)
        position = match.end()
    return whole, partial


def _structures(extras: str, text: str) -> set[str]:
    found = [part.upper() for part in extras.split("-") if part]
    unknown = [part for part in found if part not in STRUCTURES]
    if unknown:
        raise PlanError(
            f"plan {text!r}: {', '.join(unknown)} is not a structure; expected {', '.join(STRUCTURES)}"
        )
    if len(set(found)) < len(found):
        raise PlanError(f"plan {text!r} names a structure more than once")
    return set(found)


def _segment_list(term: str) -> list[str] | None:
    """Segments of ``"5,6,7,8"``, ``"S5 S6"``, ``"V, VI"`` or ``"4-8"``; None when the term is no list."""
    numbered = _NUMBERED.fullmatch(term)
    body = numbered["list"] if numbered else term
    if match := _RANGE.fullmatch(body.strip()):
        first, last = int(match[1]), int(match[2])
        return [str(n) for n in range(first, last + 1)] if first < last else None
    tokens = [t for t in re.split(r"[\s,;]+|\band\b", body.casefold()) if t]
    segments = []
    for token in tokens:
        bare = re.sub(r"^(?:segment_?|seg|s)(?=[1-8ivx])", "", token)
        segment = _ROMAN.get(bare, bare)
        if not re.fullmatch(r"[1-8]|4[ab]", segment):
            return None
        segments.append(segment)
    return segments or None


def _terms(
    wholes: list[str], partials: list[str], others: list[str], structures: tuple[str, ...]
) -> list[str]:
    terms = list(others)
    if wholes or partials:
        spelled = [(s, "") for s in wholes] + [(s, "'") for s in partials]
        extras = "".join(f"-{s}" for s in structures)
        terms.insert(0, "H" + "".join(s + prime for s, prime in sorted(spelled)) + extras)
    return terms


def _names(wholes: list[str], partials: list[str], others: list[str]) -> list[str]:
    names = []
    if wholes and not partials and (preset := preset_of_segments(frozenset(wholes))):
        names.append(preset.name)
    elif (
        wholes
        and not partials
        and (preset := preset_of_segments(frozenset(wholes) - {"1"}))
        and "1" in wholes
    ):
        names.append(f"{preset.name} with segment 1")
    elif wholes or partials:
        listed = sorted(wholes) + [f"part of {segment}" for segment in sorted(partials)]
        names.append(f"resection of segment{'s' if len(listed) > 1 else ''} {', '.join(listed)}")
    names += [_DRAWN[other][0] if other in _DRAWN else other.replace("_", " ") for other in others]
    return names


def _geometric(term: str) -> Plane | Wedge | Territory | None:
    """The cut of ``wedge(…)``, ``ablate(…)``, ``plane(…)`` or ``territory(…)``; None for something else."""
    called = _CALL.fullmatch(term)
    if called is None:
        return None
    verb, body = called["verb"].casefold(), called["body"].strip()
    if verb == "plane":
        values = _numbers(body)
        if values is None or len(values) != 6:
            raise PlanError(
                f"plan {term!r}: expected plane(x, y, z, a, b, c): a point in RAS mm, and the normal that"
                " points to what leaves"
            )
        return Plane((values[0], values[1], values[2]), (values[3], values[4], values[5]))
    if verb == "territory":
        if not _TUMOUR_NAME.fullmatch(body):
            raise PlanError(f"plan {term!r}: expected territory(NAME) with a vessel, such as territory(RPV)")
        return Territory(territory_name(body))
    make = ablation if verb.startswith("ablat") else Wedge
    position = _POSITION.fullmatch(body)
    if position is not None:
        values = _numbers(position["numbers"] + (position["radius"] or ""))
        if values is not None and len(values) == 4:
            return make((values[0], values[1], values[2]), values[3])
    target, comma, margin = body.rpartition(",")
    margin_mm = _numbers(margin)
    if not comma or margin_mm is None or len(margin_mm) != 1 or not _TUMOUR_NAME.fullmatch(target.strip()):
        raise PlanError(
            f"plan {term!r}: expected {verb}(T3, 10), a tumour and a margin in mm, or {verb}((x, y, z), 15),"
            " a RAS position and a radius in mm"
        )
    return make(target.strip().upper(), margin_mm[0])


def parse_split(text: str) -> Split:
    """A border that divides a segment, from its text.

    Raises
    ------
    PlanError
        If it is not understood.

    Examples
    --------
    >>> parse_split("split(4, MHV)").text, parse_split("split(8, plane(0, 0, 9, 0, 0, 1))").kind
    ('split(4, mhv)', 'plane')
    """
    match = _SPLIT.fullmatch(text.strip())
    if match is None or (match["along"].casefold() not in SIDES_OF and "(" not in match["along"]):
        raise PlanError(
            f"plan {text!r}: expected split(4, mhv), split(4, portal) or split(4, plane(x, y, z, a, b, c)), a"
            " segment and the border that divides it, with the side that leaves where it is not clear: "
            "split(4, mhv, right)"
        )
    along = match["along"].casefold()
    side = None if match["side"] is None else match["side"].casefold()
    if "(" not in along:
        if along == "plane":
            raise PlanError(f"plan {text!r}: expected split({match['segment']}, plane(x, y, z, a, b, c))")
        return Split(match["segment"].casefold(), along, side)  # type: ignore[arg-type]
    plane = _geometric(along)
    assert isinstance(plane, Plane)
    return Split(match["segment"].casefold(), plane, side)  # type: ignore[arg-type]


def with_stated_splits(plan: Plan, splits: Iterable[Split]) -> Plan:
    """A plan with the borders that it needs and does not give itself, of those stated for all plans.

    >>> borders = [parse_split("split(4, mhv)")]
    >>> [with_stated_splits(parse_plan(p), borders).notation for p in ("H4'58", "H58")]
    ["H4'58 + split(4, mhv)", 'H58']

    Raises
    ------
    PlanError
        If two of them divide one segment.
    """
    open_names = {cut.name for cut in plan.cuts if isinstance(cut, PartOf) and cut.split is None}
    whole = {name for cut in plan.cuts if isinstance(cut, Parts) for name in cut.names}
    needed = [
        split
        for split in splits
        if split.segment in open_names or (split.segment == "4" and whole & set(HALVES))
    ]
    if not needed:
        return plan
    cuts = with_splits(plan.cuts, needed, f"plan {plan.notation!r}")
    notation = " + ".join([plan.notation, *(split.text for split in needed)])
    return replace(plan, cuts=cuts, notation=notation)


def _numbers(text: str) -> list[float] | None:
    """Numbers separated by commas, ``mm`` allowed after each; None when they are not numbers."""
    found = [part.strip().removesuffix("mm").strip() for part in text.split(",")]
    return [float(part) for part in found] if all(_NUMBER.fullmatch(part) for part in found) else None


_SIDES: Final = frozenset({"right", "left"})


def _nearest_names(term: str) -> tuple[str, ...]:
    """The nearest names of resections; for a text that says no side those of both sides.

    >>> _nearest_names("hemihepatectomy")
    ('right hemihepatectomy', 'left hemihepatectomy')
    >>> _nearest_names("right hepatectmy"), _nearest_names("xyz")
    (('right hepatectomy',), ())
    """
    known = [spelling for preset in PRESETS for spelling in (preset.name, *preset.synonyms)]
    words = term.casefold().split()
    if _SIDES.intersection(words):
        return tuple(difflib.get_close_matches(" ".join(words), known, n=1))
    by_stem: dict[str, list[str]] = {}
    for name in known:
        stem = " ".join(word for word in name.split() if word not in _SIDES)
        by_stem.setdefault(stem, []).append(name)
    near = difflib.get_close_matches(" ".join(words), by_stem, n=1)
    return tuple(by_stem[near[0]]) if near else ()


def _unknown(term: str) -> str:
    near = _nearest_names(term)
    hint = f" (did you mean {' or '.join(map(repr, near))}?)" if near else ""
    return (
        f"plan {term!r} is not understood{hint}; expected New World notation (H5678), a Brisbane 2000 name"
        " (right hepatectomy), a segment list (5,6,7,8), flr or resected for a drawn mask, wedge(T3, 10),"
        " ablate(T5, 5), ablate((x, y, z), 15), plane(x, y, z, a, b, c), split(4, mhv) or territory(RPV);"
        " `flr plans` lists them"
    )
