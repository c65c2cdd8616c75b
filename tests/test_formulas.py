"""Published equations against their worked values, and their guards."""

from __future__ import annotations

import csv
import importlib
import inspect
import math
import subprocess
import sys
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import numpy as np
import pytest

import flr
from flr.errors import CriterionError
from flr.formulas import BSA_FORMULAS, LIVER_VOLUME_FORMULAS, bsa_m2, liver_volume_formula, ratios
from flr.formulas.bsa import bsa_mosteller_1987_m2
from flr.formulas.function import icg_clearance_of_remnant_per_min, icg_clearance_per_min

PUBLISHED = Path(__file__).parents[1] / "flr" / "reference_values"


def rows(name: str) -> list[dict[str, str]]:
    with (PUBLISHED / name).open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def printed(value: float, digits: int) -> Decimal:
    """As a paper prints it: half up. Nine digits first, since 1413.85 is not exact in binary."""
    exact = Decimal(repr(round(value, 9)))
    return exact.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)


def function(name: str) -> Callable[..., float]:
    module, _, attribute = name.partition(".")
    found: Callable[..., float] = getattr(importlib.import_module(f"flr.formulas.{module}"), attribute)
    return found


def inputs(text: str) -> dict[str, float | str]:
    pairs = (item.split("=") for item in text.split(";"))
    return {name: value if value in ("F", "M") else float(value) for name, value in pairs}


@pytest.mark.parametrize("row", rows("formulas.csv"), ids=lambda row: row["source"])
def test_worked_value(row: dict[str, str]) -> None:
    value = function(row["function"])(**inputs(row["inputs"]))
    assert printed(value, int(row["digits"])) == Decimal(row["expected"])


@pytest.mark.parametrize(
    "row", rows("crosswalk.csv"), ids=lambda r: f"{r['weight_kg']} kg {r['percent_of_standard']}"
)
def test_crosswalk_from_standard_to_body_weight(row: dict[str, str]) -> None:
    weight_kg = float(row["weight_kg"])
    standard_ml = liver_volume_formula("vauthey_2002_weight").function(weight_kg=weight_kg)
    flr_ml = float(row["percent_of_standard"]) * standard_ml / 100
    assert printed(flr_ml, int(row["expected_ml_digits"])) == Decimal(row["expected_ml"])
    share = ratios.flr_to_body_weight_percent(flr_ml, weight_kg)
    digits = int(row["expected_body_weight_digits"])
    assert printed(share, digits) == Decimal(row["expected_body_weight_percent"])


def test_every_formula_that_ships_has_a_worked_value() -> None:
    tested = {row["function"].partition(".")[2] for row in rows("formulas.csv")}
    shipped = [row.function for row in (*BSA_FORMULAS.values(), *LIVER_VOLUME_FORMULAS.values())]
    assert {f.__name__ for f in shipped if hasattr(f, "__name__")} <= tested
    assert len(BSA_FORMULAS) == 7
    assert len(LIVER_VOLUME_FORMULAS) == 18


@pytest.mark.parametrize(
    "row", [*BSA_FORMULAS.values(), *LIVER_VOLUME_FORMULAS.values()], ids=lambda r: r.key
)
def test_every_formula_states_what_is_known_about_it(row: object) -> None:
    for name in ("key", "equation", "population", "valid_for"):
        assert getattr(row, name)
    reference = row.reference  # type: ignore[attr-defined]
    assert reference.doi or "no DOI" in reference.text
    assert row.evidence in ("V1", "V2", "unverified")  # type: ignore[attr-defined]
    assert list(inspect.signature(row.function).parameters) == list(row.inputs)  # type: ignore[attr-defined]


def test_the_name_of_a_function_says_its_unit() -> None:
    for row in LIVER_VOLUME_FORMULAS.values():
        assert row.function.__name__.endswith({"mL": "_ml", "g": "_g"}[row.unit])
        assert row.bsa_formula is None or row.bsa_formula in BSA_FORMULAS
    grams = {row.key for row in LIVER_VOLUME_FORMULAS.values() if row.unit == "g"}
    assert grams == {"yoshizumi_2003", "chan_2006"}


def test_the_defaults() -> None:
    assert [r.key for r in BSA_FORMULAS.values() if r.use == "default"] == ["mosteller_1987"]
    assert [r.key for r in LIVER_VOLUME_FORMULAS.values() if r.use == "default"] == ["vauthey_2002_bsa"]


