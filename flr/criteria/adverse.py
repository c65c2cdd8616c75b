"""Given facts that speak against a resection, and what they rule out: the extent, the effect and the words.

A fact that *blocks* makes a reassuring flag impossible (``adverse_fact``), a *question* must be answered
first (``indeterminate``), one that *caps* leaves ``borderline`` at best, one
that is a *note* is printed only. How much leaves decides between them, so a plan is reduced to its `Extent`
first.

References
----------
.. [1] Troisi RI et al., Br J Surg 2021, doi:10.1093/bjs/znaa041 (matched Child-Pugh B resections: 90-day
   mortality 4.0 and 2.0 %).
.. [2] Santambrogio R et al., HPB 2013;15:78-84, doi:10.1111/j.1477-2574.2012.00594.x (portal hypertension:
   minor resections, liver morbidity 29 against 14 %).
.. [3] Citterio D et al., JAMA Surg 2016;151:846-53, doi:10.1001/jamasurg.2016.1121 (major is 3 segments or
   more).
.. [4] Can J Gastroenterol Hepatol 2018:1275720 (platelets, 213 extended hepatectomies, odds ratio 4.4).
.. [5] Stockmann M et al., HPB 2010;12:139-46, doi:10.1111/j.1477-2574.2009.00151.x (LiMAx).
.. [6] Makuuchi M 1993; Imamura H et al., Arch Surg 2003;138:1198-206, doi:10.1001/archsurg.138.11.1198.
.. [7] Kubota K et al., Hepatology 1997;26:1176-81, doi:10.1002/hep.510260514.
.. [8] Nagino M et al., Ann Surg 2006;243:364-72, doi:10.1097/01.sla.0000201482.11876.14.
.. [9] Olthof PB et al., J Am Coll Surg 2017 (bilirubin above 50 µmol/L before surgery in perihilar
   cholangiocarcinoma: odds ratio 4.3 for liver failure; repub.eur.nl/pub/107980).
.. [10] Gilbert donors: Transplant Proc 2015 (12 of 2140 right donors at or above 2 mg/dL, uneventful).
.. [11] Yamanaka N et al., doi:10.1007/BF02489019 (prediction score: printed, never graded).
.. [12] Dig Surg 2008;25:461-6, doi:10.1159/000184737 (disease outside the liver).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from flr.criteria import rules
from flr.criteria.body_size import DONOR_LEAST_STANDARD_PERCENT
from flr.criteria.texts import listed
from flr.facts import UMOL_PER_MG_OF_BILIRUBIN, fact_of
from flr.formulas import LEAST_BSA_M2, bsa_m2
from flr.formulas.function import allowed_resection_takasaki_percent, prediction_score_yamanaka_1994
from flr.formulas.liver_volume import standard_liver_volume_vauthey_2002_ml
from flr.formulas.scores import CITTERIO_PERCENT
from flr.patient import Patient
from flr.plans import Plan
from flr.plans.cuts import Wedge
from flr.plans.plan import HEMILIVERS, PartOf, Parts
from flr.words import number

Effect = Literal["block", "question", "cap", "note"]

_RIGHT: Final = frozenset("5678")
_LEFT: Final = frozenset("234")


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How much leaves with a plan.

    Parameters
    ----------
    segments : tuple of str or None
        Couinaud segments that leave whole or in part (``"4'"``, ``"4a"``); None where they are not known.
    resected_percent : float or None
        Functional liver that leaves; None where it is not known. [%]
    besides : {"nothing", "zones", "region"}
        What leaves beside the segments: nothing, zones around tumours or points, or a region of which no
        segment is known (a plane, a drawn mask, a territory).
    """

    segments: tuple[str, ...] | None = None
    resected_percent: float | None = None
    besides: Literal["nothing", "zones", "region"] = "nothing"

    @property
    def are_segments_all(self) -> bool:
        """Whether what leaves is a list of segments and nothing else."""
        return self.segments is not None and self.besides == "nothing"

    @property
    def whole_segments(self) -> frozenset[str]:
        """Segments 1 to 8 that leave whole; 4a and 4b together are segment 4."""
        given = frozenset(self.segments or ())
        halves = {"4"} if {"4a", "4b"} <= given else set()
        return frozenset(given & set("12345678")) | halves

    @property
    def segment_count(self) -> float:
        """Segments that leave: 4a or 4b alone is half a segment, a drawn part counts as a whole one."""
        rest = [name for name in self.segments or () if name[0] not in self.whole_segments]
        halves = sum(name in ("4a", "4b") for name in rest)
        return len(self.whole_segments) + 0.5 * halves + (len(rest) - halves)

    @property
    def is_major(self) -> bool:
        """Three segments or more; by the share where segments do not tell, and major where neither does."""
        if rules.MAJOR_SEGMENTS.holds(self.segment_count):
            return True
        if self.are_segments_all:
            return False
        return self.resected_percent is None or rules.MAJOR_PERCENT.holds(self.resected_percent)

    @property
    def removes_hemiliver(self) -> bool | None:
        """Whether a whole right (5-8) or left (2-4) hemiliver leaves; None where it cannot be told."""
        if self.whole_segments >= _RIGHT or self.whole_segments >= _LEFT:
            return True
        return None if self.segments is None or self.besides == "region" else False


