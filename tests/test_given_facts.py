"""Bilirubin, ascites, signs of portal hypertension, chemotherapy, remarks: what each does to a flag."""

from __future__ import annotations

from typing import Any

import pytest
from test_adverse import H67, H5678, adult, graded, numbers
from wording import after_numbers

from flr.criteria import Extent, Grade, profiles_of
from flr.criteria.adverse import tokyo_step
from flr.criteria.options import OPTIONS
from flr.patient import Patient

LEFT_LATERAL = Extent(segments=("2", "3"))
S6 = Extent(segments=("6",))


def background(given: Grade) -> str:
    return next(row.status for row in given.reassurance if row.row == "background")


# --- bilirubin --------------------------------------------------------------------------------


@pytest.mark.parametrize("condition", ["normal", "chemotherapy", "steatosis", "cirrhosis"])
@pytest.mark.parametrize(
    ("mg_per_dl", "flag"), [(1.99, "adequate"), (2.0, "adverse_fact"), (4.0, "adverse_fact")]
)
def test_bilirubin_of_2_speaks_against_any_resection(condition: str, mg_per_dl: float, flag: str) -> None:
    given = graded(1300, adult(condition, bilirubin_mg_per_dl=mg_per_dl), S6)
    assert given.flag == flag
    if flag == "adverse_fact":
        assert "µmol/L" in given.headline


@pytest.mark.parametrize(
    ("umol_per_l", "flag"),
    [
        (34.1, "adequate"),
        (34.2, "borderline"),
        (45, "borderline"),
        (50, "borderline"),
        (50.1, "adverse_fact"),
    ],
)
def test_bilirubin_in_biliary_disease(umol_per_l: float, flag: str) -> None:
    given = graded(960, adult("biliary", bilirubin_mg_per_dl=umol_per_l / 17.1), H5678)
    assert given.flag == flag
    assert ("wait" in given.headline) is (flag != "adequate")


def test_gilbert_is_a_note_and_is_not_believed_against_other_values() -> None:
    gilbert = {"bilirubin_mg_per_dl": 2.6, "bilirubin_cause": "gilbert"}
    given = graded(900, adult(**gilbert), H5678)
    assert (given.flag, "bilirubin_gilbert" in given.notes) == ("adequate", True)
    for against in ({"conjugated_bilirubin_percent": 20}, {"albumin_g_per_l": 34.9}, {"inr": 1.21}):
        assert graded(900, adult(**gilbert, **against), H5678).flag == "adverse_fact"
    fine = {"conjugated_bilirubin_percent": 19.9, "albumin_g_per_l": 35, "inr": 1.2}
    assert graded(900, adult(bilirubin_mg_per_dl=2.6, **fine), H5678).flag == "adequate"
    assert (
        graded(900, adult(bilirubin_mg_per_dl=2.6, conjugated_bilirubin_percent=19.9), H5678).flag
        == "adverse_fact"
    )
    # The word would exploit this: a bile duct explains a bilirubin better than Gilbert's syndrome does.
    assert graded(960, adult("biliary", **gilbert), H5678).flag == "borderline"


def test_a_donor_with_gilbert_is_graded_and_with_jaundice_is_not() -> None:
    donor = {"weight_kg": 70, "height_cm": 170, "condition": "donor", "bilirubin_mg_per_dl": 2.2}
    assert graded(540, Patient(**donor, bilirubin_cause="gilbert")).flag == "adequate"  # type: ignore[arg-type]
    assert graded(502, Patient(**donor, bilirubin_cause="gilbert")).flag == "borderline"  # type: ignore[arg-type]
    assert graded(540, Patient(**donor)).flag == "adverse_fact"  # type: ignore[arg-type]


# --- ascites, portal hypertension ---------------------------------------------------------------


@pytest.mark.parametrize("condition", ["normal", "cirrhosis", "biliary", "chemotherapy"])
def test_uncontrolled_ascites_speaks_against_any_resection(condition: str) -> None:
    flags = [
        graded(1350, adult(condition, ascites=a), S6).flag for a in ("none", "controlled", "uncontrolled")
    ]
    assert flags == ["adequate", "adequate", "adverse_fact"]
    assert "ascites" in graded(1350, adult(condition, ascites="controlled"), S6).notes
    donor = Patient(weight_kg=70, height_cm=170, condition="donor", ascites="controlled")
    assert graded(1350, donor, S6).flag == "adverse_fact"


