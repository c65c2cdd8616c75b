"""Published reference values and analytic phantoms, checked on the package as it is installed."""

from __future__ import annotations

import csv
import importlib
import math
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flr.documents.base import json_ready
from flr.documents.jobs import Check, SelfTestDocument
from flr.errors import EnvironmentFailure, FLRError
from flr.version import VERSION

if TYPE_CHECKING:
    from flr.assessment import Assessment
    from flr.geometry import Grid
    from flr.liver import Liver

_VALUES = Path(__file__).resolve().parent / "reference_values"


def selftest() -> tuple[Check, ...]:
    """Check every reference value and phantom; nothing is raised for a value that disagrees.

    Raises
    ------
    EnvironmentFailure
        If the reference values were not installed with the package.
    """
    groups = (
        _formula_checks,
        _crosswalk_checks,
        _crossing_checks,
        _interval_checks,
        _criterion_checks,
        _geometry_checks,
        _plan_checks,
        _file_checks,
    )
    return tuple(check for group in groups for check in group())


def selftest_document(checks: Sequence[Check]) -> dict[str, Any]:
    """``flr-selftest/1``."""
    agrees = all(check.agrees for check in checks)
    document: dict[str, Any] = json_ready(SelfTestDocument(agrees=agrees, checks=tuple(checks)))
    return document


def selftest_text(checks: Sequence[Check]) -> str:
    """The table for people, with the disagreements repeated at the end."""
    widths = [max(len(getattr(c, key)) for c in checks) for key in ("group", "name", "expected", "found")]
    lines = [
        f"{'':<9}  {'group':<{widths[0]}}  {'value':<{widths[1]}}  {'expected':>{widths[2]}}"
        f"  {'found here':>{widths[3]}}"
    ]
    lines += [_line(check, widths) for check in checks]
    wrong = [check for check in checks if not check.agrees]
    lines += ["", f"flr {VERSION}: {len(checks) - len(wrong)} of {len(checks)} values agree."]
    if wrong:
        lines += ["Do not use this installation. These disagree:", *(_line(check, widths) for check in wrong)]
    return "\n".join(lines)


def _line(check: Check, widths: Sequence[int]) -> str:
    state = "agrees" if check.agrees else "DISAGREES"
    return (
        f"{state:<9}  {check.group:<{widths[0]}}  {check.name:<{widths[1]}}  {check.expected:>{widths[2]}}"
        f"  {check.found:>{widths[3]}}"
    )


def _rows(name: str) -> list[dict[str, str]]:
    try:
        with (_VALUES / name).open(newline="", encoding="utf-8") as lines:
            return list(csv.DictReader(lines))
    except FileNotFoundError as error:
        raise EnvironmentFailure(
            f"the reference values ({name}) were not installed with this package; install flr again"
        ) from error


def _printed(value: float, digits: int) -> str:
    """As a paper prints it: half up. Nine digits first, since 1413.85 is not exact in binary."""
    if not math.isfinite(value):
        return str(value)
    exact = Decimal(repr(round(value, 9)))
    return str(exact.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP))


def _check(group: str, name: str, expected: str, compute: Callable[[], str]) -> Check:
    try:
        found = compute()
    except (FLRError, ArithmeticError, ValueError, TypeError, LookupError, AttributeError) as error:
        found = f"{type(error).__name__}"
    return Check(group, name, expected, found, found == expected)


def _number(group: str, name: str, expected: str, compute: Callable[[], float]) -> Check:
    digits = len(expected.partition(".")[2])
    return _check(group, name, expected, lambda: _printed(compute(), digits))


# --- published values -------------------------------------------------------------------------