def extent_of(plan: Plan, removes: Iterable[str], *, resected_percent: float | None = None) -> Extent:
    """The extent of a plan on one liver.

    Parameters
    ----------
    plan : Plan
    removes : iterable of str
        ``plan.removes(liver)``: the parts that leave by name, sections and hemilivers included.
    resected_percent : float, optional
        Functional liver that leaves. [%]

    Examples
    --------
    >>> from flr.plans import parse_plan
    >>> extent_of(parse_plan("H4a58"), ("4a", "5", "8")).segment_count
    2.5
    >>> extent_of(parse_plan("H5678"), ("right_hemiliver",)).removes_hemiliver
    True
    """
    regions = {name: held for held, name in HEMILIVERS.items()}
    segments: dict[str, None] = {}
    region = any(not isinstance(cut, Parts | PartOf | Wedge) for cut in plan.cuts)
    for name in removes:
        if name in regions:
            segments |= dict.fromkeys(sorted(regions[name]))
        elif name[0] in "12345678":
            segments[name] = None
        else:
            region = True
    zones = any(isinstance(cut, Wedge) for cut in plan.cuts)
    return Extent(
        segments=tuple(segments) if segments or not region else None,
        resected_percent=resected_percent,
        besides="region" if region else "zones" if zones else "nothing",
    )


@dataclass(frozen=True, slots=True)
class AdverseFact:
    """A given fact that bears on the flag: key of its note, effect, and a sentence for people.

    ``detail`` follows the sentence in the note and is left out of the headline.
    """

    key: str
    effect: Effect
    text: str
    detail: str = ""

    @property
    def note(self) -> str:
        """Text of its note."""
        return f"{self.text} {self.detail}".rstrip()


def adverse_facts(
    patient: Patient,
    extent: Extent,
    values: Mapping[str, float | None],
    short: Collection[str],
    *,
    cure: bool = True,
) -> tuple[AdverseFact, ...]:
    """Every given fact that speaks against the resection, the blocking ones first.

    Parameters
    ----------
    patient : Patient
        An adult.
    extent : Extent
    values : mapping
        Measures by name; the remnant's share of the measured liver, the LiMAx and ICGK-F of the remnant.
    short : collection of str
        Keys of the criteria that fall short.
    cure : bool
        Whether the intent is cure: disease outside the liver is said only then.

    Notes
    -----
    Whatever is not given is no fact here: what a profile must know is its own requirement. In a living donor
    every one of them blocks, and function limits are not applied.
    """
    facts = [
        *_liver_disease(patient, extent, values["flr_percent_of_measured"]),
        *_bilirubin(patient),
        *_ascites(patient),
        *_remarks(patient, cure=cure),
        *_donor_remnant(patient, values["flr_ml"], short),
        *_limax(patient, short, values),
        *_indocyanine(patient, extent, values, short),
    ]
    order = ("block", "question", "cap", "note")
    return tuple(sorted(facts, key=lambda fact: order.index(fact.effect)))


def function_limits_apply(patient: Patient) -> bool:
    """Whether limits of function tests are applied: not to a donor of whom nothing else is stated."""
    only_donor = not set(patient.conditions) - {"donor", "normal"} and patient.diagnosis in (None, "donor")
    return not (patient.is_donor and only_donor)


# --- liver disease ----------------------------------------------------------------------------


def _against(fact: str, *, plural: bool = False) -> str:
    verb = "speak" if plural else "speaks"
    return f"{fact} {verb} against this resection or must be explained first."


