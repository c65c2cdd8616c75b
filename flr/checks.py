"""Checks of maps and livers: what may be wrong with the input, said with its numbers.

Every function takes numbers or arrays and returns quality findings; none raises for a strange liver.
`CHECKS` lists every check of the package, those of the reading side and of the patient included.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from flr.geometry import Grid
from flr.kernels.components import components, holes
from flr.kernels.profiles import SHORT_GAP_VOXELS, FlatEnd, Gap, Profile, flat_ends, gaps, short_gap_voxels
from flr.labels import COUINAUD_KEYS
from flr.quality import QualityFinding, Severity, side_in_words
from flr.quality import truncation_findings as truncation_findings  # the liver's own module needs it too
from flr.structures import NUMERALS

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
_IWE: Final[tuple[Severity, ...]] = ("info", "warning", "error")
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
        "voxel_size_contradiction": CheckInfo(
            _E,
            "A header gives two different voxel sizes (pixdim and sform of a NIfTI file, spacings and space "
            "directions of an NRRD file, spacing, size and matrix of a MetaImage), so every mL is in doubt.",
            "Take the voxel size from the original scan and export again.",
            blocks_grading=True,
        ),
        "image_spacing_differs": CheckInfo(
            _E,
            "A label map has the matrix of its image, or of another map, and another voxel size, or the "
            "frames of a segmentation lie otherwise than the images that they name: one of them lost its "
            "true voxel size, so every mL is in doubt.",
            "Export the label map again with the geometry of the image.",
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
            "The file, or a table beside it, names the labels in a way that cannot be read; their numbers "
            "are not taken to mean anything.",
            "Correct the table, or name the labels with --scheme or --labels.",
        ),
        "names_ambiguous": CheckInfo(
            _W,
            "Several tables beside the file name its labels differently; none was used, and the numbers "
            "are not taken to mean anything.",
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
            "missing, and where slices without any frame were interpolated.",
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
        "code_against_name": CheckInfo(
            _E,
            "A segment's code means one structure and its name another; the code is the standard's meaning, "
            "the name is free text.",
            "Correct the segmentation; until then look at the pictures, and say what the segment is with "
            "--labels.",
            blocks_grading=True,
        ),
        "segment_name_repeated": CheckInfo(
            _E,
            "Two segments of one file have the name of one structure; they were united, and another "
            "structure is probably missing.",
            "Correct the names, or say what each is with --labels.",
            blocks_grading=True,
        ),
        "labels_unaccounted": CheckInfo(
            _E,
            "Voxels are labelled and nobody says what they are: their label has no name, or an unknown "
            "structure lies in or against the liver. They are in no volume.",
            "Name the label in the file, or say what it is with --labels.",
            blocks_grading=True,
        ),
        "structure_unknown": CheckInfo(
            _I,
            "A structure away from the liver has a name that is not known; it was left out.",
            "Nothing, unless it belongs to the liver: then say what it is with --labels.",
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
        "roi_number_repeated": CheckInfo(
            _E,
            "Two regions of a structure set have one number; their contours were matched by the order in "
            "which both are listed, which the standard does not promise.",
            "Export the structure set again; until then look at the pictures, and accept the order with "
            "--accept roi_number_repeated.",
            blocks_grading=True,
        ),
        "contours_repeated": CheckInfo(
            _W,
            "A contour is drawn twice; it counted once.",
            "Check the program that wrote it.",
        ),
        "contours_doubled": CheckInfo(
            _E,
            "An outline is drawn twice, not quite alike, on one slice; it counted once, where the even–odd "
            "rule would have made a hole of it.",
            "Correct the contours.",
            blocks_grading=True,
        ),
        "contours_overlap": CheckInfo(
            _WE,
            "Contours of one region cross; what lies in two of them counts as a hole. An error when that is "
            "more than 1 % of the region.",
            "Correct the contours.",
            blocks_grading=True,
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
            "The parts do not lie as Couinaud segments do: labels were exchanged, or read with another "
            "scheme (4a and 4b shift 5–8 by one). A warning by less than 5 mm, and where an earlier "
            "resection or embolisation explains it: by less than 20 mm, and never where another scheme does.",
            "Correct the labels, or choose the right --scheme.",
            blocks_grading=True,
        ),
        "segment_share_implausible": CheckInfo(
            _WE,
            "A segment holds a share of the liver outside its bounds (its range in 117 published maps, "
            "widened by a fifth): an error, unless resection, embolisation, cirrhosis or biliary atrophy "
            "explains it. Or the right liver is outside 45–85 %: a warning.",
            "Look at the segments: were two of them exchanged, or is one too small? Accept a real share with "
            "--accept segment_share_implausible.",
        ),
        "segment_missing": CheckInfo(
            _WE,
            "Of the eight Couinaud segments some are drawn and others are not, so what they hold is missing "
            "from the total or counted to a neighbour. A warning after hepatectomy.",
            "Complete the segments; after hepatectomy give --prior hepatectomy.",
        ),
        "liver_cut_flat": CheckInfo(
            _WE,
            "The liver ends flat inside the scan: its first or last plane along an axis holds more than 20 % "
            "of the largest one (at most 10.4 % in 117 published maps), so a piece of it is probably not "
            "drawn. A warning towards the right and left after hepatectomy.",
            "Look at that side of the liver and complete the segmentation; accept a real flat face with "
            "--accept liver_cut_flat.",
            blocks_grading=True,
        ),
        "empty_slices": CheckInfo(
            _E,
            "Planes in the middle of the liver, of a segment, or of a drawn remnant or resection hold "
            "nothing, or tumour or nonfunctional tissue is drawn on every few planes only: slices were lost.",
            "Export the segmentation again with all of its slices.",
            blocks_grading=True,
        ),
        "mask_porous": CheckInfo(
            _E,
            "The liver, or a drawn remnant or resection, is full of gaps of up to 3 voxels: more than 4 % of "
            "it along one axis, at most 0.8 % in published maps and 2.7 % where vessels are cut out. Voxels, "
            "rows or slices were lost.",
            "Export the segmentation again from its source, without thinning or resampling.",
            blocks_grading=True,
        ),
        "total_implausible": CheckInfo(
            _E,
            "The liver measures less than 400 or more than 5000 mL: a lost voxel size, a wrong label or "
            "half a liver is far likelier than such an adult liver.",
            "Check voxel size and labels; accept a real one with --accept total_implausible.",
            blocks_grading=True,
        ),
        "islands": CheckInfo(
            _IWE,
            "The liver mask has separate pieces. A warning from 0.5 % of the liver, an error from 2 % on "
            "(after hepatectomy a warning).",
            "Remove specks, or check that no other organ carries the label.",
        ),
        "holes": CheckInfo(
            _IW,
            "The liver mask has enclosed holes. A warning from 0.5 % of the liver.",
            "Check whether tumours or vessels were cut out of the mask; give them as their own maps.",
        ),
        # maps against each other
        "segments_do_not_sum": CheckInfo(
            _WE,
            "The segments together are outside 98–102 % of the liver mask; an error outside 90–110 %.",
            "Check that both maps are of the same scan.",
        ),
        "liver_outside_segments": CheckInfo(
            _WE,
            "Liver or tumour lies outside every segment and was given to the nearest one; an error above 2 % "
            "of the liver.",
            "Complete the segments.",
        ),
        "tumour_outside_liver": CheckInfo(
            _WE,
            "Tumour that touches neither liver nor segment is not counted. An error where it is more than "
            "half of all that is drawn.",
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
            _WE,
            "Segments or tumours overlapped; each shared voxel was given to the first of them. An error "
            "where segments share more than 1 % of the liver.",
            "Correct the overlap where those segments matter.",
        ),
        "drawn_outside_liver": CheckInfo(
            _WE,
            "A drawn remnant or resection lies outside the liver by more than 5 % of itself; an error above "
            "20 %: it may be of another liver, or displaced.",
            "Clip it to the liver, and check that both are of one scan; accept a coarse outline with "
            "--accept drawn_outside_liver.",
        ),
        "drawn_masks_overlap": CheckInfo(
            _E,
            "The drawn remnant and the drawn resection share more than 1 % of the liver: they contradict "
            "each other.",
            "Correct one of the two, or give the one that is meant.",
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
        "liver_size_against_body": CheckInfo(
            _WE,
            "The functional liver is less than 0.6 or more than 1.6 times the standard volume of the body "
            "(Vauthey 2002, Mosteller). An error below 0.45 and above 2.2, and in a living donor from the "
            "first "
            "bounds on; after a hepatectomy a small liver is a warning.",
            "Check voxel size, labels, weight and height: half a liver or another body is far likelier. "
            "Korean "
            "and Chinese formulas give about 0.8 of this standard volume.",
            blocks_grading=True,
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
# Share of the liver: the range of each segment in 117 published maps, widened by a fifth.
_SEGMENT_PERCENT: Final[Mapping[str, tuple[float, float]]] = MappingProxyType(
    {
        "1": (0.4, 10.0),
        "2": (2.5, 26.0),
        "3": (0.2, 21.0),
        "4": (4.5, 36.0),
        "5": (4.5, 33.0),
        "6": (1.0, 35.0),
        "7": (2.5, 32.0),
        "8": (7.5, 40.0),
    }
)
_SIZE_RATIO_NOTABLE: Final = (0.6, 1.6)
_SIZE_RATIO_POSSIBLE: Final = (0.45, 2.2)
_RIGHT_LIVER_PERCENT: Final = (45.0, 85.0)
_SUM_PERCENT: Final = (98.0, 102.0)
_SUM_POSSIBLE_PERCENT: Final = (90.0, 110.0)
_NOTABLE_PERCENT: Final = 0.5
_MOST_ISLANDS_PERCENT: Final = 2.0
_OVERLAP_PERCENT: Final = 1.0
_OUTSIDE_PERCENT: Final = (5.0, 20.0)
# Gaps of up to 3 voxels: at most 0.8 % of 13 public liver maps with voxels of 0.7 to 5 mm, and 2.7 % where
# their vessels are cut out.
_POROUS_PERCENT: Final = 4.0
_LEAST_LESION_GAPS: Final = 2
_TUMOUR_PERCENT: Final = 50.0
_SAME_THICKNESS_MM: Final = 0.05
_MOST_INTERPOLATED_MM: Final = 10.0
_FLAT_SHARE: Final = 0.2
_SAME_SIDE: Final = 1e-3
_GAP_SHARED: Final = 0.25

_WITH_4: Final = tuple("12345678")
_WITH_4AB: Final = ("1", "2", "3", "4a", "4b", "5", "6", "7", "8")
_WHOLE_WITH_4: Final = frozenset(_WITH_4)
_WHOLE_WITH_4AB: Final = frozenset(_WITH_4AB)


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


def size_findings(
    functional_ml: float, standard_ml: float, *, donor: bool = False, small_is_explained: bool = False
) -> tuple[QualityFinding, ...]:
    """``liver_size_against_body``: the functional liver against the standard volume of the body.

    Parameters
    ----------
    functional_ml : float
        Measured, without tumour and other nonfunctional tissue. [mL]
    standard_ml : float
        Vauthey 2002, of the Mosteller body surface. [mL]
    donor : bool
        A living donor, whose healthy liver fits the body more closely.
    small_is_explained : bool
        After a hepatectomy, or where the volume is a lower bound: a small liver is then a warning at most.

    Notes
    -----
    The bounds are policy. Healthy livers measured 594 to 2250 mL (Feng 2017, doi:10.3748/wjg.v23.i27.4968);
    polycystic ones without their cysts 1.01 ± 0.18 (men) and 1.05 ± 0.22 (women) of the standard volume
    (Hogan 2015, doi:10.1016/j.cgh.2014.07.051).

    Examples
    --------
    >>> [f.severity for f in size_findings(650.0, 1509.7)], [f.severity for f in size_findings(850.0, 1509.7)]
    (['error'], ['warning'])
    >>> size_findings(1500.0, 1509.7)
    ()
    """
    ratio = functional_ml / standard_ml
    low, high = _SIZE_RATIO_NOTABLE
    if low <= ratio <= high:
        return ()
    least, most = _SIZE_RATIO_NOTABLE if donor else _SIZE_RATIO_POSSIBLE
    error = ratio > most or (ratio < least and not small_is_explained)
    cause = "half a liver, a lost voxel size" if ratio < 1.0 else "a wrong label, a lost voxel size"
    return (
        QualityFinding(
            "liver_size_against_body",
            "error" if error else "warning",
            f"the functional liver measures {functional_ml:.0f} mL, {ratio:.2f} of the {standard_ml:.0f} mL "
            f"expected of this body (0.6 to 1.6; Korean and Chinese formulas give about 0.8 of it): "
            f"{cause}, or "
            "another weight or height?",
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


def spacing_findings(
    maps: Mapping[str, Grid], images: Mapping[str, Grid] | None = None
) -> tuple[QualityFinding, ...]:
    """``image_spacing_differs`` where two grids have one matrix and different voxel sizes.

    Parameters
    ----------
    maps : mapping of str to Grid
        Whole grids of the label maps by name; each is compared with the first.
    images : mapping of str to Grid, optional
        Whole grids of the images at hand. A map that fits one of them is not compared with the others, which
        may be other scans of the same matrix.

    Examples
    --------
    >>> import numpy as np
    >>> fine, coarse = (Grid((20, 30, 10), np.diag([mm, mm, 2.5, 1.0])) for mm in (0.7, 1.0))
    >>> [f.check for f in spacing_findings({"segments": coarse}, {"ct": fine})]
    ['image_spacing_differs']
    """
    findings = []
    (first_name, first), *_ = maps.items()
    for name, grid in maps.items():
        alike = {other: its for other, its in (images or {}).items() if _same_matrix(grid, its)}
        if any(_same_voxel_size(grid, its) for its in alike.values()):
            alike = {}
        if _same_matrix(grid, first) and not _same_voxel_size(grid, first):
            alike[first_name] = first
        for other, its in list(alike.items())[:1]:
            message = (
                f"{name} ({grid.describe()}) has the matrix of {other} ({its.describe()}) and another voxel"
                " size: one of them lost its own"
            )
            findings.append(QualityFinding("image_spacing_differs", "error", message))
    return tuple(findings)


def _same_matrix(one: Grid, other: Grid) -> bool:
    """Whether two grids have as many voxels along each axis, in whatever order."""
    return sorted(one.shape) == sorted(other.shape)


def _same_voxel_size(one: Grid, other: Grid) -> bool:
    """Whether axes of as many voxels have equal steps, to 0.1 %, whatever their order and direction."""
    mine, theirs = (
        [side for _, side in sorted(zip(grid.shape, grid.spacing_mm, strict=True))] for grid in (one, other)
    )
    return bool(np.allclose(mine, theirs, rtol=_SAME_SIDE, atol=0.0))


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
            "warning" if _SUM_POSSIBLE_PERCENT[0] <= share <= _SUM_POSSIBLE_PERCENT[1] else "error",
            f"the segments hold {segments_ml:.1f} mL, {share:.1f} % of the liver mask's {liver_ml:.1f} mL; "
            "expected 98–102 %",
        ),
    )


def overlap_findings(shared_ml: float, total_ml: float) -> tuple[QualityFinding, ...]:
    """``overlap_resolved`` where voxels lay in more than one segment of a liver of ``total_ml``. [mL]"""
    if not shared_ml > 0.0:
        return ()
    share = 100.0 * shared_ml / total_ml
    return (
        QualityFinding(
            "overlap_resolved",
            "error" if share > _OVERLAP_PERCENT else "warning",
            f"{shared_ml:.2f} mL ({share:.2f} % of the liver) lay in more than one segment and was given to"
            " the first of them",
        ),
    )


def drawn_findings(
    drawn: Mapping[str, NDArray[np.bool_]],
    organ: NDArray[np.bool_],
    voxel_volume_ml: float,
    *,
    orientation: str | None = None,
) -> tuple[QualityFinding, ...]:
    """Whether a drawn remnant and resection are whole, in the liver, and at one with each other.

    Parameters
    ----------
    drawn : mapping of str to ndarray of bool, shape (i, j, k)
        ``"flr"`` and ``"resected"``, as far as they are drawn.
    organ : ndarray of bool, shape (i, j, k)
        The whole liver.
    voxel_volume_ml : float
        Volume of a voxel. [mL]
    orientation : str, optional
        The grid's three orientation letters.
    """
    findings: list[QualityFinding] = []
    within = {}
    for key, mask in drawn.items():
        name = _DRAWN_WORDS.get(key, key)
        within[key] = mask & organ
        whole, inside = np.count_nonzero(mask), np.count_nonzero(within[key])
        share = 100.0 * (whole - inside) / whole if whole else 0.0
        if share > _OUTSIDE_PERCENT[0]:
            message = (
                f"{(whole - inside) * voxel_volume_ml:.1f} mL ({share:.1f} %) of {name} lie outside the liver"
                " and count for nothing"
            )
            severity: Severity = "error" if share > _OUTSIDE_PERCENT[1] else "warning"
            findings.append(QualityFinding("drawn_outside_liver", severity, message))
        findings += _lost_in_drawing(name, within[key], voxel_volume_ml, orientation)
    if {"flr", "resected"} <= within.keys():
        shared = np.count_nonzero(within["flr"] & within["resected"])
        percent = 100.0 * shared / max(1, int(np.count_nonzero(organ)))
        if percent > _OVERLAP_PERCENT:
            message = (
                f"the drawn remnant and the drawn resection share {shared * voxel_volume_ml:.1f} mL"
                f" ({percent:.1f} % of the liver): what stays cannot leave"
            )
            findings.append(QualityFinding("drawn_masks_overlap", "error", message))
    return tuple(findings)


_DRAWN_WORDS: Final = {"flr": "the drawn remnant", "resected": "the drawn resection"}


def _lost_in_drawing(
    name: str, mask: NDArray[np.bool_], voxel_volume_ml: float, orientation: str | None
) -> Iterator[QualityFinding]:
    """``empty_slices``, else ``mask_porous``, of a drawn part of the liver, perhaps in several pieces."""
    lost = tuple(_lost_planes(name, mask, voxel_volume_ml, orientation))
    yield from lost or porous_findings(mask, voxel_volume_ml, name=name)


def lesion_gap_findings(
    lesions: Mapping[str, NDArray[np.bool_]], voxel_volume_ml: float, *, orientation: str | None = None
) -> tuple[QualityFinding, ...]:
    """``empty_slices`` where tumour or nonfunctional tissue is drawn on every few planes only.

    One gap of a few planes between two lesions that lie above one another is natural, several are not.

    Parameters
    ----------
    lesions : mapping of str to ndarray of bool, shape (i, j, k)
        By the name to say.
    voxel_volume_ml : float
        Volume of a voxel. [mL]
    orientation : str, optional
        The grid's three orientation letters.
    """
    return tuple(
        finding
        for name, mask in lesions.items()
        for finding in _lost_planes(
            name, mask, voxel_volume_ml, orientation, least=_LEAST_LESION_GAPS, longest=SHORT_GAP_VOXELS
        )
    )


def _lost_planes(
    name: str,
    mask: NDArray[np.bool_],
    voxel_volume_ml: float,
    orientation: str | None,
    *,
    least: int = 1,
    longest: int | None = None,
) -> Iterator[QualityFinding]:
    """``empty_slices`` along the first axis on which at least ``least`` gaps cut through a mask."""
    if not mask.any():
        return
    for axis in range(3):
        profile = np.count_nonzero(mask, axis=tuple(a for a in range(3) if a != axis)).astype(np.int64)
        planes = np.moveaxis(mask, axis, 0).view(np.uint8)
        lost = [
            gap
            for gap in gaps(profile)
            if (longest is None or gap.stop - gap.start <= longest) and _is_lost(planes, 1, gap)
        ]
        if len(lost) >= least:
            yield _gap_finding(name, profile, lost, voxel_volume_ml, axis, orientation)
            return


def porous_findings(
    solid: NDArray[np.bool_], voxel_volume_ml: float, *, name: str = "the liver"
) -> tuple[QualityFinding, ...]:
    """``mask_porous`` where voxels, rows or slices were lost throughout the liver, or what is drawn in it.

    Parameters
    ----------
    solid : ndarray of bool, shape (i, j, k)
        The liver with the vessels that may have been cut out of it.
    voxel_volume_ml : float
        Volume of a voxel. [mL]
    name : str
        What to call it.
    """
    lost, voxels = max(short_gap_voxels(solid)), np.count_nonzero(solid)
    if not 100.0 * lost > _POROUS_PERCENT * voxels:
        return ()
    return (
        QualityFinding(
            "mask_porous",
            "error",
            f"{name} has gaps of up to {SHORT_GAP_VOXELS} voxels of about {lost * voxel_volume_ml:.1f} mL"
            f" ({100.0 * lost / voxels:.1f} % of it): voxels, rows or slices were lost",
        ),
    )


def structure_findings(
    mask: NDArray[np.bool_], voxel_volume_ml: float, *, after_resection: bool = False
) -> tuple[QualityFinding, ...]:
    """``islands`` and ``holes`` of a liver mask, with their mL.

    Pieces are counted apart when they do not even share a corner; a hole is background that no path of
    shared faces connects with the outside.

    Parameters
    ----------
    mask : ndarray of bool, shape (i, j, k)
        The whole liver, cropped or not.
    voxel_volume_ml : float
        Volume of a voxel. [mL]
    after_resection : bool
        After an earlier hepatectomy pieces are a warning at most.
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
            apart = check == "islands" and share >= _MOST_ISLANDS_PERCENT and not after_resection
            findings.append(
                QualityFinding(
                    check,
                    "error" if apart else "warning" if share >= _NOTABLE_PERCENT else "info",
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
        for key, (low, high) in _SEGMENT_PERCENT.items()
        if not (low <= (share := shares[key]) <= high or low <= healthy[key] <= high)
    ]
    severity: Severity = "error" if strange and not explained else "warning"
    right = sum(shares[key] for key in "5678")
    low, high = _RIGHT_LIVER_PERCENT
    if not low <= right <= high:
        strange.append(f"the right liver holds {right:.1f} % (expected {low:.0f}–{high:.0f} %)")
    if not strange:
        return ()
    return (QualityFinding("segment_share_implausible", severity, f"{'; '.join(strange)} of the liver"),)


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
    present = {key for key, ml in volumes_ml.items() if ml > 0 and key in COUINAUD_KEYS}
    missing = [key for key in (_WITH_4AB if present & {"4a", "4b"} else _WITH_4) if key not in present]
    if not present or not missing:
        return ()
    several = len(missing) > 1
    message = (
        f"{_in_words(missing)} {'are' if several else 'is'} not drawn, the other segments are:"
        f" {'their' if several else 'its'} volume is missing, or counted to a neighbour"
    )
    return (QualityFinding("segment_missing", "warning" if after_resection else "error", message),)


def with_missing_segments(
    found: Collection[QualityFinding], missing: Sequence[QualityFinding]
) -> tuple[QualityFinding, ...]:
    """Findings of reading and ``segment_missing``, in one line where they are of one cause.

    A segment that is not drawn leaves liver outside every segment; the one line says both.

    Examples
    --------
    >>> missing = missing_segment_findings(dict.fromkeys("2345678", 200.0))
    >>> outside = QualityFinding("liver_outside_segments", "error", "40.00 mL (2.70 %) of liver lies outside")
    >>> [f.check for f in with_missing_segments((outside,), missing)]
    ['segment_missing']
    """
    outside = [f for f in found if f.check == "liver_outside_segments"]
    if not missing or not outside:
        return (*found, *missing)
    severity: Severity = "error" if "error" in {f.severity for f in (*missing, *outside)} else "warning"
    message = "; ".join(f.message for f in (*missing, *outside))
    one = QualityFinding("segment_missing", severity, message)
    others = (f for f in found if f.check not in ("liver_outside_segments", "segments_do_not_sum"))
    return (*others, one)


def flat_face_findings(
    profiles: Sequence[Profile],
    *,
    orientation: str | None = None,
    slabs: Mapping[int, Sequence[Profile]] | None = None,
    after_resection: bool = False,
) -> tuple[QualityFinding, ...]:
    """``liver_cut_flat`` where the liver begins or ends with a large plane on an index or world axis.

    Parameters
    ----------
    profiles : sequence of three ndarray of int64
        Voxels of the liver on every plane along i, j and k.
    orientation : str, optional
        The grid's three orientation letters, to say the side in words.
    slabs : mapping of int to sequence of ndarray of int64, optional
        Voxels in slabs across world axes (0 right, 1 front, 2 head) that no index axis runs along, at
        several offsets; flat at one of them is flat.
    after_resection : bool
        An earlier hepatectomy leaves a flat face towards the right or left; then a warning. No operation
        leaves one that lies along the slices.
    """
    flat: dict[str, FlatEnd] = {}
    for side, end in (
        *_flat_sides("ijk", profiles, orientation),
        *(end for axis, some in (slabs or {}).items() for end in _flat_sides(_WORLD[axis], some, "RAS")),
    ):
        if side not in flat or end.share_percent > flat[side].share_percent:
            flat[side] = end
    if not flat:
        return ()
    explained = after_resection and flat.keys() <= {"right", "left"}
    where = " and ".join(
        f"{side} ({end.share_percent:.0f} % of the largest plane)" for side, end in flat.items()
    )
    message = (
        f"the liver ends flat towards {where}; a whole liver ends round, in planes below"
        f" {100.0 * _FLAT_SHARE:.0f} %: what lies beyond is probably not drawn, and every mL is a lower bound"
    )
    return (QualityFinding("liver_cut_flat", "warning" if explained else "error", message),)


_WORLD: Final = ("iiii", "jjjj", "kkkk")
"""The index axes of a grid whose axes are right, front and head, once for each offset of the slabs."""


def _flat_sides(
    axes: str, profiles: Sequence[Profile], orientation: str | None
) -> Iterator[tuple[str, FlatEnd]]:
    for axis, profile in zip(axes, profiles, strict=True):
        if not gaps(profile):  # planes beside a gap end flat, which is said of the gap
            for end in flat_ends(profile, _FLAT_SHARE):
                yield side_in_words(f"{axis}{'+' if end.is_last else '-'}", orientation), end


def empty_slice_findings(
    profiles: Sequence[Profile],
    voxel_volume_ml: float,
    *,
    orientation: str | None = None,
    slabs: Mapping[int, Sequence[Profile]] | None = None,
) -> tuple[QualityFinding, ...]:
    """``empty_slices`` where planes in the middle of the liver hold nothing, with about the mL they lack.

    Parameters
    ----------
    profiles : sequence of three ndarray of int64
        Voxels of the liver on every plane along i, j and k.
    voxel_volume_ml : float
        Volume of a voxel. [mL]
    orientation : str, optional
        The grid's three orientation letters, to say the axis in words.
    slabs : mapping of int to sequence of ndarray of int64, optional
        As in :func:`flat_face_findings`.
    """
    findings = []
    for axis, profile in enumerate(profiles):
        empty = gaps(profile)
        if empty:
            findings.append(_gap_finding("the liver", profile, empty, voxel_volume_ml, axis, orientation))
    for axis, several in (slabs or {}).items():
        for profile in several:
            if empty := gaps(profile):
                findings.append(_gap_finding("the liver", profile, empty, voxel_volume_ml, axis, "RAS"))
                break
    return tuple(findings)


def part_gap_findings(
    parts: NDArray[np.uint8],
    part_names: Sequence[str],
    profiles: Sequence[NDArray[np.int64]],
    voxel_volume_ml: float,
    *,
    orientation: str | None = None,
) -> tuple[QualityFinding, ...]:
    """``empty_slices`` of single parts: planes on which a part is not drawn, and no other part in its place.

    Parameters
    ----------
    parts : ndarray of uint8, shape (i, j, k)
        0 outside the liver; n inside ``part_names[n - 1]``.
    part_names : sequence of str
    profiles : sequence of three ndarray of int64, shapes (parts, planes)
        Voxels of each part on every plane along i, j and k.
    voxel_volume_ml : float
        Volume of a voxel. [mL]
    orientation : str, optional
        The grid's three orientation letters.
    """
    findings = []
    for axis, of_parts in enumerate(profiles):
        planes = np.moveaxis(parts, axis, 0)
        for number, (name, profile) in enumerate(zip(part_names, of_parts, strict=True), start=1):
            lost = [gap for gap in gaps(profile) if _is_lost(planes, number, gap)]
            if lost:
                shown = _in_words([name])
                findings.append(_gap_finding(shown, profile, lost, voxel_volume_ml, axis, orientation))
    return tuple(findings)


def _is_lost(planes: NDArray[np.uint8], number: int, gap: Gap) -> bool:
    """Whether a part goes on across a gap, in which most of its place is outside the liver."""
    through = (planes[gap.start - 1] == number) & (planes[gap.stop] == number)
    smaller = min(np.count_nonzero(planes[at] == number) for at in (gap.start - 1, gap.stop))
    if np.count_nonzero(through) < _GAP_SHARED * smaller:
        return False
    between = planes[gap.start : gap.stop][:, through]
    return bool(np.count_nonzero(between) < 0.5 * between.size)


def _gap_finding(
    what: str,
    profile: Profile,
    empty: Sequence[Gap],
    voxel_volume_ml: float,
    axis: int,
    orientation: str | None,
) -> QualityFinding:
    missing_ml = sum(
        0.5 * (profile[gap.start - 1] + profile[gap.stop]) * (gap.stop - gap.start) * voxel_volume_ml
        for gap in empty
    )
    n_planes = sum(gap.stop - gap.start for gap in empty)
    low, high = (side_in_words(f"{'ijk'[axis]}{sign}", orientation) for sign in "-+")
    return QualityFinding(
        "empty_slices",
        "error",
        f"{what} is empty on {n_planes} plane{'s' if n_planes > 1 else ''} between its {low} and {high} ends:"
        f" about {missing_ml:.0f} mL are not counted",
    )


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
    for keys in (_WITH_4, _WITH_4AB):
        for one, other in combinations(keys, 2):
            yield f"{_in_words([one])} and {_in_words([other])}", {one: other, other: one}
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
        What the liver went through. Situs inversus explains anatomy that is mirrored from left to right.
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
        return ()
    if "situs_inversus" in prior and not _wrong_sides(_turned(placed, (0,))):
        message = f"{_in_sentences(failing)}: the liver is mirrored from left to right, as in situs inversus"
        return (QualityFinding("mirrored_anatomy", "warning", message),)
    check, cause, by_scheme = _explanation(placed)
    broken = not _NEVER_BROKEN.isdisjoint(failing)
    allowed_mm = _MOVED_MM if {"hepatectomy", "embolisation"} & set(prior) else _CLEARLY_MM
    clear = broken or any(_by_mm(relation, placed) <= -allowed_mm for relation in failing)
    severity: Severity = "error" if by_scheme or clear else "warning"
    reason = cause or "no flip, shift or exchange explains it"
    return (QualityFinding(check, severity, f"{_in_sentences(failing)}: {reason}"),)


_Placed = Mapping[str, NDArray[np.float64]]


def _wrong_sides(placed: _Placed) -> tuple[_Relation, ...]:
    """The demanded relations that fail."""
    demanded = (
        *(_Relation(ahead, behind, 0) for ahead, behind in _TO_THE_RIGHT),
        *(_Relation(ahead, behind, 1) for ahead, behind in _IN_FRONT),
        *(_Relation(ahead, behind, 2) for ahead, behind in _ABOVE),
    )
    return tuple(relation for relation in demanded if _fails(relation, placed))


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
            sentences.append(f"{_in_words(ahead)} should {verb} {_in_words(behind)}")
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


def _in_words(keys: list[str]) -> str:
    """Part keys as a reader says them, segments in Roman numerals."""
    segments = [NUMERALS[key[0]] + key[1:] for key in keys if key in COUINAUD_KEYS]
    others = [f"the {key.replace('_', ' ')}" for key in keys if key not in COUINAUD_KEYS]
    plural = "segments" if len(segments) > 1 else "segment"
    return ", ".join([f"{plural} {'/'.join(segments)}"] * bool(segments) + others)
