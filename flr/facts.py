"""Every fact about a patient or a scan once: its key, unit, values and words, and who may state it.

Options of the command line, columns of manifests and of BIDS participants, keys of the case file, the schemas
and the rows of reports are made from this table. A new fact is one row here and one field of
:class:`flr.patient.Patient` or :class:`flr.liver.ScanFacts`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, get_args

from flr.errors import PatientError

if TYPE_CHECKING:
    from datetime import date

Kind = Literal["number", "whole", "class", "word", "words", "yes_no", "text", "date"]
"""What a value is. A class is one of a closed set; a word is one of a list that may grow."""

Door = Literal["option", "manifest", "participants", "case", "header", "every_case"]
"""Who may state a fact.

``option``: the command line. ``manifest``: a row of a cohort. ``participants``: ``participants.tsv`` of a
BIDS dataset. ``case``: a case file. ``header``: the headers of DICOM images, where nobody states it.
``every_case``: one statement for many patients, as an option of ``flr cohort run`` and ``flr bids`` and in
the rules of ``flr pacs watch``.
"""

OLDEST_SHOWN_YEARS: Final = 89.0
"""An age above it can identify a person by itself."""

MOST_SLICE_THICKNESS_MM: Final = 50.0
"""No scan of a liver has thicker slices: a larger number has another unit. Headers are believed up to it."""

UMOL_PER_MG_OF_BILIRUBIN: Final = 17.1
"""µmol/L of bilirubin in 1 mg/dL."""

UMOL_PER_MG_OF_CREATININE: Final = 88.4
"""µmol/L of creatinine in 1 mg/dL."""

VesselsCount = Literal["included", "excluded"]
VESSELS_COUNT: Final[tuple[VesselsCount, ...]] = get_args(VesselsCount)
"""Whether drawn vessels inside the liver count; where excluded, volumes without them are given as well."""

YES_NO: Final[Mapping[str, bool]] = MappingProxyType({"yes": True, "true": True, "no": False, "false": False})

_STATED: Final[frozenset[Door]] = frozenset({"option", "manifest", "case"})
_METAVARS: Final[Mapping[Kind, str]] = MappingProxyType(
    {"word": "NAME", "words": "NAME", "text": "TEXT", "date": "DATE"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plausible:
    """What a number of a living person, or of a scan, can be; anything else has another unit.

    Parameters
    ----------
    most : float
        In the unit of the fact.
    expected : str
        What is expected of a larger number, with the question about its unit.
    zero : bool
        0 is a value of its own; then a negative number is answered by ``expected``.
    positive : str
        What is expected of a number that is not above 0.
    least : float
        A smaller number has another unit, 0 aside.
    small : str
        What is expected of such a number; ``{times_10}`` and ``{times_100}`` stand for ten times and a
        hundred times the number.
    """

    most: float
    expected: str
    zero: bool = False
    positive: str = "a number above 0, or nothing if not known"
    least: float = 0.0
    small: str = ""

    def expected_of(self, value: float) -> str | None:
        """What is expected instead of a value; None where the value can be.

        >>> Plausible(most=100.0, expected="percent").expected_of(120.0)
        'percent'
        """
        if not value >= 0.0 or (value == 0.0 and not self.zero):
            return self.expected if self.zero else self.positive
        if not value <= self.most:
            return self.expected
        if 0.0 < value < self.least:
            return self.small.format(times_10=f"{10.0 * value:g}", times_100=f"{100.0 * value:g}")
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherUnit:
    """Another unit in which laboratories report a number.

    Parameters
    ----------
    key : str
        Of the case file, with the unit last.
    unit : str
    per_unit : float
        How much of this unit one of the fact's own unit is.
    plausible : Plausible
        In this unit.
    """

    key: str
    unit: str
    per_unit: float
    plausible: Plausible


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One fact about a patient, a scan or its segmentation.

    Parameters
    ----------
    key : str
        The field of the record, the key of the case file and of documents; its unit comes last.
    kind : Kind
    option : str
        Without its dashes, for example ``child-pugh``.
    label : str
        Of the report's row.
    of : {"patient", "scan", "segmentation"}
        A field of ``Patient``, of ``ScanFacts``, or whether somebody has reviewed the segmentation.
    own_column : str
        Column of a manifest where it is not called like the option.
    metavar : str
        Stands for a number in the help.
    help : str
        ``{choices}`` and ``{one_of}`` stand for the choices.
    unit : str
    choices : tuple of str
        Of a class, a word or words.
    spellings : mapping of str to str
        Other ways to write a choice, in small letters.
    shown : mapping of str to str
        How a report writes a choice, where not as it is.
    plausible : Plausible, optional
    other_units : tuple of OtherUnit
        In which a number may be given as well, with the unit behind it: ``4.1 g/dL``.
    unit_is_asked : bool
        A bare number is refused where texts are read: it may be of either unit, and both are usual.
    digits : int, optional
        Decimals of a number in reports; as it was given where None.
    doors : frozenset of Door
    private_above : float, optional
        A larger number can identify a person by itself.
    tells : bool
        A day, or words of people: results for research leave it out.
    added : bool
        It came after the first documents, which lack it: a reader of results does not ask for it.
    """

    key: str
    kind: Kind
    option: str
    label: str
    of: Literal["patient", "scan", "segmentation"] = "patient"
    own_column: str = ""
    metavar: str = ""
    help: str = ""
    unit: str = ""
    choices: tuple[str, ...] = ()
    spellings: Mapping[str, str] = field(default_factory=dict)
    shown: Mapping[str, str] = field(default_factory=dict)
    plausible: Plausible | None = None
    other_units: tuple[OtherUnit, ...] = ()
    unit_is_asked: bool = False
    digits: int | None = None
    doors: frozenset[Door] = _STATED
    private_above: float | None = None
    tells: bool = False
    added: bool = False

    @property
    def argument(self) -> str:
        """The option as the parser of the command line keeps it.

        >>> fact_of("child_pugh").argument
        'child_pugh'
        """
        return self.option.replace("-", "_")

    @property
    def column(self) -> str:
        """The column of a manifest."""
        return self.own_column or self.argument

    @property
    def word(self) -> str:
        """The fact in a sentence: ``weight``.

        >>> fact_of("weight_kg").word, fact_of("child_pugh").word
        ('weight', 'child pugh')
        """
        return self.argument.replace("_", " ")

    @property
    def withheld_key(self) -> str | None:
        """The key that says in a document whether a number is withheld; None for what is never withheld.

        >>> fact_of("age_years").withheld_key
        'age_over_89'
        """
        return None if self.private_above is None else f"{self.argument}_over_{self.private_above:g}"

    @property
    def placeholder(self) -> str | None:
        """What stands for a value in the help of an option."""
        return self.metavar or _METAVARS.get(self.kind) or "|".join(self.choices) or None

    @property
    def help_text(self) -> str | None:
        """The help of an option, with the choices written out."""
        one_of = ", ".join(self.choices[:-1]) + f" or {self.choices[-1]}" if self.choices else ""
        return self.help.format(choices=", ".join(self.choices), one_of=one_of) or None

    @property
    def description(self) -> str:
        """What the fact is, in one line, for schemas and dictionaries of columns.

        >>> fact_of("platelets_10e9_per_l").description
        'Platelets [10⁹/L]'
        """
        more = f": {', '.join(self.choices)}" if self.choices else ""
        return self.label + more + (f" [{self.unit}]" if self.unit else "")

    def in_units(self, value: float) -> str:
        """A number as people read it, in every unit that laboratories report it in.

        >>> fact_of("bilirubin_mg_per_dl").in_units(2.0), fact_of("weight_kg").in_units(72.5)
        ('2 mg/dL (34.2 µmol/L)', '72.5 kg')
        """
        others = [f"{value * other.per_unit:.3g} {other.unit}" for other in self.other_units]
        own = f"{value:.3g}" if others else f"{value:.10g}"
        return f"{own} {self.unit}" + (f" ({', '.join(others)})" if others else "")

    def spelled(self, text: str) -> str:
        """A class or word as the record has it; any other text as it is, to be refused there.

        >>> fact_of("sex").spelled("Female"), fact_of("child_pugh").spelled("b"), fact_of("sex").spelled("x")
        ('F', 'B', 'x')
        """
        return self.spellings.get(text.casefold(), text)

    def value_of(self, text: str) -> float | int | bool | str | tuple[str, ...] | date:
        """The value of a text: a cell, or what stands after an option.

        Several words are parted by spaces, commas or semicolons. Whether the value can be is for the record
        to say.

        Raises
        ------
        ValueError
            If the text is no number, no yes or no, or no date.
        PatientError
            If a unit is missing or not known, or the number has another unit than the one that is given.

        Examples
        --------
        >>> fact_of("conditions").value_of("steatosis; chemotherapy"), fact_of("weight_kg").value_of("72")
        (('steatosis', 'chemotherapy'), 72.0)
        >>> fact_of("albumin_g_per_l").value_of("4.1 g/dL"), fact_of("albumin_g_per_l").value_of("41")
        (41.0, 41.0)
        """
        match self.kind:
            case "number":
                return self._measured(text) if self.other_units else float(text)
            case "whole":
                return _whole(text)
            case "yes_no":
                if text.casefold() not in YES_NO:
                    raise ValueError(f"{text!r} is neither yes nor no")
                return YES_NO[text.casefold()]
            case "words":
                words = text.replace(",", " ").replace(";", " ").split()
                return tuple(self.spelled(word) for word in words)
            case "date":
                from datetime import date

                return date.fromisoformat(text)
            case _:
                return self.spelled(text)

    def _measured(self, text: str) -> float:
        """A number with its unit behind it, in the fact's own unit."""
        _, number_text, unit = _LEADING_NUMBER.split(text.strip(), maxsplit=1)
        number = float(number_text)
        if not unit and not self.unit_is_asked:
            return number
        if unit and _plain_unit(unit) == _plain_unit(self.unit):
            return number
        other = next(
            (one for one in self.other_units if unit and _plain_unit(one.unit) == _plain_unit(unit)), None
        )
        if other is None:
            units = " or ".join(
                f"'{number_text} {one}'" for one in (self.unit, *(o.unit for o in self.other_units))
            )
            raise PatientError(f"{self.word} {text!r}; expected a number with its unit: is it {units}?")
        expected = other.plausible.expected_of(number)
        if expected is not None:
            raise PatientError(f"{self.word} {text!r}; expected {expected}")
        return float(f"{number / other.per_unit:.12g}")  # 4.1 g/dL are 41 g/L, not a little less


