"""What is kept with a liver: the same answers as without, and never another liver's."""

from __future__ import annotations

import copy
import gc
import pickle
import weakref
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from phantoms import OBLIQUE_DEG
from planning import block_liver

import flr
from flr.assessment import assess, assess_plans, examine
from flr.frozen import once, same
from flr.kernels.components import components, pieces
from flr.kernels.runs import shared_runs
from flr.labels import Tissue
from flr.liver import Fate, Liver, measure, runs_by_fate
from flr.patient import Patient
from flr.plans import Plan, Wedge, fates, outcomes, parse_plan, remnant_shape, remnant_shape_after
from flr.plans.cuts import Plane
from flr.plans.plan import Parts, runs_of
from flr.tumours import find_tumours

PATIENT = Patient(weight_kg=72, height_cm=171, conditions=("normal",))


@pytest.fixture(scope="module")
def liver() -> Liver:
    return block_liver(rotation_deg=OBLIQUE_DEG)


def unions() -> list[str]:
    """Every union of parts that leaves something, and keeps the time of the tests: every third."""
    return ["".join(some) for n in (1, 2, 3, 4, 7) for some in combinations("12345678", n)][::3]


def test_margins_of_whole_parts_are_those_of_their_voxels(liver: Liver) -> None:
    """The short way, by what parts and tumours have to do with one another, against the map of what stays."""
    tumours = find_tumours(liver)
    kinds = set()
    for union in unions():
        plan = parse_plan("H" + union)
        short = outcomes(liver, plan)
        # A set that is not the liver's own is looked up voxel by voxel.
        other = outcomes(liver, plan, tumours=replace(tumours))
        for one, slow in zip(short, other, strict=True):
            kinds.add(one.fate)
            assert (one.fate, one.remaining_percent) == (slow.fate, slow.remaining_percent)
            if slow.planned_margin_mm is None:
                assert one.planned_margin_mm is None
            else:
                assert one.planned_margin_mm == pytest.approx(slow.planned_margin_mm, abs=1e-9)
    assert kinds == {"resected", "left"}


def test_pieces_of_whole_parts_are_those_of_their_voxels(liver: Liver) -> None:
    apart = 0
    for union in unions():
        plan = parse_plan("H" + union)
        slow = remnant_shape(liver, fates(liver, plan))
        assert remnant_shape_after(liver, plan) == slow
        apart += len(slow.pieces_ml) > 1
    assert apart > 3  # or no plan would leave islands


def test_pieces_of_scattered_labels() -> None:
    """Maps of noise: pieces of many voxels and of one, that touch by corners."""
    rng = np.random.default_rng(5)
    for _ in range(20):
        labels = rng.integers(1, 5, (7, 6, 5)) * (rng.random((7, 6, 5)) < 0.35)
        runs, _ = shared_runs(np.asfortranarray(labels))
        found = pieces(runs, runs.label - 1)
        for _ in range(4):
            chosen = rng.random(4) < 0.6
            union = np.concatenate([[False], chosen])[labels]
            assert found.of_union(chosen).tolist() == components(union.T).voxels.tolist()


@pytest.mark.parametrize(
    "text",
    [
        "H5678",
        "plane(1, 2, 3, 0.8, 0.36, 0.48)",
        "plane(1, 2, 3, -1, 0, 0) + plane(1, 2, 3, 0, 1, 0)",
        "H67 + plane(-20, 0, 0, -0.9, 0.3, 0.3)",
        "ablate(T1, 6) + plane(1, 2, 3, 0.8, 0.36, 0.48)",
        "H4 + wedge(T1, 8)",
    ],
)
def test_runs_of_a_plan_hold_its_fates(liver: Liver, text: str) -> None:
    plan = parse_plan(text)
    runs, slow = runs_of(liver, plan), runs_by_fate(liver, fates(liver, plan))

    def labels(of: object) -> np.ndarray:
        values = np.zeros(liver.grid.shape, dtype=np.int64)
        for label, i, j, k, n in zip(of.label, of.i, of.j, of.k, of.length, strict=True):  # type: ignore[attr-defined]
            assert not values[i : i + n, j, k].any()
            values[i : i + n, j, k] = label
        return values

    assert np.array_equal(labels(runs), labels(slow))


def test_a_liver_that_was_assessed_is_the_same_as_one_that_was_not(liver: Liver) -> None:
    fresh = replace(liver)
    assess_plans(liver, ["H5678", "wedge(T1, 5)"], PATIENT)
    assert "_kept" not in fresh.__dict__
    assert same(liver, fresh)
    assert hash(liver) == hash(fresh)
    for twin in (copy.copy(liver), copy.deepcopy(liver), pickle.loads(pickle.dumps(liver))):
        assert same(twin, liver)
        assert "_kept" not in twin.__dict__
    assert len(pickle.dumps(liver)) == len(pickle.dumps(fresh))


