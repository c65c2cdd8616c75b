"""Files in: label maps and images as streams, one reader per format."""
