"""What is known about the patient. None means not known; it is never 0."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import InitVar, dataclass, fields, replace
from numbers import Real
from typing import Any, Final, Literal

from flr.errors import PatientError
from flr.facts import OLDEST_SHOWN_YEARS, PATIENT_FACTS, UMOL_PER_MG_OF_BILIRUBIN, Fact, fact_of
from flr.quality import CHECKS, QualityFinding, Severity

CONDITIONS: Final = fact_of("conditions").choices
"""Background of the liver, as on the command line."""

ADULT_AGE_YEARS: Final = 18.0
"""From this age on, adult cut-offs apply."""

PLATELETS_PORTAL_HYPERTENSION_10E9_PER_L: Final = 100.0
"""Below it platelets count as portal hypertension in cirrhosis, and ask for an explanation elsewhere."""

CHEMOTHERAPY_WEEKS: Final = 12.0
"""More weeks of chemotherapy than this are a background of their own (Shindoh 2013). [weeks]"""

HIGH_BMI_KG_PER_M2: Final = 35.0
"""From it on measures of body size extrapolate. [kg/m²]"""

GILBERT_CONJUGATED_PERCENT: Final = 20.0
NORMAL_ALBUMIN_G_PER_L: Final = 35.0
NORMAL_INR: Final = 1.2
"""Gilbert's syndrome: a conjugated share below the first, with normal albumin and INR by the others."""

