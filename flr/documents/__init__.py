"""What programs get: results as typed documents, JSON, CSV, data frames, and the schemas of them all."""
