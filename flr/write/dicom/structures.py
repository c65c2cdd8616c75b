"""What of a planned liver becomes a segment: named, coded, coloured, each with its own mask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from flr import palette
from flr.labels import REMNANT_OF_A_PLAN, RESECTED_OF_A_PLAN, Part, Tissue
from flr.liver import Liver, Mask
from flr.palette import COLOURS
from flr.structures import PART_COLOURS, colour_of, words_of
from flr.write.dicom import codes
from flr.write.dicom.codes import Concept
from flr.write.dicom.texts import ascii_text

_KEPT: Final = (palette.REMNANT, palette.DEVASCULARISED, palette.CONGESTED)


@dataclass(frozen=True, eq=False)
class Structure:
    """One segment.

    Parameters
    ----------
    key : str
        Stable name: ``"liver"``, ``"segment_5"``, ``"flr"``, ``"resected"``, ``"ablated"``, ``"tumour_2"`` …
    label : str
        For people. ``flr`` reads it back to the same meaning.
    category, type : Concept
    region : Concept or None
        Where it lies, for what is no anatomical structure itself.
    colour : str
        ``"#RRGGBB"``.
    make_mask : callable
        The voxels on the liver's grid; made when asked for, so that only one lies in memory at a time.
    of_plan : bool
        Whether another plan would change it.
    description : str
    """

    key: str
    label: str
    category: Concept
    type: Concept
    region: Concept | None
    colour: str
    make_mask: Callable[[], Mask] = field(repr=False)
    of_plan: bool = False
    description: str = ""

    def mask(self) -> Mask:
        """Voxels of this structure, shape of the liver's grid."""
        return self.make_mask()


def structures_of(liver: Liver, classes: NDArray[np.uint8] | None) -> tuple[Structure, ...]:
    """The liver, its parts, its tumours, and what a plan makes of it; only what has voxels.

    Parameters
    ----------
    liver : Liver
    classes : ndarray of uint8, shape liver.grid.shape, optional
        Of :func:`flr.plans.classes.planned_classes`; without it nothing of a plan.

    Notes
    -----
    "Future liver remnant" is functional tissue, so that its volume is the reported one. Read back, it is
    taken for a drawn plan, and so is "Resected". Where that would change a number (tumour stays in the
    remnant, or something is ablated) the label says more and is not taken for one.
    """
    found = [
        Structure(
            "liver",
            words_of("liver"),
            codes.ANATOMICAL_STRUCTURE,
            codes.LIVER,
            None,
            colour_of("liver"),
            lambda: liver.parts > 0,
            description="Whole liver, tumours included",
        )
    ]
    if liver.is_divided:
        counts = np.bincount(liver.parts.ravel(order="K"), minlength=len(liver.part_names) + 1)
        found += [
            _part(liver, name, value) for value, name in enumerate(liver.part_names, start=1) if counts[value]
        ]
    found += _tumours(liver)
    cysts = (liver.parts > 0) & (liver.tissues == Tissue.NONFUNCTIONAL)
    if cysts.any():
        found.append(
            Structure(
                "cyst",
                words_of("cyst"),
                codes.ABNORMAL_STRUCTURE,
                codes.CYST,
                codes.LIVER,
                colour_of("cyst"),
                lambda: (liver.parts > 0) & (liver.tissues == Tissue.NONFUNCTIONAL),
                description="Nonfunctional tissue: cyst, dilated duct or earlier treatment",
            )
        )
    if classes is not None:
        found += _planned(classes)
    return tuple(found)


def _part(liver: Liver, name: str, value: int) -> Structure:
    part = Part(name)
    coded = codes.COUINAUD.get(name)
    label = part_label(name)
    return Structure(
        part.canonical,
        label,
        codes.ANATOMICAL_STRUCTURE,
        coded or codes.TERRITORY,
        None if coded else codes.LIVER,
        PART_COLOURS[(value - 1) % len(PART_COLOURS)],
        lambda: liver.parts == value,
    )


def part_label(name: str) -> str:
    """A part's name for people, which is read back to the same part.

    >>> part_label("4a"), part_label("8"), part_label("right_hemiliver")
    ('Liver segment IVa', 'Liver segment VIII', 'Right hemiliver')
    """
    return ascii_text(words_of(Part(name).canonical))


def _tumours(liver: Liver) -> list[Structure]:
    tumour = (liver.parts > 0) & (liver.tissues == Tissue.TUMOUR)
    if not tumour.any() or liver.tumours is None:
        return []
    numbers = np.unique(liver.tumours[tumour])
    return [_tumour(liver, int(number)) for number in numbers]


def _tumour(liver: Liver, number: int) -> Structure:
    name = f"tumour_{number}"

    def mask() -> Mask:
        inside = (liver.parts > 0) & (liver.tissues == Tissue.TUMOUR)
        return np.asarray(inside & (liver.tumours == number))

    return Structure(
        name,
        words_of(name),
        codes.ABNORMAL_STRUCTURE,
        codes.NEOPLASM,
        codes.LIVER,
        colour_of("tumour"),
        mask,
    )


def _planned(classes: NDArray[np.uint8]) -> list[Structure]:
    counts = np.bincount(classes.ravel(order="K"), minlength=max(palette.CLASS_NAMES) + 1)
    ablates = bool(counts[palette.ABLATED] + counts[palette.ABLATED_TUMOUR])
    mixed = bool(counts[palette.REMNANT_TUMOUR] + counts[palette.NONFUNCTIONAL])
    rows = (
        (
            "flr",
            REMNANT_OF_A_PLAN if mixed else words_of("flr"),
            codes.REMNANT,
            _KEPT,
            "Functional tissue that stays; tumour and cysts are not in it",
        ),
        (
            "resected",
            RESECTED_OF_A_PLAN if ablates else words_of("resected"),
            codes.RESECTED,
            (palette.RESECTED, palette.RESECTED_TUMOUR),
            "All tissue that leaves, tumours included",
        ),
        (
            "ablated",
            "Ablation zone",
            codes.ABLATED,
            (palette.ABLATED, palette.ABLATED_TUMOUR),
            "All tissue that is destroyed in place",
        ),
    )
    return [
        Structure(
            key,
            label,
            codes.ANATOMICAL_STRUCTURE,
            concept,
            codes.LIVER,
            COLOURS[values[0]],
            lambda values=values: np.isin(classes, values),  # type: ignore[misc]  # the default binds the row
            of_plan=True,
            description=description,
        )
        for key, label, concept, values, description in rows
        if sum(int(counts[value]) for value in values)
    ]
