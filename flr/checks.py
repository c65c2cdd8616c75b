"""Checks of maps and livers: what may be wrong with the input, said with its numbers.

Every function takes numbers or arrays and returns quality findings; none raises for a strange liver.
`CHECKS` lists every check of the package, those of the reading side and of the patient included.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from flr.kernels.components import components, holes
from flr.labels import COUINAUD_KEYS
from flr.quality import QualityFinding, Severity
from flr.quality import truncation_findings as truncation_findings  # the liver's own module needs it too

Point = tuple[float, float, float]
"""World position in RAS+ mm: x to the patient's right, y to the front, z to the head."""


@dataclass(frozen=True, slots=True)
class CheckInfo:
    """What a check means, for people.

    Parameters
    ----------
    severities : tuple of {"info", "warning", "error"}
        Those that the check can have, mildest first.
    meaning : str
        What was noticed.
    advice : str
        What to do about it.
    blocks_grading : bool
        Whether its ``error`` makes the volumes themselves unbelievable: such a case is graded in neither
        direction, with no reassurance and no prompt for treatment.
    """

    severities: tuple[Severity, ...]
    meaning: str
    advice: str
    blocks_grading: bool = False


_I: Final[tuple[Severity, ...]] = ("info",)
_W: Final[tuple[Severity, ...]] = ("warning",)
_E: Final[tuple[Severity, ...]] = ("error",)
_IW: Final[tuple[Severity, ...]] = ("info", "warning")
_WE: Final[tuple[Severity, ...]] = ("warning", "error")

