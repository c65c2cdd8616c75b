"""What the images' headers say about the patient's body, offered as defaults after a look at plausibility."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from math import isfinite
from pathlib import Path
from typing import Final, Literal

from flr.dicom.header import Header, quietly
from flr.dicom.opened import malformed, read_dataset
from flr.errors import ReadError
from flr.patient import PatientFacts
from flr.quality import CHECKS, QualityFinding
from flr.units import CM_PER_M

_WEIGHT_KG: Final = (2.0, 350.0)
_HEIGHT_CM: Final = (40.0, 230.0)
_MOST_AGE_YEARS: Final = 120.0
_ADULT_AGE_YEARS: Final = 18.0
_ADULT_BMI: Final = (10.0, 80.0)
_YEARS_PER: Final = {"Y": 1.0, "M": 1.0 / 12.0, "W": 7.0 / 365.25, "D": 1.0 / 365.25}
_DAYS_PER_YEAR: Final = 365.25
_SAME_AGE_YEARS: Final = 1.5


def patient_facts(headers: Iterable[Header]) -> tuple[PatientFacts, tuple[QualityFinding, ...]]:
    """Facts on which the headers agree, implausible values left out with a finding.

    Parameters
    ----------
    headers : iterable of Header
        Of one patient.
    """
    seen: dict[tuple[object, ...], Header] = {}
    keywords = ("PatientWeight", "PatientSize", "PatientAge", "PatientSex", "PatientBirthDate")
    for header in headers:
        seen.setdefault(tuple(header.values.get(keyword) for keyword in keywords), header)
    quality: list[QualityFinding] = []
    weights = _agreed(
        [w for h in seen.values() if (w := _number(h, "PatientWeight"))], "weights", 1.0, quality
    )
    heights = _agreed([v for h in seen.values() if (v := _height_cm(h, quality))], "heights", 1.0, quality)
    ages = _agreed(
        [a for h in seen.values() if (a := _age_years(h)) is not None], "ages", _SAME_AGE_YEARS, quality
    )
    sexes = {h.text("PatientSex").upper() for h in seen.values()} & {"F", "M"}
    weight = _plausible(weights, "weight", *_WEIGHT_KG, "kg", quality)
    height = _plausible(heights, "height", *_HEIGHT_CM, "cm", quality)
    age = _plausible(ages, "age", 0.0, _MOST_AGE_YEARS, "years", quality)
    if weight and height and (age is None or age >= _ADULT_AGE_YEARS):
        bmi = weight / (height / CM_PER_M) ** 2
        if not _ADULT_BMI[0] <= bmi <= _ADULT_BMI[1]:
            message = (
                f"the header's weight ({weight:g} kg) and height ({height:g} cm) do not go together (body"
                f" mass index {bmi:.0f}); neither is used"
            )
            quality.append(CHECKS["header_fact_implausible"].finding(message, "warning"))
            weight = height = None
    sex: Literal["F", "M"] | None = None
    if len(sexes) == 1:
        sex = "F" if "F" in sexes else "M"
    elif sexes:
        quality.append(
            CHECKS["header_facts_disagree"].finding("the headers give both sexes; none is used", "warning")
        )
    return PatientFacts(weight, height, age, sex), tuple(dict.fromkeys(quality))


_IDENTITY: Final = (
    ("PatientName", "patient name"),
    ("PatientID", "patient id"),
    ("PatientBirthDate", "birth date"),
    ("StudyDate", "study date"),
    ("StudyDescription", "study"),
    ("SeriesDescription", "series"),
)


def identity(path: Path) -> tuple[tuple[str, str], ...]:
    """Who and what a file is, as pairs of words and text; only for those who ask to be told."""
    with quietly():
        wanted = [keyword for keyword, _ in _IDENTITY]
        try:
            content = read_dataset(path, tags=wanted, stop_before_pixels=True)
            return tuple(
                (words, text) for key, words in _IDENTITY if (text := str(content.get(key, "") or "").strip())
            )
        except malformed() as error:
            raise ReadError(
                f"who a DICOM file is of cannot be read ({type(error).__name__}); export it again"
            ) from error


def _number(header: Header, keyword: str) -> float | None:
    values = header.numbers(keyword)
    return values[0] if values and isfinite(values[0]) and values[0] > 0 else None


def _height_cm(header: Header, quality: list[QualityFinding]) -> float | None:
    """PatientSize is in metres; a number that can only be centimetres is taken as such, and said."""
    size = _number(header, "PatientSize")
    if size is None:
        return None
    if _HEIGHT_CM[0] <= size <= _HEIGHT_CM[1]:
        message = f"the header gives a size of {size:g} m; it is taken as {size:g} cm"
        quality.append(CHECKS["header_fact_implausible"].finding(message, "info"))
        return size
    return size * CM_PER_M


def _age_years(header: Header) -> float | None:
    """Age as stated, else from birth date and study date."""
    stated = re.fullmatch(r"(\d{1,4})([DWMY])", header.text("PatientAge").upper())
    if stated and stated[2] == "Y" and int(stated[1]) == 0:
        return None  # what de-identification leaves; infants have months, weeks or days
    if stated:
        return int(stated[1]) * _YEARS_PER[stated[2]]
    born, seen = date_of(header.text("PatientBirthDate")), date_of(header.text("StudyDate"))
    if born is None or seen is None or seen <= born:
        return None
    return float(int((seen - born).days / _DAYS_PER_YEAR))


def date_of(text: str) -> date | None:
    """A DICOM date as a date; None for anything else."""
    digits = re.fullmatch(r"(\d{4})\.?(\d{2})\.?(\d{2})", text)
    try:
        return date(int(digits[1]), int(digits[2]), int(digits[3])) if digits else None
    except ValueError:
        return None


def _agreed(
    values: Sequence[float], word: str, tolerance: float, quality: list[QualityFinding]
) -> float | None:
    if not values:
        return None
    if max(values) - min(values) > tolerance:
        message = f"the headers give different {word} ({min(values):.4g} to {max(values):.4g}); none is used"
        quality.append(CHECKS["header_facts_disagree"].finding(message, "warning"))
        return None
    return values[0]


def _plausible(
    value: float | None, word: str, least: float, most: float, unit: str, quality: list[QualityFinding]
) -> float | None:
    if value is None or least <= value <= most:
        return value
    message = f"the header gives a {word} of {value:.4g} {unit}, which no patient has; it is not used"
    quality.append(CHECKS["header_fact_implausible"].finding(message, "warning"))
    return None
