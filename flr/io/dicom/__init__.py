"""DICOM: image series, SEG, RTSTRUCT and folders of masks, read for their geometry and labels."""