CHECKS: Final[Mapping[str, CheckInfo]] = MappingProxyType(
    {
        # the file
        "qform_sform_disagree": CheckInfo(
            _WE,
            "The two geometries in a NIfTI header differ; the sform was used. A pure shift, which changes no "
            "volume, is a warning.",
            "Export the file again, or compare the voxel size with the scan's.",
            blocks_grading=True,
        ),
        "header_1mm_on_512": CheckInfo(
            _E,
            "The header says 1×1×1 mm on a 512×512 matrix, which scanners do not make: the true voxel size "
            "was lost, so every mL is wrong.",
            "Take the voxel size from the original scan and export again.",
            blocks_grading=True,
        ),
        "no_orientation": CheckInfo(
            _W,
            "The file does not say how its voxels lie in the patient; left and right are a guess.",
            "Export with an orientation, and look at the pictures before relying on sides.",
        ),
        "slice_thick": CheckInfo(
            _W,
            "Slices are more than 5 mm apart (said more strongly from 10 mm): volumes of small parts are "
            "uncertain (Hori 2011, PMC3226887).",
            "Use a thinner reconstruction where there is one.",
        ),
        "names_unreadable": CheckInfo(
            _W,
            "The file carries label names that cannot be read; its labels stay numbers.",
            "Name the labels with --scheme or --labels.",
        ),
        "names_ambiguous": CheckInfo(
            _W,
            "Several tables beside the file name its labels differently; none was used.",
            "Keep one table, or name the labels with --scheme or --labels.",
        ),
        "names_from_sidecar": CheckInfo(
            _I,
            "The label names come from a table beside the file.",
            "Check that the table belongs to the file.",
        ),
        "not_a_label_map": CheckInfo(
            _I,
            "A file among the inputs holds no label map (an image, perhaps) and was left out.",
            "Give an image with --image.",
        ),
        "image_resampled": CheckInfo(
            _I,
            "The image lies on another grid than the labels and was resampled for pictures; no "
            "number uses it.",
            "Nothing, unless the pictures look displaced.",
        ),
        # DICOM
        "files_skipped": CheckInfo(
            _IW,
            "Files in a folder were left out: not DICOM, cut short (then a warning), copies, or of another "
            "kind.",
            "Nothing, unless the number is a surprise: cut files mean that a copy or download was "
            "incomplete.",
        ),
        "series_uid_unreliable": CheckInfo(
            _IW,
            "Images carry no series UID, or (a warning) each one of its own; they were sorted by number, "
            "frame of reference and position.",
            "Check the number of slices with flr inspect.",
        ),
        "series_split": CheckInfo(
            _I,
            "One series holds stacks of different orientation or matrix; they were read one by one.",
            "Nothing; flr inspect lists them.",
        ),
        "acquisitions_split": CheckInfo(
            _I,
            "One series holds several acquisitions of the same region; they were read one by one.",
            "Nothing; flr inspect lists them.",
        ),
        "series_refused": CheckInfo(
            _W,
            "Some images cannot become a volume, for the reason that is said; the others were read.",
            "Nothing, unless those images are wanted.",
        ),
        "gantry_tilt": CheckInfo(
            _I,
            "The slices are tilted against the direction of the table; volumes use the true distance "
            "between slices.",
            "Nothing. Programs that ignore the tilt give larger volumes.",
        ),
        "missing_slices": CheckInfo(
            _W,
            "Slices are missing from a regular series; the neighbours stand for them.",
            "Look where the gap lies, and send the series again.",
        ),
        "uneven_slices": CheckInfo(
            _W,
            "Slices are unevenly spaced; each counts with its own thickness, and distances are not measured.",
            "Use an evenly spaced reconstruction where there is one.",
        ),
        "slices_uneven_in_liver": CheckInfo(
            _WE,
            "Missing or uneven slices lie inside the liver, so its volume is interpolated there. An error "
            "when a slice stands for more than 10 mm; refused with --strict.",
            "Send the series again, or use an evenly spaced reconstruction.",
            blocks_grading=True,
        ),
        "duplicate_slices": CheckInfo(
            _I,
            "Slices that are there twice were counted once.",
            "Nothing.",
        ),
        "single_slice": CheckInfo(
            _E,
            "A stack of one slice: its volume rests on a stated or assumed thickness.",
            "Give the whole series or segmentation.",
            blocks_grading=True,
        ),
        "image_not_used": CheckInfo(
            _I,
            "The images lie on another grid than the labels and were left out of pictures and of the scan's "
            "extent.",
            "Name them with --image to have pictures.",
        ),
        "referenced_series_absent": CheckInfo(
            _I,
            "The images that a segmentation was drawn on are not among the inputs.",
            "Give them too: gaps, the scan's extent and pictures come from them.",
        ),
        "frame_of_reference_differs": CheckInfo(
            _W,
            "A segmentation names its images but another frame of reference; positions decided.",
            "Look at the pictures: the outline must lie on the liver.",
        ),
        "scan_extent_unknown": CheckInfo(
            _W,
            "Only slices with labels are stored and the images are not at hand, so a liver that is cut off "
            "by the scan would not be noticed.",
            "Give the images too.",
        ),
        "seg_off_series": CheckInfo(
            _I,
            "A segmentation lies on another grid than the images and was read on its own planes.",
            "Nothing, unless it should lie on them.",
        ),
        "seg_gap": CheckInfo(
            _WE,
            "A structure is not drawn on slices in the middle of it. An error when more than 0.5 % of it is "
            "missing.",
            "Complete the segmentation, or export all of its frames.",
            blocks_grading=True,
        ),
        "seg_frames_repeated": CheckInfo(
            _W,
            "A segmentation has several frames of one segment on one plane; they were united.",
            "Check the program that wrote it.",
        ),
        "segment_empty": CheckInfo(
            _I,
            "A segment or region has a name but nothing is drawn.",
            "Nothing, unless it should be drawn.",
        ),
        "structure_repeated": CheckInfo(
            _W,
            "Several inputs draw the same structure; they were united.",
            "Give one of them, or say with --labels what the other is.",
        ),
        "named_by_code": CheckInfo(
            _I,
            "A segment was named by its coded anatomy, because its label says nothing.",
            "Check the names.",
        ),
        "label_against_code": CheckInfo(
            _W,
            "A segment has the code of the whole liver and a label that says otherwise; it was not taken "
            "for the liver.",
            "Say what it is with --labels.",
        ),
        "fractional_occupancy": CheckInfo(
            _I,
            "The segmentation holds occupied fractions: flr volumes sums them, an assessment takes voxels "
            "from 0.5 on. Both volumes are given.",
            "Read both where they differ.",
        ),
        "fractional_probability": CheckInfo(
            _W,
            "The segmentation holds probabilities, which are no volumes: voxels from 0.5 on were taken.",
            "Prefer a binary segmentation.",
        ),
        "contours_left_out": CheckInfo(
            _IW,
            "A region has points, or open or bent contours, and encloses nothing; it was left out by name.",
            "Export it as closed contours on the slices, if it is wanted.",
        ),
        "contours_repeated": CheckInfo(
            _W,
            "A contour is drawn twice; it counted once.",
            "Check the program that wrote it.",
        ),
        "contours_overlap": CheckInfo(
            _W,
            "Contours of one region cross; what lies in two of them counts as a hole.",
            "Correct the contours.",
        ),
        "contours_off_slices": CheckInfo(
            _W,
            "Contours lie between the slices of the images; they got planes of their own.",
            "Check that the images are those that were contoured.",
        ),
        "contours_outside_images": CheckInfo(
            _W,
            "A region reaches beyond the images; that part is not counted.",
            "Check that the images are those that were contoured.",
        ),
        "planimetry_disagrees": CheckInfo(
            _W,
            "Pixels and contours give volumes more than 5 % apart.",
            "Look at the structure: it is small, thin, or oddly drawn.",
        ),
        # the liver in the scan
        "liver_truncated": CheckInfo(
            _E,
            "The liver reaches the border of the scan: it may be cut off, so every mL is a lower bound and "
            "percentages are not graded.",
            "Use a scan that holds the whole liver. If the map was only cropped tightly around it, say so "
            "with --accept liver_truncated.",
            blocks_grading=True,
        ),
        "mirrored_anatomy": CheckInfo(
            _WE,
            "The parts lie mirrored or turned (left and right, head and foot, or front and back): the "
            "orientation in the header is wrong. A warning after treatment and in situs inversus.",
            "Correct the orientation; in situs inversus or after hepatectomy give --prior.",
        ),
        "shifted_labels": CheckInfo(
            _WE,
            "The parts do not lie as Couinaud segments do: the labels were probably read with another scheme "
            "(4a and 4b shift 5–8 by one). A warning after treatment, and where only relations fail that an "
            "odd liver may break.",
            "Choose the right --scheme.",
        ),
        "segment_share_implausible": CheckInfo(
            _W,
            "A segment holds less than 1 % or more than 45 % of the liver, segment 8 is outside 8–42 %, or "
            "the right liver outside 45–85 %.",
            "Look at the segments; rare but real shares exist, so this alone blocks nothing.",
        ),
        "total_implausible": CheckInfo(
            _E,
            "The liver measures less than 400 or more than 5000 mL: a lost voxel size, a wrong label or "
            "half a liver is far likelier than such an adult liver.",
            "Check voxel size and labels; accept a real one with --accept total_implausible.",
            blocks_grading=True,
        ),
        "islands": CheckInfo(
            _IW,
            "The liver mask has separate pieces. A warning from 0.5 % of the liver.",
            "Remove specks, or check that no other organ carries the label.",
        ),
        "holes": CheckInfo(
            _IW,
            "The liver mask has enclosed holes. A warning from 0.5 % of the liver.",
            "Check whether tumours or vessels were cut out of the mask; give them as their own maps.",
        ),
        # maps against each other
        "segments_do_not_sum": CheckInfo(
            _W,
            "The segments together are outside 98–102 % of the liver mask.",
            "Check that both maps are of the same scan.",
        ),
        "liver_outside_segments": CheckInfo(
            _WE,
            "Liver or tumour lies outside every segment and was given to the nearest one; an error above 2 % "
            "of the liver.",
            "Complete the segments.",
        ),
        "tumour_outside_liver": CheckInfo(
            _W,
            "Tumour that touches neither liver nor segment is not counted.",
            "Check whether it is a liver tumour and whether the maps are of the same scan.",
        ),
        "nonfunctional_outside_liver": CheckInfo(
            _IW,
            "A cyst or treated site that does not touch the liver, or bile duct outside it, is not counted.",
            "Check whether it is of this liver and whether the maps are of the same scan.",
        ),
        "nonfunctional_joined": CheckInfo(
            _I,
            "Cyst, treated site or bile duct at the liver, but in no liver mask, was counted to the total and"
            " to nonfunctional tissue. Functional volumes do not change.",
            "Check that it is part of the liver.",
        ),
        "gallbladder_in_liver": CheckInfo(
            _W,
            "Gallbladder lay inside the liver or its segments and was taken out.",
            "Correct the liver mask.",
        ),
        "ivc_in_liver": CheckInfo(
            _W,
            "Inferior vena cava lay inside the liver or its segments and was taken out.",
            "Correct the liver mask.",
        ),
        "lesion_type_unknown": CheckInfo(
            _I,
            "A label called lesion is counted as tumour: nothing says that it is benign.",
            "Give a benign lesion as cyst with --labels.",
        ),
        "tumour_fraction_high": CheckInfo(
            _W,
            "Tumour and other non-functional tissue are more than half of the liver.",
            "Check that tumour and liver were not exchanged.",
        ),
        "overlap_resolved": CheckInfo(
            _W,
            "Segments overlapped; each shared voxel was given to the first of them.",
            "Correct the overlap where those segments matter.",
        ),
        # the vessels
        "vessels_not_used": CheckInfo(
            _W,
            "Vessels are given, but a tree could not be used, so inflow or outflow of the remnant is not "
            "assessed.",
            "Give portal and hepatic veins as separate masks, with the portal trunk and the vena cava.",
        ),
        "vessel_gap_closed": CheckInfo(
            _I,
            "Pieces of a vessel up to 5 mm apart were joined.",
            "Look at the pictures where a branch seems to hang on the wrong vessel.",
        ),
        "vessel_fragments": CheckInfo(
            _IW,
            "Pieces of a vessel hang on nothing and serve no tissue. A warning above 5 % of the tree.",
            "Complete the vessel mask.",
        ),
        "vessels_interpreted": CheckInfo(
            _I,
            "Something about the vessels was inferred: the vena cava inside a mask of hepatic veins, or "
            "which branch is which.",
            "Label the branches, or give the vena cava as its own mask.",
        ),
        "vessels_sparse": CheckInfo(
            _W,
            "More than 5 % of the liver lies more than 40 mm from the nearest branch: territories are "
            "coarse.",
            "Draw the tree further out.",
        ),
        "segments_estimated": CheckInfo(
            _W,
            "No segment was drawn; parts were estimated from vessels or landmarks, so no flag is reassuring.",
            "Give a segment map.",
        ),
        # the patient
        "total_changed_between_scans": CheckInfo(
            _E,
            "Two scans of one case measure livers more than 30 % apart without a resection between them: of "
            "another patient, or one cut off or mis-scaled. From twice the volume on they are refused.",
            "Check that both scans are of one patient and hold the whole liver.",
            blocks_grading=True,
        ),
        "header_facts_used": CheckInfo(
            _I,
            "Weight, height, age or sex were not given and are taken from the header of the images.",
            "Check them: weights in headers are often estimates.",
        ),
        "header_facts_disagree": CheckInfo(
            _W,
            "The header contradicts what was given (which is used), or headers contradict one another (then "
            "neither is used).",
            "Check that the images are of this patient.",
        ),
        "header_fact_implausible": CheckInfo(
            _IW,
            "The header gives a weight, height or age that cannot be true, and it is not used; or (info) a "
            "height in cm where metres are due.",
            "Give the value.",
        ),
        "body_size_out_of_range": CheckInfo(
            _W,
            "Weight or height is outside 30–200 kg or 130–215 cm, the range of the adult formulas.",
            "Check value and unit.",
        ),
        "bmi_high": CheckInfo(
            _W,
            "The body mass index is 35 kg/m² or more; formulas from body size extrapolate.",
            "Read the measured percentages beside the standardised ones.",
        ),
    }
)
"""Every check by its key. ``docs/quality.md`` is this table."""

