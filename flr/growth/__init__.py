"""Growth between dated scans of one plan: in every definition, against its limits, with a flag to discuss."""

from flr.growth.conclusions import FollowUp, GrowthNeed
from flr.growth.over_time import follow_up
from flr.growth.rates import SCAN_SD_PP, Growth, growth_between, projection_interval_weeks, share_sd_pp
from flr.growth.scans import FunctionResult, ScanResult, SideChange, prepared_scans

__all__ = [
    "SCAN_SD_PP",
    "FollowUp",
    "FunctionResult",
    "Growth",
    "GrowthNeed",
    "ScanResult",
    "SideChange",
    "follow_up",
    "growth_between",
    "prepared_scans",
    "projection_interval_weeks",
    "share_sd_pp",
]