@pytest.mark.parametrize("row", BSA_FORMULAS.values(), ids=lambda r: r.key)
@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan, math.inf])
def test_body_surface_refuses_what_is_no_body(row: object, bad: float) -> None:
    with pytest.raises(CriterionError, match="weight_kg"):
        row.function(bad, 170.0)  # type: ignore[attr-defined]
    with pytest.raises(CriterionError, match="height_cm"):
        row.function(70.0, bad)  # type: ignore[attr-defined]


@pytest.mark.parametrize("row", LIVER_VOLUME_FORMULAS.values(), ids=lambda r: r.key)
@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan, math.inf])
def test_liver_volume_refuses_what_is_no_body(row: object, bad: float) -> None:
    good: dict[str, float | str] = {
        "bsa_m2": 1.8,
        "weight_kg": 40.0,
        "height_cm": 170.0,
        "age_years": 50.0,
        "thoracic_width_cm": 30.0,
        "sex": "F",
    }
    names: tuple[str, ...] = row.inputs  # type: ignore[attr-defined]
    call: Callable[..., float] = row.function  # type: ignore[attr-defined]
    assert call(**{name: good[name] for name in names}) > 0
    for name in names:
        with pytest.raises(CriterionError):
            call(**{other: bad if other == name else good[other] for other in names})


@pytest.mark.parametrize(
    ("key", "name", "refused", "taken"),
    [
        ("vauthey_2002_bsa", "bsa_m2", 1.1999, 1.2),
        ("heinemann_1999", "bsa_m2", 1.1999, 1.2),
        ("hashimoto_2006", "bsa_m2", 1.1999, 1.2),
        ("um_2015_du_bois", "bsa_m2", 1.1999, 1.2),
        ("um_2015_mosteller", "bsa_m2", 1.1999, 1.2),
        ("feng_2017", "bsa_m2", 1.1999, 1.2),
        ("urata_1995", "bsa_m2", 0.1499, 0.15),
        ("johnson_2005", "bsa_m2", 0.1499, 0.15),
        ("yoshizumi_2003", "bsa_m2", 0.1499, 0.15),
        ("vauthey_2002_weight", "weight_kg", 29.9, 30.0),
        ("poovathumkadavil_2010", "weight_kg", 29.9, 30.0),
        ("fu_gui_2009", "weight_kg", 29.9, 30.0),
        ("noda_1997", "weight_kg", 50.1, 50.0),
    ],
)
def test_range_of_a_formula(key: str, name: str, refused: float, taken: float) -> None:
    call = LIVER_VOLUME_FORMULAS[key].function
    assert call(**{name: taken}) > 0
    with pytest.raises(CriterionError, match=name):
        call(**{name: refused})


def test_thoracic_width_in_millimetres_is_refused() -> None:
    call = LIVER_VOLUME_FORMULAS["kokudo_2015_swiss"].function
    with pytest.raises(CriterionError, match="thoracic_width_cm"):
        call(age_years=50.0, thoracic_width_cm=300.0)
    with pytest.raises(CriterionError, match="age_years"):
        call(age_years=10.0, thoracic_width_cm=25.0)


def test_unknown_formula_names_the_known_ones() -> None:
    with pytest.raises(CriterionError, match="mosteller_1987"):
        bsa_m2(70.0, 170.0, formula="mosteler")
    with pytest.raises(CriterionError, match="urata_1995"):
        liver_volume_formula("urata")


def test_male_adds_to_chan() -> None:
    call = LIVER_VOLUME_FORMULAS["chan_2006"].function
    assert call(weight_kg=70.0, sex="M") - call(weight_kg=70.0, sex="F") == pytest.approx(51.0)
    with pytest.raises(CriterionError, match="sex"):
        call(weight_kg=70.0, sex="male")


def test_a_part_larger_than_the_whole_is_an_error() -> None:
    with pytest.raises(CriterionError, match="larger than the whole"):
        ratios.flr_percent_of_measured(1500.1, 1500.0)
    assert ratios.flr_percent_of_measured(1500.0, 1500.0) == 100.0
    assert ratios.flr_percent_of_measured(1500.0 + 1e-9, 1500.0) == 100.0
    with pytest.raises(CriterionError, match="flr_ml"):
        ratios.flr_percent_of_measured(-1.0, 1500.0)
    with pytest.raises(CriterionError, match="functional_ml"):
        ratios.flr_percent_of_measured(0.0, 0.0)


