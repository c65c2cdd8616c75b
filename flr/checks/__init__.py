"""Checks of maps and livers: what may be wrong with the input, said with its numbers.

Every function takes numbers or arrays and returns quality findings; none raises for a strange liver.
:data:`flr.quality.CHECKS` lists every check of the package, those of reading and of the patient included.
"""

from __future__ import annotations

from flr.checks.anatomy import anatomy_findings as anatomy_findings
from flr.checks.drawings import drawn_findings as drawn_findings
from flr.checks.drawings import interpolation_findings as interpolation_findings
from flr.checks.parts import Point as Point
from flr.checks.segments import missing_segment_findings as missing_segment_findings
from flr.checks.segments import missing_segments as missing_segments
from flr.checks.segments import share_findings as share_findings
from flr.checks.segments import with_missing_segments as with_missing_segments
from flr.checks.sizes import is_unusually_long as is_unusually_long
from flr.checks.sizes import overlap_findings as overlap_findings
from flr.checks.sizes import polycystic_findings as polycystic_findings
from flr.checks.sizes import refused_by_strict as refused_by_strict
from flr.checks.sizes import segment_sum_findings as segment_sum_findings
from flr.checks.sizes import shape_findings as shape_findings
from flr.checks.sizes import size_findings as size_findings
from flr.checks.sizes import slice_weight_findings as slice_weight_findings
from flr.checks.sizes import spacing_findings as spacing_findings
from flr.checks.sizes import total_findings as total_findings
from flr.checks.sizes import tumour_fraction_findings as tumour_fraction_findings
from flr.checks.sizes import with_large_total_explained as with_large_total_explained
from flr.checks.wholeness import empty_slice_findings as empty_slice_findings
from flr.checks.wholeness import flat_face_findings as flat_face_findings
from flr.checks.wholeness import lesion_gap_findings as lesion_gap_findings
from flr.checks.wholeness import part_gap_findings as part_gap_findings
from flr.checks.wholeness import porous_findings as porous_findings
from flr.checks.wholeness import structure_findings as structure_findings
from flr.quality import CHECKS as CHECKS
from flr.quality import blocks_grading as blocks_grading
from flr.quality import truncation_findings as truncation_findings