@pytest.mark.parametrize(
    "facts",
    [{"varices": True}, {"platelets_10e9_per_l": 99, "splenomegaly": True}],
)
@pytest.mark.parametrize("condition", ["chemotherapy", "steatosis", "biliary"])
def test_signs_count_as_portal_hypertension(facts: dict[str, Any], condition: str) -> None:
    patient = adult(condition, **facts)
    assert graded(1100, patient, H5678).flag == "adverse_fact"
    assert graded(1100, patient, H67).flag == "borderline"
    below = graded(280, patient, H5678)
    assert below.flag == "below_minimum"
    assert "embolisation is not an option" in below.headline
    assert "portal_hypertension_present" in below.notes
    # Each of the two alone is not the pair.
    for alone in (
        {"splenomegaly": True},
        {"platelets_10e9_per_l": 100, "splenomegaly": True},
        {"varices": False},
    ):
        assert graded(1100, adult(condition, **alone), H5678).flag == "adequate"


def test_signs_against_what_is_denied_are_a_question() -> None:
    given = graded(1350, adult("chemotherapy", portal_hypertension=False, varices=True), S6)
    assert given.flag == "indeterminate"
    assert (
        "Portal hypertension is denied, together with varices: which of the two is right?" in given.headline
    )
    assert background(given) == "against"
    normal = graded(1350, adult("normal", varices=True), S6)
    assert "given as normal, together with varices" in normal.headline


def test_the_citterio_class_stands_in_the_note_of_a_carcinoma() -> None:
    hcc = adult("cirrhosis", diagnosis="hcc", portal_hypertension=True)
    assert "high risk" in graded(1100, hcc, H5678).note_texts["portal_hypertension_present"]
    assert "28.6 %" in graded(1350, hcc, LEFT_LATERAL).note_texts["portal_hypertension_present"]
    other = adult("chemotherapy", portal_hypertension=True)
    assert "Citterio" not in graded(1100, other, H5678).note_texts["portal_hypertension_present"]


# --- the tree by bilirubin ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("r15", "bilirubin", "rule"),
    [
        (22, 0.8, "one segment"), (22, 1.0, "one segment"), (9, 1.0, None), (9, 0.8, None),
        (10, 0.8, "left hepatectomy"), (19.9, 0.8, "left hepatectomy"), (20, 0.8, "one segment"),
        (30, 0.8, "limited"), (40, 0.8, "enucleation"), (9, 1.01, "limited"), (9, 1.5, "limited"),
        (9, 1.59, "limited"), (9, 1.6, "enucleation"), (35, 1.6, "enucleation"), (45, 1.2, "enucleation"),
    ],
)  # fmt: skip
def test_steps_of_the_tree(r15: float, bilirubin: float, rule: str | None) -> None:
    step = tokyo_step(adult("cirrhosis", icg_r15_percent=r15, bilirubin_mg_per_dl=bilirubin))
    assert (step is None) if rule is None else (step is not None and step.rule.startswith(rule))


@pytest.mark.parametrize(
    ("r15", "bilirubin", "kept_percent", "extent", "flag"),
    [
        (22, 0.8, 52, H5678, "adverse_fact"),
        (9, 0.8, 60, H5678, "adequate"),
        (12, 0.9, 55, H5678, "adequate"),
        (24, 0.9, 83, S6, "adequate"),
        (24, 1.2, 83, S6, "borderline"),  # limited resection only, by bilirubin
        (24, 1.0, 83, S6, "adequate"),
        (9, 1.7, 60, H5678, "borderline"),
    ],
)
def test_the_tree_asks_the_bilirubin(
    r15: float, bilirubin: float, kept_percent: float, extent: Extent, flag: str
) -> None:
    patient = adult("cirrhosis", icg_r15_percent=r15, bilirubin_mg_per_dl=bilirubin)
    assert graded(15.0 * kept_percent, patient, extent).flag == flag