def test_a_second_assessment_is_the_first_one_again(liver: Liver) -> None:
    texts = ["H5678", "H67", "H4 + wedge(T1, 5)", "plane(1, 2, 3, 1, 0, 0)"]
    alone = [assess(replace(liver), text, PATIENT) for text in texts]
    together = assess_plans(replace(liver), texts, PATIENT)
    known = replace(liver)
    again = [[assess(known, text, PATIENT) for text in order] for order in (texts, texts[::-1])]
    for first, second, third, fourth in zip(alone, together, again[0], again[1][::-1], strict=True):
        assert first.to_dict() == second.to_dict() == third.to_dict() == fourth.to_dict()


def test_what_explains_a_finding_is_asked_for_each_patient(liver: Liver) -> None:
    """The checks are kept with the liver, but for the patients that they depend on."""
    known = replace(liver, part_names=tuple("23145678"))
    people = [
        PATIENT,
        replace(PATIENT, prior=("hepatectomy",)),
        replace(PATIENT, prior=("embolisation",)),
        replace(PATIENT, conditions=("cirrhosis",)),
    ]
    noticed = []
    for person in [*people, *people[::-1]]:
        found = assess(known, "H5678", person).quality
        expected = examine(replace(known), measure(known), patient=person)
        assert {f.check for f in expected} <= {f.check for f in found}
        assert all(f in found for f in expected)
        noticed.append(expected)
    assert len({tuple(f.severity for f in one) for one in noticed}) > 1


def test_a_changed_liver_gives_new_numbers(liver: Liver) -> None:
    before = assess(liver, "H67", PATIENT)
    parts = np.array(liver.parts)
    parts[parts == 8] = 7
    moved = assess(replace(liver, parts=parts), "H67", PATIENT)
    assert moved.volumes.remnant_ml < before.volumes.remnant_ml - 50
    assert moved.intervals["flr_ml"].high < before.intervals["flr_ml"].high
    assert moved.volumes.parts_ml["8"] == 0.0
    clear = replace(liver, tissues=np.full_like(liver.tissues, Tissue.PARENCHYMA), tumours=None)
    assert assess(clear, "H67", PATIENT).volumes.functional_ml > before.volumes.functional_ml
    assert assess(liver, "H67", PATIENT).to_dict() == before.to_dict()


def test_an_array_that_its_owner_writes_to_reaches_no_other_liver(liver: Liver) -> None:
    parts = np.array(liver.parts)
    first = replace(liver, parts=parts)
    before = assess(first, "H67", PATIENT)
    parts[parts == 8] = 7
    second = replace(liver, parts=parts)  # equal to the first, which was measured before
    after = assess(second, "H67", PATIENT)
    assert after.volumes.remnant_ml < before.volumes.remnant_ml - 50
    assert after.intervals["flr_ml"].high < before.intervals["flr_ml"].high


def test_what_is_kept_dies_with_the_liver(liver: Liver) -> None:
    mortal = replace(liver)
    assess_plans(mortal, ["H5678", "H67 + wedge(T1, 5)", "plane(1, 2, 3, 1, 0, 0)"], PATIENT)
    kept = weakref.ref(once(mortal, "cells", lambda: pytest.fail("the cells were not kept")))
    gc.disable()  # no circle holds it
    try:
        gone = weakref.ref(mortal)
        del mortal
        assert gone() is None
        assert kept() is None
    finally:
        gc.enable()


def test_a_plan_of_parts_that_are_ablated_and_resected_too(liver: Liver) -> None:
    plan = Plan("p", "p", (Parts(("7", "4")), Parts(("7", "6"), Fate.ABLATED)))
    slow = outcomes(liver, plan, tumours=replace(find_tumours(liver)))
    short = outcomes(liver, plan)
    assert [o.fate for o in short] == [o.fate for o in slow] == ["resected", "left", "resected"]
    assert remnant_shape_after(liver, plan) == remnant_shape(liver, fates(liver, plan))


def test_public_names_still_take_what_they_took(liver: Liver) -> None:
    """Plans that split parts go the long way whatever is kept."""
    cut = Plan("c", "c", (Plane((1.0, 2.0, 3.0), (1.0, 0.0, 0.0)), Wedge("T1", 4.0)))
    one = flr.assess(liver, cut, PATIENT)
    other = flr.assess(replace(liver), cut, PATIENT)
    assert one.to_dict() == other.to_dict()
