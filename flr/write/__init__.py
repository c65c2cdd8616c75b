"""Voxels for other programs: fates, masks, and DICOM objects that go back to the images."""