def _formula_checks() -> Iterator[Check]:
    for row in _rows("formulas.csv"):
        module, _, name = row["function"].partition(".")
        pairs = (item.split("=") for item in row["inputs"].split(";"))
        given = {key: text if text in ("F", "M") else float(text) for key, text in pairs}

        def value(module: str = module, name: str = name, given: dict[str, Any] = given) -> float:
            return float(getattr(importlib.import_module(f"flr.formulas.{module}"), name)(**given))

        expected = f"{Decimal(row['expected']):.{int(row['digits'])}f}"
        yield _number("published formula", f"{row['source']}: {name}", expected, value)


def _crosswalk_checks() -> Iterator[Check]:
    from flr.formulas import liver_volume_formula, ratios

    for row in _rows("crosswalk.csv"):
        weight_kg, percent = float(row["weight_kg"]), float(row["percent_of_standard"])

        def flr_ml(weight_kg: float = weight_kg, percent: float = percent) -> float:
            return percent * liver_volume_formula("vauthey_2002_weight").function(weight_kg=weight_kg) / 100

        def share(weight_kg: float = weight_kg, volume_ml: Callable[[], float] = flr_ml) -> float:
            return float(ratios.flr_to_body_weight_percent(volume_ml(), weight_kg))

        name = f"{percent:g} % of the standard volume at {weight_kg:g} kg"
        yield _number("crosswalk", f"{name}, mL", row["expected_ml"], flr_ml)
        yield _number("crosswalk", f"{name}, % of weight", row["expected_body_weight_percent"], share)


def _crossing_checks() -> Iterator[Check]:
    for row in _rows("crossings.csv"):
        flr_ml = float(row["flr_ml"])
        for column, measure in (
            ("standard_percent", "flr_percent_of_standard"),
            ("measured_percent", "flr_percent_of_measured"),
            ("body_weight_percent", "flr_to_body_weight_percent"),
        ):
            name = f"{flr_ml:g} mL: {measure}"
            yield _number("worked crossing", name, row[column], partial(_worked_measure, flr_ml, measure))
        yield _check("worked crossing", f"{flr_ml:g} mL: flag", row["flag"], partial(_worked_flag, flr_ml))


def _worked(flr_ml: float) -> Assessment:
    """The worked patient of the crossings: 70 kg, 170 cm, normal liver of 1500 mL without tumour."""
    from flr.assessment import assess_numbers
    from flr.patient import Patient

    return assess_numbers(
        total_ml=1500,
        tumour_ml=0,
        remnant_tumour_ml=0,
        flr_ml=flr_ml,
        patient=Patient(weight_kg=70, height_cm=170, condition="normal"),
    )


def _worked_measure(flr_ml: float, measure: str) -> float:
    return _known(_worked(flr_ml).measures.values()[measure])


def _worked_flag(flr_ml: float) -> str:
    return str(_worked(flr_ml).flag)


def _known(value: float | None) -> float:
    return math.nan if value is None else value


def _interval_checks() -> Iterator[Check]:
    for row in _rows("intervals.csv"):
        expected = f"{row['low']} to {row['high']}, below {row['probability_percent']} %"
        name = f"{row['source']}, limit {row['limit']}"
        yield _check("interval", name, expected, partial(_interval_text, row))


def _interval_text(row: Mapping[str, str]) -> str:
    from flr.uncertainty import measured_share_interval, standard_share_interval

    flr_ml, liver_ml, limits = float(row["flr_ml"]), float(row["denominator_ml"]), [float(row["limit"])]
    if row["denominator"] == "measured":
        interval = measured_share_interval(flr_ml, liver_ml, limits=limits)
    else:
        interval = standard_share_interval(flr_ml, liver_ml, limits=limits)
    below_percent = 100 * interval.probability_below[row["limit"]]
    return f"{interval.low:.1f} to {interval.high:.1f}, below {below_percent:.0f} %"


