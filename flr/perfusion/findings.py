"""What was noticed about the vessels of a liver."""

from __future__ import annotations

from typing import Literal

from flr.errors import GeometryError
from flr.liver import Liver
from flr.perfusion.remnant import ADJECTIVE, served_trees
from flr.plans.territory import trees_of
from flr.quality import CHECKS, QualityFinding


def vessel_findings(liver: Liver) -> tuple[QualityFinding, ...]:
    """What was noticed about the vessels of a liver: repairs, loose pieces, what could not be used.

    Empty when no vessel was given.
    """
    if not liver.vessels:
        return ()
    try:
        trees = trees_of(liver)
    except GeometryError as error:
        return (CHECKS["vessels_not_used"].finding(str(error)),)
    usable, missing = served_trees(liver, trees)
    found = [CHECKS["vessels_not_used"].finding(_sentence(reason)) for reason in missing]
    for tree in trees.trees:
        if tree.repairs:
            widest_mm = max(repair.gap_mm for repair in tree.repairs)
            joined_ml = sum(repair.joined_ml for repair in tree.repairs)
            message = (
                f"{len(tree.repairs)} gap(s) of up to {widest_mm:.1f} mm in the {ADJECTIVE[tree.kind]} tree"
                f" were closed, which joined {joined_ml:.2f} mL of vessel"
            )
            found.append(CHECKS["vessel_gap_closed"].finding(message))
        if tree.fragments_ml:
            total_ml = sum(tree.fragments_ml)
            message = (
                f"{total_ml:.2f} mL of the {ADJECTIVE[tree.kind]} tree in {len(tree.fragments_ml)} piece(s)"
                f" (largest {tree.fragments_ml[0]:.2f} mL) hang on nothing and serve no tissue here"
            )
            share = total_ml / max(total_ml + tree.volume_ml, 1e-9)
            severity: Literal["info", "warning"] = "warning" if share > 0.05 else "info"
            found.append(CHECKS["vessel_fragments"].finding(message, severity))
        found += [CHECKS["vessels_interpreted"].finding(_sentence(note)) for note in tree.notes]
    for served in usable:
        found += [CHECKS["vessels_sparse"].finding(_sentence(note)) for note in served.notes]
    return tuple(found)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
