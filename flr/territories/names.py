"""Names of portal branches and hepatic veins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from flr.frozen import FrozenMapping

Kind = Literal["portal", "hepatic"]
Level = Literal["first", "second", "branch"]

PORTAL_NAMES: Final[Mapping[str, str]] = FrozenMapping(
    {
        "portal_vein_right": "RPV",
        "portal_vein_left": "LPV",
        "portal_vein_right_anterior": "RAPV",
        "portal_vein_right_posterior": "RPPV",
        **{f"portal_vein_segment_{n}": f"P{n}" for n in range(1, 9)},
    }
)
"""Canonical label to the short name of a portal branch."""

HEPATIC_NAMES: Final[Mapping[str, str]] = FrozenMapping(
    {"hepatic_vein_right": "RHV", "hepatic_vein_middle": "MHV", "hepatic_vein_left": "LHV"}
)
"""Canonical label to the short name of a hepatic vein."""

TITLES: Final[Mapping[str, str]] = FrozenMapping(
    {
        "PV": "portal vein",
        "RPV": "right portal vein",
        "LPV": "left portal vein",
        "RAPV": "right anterior portal branch",
        "RPPV": "right posterior portal branch",
        "LMPV": "left medial portal branch",
        "LLPV": "left lateral portal branch",
        **{f"P{n}": f"portal branch of segment {n}" for n in range(1, 9)},
        "RHV": "right hepatic vein",
        "MHV": "middle hepatic vein",
        "LHV": "left hepatic vein",
    }
)
"""Short names in words."""

SECTIONS: Final[Mapping[str, tuple[str, ...]]] = FrozenMapping(
    {"RAPV": ("5", "8"), "RPPV": ("6", "7"), "LMPV": ("4",), "LLPV": ("2", "3")}
)
"""Portal sections and the Couinaud segments that they stand for."""

RIGHT = ("RPV", "RAPV", "RPPV", "P5", "P6", "P7", "P8")
LEFT = ("LPV", "LMPV", "LLPV", "P2", "P3", "P4")
OF_SECTION = {
    "RAPV": ("RAPV", "P5", "P8"),
    "RPPV": ("RPPV", "P6", "P7"),
    "LMPV": ("LMPV", "P4"),
    "LLPV": ("LLPV", "P2", "P3"),
}

BRANCHES_OF: Final[Mapping[str, tuple[str, ...]]] = FrozenMapping(
    {
        "RPV": RIGHT[1:],
        "LPV": LEFT[1:],
        **{section: branches[1:] for section, branches in OF_SECTION.items()},
    }
)
"""Stems and the branches that hang on them."""
