"""What a site sets for all of its cases: formulas, limits, the background where none is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flr.criteria.model import SiteLimits
from flr.criteria.profiles import PROFILES
from flr.errors import UsageError
from flr.formulas import BSA_FORMULAS, LIVER_VOLUME_FORMULAS

LANGUAGES: Final = ("en",)
"""Languages that texts are written in."""

_CONDITIONS: Final = tuple(key for key in PROFILES if key not in ("unknown", "donor"))


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteLogo:
    """The picture of a site, by the name and hash of its file."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFile:
    """A site's own file, as it was when a result was computed; what is None is this toolkit's.

    Parameters
    ----------
    name, sha256 : str
        Of the file.
    bsa_formula, standard_volume_formula : str, optional
    limits : SiteLimits, optional
    condition : str, optional
        Background that chooses the limits where none is given. It is no statement about a patient: the row
        ``background`` stays not shown.
    language : str, optional
    logo : SiteLogo, optional

    Raises
    ------
    UsageError
        If a word is none of those that are known.
    """

    name: str
    sha256: str
    bsa_formula: str | None = None
    standard_volume_formula: str | None = None
    limits: SiteLimits | None = None
    condition: str | None = None
    language: str | None = None
    logo: SiteLogo | None = None

    def __post_init__(self) -> None:
        for key, known in ALLOWED.items():
            value = getattr(self, key)
            if value is not None and value not in known:
                raise UsageError(f"{self.name}: {key} is {value!r}; expected one of {', '.join(known)}")


ALLOWED: Final = {
    "bsa_formula": tuple(BSA_FORMULAS),
    "standard_volume_formula": tuple(LIVER_VOLUME_FORMULAS),
    "condition": _CONDITIONS,
    "language": LANGUAGES,
}
"""Words that a key of the file may have."""
