"""Whether organs lie as they do in a trunk: evidence for and against a map of whole organs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

Point = tuple[float, float, float]

_RIGHT_OF: Final = (
    ("liver", "spleen"),
    ("liver", "stomach"),
    ("liver", "aorta"),
    ("liver", "kidney_left"),
    ("liver", "adrenal_left"),
    ("gallbladder", "spleen"),
    ("gallbladder", "kidney_left"),
    ("kidney_right", "kidney_left"),
    ("kidney_right", "spleen"),
    ("kidney_right", "aorta"),
    ("ivc", "aorta"),
    ("ivc", "spleen"),
    ("adrenal_right", "adrenal_left"),
    ("aorta", "spleen"),
)
_SMALLER: Final = (
    "kidney_left",
    "kidney_right",
    "gallbladder",
    "pancreas",
    "ivc",
    "aorta",
    "adrenal_left",
    "adrenal_right",
    "esophagus",
    "duodenum",
)
_TIMES: Final = 1.5
_LEAST_RELATIONS: Final = 4


def lie_as_organs(volumes_ml: Mapping[str, float], centroids_mm: Mapping[str, Point]) -> bool:
    """Whether organs lie as in a trunk: what is on the right lies there, and the liver is the largest.

    Parameters
    ----------
    volumes_ml : mapping of str to float
        Volume by canonical name. [mL]
    centroids_mm : mapping of str to tuple of float
        Centre of gravity by canonical name, RAS+ (+x is the patient's right). [mm]

    Returns
    -------
    bool
        False too where too little is there to tell: four pairs of organs are asked for, and the liver with
        two organs that are far smaller in everybody.

    Examples
    --------
    >>> lying = {"liver": 60.0, "spleen": -90.0, "kidney_right": 50.0, "kidney_left": -55.0}
    >>> places = {name: (x, 0.0, 0.0) for name, x in lying.items()}
    >>> sizes = {"liver": 1500.0, "spleen": 200.0, "kidney_right": 170.0, "kidney_left": 180.0}
    >>> lie_as_organs(sizes, places), lie_as_organs(sizes | {"liver": 200.0}, places)
    (True, False)
    """
    pairs = [(right, left) for right, left in _RIGHT_OF if {right, left} <= centroids_mm.keys()]
    smaller = [volumes_ml[name] for name in _SMALLER if name in volumes_ml]
    if len(pairs) < _LEAST_RELATIONS or len(smaller) < 2 or "liver" not in volumes_ml:
        return False
    others = [volumes_ml[name] for name in ("spleen", "stomach") if name in volumes_ml]
    return (
        all(centroids_mm[right][0] > centroids_mm[left][0] for right, left in pairs)
        and volumes_ml["liver"] > _TIMES * max(smaller)
        and volumes_ml["liver"] > max(others, default=0.0)
    )