_TOTAL_ML: Final = (400.0, 5000.0)
_SEGMENT_PERCENT: Final = (1.0, 45.0)
_SEGMENT_8_PERCENT: Final = (8.0, 42.0)
_RIGHT_LIVER_PERCENT: Final = (45.0, 85.0)
_SUM_PERCENT: Final = (98.0, 102.0)
_NOTABLE_PERCENT: Final = 0.5
_TUMOUR_PERCENT: Final = 50.0
_SAME_THICKNESS_MM: Final = 0.05
_MOST_INTERPOLATED_MM: Final = 10.0

_WHOLE_WITH_4: Final = frozenset("12345678")
_WHOLE_WITH_4AB: Final = frozenset(("4a", "4b", *"1235678"))


def blocks_grading(finding: QualityFinding) -> bool:
    """Whether a finding makes the volumes unbelievable, so that nothing is graded on them.

    >>> [blocks_grading(found) for found in total_findings(2.0)]
    [True]
    """
    return finding.severity == "error" and CHECKS[finding.check].blocks_grading


def total_findings(total_ml: float, *, nonfunctional_ml: float = 0.0) -> tuple[QualityFinding, ...]:
    """``total_implausible`` when a liver is smaller than 400 or larger than 5000 mL.

    Cysts and other nonfunctional tissue make a liver larger, but no piece of a liver a whole one: it has to
    reach 400 mL without them. [mL]

    >>> [f.check for f in total_findings(151.2)], total_findings(1500.0)
    (['total_implausible'], ())
    """
    solid_ml = total_ml - nonfunctional_ml
    if total_ml <= _TOTAL_ML[1] and solid_ml >= _TOTAL_ML[0]:
        return ()
    if nonfunctional_ml > 0.0 and _TOTAL_ML[0] <= total_ml <= _TOTAL_ML[1]:
        return (
            QualityFinding(
                "total_implausible",
                "error",
                f"the liver measures {solid_ml:.0f} mL without {nonfunctional_ml:.0f} mL of nonfunctional"
                " tissue; adult livers lie between 400 and 5000 mL: check voxel size and labels",
            ),
        )
    return (
        QualityFinding(
            "total_implausible",
            "error",
            f"the liver measures {total_ml:.0f} mL; adult livers lie between 400 and 5000 mL: "
            "check voxel size and labels",
        ),
    )


