"""Checks of maps and livers; their keys, severities and documentation."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from flr import checks
from flr.checks import CHECKS, Point
from flr.labels import LabelScheme, detect, find_scheme, part_of
from flr.quality import QualityFinding

# Volumes and centroids of an upright liver, from its segment IV; RAS+, mm.
VOLUMES_ML = dict(zip("12345678", (80.0, 190.0, 110.0, 210.0, 230.0, 160.0, 250.0, 310.0), strict=True))
CENTROIDS_MM: dict[str, Point] = {
    "1": (-20.0, -50.0, 8.0),
    "2": (-67.0, 2.0, 22.0),
    "3": (-55.0, 8.0, -16.0),
    "4": (0.0, 0.0, 0.0),
    "5": (45.0, -33.0, -55.0),
    "6": (48.0, -80.0, -45.0),
    "7": (33.0, -88.0, 2.0),
    "8": (30.0, -33.0, 8.0),
}
NINE_VOLUMES_ML = {**VOLUMES_ML, "4a": 110.0, "4b": 100.0}
NINE_CENTROIDS_MM = {**CENTROIDS_MM, "4a": (0.0, -8.0, 15.0), "4b": (0.0, 8.0, -15.0)}
for _parts in (NINE_VOLUMES_ML, NINE_CENTROIDS_MM):
    del _parts["4"]

READ_AS_NINE = dict(zip("12345678", ("1", "2", "3", "4a", "4b", "5", "6", "7"), strict=True))


def _keys(findings: tuple[QualityFinding, ...]) -> list[tuple[str, str]]:
    return [(f.check, f.severity) for f in findings]


def _anatomy(volumes: Mapping[str, float], centroids: Mapping[str, Point], *, prior: bool = False):
    return _keys(checks.anatomy_findings(volumes, centroids, prior=prior))


def _turned(centroids: Mapping[str, Point], signs: tuple[int, int, int]) -> dict[str, Point]:
    return {k: tuple(s * v for s, v in zip(signs, c, strict=True)) for k, c in centroids.items()}


def _renamed(parts: Mapping[str, object], to: Mapping[str, str]) -> dict[str, object]:
    return {to[key]: value for key, value in parts.items() if key in to}


# The list and the documentation


def test_documentation_and_code_list_the_same_checks(checkout: Path) -> None:
    text = (checkout / "docs" / "quality.md").read_text(encoding="utf-8")
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("| `")]
    documented = {cells[0].strip().strip("`"): tuple(cell.strip() for cell in cells[1:]) for cells in rows}
    assert documented == {
        key: (", ".join(info.severities), info.meaning, info.advice) for key, info in CHECKS.items()
    }
    assert list(documented) == list(CHECKS)


def _constants(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.IfExp):
        return [*_constants(node.body), *_constants(node.orelse)]
    return []


def test_every_finding_in_the_code_is_a_listed_check_with_a_listed_severity(checkout: Path) -> None:
    seen = set()
    for path in sorted((checkout / "flr").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "QualityFinding":
                assert len(node.args) == 3, f"{path.name}:{node.lineno}"
                for key in _constants(node.args[0]):
                    assert key in CHECKS, (
                        f"{path.name}:{node.lineno} reports {key!r}, which CHECKS does not list"
                    )
                    assert set(_constants(node.args[1])) <= set(CHECKS[key].severities), f"{path.name}: {key}"
                    seen.add(key)
    assert {"total_implausible", "liver_truncated", "segments_do_not_sum"} <= seen


# Numbers


@pytest.mark.parametrize(
    ("total_ml", "strange"),
    [(399.99, True), (400.0, False), (5000.0, False), (5000.01, True), (float("nan"), True)],
)
def test_total(total_ml: float, strange: bool) -> None:
    assert _keys(checks.total_findings(total_ml)) == [("total_implausible", "error")] * strange


@pytest.mark.parametrize(("tumour_ml", "high"), [(0.0, False), (750.0, False), (750.1, True)])
def test_tumour_fraction(tumour_ml: float, high: bool) -> None:
    assert (
        _keys(checks.tumour_fraction_findings(tumour_ml, 1500.0))
        == [("tumour_fraction_high", "warning")] * high
    )


@pytest.mark.parametrize(
    ("segments_ml", "off"), [(979.0, True), (980.0, False), (1020.0, False), (1021.0, True)]
)
def test_segment_sum(segments_ml: float, off: bool) -> None:
    assert (
        _keys(checks.segment_sum_findings(segments_ml, 1000.0)) == [("segments_do_not_sum", "warning")] * off
    )


def test_truncation_names_the_sides() -> None:
    assert checks.truncation_findings(frozenset()) == ()
    assert "last k border" in checks.truncation_findings({"k+"})[0].message
    message = checks.truncation_findings({"k-", "i+"}, orientation="LPS")[0].message
    assert "foot and left borders" in message
    assert _keys(checks.truncation_findings({"j-"})) == [("liver_truncated", "error")]


# Shares


def test_published_shares_are_silent_and_a_tiny_segment_only_warns() -> None:
    assert checks.share_findings(VOLUMES_ML) == ()
    tiny = checks.share_findings({**VOLUMES_ML, "3": 5.85})
    assert _keys(tiny) == [("segment_share_implausible", "warning")]
    assert "segment 3 holds 0.4 %" in tiny[0].message


def test_share_limits() -> None:
    others = dict.fromkeys("1234567", 100.0)
    assert "segment 8 holds 7.9 %" in checks.share_findings({**others, "8": 60.0})[0].message
    assert "segment 8 holds 42.1 %" in checks.share_findings({**others, "8": 510.0})[0].message
    left_heavy = {**VOLUMES_ML, "2": 900.0, "3": 400.0}
    assert "the right liver holds 37.4 %" in checks.share_findings(left_heavy)[0].message


def test_shares_are_not_judged_on_incomplete_sets() -> None:
    assert checks.share_findings({"2": 150.0, "3": 1.0}) == ()
    assert checks.share_findings({**VOLUMES_ML, "1": 0.0}) == ()
    assert checks.share_findings({}) == ()


# Where the parts lie


def test_upright_liver_is_silent_whatever_is_missing() -> None:
    for volumes, centroids in ((VOLUMES_ML, CENTROIDS_MM), (NINE_VOLUMES_ML, NINE_CENTROIDS_MM)):
        for size in range(len(volumes) + 1):
            for keys in combinations(volumes, size):
                assert _anatomy({k: volumes[k] for k in keys}, centroids) == [], keys


@pytest.mark.parametrize(
    ("signs", "words"),
    [
        ((-1, 1, 1), ["left and right exchanged"]),
        ((1, -1, 1), ["front and back exchanged"]),
        ((1, 1, -1), ["head and foot exchanged"]),
        ((-1, -1, 1), ["left and right", "front and back"]),
        ((-1, 1, -1), ["left and right", "head and foot"]),
        ((1, -1, -1), ["front and back", "head and foot"]),
        ((-1, -1, -1), ["left and right", "front and back", "head and foot"]),
    ],
)
def test_every_flip_is_named(signs: tuple[int, int, int], words: list[str]) -> None:
    (finding,) = checks.anatomy_findings(VOLUMES_ML, _turned(CENTROIDS_MM, signs))
    assert (finding.check, finding.severity) == ("mirrored_anatomy", "error")
    assert all(word in finding.message for word in words)


@pytest.mark.parametrize(("right", "severity"), [("6", "error"), ("7", "error"), ("8", "warning")])
def test_a_shift_that_leaves_nothing_to_compare_explains_nothing(right: str, severity: str) -> None:
    """II and VI neither right nor left of each other; one label lower, I and V, no rule compares them."""
    lying = {"2": (-60.0, 0.0, 20.0), right: (-60.0, -30.0, 5.0)}
    (finding,) = checks.anatomy_findings(dict.fromkeys(lying, 150.0), lying)
    assert (finding.check, finding.severity) == ("shifted_labels", severity)
    assert "no flip and no shift explains it" in finding.message


def test_after_treatment_it_is_a_warning() -> None:
    mirrored = _turned(CENTROIDS_MM, (-1, 1, 1))
    assert _anatomy(VOLUMES_ML, mirrored, prior=True) == [("mirrored_anatomy", "warning")]
    shifted = _renamed(VOLUMES_ML, READ_AS_NINE), _renamed(CENTROIDS_MM, READ_AS_NINE)
    assert _anatomy(*shifted, prior=True) == [("shifted_labels", "warning")]


@pytest.mark.parametrize(
    ("to", "words"),
    [
        (READ_AS_NINE, "segment 4 undivided"),
        ({str(k + 1): str(k) for k in range(1, 8)}, "one too low"),
        ({str(k - 1): str(k) for k in range(2, 9)}, "one too high"),
    ],
)
def test_shifted_labels_are_named(to: dict[str, str], words: str) -> None:
    (finding,) = checks.anatomy_findings(_renamed(VOLUMES_ML, to), _renamed(CENTROIDS_MM, to))
    assert (finding.check, finding.severity) == ("shifted_labels", "error")
    assert words in finding.message


def test_nine_labels_read_as_eight() -> None:
    to = {v: k for k, v in READ_AS_NINE.items()}
    (finding,) = checks.anatomy_findings(_renamed(NINE_VOLUMES_ML, to), _renamed(NINE_CENTROIDS_MM, to))
    assert finding.check == "shifted_labels"
    assert "the file has 4a and 4b" in finding.message


def test_eight_labels_and_a_tumour_read_as_nine() -> None:
    volumes, centroids = _renamed(VOLUMES_ML, READ_AS_NINE), _renamed(CENTROIDS_MM, READ_AS_NINE)
    volumes["8"], centroids["8"] = 40.0, CENTROIDS_MM["6"]
    assert [severity for _, severity in _anatomy(volumes, centroids)] == ["error"]


@pytest.mark.parametrize(
    ("pair", "severity"),
    [
        (("2", "6"), "error"),
        (("3", "7"), "error"),
        (("5", "7"), "error"),
        (("5", "8"), "error"),
        (("6", "7"), "error"),
        (("6", "8"), "error"),
        (("3", "4"), "warning"),
        (("4", "7"), "warning"),
    ],
)
def test_exchanged_segments_are_reported(pair: tuple[str, str], severity: str) -> None:
    """What no liver shows is an error; what an odd liver may show is a warning."""
    one, other = pair
    exchanged = {**CENTROIDS_MM, one: CENTROIDS_MM[other], other: CENTROIDS_MM[one]}
    assert [severity for _, severity in _anatomy(VOLUMES_ML, exchanged)] == [severity]


def test_a_cause_is_named_only_when_it_convinces() -> None:
    exchanged = {**CENTROIDS_MM, "4": CENTROIDS_MM["7"], "7": CENTROIDS_MM["4"]}
    (finding,) = checks.anatomy_findings(VOLUMES_ML, exchanged)
    assert "no flip and no shift explains it" in finding.message


def test_hemilivers_and_spleen_tell_left_from_right() -> None:
    volumes = {"right_hemiliver": 900.0, "left_hemiliver": 500.0}
    centroids = {"right_hemiliver": (40.0, 0.0, 0.0), "left_hemiliver": (-40.0, 0.0, 0.0)}
    assert _anatomy(volumes, centroids) == []
    assert _anatomy(volumes, _turned(centroids, (-1, 1, 1))) == [("mirrored_anatomy", "error")]
    volumes = {"liver": 1500.0, "spleen": 200.0}
    centroids = {"liver": (60.0, 0.0, 0.0), "spleen": (-90.0, -30.0, 0.0)}
    assert _anatomy(volumes, centroids) == []
    assert _anatomy(volumes, _turned(centroids, (-1, 1, 1))) == [("mirrored_anatomy", "error")]


def test_parts_without_volume_or_place_do_not_count() -> None:
    mirrored = _turned(CENTROIDS_MM, (-1, 1, 1))
    assert _anatomy({**dict.fromkeys("235678", 0.0), "1": 80.0, "4": 200.0}, mirrored) == []
    assert _anatomy(VOLUMES_ML, {}) == []
    nowhere = {**mirrored, **dict.fromkeys("23", (float("nan"),) * 3), "4": (float("nan"),) * 3}
    assert _anatomy(VOLUMES_ML, nowhere) == []


def test_anatomy_tells_schemes_apart_in_detection() -> None:
    def anatomy(scheme: LabelScheme) -> tuple[QualityFinding, ...]:
        keys = {
            str(v): part.key for v in range(1, 9) if (part := part_of(scheme.meaning(v) or "")) is not None
        }
        return checks.anatomy_findings(_renamed(VOLUMES_ML, keys), _renamed(CENTROIDS_MM, keys))

    assert anatomy(find_scheme("couinaud_8")) == ()
    assert [f.check for f in anatomy(find_scheme("couinaud_9_4ab"))] == ["shifted_labels"]
    # Without VIII, schemes of organs remain that no anatomy of the liver can refute.
    missing = detect(range(1, 8), {}, anatomy=anatomy)
    assert missing.scheme is None
    assert "couinaud_9_4ab" not in missing.candidates


# Islands and holes


@pytest.mark.parametrize("order", ["C", "F"])
def test_islands_and_holes_with_their_volumes(order: str) -> None:
    mask = np.zeros((12, 14, 16), dtype=bool, order=order)
    mask[1:9, 1:9, 1:9] = True
    assert checks.structure_findings(mask, 0.01) == ()
    mask[4:6, 4, 4] = False
    mask[9, 9, 9] = True  # touches by a corner: the same piece
    mask[11, 13, 14:] = True
    findings = checks.structure_findings(mask, 0.01)
    assert _keys(findings) == [("islands", "info"), ("holes", "info")]
    assert findings[0].message.startswith("1 island, 0.02 mL (0.39 %")
    assert findings[1].message.startswith("1 hole, 0.02 mL (0.39 %")
    mask[11, 0, :5] = True
    mask[2, 2, 2] = mask[7, 7, 7] = False
    findings = checks.structure_findings(mask, 0.01)
    assert _keys(findings) == [("islands", "warning"), ("holes", "warning")]
    assert "2 islands, 0.07 mL" in findings[0].message
    assert "3 holes, 0.04 mL" in findings[1].message


def test_a_channel_to_the_outside_is_no_hole_and_an_empty_mask_nothing() -> None:
    mask = np.ones((5, 5, 5), dtype=bool)
    mask[2, 2, :] = False
    assert checks.structure_findings(mask, 1.0) == ()
    assert checks.structure_findings(np.zeros((3, 3, 3), dtype=bool), 1.0) == ()


# Real maps

GOOD = ("LiTS-0", "LiTS-58", "LiTS-73", "LiTS-79", "LiTS-81", "LiTS-123")
BAD = "LiTS-45"
Lying = tuple[dict[str, float], dict[str, Point]]


@pytest.fixture(scope="module")
def real_livers(real_data: Path) -> dict[str, Lying]:
    """Volumes and centroids of the real Couinaud maps, by the plainest means."""
    nibabel = pytest.importorskip("nibabel")
    livers = {}
    for path in sorted((real_data / "couinaud_lits").glob("*_couinaud*.nii.gz")):
        image = nibabel.load(path)
        index = np.argwhere(labels := np.asanyarray(image.dataobj).astype(np.uint8))
        labels = labels[tuple(index.T)]
        world = index @ image.affine[:3, :3].T + image.affine[:3, 3]
        voxel_ml = abs(np.linalg.det(image.affine[:3, :3])) / 1000
        found = {str(n): world[labels == n] for n in range(1, 9)}
        livers[path.name.split("_")[0]] = (
            {key: len(points) * voxel_ml for key, points in found.items()},
            {key: tuple(points.mean(axis=0).tolist()) for key, points in found.items()},
        )
    return livers


@pytest.mark.real
@pytest.mark.parametrize("name", GOOD)
def test_real_maps(real_livers: dict[str, Lying], name: str) -> None:
    volumes, centroids = real_livers[name]
    assert _anatomy(volumes, centroids) == []
    assert all(f.severity == "warning" for f in checks.share_findings(volumes))
    for signs in ((-1, 1, 1), (1, 1, -1), (1, -1, 1), (-1, -1, 1)):
        assert _anatomy(volumes, _turned(centroids, signs)) == [("mirrored_anatomy", "error")]
    shifted = _renamed(volumes, READ_AS_NINE), _renamed(centroids, READ_AS_NINE)
    assert _anatomy(*shifted) == [("shifted_labels", "error")]


@pytest.mark.real
def test_real_mirrored_header(real_livers: dict[str, Lying]) -> None:
    volumes, centroids = real_livers[BAD]
    assert _anatomy(volumes, centroids) == [("mirrored_anatomy", "error")]
    assert _anatomy(volumes, _turned(centroids, (-1, 1, 1))) == []


@pytest.mark.real
def test_real_segment_3_of_half_a_percent_only_warns(real_livers: dict[str, Lying]) -> None:
    (finding,) = checks.share_findings(real_livers["LiTS-79"][0])
    assert finding.severity == "warning"
    assert "segment 3 holds 0.5 %" in finding.message
