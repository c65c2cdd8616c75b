"""The checks of livers, maps, vessels and patients, one row each."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from flr.quality.finding import Check, Severity

_I: Final[tuple[Severity, ...]] = ("info",)
_W: Final[tuple[Severity, ...]] = ("warning",)
_E: Final[tuple[Severity, ...]] = ("error",)
_IW: Final[tuple[Severity, ...]] = ("info", "warning")
_IWE: Final[tuple[Severity, ...]] = ("info", "warning", "error")
_WE: Final[tuple[Severity, ...]] = ("warning", "error")

SEGMENT_PERCENT: Final[Mapping[str, tuple[float, float]]] = MappingProxyType(
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
"""Bounds of each segment's share of the liver: its range in 117 published maps, widened by a fifth. [%]"""

OF_LIVERS: Final = (
    # the liver in the scan
    Check(
        "liver_truncated",
        "whole",
        _E,
        "The liver reaches the border of the scan: it may be cut off, so every mL is a lower bound and "
        "percentages are not graded.",
        "Use a scan that holds the whole liver. If the map was only cropped tightly around it, say so "
        "with --accept liver_truncated.",
        blocks_grading=True,
    ),
    Check(
        "mirrored_anatomy",
        "side",
        _WE,
        "The parts lie mirrored or turned (left and right, head and foot, or front and back): the "
        "orientation in the header is wrong. A warning after treatment and in situs inversus; an error where "
        "situs inversus is stated and the parts do not lie mirrored.",
        "Correct the orientation; in situs inversus or after hepatectomy give --prior.",
    ),
    Check(
        "shifted_labels",
        "side",
        _WE,
        "The parts do not lie as Couinaud segments do: labels were exchanged, or read with another "
        "scheme (4a and 4b shift 5–8 by one). A warning by less than 5 mm, and where an earlier "
        "resection or embolisation explains it: by less than 20 mm, and never where another scheme does.",
        "Correct the labels, or choose the right --scheme.",
        blocks_grading=True,
    ),
    Check(
        "segment_share_implausible",
        "side",
        _WE,
        "A segment holds a share of the liver outside its bounds (its range in 117 published maps, "
        "widened by a fifth): an error, unless resection, embolisation, cirrhosis or biliary atrophy "
        "explains it. Or the right liver is outside 45–85 %: a warning.",
        "Look at the segments: were two of them exchanged, or is one too small? Accept a real share with "
        "--accept segment_share_implausible.",
        unshown=_E,
    ),
    Check(
        "segment_missing",
        "whole",
        _WE,
        "Of the eight Couinaud segments some are drawn and others are not, so what they hold is missing "
        "from the total or counted to a neighbour. A warning after hepatectomy.",
        "Complete the segments; after hepatectomy give --prior hepatectomy. Where only the caudate lobe is "
        "not drawn, a mask of the whole liver lets volumes be graded.",
        blocks_grading=True,
    ),
    Check(
        "caudate_undrawn",
        "whole",
        _E,
        "Segment I is not drawn, the seven others are, and the liver mask holds 0.4 to 10 % of the liver "
        "beside them: as much as a caudate lobe may be. The total is right; what lies there was given to the "
        "nearest segment.",
        "Draw segment I, or accept it with --accept caudate_undrawn.",
        unshown=_E,
    ),
    Check(
        "liver_cut_flat",
        "whole",
        _WE,
        "The liver ends flat inside the scan: its first or last plane along an axis of the body holds more "
        "than 20 % of the largest one (at most 10.4 % in 117 published maps), or along a plane of any slant "
        "it is at once at least 57 % as wide as some 12 mm further in (at most 55 % in 195 published livers; "
        "66 % and 56 % for small planes, 75 % and 69 % for the front), or much of its surface lies in one "
        "plane of voxels, at an end or in a step. A piece of it is probably not drawn. A warning towards the "
        "right and left, and slanting, "
        "after hepatectomy.",
        "Look at that side of the liver and complete the segmentation; accept a real flat face with "
        "--accept liver_cut_flat.",
        blocks_grading=True,
    ),
    Check(
        "empty_slices",
        "whole",
        _E,
        "Planes in the middle of the liver, of a segment, or of a drawn remnant or resection hold "
        "nothing, or tumour or nonfunctional tissue is drawn on every few planes only: slices were lost.",
        "Export the segmentation again with all of its slices.",
        blocks_grading=True,
    ),
    Check(
        "mask_porous",
        "whole",
        _E,
        "The liver, or a drawn remnant or resection, is full of gaps of up to 3 voxels: more than 4 % of "
        "it along one axis, at most 0.8 % in published maps and 2.7 % where vessels are cut out. Voxels, "
        "rows or slices were lost.",
        "Export the segmentation again from its source, without thinning or resampling.",
        blocks_grading=True,
    ),
    Check(
        "total_implausible",
        "whole",
        _WE,
        "The liver measures less than 400 or more than 5000 mL: a lost voxel size, a wrong label or "
        "half a liver is far likelier than such an adult liver. Above 5000 mL it is a warning where tumours "
        "and cysts explain it: what works lies within 0.6 to 1.6 of the body's standard volume (policy).",
        "Check voxel size and labels; accept a real one with --accept total_implausible.",
        blocks_grading=True,
    ),
    Check(
        "liver_stretched",
        "scale",
        _WE,
        "The liver is too long or too short one way for its other two: its tissue spreads against the mean "
        "of the others outside 0.75–2.0 from left to right, 0.55–1.65 from front to back, 0.52–1.22 from "
        "head to foot (the range of 197 published livers, and about a tenth more). Slices were stored twice "
        "or lost, or their distance is wrong. A warning after hepatectomy.",
        "Check the number and the distance of the slices against the images; accept a real shape with "
        "--accept liver_stretched.",
        blocks_grading=True,
    ),
    Check(
        "islands",
        "whole",
        _IWE,
        "The liver mask has separate pieces. A warning from 0.5 % of the liver, an error above 1 % "
        "(after hepatectomy a warning).",
        "Remove specks, or check that no other organ carries the label.",
        unshown=_E,
    ),
    Check(
        "holes",
        "whole",
        _IWE,
        "The liver mask has enclosed holes. A warning from 0.5 % of the liver, an error above 2 %.",
        "Check whether tumours or vessels were cut out of the mask; give them as their own maps.",
        unshown=_E,
    ),
    # maps against each other
    Check(
        "segments_do_not_sum",
        "whole",
        _WE,
        "The segments together are outside 98–102 % of the liver mask; an error outside 90–110 %.",
        "Check that both maps are of the same scan.",
        blocks_grading=True,
    ),
    Check(
        "liver_outside_segments",
        "whole",
        _WE,
        "Liver or tumour lies outside every segment and was given to the nearest one; an error above 2 % "
        "of the liver.",
        "Complete the segments.",
        unshown=_E,
    ),
    Check(
        "tumour_outside_liver",
        "tumours",
        _WE,
        "Tumour that touches neither liver nor segment is not counted. An error where it is more than "
        "half of all that is drawn.",
        "Check whether it is a liver tumour and whether the maps are of the same scan.",
    ),
    Check(
        "nonfunctional_outside_liver",
        None,
        _IW,
        "A cyst or treated site that does not touch the liver, or bile duct outside it, is not counted.",
        "Check whether it is of this liver and whether the maps are of the same scan.",
    ),
    Check(
        "nonfunctional_joined",
        None,
        _I,
        "Cyst, treated site or bile duct at the liver, but in no liver mask, was counted to the total and"
        " to nonfunctional tissue. Functional volumes do not change.",
        "Check that it is part of the liver.",
    ),
    Check(
        "gallbladder_in_liver",
        "drawing",
        _W,
        "Gallbladder lay inside the liver or its segments and was taken out.",
        "Correct the liver mask.",
    ),
    Check(
        "ivc_in_liver",
        "drawing",
        _W,
        "Inferior vena cava lay inside the liver or its segments and was taken out.",
        "Correct the liver mask.",
    ),
    Check(
        "lesion_type_unknown",
        "tumours",
        _I,
        "A label called lesion is counted as tumour: nothing says that it is benign.",
        "Give a benign lesion as cyst with --labels.",
    ),
    Check(
        "tumour_fraction_high",
        "identity",
        _W,
        "Tumour and other non-functional tissue are more than half of the liver.",
        "Check that tumour and liver were not exchanged.",
        unshown=_W,
    ),
    Check(
        "labels_interpolated",
        "drawing",
        _E,
        "The label map was resampled like a picture and rounded: between segments 2 and 8 lies a shell that "
        "is called 5, around the liver one that is called 1. More than 12 % of the borders lead through such "
        "layers; at most 3.7 % in published maps.",
        "Resample the label map again with nearest neighbours, or export it from its source.",
        blocks_grading=True,
    ),
    Check(
        "overlap_resolved",
        "drawing",
        _WE,
        "Segments or tumours overlapped. What segments share is shared out equally, and the range of each is "
        "given; a voxel of several tumours counts once. An error where segments share more than 1 % of the "
        "liver.",
        "Correct the overlap where those segments matter.",
    ),
    Check(
        "drawn_outside_liver",
        "drawing",
        _WE,
        "A drawn remnant or resection lies outside the liver by more than 5 % of itself; an error above "
        "20 %: it may be of another liver, or displaced.",
        "Clip it to the liver, and check that both are of one scan; accept a coarse outline with "
        "--accept drawn_outside_liver.",
        blocks_grading=True,
    ),
    Check(
        "drawn_masks_overlap",
        "drawing",
        _E,
        "The drawn remnant and the drawn resection share more than 1 % of the liver: they contradict "
        "each other.",
        "Correct one of the two, or give the one that is meant.",
        blocks_grading=True,
    ),
    Check(
        "structure_displaced",
        "drawing",
        _E,
        "Tumour, vessels or a drawn mask lie more than 10 mm away from all that is drawn of the liver.",
        "Check that all maps are of one scan, and that none of them lost its origin.",
        blocks_grading=True,
    ),
    # the vessels
    Check(
        "vessels_not_used",
        None,
        _W,
        "Vessels are given, but a tree could not be used, so inflow or outflow of the remnant is not "
        "assessed.",
        "Give portal and hepatic veins as separate masks, with the portal trunk and the vena cava.",
    ),
    Check(
        "vessel_gap_closed",
        None,
        _I,
        "Pieces of a vessel up to 5 mm apart were joined.",
        "Look at the pictures where a branch seems to hang on the wrong vessel.",
    ),
    Check(
        "vessel_fragments",
        None,
        _IW,
        "Pieces of a vessel hang on nothing and serve no tissue. A warning above 5 % of the tree.",
        "Complete the vessel mask.",
    ),
    Check(
        "vessels_interpreted",
        None,
        _I,
        "Something about the vessels was inferred: the vena cava inside a mask of hepatic veins, or "
        "which branch is which.",
        "Label the branches, or give the vena cava as its own mask.",
    ),
    Check(
        "vessels_sparse",
        None,
        _W,
        "More than 5 % of the liver lies more than 40 mm from the nearest branch: territories are coarse.",
        "Draw the tree further out.",
    ),
    Check(
        "segments_estimated",
        "side",
        _W,
        "No segment was drawn; parts were estimated from vessels or landmarks, so no flag is reassuring.",
        "Give a segment map.",
        unshown=_W,
    ),
    Check(
        "segment_split_estimated",
        "side",
        _W,
        "The plan takes one side of a segment, along a border that no map draws (split), so no flag is "
        "reassuring.",
        "Give a map that draws the two sides, or draw the resection.",
        unshown=_W,
    ),
    # the patient
    Check(
        "total_changed_between_scans",
        "whole",
        _E,
        "Two scans of one case measure livers more than 30 % apart without a resection between them: of "
        "another patient, or one cut off or mis-scaled. From twice the volume on they are refused.",
        "Check that both scans are of one patient and hold the whole liver.",
        blocks_grading=True,
    ),
    Check(
        "remnant_cut_differently",
        "side",
        _E,
        "Parts of one scan are estimated from its vessels and those of another scan are drawn or estimated "
        "in another way, so a difference of their remnants is not growth alone.",
        "Draw the segments of every scan, or the vessels of every scan alike.",
    ),
    Check(
        "header_facts_used",
        "body",
        _I,
        "Weight, height, age or sex were not given and are taken from the header of the images.",
        "Check them: weights in headers are often estimates.",
    ),
    Check(
        "header_facts_disagree",
        "body",
        _WE,
        "The header contradicts what was given (which is used), or headers contradict one another (then "
        "neither is used). An error where what was given is hardly this patient: another sex, 10 years or "
        "15 cm apart, or half as heavy again (policy).",
        "Check that the images are of this patient; accept what is wrong in the header with --accept "
        "header_facts_disagree.",
        unshown=_E,
    ),
    Check(
        "scan_date_disagrees",
        "identity",
        _WE,
        "The headers of the images say another day than the stated date of the scan (which is used). An "
        "error in a follow-up whose headers put two scans in another order, or more than 2 days further "
        "apart or closer, than stated: dates that were moved to hide a name keep their distance.",
        "Check that the images are of this scan, and that two scans were not exchanged.",
    ),
    Check(
        "header_fact_implausible",
        "body",
        _IW,
        "The header gives a weight, height or age that cannot be true, and it is not used; or (info) a "
        "height in cm where metres are due.",
        "Give the value.",
    ),
    Check(
        "body_size_out_of_range",
        "body",
        _W,
        "Weight or height is outside 30–200 kg or 130–215 cm, the range of the adult formulas.",
        "Check value and unit.",
    ),
    Check(
        "liver_size_against_body",
        "whole",
        _WE,
        "The functional liver is less than 0.6 or more than 1.6 times the standard volume of the body "
        "(Vauthey 2002, Mosteller). An error below 0.45 and above 2.2; and from the first bounds on in a "
        "living donor, and where the liver is as long or short one way as only 3 of 100 are. After a "
        "hepatectomy a small liver is a warning.",
        "Check voxel size, labels, weight and height: half a liver or another body is far likelier. "
        "Korean "
        "and Chinese formulas give about 0.8 of this standard volume.",
        blocks_grading=True,
    ),
    Check(
        "polycystic_cysts_not_drawn",
        "whole",
        _E,
        "The liver is stated to be polycystic, and no cyst or other nonfunctional tissue is drawn: its size "
        "tells nothing of its functional volume.",
        "Draw the cysts as nonfunctional tissue, or give their volume with the tumour's.",
        blocks_grading=True,
    ),
    Check(
        "bmi_high",
        "body",
        _W,
        "The body mass index is 35 kg/m² or more; formulas from body size extrapolate.",
        "Read the measured percentages beside the standardised ones.",
    ),
)