def tumour_fraction_findings(nonfunctional_ml: float, total_ml: float) -> tuple[QualityFinding, ...]:
    """``tumour_fraction_high`` when tumour and other non-functional tissue exceed half of the liver.

    Parameters
    ----------
    nonfunctional_ml : float
        Tumour plus other non-functional tissue (TV). [mL]
    total_ml : float
        Whole liver. [mL]
    """
    if not (total_ml > 0 and 100.0 * nonfunctional_ml / total_ml > _TUMOUR_PERCENT):
        return ()
    return (
        QualityFinding(
            "tumour_fraction_high",
            "warning",
            f"{nonfunctional_ml:.0f} of {total_ml:.0f} mL ({100.0 * nonfunctional_ml / total_ml:.1f} %) are "
            "tumour or other non-functional tissue; check that the labels were not exchanged",
        ),
    )


def segment_sum_findings(segments_ml: float, liver_ml: float) -> tuple[QualityFinding, ...]:
    """``segments_do_not_sum`` when drawn segments are outside 98–102 % of a drawn liver mask. [mL]"""
    if not liver_ml > 0:
        return ()
    share = 100.0 * segments_ml / liver_ml
    if _SUM_PERCENT[0] <= share <= _SUM_PERCENT[1]:
        return ()
    return (
        QualityFinding(
            "segments_do_not_sum",
            "warning",
            f"the segments hold {segments_ml:.1f} mL, {share:.1f} % of the liver mask's {liver_ml:.1f} mL; "
            "expected 98–102 %",
        ),
    )