def _liver_disease(patient: Patient, extent: Extent, kept_percent: float | None) -> Iterable[AdverseFact]:
    cirrhosis = "cirrhosis" in patient.conditions
    strict = patient.is_donor
    small = "for the resection of fewer than 3 segments"
    child, portal = patient.child_pugh, patient.portal_hypertension_by
    has_c = rules.CHILD_PUGH_C.holds(child)
    if has_c or rules.CHILD_PUGH_B.holds(child):
        effect: Effect = "block" if has_c or strict or extent.is_major else "cap"
        text = _against(f"Child-Pugh {child}")
        if effect == "cap":
            text = f"Child-Pugh {child}: at best borderline, even {small}."
        yield AdverseFact("child_pugh_not_a", effect, text)
    if portal:
        effect = "block" if strict or extent.is_major else "cap"
        named = portal[:1].upper() + portal[1:]
        text = _against(named + "," * ("," in named), plural="," in named)
        if effect == "cap":
            text = f"{named}: at best borderline, even {small}."
        hcc = cirrhosis or patient.diagnosis == "hcc"
        yield AdverseFact(
            "portal_hypertension_present", effect, text, _citterio(major=extent.is_major) if hcc else ""
        )
    yield from _contradictions(patient)
    if patient.platelets_are_low and not patient.splenomegaly:
        yield _platelets(patient, extent, kept_percent, cirrhosis=cirrhosis)


def _citterio(*, major: bool) -> str:
    """What Citterio 2016 found with portal hypertension in hepatocellular carcinoma on chronic disease."""
    risk = "high" if major else "intermediate"
    decompensation, died = CITTERIO_PERCENT[risk].values()
    return f"Citterio 2016, {risk} risk: decompensation in {decompensation:g} %, liver mortality {died:g} %."


def _contradictions(patient: Patient) -> Iterable[AdverseFact]:
    """What cannot both be true, as a question in the headline; never a refusal."""
    child, portal = patient.child_pugh, patient.portal_hypertension_by
    if "normal" in patient.conditions and not patient.is_donor and (child in ("B", "C") or portal):
        given = listed([f"Child-Pugh {child}"] * (child in ("B", "C")) + [portal] * bool(portal))
        yield AdverseFact(
            "background_contradicted",
            "question",
            f"The background is given as normal, together with {given}: which of the two is right?",
        )
    if portal and patient.portal_hypertension is False:
        sign = portal.split(", counted", maxsplit=1)[0]
        text = f"Portal hypertension is denied, together with {sign}: which of the two is right?"
        yield AdverseFact("portal_hypertension_contradicted", "question", text)


# --- bilirubin, ascites -----------------------------------------------------------------------


def is_jaundiced(patient: Patient) -> bool:
    """Whether the bilirubin is 2.0 mg/dL or more and not explained by Gilbert's syndrome alone.

    In biliary disease Gilbert's syndrome explains nothing: the duct does.
    """
    value = patient.bilirubin_mg_per_dl
    gilbert = patient.is_gilbert and not patient.is_biliary
    return rules.BILIRUBIN_HIGH.holds(value) and not gilbert


def _bilirubin(patient: Patient) -> Iterable[AdverseFact]:
    value = patient.bilirubin_mg_per_dl
    if value is None or not rules.BILIRUBIN_HIGH.holds(value):
        return
    fact = f"Bilirubin of {fact_of('bilirubin_mg_per_dl').in_units(value)}"
    if not is_jaundiced(patient):
        yield AdverseFact("bilirubin_gilbert", "note", f"{fact}, explained by Gilbert's syndrome.")
    elif not patient.is_biliary or patient.is_donor:
        yield AdverseFact("bilirubin_high", "block", _against(fact))
    elif rules.BILIRUBIN_BILIARY_HIGH.holds(UMOL_PER_MG_OF_BILIRUBIN * value):
        yield AdverseFact("bilirubin_high", "block", f"{_against(fact)} Drain, and wait.")
    else:
        yield AdverseFact("bilirubin_high", "cap", f"{fact}: at best borderline; drain, and wait.")


def _ascites(patient: Patient) -> Iterable[AdverseFact]:
    if rules.ASCITES.holds(patient.ascites):
        yield AdverseFact("ascites", "block", _against("Uncontrolled ascites"))
    elif rules.ASCITES_CONTROLLED.holds(patient.ascites):
        if patient.is_donor:
            yield AdverseFact("ascites", "block", _against("Ascites in a living donor"))
        else:
            text = "Ascites, controlled: the dry weight is a guess, and its error is taken as larger."
            yield AdverseFact("ascites", "note", text)


