"""What people get: text on the terminal, page, PDF, and the DICOM results of a case."""