def structure_findings(mask: NDArray[np.bool_], voxel_volume_ml: float) -> tuple[QualityFinding, ...]:
    """``islands`` and ``holes`` of a liver mask, with their mL.

    Pieces are counted apart when they do not even share a corner; a hole is background that no path of
    shared faces connects with the outside.

    Parameters
    ----------
    mask : ndarray of bool, shape (i, j, k)
        The whole liver, cropped or not.
    voxel_volume_ml : float
        Volume of a voxel. [mL]
    """
    if not mask.any():
        return ()
    # Transposed, a Fortran-ordered mask is C-ordered, which the kernels walk faster; pieces stay the same.
    ordered = mask.T if mask.flags.f_contiguous else mask
    sizes = components(ordered, neighbours=26).voxels
    enclosed = holes(ordered, neighbours=26).voxels
    total = int(sizes.sum())
    findings = []
    for check, n, voxels, words in (
        ("islands", sizes.size - 1, total - int(sizes.max()), "separate from the main piece of the liver"),
        ("holes", enclosed.size, int(enclosed.sum()), "enclosed by the liver mask and not counted"),
    ):
        if n:
            share = 100.0 * voxels / total
            findings.append(
                QualityFinding(
                    check,
                    "warning" if share >= _NOTABLE_PERCENT else "info",
                    f"{n} {check if n > 1 else check[:-1]}, {voxels * voxel_volume_ml:.2f} mL "
                    f"({share:.2f} % of the liver), {words}",
                )
            )
    return tuple(findings)