# --- what is only said ------------------------------------------------------------------------

_TREATED_BEFORE: Final = {"tace": "TACE", "sirt": "SIRT"}


def _remarks(patient: Patient, *, cure: bool) -> Iterable[AdverseFact]:
    """Given facts that change no flag and are said."""
    not_there = "the minimums were not derived there."
    outside = patient.extrahepatic_disease
    if rules.EXTRAHEPATIC.holds(outside) and cure:
        text = "Disease outside the liver is untreated, and no treatment of it is planned."
        yield AdverseFact("extrahepatic_disease", "note", text)
    elif outside in ("planned", "treated"):
        done = "treated" if outside == "treated" else "to be treated"
        yield AdverseFact("extrahepatic_disease_controlled", "note", f"Disease outside the liver is {done}.")
    if rules.OLD_AGE.holds(patient.age_years):
        yield AdverseFact("age_80_or_over", "note", f"Age of 80 years or more: {not_there}")
    if rules.ECOG_POOR.holds(patient.ecog):
        yield AdverseFact("ecog_2_or_more", "note", f"ECOG performance status {patient.ecog}: {not_there}")
    if patient.bowel_surgery:
        yield AdverseFact("bowel_surgery", "note", f"Bowel is resected in the same operation: {not_there}")
    before = [word for key, word in _TREATED_BEFORE.items() if key in patient.prior]
    if before:
        yield AdverseFact("tace_or_sirt_before", "note", f"{listed(before)} before: {not_there}")
    weeks = patient.chemotherapy_weeks
    if rules.CHEMOTHERAPY.holds(weeks):
        text = (
            f"Chemotherapy for {weeks:g} weeks (more than {rules.CHEMOTHERAPY.limit:g}) is graded as a "
            "background."
        )
        yield AdverseFact("chemotherapy_is_a_background", "note", text)
    injuries = [
        f"{row.limit} ({row.note})"
        for agent in patient.chemotherapy_agents
        for row in rules.CHEMOTHERAPY_INJURY
        if row.holds(agent)
    ]
    if injuries:
        text = f"Chemotherapy may have injured the liver: {listed(injuries)} (Zorzi 2007)."
        yield AdverseFact("chemotherapy_injury", "note", f"{text} Look at spleen and platelets.")


# --- platelets, donors ------------------------------------------------------------------------


def _platelets(
    patient: Patient, extent: Extent, kept_percent: float | None, *, cirrhosis: bool
) -> AdverseFact:
    limit = rules.PLATELETS_ELSEWHERE.limit
    fact = f"Platelets of {patient.platelets_10e9_per_l:g}·10⁹/L (below {limit:g})"
    question = "chemotherapy or portal hypertension? Look at spleen and varices, repeat after 4 weeks."
    if patient.is_donor:
        return AdverseFact("platelets_low", "block", _against(f"{fact} in a living donor", plural=True))
    if cirrhosis:
        if extent.is_major:
            words = f"{fact} in cirrhosis, counted as portal hypertension,"
            return AdverseFact("platelets_low", "block", _against(words, plural=True))
        return AdverseFact(
            "platelets_low", "cap", f"{fact} in cirrhosis count as portal hypertension: at best borderline."
        )
    if extent.is_major or kept_percent is None or rules.PLATELETS_REMNANT.holds(kept_percent):
        if patient.spleen_volume_ml is not None:
            question += f" The spleen holds {patient.spleen_volume_ml:.0f} mL."
        return AdverseFact("platelets_low", "cap", f"{fact}: at best borderline; {question}")
    return AdverseFact("platelets_low", "note", f"{fact}: {question}")