_SAME_WEIGHT_SHARE: Final = 0.1
_SAME_HEIGHT_CM: Final = 5.0
_SAME_AGE_YEARS: Final = 1.5
# From here on a header is hardly of this patient (policy).
_OTHER_WEIGHT_RATIO: Final = 1.5
_OTHER_HEIGHT_CM: Final = 15.0
_OTHER_AGE_YEARS: Final = 10.0
_LEAST_ADULT_WEIGHT_KG = 25.0  # lighter adults are asked for units
_MOST_UNEXPLAINED_BILIRUBIN_MG_PER_DL = 5.0  # most healthy values in µmol/L are above it (policy)


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
        From its row of :mod:`flr.facts`, as every fact.
    prior : sequence of str
        What has changed the liver's shape or side.
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
    bilirubin_mg_per_dl : float or None
        Total bilirubin; 1 mg/dL is 17.1 µmol/L. [mg/dL]
    bilirubin_cause : {"gilbert", "obstruction", "liver", "haemolysis"} or None
    conjugated_bilirubin_percent : float or None
        Conjugated share of the bilirubin. [%]
    albumin_g_per_l : float or None
        [g/L]
    inr : float or None
        International normalised ratio. [-]
    creatinine_mg_per_dl : float or None
        1 mg/dL is 88.4 µmol/L. [mg/dL]
    ascites : {"none", "controlled", "uncontrolled"} or None
    varices, splenomegaly : bool or None
    spleen_volume_ml : float or None
        [mL]
    polycystic : bool or None
        Whether the liver is polycystic: its cysts have to be drawn then.
    chemotherapy_weeks : float or None
        Before the operation, 0 for none. [weeks]
    chemotherapy_agents : sequence of str
    extrahepatic_disease : {"none", "treated", "planned", "untreated"} or None
        ``planned`` where its treatment is.
    bowel_surgery : bool or None
        In the same operation.
    malignant, near_major_vessel, previous_open_resection, hand_assisted : bool or None
        What scores ask for beside the image; ``hand_assisted`` or hybrid is how the operation is planned.
    ecog : int or None
        Performance status, 0 to 4.
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
    bilirubin_mg_per_dl: float | None = None
    bilirubin_cause: Literal["gilbert", "obstruction", "liver", "haemolysis"] | None = None
    conjugated_bilirubin_percent: float | None = None
    albumin_g_per_l: float | None = None
    inr: float | None = None
    creatinine_mg_per_dl: float | None = None
    ascites: Literal["none", "controlled", "uncontrolled"] | None = None
    varices: bool | None = None
    splenomegaly: bool | None = None
    spleen_volume_ml: float | None = None
    polycystic: bool | None = None
    chemotherapy_weeks: float | None = None
    chemotherapy_agents: tuple[str, ...] = ()
    extrahepatic_disease: Literal["none", "treated", "planned", "untreated"] | None = None
    bowel_surgery: bool | None = None
    ecog: int | None = None
    malignant: bool | None = None
    near_major_vessel: bool | None = None
    previous_open_resection: bool | None = None
    hand_assisted: bool | None = None
    condition: InitVar[str | None] = None

    def __post_init__(self, condition: str | None) -> None:
        """Refuse what cannot be true."""
        if condition is not None:
            object.__setattr__(self, "conditions", (*_words(self.conditions), *_words(condition)))
        for fact in PATIENT_FACTS:
            object.__setattr__(self, fact.key, _checked(fact, getattr(self, fact.key)))
        self._check_body()
        self._check_bilirubin()

    def _check_bilirubin(self) -> None:
        """Ask for the unit of a bilirubin that few have before a resection, unless something explains it."""
        value = self.bilirubin_mg_per_dl
        explained = self.is_biliary or self.bilirubin_cause is not None or self.child_pugh in ("B", "C")
        if value is not None and value >= _MOST_UNEXPLAINED_BILIRUBIN_MG_PER_DL and not explained:
            umol_per_l = UMOL_PER_MG_OF_BILIRUBIN * value
            raise PatientError(
                f"bilirubin_mg_per_dl is {value:.4g} ({umol_per_l:.4g} µmol/L); expected mg/dL, such as 0.8: "
                "is it in µmol/L? Where it is as high as that, give bilirubin_cause as well"
            )

    def _check_body(self) -> None:
        from flr.formulas import ADULT_HEIGHT_CM

        weight, height = self.weight_kg, self.height_cm
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
    def portal_hypertension_by(self) -> str:
        """What tells of portal hypertension, in words: stated, varices, or few platelets with a large spleen.

        Empty where nothing does. Santambrogio R et al., HPB 2013;15:78-84,
        doi:10.1111/j.1477-2574.2012.00594.x.

        >>> Patient(platelets_10e9_per_l=90, splenomegaly=True).portal_hypertension_by
        'platelets of 90·10⁹/L with an enlarged spleen, counted as portal hypertension'
        """
        if self.portal_hypertension:
            return "portal hypertension"
        if self.varices:
            return "varices, counted as portal hypertension"
        if self.platelets_are_low and self.splenomegaly:
            platelets = f"platelets of {self.platelets_10e9_per_l:g}·10⁹/L"
            return f"{platelets} with an enlarged spleen, counted as portal hypertension"
        return ""

    @property
    def is_gilbert(self) -> bool:
        """Whether a raised bilirubin is explained by Gilbert's syndrome, and nothing given contradicts it.

        Stated, or a conjugated share below 20 % with albumin of 35 g/L or more and an INR of 1.2 or less.
        """
        conjugated, albumin, inr = self.conjugated_bilirubin_percent, self.albumin_g_per_l, self.inr
        normal = (
            None if conjugated is None else conjugated < GILBERT_CONJUGATED_PERCENT,
            None if albumin is None else albumin >= NORMAL_ALBUMIN_G_PER_L,
            None if inr is None else inr <= NORMAL_INR,
        )
        return False not in normal and (self.bilirubin_cause == "gilbert" or all(normal))

    @property
    def embolisation_excluded_by(self) -> str:
        """The given facts for which nobody names embolisation or ALPPS, in words; empty where there is none.

        Child-Pugh B or C, and portal hypertension, also by platelets below 100·10⁹/L in cirrhosis.
        """
        facts = []
        if self.child_pugh in ("B", "C"):
            facts.append(f"Child-Pugh {self.child_pugh}")
        if self.portal_hypertension_by:
            facts.append(self.portal_hypertension_by)
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
        if self.age_years is None or self.age_years <= OLDEST_SHOWN_YEARS:
            return self
        return replace(self, age_years=None)

    def in_words(self) -> str:
        """What is known, in words; empty when nothing is."""
        known = ((fact_of(field.name), getattr(self, field.name)) for field in fields(self))
        return ", ".join(
            f"{fact.word} {_in_words(fact, value, 'g')}" for fact, value in known if value is not None
        )


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
    for field in fields(facts):
        fact, header, stated = fact_of(field.name), getattr(facts, field.name), getattr(patient, field.name)
        if header is None or stated is None or _is_same(fact, header, stated):
            continue
        given = (
            f"the {fact.word} {header}"
            if fact.kind == "class"
            else f"a {fact.word} of {_in_words(fact, header)}"
        )
        message = (
            f"the header gives {given}, {_in_words(fact, stated)} was given and is used; is it this patient?"
        )
        severity: Severity = "error" if _is_another(fact, header, stated) else "warning"
        findings.append(CHECKS["header_facts_disagree"].finding(message, severity))
    return tuple(findings)