def test_the_tree_forgives_gilbert_and_is_not_asked_without_r15() -> None:
    gilbert = adult("cirrhosis", icg_r15_percent=24, bilirubin_mg_per_dl=1.7, bilirubin_cause="gilbert")
    assert graded(1245, gilbert, S6).flag == "adequate"
    assert graded(1245, adult("cirrhosis", bilirubin_mg_per_dl=1.7), S6).flag == "adequate"


def test_r15_in_jaundice_is_asked_again_and_never_reassures() -> None:
    drained = {"bilirubin_mg_per_dl": 2.5, "condition": "biliary"}
    assert graded(960, adult(**drained, icg_r15_percent=8), H5678).flag == "borderline"
    again = graded(960, adult(**drained, icg_r15_percent=42), H5678)
    assert again.flag == "indeterminate"
    assert "repeat it once the bilirubin is below 2 mg/dL" in again.headline
    assert "icg_schools" not in again.notes


# --- chemotherapy, and what is only said --------------------------------------------------------


@pytest.mark.parametrize(
    ("weeks", "conditions", "keys"),
    [
        (12, ("normal",), ["normal"]),
        (12.1, ("normal",), ["normal", "chemotherapy"]),
        (16, ("chemotherapy",), ["chemotherapy"]),
        (16, (), ["unknown", "chemotherapy"]),
        (8, ("chemotherapy",), ["chemotherapy"]),
    ],
)
def test_more_than_12_weeks_are_a_background(
    weeks: float, conditions: tuple[str, ...], keys: list[str]
) -> None:
    patient = Patient(conditions=conditions, chemotherapy_weeks=weeks)
    assert [profile.key for profile in profiles_of(patient)] == keys


def test_weeks_make_the_flag_more_cautious() -> None:
    assert graded(470, adult(chemotherapy_weeks=12)).flag == "adequate"
    given = graded(440, adult(chemotherapy_weeks=16), H5678)  # 29.3 %: in the band of a normal liver
    assert (given.flag, graded(440, adult(), H5678).flag) == ("consider_pve", "borderline")
    assert "chemotherapy_is_a_background" in given.notes
    assert (
        graded(900, Patient(weight_kg=70, height_cm=170, chemotherapy_weeks=16), H5678).flag
        == "indeterminate"
    )


@pytest.mark.parametrize(
    ("facts", "note", "without"),
    [
        ({"age_years": 80}, "age_80_or_over", {"age_years": 79.9}),
        ({"ecog": 2}, "ecog_2_or_more", {"ecog": 1}),
        ({"bowel_surgery": True}, "bowel_surgery", {"bowel_surgery": False}),
        ({"prior": ("tace",)}, "tace_or_sirt_before", {"prior": ("hepatectomy",)}),
        ({"prior": ("sirt",)}, "tace_or_sirt_before", {}),
        (
            {"chemotherapy_agents": ("oxaliplatin",)},
            "chemotherapy_injury",
            {"chemotherapy_agents": ("other",)},
        ),
        (
            {"extrahepatic_disease": "planned"},
            "extrahepatic_disease_controlled",
            {"extrahepatic_disease": "none"},
        ),
        ({"extrahepatic_disease": "treated"}, "extrahepatic_disease_controlled", {}),
        ({"extrahepatic_disease": "untreated"}, "extrahepatic_disease", {"extrahepatic_disease": "planned"}),
    ],
)
def test_what_is_said_and_changes_no_flag(facts: dict[str, Any], note: str, without: dict[str, Any]) -> None:
    given = graded(900, adult(**facts), H5678)
    assert given.flag == "adequate"
    assert note in given.notes
    assert note not in graded(900, adult(**without), H5678).notes


def test_untreated_disease_outside_the_liver_stands_first() -> None:
    patient = adult(extrahepatic_disease="untreated")
    for flr_ml in (900, 400, 280):
        assert after_numbers(graded(flr_ml, patient, H5678).headline).startswith(
            "Disease outside the liver is untreated"
        )
    debulking = graded(900, patient, H5678, intent="debulking")
    assert "extrahepatic_disease" not in debulking.notes