def _donor_remnant(patient: Patient, flr_ml: float | None, short: Collection[str]) -> Iterable[AdverseFact]:
    missing = [
        word
        for word, value in (("weight", patient.weight_kg), ("height", patient.height_cm))
        if value is None
    ]
    if patient.is_donor and missing and flr_ml is not None:
        weight_kg = patient.weight_kg or rules.DONOR_WEIGHT.number
        height_cm = patient.height_cm or rules.DONOR_HEIGHT.number
        surface_m2 = max(bsa_m2(weight_kg, height_cm), LEAST_BSA_M2)
        least_ml = DONOR_LEAST_STANDARD_PERCENT / 100.0 * standard_liver_volume_vauthey_2002_ml(surface_m2)
        if flr_ml < least_ml:
            yield AdverseFact(
                "donor_body_unknown",
                "question",
                f"The donor's {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not known, and "
                f"the remnant of {flr_ml:.0f} mL is below {least_ml:.0f} mL, "
                f"{DONOR_LEAST_STANDARD_PERCENT:g} % of the standard volume of {weight_kg:g} kg and "
                f"{height_cm:g} cm: give weight and height.",
            )
    said = {
        "donor_body_weight_policy": "at or below 0.5 % of the body weight",
        "donor_standard_policy": "below 25 % of the standard liver volume",
    }
    found = [words for key, words in said.items() if key in short]
    if found:
        text = f"The donor's remnant is {' and '.join(found)}: at best borderline (policy of this toolkit)."
        yield AdverseFact("donor_remnant_small", "cap", text)


# --- function tests ---------------------------------------------------------------------------


def _limax(
    patient: Patient, short: Collection[str], values: Mapping[str, float | None]
) -> Iterable[AdverseFact]:
    found = []
    if "limax_whole_liver_low" in short:
        found.append(f"A LiMAx of {patient.limax_ug_per_kg_per_h:g} µg/kg/h of the whole liver (below 140)")
    residual = values["planned_residual_limax_ug_per_kg_per_h"]
    if "limax_stockmann_2010_caution" in short and residual is not None:
        words = f"planned residual LiMAx of {residual:.4g} µg/kg/h (below 100)"
        found.append(words if found else f"A {words}")
    if found:
        yield AdverseFact("limax_low", "block", _against(" with a ".join(found)))


@dataclass(frozen=True, slots=True)
class School:
    """What one school of surgery says to a plan at a given ICG-R15."""

    name: str
    objects: bool
    rule: str


_SECTIONS: Final = ("234", "58", "67", "23", "4")


@dataclass(frozen=True, slots=True)
class TreeStep:
    """One step of Makuuchi's tree: its row, and what may leave, by segments and as a share. [%]"""

    row: rules.FactRule
    rule: str
    segments: tuple[str, ...]
    share_percent: float


_SIXTH: Final = rules.TREE_SIXTH.number
_FROM_40, _FROM_30, _FROM_20, _FROM_10 = rules.TREE_R15
_TREE: Final = (
    TreeStep(_FROM_40, "enucleation", (), 0.0),
    TreeStep(_FROM_30, "limited resection, less than a segment", (), _SIXTH),
    TreeStep(_FROM_20, "one segment, about 1/6", tuple("12345678"), _SIXTH),
    TreeStep(
        _FROM_10,
        "left hepatectomy or one section, about 1/3",
        (*_SECTIONS, *"12345678"),
        rules.TREE_THIRD.number,
    ),
)
"""By R15 [%], without ascites and with bilirubin up to 1.0 mg/dL."""

_OF_BILIRUBIN, _OF_SOME_BILIRUBIN = rules.TREE_BILIRUBIN
_TREE_OF_BILIRUBIN: Final = (
    TreeStep(_OF_BILIRUBIN, "enucleation (bilirubin)", (), 0.0),
    TreeStep(_OF_SOME_BILIRUBIN, "limited resection, less than a segment (bilirubin)", (), _SIXTH),
)
"""By bilirubin [mg/dL], whatever R15 is; from 2.0 on nothing leaves, which is a fact of its own."""

_NAGOYA_KEY: Final = "icg_clearance_nagino_2006"


def icg_schools(
    patient: Patient, extent: Extent, values: Mapping[str, float | None], short: Collection[str]
) -> tuple[School, ...]:
    """What three schools say to a plan at the patient's ICG-R15; empty where it is not given or not used.

    R15 is not used in a living donor, nor with undrained bile ducts of the remnant or a bilirubin of
    2.0 mg/dL and more.

    Notes
    -----
    Tokyo: within a step of Makuuchi's tree when the segments or the resected share fit, by the share alone
    where something else than segments leaves; where Kubota's row passes, Tokyo does not object, but for a
    bilirubin above 1.0 mg/dL, which Kubota's rows do not know. The tree is
    for chronic liver disease: cirrhosis, steatosis, hepatocellular carcinoma. That it is asked in every other
    adult too from an R15 of 20 % on, which no healthy liver has, is this toolkit's policy. Below 10 % only
    Kubota's row is asked, in cirrhosis.
    """
    undrained = patient.is_biliary and patient.remnant_drained is not True
    if undrained or is_jaundiced(patient):
        return ()
    return _schools(patient, extent, values, short)


