"""Both trees of a liver from its vessel masks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from flr.errors import GeometryError
from flr.geometry import Grid
from flr.kernels.trees import index_of
from flr.structures import vessel_kind_of
from flr.territories.branches import drawn_tree, found_hepatic_tree, found_portal_tree
from flr.territories.graph import vena_cava
from flr.territories.model import Mask, VesselTree, VesselTrees
from flr.territories.names import HEPATIC_NAMES, LEFT, PORTAL_NAMES, RIGHT, Kind

_LEAST_DECIDED = 0.5  # of an undivided mask's volume


def find_trees(vessels: Mapping[str, Mask], organ: Mask, grid: Grid) -> VesselTrees:
    """Portal and hepatic tree from vessel masks by canonical name.

    Parameters
    ----------
    vessels : mapping of str to ndarray of bool, shape grid.shape
        ``portal_vein`` (whole, or the trunk beside labelled branches), ``portal_vein_right``, …,
        ``portal_splenic_vein`` (trunk), ``hepatic_vein`` (whole, the vena cava in it or not),
        ``hepatic_vein_right``, …, ``ivc``, ``hepatic_vessel`` (undivided).
    organ : ndarray of bool, shape grid.shape
        The liver.
    grid : Grid

    Raises
    ------
    GeometryError
        If the slices are uneven: distances in mm do not exist.
    """
    if not grid.is_even:
        raise GeometryError("the slices are uneven, so no distance exists; territories need even slices")
    masks = {name: mask for name, mask in vessels.items() if mask.any()}
    refusals: list[str] = []
    fragments: tuple[float, ...] = ()
    undivided = masks.pop("hepatic_vessel", None)
    if undivided is not None:
        masks, refusal, fragments = _separated(undivided, masks, organ, grid)
        if refusal:
            refusals.append(refusal)
    portal = _portal_tree(masks, organ, grid)
    hepatic, cava = _hepatic_tree(masks, organ, grid)
    refusals += [tree.missing for tree in (portal, hepatic) if tree is not None and tree.missing]
    cava_mm = None if cava is None else grid.world_mm(index_of(np.flatnonzero(cava.ravel("F")), grid.shape))
    return VesselTrees(portal, hepatic, tuple(refusals), fragments, cava_mm)


def find_sheath_tree(kind: Kind, mask: Mask, organ: Mask, grid: Grid) -> VesselTree:
    """Bile ducts or hepatic artery as a tree that hangs on its end outside the liver.

    Parameters
    ----------
    kind : {"duct", "artery"}
    mask : ndarray of bool, shape grid.shape
        Inside the liver and out of it.
    organ : ndarray of bool, shape grid.shape
        The liver.
    grid : Grid

    Raises
    ------
    GeometryError
        If the slices are uneven: distances in mm do not exist.
    """
    if not grid.is_even:
        raise GeometryError("the slices are uneven, so no distance exists; trees need even slices")
    return found_portal_tree(mask, None, organ, grid, [], kind)


def _separated(
    undivided: Mask, masks: dict[str, Mask], organ: Mask, grid: Grid
) -> tuple[dict[str, Mask], str, tuple[float, ...]]:
    """Pieces of an undivided mask by the root that they touch: the masks with them, a refusal, fragments."""
    from scipy import ndimage

    full = np.ones((3, 3, 3), dtype=bool)
    pieces, n_pieces = ndimage.label(undivided, structure=full)
    volumes_ml = np.bincount(pieces.ravel("K"), minlength=n_pieces + 1)[1:] * grid.voxel_volume_ml
    trunk = _any_of(masks, ("portal_vein", "portal_splenic_vein"))
    cava = masks.get("ivc")

    def touched(root: Mask | None) -> Mask:
        result = np.zeros(n_pieces + 1, dtype=bool)
        if root is not None:
            result[np.unique(pieces[ndimage.binary_dilation(root, structure=full)])] = True
        return result[1:]

    portal, hepatic = touched(trunk), touched(cava)
    both, none = portal & hepatic, ~portal & ~hepatic
    open_ml = volumes_ml[both | none]
    fragments = tuple(sorted((float(v) for v in open_ml), reverse=True))
    has_own = {
        "portal": any(vessel_kind_of(n) == "portal_vein" for n in masks),
        "hepatic": any(vessel_kind_of(n) == "hepatic_vein" for n in masks),
    }
    if has_own["portal"] and has_own["hepatic"]:
        return masks, "", ()  # both trees are given by themselves; the undivided mask adds nothing
    absent = [name for name, mask in (("portal trunk", trunk), ("vena cava (IVC)", cava)) if mask is None]
    total_ml = float(volumes_ml.sum())
    decided_ml = total_ml - float(open_ml.sum())
    listed = _listed_ml(fragments)
    if decided_ml < _LEAST_DECIDED * total_ml:
        why = (
            f"no {' and no '.join(absent)} is given"
            if absent
            else f"{float(volumes_ml[both].sum()):.1f} mL touch both the portal trunk and the vena cava and"
            f" {float(volumes_ml[none].sum()):.1f} mL touch neither"
        )
        refusal = (
            f"the undivided vessel mask ({total_ml:.1f} mL in {n_pieces} piece(s): {listed})"
            f" does not say which vessels are portal and which are hepatic: {why}. Give portal and hepatic"
            " veins as separate masks, or add the portal trunk and the vena cava"
        )
        return masks, refusal, fragments
    result = dict(masks)
    for own, chosen in (("portal_vein", portal & ~both), ("hepatic_vein", hepatic & ~both)):
        if chosen.any():
            part = np.concatenate([[False], chosen])[pieces]
            result[own] = part | result[own] if own in result else part
    if trunk is not None and portal.any():
        # The trunk itself, so that the tree's root does not depend on where the mask leaves the liver.
        result["portal_splenic_vein"] = trunk & ~undivided
    refusal = f"{float(open_ml.sum()):.1f} mL of the undivided vessel mask could not be told apart: {listed}"
    return result, refusal if fragments else "", fragments


def _listed_ml(volumes_ml: Sequence[float]) -> str:
    shown = ", ".join(f"{v:.2f}" for v in volumes_ml[:5])
    return f"{shown}{', …' if len(volumes_ml) > 5 else ''} mL"


def _any_of(masks: Mapping[str, Mask], names: Sequence[str]) -> Mask | None:
    present = [masks[name] for name in names if name in masks]
    return np.logical_or.reduce(present) if present else None


def _portal_tree(masks: Mapping[str, Mask], organ: Mask, grid: Grid) -> VesselTree | None:
    drawn = {short: masks[name] for name, short in PORTAL_NAMES.items() if name in masks}
    whole, splenic = masks.get("portal_vein"), masks.get("portal_splenic_vein")
    if not drawn and whole is None:
        return None
    notes: list[str] = []
    if drawn and not (any(n in drawn for n in RIGHT) and any(n in drawn for n in LEFT)):
        notes.append(f"only {', '.join(drawn)} of the portal branches is labelled; so the tree was searched")
        whole = np.logical_or.reduce([*drawn.values(), *([] if whole is None else [whole])])
        drawn = {}
    if drawn:
        trunk = _any_of(masks, ("portal_vein", "portal_splenic_vein"))
        return drawn_tree("portal", drawn, trunk, organ, grid, notes)
    if whole is None:
        return None
    return found_portal_tree(whole, splenic, organ, grid, notes)


def _hepatic_tree(
    masks: Mapping[str, Mask], organ: Mask, grid: Grid
) -> tuple[VesselTree | None, Mask | None]:
    drawn = {short: masks[name] for name, short in HEPATIC_NAMES.items() if name in masks}
    whole, cava = masks.get("hepatic_vein"), masks.get("ivc")
    notes: list[str] = []
    if not drawn and whole is None:
        return None, cava
    if drawn:
        if cava is None and whole is not None:
            cava = vena_cava(whole, organ, grid)
        return drawn_tree("hepatic", drawn, cava, organ, grid, notes), cava
    if whole is None:
        return None, cava
    if cava is None:
        cava = vena_cava(whole, organ, grid)
        if cava is not None:
            notes.append("the vena cava was found in the mask of the hepatic veins by its width")
    return found_hepatic_tree(whole, cava, organ, grid, notes), cava
