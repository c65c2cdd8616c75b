"""What is known about the patient. None means not known; it is never 0."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable
from dataclasses import InitVar, dataclass, fields, replace
from numbers import Real
from typing import Final, Literal

from flr.errors import PatientError
from flr.formulas import ADULT_HEIGHT_CM, ADULT_WEIGHT_KG, STANDARD_BSA_M2, bsa_m2
from flr.quality import CHECKS, QualityFinding

Condition = Literal["normal", "chemotherapy", "steatosis", "cirrhosis", "biliary", "donor", "unknown"]

CONDITIONS: Final = ("normal", "chemotherapy", "steatosis", "cirrhosis", "biliary", "donor", "unknown")
"""Background of the liver, as on the command line."""

DIAGNOSES: Final = ("crlm", "net", "hcc", "icca", "pcca", "donor", "other")
PRIORS: Final = ("hepatectomy", "embolisation", "situs_inversus")
CHILD_PUGH_CLASSES: Final = ("A", "B", "C")
SEXES: Final = ("F", "M")

ADULT_AGE_YEARS: Final = 18.0
"""From this age on, adult cut-offs apply."""

PLATELETS_PORTAL_HYPERTENSION_10E9_PER_L: Final = 100.0
"""Below it platelets count as portal hypertension in cirrhosis, and ask for an explanation elsewhere."""

_HIGH_BMI_KG_PER_M2 = 35.0
_OLDEST_SHOWN_YEARS = 89.0
_SAME_WEIGHT_SHARE: Final = 0.1
_SAME_HEIGHT_CM: Final = 5.0
_SAME_AGE_YEARS: Final = 1.5
_LEAST_ADULT_WEIGHT_KG = 25.0  # lighter adults are asked for units
_LEAST_HEIGHT_CM = 3.0  # a height below is in metres

# No living person is beyond these: a number that is has another unit.
_MOST_WEIGHT_KG = 650.0
_MOST_HEIGHT_CM = 280.0
_MOST_AGE_YEARS = 130.0
_MOST_PLATELETS_10E9_PER_L = 5000.0

_LEAST_ICG_R15_PERCENT = 1.0
"""Less would need a clearance above 0.3/min, of all plasma that passes the liver: it is a share of 1."""

_SEX_OF_WORD: Final = {"f": "F", "female": "F", "m": "M", "male": "M"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """Facts about a patient, each None while it is not known.

    Parameters
    ----------
    weight_kg : float or None
        Body weight; with ascites or oedema the estimated dry weight. [kg]
    height_cm : float or None
        Body height. [cm]
    age_years : float or None
        Unknown counts as adult. [years]
    sex : {"F", "M"} or None
    conditions : sequence of str
        Background of the liver, from `CONDITIONS`; empty means not known.
    diagnosis : str or None
        From `DIAGNOSES`.
    prior : sequence of str
        From `PRIORS`: what has changed the liver's shape or side.
    child_pugh : {"A", "B", "C"} or None
    portal_hypertension : bool or None
    remnant_drained : bool or None
        Whether the bile ducts of the remnant are drained.
    platelets_10e9_per_l : float or None
        [10⁹/L]
    icg_r15_percent : float or None
        Indocyanine green retained after 15 minutes. [%]
    hbs_percent_per_min_per_m2 : float or None
        Mebrofenin uptake of the remnant. [%/min/m²]
    limax_ug_per_kg_per_h : float or None
        LiMAx of the whole liver before surgery. [µg/kg/h]
    condition : str or None
        One condition, a shorter way to write ``conditions=(condition,)``.

    Raises
    ------
    PatientError
        If a value cannot be true, or is so unlikely that its unit must be asked for.

    Examples
    --------
    >>> Patient(weight_kg=72, height_cm=171, condition="chemotherapy").conditions
    ('chemotherapy',)
    """

    weight_kg: float | None = None
    height_cm: float | None = None
    age_years: float | None = None
    sex: Literal["F", "M"] | None = None
    conditions: tuple[str, ...] = ()
    diagnosis: str | None = None
    prior: tuple[str, ...] = ()
    child_pugh: Literal["A", "B", "C"] | None = None
    portal_hypertension: bool | None = None
    remnant_drained: bool | None = None
    platelets_10e9_per_l: float | None = None
    icg_r15_percent: float | None = None
    hbs_percent_per_min_per_m2: float | None = None
    limax_ug_per_kg_per_h: float | None = None
    condition: InitVar[str | None] = None

    def __post_init__(self, condition: str | None) -> None:
        """Refuse what cannot be true."""
        conditions = _words(self.conditions, "condition", CONDITIONS)
        if condition is not None:
            conditions += _words(condition, "condition", CONDITIONS)
        object.__setattr__(self, "conditions", tuple(dict.fromkeys(conditions)))
        object.__setattr__(self, "prior", _words(self.prior, "prior", PRIORS))
        _one_of(self.sex, "sex", SEXES)
        _one_of(self.diagnosis, "diagnosis", DIAGNOSES)
        _one_of(self.child_pugh, "child_pugh", CHILD_PUGH_CLASSES)
        for name in ("portal_hypertension", "remnant_drained"):
            value = getattr(self, name)
            if value is not None and not isinstance(value, bool):
                raise PatientError(f"{name} is {value!r}; expected true, false or nothing (not known)")
        self._check_numbers()
        self._check_body()

    def _check_numbers(self) -> None:
        limits = {
            "weight_kg": (_MOST_WEIGHT_KG, "a weight in kg; is it in grams, or a decimal point missing?"),
            "height_cm": (_MOST_HEIGHT_CM, "a height in cm; is it in mm, or a decimal point missing?"),
            "platelets_10e9_per_l": (
                _MOST_PLATELETS_10E9_PER_L,
                "platelets in 10⁹/L, such as 140; are they per µL?",
            ),
            "icg_r15_percent": (100.0, "percent, at most 100"),
            "hbs_percent_per_min_per_m2": (100.0, "uptake of the remnant in %/min/m², such as 2.7"),
            "limax_ug_per_kg_per_h": (5000.0, "LiMAx in µg/kg/h, such as 315"),
        }
        for name, (most, wanted) in limits.items():
            value = self._as_float(name)
            if value is not None and value <= 0:
                raise PatientError(f"{name} is {value:g}; expected a number above 0, or nothing if not known")
            if value is not None and value > most:
                raise PatientError(f"{name} is {value:g}; expected {wanted}")
        icg = self.icg_r15_percent
        if icg is not None and icg < _LEAST_ICG_R15_PERCENT:
            raise PatientError(
                f"icg_r15_percent is {icg:g}; expected percent retained after 15 minutes, such as 8: is it a"
                f" fraction? Give {100 * icg:g} then"
            )
        age = self._as_float("age_years")
        if age is not None and not 0 <= age <= _MOST_AGE_YEARS:
            raise PatientError(f"age_years is {age:g}; expected an age in years, 0 to {_MOST_AGE_YEARS:g}")

    def _as_float(self, name: str) -> float | None:
        value = _finite(getattr(self, name), name)
        object.__setattr__(self, name, value)
        return value

    def _check_body(self) -> None:
        weight, height = self.weight_kg, self.height_cm
        if height is not None and height < _LEAST_HEIGHT_CM:
            raise PatientError(
                f"height_cm is {height:g}; expected cm: is it in metres? Give {100 * height:g} then"
            )
        if weight is not None and weight < _LEAST_ADULT_WEIGHT_KG and not self.is_child:
            raise PatientError(
                f"weight_kg is {weight:g}; expected kg of an adult: which unit is it in? "
                f"For a child give the age (below {ADULT_AGE_YEARS:g} years) as well"
            )
        # Nobody below the adult heights weighs more kilograms than their centimetres.
        if weight is not None and height is not None and weight > height and height < ADULT_HEIGHT_CM[0]:
            raise PatientError(
                f"weight_kg is {weight:g} and height_cm {height:g}; expected kg and cm: "
                "are the two swapped, or in pounds and inches?"
            )

    @property
    def is_child(self) -> bool:
        """Known to be younger than 18: no adult cut-off applies."""
        return self.age_years is not None and self.age_years < ADULT_AGE_YEARS

    @property
    def is_donor(self) -> bool:
        """A living donor, by condition or diagnosis."""
        return "donor" in self.conditions or self.diagnosis == "donor"

    @property
    def is_biliary(self) -> bool:
        """Obstructed bile ducts or perihilar cholangiocarcinoma, by condition or diagnosis."""
        return "biliary" in self.conditions or self.diagnosis == "pcca"

    @property
    def platelets_are_low(self) -> bool:
        """Known to be below 100·10⁹/L."""
        platelets = self.platelets_10e9_per_l
        return platelets is not None and platelets < PLATELETS_PORTAL_HYPERTENSION_10E9_PER_L

    @property
    def embolisation_excluded_by(self) -> str:
        """The given facts for which nobody names embolisation or ALPPS, in words; empty where there is none.

        Child-Pugh B or C, and portal hypertension: stated, or platelets below 100·10⁹/L in cirrhosis.
        """
        facts = []
        if self.child_pugh in ("B", "C"):
            facts.append(f"Child-Pugh {self.child_pugh}")
        if self.portal_hypertension:
            facts.append("portal hypertension")
        elif self.platelets_are_low and "cirrhosis" in self.conditions:
            facts.append(
                f"platelets of {self.platelets_10e9_per_l:g}·10⁹/L in cirrhosis, as portal hypertension"
            )
        text = " and ".join(facts)
        return text[:1].upper() + text[1:]

    @property
    def alpps_may_be_named(self) -> bool:
        """Whether no given fact rules ALPPS out: biliary disease, cirrhosis, donation, and those above."""
        excluded = self.is_biliary or "cirrhosis" in self.conditions or self.is_donor
        return not (excluded or self.embolisation_excluded_by)

    @property
    def bmi_kg_per_m2(self) -> float | None:
        """Body mass index, or None while weight or height is not known. [kg/m²]"""
        if self.weight_kg is None or self.height_cm is None:
            return None
        return self.weight_kg / (self.height_cm / 100.0) ** 2


def sex_of(word: str) -> str:
    """A sex as people write it, as :class:`Patient` has it; any other word as it is, to be refused there.

    >>> sex_of("Female"), sex_of("m"), sex_of("x")
    ('F', 'M', 'x')
    """
    return _SEX_OF_WORD.get(word.casefold(), word)


@dataclass(frozen=True, slots=True)
class PatientFacts:
    """Facts about the patient from the headers of images, each None while it is not known.

    Parameters
    ----------
    weight_kg, height_cm, age_years : float or None
    sex : {"F", "M"} or None
    """

    weight_kg: float | None = None
    height_cm: float | None = None
    age_years: float | None = None
    sex: Literal["F", "M"] | None = None

    def without_telling_age(self) -> PatientFacts:
        """The same facts without an age above 89 years, which can identify a person by itself."""
        if self.age_years is None or self.age_years <= _OLDEST_SHOWN_YEARS:
            return self
        return replace(self, age_years=None)

    def in_words(self) -> str:
        """What is known, in words; empty when nothing is."""
        known = (
            (self.weight_kg, f"weight {self.weight_kg:g} kg" if self.weight_kg else ""),
            (self.height_cm, f"height {self.height_cm:g} cm" if self.height_cm else ""),
            (self.age_years, f"age {_age_in_words(self.age_years)}" if self.age_years is not None else ""),
            (self.sex, f"sex {self.sex}"),
        )
        return ", ".join(words for value, words in known if value is not None)


def with_header_facts(patient: Patient, facts: PatientFacts) -> tuple[Patient, tuple[QualityFinding, ...]]:
    """A patient with what images' headers say where nothing was stated, and what is to be said about it.

    What was stated stays; where a header contradicts it, a finding asks whether it is this patient.

    >>> known, findings = with_header_facts(Patient(weight_kg=72), PatientFacts(weight_kg=90, height_cm=171))
    >>> known.weight_kg, known.height_cm, [f.check for f in findings]
    (72.0, 171.0, ['header_facts_used', 'header_facts_disagree'])
    """
    taken = {
        field.name: value
        for field in fields(facts)
        if (value := getattr(facts, field.name)) is not None and getattr(patient, field.name) is None
    }
    findings = _disagreements(patient, facts)
    if not taken:
        return patient, findings
    words = PatientFacts(**taken).in_words()
    try:
        completed = replace(patient, **taken)
    except PatientError:
        message = f"the header gives {words}, which does not go with what was given; it is not used"
        return patient, (CHECKS["header_fact_implausible"].finding(message, "warning"), *findings)
    message = f"{words}: from the header of the images, as nothing else was given; check before relying on it"
    return completed, (CHECKS["header_facts_used"].finding(message), *findings)


def _disagreements(patient: Patient, facts: PatientFacts) -> tuple[QualityFinding, ...]:
    findings = []
    rows = (
        ("weight", "kg", facts.weight_kg, patient.weight_kg, _SAME_WEIGHT_SHARE * (patient.weight_kg or 0.0)),
        ("height", "cm", facts.height_cm, patient.height_cm, _SAME_HEIGHT_CM),
        ("age", "years", facts.age_years, patient.age_years, _SAME_AGE_YEARS),
    )
    for word, unit, header, stated, tolerance in rows:
        if header is not None and stated is not None and abs(header - stated) > tolerance:
            shown = [
                _age_in_words(value) if word == "age" else f"{value:.4g} {unit}" for value in (header, stated)
            ]
            message = (
                f"the header gives a {word} of {shown[0]}, {shown[1]} was given and is used;"
                " is it this patient?"
            )
            findings.append(CHECKS["header_facts_disagree"].finding(message))
    if facts.sex and patient.sex and facts.sex != patient.sex:
        message = (
            f"the header gives the sex {facts.sex}, {patient.sex} was given and is used; is it this patient?"
        )
        findings.append(CHECKS["header_facts_disagree"].finding(message))
    return tuple(findings)


def _age_in_words(age_years: float) -> str:
    """An age; above 89 years it can identify a person by itself and is not given."""
    return f"{age_years:.4g} years" if age_years <= _OLDEST_SHOWN_YEARS else "above 89 years"


def body_findings(patient: Patient) -> tuple[QualityFinding, ...]:
    """Body measures that are possible but outside the guards: check them, and read the ratios with care.

    Adults only (age not known counts as adult): weight outside 30 to 200 kg, height outside 130 to
    215 cm, body surface (Mosteller) outside 1.4 to 2.5 m², body mass index of 35 kg/m² and more.

    >>> [f.check for f in body_findings(Patient(weight_kg=120, height_cm=170))]
    ['bmi_high']
    """
    if patient.is_child:
        return ()
    outside = []
    weight, height, bmi = patient.weight_kg, patient.height_cm, patient.bmi_kg_per_m2
    if weight is not None and not ADULT_WEIGHT_KG[0] <= weight <= ADULT_WEIGHT_KG[1]:
        outside.append(f"the weight of {weight:g} kg is outside {_range(ADULT_WEIGHT_KG)} kg")
    if height is not None and not ADULT_HEIGHT_CM[0] <= height <= ADULT_HEIGHT_CM[1]:
        outside.append(f"the height of {height:g} cm is outside {_range(ADULT_HEIGHT_CM)} cm")
    if weight is not None and height is not None:
        surface_m2 = bsa_m2(weight, height)
        if not STANDARD_BSA_M2[0] <= surface_m2 <= STANDARD_BSA_M2[1]:
            outside.append(f"the body surface of {surface_m2:.3f} m² is outside {_range(STANDARD_BSA_M2)} m²")
    findings = [
        CHECKS["body_size_out_of_range"].finding(
            f"{text}, the range of the adult formulas: check value and unit"
        )
        for text in outside
    ]
    if bmi is not None and bmi >= _HIGH_BMI_KG_PER_M2:
        findings.append(
            CHECKS["bmi_high"].finding(
                f"the body mass index is {bmi:.1f} kg/m² (35 or more): formulas from body size "
                "extrapolate; results are for the actual weight, prefer the measured share"
            )
        )
    return tuple(findings)


def _range(limits: tuple[float, float]) -> str:
    return f"{limits[0]:g} to {limits[1]:g}"


def _finite(value: object, name: str) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, Real):
        raise PatientError(f"{name} is {value!r}; expected a number, or nothing when it is not known")
    if not math.isfinite(value):
        raise PatientError(f"{name} is {value}; expected a finite number, or nothing when it is not known")
    return float(value)


def _one_of(value: object, name: str, known: tuple[str, ...]) -> None:
    if value is None:
        return
    if not isinstance(value, str) or value not in known:
        raise PatientError(
            f"{name} {value!r} is not known; expected one of {', '.join(known)}{_near(value, known)}"
        )


def _words(values: str | Iterable[str] | None, name: str, known: tuple[str, ...]) -> tuple[str, ...]:
    words = () if values is None else (values,) if isinstance(values, str) else tuple(values)
    for word in words:
        _one_of(word, name, known)
    return tuple(dict.fromkeys(words))


def _near(value: object, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(str(value).lower(), [k.lower() for k in known], n=1, cutoff=0.5)
    return f"; did you mean {next(k for k in known if k.lower() == near[0])!r}?" if near else ""
