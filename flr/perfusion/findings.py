"""What was noticed about the vessels of a liver."""

from __future__ import annotations

from typing import Literal

from flr.errors import GeometryError
from flr.liver import Liver
from flr.perfusion.remnant import ADJECTIVE, served_trees
from flr.plans.territory import trees_of
from flr.quality import QualityFinding


def vessel_findings(liver: Liver) -> tuple[QualityFinding, ...]:
    """What was noticed about the vessels of a liver: repairs, loose pieces, what could not be used.

    Empty when no vessel was given.
    """
    if not liver.vessels:
        return ()
    try:
        trees = trees_of(liver)
    except GeometryError as error:
        return (QualityFinding("vessels_not_used", "warning", str(error)),)
    usable, missing = served_trees(liver, trees)
    found = [QualityFinding("vessels_not_used", "warning", _sentence(reason)) for reason in missing]
    for tree in trees.trees:
        if tree.repairs:
            widest_mm = max(repair.gap_mm for repair in tree.repairs)
            joined_ml = sum(repair.joined_ml for repair in tree.repairs)
            message = (
                f"{len(tree.repairs)} gap(s) of up to {widest_mm:.1f} mm in the {ADJECTIVE[tree.kind]} tree"
                f" were closed, which joined {joined_ml:.2f} mL of vessel"
            )
            found.append(QualityFinding("vessel_gap_closed", "info", message))
        if tree.fragments_ml:
            total_ml = sum(tree.fragments_ml)
            message = (
                f"{total_ml:.2f} mL of the {ADJECTIVE[tree.kind]} tree in {len(tree.fragments_ml)} piece(s)"
                f" (largest {tree.fragments_ml[0]:.2f} mL) hang on nothing and serve no tissue here"
            )
            share = total_ml / max(total_ml + tree.volume_ml, 1e-9)
            severity: Literal["info", "warning"] = "warning" if share > 0.05 else "info"
            found.append(QualityFinding("vessel_fragments", severity, message))
        found += [QualityFinding("vessels_interpreted", "info", _sentence(note)) for note in tree.notes]
    for served in usable:
        found += [QualityFinding("vessels_sparse", "warning", _sentence(note)) for note in served.notes]
    return tuple(found)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
