"""Vessel trees from masks, and the tissue that each branch serves: the nearest branch, in true mm.

Territories are estimates: no vessel map shows the smallest branches, and blood does not follow distance
alone.
The approach is that of Selle et al., IEEE Trans Med Imaging, 2002, 21, 1344-1357,
doi:10.1109/TMI.2002.801166.
"""

from flr.territories.branches import LEAST_SHARE
from flr.territories.cantlie import Cantlie, cantlie_of_landmarks, cantlie_of_vein
from flr.territories.graph import LARGEST_GAP_MM, LEAST_CAVA_RADIUS_MM, OUTSIDE_MM
from flr.territories.landmarks import VeinSheet, portal_bifurcation_mm, vein_sheet
from flr.territories.masks import find_sheath_tree, find_trees
from flr.territories.model import (
    Branch,
    Repair,
    Supply,
    Territories,
    VesselTree,
    VesselTrees,
    dice,
    supply,
    territories,
)
from flr.territories.names import (
    BRANCHES_OF,
    HEPATIC_NAMES,
    PORTAL_NAMES,
    SECTIONS,
    TITLES,
    Kind,
    Level,
    beside,
)

__all__ = [
    "BRANCHES_OF",
    "HEPATIC_NAMES",
    "LARGEST_GAP_MM",
    "LEAST_CAVA_RADIUS_MM",
    "LEAST_SHARE",
    "OUTSIDE_MM",
    "PORTAL_NAMES",
    "SECTIONS",
    "TITLES",
    "Branch",
    "Cantlie",
    "Kind",
    "Level",
    "Repair",
    "Supply",
    "Territories",
    "VeinSheet",
    "VesselTree",
    "VesselTrees",
    "beside",
    "cantlie_of_landmarks",
    "cantlie_of_vein",
    "dice",
    "find_sheath_tree",
    "find_trees",
    "portal_bifurcation_mm",
    "supply",
    "territories",
    "vein_sheet",
]
