"""What every voxel becomes under a plan, for pictures and label maps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flr.labels import Tissue
from flr.liver import Fate, Liver
from flr.palette import (
    ABLATED,
    ABLATED_TUMOUR,
    CONGESTED,
    DEVASCULARISED,
    NONFUNCTIONAL,
    OUTSIDE,
    REMNANT,
    REMNANT_TUMOUR,
    RESECTED,
    RESECTED_TUMOUR,
)


def planned_classes(liver: Liver, fates: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """What each voxel becomes under a plan: remnant, resected, their tumours and so on.

    Parameters
    ----------
    liver : Liver
    fates : ndarray of uint8, shape liver.grid.shape
        :class:`flr.liver.Fate` of each voxel.

    Returns
    -------
    ndarray of uint8, shape liver.grid.shape
        Keys of :data:`flr.palette.CLASS_NAMES`; 0 outside the liver.
    """
    table = np.zeros((len(Fate), len(Tissue)), dtype=np.uint8)
    table[Fate.KEPT] = REMNANT
    table[Fate.DEVASCULARISED] = DEVASCULARISED
    table[Fate.CONGESTED] = CONGESTED
    table[:, Tissue.NONFUNCTIONAL] = NONFUNCTIONAL
    table[:, Tissue.TUMOUR] = REMNANT_TUMOUR
    table[Fate.RESECTED] = RESECTED
    table[Fate.RESECTED, Tissue.TUMOUR] = RESECTED_TUMOUR
    table[Fate.ABLATED] = ABLATED
    table[Fate.ABLATED, Tissue.TUMOUR] = ABLATED_TUMOUR
    classes = table[fates, liver.tissues]
    classes[liver.parts == 0] = OUTSIDE
    return classes
