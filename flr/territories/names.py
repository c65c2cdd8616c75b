"""Names of portal branches and hepatic veins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from flr.frozen import FrozenMapping

Kind = Literal["portal", "hepatic", "duct", "artery"]
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

_OF_PORTAL: Final[Mapping[str, str]] = FrozenMapping(
    {"RPV": "R", "LPV": "L", "RAPV": "RA", "RPPV": "RP", "LMPV": "LM", "LLPV": "LL"}
)
_SIDES: Final = ("right", "left", "right anterior", "right posterior", "left medial", "left lateral")

STEMS: Final[Mapping[Kind, str]] = FrozenMapping(
    {"portal": "PV", "hepatic": "HV", "duct": "HD", "artery": "HA"}
)
"""What the names of a tree's own branches begin with."""


def beside(kind: Kind, portal: str) -> str:
    """The duct or artery that accompanies a portal branch; other names and trees keep their own.

    >>> beside("duct", "RAPV"), beside("artery", "LPV"), beside("duct", "P5"), beside("portal", "RPV")
    ('RAHD', 'LHA', 'P5', 'RPV')
    """
    if kind not in ("duct", "artery") or portal not in _OF_PORTAL:
        return portal
    return _OF_PORTAL[portal] + STEMS[kind]


_SHEATH_TITLES: Final = {
    beside(kind, portal): f"{side} hepatic {kind}"
    for kind in ("duct", "artery")
    for portal, side in zip(_OF_PORTAL, _SIDES, strict=True)
}

TITLES: Final[Mapping[str, str]] = FrozenMapping(
    {
        **_SHEATH_TITLES,
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
        **{
            beside(kind, half): tuple(beside(kind, section) for section in sections)
            for kind in ("duct", "artery")
            for half, sections in (("RPV", ("RAPV", "RPPV")), ("LPV", ("LMPV", "LLPV")))
        },
    }
)
"""Stems and the branches that hang on them."""