def test_tumour_that_fills_the_liver_is_an_error() -> None:
    assert ratios.functional_volume_ml(1500.0, 1499.0) == 1.0
    for tumour_ml in (1500.0, 1501.0, math.nan, -1.0):
        with pytest.raises(CriterionError):
            ratios.functional_volume_ml(1500.0, tumour_ml)


def test_a_share_is_percent_and_enters_as_a_fraction() -> None:
    assert icg_clearance_of_remnant_per_min(0.2, 100.0) == pytest.approx(0.2)
    for share in (-1.0, 100.1, math.nan):
        with pytest.raises(CriterionError, match="share"):
            icg_clearance_of_remnant_per_min(0.2, share)
    for retention in (0.0, 100.1, math.nan):
        with pytest.raises(CriterionError, match="ICG-R15"):
            icg_clearance_per_min(retention)
    assert icg_clearance_per_min(100.0) == 0.0


def test_the_choice_of_body_surface_alone_moves_a_case() -> None:
    surfaces = [row.function(70.0, 170.0) for row in BSA_FORMULAS.values()]
    volumes = [LIVER_VOLUME_FORMULAS["vauthey_2002_bsa"].function(bsa_m2=surface) for surface in surfaces]
    assert (printed(min(volumes), 1), printed(max(volumes), 1)) == (Decimal("1441.4"), Decimal("1530.6"))


@pytest.mark.parametrize(("baseline", "target"), [("18.1", 25.0), ("21.8", 30.0), ("29.0", 40.0)])
def test_baseline_that_the_mean_growth_just_brings_to_the_target(baseline: str, target: float) -> None:
    assert printed(target / 1.379, 1) == Decimal(baseline)
    assert ratios.growth_needed_percent(target / 1.379, target) == pytest.approx(37.9)


def test_growth_needed() -> None:
    assert ratios.growth_needed_percent(300.0, 300.0) == 0.0
    assert ratios.growth_needed_percent(400.0, 300.0) == 0.0
    with pytest.raises(CriterionError, match="flr_ml"):
        ratios.growth_needed_percent(0.0, 300.0)


def test_the_equations_load_nothing_heavy() -> None:
    code = "import sys, flr.formulas, flr.formulas.function; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0


@pytest.mark.parametrize("row", rows("formulas.csv"), ids=lambda row: row["source"])
def test_an_array_gives_what_its_elements_give(row: dict[str, str]) -> None:
    call, given = function(row["function"]), inputs(row["inputs"])
    # Around the worked value, within every formula's range.
    scales = np.array([[1.0, 0.99, 1.003], [0.997, 1.0, 0.9999]])
    bodies = [
        {name: value if isinstance(value, str) else value * scale for name, value in given.items()}
        for scale in scales.ravel().tolist()
    ]
    expected = np.array([call(**body) for body in bodies]).reshape(scales.shape)
    columns = {name: np.reshape([body[name] for body in bodies], scales.shape) for name in given}
    found = call(**columns)
    assert isinstance(found, np.ndarray)
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, expected)
    assert printed(float(found[0, 0]), int(row["digits"])) == Decimal(row["expected"])
    np.testing.assert_array_equal(
        call(**{name: column.tolist() for name, column in columns.items()}), expected
    )
    assert type(call(**given)) is float


def test_every_public_equation_takes_arrays() -> None:
    folder = Path(ratios.__file__).parent
    plain = {"arrays", "checks", "reference", "__init__"}
    for path in sorted(p for p in folder.glob("*.py") if p.stem not in plain):
        module = importlib.import_module(f"flr.formulas.{path.stem}")
        for name, found in vars(module).items():
            equation = inspect.isfunction(found) and found.__module__ == module.__name__
            if equation and not name.startswith("_") and found.__annotations__["return"] == "float":
                assert hasattr(found, "__wrapped__"), name


def test_arrays_broadcast_and_keep_their_shape() -> None:
    weights_kg, heights_cm = np.array([[60.0], [80.0]]), np.array([160.0, 175.0, 190.0])
    found = bsa_m2(weights_kg, heights_cm, formula="du_bois_1916")
    assert found.shape == (2, 3)
    assert found[1, 2] == bsa_m2(80.0, 190.0, formula="du_bois_1916")
    assert bsa_mosteller_1987_m2([], 170.0).shape == (0,)
    assert type(bsa_mosteller_1987_m2(np.float32(70.0), np.array(170))) is float
    assert bsa_mosteller_1987_m2(np.array([70, 80], dtype=np.int16), 170).tolist() == [
        bsa_mosteller_1987_m2(70.0, 170.0),
        bsa_mosteller_1987_m2(80.0, 170.0),
    ]