# --- body size ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weight_kg", "height_cm", "total_ml", "flr_ml", "flag"),
    [
        (160, 175, 1900, 760, "borderline"),  # 40.0 % measured, 0.475 % of the weight, surface 2.79 m²
        (125, 165, 1750, 620, "borderline"),  # 35.4 %, 0.496 %
        (125, 165, 1750, 640, "borderline"),  # 36.6 %, and 28.6 % of the standard volume
        (125, 165, 1750, 720, "adequate"),  # 41.1, 32.2 and 0.576 %
        (110, 178, 2000, 1400, "adequate"),
        (160, 175, 1900, 420, "consider_pve"),  # the measured share falls short as well
        (160, 175, 1900, 480, "indeterminate"),  # 25.3 % measured is in the band: the rest does not pass
        (95, 166, 1700, 470, "consider_pve"),  # body mass index 34.5: 0.495 % decides
        (45, 152, 1100, 902, "adequate"),  # surface 1.38 m²: graded and warned
        (40, 148, 1150, 398, "adequate"),  # 34.6 %
    ],
)
def test_body_size_decides_only_where_it_tells(
    weight_kg: float, height_cm: float, total_ml: float, flr_ml: float, flag: str
) -> None:
    patient = Patient(weight_kg=weight_kg, height_cm=height_cm, condition="normal")
    given = numbers(flr_ml, patient, total_ml=total_ml)
    assert given.flag == flag
    if flag == "borderline" and flr_ml != 640:
        assert "body_size_discordant" in given.notes
        assert "how much of the weight is fat" in given.headline
    if weight_kg <= 45:
        assert "body_size_out_of_range" in [found.check for found in given.quality]
        standard = [f for f in given.findings if f.criterion.measure == "flr_percent_of_standard"]
        assert all(f.value is not None for f in standard)


def test_a_polycystic_liver_needs_its_cysts() -> None:
    patient = Patient(weight_kg=80, height_cm=180, condition="normal", polycystic=True)
    given = numbers(1200, patient, total_ml=2400)
    assert (given.flag, given.because) == ("indeterminate", "volumes")
    drawn = numbers(1200, patient, total_ml=2900, tumour_ml=1100)
    assert drawn.flag == "adequate"


def test_cirrhosis_at_exactly_40_is_below_by_the_row_that_decides() -> None:
    patient = adult("cirrhosis")
    assert graded(600, patient, H5678).flag == "consider_pve"  # 40.0 % of 1500 mL
    assert graded(610, patient, H5678).flag == "borderline"
    [row] = [
        f.criterion for f in graded(600, patient).findings if f.criterion.key == "cirrhosis_measured_minimum"
    ]
    assert "de Graaf" in row.reference.text
    assert (row.evidence, row.fails_when, "Azoulay" in row.note) == ("V1", "at_or_below", True)


def test_only_what_is_eligible_is_named() -> None:
    hcc = adult("cirrhosis", diagnosis="hcc")
    assert graded(500, hcc, H5678).options == (
        "portal_vein_embolisation", "tace_first", "ablation", "transplant_referral",
    )  # fmt: skip
    very_small = graded(250, adult(), H5678).options
    assert very_small == ("portal_vein_embolisation", "double_vein_embolisation", "alpps")
    undrained = graded(400, adult("biliary", remnant_drained=False), H5678).options
    assert undrained[0] == "drain_remnant"
    assert not {"alpps", "double_vein_embolisation"} & set(undrained)
    done = graded(340, adult(prior=("embolisation",)), H5678).options
    assert done == ("wait_and_measure_again", "hepatic_vein_embolisation", "non_resection_strategy")
    for barred in (
        adult(child_pugh="B"),
        adult(varices=True),
        adult("chemotherapy", portal_hypertension=True),
    ):
        for option in graded(250, barred, H5678).options:
            assert option not in {
                "portal_vein_embolisation",
                "double_vein_embolisation",
                "alpps",
                "tace_first",
            }
    assert {option.key for option in OPTIONS} >= set(very_small + undrained + done)
