"""Every plan that is tried on a liver, and the numbers that each comes to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from flr.criteria.tumour_rules import ABLATION_MARGIN, ABLATION_SIZE, grade_margin
from flr.errors import PlanError
from flr.frozen import FrozenMapping, Record
from flr.kernels.components import components
from flr.kernels.distance import least_distances_mm
from flr.kernels.subsets import MAX_PARTS, connected_unions, subset_tables
from flr.kernels.zones import Zone
from flr.liver import FUNCTIONAL, Fate, Liver, VolumeTable, measure
from flr.plans import Plan, Wedge, ablation, parse_plan
from flr.plans.plan import HEMILIVERS
from flr.plans.presets import is_recognised
from flr.plansearch.atoms import Atoms, zone_of
from flr.plansearch.model import LISTED, Candidate, Kind, Limits, Rejected, TwoStage
from flr.tumours import Tumour, TumourSet, part_edges

LEAST_CONTACT_MM2: Final = 25.0
"""Two parts that share less boundary are not contiguous: an engineering choice against stray voxels."""

LEAST_SEGMENTS: Final = 2
"""Contiguous segments that have to stay for a plan to lead."""

LEAST_STAYING_SHARE: Final = 0.5
"""Of a segment's voxels; a segment of which cuts leave less does not count among those that stay: an
engineering choice."""

_STAYS: Final = -np.inf
"""Distance of a tumour to a part that holds some of it: while that stays no margin is reached, not even 0."""

_SEGMENTS_OF: Final = {name: segments for segments, name in HEMILIVERS.items()}


@dataclass(frozen=True, eq=False)
class Treatment(Record):
    """One way to treat one tumour where it is."""

    cut: Wedge
    kind: Kind
    margin_mm: float


class Space:
    """What the search knows about a liver: volumes, distances, and which voxels each treatment takes."""

    def __init__(
        self,
        liver: Liver,
        tumours: TumourSet,
        limits: Limits,
        kinds: tuple[Kind, ...],
        neighbours: Sequence[int],
        distances_mm: NDArray[np.float64],
    ) -> None:
        self.liver, self.tumours, self.limits, self.kinds = liver, tumours, limits, kinds
        self.untouched = measure(liver)
        self.neighbours = neighbours
        self.distances_mm = distances_mm
        self.functional_ml = self.untouched.ml[:, FUNCTIONAL, :].sum(axis=(1, 2))
        self.part_voxels = self.untouched.voxels.sum(axis=(1, 2))
        self.present = [int(n) for n in np.flatnonzero(self.part_voxels)]
        self.everything = sum(1 << part for part in self.present)
        _, self.least_mm = subset_tables(self.functional_ml, distances_mm)
        self.needed = sum(
            1 << part
            for part in range(len(liver.part_names))
            if (distances_mm[:, part] < limits.margin_mm).any()
        )
        self.contiguous: list[int] = []
        if liver.is_divided:
            found = connected_unions([near if n in self.present else 0 for n, near in enumerate(neighbours)])
            self.contiguous = [int(u) for u in found if not int(u) & ~self.everything]
        self.plans: dict[int, Plan] = {}
        self.treatments = [self._treatments(tumour) for tumour in tumours]
        self.atoms = Atoms(liver, [(t.cut, tumours) for ways in self.treatments for t in ways])

    @classmethod
    def of(cls, liver: Liver, tumours: TumourSet, limits: Limits, kinds: tuple[Kind, ...]) -> Space:
        """Measure every distance and every treatment once."""
        n_parts = len(liver.part_names)
        if n_parts > MAX_PARTS:
            raise PlanError(
                f"this liver has {n_parts} parts; unions of at most {MAX_PARTS} are searched. Group them"
            )
        edges = part_edges(liver)
        held = np.array(
            [
                np.bincount(liver.parts[t.zone.box][t.zone.inside], minlength=n_parts + 1)[1:] > 0
                for t in tumours
            ]
        )
        distances = least_distances_mm(
            [tumour.surface for tumour in tumours], edges, range(1, n_parts + 1), touching=held
        )
        axes = liver.grid.index_to_world_mm[:3, :3]
        face_mm2 = np.array(
            [np.linalg.norm(np.cross(axes[:, (a + 1) % 3], axes[:, (a + 2) % 3])) for a in range(3)]
        )
        low, high = edges.between
        contact = np.bincount(
            low.astype(np.int64) * (n_parts + 1) + high,
            weights=face_mm2[edges.axis],
            minlength=(n_parts + 1) ** 2,
        ).reshape(n_parts + 1, n_parts + 1)[1:, 1:]
        touching = contact + contact.T >= LEAST_CONTACT_MM2
        neighbours = [
            sum(1 << other for other in range(n_parts) if other != part and touching[part, other])
            for part in range(n_parts)
        ]
        return cls(liver, tumours, limits, kinds, neighbours, np.where(held, _STAYS, distances))

    def _treatments(self, tumour: Tumour) -> tuple[Treatment, ...]:
        ways: list[Treatment] = []
        margins = dict.fromkeys((self.limits.margin_mm, self.limits.wide_margin_mm))
        for margin_mm in margins:
            if "wedge" in self.kinds:
                ways.append(Treatment(_cut(tumour, margin_mm, ablate=False), "wedge", margin_mm))
        if "ablation" in self.kinds and ABLATION_SIZE.holds(tumour.longest_diameter_mm):
            for margin_mm in dict.fromkeys(max(ABLATION_MARGIN.limit, m) for m in margins):
                ways.append(Treatment(_cut(tumour, margin_mm, ablate=True), "ablation", margin_mm))
        return tuple(ways)

    def unions(self) -> list[int]:
        """No part, and every contiguous union of parts that leaves some."""
        return [0, *(union for union in self.contiguous if union != self.everything)]

    def unions_in_two(self) -> list[int]:
        """Unions in two pieces of parts that hold or near a tumour."""
        whole = set(self.contiguous)
        found = []
        for union in range(1, self.needed + 1):
            if not union & ~self.needed and union not in whole and union != self.everything:
                piece = self._piece(union)
                if union & ~piece in whole:
                    found.append(union)
        return found

    def _piece(self, union: int) -> int:
        """The contiguous parts of a union around its first."""
        piece, grown = 0, union & -union
        while piece != grown:
            piece = grown
            for part, near in enumerate(self.neighbours):
                if piece >> part & 1:
                    grown |= near & union
        return piece

    def drafts(self, unions: Sequence[int]) -> tuple[list[Candidate], tuple[Rejected, ...]]:
        """Every plan over these unions that clears the tumours, and every union that does not."""
        limits = self.limits
        drafts: list[Candidate] = []
        failed: list[Rejected] = []
        for union in unions:
            margins = self.least_mm[self.everything & ~union]
            short = np.flatnonzero(margins < limits.margin_mm)
            if union and "anatomical" in self.kinds:
                if short.size:
                    failed.append(Rejected(self._text(union), self._fails(margins, short)))
                else:
                    drafts += self._draft(union, margins, {})
            mixed = not union or ("anatomical" in self.kinds and not union & ~self.needed)
            if mixed and short.size:
                for chosen in self._choices(short):
                    drafts += self._draft(union, margins, chosen)
        return drafts, tuple(failed)

    def _choices(self, short: NDArray[np.intp]) -> list[dict[int, Treatment]]:
        """Ways to treat the tumours that a union does not clear: by margin, and with or without ablation."""
        found: dict[tuple[str, ...], dict[int, Treatment]] = {}
        for aim_mm in dict.fromkeys((self.limits.margin_mm, self.limits.wide_margin_mm)):
            for ablate in (False, True):
                chosen: dict[int, Treatment] = {}
                for row in short:
                    way = self._way(int(row), aim_mm, ablate=ablate)
                    if way is None:
                        break
                    chosen[int(row)] = way
                else:
                    found.setdefault(tuple(way.cut.text for way in chosen.values()), chosen)
        return list(found.values())

    def _way(self, row: int, aim_mm: float, *, ablate: bool) -> Treatment | None:
        """A tumour is ablated when it is small and its wedge would not reach the surface of the liver."""
        tumour = self.tumours.tumours[row]
        ablations = [
            way for way in self.treatments[row] if way.kind == "ablation" and way.margin_mm >= aim_mm
        ]
        wedges = [way for way in self.treatments[row] if way.kind == "wedge" and way.margin_mm == aim_mm]
        is_deep = tumour.depth_mm is not None and tumour.depth_mm > aim_mm
        if ablations and (not wedges or (ablate and is_deep)):
            return ablations[0]
        return wedges[0] if wedges else None

    def _draft(
        self, union: int, margins: NDArray[np.float64], chosen: Mapping[int, Treatment]
    ) -> list[Candidate]:
        """The candidate, or nothing when nothing would stay."""
        table = self._table(union, chosen)
        if not table.remnant_ml > 0.0:
            return []
        names = tuple(self._names(union))
        reached = {
            tumour.name: max(float(margins[row]), chosen[row].margin_mm)
            if row in chosen
            else float(margins[row])
            for row, tumour in enumerate(self.tumours)
        }
        kinds: dict[Kind, None] = {"anatomical": None} if union else {}
        kinds |= dict.fromkeys(way.kind for way in chosen.values())
        plan = self._plan(union, [way.cut for way in chosen.values()])
        share = 100.0 * table.remnant_ml / table.functional_ml
        return [
            Candidate(
                plan=plan,
                parts=names,
                kinds=tuple(kinds),
                table=table,
                margins_mm=FrozenMapping(reached),
                meets_minimum=share > self.limits.minimum_flr_percent,
                on_front=False,
                reason="",
                notes=self._plan_notes(union, table, reached),
            )
        ]

    def _plan(self, union: int, cuts: Sequence[Wedge]) -> Plan:
        if union and union not in self.plans:
            self.plans[union] = parse_plan(self._text(union))
        base = [self.plans[union]] if union else []
        return Plan(
            name=" + ".join([*(plan.name for plan in base), *(cut.title for cut in cuts)]),
            notation=" + ".join([*(plan.notation for plan in base), *(cut.text for cut in cuts)]),
            cuts=(*(cut for plan in base for cut in plan.cuts), *cuts),
        )

    def _table(self, union: int, chosen: Mapping[int, Treatment]) -> VolumeTable:
        resected = [way.cut.text for way in chosen.values() if way.kind == "wedge"]
        ablated = [way.cut.text for way in chosen.values() if way.kind == "ablation"]
        removed = np.array([bool(union >> part & 1) for part in range(len(self.liver.part_names))])
        voxels = self.untouched.voxels.copy()
        by_part = voxels[removed].sum(axis=2)
        voxels[removed] = 0
        voxels[removed, :, Fate.RESECTED] = by_part
        for taken, fate in zip(
            self.atoms.taken(resected, ablated), (Fate.RESECTED, Fate.ABLATED), strict=True
        ):
            outside = taken.reshape(voxels.shape[:2])
            outside[removed] = 0
            voxels[:, :, Fate.KEPT] -= outside
            voxels[:, :, fate] += outside
        ml = np.asarray(voxels * self.liver.grid.voxel_volume_ml)
        return VolumeTable(self.liver.part_names, ml, voxels)

    def reach_mm(self, row: int) -> float:
        """Most by which any union of parts clears a tumour; minus infinity where some of it always stays."""
        unions = [*self.unions()[1:], *self.unions_in_two()]
        return max((float(self.least_mm[self.everything & ~u, row]) for u in unions), default=_STAYS)

    def can_treat(self, row: int, kind: Kind) -> bool:
        """Whether a tumour can be treated where it is in this way, and liver stays."""
        return any(
            way.kind == kind and self._table(0, {row: way}).remnant_ml > 0.0 for way in self.treatments[row]
        )

    def two_stage(self, ranked: Sequence[Candidate]) -> tuple[TwoStage, ...]:
        """Resections whose remnant is too small today: cleared first, resected after growth."""
        found: dict[tuple[object, ...], tuple[TwoStage, tuple[str, ...]]] = {}
        for candidate in ranked:
            if candidate.meets_minimum or "remnant_below_two_segments" in candidate.notes:
                continue
            cuts = [cut for cut in candidate.plan.cuts if isinstance(cut, Wedge)]
            # A first stage that treats every tumour leaves nothing to resect in a second.
            if not candidate.parts or len(cuts) == len(self.tumours):
                continue
            needed_ml = self.limits.minimum_flr_percent / 100.0 * candidate.table.functional_ml
            union = sum(1 << self.liver.part_names.index(name) for name in candidate.parts)
            stage = TwoStage(
                first=" + ".join(cut.text for cut in cuts),
                second=self._text(union),
                flr_ml=candidate.flr_ml,
                flr_percent_of_measured=candidate.flr_percent_of_measured,
                growth_needed_percent=100.0 * (needed_ml / candidate.flr_ml - 1.0),
                least_margin_mm=candidate.least_margin_mm,
            )
            # The same tumours resected or ablated at the same aim are one proposal.
            aim = min(candidate.least_margin_mm, self.limits.wide_margin_mm)
            key = (union, tuple(cut.target for cut in cuts), aim)
            if key not in found or _stage_order(stage) < _stage_order(found[key][0]):
                found[key] = stage, candidate.parts
        kept = [
            stage
            for stage, parts in found.values()
            if not any(
                other.first == stage.first
                and set(fewer) < set(parts)
                and other.least_margin_mm >= min(stage.least_margin_mm, self.limits.wide_margin_mm)
                for other, fewer in found.values()
            )
        ]
        return tuple(sorted(kept, key=_stage_order)[:LISTED])

    def _names(self, union: int) -> list[str]:
        return [name for part, name in enumerate(self.liver.part_names) if union >> part & 1]

    def _text(self, union: int) -> str:
        names = self._names(union)
        segments = [name for name in names if name[0].isdigit()]
        others = [name for name in names if not name[0].isdigit()]
        return " + ".join((["H" + "".join(segments)] if segments else []) + others)

    def _fails(self, margins: NDArray[np.float64], short: NDArray[np.intp]) -> str:
        worst = int(short[np.argmin(margins[short])])
        tumours = self.tumours.tumours
        lies = "it stays" if margins[worst] == _STAYS else f"{margins[worst]:.1f} mm"
        others = f" and {short.size - 1} more" if short.size > 1 else ""
        return f"does not clear {tumours[worst].name} ({lies}, {self.limits.margin_mm:g} mm needed){others}"

    def _plan_notes(self, union: int, table: VolumeTable, margins: Mapping[str, float]) -> tuple[str, ...]:
        notes = []
        pieces = [piece for piece in (self._piece(union), union & ~self._piece(union)) if piece]
        if len(pieces) == 2:
            notes.append("two_resections")
        if not all(is_recognised(self._names(piece)) for piece in pieces):
            notes.append("not_a_recognised_anatomical_resection")
        if self.liver.is_divided and self.segments_together(table) < LEAST_SEGMENTS:
            notes.append("remnant_below_two_segments")
        least = min(margins.values())
        if grade_margin("resected", least, self.tumours.error_mm) == "not_resolvable":
            notes.append("margin_below_voxel_error")
        return tuple(notes)

    def segments_together(self, table: VolumeTable) -> int:
        """Most contiguous segments of which a plan leaves at least half; 4a and 4b count as one."""
        kept = table.voxels[:, :, Fate.KEPT].sum(axis=1)
        stays = sum(1 << n for n in self.present if kept[n] >= LEAST_STAYING_SHARE * self.part_voxels[n])
        best = 0
        while stays:
            piece = self._piece(stays)
            stays &= ~piece
            segments: set[str] = set()
            for name in self._names(piece):
                segments |= _SEGMENTS_OF.get(name, {name.rstrip("ab")})
            best = max(best, len(segments))
        return best

    def is_in_pieces(self, candidate: Candidate) -> bool:
        """Whether what a plan leaves does not hang together, as :func:`flr.plans.remnant_shape` sees it."""
        box = self._box
        parts = self.liver.parts[box]
        stays = parts > 0
        for name in candidate.parts:
            stays &= parts != self.liver.part_index(name)
        for cut in candidate.plan.cuts:
            if isinstance(cut, Wedge):
                _clear(stays, [axis.start for axis in box], zone_of(cut, self.tumours, self.liver))
        return len(components(np.ascontiguousarray(stays.T))) > 1

    @cached_property
    def _box(self) -> tuple[slice, slice, slice]:
        """The box of the liver in its grid."""
        runs = self.liver.runs
        first = [runs.i.min(), runs.j.min(), runs.k.min()]
        stop = [(runs.i + runs.length).max(), runs.j.max() + 1, runs.k.max() + 1]
        i, j, k = (slice(int(a), int(b)) for a, b in zip(first, stop, strict=True))
        return i, j, k


def _stage_order(stage: TwoStage) -> tuple[float, float, int, str, str]:
    return (
        round(stage.growth_needed_percent, 9),
        -stage.least_margin_mm,
        stage.first.count("ablate"),
        stage.second,
        stage.first,
    )


def _clear(mask: NDArray[np.bool_], origin: Sequence[int], zone: Zone) -> None:
    """Unset what a zone holds in a mask whose first voxel is at ``origin``."""
    low = [max(0, s - o) for s, o in zip(zone.start, origin, strict=True)]
    high = [
        max(a, min(n, s - o + m))
        for a, n, s, o, m in zip(low, mask.shape, zone.start, origin, zone.inside.shape, strict=True)
    ]
    here = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    there = tuple(
        slice(a + o - s, b + o - s) for a, b, o, s in zip(low, high, origin, zone.start, strict=True)
    )
    mask[here] &= ~zone.inside[there]


def _cut(tumour: Tumour, margin_mm: float, *, ablate: bool) -> Wedge:
    """The cut around a tumour; a vanished one is known to a plan by its position alone."""
    make = ablation if ablate else Wedge
    if tumour.vanished:
        return make(tumour.centroid_mm, 0.5 * tumour.longest_diameter_mm + margin_mm)
    return make(tumour.name, margin_mm)
