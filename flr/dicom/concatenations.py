"""Segmentations that were stored in several files: a concatenation is one object."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flr.dicom.header import Header
from flr.errors import ReadError
from flr.quality import CHECKS, QualityFinding


@dataclass(frozen=True)
class SegFile:
    """The files of one segmentation, in the order of their frames.

    Parameters
    ----------
    parts : tuple of Header
    """

    parts: tuple[Header, ...]

    @property
    def header(self) -> Header:
        """The first file, which speaks for all."""
        return self.parts[0]

    def findings(self, name: str) -> tuple[QualityFinding, ...]:
        """``seg_in_parts``, a warning where nobody says how many parts there are.

        Raises
        ------
        ReadError
            If a part is missing, is there twice, or belongs to another patient.
        """
        if not self.header.text("ConcatenationUID"):
            return ()
        totals = {total for part in self.parts if (total := part.whole("InConcatenationTotalNumber"))}
        numbers = [part.whole("InConcatenationNumber") for part in self.parts]
        offset = 0
        complete = numbers == list(range(1, len(numbers) + 1)) and totals <= {len(numbers)}
        for part in self.parts:
            if "ConcatenationFrameOffsetNumber" in part.values:
                complete = complete and part.whole("ConcatenationFrameOffsetNumber") == offset
            offset += part.whole("NumberOfFrames", 1)
        if not complete or (len(self.parts) == 1 and not totals):
            of = f" of {max(totals)}" if totals else ""
            shown = ", ".join(str(number) for number in numbers)
            raise ReadError(
                f"{name}: a segmentation that is stored in several files (a concatenation), of which part"
                f" {shown}{of} is here; give all of its files, each once"
            )
        n = len(self.parts)
        message = f"{name} is stored in {n} files, which were read as one"
        if totals:
            return (CHECKS["seg_in_parts"].finding(message, "info"),) if n > 1 else ()
        message += "; they do not say how many there are, so whether one is missing cannot be seen"
        return (CHECKS["seg_in_parts"].finding(message, "warning"),)


def united(headers: Sequence[Header]) -> list[SegFile]:
    """Segmentations by what belongs together: all parts of a concatenation, one file of any other."""
    groups: dict[object, list[Header]] = {}
    for header in headers:
        uid = header.text("ConcatenationUID")
        key: object = (header.patient_key, header.text("SeriesInstanceUID"), uid) if uid else header.path
        groups.setdefault(key, []).append(header)
    return [
        SegFile(tuple(sorted(group, key=lambda part: part.whole("InConcatenationNumber"))))
        for group in groups.values()
    ]
