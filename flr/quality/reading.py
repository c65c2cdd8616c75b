"""The checks of reading: files, names, DICOM objects, one row each."""

from __future__ import annotations

from typing import Final

from flr.quality.finding import Check, Severity

_I: Final[tuple[Severity, ...]] = ("info",)
_W: Final[tuple[Severity, ...]] = ("warning",)
_E: Final[tuple[Severity, ...]] = ("error",)
_IW: Final[tuple[Severity, ...]] = ("info", "warning")
_WE: Final[tuple[Severity, ...]] = ("warning", "error")

OF_READING: Final = (
    # the file
    Check(
        "qform_sform_disagree",
        "scale",
        _WE,
        "The two geometries in a NIfTI header differ; the sform was used. A pure shift, which changes no "
        "volume, is a warning.",
        "Export the file again, or compare the voxel size with the scan's.",
        blocks_grading=True,
    ),
    Check(
        "voxel_size_contradiction",
        "scale",
        _E,
        "A header gives two different voxel sizes (pixdim and sform of a NIfTI file, spacings and space "
        "directions of an NRRD file, spacing, size and matrix of a MetaImage), so every mL is in doubt.",
        "Take the voxel size from the original scan and export again.",
        blocks_grading=True,
    ),
    Check(
        "image_spacing_differs",
        "scale",
        _E,
        "A label map has the matrix of its image, or of another map, and another voxel size, or the "
        "frames of a segmentation lie otherwise than the images that they name: one of them lost its "
        "true voxel size, so every mL is in doubt.",
        "Export the label map again with the geometry of the image.",
        blocks_grading=True,
    ),
    Check(
        "header_1mm_on_512",
        "scale",
        _E,
        "The header says 1×1×1 mm on a 512×512 matrix, which scanners do not make: the true voxel size "
        "was lost, so every mL is wrong.",
        "Take the voxel size from the original scan and export again.",
        blocks_grading=True,
    ),
    Check(
        "no_orientation",
        "scale",
        _W,
        "The file does not say how its voxels lie in the patient; left and right are a guess.",
        "Export with an orientation, and look at the pictures before relying on sides.",
        unshown=_W,
    ),
    Check(
        "sform_empty",
        "scale",
        _W,
        "A NIfTI header says that its sform counts, and the sform is all zeros; its qform was used.",
        "Export the file again; compare the voxel size with the scan's.",
    ),
    Check(
        "slice_thick",
        None,
        _W,
        "Slices are more than 5 mm apart (said more strongly from 10 mm): volumes of small parts are "
        "uncertain (Hori 2011, PMC3226887).",
        "Use a thinner reconstruction where there is one.",
    ),
    Check(
        "names_unreadable",
        "identity",
        _W,
        "The file, or a table beside it, names the labels in a way that cannot be read; their numbers "
        "are not taken to mean anything.",
        "Correct the table, or name the labels with --scheme or --labels.",
        unshown=_W,
    ),
    Check(
        "names_ambiguous",
        "identity",
        _W,
        "Several tables beside the file name its labels differently; none was used, and the numbers "
        "are not taken to mean anything.",
        "Keep one table, or name the labels with --scheme or --labels.",
        unshown=_W,
    ),
    Check(
        "names_from_sidecar",
        "identity",
        _I,
        "The label names come from a table beside the file.",
        "Check that the table belongs to the file.",
    ),
    Check(
        "labels_rounded",
        "identity",
        _W,
        "The header of a map scales its stored numbers, and labels came out off whole numbers by at most "
        "half a step of that scale; they were rounded.",
        "Save the map as integers without a scale (scl_slope 1).",
    ),
    Check(
        "not_a_label_map",
        None,
        _I,
        "A file among the inputs holds no label map (an image, perhaps) and was left out.",
        "Give an image with --image.",
    ),
    Check(
        "read_by_plugin",
        None,
        _I,
        "A reader of another package read the file; every check that follows is flr's own.",
        "Trust the volumes as far as you trust that package.",
    ),
    Check(
        "laid_by_index",
        "drawing",
        _E,
        "A map or image was laid on the liver's map voxel by voxel, because --same-grid says so, although "
        "their headers put them in different places.",
        "Look at the pictures: each outline must lie on the image. Then accept it with --accept "
        "laid_by_index.",
        blocks_grading=True,
    ),
    Check(
        "image_resampled",
        None,
        _I,
        "The image lies on another grid than the labels and was resampled for pictures; no number uses it.",
        "Nothing, unless the pictures look displaced.",
    ),
    # DICOM
    Check(
        "files_skipped",
        None,
        _IW,
        "Files in a folder were left out: not DICOM, cut short (then a warning), copies, or of another kind.",
        "Nothing, unless the number is a surprise: cut files mean that a copy or download was incomplete.",
    ),
    Check(
        "patients_differ",
        "identity",
        ("info", "error"),
        "The DICOM files name different patients and were read as one, because --one-patient says so; or "
        "(info) the patient of each mask is called like the mask, as in 3D-IRCADb.",
        "Make sure that all files are of one person; then accept it with --accept patients_differ.",
        blocks_grading=True,
    ),
    Check(
        "series_uid_unreliable",
        None,
        _IW,
        "Images carry no series UID, or (a warning) each one of its own; they were sorted by number, "
        "frame of reference and position.",
        "Check the number of slices with flr inspect.",
    ),
    Check(
        "series_split",
        None,
        _I,
        "One series holds stacks of different orientation or matrix; they were read one by one.",
        "Nothing; flr inspect lists them.",
    ),
    Check(
        "acquisitions_split",
        None,
        _I,
        "One series holds several acquisitions of the same region; they were read one by one.",
        "Nothing; flr inspect lists them.",
    ),
    Check(
        "series_refused",
        None,
        _W,
        "Some images cannot become a volume, for the reason that is said; the others were read.",
        "Nothing, unless those images are wanted.",
    ),
    Check(
        "gantry_tilt",
        "scale",
        _I,
        "The slices are tilted against the direction of the table; volumes use the true distance "
        "between slices.",
        "Nothing. Programs that ignore the tilt give larger volumes.",
    ),
    Check(
        "missing_slices",
        "whole",
        _W,
        "Slices are missing from a regular series; the neighbours stand for them.",
        "Look where the gap lies, and send the series again.",
    ),
    Check(
        "uneven_slices",
        "whole",
        _W,
        "Slices are unevenly spaced; each counts with its own thickness, and distances are not measured.",
        "Use an evenly spaced reconstruction where there is one.",
    ),
    Check(
        "slices_uneven_in_liver",
        "whole",
        _WE,
        "Missing or uneven slices lie inside the liver, so its volume is interpolated there. An error "
        "when a slice stands for more than 10 mm; refused with --strict.",
        "Send the series again, or use an evenly spaced reconstruction.",
        blocks_grading=True,
    ),
    Check(
        "duplicate_slices",
        None,
        _I,
        "Slices that are there twice were counted once.",
        "Nothing.",
    ),
    Check(
        "single_slice",
        "scale",
        _E,
        "A stack of one slice: its volume rests on a stated or assumed thickness.",
        "Give the whole series or segmentation.",
        blocks_grading=True,
    ),
    Check(
        "image_not_used",
        None,
        _I,
        "The images lie on another grid than the labels and were left out of pictures and of the scan's "
        "extent.",
        "Name them with --image to have pictures.",
    ),
    Check(
        "referenced_series_absent",
        None,
        _I,
        "The images that a segmentation was drawn on are not among the inputs.",
        "Give them too: gaps, the scan's extent and pictures come from them.",
    ),
    Check(
        "frame_of_reference_differs",
        "scale",
        _E,
        "A segmentation names its images but another frame of reference or study; positions decided.",
        "Look at the pictures: the outline must lie on the liver. Then accept it with "
        "--accept frame_of_reference_differs.",
        unshown=_E,
    ),
    Check(
        "scan_extent_unknown",
        "whole",
        _W,
        "Only slices with labels are stored and the images are not at hand, so a liver that is cut off "
        "by the scan would not be noticed.",
        "Give the images too.",
    ),
    Check(
        "seg_off_series",
        "scale",
        _I,
        "A segmentation lies on another grid than the images and was read on its own planes.",
        "Nothing, unless it should lie on them.",
    ),
    Check(
        "seg_gap",
        "whole",
        _WE,
        "A structure is not drawn on slices in the middle of it; what is not drawn is not counted. An error "
        "when more than 0.5 % of it is missing, and where it is not certain how many slices lie between.",
        "Complete the segmentation, or export all of its frames.",
        blocks_grading=True,
    ),
    Check(
        "seg_measures_differ",
        "scale",
        _W,
        "Frames of one segmentation state different distances or thicknesses; their positions decide.",
        "Compare the distance of slices with the scan's, or give the images too.",
        unshown=_W,
    ),
    Check(
        "seg_in_parts",
        "whole",
        _IW,
        "A segmentation is stored in several files (a concatenation); they were read as one. A warning where "
        "the files do not say how many there are.",
        "Nothing; where the number is not known, compare it with the archive's.",
        unshown=_W,
    ),
    Check(
        "background_left_out",
        None,
        _I,
        "A segment is coded or called background, which is no structure; it was left out.",
        "Nothing.",
    ),
    Check(
        "seg_frames_repeated",
        "drawing",
        _W,
        "A segmentation has several frames of one segment on one plane; they were united.",
        "Check the program that wrote it.",
    ),
    Check(
        "segment_empty",
        "identity",
        _I,
        "A segment or region has a name but nothing is drawn.",
        "Nothing, unless it should be drawn.",
    ),
    Check(
        "structure_repeated",
        "identity",
        _W,
        "Several inputs draw the same structure; they were united.",
        "Give one of them, or say with --labels what the other is.",
    ),
    Check(
        "named_by_code",
        "identity",
        _I,
        "A segment was named by its coded anatomy, because its label says nothing.",
        "Check the names.",
    ),
    Check(
        "label_against_code",
        "identity",
        _W,
        "A segment has the code of the whole liver and a label that says otherwise; it was not taken "
        "for the liver.",
        "Say what it is with --labels.",
        unshown=_W,
    ),
    Check(
        "code_against_name",
        "identity",
        _E,
        "A segment's code means one structure and its name another; the code is the standard's meaning, "
        "the name is free text.",
        "Correct the segmentation; until then look at the pictures, and say what the segment is with "
        "--labels.",
        blocks_grading=True,
    ),
    Check(
        "segment_name_repeated",
        "identity",
        _E,
        "Two segments of one file have the name of one structure; they were united, and another "
        "structure is probably missing.",
        "Correct the names, or say what each is with --labels.",
        blocks_grading=True,
    ),
    Check(
        "labels_unaccounted",
        "identity",
        _E,
        "Voxels are labelled and nobody says what they are: their label has no name, or an unknown "
        "structure lies in or against the liver. They are in no volume.",
        "Name the label in the file, or say what it is with --labels.",
        blocks_grading=True,
    ),
    Check(
        "structure_unknown",
        "identity",
        _I,
        "A structure away from the liver has a name that is not known; it was left out.",
        "Nothing, unless it belongs to the liver: then say what it is with --labels.",
    ),
    Check(
        "fractional_occupancy",
        None,
        _I,
        "The segmentation holds occupied fractions: flr volumes sums them, an assessment takes voxels "
        "from 0.5 on. Both volumes are given.",
        "Read both where they differ.",
    ),
    Check(
        "fractional_probability",
        "drawing",
        _W,
        "The segmentation holds probabilities, which are no volumes: voxels from 0.5 on were taken.",
        "Prefer a binary segmentation.",
    ),
    Check(
        "contours_left_out",
        "drawing",
        _IW,
        "A region has points, or open or bent contours, and encloses nothing; it was left out by name. So "
        "were points and contours without area among the closed contours of another region.",
        "Export it as closed contours on the slices, if it is wanted.",
    ),
    Check(
        "roi_number_repeated",
        "identity",
        _E,
        "Two regions of a structure set have one number; their contours were matched by the order in "
        "which both are listed, which the standard does not promise.",
        "Export the structure set again; until then look at the pictures, and accept the order with "
        "--accept roi_number_repeated.",
        blocks_grading=True,
    ),
    Check(
        "contours_repeated",
        "drawing",
        _W,
        "A contour is drawn twice; it counted once.",
        "Check the program that wrote it.",
    ),
    Check(
        "contours_doubled",
        "drawing",
        _E,
        "An outline is drawn twice, not quite alike, on one slice; it counted once, where the even–odd "
        "rule would have made a hole of it.",
        "Correct the contours.",
        blocks_grading=True,
    ),
    Check(
        "contours_overlap",
        "drawing",
        _WE,
        "Contours of one region cross; what lies in two of them counts as a hole. An error when that is "
        "more than 1 % of the region.",
        "Correct the contours.",
        blocks_grading=True,
    ),
    Check(
        "contours_interpolated",
        "drawing",
        _W,
        "Contours are of type INTERPOLATED_PLANAR, made by a program between drawn ones; they were read as "
        "closed.",
        "Look at them where the outline matters.",
    ),
    Check(
        "contours_sparse",
        "whole",
        _WE,
        "Contours lie on every n-th slice, and each stands for the distance to the next. An error from more "
        "than 10 mm on, and where it is not known how many slices lie between.",
        "Contour every slice, or give the images too.",
        blocks_grading=True,
    ),
    Check(
        "contours_off_slices",
        "scale",
        _W,
        "Contours lie between the slices of the images; they got planes of their own.",
        "Check that the images are those that were contoured.",
    ),
    Check(
        "contours_outside_images",
        "whole",
        _W,
        "A region reaches beyond the images; that part is not counted.",
        "Check that the images are those that were contoured.",
    ),
    Check(
        "roi_volume_disagrees",
        "drawing",
        _W,
        "The structure set states another volume of a region (ROIVolume, in cubic centimetres) than its "
        "contours enclose, by more than 5 % and 1 mL: contours or slices are missing, or units differ.",
        "Compare with the program that drew it.",
        unshown=_W,
    ),
    Check(
        "planimetry_disagrees",
        "drawing",
        _W,
        "Pixels and contours give volumes more than 5 % apart.",
        "Look at the structure: it is small, thin, or oddly drawn.",
    ),
)