def slice_weight_findings(
    slice_weights_mm: NDArray[np.float64] | None, first: int, stop: int
) -> tuple[QualityFinding, ...]:
    """``slices_uneven_in_liver`` when slices that hold liver stand for different thicknesses.

    Parameters
    ----------
    slice_weights_mm : ndarray, shape (slices,), or None
        Thickness that each slice stands for; None where all are even. [mm]
    first, stop : int
        Half-open range of the slices that hold liver.
    """
    if slice_weights_mm is None:
        return ()
    inside = slice_weights_mm[first:stop]
    thinnest, thickest = float(inside.min()), float(inside.max())
    if thickest - thinnest <= _SAME_THICKNESS_MM:
        return ()
    return (
        QualityFinding(
            "slices_uneven_in_liver",
            "error" if thickest > _MOST_INTERPOLATED_MM else "warning",
            f"slices that hold liver stand for {thinnest:.4g} to {thickest:.4g} mm each: its volume is"
            " interpolated where slices are missing or uneven, and distances cannot be measured",
        ),
    )


def refused_by_strict(quality: Collection[QualityFinding]) -> tuple[str, ...]:
    """What a strict reading refuses, in words: every error, and slices that are uneven inside the liver."""
    return tuple(
        f"{finding.check}: {finding.message}"
        for finding in quality
        if finding.severity == "error" or finding.check == "slices_uneven_in_liver"
    )


def share_findings(volumes_ml: Mapping[str, float]) -> tuple[QualityFinding, ...]:
    """``segment_share_implausible`` for parts outside the published shares; judged only on whole sets.

    Parameters
    ----------
    volumes_ml : mapping of str to float
        Volume by part key (``"1"`` … ``"8"``, ``"4a"``, ``"4b"``). [mL]

    References
    ----------
    .. [1] Mise Y et al., HPB 2014, 16, 491–494, DOI 10.1111/hpb.12157 (segment 8: 11.1–38.0 %).
    .. [2] Abdalla EK et al., Surgery 2004, 135, 404–410, DOI 10.1016/j.surg.2003.08.024 (right liver
       65 ± 7 %).
    """
    present = {key: ml for key, ml in volumes_ml.items() if ml > 0}
    if present.keys() not in (_WHOLE_WITH_4, _WHOLE_WITH_4AB):
        return ()
    total_ml = sum(present.values())
    shares = {f"segment {key}": 100.0 * ml / total_ml for key, ml in present.items()}
    limits = dict.fromkeys(shares, _SEGMENT_PERCENT) | {"segment 8": _SEGMENT_8_PERCENT}
    shares["the right liver"] = sum(shares[f"segment {key}"] for key in "5678")
    limits["the right liver"] = _RIGHT_LIVER_PERCENT
    strange = [
        f"{name} holds {share:.1f} % (expected {limits[name][0]:.0f}–{limits[name][1]:.0f} %)"
        for name, share in shares.items()
        if not limits[name][0] <= share <= limits[name][1]
    ]
    if not strange:
        return ()
    return (QualityFinding("segment_share_implausible", "warning", f"{'; '.join(strange)} of the liver"),)


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
    *((right, middle) for right in "567" for middle in _FOURS),
    ("right_hemiliver", "left_hemiliver"),
    ("liver", "spleen"),
)
_IN_FRONT: Final = tuple((front, back) for front in "58" for back in "67")
_ABOVE: Final = tuple((upper, lower) for upper in "78" for lower in "56")

# Those that no liver without earlier surgery breaks. The others may fail in an odd liver: they count as an
# error only when a flip or a shift explains what was found.
_NEVER_BROKEN: Final = frozenset(
    {
        *((right, left, 0) for right in "67" for left in "23"),
        *((upper, lower, 2) for upper, lower in _ABOVE),
        ("right_hemiliver", "left_hemiliver", 0),
        ("liver", "spleen", 0),
    }
)

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