def _schools(
    patient: Patient, extent: Extent, values: Mapping[str, float | None], short: Collection[str]
) -> tuple[School, ...]:
    """The three schools, whether or not R15 may be used."""
    r15, kept = patient.icg_r15_percent, values["flr_percent_of_measured"]
    if r15 is None or kept is None or not function_limits_apply(patient):
        return ()
    cirrhosis = "cirrhosis" in patient.conditions
    leaves = _leaves(extent, kept)
    tolerated = rules.TAKASAKI_CIRRHOSIS if cirrhosis else rules.TAKASAKI
    allowed = allowed_resection_takasaki_percent(r15, tolerated_r15_percent=tolerated.number)
    clearance = values["icg_clearance_of_remnant_per_min"]
    return (
        _tokyo(patient, extent, kept, leaves)
        if rules.TREE_FOR_ALL.holds(r15) or _has_chronic_liver_disease(patient)
        else School(
            "Tokyo", False, f"not asked below {rules.TREE_FOR_ALL.limit:g} % without chronic liver disease"
        ),
        School(
            "Takasaki",
            leaves > allowed,
            f"up to {allowed:.1f} % may leave, {leaves:.1f} % leaves",
        ),
        School(
            "Nagoya",
            _NAGOYA_KEY in short,
            f"ICGK-F of at least 0.05, here {'not known' if clearance is None else f'{clearance:.4f}'}",
        ),
    )


def _has_chronic_liver_disease(patient: Patient) -> bool:
    return bool({"cirrhosis", "steatosis"} & set(patient.conditions)) or patient.diagnosis == "hcc"


def tokyo_step(patient: Patient) -> TreeStep | None:
    """The step of Makuuchi's tree at the patient's R15 and bilirubin; None for right hepatectomy and more.

    A bilirubin that Gilbert's syndrome explains is taken as 1.0 mg/dL.

    >>> step = tokyo_step(Patient(icg_r15_percent=9, bilirubin_mg_per_dl=1.6))
    >>> step.rule
    'enucleation (bilirubin)'
    """
    steps = [step for step in _TREE if step.row.holds(patient.icg_r15_percent)][:1]
    if not patient.is_gilbert:
        steps += [step for step in _TREE_OF_BILIRUBIN if step.row.holds(patient.bilirubin_mg_per_dl)][:1]
    return min(steps, key=lambda step: (step.share_percent, len(step.segments)), default=None)


def _kubota_row(r15_percent: float) -> rules.FactRule | None:
    """Kubota's least remnant at this R15; None from 20 % on, where there is no row."""
    if _FROM_20.holds(r15_percent):
        return None
    return rules.KUBOTA_10_TO_20 if _FROM_10.holds(r15_percent) else rules.KUBOTA_BELOW_10


def _tokyo(patient: Patient, extent: Extent, kept: float, leaves: float) -> School:
    cirrhosis = "cirrhosis" in patient.conditions
    least = _kubota_row(patient.icg_r15_percent or 0.0)
    step = tokyo_step(patient)
    asked = least is not None and (cirrhosis or step is not None)
    if step is None:  # below 10 %: right hepatectomy or trisectionectomy
        objects, rule = False, "right hepatectomy or trisectionectomy"
    else:
        rule = step.rule
        by_share = leaves <= step.share_percent and bool(step.segments or not extent.whole_segments)
        by_segments = extent.are_segments_all and _joined(extent) in map(frozenset, step.segments)
        objects = not (by_share or by_segments)
    # Kubota's row decides where it is asked: it clears what the tree refuses by R15, which is all that the
    # row knows of, and refuses below it. Were a step by bilirubin cleared as well, none would ever object in
    # cirrhosis below an R15 of 10 %, where Kubota's 40 % is the minimum of the profile.
    if asked and least is not None:
        by_bilirubin = step in _TREE_OF_BILIRUBIN
        objects = least.holds(kept) or (objects and by_bilirubin)
    kubota = "no row of Kubota"
    if least is not None:
        kubota = f"Kubota: {least.limit:g} % or more stays" if asked else "Kubota not asked outside cirrhosis"
    return School("Tokyo", objects, f"Makuuchi: {rule}; {kubota}")


