"""The page that plans without Python: one liver in one file, with the program that counts it."""

from flr.planner.packing import MARGINS_MM, liver_data
from flr.planner.page import planner_data, planner_html

__all__ = ["MARGINS_MM", "liver_data", "planner_data", "planner_html"]
