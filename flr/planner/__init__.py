"""The page that plans without Python: what it needs of one liver, packed into one file."""

from flr.planner.packing import MARGINS_MM, liver_data

__all__ = ["MARGINS_MM", "liver_data"]
