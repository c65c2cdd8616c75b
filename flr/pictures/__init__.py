"""Pictures of a planned liver: slices, shaded renderings, territories and the band chart."""
