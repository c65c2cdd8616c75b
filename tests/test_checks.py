"""Checks of maps and livers; their keys, severities and documentation."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from flr import checks
from flr.checks import Point
from flr.labels import LabelScheme, detect, find_scheme, part_of
from flr.quality import CHECKS, QualityFinding, ReassuranceRow, Severity

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


def _anatomy(volumes: Mapping[str, float], centroids: Mapping[str, Point], *, prior: tuple[str, ...] = ()):
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
        key: (", ".join(row.severities), row.row or "", row.meaning, row.advice)
        for key, row in CHECKS.items()
    }
    assert list(documented) == list(CHECKS)


def test_every_check_that_can_be_an_error_speaks_to_a_row_of_the_reassurance_table() -> None:
    for key, row in CHECKS.items():
        assert row.key == key
        assert tuple(sorted(row.severities, key=get_args(Severity).index)) == row.severities
        assert row.row in (None, *get_args(ReassuranceRow))
        assert set(row.unshown) <= set(row.severities), key
        if "error" in row.severities:
            assert row.row, f"{key}: an error that no row of the reassurance table takes up"
            assert row.effect("error") in ("against", "not_shown")
        else:
            assert not row.blocks_grading, f"{key}: only an error blocks grading"
        if row.row is None:
            assert not row.unshown


def test_a_finding_has_a_severity_of_its_check() -> None:
    assert CHECKS["bmi_high"].finding("so") == QualityFinding("bmi_high", "warning", "so")
    assert CHECKS["islands"].finding("two", "error").severity == "error"
    for key, severity in (("islands", None), ("bmi_high", "error")):
        with pytest.raises(ValueError, match=f"{key}: severity"):
            CHECKS[key].finding("so", severity)


def test_findings_are_made_from_the_rows_of_the_table(checkout: Path) -> None:
    seen, by_hand = set(), []
    for path in sorted((checkout / "flr").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "QualityFinding":
                by_hand.append(f"{path.parent.name}/{path.name}:{node.lineno}")
            elif isinstance(node, ast.Subscript) and getattr(node.value, "id", "") == "CHECKS":
                seen |= {at.value for at in (node.slice,) if isinstance(at, ast.Constant)}
    assert [where for where in by_hand if not where.startswith("quality/finding.py")] == []
    assert seen <= CHECKS.keys()
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


def test_published_shares_are_silent_and_a_missed_segment_is_an_error() -> None:
    assert checks.share_findings(VOLUMES_ML) == ()
    assert checks.share_findings({**VOLUMES_ML, "3": 5.85}) == ()  # 0.4 %: real livers have it
    tiny = checks.share_findings({**VOLUMES_ML, "3": 1.4})
    assert _keys(tiny) == [("segment_share_implausible", "error")]
    assert "segment 3 holds 0.1 % (expected 0.2–21 %)" in tiny[0].message


@pytest.mark.parametrize(
    ("segment", "low", "high"),
    [
        ("1", 0.4, 10.0),
        ("2", 2.5, 26.0),
        ("3", 0.2, 21.0),
        ("4", 4.5, 36.0),
        ("5", 4.5, 33.0),
        ("6", 1.0, 35.0),
        ("7", 2.5, 32.0),
        ("8", 7.5, 40.0),
    ],
)
def test_share_limits(segment: str, low: float, high: float) -> None:
    """The bounds are those of the formulary; at a bound a share passes, beyond it is an error."""
    others = {key: ml for key, ml in VOLUMES_ML.items() if key != segment}
    rest_ml = sum(others.values())

    def found(percent: float) -> list[str]:
        volumes = {**others, segment: rest_ml * percent / (100.0 - percent)}
        messages = [f.message for f in checks.share_findings(volumes) if f.severity == "error"]
        return [message for message in messages if f"segment {segment} holds" in message]

    for inside in (low + 1e-6, (low + high) / 2, high - 1e-6):
        assert found(inside) == []
    for outside in (low - 0.05, high + 0.05):
        assert len(found(outside)) == 1


def test_4a_and_4b_are_one_segment_for_shares() -> None:
    caudate_and_4b = {**NINE_VOLUMES_ML, "4a": 5.0, "4b": 200.0}
    assert checks.share_findings(caudate_and_4b) == ()


def test_a_share_that_only_tumours_bring_out_of_bounds_is_plausible() -> None:
    swollen = {**VOLUMES_ML, "8": 1300.0}
    assert _keys(checks.share_findings(swollen)) == [("segment_share_implausible", "error")]
    assert checks.share_findings(swollen, VOLUMES_ML) == ()
    assert _keys(checks.share_findings(swollen, swollen)) == [("segment_share_implausible", "error")]


def test_shares_after_an_operation_warn() -> None:
    swollen = {**VOLUMES_ML, "8": 1300.0}
    assert _keys(checks.share_findings(swollen, explained=True)) == [("segment_share_implausible", "warning")]


def test_a_heavy_left_liver_alone_warns() -> None:
    (finding,) = checks.share_findings({**VOLUMES_ML, "2": 400.0, "3": 300.0, "4": 350.0, "8": 240.0})
    assert finding.severity == "warning"
    assert finding.message == "the right liver holds 43.8 % (expected 45–85 %) of the liver"


@pytest.mark.parametrize("segment", "12345678")
def test_a_missing_segment_is_an_error_but_after_hepatectomy(segment: str) -> None:
    volumes = {**VOLUMES_ML, segment: 0.0}
    assert _keys(checks.missing_segment_findings(volumes)) == [("segment_missing", "error")]
    del volumes[segment]
    assert _keys(checks.missing_segment_findings(volumes)) == [("segment_missing", "error")]
    after = checks.missing_segment_findings(volumes, after_resection=True)
    assert _keys(after) == [("segment_missing", "warning")]


def test_whole_sets_territories_and_outlines_miss_nothing() -> None:
    for volumes in (VOLUMES_ML, NINE_VOLUMES_ML, {}, {"liver": 1500.0}, {"right_hemiliver": 900.0}):
        assert checks.missing_segment_findings(volumes) == ()
    (finding,) = checks.missing_segment_findings({k: v for k, v in NINE_VOLUMES_ML.items() if k != "4b"})
    assert "segment IVb is not drawn" in finding.message


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
    assert "no flip, shift or exchange explains it" in finding.message


def test_what_an_operation_explains_is_a_warning() -> None:
    mirrored = _turned(CENTROIDS_MM, (-1, 1, 1))
    inverted = ("situs_inversus",)
    assert _anatomy(VOLUMES_ML, mirrored, prior=inverted) == [("mirrored_anatomy", "warning")]
    assert _anatomy(VOLUMES_ML, CENTROIDS_MM, prior=inverted) == [("mirrored_anatomy", "error")]
    unsided = {"5": 200.0, "6": 200.0}  # nothing tells left from right
    assert _anatomy(unsided, CENTROIDS_MM, prior=inverted) == []
    moved = {**CENTROIDS_MM, "3": (-55.0, 8.0, 30.0)}  # the remnant has grown, III lies above II
    assert _anatomy(VOLUMES_ML, moved) == [("shifted_labels", "error")]
    for prior in ("hepatectomy", "embolisation"):
        assert _anatomy(VOLUMES_ML, moved, prior=(prior,)) == [("shifted_labels", "warning")]


@pytest.mark.parametrize("prior", [("hepatectomy",), ("embolisation",), ("situs_inversus",)])
def test_no_operation_explains_another_scheme_or_a_turned_header(prior: tuple[str, ...]) -> None:
    shifts = (READ_AS_NINE, {str(k + 1): str(k) for k in range(1, 8)})
    for to in shifts:
        shifted = _renamed(VOLUMES_ML, to), _renamed(CENTROIDS_MM, to)
        assert _anatomy(*shifted, prior=prior) == [("shifted_labels", "error")]
    upside_down = _turned(CENTROIDS_MM, (1, 1, -1))
    assert _anatomy(VOLUMES_ML, upside_down, prior=prior) == [("mirrored_anatomy", "error")]


def test_situs_inversus_explains_nothing_else() -> None:
    exchanged = _turned({**CENTROIDS_MM, "1": CENTROIDS_MM["4"], "4": CENTROIDS_MM["1"]}, (-1, 1, 1))
    assert [s for _, s in _anatomy(VOLUMES_ML, exchanged, prior=("situs_inversus",))] == ["error"]


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


@pytest.mark.parametrize("pair", list(combinations("12345678", 2)), ids="".join)
def test_every_exchange_of_two_segments_is_an_error(pair: tuple[str, str]) -> None:
    one, other = pair
    exchanged = {**CENTROIDS_MM, one: CENTROIDS_MM[other], other: CENTROIDS_MM[one]}
    assert [severity for _, severity in _anatomy(VOLUMES_ML, exchanged)] == ["error"]


@pytest.mark.parametrize(
    "to", [dict(zip("5678", "6587", strict=True)), dict(zip("5678", "8765", strict=True))]
)
def test_exchanged_halves_of_the_right_liver_are_an_error(to: dict[str, str]) -> None:
    exchanged = {**CENTROIDS_MM, **_renamed(CENTROIDS_MM, to)}
    assert [severity for _, severity in _anatomy(VOLUMES_ML, exchanged)] == ["error"]


def test_the_exchange_is_named() -> None:
    exchanged = {**CENTROIDS_MM, "1": CENTROIDS_MM["4"], "4": CENTROIDS_MM["1"]}
    (finding,) = checks.anatomy_findings(VOLUMES_ML, exchanged)
    assert "segment I and segment IV are probably exchanged" in finding.message


def test_a_relation_that_fails_by_little_is_a_warning() -> None:
    level = {**CENTROIDS_MM, "3": (-55.0, 8.0, 26.9)}  # III 4.9 mm above II
    assert _anatomy(VOLUMES_ML, level) == [("shifted_labels", "warning")]
    above = {**CENTROIDS_MM, "3": (-55.0, 8.0, 27.1)}
    assert _anatomy(VOLUMES_ML, above) == [("shifted_labels", "error")]


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
    nowhere = {**mirrored, **dict.fromkeys("123", (float("nan"),) * 3), "4": (float("nan"),) * 3}
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
    mask[11, 0, :3] = True
    mask[2, 2, 2] = mask[7, 7, 7] = False
    findings = checks.structure_findings(mask, 0.01)
    assert _keys(findings) == [("islands", "warning"), ("holes", "warning")]
    assert "2 islands, 0.05 mL" in findings[0].message
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


@pytest.mark.slow
@pytest.mark.real
@pytest.mark.parametrize("name", GOOD)
def test_real_maps(real_livers: dict[str, Lying], name: str) -> None:
    volumes, centroids = real_livers[name]
    assert _anatomy(volumes, centroids) == []
    assert checks.share_findings(volumes) == ()
    assert checks.missing_segment_findings(volumes) == ()
    for signs in ((-1, 1, 1), (1, 1, -1), (1, -1, 1), (-1, -1, 1)):
        assert _anatomy(volumes, _turned(centroids, signs)) == [("mirrored_anatomy", "error")]
    shifted = _renamed(volumes, READ_AS_NINE), _renamed(centroids, READ_AS_NINE)
    assert _anatomy(*shifted) == [("shifted_labels", "error")]


@pytest.mark.slow
@pytest.mark.real
def test_real_mirrored_header(real_livers: dict[str, Lying]) -> None:
    volumes, centroids = real_livers[BAD]
    assert _anatomy(volumes, centroids) == [("mirrored_anatomy", "error")]
    assert _anatomy(volumes, _turned(centroids, (-1, 1, 1))) == []


@pytest.mark.real
def test_a_real_segment_3_of_half_a_percent_is_a_share_like_others(real_livers: dict[str, Lying]) -> None:
    volumes = real_livers["LiTS-79"][0]
    assert 100.0 * volumes["3"] / sum(volumes.values()) < 0.6
    assert checks.share_findings(volumes) == ()


@pytest.mark.real
@pytest.mark.parametrize("name", GOOD)
def test_every_exchange_of_two_segments_of_a_real_map_is_an_error(
    real_livers: dict[str, Lying], name: str
) -> None:
    volumes, centroids = real_livers[name]
    for one, other in combinations("12345678", 2):
        to = {key: {one: other, other: one}.get(key, key) for key in "12345678"}
        found = (
            *checks.anatomy_findings(_renamed(volumes, to), _renamed(centroids, to)),
            *checks.share_findings(_renamed(volumes, to)),
        )
        assert "error" in {finding.severity for finding in found}, (one, other)
