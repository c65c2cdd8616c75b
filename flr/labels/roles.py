"""What a file means because the user says so: role options and ``--labels`` mappings."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Final

from flr.errors import LabelError, UsageError
from flr.labels.names import canonical_name, unknown_name_hint
from flr.labels.parts import is_vessel, part_of, use_of
from flr.labels.schemes import is_canonical, load_schemes
from flr.labels.strays import describe_strays, listed, strays_of, voxels_of
from flr.structures import FILE_ROLES, option_of

ROLES: Final[dict[str, str]] = {row.role: row.name for row in FILE_ROLES}
"""Role option to the canonical name of its one structure."""

_STRUCTURE: Final[dict[str, str]] = {row.role: row.words for row in FILE_ROLES}
_MAY_BE_EMPTY: Final[frozenset[str]] = frozenset(row.role for row in FILE_ROLES if row.may_be_empty)
_HINT: Final = "say what the values are with --labels FILE:1=hepatic_vein,2=portal_vein"


def map_role(role: str, values: Collection[int]) -> dict[int, str]:
    """Canonical names of the values of a file that was given under a role option.

    Parameters
    ----------
    role : {"liver", "segments", "tumours", "vessels", "remnant", "resected"}
    values : collection of int, or mapping of int to int
        Values present in the voxels, with the number of their voxels where that is known; 0 is ignored.

    Returns
    -------
    dict of int to str
        Empty for an empty tumour or vessel mask: nothing was drawn.

    Raises
    ------
    UsageError
        If the role is unknown.
    LabelError
        If the role cannot hold these values.

    Examples
    --------
    >>> map_role("liver", [0, 255])
    {255: 'liver'}
    >>> map_role("tumours", [0, 1, 4])
    {1: 'tumour_1', 4: 'tumour_4'}
    """
    if role not in ROLES:
        raise UsageError(f"no role is called {role!r}; expected one of {', '.join(ROLES)}")
    found = sorted({int(v) for v in values} - {0})
    if found and found[0] < 0:
        raise LabelError(
            f"{option_of(role)} holds the negative label {found[0]}; expected 0 for background and positive"
            " labels"
        )
    if not found:
        if role in _MAY_BE_EMPTY:
            return {}
        raise LabelError(
            f"{option_of(role)} holds no labelled voxel; expected a drawn structure: check the file"
        )
    if role == "segments":
        return _segments(found, voxels_of(values))
    if role == "tumours" and len(found) > 1:
        return {v: f"tumour_{v}" for v in found}
    if len(found) > 1:
        raise LabelError(
            f"{option_of(role)} holds the labels {listed(found)}; expected one foreground value: {_HINT}"
        )
    return {found[0]: ROLES[role]}


def names_decide(role: str, meanings: Collection[str]) -> bool:
    """Whether the names in a file say what its labels are; otherwise the role does.

    What was drawn under a role must not be lost because of its name: where a name is not known, or one that a
    program made up, the role decides. But which segment is which the role does not say, and numbers must not
    where somebody gave names.

    Parameters
    ----------
    role : str
    meanings : collection of str
        What the names in the file make of its labels: canonical names, and others where they are not known.

    Raises
    ------
    LabelError
        If known names are of other structures, so that the file cannot be what the role says; or if names of
        segments are not known.

    Examples
    --------
    >>> names_decide("vessels", ["portal_vein", "hepatic_vein"]), names_decide("tumours", ["Met A", "Met B"])
    (True, False)
    """
    known = {name for name in meanings if is_canonical(name)}
    own = {name for name in known if _is_of_role(role, name)}
    if known - own and (known != set(meanings) or not own):
        others = ", ".join(sorted(known - own)[:5])
        missing = f"and no {_STRUCTURE[role]}" if not own else "and names that are not known"
        raise LabelError(
            f"{option_of(role)} holds {others} {missing}; give the file that was meant, or {_HINT}"
        )
    if role == "segments" and known != set(meanings):
        unknown = ", ".join(repr(name) for name in sorted(set(meanings) - known)[:5])
        raise LabelError(
            f"--segments holds names that are not known ({unknown}), and numbers do not say what they name;"
            f" {_HINT}"
        )
    return known == set(meanings) and bool(own)


def _is_of_role(role: str, name: str) -> bool:
    if role == "tumours":
        return use_of(name) == "tumour"
    if role == "vessels":
        return is_vessel(name)
    if role in ("liver", "segments"):
        return part_of(name) is not None
    return name == ROLES[role]


def _segments(found: list[int], voxels: Mapping[int, int]) -> dict[int, str]:
    schemes = load_schemes()
    if found == [1]:
        raise LabelError(
            "--segments holds only the label 1, which looks like a mask of the whole liver; use --liver, or "
            "--labels FILE:1=segment_1 if it is the caudate lobe"
        )
    if found == list(range(1, 10)) and 9 in strays_of(voxels):
        raise LabelError(
            f"--segments: {describe_strays([9], voxels)}; remove the stray voxels if the segments are 1–8, or"
            " say what the values are with --labels FILE:1=segment_1,2=segment_2,…"
        )
    for name, fits in (("couinaud_8", found[-1] <= 8), ("couinaud_9_4ab", found == list(range(1, 10)))):
        if fits:
            return schemes[name].mapping(found)
    raise LabelError(
        f"--segments holds the labels {listed(found)}; expected 1–8 (Couinaud) or exactly 1–9 (4a and 4b): "
        "say what the values are with --labels FILE:11=segment_1,12=segment_2,…"
    )


def parse_label_option(text: str) -> dict[int, str]:
    """Canonical names from the mapping part of ``--labels FILE:1=hepatic_vein,2=portal_vein``.

    Raises
    ------
    UsageError
        If the text is not such a list, or gives a value twice.
    LabelError
        If a name is not known.

    Examples
    --------
    >>> parse_label_option("1=hepatic_vein, 2=Portal vein")
    {1: 'hepatic_vein', 2: 'portal_vein'}
    """
    mapping: dict[int, str] = {}
    for item in text.split(","):
        pair = re.fullmatch(r"\s*([1-9]\d{0,8})\s*=\s*(\S.*?)\s*", item)
        if pair is None:
            raise UsageError(
                f"--labels has {item.strip()!r}; expected VALUE=NAME pairs with positive values, "
                "such as 1=hepatic_vein,2=portal_vein"
            )
        value, own_name = int(pair[1]), pair[2]
        name = canonical_name(own_name)
        if name is None:
            raise LabelError(
                f"--labels maps {value} to {own_name!r}, which is not known; known are {unknown_name_hint()}"
            )
        if value in mapping:
            raise UsageError(f"--labels gives the value {value} twice; keep one meaning for each value")
        mapping[value] = name
    return mapping
