"""Labels: parts and tissues of the liver, published label schemes, and what a file's labels mean."""

from flr.labels.detection import (
    NAMES_SCHEME,
    Anatomy,
    Detection,
    NameDetection,
    describe_candidates,
    detect,
    detect_names,
)
from flr.labels.label_map import LabelMap, foreground_values
from flr.labels.meanings import contradicts, meaning_of_text, side_in, with_side
from flr.labels.names import (
    REMNANT_OF_A_PLAN,
    RESECTED_OF_A_PLAN,
    canonical_name,
    is_placeholder,
    is_result_of_a_plan,
)
from flr.labels.parts import (
    COUINAUD_KEYS,
    DUCTS,
    Part,
    Tissue,
    is_vessel,
    part_of,
    use_of,
)
from flr.labels.roles import ROLES, map_role, names_decide, parse_label_option
from flr.labels.schemes import (
    LabelScheme,
    canonical_names,
    find_scheme,
    fold_name,
    is_canonical,
    load_schemes,
    require_canonical,
    scheme_from_json,
    snomed_ct,
)
from flr.labels.strays import listed
from flr.labels.trunk import lie_as_organs

__all__ = [
    "COUINAUD_KEYS",
    "DUCTS",
    "NAMES_SCHEME",
    "REMNANT_OF_A_PLAN",
    "RESECTED_OF_A_PLAN",
    "ROLES",
    "Anatomy",
    "Detection",
    "LabelMap",
    "LabelScheme",
    "NameDetection",
    "Part",
    "Tissue",
    "canonical_name",
    "canonical_names",
    "contradicts",
    "describe_candidates",
    "detect",
    "detect_names",
    "find_scheme",
    "fold_name",
    "foreground_values",
    "is_canonical",
    "is_placeholder",
    "is_result_of_a_plan",
    "is_vessel",
    "lie_as_organs",
    "listed",
    "load_schemes",
    "map_role",
    "meaning_of_text",
    "names_decide",
    "parse_label_option",
    "part_of",
    "require_canonical",
    "scheme_from_json",
    "side_in",
    "snomed_ct",
    "use_of",
    "with_side",
]
