"""A wrong pixel size that neither header nor image contradicts: what is seen, and what it changes."""

from __future__ import annotations

import numpy as np
import pytest
from lies.cases import REASSURING, phantom

import flr


def _assessed(factor: float) -> flr.Assessment:
    """H67 of the phantom (1672 mL, 60 kg) whose pixels are scaled in the plane by a factor."""
    case = phantom()
    affine = case.grid.index_to_world_mm @ np.diag([factor, factor, 1.0, 1.0])
    liver = flr.liver_from_labels(segments=case.segments, affine=affine, tumours="none", reviewed=True)
    return flr.assess(liver, flr.parse_plan("H67"), case.patient("normal"))


@pytest.mark.parametrize("factor", [0.5, 0.55, 1.6, 2.0])
def test_the_size_of_the_liver_gives_a_wrong_pixel_size_away(factor: float) -> None:
    result = _assessed(factor)
    errors = {finding.check for finding in result.quality if finding.severity == "error"}
    assert {"liver_size_against_body", "total_implausible"} & errors
    assert result.flag not in REASSURING


def test_a_scale_in_the_plane_changes_ml_and_no_share_of_the_liver() -> None:
    true, scaled = _assessed(1.0), _assessed(1.1)
    assert true.flag == "adequate"
    assert scaled.measures.flr_ml == pytest.approx(1.1**2 * true.measures.flr_ml, rel=1e-12)
    share = true.measures.flr_percent_of_measured
    assert scaled.measures.flr_percent_of_measured == pytest.approx(share, rel=1e-12)
