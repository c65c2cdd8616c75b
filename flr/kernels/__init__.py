"""Arrays in, arrays out: no file, no patient, no unit beyond what a name says."""