def _joined(extent: Extent) -> frozenset[str]:
    """The segments that leave, a half or drawn part as its whole segment."""
    return frozenset(name[0] for name in extent.segments or ())


def _indocyanine(
    patient: Patient, extent: Extent, values: Mapping[str, float | None], short: Collection[str]
) -> Iterable[AdverseFact]:
    schools = icg_schools(patient, extent, values, short)
    if not schools:
        yield from _r15_in_jaundice(patient, _schools(patient, extent, values, short))
        return
    against = [school.name for school in schools if school.objects]
    lines = "; ".join(
        f"{school.name} ({school.rule}) {'objects' if school.objects else 'does not object'}"
        for school in schools
    )
    lines += _yamanaka(patient, extent, values["flr_percent_of_measured"])
    fact = f"ICG-R15 of {patient.icg_r15_percent:g} %"
    if rules.TWO_SCHOOLS.holds(len(against)):
        said = _against(f"{fact} ({listed(against)} object)")
        yield AdverseFact("icg_schools", "block", said, f"{lines}.")
    elif rules.ONE_SCHOOL.holds(len(against)):
        text = f"{fact}: at best borderline, {against[0]} objects."
        yield AdverseFact("icg_schools", "cap", text, f"{lines}.")
    else:
        yield AdverseFact("icg_schools", "note", f"{fact}: {lines}.")


def _yamanaka(patient: Patient, extent: Extent, kept: float | None) -> str:
    """Yamanaka's prediction score beside the schools; empty where an input is not known."""
    r15, age = patient.icg_r15_percent, patient.age_years
    if r15 is None or age is None or kept is None:
        return ""
    score = prediction_score_yamanaka_1994(_leaves(extent, kept), icg_r15_percent=r15, age_years=age)
    said = next((row.note for row in rules.YAMANAKA if row.holds(score)), "acceptable; information only")
    return (
        f"; Yamanaka's prediction score {number(score, 1, [row.number for row in rules.YAMANAKA])} ({said})"
    )


def _leaves(extent: Extent, kept: float) -> float:
    """Functional liver that leaves. [%]"""
    return 100.0 - kept if extent.resected_percent is None else extent.resected_percent


def _r15_in_jaundice(patient: Patient, schools: Iterable[School]) -> Iterable[AdverseFact]:
    """An R15 that is not used because of jaundice, and to which schools would object: it is asked again."""
    if is_jaundiced(patient) and any(school.objects for school in schools):
        yield AdverseFact(
            "icg_in_jaundice",
            "question",
            f"An ICG-R15 of {patient.icg_r15_percent:g} % in jaundice is not used: repeat it once the "
            f"bilirubin is below {rules.BILIRUBIN_HIGH.limit:g} mg/dL.",
        )


# --- options ----------------------------------------------------------------------------------


def embolisation_bar(patient: Patient, extent: Extent, *, debulking: bool) -> str:
    """Why embolisation is not named for this patient and plan, in one sentence; empty where it may be.

    Notes
    -----
    Where the plan is not known by segments this is judged from the patient alone.
    """
    if patient.embolisation_excluded_by:
        return f"{patient.embolisation_excluded_by}: embolisation is not an option."
    if debulking:
        return "The intent is debulking: embolisation is not named for it."
    if extent.removes_hemiliver is False:
        return "Embolisation does not apply to this plan, which removes no whole hemiliver."
    return ""


def embolisation_condition(patient: Patient, extent: Extent) -> str:
    """What must be true for embolisation to be an option and is not known, as the end of a sentence."""
    conditions = []
    if extent.removes_hemiliver is None:
        conditions.append("the plan removes a hemiliver")
    if "cirrhosis" in patient.conditions and (
        patient.child_pugh is None or patient.portal_hypertension is None
    ):
        conditions.append("the liver is Child-Pugh A without portal hypertension")
    if "hepatectomy" in patient.prior:
        conditions.append("the earlier resection took no part of the other hemiliver")
    if (
        patient.platelets_are_low
        and not patient.portal_hypertension_by
        and patient.portal_hypertension is None
    ):
        platelets = f"{patient.platelets_10e9_per_l:g}·10⁹/L"
        conditions.append(f"the platelets of {platelets} are not from portal hypertension")
    return f", if {' and '.join(conditions)}" if conditions else ""