def _criterion_checks() -> Iterator[Check]:
    from flr.criteria import CRITERIA

    by_key = {criterion.key: criterion for criterion in CRITERIA}
    for row in _rows("criteria_examples.csv"):
        expected = f"{row['must_flag']} falls short, {row['must_pass']} meets"

        def verdicts(row: dict[str, str] = row) -> str:
            judge = by_key[row["criterion"]].judge
            short, met = (str(judge(float(row[key]))).replace("_", " ") for key in ("must_flag", "must_pass"))
            return f"{row['must_flag']} {short}, {row['must_pass']} {met}"

        yield _check("criterion", row["criterion"], expected, verdicts)


# --- analytic phantoms ------------------------------------------------------------------------

_FINE_MM = (0.7, 1.1, 2.5)
_COARSE_MM = (3.5, 4.1, 4.9)
_TURN_DEGREES = 20.0

_BLOCK = (10, 20, 12)  # voxels of one part
_BLOCK_VOXELS = math.prod(_BLOCK)
_TUMOUR_SIDE = 4
_MARGIN = 4
# Columns from the patient's left to the right: below and above, or behind and in front.
_COLUMNS = ((3, 2), (1, 4), (5, 8), (6, 7))


def _geometry_checks() -> Iterator[Check]:
    import numpy as np

    from flr.kernels.components import components
    from flr.kernels.zones import within_mm

    grid = _grid((80, 52, 26), _FINE_MM)
    name = "turned voxel of 0.7 × 1.1 × 2.5 mm, mm³"
    yield _number("phantom", name, "1.925000", lambda: grid.voxel_volume_mm3)

    def ball_ml() -> float:
        zone = within_mm(np.array([grid.world_mm((40, 26, 13))]), 25.0, grid.shape, grid.index_to_world_mm)
        return int(zone.inside.sum()) * grid.voxel_volume_ml

    yield _number("phantom", "ball of 25 mm radius, mL", f"{4 / 3 * math.pi * 2.5**3:.0f}", ball_ml)

    def pieces() -> str:
        mask = np.zeros((9, 9, 9), dtype=bool)
        mask[1:4, 1:4, 1:4] = mask[5:7, 5:7, 5:7] = True
        return ", ".join(str(voxels) for voxels in components(mask).voxels.tolist())

    yield _check("phantom", "two cubes, voxels of each", "27, 8", pieces)


def _plan_checks() -> Iterator[Check]:
    from flr.assessment import assess
    from flr.liver import measure
    from flr.patient import Patient
    from flr.plans import parse_plan, volumes

    group, liver = "block liver", _block_liver()
    voxel_ml, tumour = math.prod(_COARSE_MM) / 1000.0, _TUMOUR_SIDE**3

    def remnant_ml(notation: str) -> float:
        return volumes(liver, parse_plan(notation)).remnant_ml

    def lost_ml(notation: str) -> float:
        return abs(volumes(liver, parse_plan(notation)).conservation_error_ml)

    def ml(voxels: float) -> str:
        return f"{voxels * voxel_ml:.6f}"

    yield _number(group, "total, mL", ml(8 * _BLOCK_VOXELS), lambda: measure(liver).total_ml)
    yield _number(
        group, "functional, mL", ml(8 * _BLOCK_VOXELS - tumour), lambda: measure(liver).functional_ml
    )
    middle = liver.grid.world_mm([(n - 1) / 2 for n in liver.grid.shape])
    numbers = [*middle, *liver.grid.index_to_world_mm[:3, 0]]
    plane = f"plane({', '.join(repr(float(v)) for v in numbers)})"
    for title, notation, remnant in (
        ("H5678", "H5678", 4 * _BLOCK_VOXELS),
        ("H45678", "H45678", 3 * _BLOCK_VOXELS),
        ("H23", "H23", 6 * _BLOCK_VOXELS - tumour),
        ("plane through the middle", plane, 4 * _BLOCK_VOXELS),
    ):
        yield _number(group, f"{title}: remnant, mL", ml(remnant), partial(remnant_ml, notation))
        yield _number(
            group,
            f"{title}: not accounted for, mL",
            "0.000000",
            partial(lost_ml, notation),
        )

    def share() -> float:
        patient = Patient(weight_kg=70, height_cm=170, condition="normal")
        return _known(assess(liver, parse_plan("H5678"), patient).measures.flr_percent_of_measured)

    expected = f"{100 * 4 * _BLOCK_VOXELS / (8 * _BLOCK_VOXELS - tumour):.6f}"
    yield _number(group, "H5678: % of the measured liver", expected, share)


