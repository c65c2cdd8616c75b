"""To and from an archive (PACS): fetching studies, storing results, watching for new segmentations."""