_LEADING_NUMBER: Final = re.compile(r"\A([^\s/a-zA-Zµμ]*(?:[eE][-+]?\d+)?)\s*")
"""What stands before the unit, if only nothing: every text splits at it into nothing, number and unit."""


def _plain_unit(unit: str) -> str:
    """A unit without the ways to write it: ``umol/l`` of ``µmol / L``."""
    return unit.casefold().replace(" ", "").replace("µ", "u").replace("μ", "u")


def _whole(text: str) -> int:
    number = float(text)
    if not number.is_integer():
        raise ValueError(f"{text!r} is no whole number")
    return int(number)


def _in_order(choices: Iterable[str]) -> Mapping[str, str]:
    """Every choice under its small letters."""
    return MappingProxyType({choice.casefold(): choice for choice in choices})


FACTS: Final[tuple[Fact, ...]] = (
    Fact(
        key="weight_kg",
        kind="number",
        option="weight",
        label="Body weight",
        metavar="KG",
        help="body weight; dry weight with ascites",
        unit="kg",
        plausible=Plausible(
            most=650.0, expected="a weight in kg; is it in grams, or a decimal point missing?"
        ),
        digits=1,
        doors=_STATED | {"participants", "header"},
    ),
    Fact(
        key="height_cm",
        kind="number",
        option="height",
        label="Body height",
        metavar="CM",
        unit="cm",
        plausible=Plausible(
            most=280.0,
            expected="a height in cm; is it in mm, or a decimal point missing?",
            least=3.0,
            small="cm: is it in metres? Give {times_100} then",
        ),
        digits=1,
        doors=_STATED | {"participants", "header"},
    ),
    Fact(
        key="age_years",
        kind="number",
        option="age",
        label="Age",
        metavar="YEARS",
        unit="years",
        plausible=Plausible(most=130.0, expected="an age in years, 0 to 130", zero=True),
        doors=_STATED | {"participants", "header"},
        private_above=OLDEST_SHOWN_YEARS,
    ),
    Fact(
        key="sex",
        kind="class",
        option="sex",
        label="Sex",
        help="F or M; female and male are understood",
        choices=("F", "M"),
        spellings=MappingProxyType({"f": "F", "female": "F", "m": "M", "male": "M"}),
        shown=MappingProxyType({"F": "female", "M": "male"}),
        doors=_STATED | {"participants", "header"},
    ),
    Fact(
        key="conditions",
        kind="words",
        option="condition",
        label="Liver background",
        help="background of the liver: {choices}; repeatable, the worst wins",
        choices=("normal", "chemotherapy", "steatosis", "cirrhosis", "biliary", "donor", "unknown"),
        doors=_STATED | {"participants", "every_case"},
    ),
    Fact(
        key="diagnosis",
        kind="word",
        option="diagnosis",
        label="Diagnosis",
        help="{choices}",
        choices=("crlm", "net", "hcc", "icca", "pcca", "donor", "other"),
        doors=_STATED | {"participants", "every_case"},
    ),
    Fact(
        key="prior",
        kind="words",
        option="prior",
        label="Before",
        help="{one_of}; after the first three the anatomy check only warns",
        choices=("hepatectomy", "embolisation", "situs_inversus", "tace", "sirt"),
    ),
    Fact(
        key="child_pugh",
        kind="class",
        option="child-pugh",
        label="Child-Pugh class",
        choices=("A", "B", "C"),
        spellings=_in_order(("A", "B", "C")),
    ),
    Fact(
        key="portal_hypertension",
        kind="yes_no",
        option="portal-hypertension",
        label="Portal hypertension",
    ),
    Fact(
        key="remnant_drained",
        kind="yes_no",
        option="remnant-drained",
        label="Bile ducts of the remnant drained",
        help="bile ducts of the remnant are drained",
    ),
    Fact(
        key="platelets_10e9_per_l",
        kind="number",
        option="platelets",
        label="Platelets",
        metavar="10E9/L",
        unit="10⁹/L",
        plausible=Plausible(most=5000.0, expected="platelets in 10⁹/L, such as 140; are they per µL?"),
    ),
    Fact(
        key="icg_r15_percent",
        kind="number",
        option="icg-r15",
        label="ICG retention after 15 min",
        metavar="PERCENT",
        help="indocyanine green retention at 15 min",
        unit="%",
        # Less than 1 % would need a clearance above 0.3/min, of all plasma that passes the liver.
        plausible=Plausible(
            most=100.0,
            expected="percent, at most 100",
            least=1.0,
            small="percent retained after 15 minutes, such as 8: is it a fraction? Give {times_100} then",
        ),
    ),
    Fact(
        key="hbs_percent_per_min_per_m2",
        kind="number",
        option="hbs",
        label="Mebrofenin uptake of the remnant",
        metavar="PERCENT/MIN/M2",
        help="mebrofenin uptake of the remnant",
        unit="%/min/m²",
        plausible=Plausible(most=100.0, expected="uptake of the remnant in %/min/m², such as 2.7"),
    ),
    Fact(
        key="limax_ug_per_kg_per_h",
        kind="number",
        option="limax",
        label="LiMAx of the whole liver",
        metavar="UG/KG/H",
        help="LiMAx of the whole liver",
        unit="µg/kg/h",
        plausible=Plausible(
            most=5000.0,
            expected="LiMAx in µg/kg/h, such as 315",
            least=5.0,
            small="LiMAx in µg/kg/h, such as 315; is it in mg/kg/h?",
        ),
    ),
    Fact(
        key="bilirubin_mg_per_dl",
        kind="number",
        option="bilirubin",
        label="Bilirubin",
        metavar="'X mg/dL'",
        help="total bilirubin with its unit: '0.8 mg/dL' or '14 umol/L'",
        unit="mg/dL",
        plausible=Plausible(
            most=60.0,
            expected="bilirubin in mg/dL, such as 0.8; is it in µmol/L (17.1 µmol/L are 1 mg/dL)?",
            least=0.1,
            small="bilirubin in mg/dL, such as 0.8; is it the unit, or a decimal point too many?",
        ),
        other_units=(
            OtherUnit(
                key="bilirubin_umol_per_l",
                unit="µmol/L",
                per_unit=UMOL_PER_MG_OF_BILIRUBIN,
                plausible=Plausible(
                    most=1026.0,
                    expected="bilirubin in µmol/L, such as 14; is a decimal point missing?",
                    least=1.71,
                    small="bilirubin in µmol/L, such as 14; is it in mg/dL (1 mg/dL are 17.1 µmol/L)?",
                ),
            ),
        ),
        unit_is_asked=True,
        added=True,
    ),
    Fact(
        key="bilirubin_cause",
        kind="class",
        option="bilirubin-cause",
        label="Cause of the bilirubin",
        help="{choices}",
        choices=("gilbert", "obstruction", "liver", "haemolysis"),
        spellings=MappingProxyType(
            {**_in_order(("gilbert", "obstruction", "liver", "haemolysis")), "hemolysis": "haemolysis"}
        ),
        added=True,
    ),
    Fact(
        key="conjugated_bilirubin_percent",
        kind="number",
        option="conjugated-bilirubin",
        label="Conjugated share of the bilirubin",
        metavar="PERCENT",
        unit="%",
        plausible=Plausible(
            most=100.0,
            expected="percent of the bilirubin, at most 100",
            least=1.0,
            small="percent of the bilirubin, such as 15: is it a fraction? Give {times_100} then",
        ),
        added=True,
    ),
    Fact(
        key="albumin_g_per_l",
        kind="number",
        option="albumin",
        label="Albumin",
        metavar="G/L",
        help="albumin of the blood in g/L, or with its unit: '4.1 g/dL'",
        unit="g/L",
        plausible=Plausible(
            most=70.0,
            expected="albumin in g/L, such as 40; is a decimal point missing?",
            least=10.0,
            small="albumin in g/L, such as 40: is it in g/dL? Give {times_10} then",
        ),
        other_units=(
            OtherUnit(
                key="albumin_g_per_dl",
                unit="g/dL",
                per_unit=0.1,
                plausible=Plausible(
                    most=7.0,
                    expected="albumin in g/dL, such as 4.0; is it in g/L?",
                    least=1.0,
                    small="albumin in g/dL, such as 4.0; is a decimal point too many?",
                ),
            ),
        ),
        added=True,
    ),
    Fact(
        key="inr",
        kind="number",
        option="inr",
        label="INR",
        metavar="RATIO",
        help="international normalised ratio",
        plausible=Plausible(
            most=10.0,
            expected="an INR, such as 1.1; is a decimal point missing, or is it a Quick value in percent?",
            least=0.5,
            small="an INR, such as 1.1; is it a Quick value as a fraction?",
        ),
        added=True,
    ),
    Fact(
        key="creatinine_mg_per_dl",
        kind="number",
        option="creatinine",
        label="Creatinine",
        metavar="MG/DL",
        help="creatinine of the blood in mg/dL, or with its unit: '80 umol/L'",
        unit="mg/dL",
        plausible=Plausible(
            most=20.0,
            expected="creatinine in mg/dL, such as 0.9; is it in µmol/L (88.4 µmol/L are 1 mg/dL)?",
            least=0.1,
            small="creatinine in mg/dL, such as 0.9; is it in mmol/L or g/L?",
        ),
        other_units=(
            OtherUnit(
                key="creatinine_umol_per_l",
                unit="µmol/L",
                per_unit=UMOL_PER_MG_OF_CREATININE,
                plausible=Plausible(
                    most=1768.0,
                    expected="creatinine in µmol/L, such as 80; is a decimal point missing?",
                    least=8.84,
                    small="creatinine in µmol/L, such as 80; is it in mg/dL (1 mg/dL are 88.4 µmol/L)?",
                ),
            ),
        ),
        added=True,
    ),
    Fact(
        key="ascites",
        kind="class",
        option="ascites",
        label="Ascites",
        help="{choices}: controlled by diuretics, or not",
        choices=("none", "controlled", "uncontrolled"),
        spellings=MappingProxyType({**_in_order(("none", "controlled", "uncontrolled")), "no": "none"}),
        added=True,
    ),
    Fact(key="varices", kind="yes_no", option="varices", label="Oesophageal or gastric varices", added=True),
    Fact(key="splenomegaly", kind="yes_no", option="splenomegaly", label="Enlarged spleen", added=True),
    Fact(
        key="spleen_volume_ml",
        kind="number",
        option="spleen-volume",
        label="Volume of the spleen",
        metavar="ML",
        unit="mL",
        plausible=Plausible(
            most=10000.0,
            expected="a volume in mL, such as 200; is it in mm³?",
            least=10.0,
            small="a volume in mL, such as 200; is it in litres?",
        ),
        digits=0,
        added=True,
    ),
    Fact(
        key="polycystic",
        kind="yes_no",
        option="polycystic",
        label="Polycystic liver",
        help="polycystic liver, whose cysts have to be drawn",
        added=True,
    ),
    Fact(
        key="chemotherapy_weeks",
        kind="number",
        option="chemotherapy-weeks",
        label="Chemotherapy before the operation",
        metavar="WEEKS",
        help="weeks of chemotherapy before the operation, 0 for none; more than 12 are a background",
        unit="weeks",
        plausible=Plausible(
            most=60.0,
            expected="weeks of chemotherapy, 0 to 60 (for more give 60); are they days? 84 days are 12 weeks",
            zero=True,
        ),
        added=True,
    ),
    Fact(
        key="chemotherapy_agents",
        kind="words",
        option="chemotherapy-agents",
        label="Agents of the chemotherapy",
        help="{choices}; repeatable",
        choices=(
            "oxaliplatin",
            "irinotecan",
            "fluoropyrimidine",
            "bevacizumab",
            "anti_egfr",
            "gemcitabine",
            "platinum",
            "other",
        ),
        added=True,
    ),
    Fact(
        key="extrahepatic_disease",
        kind="class",
        option="extrahepatic-disease",
        label="Disease outside the liver",
        help="{choices}: treated, its treatment planned, or neither",
        choices=("none", "treated", "planned", "untreated"),
        spellings=MappingProxyType({**_in_order(("none", "treated", "planned", "untreated")), "no": "none"}),
        added=True,
    ),
    Fact(
        key="bowel_surgery",
        kind="yes_no",
        option="bowel-surgery",
        label="Bowel surgery in the same operation",
        help="bowel is resected in the same operation",
        added=True,
    ),
    Fact(
        key="ecog",
        kind="whole",
        option="ecog",
        label="ECOG performance status",
        metavar="0-4",
        plausible=Plausible(
            most=4.0, expected="ECOG performance status, a whole number from 0 to 4", zero=True
        ),
        added=True,
    ),
    Fact(
        key="malignant",
        kind="yes_no",
        option="malignant",
        label="Malignant",
        help="the lesion is malignant, for scores; crlm, net, hcc, icca and pcca are",
        added=True,
    ),
    Fact(
        key="near_major_vessel",
        kind="yes_no",
        option="near-major-vessel",
        label="Tumour near a major vessel",
        help="the tumour is near a major vessel, for scores; else proposed from drawn vessels",
        added=True,
    ),
    Fact(
        key="previous_open_resection",
        kind="yes_no",
        option="previous-open-resection",
        label="Open liver resection before",
        help="liver was resected in an open operation before, for scores",
        added=True,
    ),
    Fact(
        key="hand_assisted",
        kind="yes_no",
        option="hand-assisted",
        label="Hand-assisted or hybrid",
        help="the operation is planned hand-assisted or hybrid, for scores",
        added=True,
    ),
    Fact(
        key="date",
        kind="date",
        option="scan-date",
        label="Scan date",
        of="scan",
        help="day of the scan, such as 2026-01-31",
        doors=_STATED | {"header"},
        tells=True,
    ),
    Fact(
        key="phase",
        kind="text",
        option="phase",
        label="Contrast phase",
        of="scan",
        help="contrast phase",
        doors=_STATED | {"header"},
        tells=True,
    ),
    Fact(
        key="slice_thickness_mm",
        kind="number",
        option="slice-thickness",
        own_column="slice_thickness_mm",
        label="Slice thickness",
        of="scan",
        metavar="MM",
        help="as the scanner calls it",
        unit="mm",
        plausible=Plausible(
            most=MOST_SLICE_THICKNESS_MM,
            expected=f"millimetres above 0, at most {MOST_SLICE_THICKNESS_MM:g}",
            positive=f"millimetres above 0, at most {MOST_SLICE_THICKNESS_MM:g}",
        ),
        doors=_STATED | {"header"},
    ),
    Fact(
        key="segmented_by",
        kind="text",
        option="segmented-by",
        label="Segmented by",
        of="scan",
        help="person or program",
        tells=True,
    ),
    Fact(
        key="reviewed",
        kind="yes_no",
        option="reviewed",
        label="Reviewed",
        of="segmentation",
        help="a person has reviewed the segmentation; until then one made by a program is assumed to be"
        " further off",
    ),
    Fact(
        key="variants",
        kind="text",
        option="variants",
        label="Vascular variants",
        of="scan",
        help="vascular variants, in the reader's words",
        tells=True,
    ),
)
"""In the order of the help and of reports."""

PATIENT_FACTS: Final = tuple(fact for fact in FACTS if fact.of == "patient")
"""The fields of :class:`flr.patient.Patient`."""

SCAN_FACTS: Final = tuple(fact for fact in FACTS if fact.of != "patient")
"""What a reader signs for about the scan and its segmentation."""

_BY_KEY: Final = MappingProxyType({fact.key: fact for fact in FACTS})


def fact_of(key: str) -> Fact:
    """The row of a fact. Raises KeyError for a key that is none.

    >>> fact_of("hbs_percent_per_min_per_m2").unit
    '%/min/m²'
    """
    return _BY_KEY[key]


def taken_by(door: Door, facts: Iterable[Fact] = FACTS) -> tuple[Fact, ...]:
    """The facts that a door takes, in order.

    >>> [fact.key for fact in taken_by("every_case")]
    ['conditions', 'diagnosis']
    """
    return tuple(fact for fact in facts if door in fact.doors)