@pytest.mark.parametrize("bad", [math.nan, -1.0, 0.0, math.inf, None, "70"])
def test_one_element_out_of_range_refuses_the_array_and_is_named(bad: object) -> None:
    weights = [70.0, 80.0, bad]
    with pytest.raises(CriterionError, match=r"element \[(0|2)\]"):
        bsa_mosteller_1987_m2(weights, 170.0)
    with pytest.raises(CriterionError, match=r"element \[1\]: bsa_m2 is 1\.1"):
        flr.standard_liver_volume([1.8, 1.1, 1.9])


def test_arrays_that_do_not_match_or_have_no_value_are_refused() -> None:
    with pytest.raises(CriterionError, match=r"\(3,\), \(2,\); expected one shape"):
        bsa_mosteller_1987_m2([60.0, 70.0, 80.0], [160.0, 170.0])
    with pytest.raises(CriterionError, match="rectangular"):
        bsa_mosteller_1987_m2([[60.0], [70.0, 80.0]], 170.0)
    # What lies under a mask is a number as well, and must not be taken for one.
    with pytest.raises(CriterionError, match="masked"):
        bsa_mosteller_1987_m2(np.ma.array([60.0, 999.0], mask=[False, True]), 170.0)


@pytest.mark.parametrize("row", LIVER_VOLUME_FORMULAS.values(), ids=lambda r: r.key)
def test_the_standard_liver_by_every_formula(row: flr.formulas.LiverVolumeFormula) -> None:
    body = {"weight_kg": 45.0, "height_cm": 172.0, "age_years": 50.0, "thoracic_width_cm": 31.0, "sex": "F"}
    given = {name: body[name] for name in ("weight_kg", "height_cm") if "bsa_m2" in row.inputs}
    given |= {name: body[name] for name in row.inputs if name != "bsa_m2"}
    if row.unit == "g":
        with pytest.raises(CriterionError, match="in g, which is no volume"):
            flr.standard_liver_volume(formula=row.key, **given)
        return
    surface = BSA_FORMULAS[row.bsa_formula or "mosteller_1987"].function(45.0, 172.0)
    expected = row.function(**{name: surface if name == "bsa_m2" else body[name] for name in row.inputs})
    assert flr.standard_liver_volume(formula=row.key, **given) == expected
    many = flr.standard_liver_volume(formula=row.key, **{name: [value] * 3 for name, value in given.items()})
    assert many.tolist() == [expected] * 3


def test_the_standard_liver_needs_what_its_formula_needs() -> None:
    assert flr.standard_liver_volume(1.8) == flr.standard_liver_volume(bsa_m2=1.8)
    assert flr.standard_liver_volume(1.8) == pytest.approx(-794.41 + 1267.28 * 1.8)
    with pytest.raises(CriterionError, match="weight_kg and height_cm"):
        flr.standard_liver_volume(weight_kg=70.0)
    with pytest.raises(CriterionError, match="both given"):
        flr.standard_liver_volume(1.8, weight_kg=70.0, height_cm=170.0)
    with pytest.raises(CriterionError, match="thoracic_width_cm"):
        flr.standard_liver_volume(age_years=50.0, formula="kokudo_2015_swiss")
    with pytest.raises(CriterionError, match="vauthey_2002_bsa"):
        flr.standard_liver_volume(1.8, formula="vauthey")
    chosen = flr.standard_liver_volume(weight_kg=70.0, height_cm=170.0, bsa_formula="du_bois_1916")
    assert chosen == flr.standard_liver_volume(bsa_m2(70.0, 170.0, formula="du_bois_1916"))


def test_a_refusal_says_the_range() -> None:
    with pytest.raises(CriterionError, match=r"Vauthey 2002 is supported for at least 1\.2 here"):
        flr.standard_liver_volume(1.1)
    with pytest.raises(CriterionError, match=r"Kokudo 2015 is supported for 15 to 50 here"):
        LIVER_VOLUME_FORMULAS["kokudo_2015_swiss"].function(age_years=50.0, thoracic_width_cm=300.0)