def _file_checks() -> Iterator[Check]:
    """Write the block liver as NIfTI and read it back; read the bundled case as a user would."""
    from flr.io.read import read_liver
    from flr.io.sample import sample_folder
    from flr.liver import measure
    from flr.plans import parse_plan, volumes

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "segments.nii.gz"
        _write_nifti(path, _block_liver())
        read_ml = measure(read_liver(segments=path, tumours="none")).parts_ml
    expected = f"{_BLOCK_VOXELS * math.prod(_COARSE_MM) / 1000.0:.4f}"
    for part in "12345678":
        name = f"segment {part}, mL"
        yield _number("written and read", name, expected, partial(read_ml.__getitem__, part))

    lines = (sample_folder() / "volumes.csv").read_text(encoding="utf-8").splitlines()
    known = {(row["scan"], row["structure"]): row["volume_ml"] for row in csv.DictReader(lines)}
    for scan in ("baseline", "after_pve"):
        files = sample_folder() / scan
        liver = read_liver(segments=files / "segments.nii.gz", tumours=files / "tumours.nii.gz")
        table = volumes(liver, parse_plan("H5678"))
        found = {
            "liver": table.total_ml,
            "functional": table.functional_ml,
            "tumour": table.tumour_ml,
            "remnant_after_H5678": table.remnant_ml,
        }
        for structure in found:
            yield _number(
                "bundled case",
                f"{scan}: {structure.replace('_', ' ')}, mL",
                known[scan, structure],
                partial(found.__getitem__, structure),
            )


def _grid(shape: tuple[int, int, int], spacing_mm: tuple[float, float, float]) -> Grid:
    import numpy as np

    from flr.geometry import Grid

    angle = math.radians(_TURN_DEGREES)
    cosine, sine = math.cos(angle), math.sin(angle)
    affine = np.eye(4)
    affine[:3, :3] = np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]]) @ np.diag(spacing_mm)
    affine[:3, 3] = (-20.0, 35.0, -110.0)
    return Grid(shape, affine)


def _block_liver() -> Liver:
    """Eight equal blocks that lie as Couinaud's segments do, with a cube of tumour in segment 7."""
    import numpy as np

    from flr.liver import assemble

    across, deep, high = _BLOCK
    shape = (4 * across + 2 * _MARGIN, deep + 2 * _MARGIN, 2 * high + 2 * _MARGIN)
    parts = np.zeros(shape, dtype=np.uint8, order="F")
    tumours = np.zeros(shape, dtype=np.uint16, order="F")
    inner = parts[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN, _MARGIN:-_MARGIN]
    for column, (first, second) in enumerate(_COLUMNS):
        block = inner[column * across : (column + 1) * across]
        if first == 1:
            block[:, : deep // 2], block[:, deep // 2 :] = first, second
        else:
            block[:, :, :high], block[:, :, high:] = first, second
    corner = (_MARGIN + 3 * across + 2, _MARGIN + 6, _MARGIN + high + 4)
    tumours[tuple(slice(start, start + _TUMOUR_SIDE) for start in corner)] = 1
    return assemble(_grid(shape, _COARSE_MM), parts=parts, part_names=tuple("12345678"), tumours=tumours)


def _write_nifti(path: Path, liver: Liver) -> None:
    import nibabel
    import numpy as np

    image = nibabel.Nifti1Image(np.asarray(liver.parts), liver.grid.index_to_world_mm, dtype=np.uint8)
    image.header.set_xyzt_units("mm")
    nibabel.save(image, path)
