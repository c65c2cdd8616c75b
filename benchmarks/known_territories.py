"""How well territories are known: ``python benchmarks/known_territories.py [FOLDER]`` prints a table.

Portal sections by the nearest branch against segments, as Dice and as the volume of the section in percent of
that of its segments. FOLDER holds ``hepaticvessel_002_{liver,hv1_pv2}.nii.gz`` (MSD task 8) and is optional:
nobody drew the segments of that case, so its halves by the portal tree are held against those by the plane of
middle hepatic vein and vena cava, both estimates, from two trees that know nothing of each other.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

import flr
from flr.liver import Liver
from flr.perfusion import split_by_plane, with_estimated_parts
from flr.plans import territories_of, trees_of
from flr.territories import SECTIONS, cantlie_of_vein, dice

SAMPLE = Path(__file__).resolve().parents[1] / "sample_data" / "baseline"
HALVES = {"RPV": ("5", "6", "7", "8"), "LPV": ("2", "3", "4")}


def against_segments(name: str, liver: Liver) -> None:
    """One row for each section that the portal tree has, segment 1 left out."""
    portal = trees_of(liver).portal
    if portal is None:
        raise SystemExit(f"{name}: no portal tree")
    counted = liver.parts > 0
    if "1" in liver.part_names:
        counted = counted & (liver.parts != liver.part_index("1"))
    for level, sections in (("first", HALVES), ("second", SECTIONS)):
        found = territories_of(liver, portal, level)
        for section, segments in sections.items():
            if section not in found.names:
                continue
            own = (found.voxels == found.names.index(section) + 1) & counted
            drawn = np.isin(liver.parts, [liver.part_index(s) for s in segments if s in liver.part_names])
            row(name, section, f"segments {', '.join(segments)}", own, drawn & counted)


def row(name: str, section: str, against: str, own: np.ndarray, other: np.ndarray) -> None:
    """A line of the table."""
    share = 100.0 * np.count_nonzero(own) / max(1, np.count_nonzero(other)) - 100.0
    print(f"| {name} | {section} | {against} | {dice(own, other):.3f} | {share:+.0f} % |")


def halves_of(name: str, liver: Liver) -> None:
    """Halves by the portal tree against halves by the plane of middle hepatic vein and vena cava."""
    by_tree = with_estimated_parts(liver)
    trees = trees_of(liver)
    plane = cantlie_of_vein(trees)
    if plane is None or trees.portal is None:
        raise SystemExit(f"{name}: no portal tree, or no middle hepatic vein with a vena cava")
    by_plane = split_by_plane(liver, plane)
    right = by_plane.parts == by_plane.part_index("right_hemiliver")
    territory = territories_of(liver, trees.portal, "first")
    for section, half in (("RPV", right), ("LPV", ~right & (by_plane.parts > 0))):
        own = territory.voxels == territory.names.index(section) + 1
        row(name, section, "half by the middle vein's plane", own, half)
    print(f"\n{name}: parts by the portal tree: {', '.join(by_tree.part_names)}\n", file=sys.stderr)


def main() -> None:
    """Print the table."""
    print("| case | section | against | Dice | volume |\n|---|---|---|---|---|")
    against_segments(
        "sample", flr.read_liver(SAMPLE / "segments.nii.gz", SAMPLE / "vessels.nii.gz", tumours="none")
    )
    if len(sys.argv) > 1:
        folder = Path(sys.argv[1])
        vessels = folder / "hepaticvessel_002_hv1_pv2.nii.gz"
        liver = flr.read_liver(
            liver=folder / "hepaticvessel_002_liver.nii.gz",
            vessels=vessels,
            labels={vessels.name: "1=hepatic_vein,2=portal_vein"},
            tumours="none",
        )
        halves_of("hepaticvessel_002", liver)


if __name__ == "__main__":
    main()