def _is_another(fact: Fact, header: object, stated: object) -> bool:
    """Whether a header says so other a thing that it is hardly of this patient."""
    if not isinstance(header, Real) or not isinstance(stated, Real):
        return fact.key == "sex"
    one, other = sorted((float(header), float(stated)))
    beyond = {
        "weight_kg": other > _OTHER_WEIGHT_RATIO * one,
        "height_cm": other - one > _OTHER_HEIGHT_CM,
        "age_years": other - one > _OTHER_AGE_YEARS,
    }
    return beyond.get(fact.key, False)


def _is_same(fact: Fact, header: object, stated: object) -> bool:
    """Whether a header says what was stated, within what changes from one day to another."""
    if not isinstance(header, Real) or not isinstance(stated, Real):
        return header == stated
    tolerances = {
        "weight_kg": _SAME_WEIGHT_SHARE * float(stated),
        "height_cm": _SAME_HEIGHT_CM,
        "age_years": _SAME_AGE_YEARS,
    }
    return abs(float(header) - float(stated)) <= tolerances.get(fact.key, 0.0)


def _in_words(fact: Fact, value: object, form: str = ".4g") -> str:
    """A value with its unit; one that can identify a person by itself is not given."""
    if not isinstance(value, Real):
        return str(value)
    if fact.private_above is not None and float(value) > fact.private_above:
        return f"above {fact.private_above:g} {fact.unit}"
    return f"{float(value):{form}} {fact.unit}"


def body_findings(patient: Patient) -> tuple[QualityFinding, ...]:
    """Body measures that are possible but outside the guards: check them, and read the ratios with care.

    Adults only (age not known counts as adult): weight outside 30 to 200 kg, height outside 130 to
    215 cm, body surface (Mosteller) outside 1.4 to 2.5 m², body mass index of 35 kg/m² and more.

    >>> [f.check for f in body_findings(Patient(weight_kg=120, height_cm=170))]
    ['bmi_high']
    """
    from flr.formulas import ADULT_HEIGHT_CM, ADULT_WEIGHT_KG, STANDARD_BSA_M2, bsa_m2

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
    if bmi is not None and bmi >= HIGH_BMI_KG_PER_M2:
        findings.append(
            CHECKS["bmi_high"].finding(
                f"the body mass index is {bmi:.1f} kg/m² (35 or more): formulas from body size "
                "extrapolate; results are for the actual weight, prefer the measured share"
            )
        )
    return tuple(findings)


def _range(limits: tuple[float, float]) -> str:
    return f"{limits[0]:g} to {limits[1]:g}"


def _checked(fact: Fact, value: object) -> object:
    """The value of a fact. Raises PatientError for what cannot be."""
    if fact.kind == "words":
        words = _words(value)
        for word in words:
            _require_choice(fact, word)
        return tuple(dict.fromkeys(words))
    if value is None:
        return None
    match fact.kind:
        case "class" | "word":
            _require_choice(fact, value)
            return value
        case "yes_no":
            if not isinstance(value, bool):
                raise PatientError(f"{fact.key} is {value!r}; expected true, false or nothing (not known)")
            return value
        case "number" | "whole":
            return _checked_number(fact, value)
    if not isinstance(value, str):
        raise PatientError(f"{fact.key} is {value!r}; expected a text or nothing (not known)")
    return value


def _checked_number(fact: Fact, value: object) -> float:
    number = _finite(value, fact.key)
    expected = None if fact.plausible is None else fact.plausible.expected_of(number)
    if expected is not None:
        raise PatientError(f"{fact.key} is {number:g}; expected {expected}")
    if fact.kind == "whole":
        if not number.is_integer():
            raise PatientError(f"{fact.key} is {number:g}; expected a whole number")
        return int(number)
    return number


def _finite(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, Real):
        raise PatientError(f"{name} is {value!r}; expected a number, or nothing when it is not known")
    if not math.isfinite(value):
        raise PatientError(f"{name} is {value}; expected a finite number, or nothing when it is not known")
    return float(value)


def _require_choice(fact: Fact, value: object) -> None:
    known = fact.choices
    if not isinstance(value, str) or value not in known:
        # Several words are asked for by one, as on the command line.
        name = fact.argument if fact.kind == "words" else fact.key
        raise PatientError(
            f"{name} {value!r} is not known; expected one of {', '.join(known)}{_near(value, known)}"
        )


def _words(values: object) -> tuple[Any, ...]:
    if values is None:
        return ()
    return (values,) if isinstance(values, str) or not isinstance(values, Iterable) else tuple(values)


def _near(value: object, known: tuple[str, ...]) -> str:
    import difflib

    near = difflib.get_close_matches(str(value).lower(), [k.lower() for k in known], n=1, cutoff=0.5)
    return f"; did you mean {next(k for k in known if k.lower() == near[0])!r}?" if near else ""