def anatomy_findings(
    volumes_ml: Mapping[str, float], centroids_mm: Mapping[str, Point], *, prior: bool = False
) -> tuple[QualityFinding, ...]:
    """Whether the parts lie where they belong: ``mirrored_anatomy`` and ``shifted_labels``.

    Segments V–VIII must lie right of II/III, V–VII right of IV, IV right of II/III, VII/VIII above V/VI and
    V/VIII in front of VI/VII; the right hemiliver right of the left one, the liver right of the spleen. What
    fails is put down to the flip or the shift of labels that explains it best. It is an error when there is
    such a cause, or when VI/VII lie left of II/III or VII/VIII below V/VI; otherwise a warning, for a liver
    may be odd. Parts that are missing are left out.

    Parameters
    ----------
    volumes_ml : mapping of str to float
        Volume by part key; parts of 0 mL are missing. Neighbours (``"spleen"``) may be given too. [mL]
    centroids_mm : mapping of str to tuple of float
        Centroid by part key, RAS+ (+x is the patient's right). [mm]
    prior : bool
        After hepatectomy or embolisation and in situs inversus findings are warnings.

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
        return ()
    check, cause = _explanation(placed)
    certain = bool(cause) or not _NEVER_BROKEN.isdisjoint(failing)
    severity: Severity = "error" if certain and not prior else "warning"
    reason = cause or "no flip and no shift explains it, the labels may be exchanged"
    return (QualityFinding(check, severity, f"{_in_sentences(failing)}: {reason}"),)


_Placed = Mapping[str, NDArray[np.float64]]


def _wrong_sides(placed: _Placed) -> tuple[_Relation, ...]:
    """The demanded relations that fail."""
    demanded = (
        *(_Relation(ahead, behind, 0) for ahead, behind in _TO_THE_RIGHT),
        *(_Relation(ahead, behind, 1) for ahead, behind in _IN_FRONT),
        *(_Relation(ahead, behind, 2) for ahead, behind in _ABOVE),
    )
    return tuple(
        r
        for r in demanded
        if r.ahead in placed and r.behind in placed and placed[r.ahead][r.axis] <= placed[r.behind][r.axis]
    )


def _in_sentences(failing: Sequence[_Relation]) -> str:
    """What lies on the wrong side, axis by axis."""
    sentences = []
    for axis, verb in enumerate(("lie to the right of", "lie in front of", "lie above")):
        pairs = [r for r in failing if r.axis == axis]
        if pairs:
            ahead, behind = sorted({r.ahead for r in pairs}), sorted({r.behind for r in pairs})
            sentences.append(f"{_in_words(ahead)} should {verb} {_in_words(behind)}")
    return "; ".join(sentences)


def _explanation(placed: _Placed) -> tuple[str, str]:
    """The check, and the simplest cause that makes the most relations true; empty if none convinces."""
    best = (_truth(placed), "shifted_labels", "")
    for n_axes in (1, 2, 3):
        for axes in combinations(range(3), n_axes):
            turned = np.array([-1.0 if axis in axes else 1.0 for axis in range(3)])
            truth = _truth({key: centre * turned for key, centre in placed.items()})
            if truth > max(best[0], _CONVINCING):
                swapped = ", and ".join(_AXIS_WORDS[axis] for axis in axes)
                best = (truth, "mirrored_anatomy", f"the image is flipped ({swapped} exchanged)")
    for cause, meant in _SHIFTS.items():
        if placed.keys() & set(COUINAUD_KEYS) <= meant.keys():
            truth = _truth({meant.get(key, key): centre for key, centre in placed.items()})
            if truth > max(best[0], _CONVINCING):
                best = (truth, "shifted_labels", f"the labels are shifted ({cause})")
    return best[1], best[2]


def _truth(placed: _Placed) -> float:
    """Share of the relations between the given parts that hold, 0 to 1."""
    known = [r for r in _RELATIONS if r.ahead in placed and r.behind in placed]
    holding = sum(bool(placed[r.ahead][r.axis] > placed[r.behind][r.axis]) for r in known)
    return holding / len(known) if known else 0.0


def _in_words(keys: list[str]) -> str:
    """Part keys as a reader says them, segments in Roman numerals."""
    numerals = dict(zip("12345678", ("I", "II", "III", "IV", "V", "VI", "VII", "VIII"), strict=True))
    segments = [numerals[key[0]] + key[1:] for key in keys if key in COUINAUD_KEYS]
    others = [f"the {key.replace('_', ' ')}" for key in keys if key not in COUINAUD_KEYS]
    plural = "segments" if len(segments) > 1 else "segment"
    return ", ".join([f"{plural} {'/'.join(segments)}"] * bool(segments) + others)
