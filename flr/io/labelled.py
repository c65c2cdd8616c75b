"""What some inputs hold: label maps with the meaning of their values, and DICOM images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flr.io.source import LabelCounts, Survey
from flr.labels import LabelScheme
from flr.patient import PatientFacts
from flr.quality import QualityFinding
from flr.stream import LabelSource
from flr.structures import Role

if TYPE_CHECKING:
    from flr.dicom import Series

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
    quality : tuple of QualityFinding
        What was noticed about the names.
    named : frozenset of int
        Values whose meaning comes from names that the file gives them.
    survey : Survey or None
        Where its labels lie, if that was looked at already.
    """

    source: LabelSource
    counts: LabelCounts
    mapping: Mapping[int, str]
    role: Role | None = None
    scheme: LabelScheme | None = None
    candidates: tuple[str, ...] = ()
    reason: str = ""
    quality: tuple[QualityFinding, ...] = field(default=())
    named: frozenset[int] = frozenset()
    survey: Survey | None = None

    @property
    def is_understood(self) -> bool:
        """Whether the meaning of the values is known, not merely their number."""
        return self.role is not None or self.scheme is not None or not self.mapping

    @property
    def segmentation_source(self) -> str | None:
        """The program that wrote the labels, where the file or the scheme tells; None when it is not known.

        Plain words (``liver``) are those of people as well: where a file says that a person drew them, it is
        believed; names as only programs write them (``liver_segment_5``) speak for the program.
        """
        name = self.scheme.name if self.scheme else ""
        program = next((known for prefix, known in _AUTOMATIC.items() if name.startswith(prefix)), None)
        # Only a source from DICOM says who made it.
        if getattr(self.source, "is_drawn_by_hand", False):
            return program if any("_" in own for own in self.source.names.values()) else None
        return program or getattr(self.source, "made_by", "") or None


@dataclass(frozen=True)
class Found:
    """Everything that some inputs hold.

    Parameters
    ----------
    labelled : tuple of Labelled
        Label maps, and what their values mean.
    series : tuple of Series
        DICOM images; those of the image option too.
    header_facts : PatientFacts
    quality : tuple of QualityFinding
        About files; what concerns one label map or series stands there.
    """

    labelled: tuple[Labelled, ...]
    series: tuple[Series, ...] = ()
    header_facts: PatientFacts = field(default_factory=PatientFacts)
    quality: tuple[QualityFinding, ...] = ()
