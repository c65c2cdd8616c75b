"""Single slices of image files, those of enhanced multi-frame images included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from flr.dicom.header import Header, quietly
from flr.dicom.opened import malformed, read_dataset
from flr.dicom.pixels import PixelPlace
from flr.errors import ReadError

# In order: the first of these that tells images at one position apart names the acquisitions.
TELLERS: Final = (
    ("acquisition", "AcquisitionNumber"),
    ("time point", "TemporalPositionIdentifier"),
    ("echo", "EchoNumbers"),
    ("echo time", "EchoTime"),
    ("image type", "ImageType"),
    ("b-value", "DiffusionBValue"),
    ("trigger", "TriggerTime"),
    ("acquisition time", "AcquisitionTime"),
    ("acquisition time", "AcquisitionDateTime"),
    ("content time", "ContentTime"),
    ("folder", "Folder"),
)
# Every slice may have its own value of these: not the values but their order tells acquisitions apart.
ORDERED: Final = (
    ("instance number", "InstanceNumber"),
    ("acquisition time", "AcquisitionTime"),
    ("acquisition time", "AcquisitionDateTime"),
    ("content time", "ContentTime"),
    ("trigger", "TriggerTime"),
)
CLOCKS: Final = frozenset(keyword for _, keyword in ORDERED)
"""What may differ between slices of one acquisition too."""


@dataclass(frozen=True, slots=True)
class Slice2D:
    """One slice before it is sorted: where it lies, what it belongs to, where its pixels are."""

    pixels: PixelPlace
    position_mm: tuple[float, ...]
    orientation: tuple[float, ...]
    spacing_mm: tuple[float, ...]
    thickness_mm: float = 0.0
    told: Mapping[str, str] = field(default_factory=dict, repr=False)


def series_name(header: Header) -> str:
    """Modality and number; nothing that identifies the patient."""
    number = header.text("SeriesNumber")
    modality = header.text("Modality")[:16] or "image"
    return (
        f"{modality} series {int(number)}" if number.isascii() and number.isdigit() else f"{modality} series"
    )


def slices_of(header: Header) -> list[Slice2D]:
    """The slices of one image file.

    Raises
    ------
    ReadError
        If a multi-frame image does not say where its frames lie.
    """
    if header.whole("NumberOfFrames", 1) > 1 or len(header.numbers("ImagePositionPatient")) != 3:
        return _enhanced_slices(header)
    told = {keyword: header.text(keyword) for _, keyword in (*TELLERS, *ORDERED) if keyword in header.values}
    told["Folder"] = str(header.path.parent)
    return [
        Slice2D(
            PixelPlace(
                header,
                0,
                _first(header.numbers("RescaleSlope"), 1.0),
                _first(header.numbers("RescaleIntercept"), 0.0),
            ),
            header.numbers("ImagePositionPatient"),
            header.numbers("ImageOrientationPatient"),
            header.numbers("PixelSpacing"),
            _first(header.numbers("SliceThickness"), 0.0),
            told,
        )
    ]


def _first(values: tuple[float, ...], default: float) -> float:
    return values[0] if values and np.isfinite(values[0]) else default


def _enhanced_slices(header: Header) -> list[Slice2D]:
    """The frames of an enhanced multi-frame image, from its functional groups."""
    with quietly():
        try:
            content = read_dataset(header.path, stop_before_pixels=True)
            shared = content.SharedFunctionalGroupsSequence[0]
            slices = []
            for number, own in enumerate(content.PerFrameFunctionalGroupsSequence):
                measures = _group(own, shared, "PixelMeasuresSequence")
                value = _group(own, shared, "PixelValueTransformationSequence", required=False)
                slices.append(
                    Slice2D(
                        PixelPlace(
                            header,
                            number,
                            float(value.get("RescaleSlope", 1.0)),
                            float(value.get("RescaleIntercept", 0.0)),
                        ),
                        _floats(_group(own, shared, "PlanePositionSequence").ImagePositionPatient),
                        _floats(_group(own, shared, "PlaneOrientationSequence").ImageOrientationPatient),
                        _floats(measures.PixelSpacing),
                        float(measures.get("SliceThickness", 0.0) or 0.0),
                        {
                            **_told_of(own, shared),
                            "InstanceNumber": str(number + 1),
                            "Folder": str(header.path.parent),
                        },
                    )
                )
        except malformed() as error:
            raise ReadError(
                f"{series_name(header)}: a multi-frame image without a position for each frame"
                f" ({type(error).__name__}); expected an enhanced CT or MR"
            ) from error
    return slices


def _group(own: Any, shared: Any, keyword: str, *, required: bool = True) -> Any:
    for place in (own, shared):
        items = place.get(keyword)
        if items:
            return items[0]
    if required:
        raise KeyError(keyword)
    return {}


def _told_of(own: Any, shared: Any) -> dict[str, str]:
    content = _group(own, shared, "FrameContentSequence", required=False)
    echo = _group(own, shared, "MREchoSequence", required=False)
    diffusion = _group(own, shared, "MRDiffusionSequence", required=False)
    kind: Any = next(
        (
            _group(own, shared, keyword)
            for keyword in ("MRImageFrameTypeSequence", "CTImageFrameTypeSequence")
            if own.get(keyword) or shared.get(keyword)
        ),
        {},
    )
    converted = _group(own, shared, "UnassignedPerFrameConvertedAttributesSequence", required=False)
    found = {
        "AcquisitionNumber": content.get("FrameAcquisitionNumber", converted.get("AcquisitionNumber")),
        "TemporalPositionIdentifier": content.get("TemporalPositionIndex"),
        "EchoTime": echo.get("EffectiveEchoTime"),
        "ImageType": kind.get("FrameType"),
        "DiffusionBValue": diffusion.get("DiffusionBValue"),
        "AcquisitionDateTime": content.get("FrameAcquisitionDateTime"),
    }
    return {keyword: str(value) for keyword, value in found.items() if value is not None}


def _floats(values: Any) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
