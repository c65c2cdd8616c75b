"""The rules of the house that a machine can check: floors, imports, names, packaging, repository."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import socket
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
PACKAGE = CHECKOUT / "flr"

# A new top-level module or package under flr/ is given its floor here, or the tests fail.
FLOORS: dict[str, int] = {
    "errors": -1,  # the ground: every module may raise, the others of floor 0 included
    "units": 0,
    "documented": 0,
    "frozen": 0,
    "files": 0,
    "version": 0,
    "cache": 1,
    "stages": 0,
    "results": 1,
    "geometry": 1,
    "kernels": 1,
    "formulas": 1,
    "quality": 1,
    "structures": 1,
    "facts": 1,
    "words": 1,
    "palette": 2,
    "labels": 2,
    "patient": 2,
    "liver": 3,
    "measures": 3,
    "inventory": 3,
    "tumours": 3,
    "territories": 3,
    "function": 3,
    "checks": 3,
    "plans": 4,
    "reassurance": 5,
    "criteria": 5,
    "uncertainty": 5,
    "perfusion": 5,
    "case": 5,
    "specimen": 5,
    "assessment": 6,
    "plansearch": 7,
    "growth": 7,
    "staging": 7,
    "donor": 7,
    "stream": 8,
    "dicom": 9,
    "io": 10,
    "job": 11,
    "documents": 12,
    "surfaces": 12,
    "pictures": 13,
    "write": 14,
    "report": 15,
    "planner": 15,
    "cohort": 16,
    "notebook": 16,
    "pacs": 16,
    "replay": 16,
    "selftest": 16,
    "__init__": 17,
    "cli": 17,
    "__main__": 18,
}
TOP_COMPUTING_FLOOR = 7

# Third-party modules that cost so little that floors 8 and above may import them at the top.
LIGHT = {"zlib_ng"}

UNIT_SUFFIXES = (
    *("_ml", "_ml2", "_mm", "_mm2", "_mm3", "_cm", "_m2", "_kg", "_g", "_hu", "_degrees"),
    *("_s", "_days", "_weeks", "_years", "_percent", "_pp", "_ratio"),
    *("_pp_per_week", "_percent_per_day", "_ml_per_day", "_ml_per_m2", "_percent_per_min"),
    *("_percent_per_min_per_m2", "_ug_per_kg_per_h", "_10e9_per_l", "_per_min"),
    *("_mg_per_dl", "_g_per_l"),
)

# Numbers whose unit belongs to the value, not to the field; each with what says the unit.
FLOAT_FIELDS_WITHOUT_UNIT = {
    "Face.normal": "cosines of a direction",
    "Interval.low": "in the unit of the measure that the interval is of",
    "_Spread.values": "each measure in its own unit",
    "Interval.high": "in the unit of the measure that the interval is of",
    "Interval.level": "a probability, 0 to 1",
    "Interval.probability_below": "limits in the unit of the measure → probability, 0 to 1",
    "VoxelFile.slope": "a header's scaling of what is stored",
    "VoxelFile.intercept": "a header's scaling of what is stored",
    "PixelPlace.slope": "a header's scaling of what is stored",
    "Opened.slope": "a header's scaling of what is stored",
    "PixelPlace.intercept": "a header's scaling of what is stored",
    "Frame2D.row": "a unit vector",
    "Frame2D.column": "a unit vector",
    "Slice2D.orientation": "two unit vectors",
    "SourceImages.orientation": "two unit vectors",
    "Planes.orientation": "two unit vectors",
    "Finding.value": "in the unit of its criterion",
    "PlanAgreement.kappa": "Cohen's kappa, which has none",
    "Slice.image": "as Liver.image",
    "FunctionImage.values": "counts, %, or ms: as its kind says",
    "OnGrid.values": "as FunctionImage.values",
    "Score.low": "points, or the linear predictor that ALBI is",
    "Score.high": "points, or the linear predictor that ALBI is",
    "ScoreKeys.low": "as Score.low",
    "ScoreKeys.high": "as Score.high",
    "OutcomeKeys.growth_needed_limit": "in the unit of its measure",
    "Span.low": "in the unit of the measure that the span is of",
    "Span.high": "in the unit of the measure that the span is of",
    "Span.least": "in the unit of the measure that the span is of",
    "Cantlie.normal": "a direction of length 1",
    "VeinSheet.along": "a direction of length 1",
    "TerritoryPictures.grey": "as Liver.image",
    "PlanPictures.grey": "as Liver.image",
    "Patient.inr": "a ratio, which has none",
    "Plausible.most": "in the unit of its fact",
    "Plausible.least": "in the unit of its fact",
    "Liver.image": "intensities as the scanner wrote them: HU for CT, arbitrary for MR",
}

SKIPPED_FOLDERS = {"__pycache__", "build", "dist", "flr-demo", "node_modules"}
PRINTERS = {"print", "sys.stdout", "sys.stderr"}
LOCK_FILES = ("*.lock", "*-lock.*", "*.lock.*", "requirements*.txt", "constraints*.txt")
MACHINE_PATHS = re.compile(r"(?<![\w.>~-])/(?:work|home|root|Users|mnt|srv|tmp|opt)/\w|[A-Z]:\\Users")
HOST_NAMES = re.compile(
    r"\b[\w-]+\.(?:internal|intranet|lan|localdomain)\b"
    r"|(?<![\d.])(?:10|192\.168|172\.(?:1[6-9]|2\d|3[01]))(?:\.\d{1,3}){2,3}(?![\d.])"
)
VERDICT_WORDS = re.compile(
    r"\b(?:in)?operable\b|\b(?:un)?safe(?:ly)?\b|\b(?:un|ir)?resectable\b", re.IGNORECASE
)


# --- what the source says ---------------------------------------------------------------------


@dataclass(frozen=True)
class Import:
    """One imported module: its dotted name, where, and whether only when needed or for types."""

    module: str
    line: int
    deferred: bool


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def sources(folder: Path = PACKAGE) -> list[Path]:
    return sorted(p for p in folder.rglob("*.py") if not SKIPPED_FOLDERS.intersection(p.parts))


def unit_of(path: Path, package: Path = PACKAGE) -> str:
    """The top-level module or package of ``flr`` that a file belongs to."""
    return path.relative_to(package).with_suffix("").parts[0]


def imports_of(path: Path, package: Path = PACKAGE) -> Iterator[Import]:
    """Every import in a file; ``from flr import x`` names ``flr.x`` where that is a module."""
    yield from _imports(tree_of(path).body, path, package, deferred=False)


def _imports(nodes: list[ast.stmt], path: Path, package: Path, *, deferred: bool) -> Iterator[Import]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno, deferred) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = ("flr", *path.relative_to(package).parts)[: -node.level]
                base = ".".join((*above, base)).rstrip(".")
            for alias in node.names:
                inner = package.joinpath(*base.split(".")[1:], alias.name)
                is_module = inner.is_dir() or inner.with_suffix(".py").is_file()
                named = f"{base}.{alias.name}" if base.split(".")[0] == "flr" and is_module else base
                yield Import(named, node.lineno, deferred)
        else:
            later = deferred or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            for field, value in ast.iter_fields(node):
                block = (
                    [item for item in value if isinstance(item, ast.AST)] if isinstance(value, list) else []
                )
                for_types = (
                    isinstance(node, ast.If) and field == "body" and "TYPE_CHECKING" in ast.dump(node.test)
                )
                inner_nodes = [item for item in block if isinstance(item, ast.stmt)]
                inner_nodes += [s for h in block if isinstance(h, ast.ExceptHandler) for s in h.body]
                inner_nodes += [s for c in block if isinstance(c, ast.match_case) for s in c.body]
                yield from _imports(inner_nodes, path, package, deferred=later or for_types)


def floor_faults(package: Path = PACKAGE) -> list[str]:
    """Imports that do not go down, and top-level modules without a floor."""
    faults = []
    for path in sources(package):
        unit = unit_of(path, package)
        where = path.relative_to(package.parent)
        if unit not in FLOORS:
            faults.append(f"{where}: {unit!r} has no floor")
            continue
        for found in imports_of(path, package):
            parts = found.module.split(".")
            if parts[0] != "flr":
                continue
            target = parts[1] if len(parts) > 1 else "__init__"
            own_package = target == unit or (target == "__init__" and unit == "cli")
            if target not in FLOORS:
                faults.append(f"{where}:{found.line}: {found.module} has no floor")
            elif not own_package and FLOORS[target] >= FLOORS[unit]:
                floors = f"floor {FLOORS[unit]} imports {found.module} of floor {FLOORS[target]}"
                faults.append(f"{where}:{found.line}: {floors}")
    return faults


def circles(package: Path = PACKAGE) -> list[str]:
    """Modules that import one another in a circle: at the top, inside a function, or for types only."""
    names = {}
    for path in sources(package):
        parts = ("flr", *path.relative_to(package).with_suffix("").parts)
        names[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    arrows = {
        name: {found.module for found in imports_of(path, package)} - {name} for name, path in names.items()
    }
    # What imports nothing that is left stands in no circle; nor does what nobody left imports.
    left = set(names)
    while True:
        wanted = set().union(*(arrows[name] for name in left)) & left
        kept = {name for name in wanted if arrows[name] & left}
        if kept == left:
            return sorted(left)
        left = kept


MOST_OF_THE_PACKAGE = 0.16


def rooms_too_large(package: Path = PACKAGE) -> list[str]:
    """Top-level modules and packages with more than that share of the lines."""
    lines: Counter[str] = Counter()
    for path in sources(package):
        lines[unit_of(path, package)] += len(path.read_text(encoding="utf-8").splitlines())
    most = MOST_OF_THE_PACKAGE * lines.total()
    return [f"{room}: {n} of {lines.total()} lines" for room, n in lines.items() if n > most]


def weight_faults(package: Path = PACKAGE) -> list[str]:
    """Third-party imports where they do not belong."""
    faults = []
    for path in sources(package):
        floor = FLOORS.get(unit_of(path, package), 0)
        for found in imports_of(path, package):
            library = found.module.split(".")[0]
            if library in sys.stdlib_module_names or library in ("flr", "numpy"):
                continue
            where = f"{path.relative_to(package.parent)}:{found.line}"
            if not found.deferred and not (floor > TOP_COMPUTING_FLOOR and library in LIGHT):
                faults.append(
                    f"{where}: {library} is imported at the top, not inside the function that needs it"
                )
            elif floor <= TOP_COMPUTING_FLOOR and library != "scipy":
                faults.append(
                    f"{where}: floor {floor} imports {library}; only NumPy and SciPy are allowed there"
                )
    return faults


def test_imports_go_down() -> None:
    assert floor_faults() == []


def test_no_modules_import_one_another_in_a_circle() -> None:
    assert circles() == []


def test_a_circle_is_found_whatever_hides_it(tmp_path: Path) -> None:
    package = tmp_path / "flr"
    (package / "io").mkdir(parents=True)
    for name, text in {
        "__init__": "",
        "io/__init__": "",
        "io/one": "from flr.io.two import x",
        "io/two": "def f():\n    from flr.io import three",
        "io/three": "import flr.io.one",
        "io/above": "from flr.io import one",
        "io/below": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from flr.io.four import x",
        "io/four": "from flr.io import below",
    }.items():
        (package / name).with_suffix(".py").write_text(text, encoding="utf-8")
    of_types = ["flr.io.below", "flr.io.four"]
    assert circles(package) == [*of_types, "flr.io.one", "flr.io.three", "flr.io.two"]
    for name in ("three", "four"):
        (package / "io" / f"{name}.py").write_text("", encoding="utf-8")
    tree_of.cache_clear()
    assert circles(package) == []


def test_no_room_is_too_large() -> None:
    assert rooms_too_large() == []


def test_a_large_room_is_found(tmp_path: Path) -> None:
    package = tmp_path / "flr"
    (package / "io" / "dicom").mkdir(parents=True)
    for name, n in {
        "a": 80,
        "b": 80,
        "c": 80,
        "d": 80,
        "e": 80,
        "io/x": 60,
        "io/dicom/y": 40,
        "f": 80,
    }.items():
        (package / name).with_suffix(".py").write_text("#\n" * n, encoding="utf-8")
    assert rooms_too_large(package) == ["io: 100 of 580 lines"]


def test_heavy_libraries_are_imported_where_they_are_used() -> None:
    assert weight_faults() == []


@pytest.mark.parametrize(
    ("file", "text", "fault"),
    [
        ("units.py", "from flr.geometry import Grid", "floor 0 imports flr.geometry of floor 1"),
        ("geometry.py", "import flr.quality", "floor 1 imports flr.quality of floor 1"),
        ("liver.py", "def f():\n    from flr import assessment", "floor 3 imports flr.assessment of floor 6"),
        ("kernels/counts.py", "from ..labels import Part", "floor 1 imports flr.labels of floor 2"),
        ("kernels/counts.py", "from flr import Grid", "floor 1 imports flr of floor 17"),
        ("io/nifti.py", "try:\n    import x\nexcept ImportError:\n    import flr.cli", "of floor 17"),
        ("helpers.py", "", "'helpers' has no floor"),
        ("cli/main.py", "import flr.helpers", "flr.helpers has no floor"),
    ],
)
def test_a_wrong_import_is_found(tmp_path: Path, file: str, text: str, fault: str) -> None:
    package = tmp_path / "flr"
    for name in ("geometry.py", "quality.py", "assessment.py", "labels.py", file):
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text("", encoding="utf-8")
    (package / file).write_text(text, encoding="utf-8")
    faults = floor_faults(package)
    assert len(faults) == 1
    assert fault in faults[0]


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("kernels/counts.py", "from flr.errors import FLRError\nfrom . import table\nfrom .table import f"),
        ("cli/main.py", "from flr import __version__\nimport flr.io.nifti"),
        ("__init__.py", "def f():\n    from flr.io import nifti"),
    ],
)
def test_a_right_import_passes(tmp_path: Path, file: str, text: str) -> None:
    package = tmp_path / "flr"
    for name in ("kernels/table.py", "io/nifti.py", file):
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text("", encoding="utf-8")
    (package / file).write_text(text, encoding="utf-8")
    assert floor_faults(package) == []


@pytest.mark.parametrize(
    ("file", "text", "faults"),
    [
        ("liver.py", "import scipy.ndimage", 1),
        ("liver.py", "def f():\n    import scipy.ndimage", 0),
        ("liver.py", "def f():\n    import nibabel", 1),
        ("liver.py", "import numpy as np", 0),
        ("io/nifti.py", "import nibabel", 1),
        ("io/nifti.py", "class A:\n    def f(self):\n        with a:\n            import nibabel", 0),
        ("io/nifti.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import nibabel", 0),
        ("io/nifti.py", "try:\n    import zlib_ng\nexcept ImportError:\n    import isal", 1),
        ("kernels/counts.py", "import zlib_ng", 1),
    ],
)
def test_a_heavy_import_is_found(tmp_path: Path, file: str, text: str, faults: int) -> None:
    package = tmp_path / "flr"
    (package / file).parent.mkdir(parents=True)
    (package / file).write_text(text, encoding="utf-8")
    assert len(weight_faults(package)) == faults


# --- what a process loads ---------------------------------------------------------------------

_REPORT_LOADED = """
import sys
before = set(sys.modules)
{code}
loaded = {{name.partition(".")[0] for name in set(sys.modules) - before}}
print("loaded:", *sorted(loaded - set(sys.stdlib_module_names)), file=sys.stderr)
"""


# A command may return its exit code or leave by SystemExit.
_RUN_COMMAND = """
from flr.cli import main
try:
    code = main([{option!r}])
except SystemExit as leaving:
    code = leaving.code
assert not code
"""


def loaded_by(code: str) -> tuple[set[str], str]:
    """Third-party packages that a fresh interpreter loads for ``code``, and what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", _REPORT_LOADED.format(code=code)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        stdin=subprocess.DEVNULL,
    )
    line = next(text for text in done.stderr.splitlines() if text.startswith("loaded:"))
    return set(line.split()[1:]), done.stdout


def test_importing_flr_loads_numpy_at_most() -> None:
    loaded, _ = loaded_by("import flr")
    assert loaded <= {"flr", "numpy"}


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_the_command_answers_without_numpy(option: str) -> None:
    loaded, stdout = loaded_by(_RUN_COMMAND.format(option=option))
    assert loaded == {"flr"}
    assert "flr" in stdout


def test_the_version_is_the_same_everywhere() -> None:
    version = project()["version"]
    _, stdout = loaded_by(_RUN_COMMAND.format(option="--version"))
    assert version in stdout.split()
    assert importlib.metadata.version("flr") == version
    citation = (CHECKOUT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.findall(r"^version: \"?([^\s\"]+)\"?$", citation, re.MULTILINE) == [version]
    changes = (CHECKOUT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert version in re.findall(r"^## \[?([\w.]+)", changes, re.MULTILINE)


# --- how the source reads ---------------------------------------------------------------------


def test_no_error_is_swallowed_whole() -> None:
    faults = []
    for path in [*sources(), *sources(CHECKOUT / "sample_data"), *sources(CHECKOUT / "benchmarks")]:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ExceptHandler) and not _only_names_it(node):
                caught = (
                    {n.id for n in ast.walk(node.type) if isinstance(n, ast.Name)} if node.type else {"all"}
                )
                if caught & {"all", "Exception", "BaseException"}:
                    faults.append(f"{path.relative_to(CHECKOUT)}:{node.lineno}")
    assert faults == []


def _only_names_it(handler: ast.ExceptHandler) -> bool:
    """Whether a handler does nothing but raise again, from the error: whatever the code of others raises."""
    step = handler.body[0]
    return len(handler.body) == 1 and isinstance(step, ast.Raise) and step.cause is not None


def test_only_the_command_line_prints() -> None:
    faults = []
    for path in sources():
        if unit_of(path) == "cli":
            continue
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Name | ast.Attribute) and ast.unparse(node) in PRINTERS:
                faults.append(f"{path.relative_to(CHECKOUT)}:{node.lineno}")
    assert faults == []


def _record_classes(path: Path) -> Iterator[ast.ClassDef]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ClassDef):
            words = [ast.unparse(n) for n in (*node.decorator_list, *node.bases)]
            if any(re.search(r"dataclass|NamedTuple|TypedDict|BaseModel", word) for word in words):
                yield node


def _says_unit(name: str) -> bool:
    return f"_{name}".endswith(UNIT_SUFFIXES) or "_percent_of_" in name


def _is_float(annotation: ast.expr) -> bool:
    text = annotation.value if isinstance(annotation, ast.Constant) else ast.unparse(annotation)
    return re.search(r"\bfloat(?:16|32|64)?\b", str(text)) is not None


def unitless_floats(path: Path) -> list[str]:
    """Float fields of the records in a file that say no unit.

    A record with a ``unit`` field says the unit of its other numbers there.
    """
    faults = []
    for record in _record_classes(path):
        fields = [n for n in record.body if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name)]
        named = {n.target.id: n.annotation for n in fields if isinstance(n.target, ast.Name)}
        if "unit" in named:
            continue
        for name, annotation in named.items():
            key = f"{record.name}.{name}"
            if _is_float(annotation) and not _says_unit(name) and key not in FLOAT_FIELDS_WITHOUT_UNIT:
                faults.append(key)
    return faults


def test_every_float_field_says_its_unit() -> None:
    assert [f"{p.relative_to(CHECKOUT)}: {fault}" for p in sources() for fault in unitless_floats(p)] == []


def test_a_unitless_float_field_is_found(tmp_path: Path) -> None:
    path = tmp_path / "records.py"
    path.write_text(
        "@dataclass(frozen=True)\nclass A:\n    volume: float\n    volume_ml: float | None\n    n: int\n"
        "    shares: Mapping[str, float]\n    spacing: NDArray[np.float64]\n"
        "    spacing_mm: NDArray[np.float64]\n"
        "class B(NamedTuple):\n    weight: 'float'\n"
        "@dataclass\nclass C:\n    unit: str\n    limit: float\n"
        "@dataclass\nclass Finding:\n    value: float\n",
        encoding="utf-8",
    )
    assert unitless_floats(path) == ["A.volume", "A.shares", "A.spacing", "B.weight"]


def _public(nodes: list[ast.stmt], prefix: str = "") -> Iterator[tuple[str, ast.AST]]:
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name[0] != "_":
            declared_only = ast.unparse(node.body[-1]) == "..." and len(node.body) == 1
            if not declared_only and "overload" not in [
                ast.unparse(d).split(".")[-1] for d in node.decorator_list
            ]:
                yield prefix + node.name, node
            if isinstance(node, ast.ClassDef):
                yield from _public(node.body, f"{prefix}{node.name}.")


def test_everything_public_has_a_docstring() -> None:
    faults = []
    for path in sources():
        tree = tree_of(path)
        where = path.relative_to(CHECKOUT)
        faults += [] if ast.get_docstring(tree) else [str(where)]
        faults += [
            f"{where}: {name}"
            for name, node in _public(tree.body)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            if not ast.get_docstring(node)
        ]
    assert faults == []


MOST_LINES = 60
MOST_POSITIONAL = 8


def long_functions(path: Path) -> list[str]:
    """Functions with more lines than that, signature included and docstring left out, or more arguments."""
    faults = []
    for node in ast.walk(tree_of(path)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        lines = (node.end_lineno or node.lineno) - node.lineno + 1
        if ast.get_docstring(node) is not None:
            docstring = node.body[0]
            lines -= (docstring.end_lineno or docstring.lineno) - docstring.lineno + 1
        positional = len(node.args.posonlyargs) + len(node.args.args)
        if lines > MOST_LINES:
            faults.append(f"{path.name}:{node.lineno} {node.name}: {lines} lines")
        if positional > MOST_POSITIONAL:
            faults.append(f"{path.name}:{node.lineno} {node.name}: {positional} arguments by position")
    return faults


def test_functions_are_short() -> None:
    assert [fault for path in sources() for fault in long_functions(path)] == []


def test_a_long_function_is_found(tmp_path: Path) -> None:
    path = tmp_path / "long.py"
    signature = "def f(a, b, c, d, e, f, g, h, *, i=1):\n"
    whole = signature + '    """Says.\n\n    More.\n    """\n' + "    x = 1\n" * (MOST_LINES - 1)
    path.write_text(whole, encoding="utf-8")
    assert long_functions(path) == []
    path.write_text(
        whole + "    y = 2\nclass A:\n    def g(a, b, c, d, e, f, g, h, i): ...\n", encoding="utf-8"
    )
    tree_of.cache_clear()
    assert long_functions(path) == ["long.py:1 f: 61 lines", "long.py:67 g: 9 arguments by position"]


def test_no_module_is_named_like_a_public_function() -> None:
    """``flr.search`` is the function, whatever was imported before: no module may take its place."""
    import flr

    modules = {path.stem for path in PACKAGE.glob("*.py")} | {
        path.parent.name for path in PACKAGE.glob("*/__init__.py")
    }
    assert modules.isdisjoint(flr.__all__)


def test_no_name_says_telv() -> None:
    """In the literature TELV is an estimated volume: the toolkit's names are TFLV and eTLV."""
    faults = []
    for path in sources():
        for node in ast.walk(tree_of(path)):
            names = [getattr(node, field, None) for field in ("id", "attr", "arg", "name")]
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
                names.append(node.value)
            faults += [
                f"{path.relative_to(CHECKOUT)}: {name}"
                for name in names
                if isinstance(name, str) and re.search(r"(?<![a-z])telv", name, re.IGNORECASE)
            ]
    assert faults == []


def _texts(path: Path) -> Iterator[tuple[int, str]]:
    """String literals that can reach a reader: all but docstrings and NumPy's casting rules."""
    holders = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(n.body[0].value)
        for n in ast.walk(tree_of(path))
        if isinstance(n, holders) and n.body and isinstance(n.body[0], ast.Expr)
    }
    keywords = (n for n in ast.walk(tree_of(path)) if isinstance(n, ast.keyword))
    unseen = docstrings | {id(k.value) for k in keywords if k.arg == "casting"}
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in unseen:
            yield node.lineno, node.value


def test_no_text_passes_judgement() -> None:
    """It measures and flags; it never says operable, resectable, safe or unsafe."""
    faults = [
        f"{path.relative_to(CHECKOUT)}:{line}: {text!r}"
        for path in sources()
        for line, text in _texts(path)
        if VERDICT_WORDS.search(text)
    ]
    templates = (p for p in PACKAGE.rglob("*") if p.suffix in {".html", ".j2", ".jinja", ".txt"})
    for path in templates:
        text = re.sub(r"\|\s*safe\b", "", path.read_text(encoding="utf-8"))  # the template filter, not a word
        faults += [f"{path.relative_to(CHECKOUT)}: {m.group()}" for m in VERDICT_WORDS.finditer(text)]
    assert faults == []


# --- what the repository holds ----------------------------------------------------------------


@cache
def project() -> dict[str, str]:
    content = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    table: dict[str, str] = content["project"]
    return table


@cache
def repository_files() -> list[Path]:
    """The project's own files: no environments, caches or results."""
    found = []
    folders = [CHECKOUT]
    while folders:
        for path in sorted(folders.pop().iterdir()):
            hidden = path.name.startswith(".") and path.name not in (".ci", ".github", ".gitignore")
            result = path == CHECKOUT / "report" or path.name in SKIPPED_FOLDERS or path.suffix == ".egg-info"
            if hidden or result or path.is_symlink():
                continue
            if path.is_dir():
                if not (path / "pyvenv.cfg").exists():
                    folders.append(path)
            else:
                found.append(path)
    return found


@cache
def repository_texts() -> dict[Path, str]:
    texts = {}
    for path in repository_files():
        content = path.read_bytes()
        if b"\0" not in content:
            texts[path.relative_to(CHECKOUT)] = content.decode("utf-8")
    return texts


def _lines_with(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{path}:{number}: {line.strip()[:120]}"
        for path, text in repository_texts().items()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_machine_is_named() -> None:
    assert _lines_with(MACHINE_PATHS) == []
    assert _lines_with(HOST_NAMES) == []
    host = socket.gethostname()
    if len(host) >= 8 and re.search(r"\d", host):  # shorter or plainer names are ordinary words
        assert _lines_with(re.compile(rf"\b{re.escape(host)}\b")) == []


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("/ho" + "me/ann/liver.nii.gz", True),
        ("open('/tm" + "p/x')", True),
        ("pacs01.inter" + "nal", True),
        ("192." + "168.4.20", True),
        ("127.0.0.1:8042", False),
        ("1.2.840.10008.5.1.4.1.1.66.4", False),
        ("https://example.org/home/page", False),
        ("report/liver/tmp", False),
    ],
)
def test_a_machine_name_is_found(text: str, named: bool) -> None:
    assert bool(MACHINE_PATHS.search(text) or HOST_NAMES.search(text)) is named


def test_real_data_is_reached_through_its_fixture_only() -> None:
    fixture = Path("tests/conftest.py")
    here = Path("tests/test_house.py")
    found = [p for p, text in repository_texts().items() if re.search(r"shared[/\\]data", text)]
    assert [p for p in found if p not in (fixture, here)] == []


def test_no_lock_file_and_nothing_large() -> None:
    files = repository_files()
    locks = [p.relative_to(CHECKOUT) for p in files if any(p.match(pattern) for pattern in LOCK_FILES)]
    # The planning page is bundled from packages that nobody installs with the toolkit: its bytes are held.
    assert locks == [Path("planner/package-lock.json")]
    assert '"resolved"' not in (CHECKOUT / locks[0]).read_text(encoding="utf-8")
    large = [p.relative_to(CHECKOUT) for p in files if p.stat().st_size > 4_000_000]
    assert large == []


def test_the_package_says_that_it_is_typed() -> None:
    assert (PACKAGE / "py.typed").read_text(encoding="utf-8") == ""


def test_what_every_installation_brings_is_needed_by_the_package() -> None:
    modules = {"scikit-image": "skimage", "pynrrd": "nrrd", "zlib-ng": "zlib_ng", "pillow": "PIL"}
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = [re.split(r"[\[>=<~! ;]", text)[0] for text in project["dependencies"]]
    imported = {found.module.split(".")[0] for path in sources() for found in imports_of(path)}
    assert [name for name in names if modules.get(name, name) not in imported] == []


def test_every_requirement_says_the_lowest_version_that_runs() -> None:
    """The gate installs the lowest of each: one without a lower bound would come in its first release."""
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *(text for texts in extras.values() for text in texts)]
    form = re.compile(r"[A-Za-z0-9][\w.-]*(\[[\w,-]+\])?>=\d[\w.]*(; python_version (<|>=) '3\.\d+')?")
    assert [text for text in wanted if not form.fullmatch(text) and not text.startswith("flr[")] == []
    numpy = [text for text in project["dependencies"] if text.startswith("numpy")]
    assert numpy == ["numpy>=1.26.4; python_version < '3.13'", "numpy>=2.1; python_version >= '3.13'"]


def test_the_peers_of_the_tests_are_no_part_of_an_installation() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    peers = {"highdicom", "trimesh", "SimpleITK"}
    for extra, texts in {"": project["dependencies"], **project["optional-dependencies"]}.items():
        names = {re.split(r"[\[>=<~! ;]", text)[0] for text in texts}
        assert extra in ("test", "bench") or not names & peers, extra


def test_what_a_checkout_holds() -> None:
    needed = (
        "README.md",
        "LICENSE",
        "CITATION.cff",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "GLOSSARY.md",
        ".ci/run",
    )
    assert [name for name in needed if not (CHECKOUT / name).is_file()] == []
    assert (CHECKOUT / ".ci" / "run").stat().st_mode & 0o111


def test_every_release_says_which_numbers_changed() -> None:
    text = (CHECKOUT / "CHANGELOG.md").read_text(encoding="utf-8")
    releases = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    assert releases
    assert [r.splitlines()[0] for r in releases if "### Numbers that changed" not in r] == []


def test_links_in_the_documents_lead_somewhere() -> None:
    faults = []
    for path, text in repository_texts().items():
        if path.suffix != ".md":
            continue
        prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
        targets = [t.partition("#")[0] for t in re.findall(r"\]\(([^)\s]+)\)", prose) if "://" not in t]
        faults += [f"{path}: {t}" for t in targets if t and not (CHECKOUT / path.parent / t).exists()]
        tests = set(re.findall(r"`(tests/[\w/]+\.py)`", prose))
        faults += [f"{path}: {t}" for t in sorted(tests) if not (CHECKOUT / t).is_file()]
    assert faults == []


def test_decisions_are_numbered_and_whole() -> None:
    folder = CHECKOUT / "docs" / "decisions"
    pages = sorted(folder.glob("[0-9]*.md"))
    assert [p.name[:4] for p in pages] == [f"{n:04d}" for n in range(1, len(pages) + 1)]
    for page in pages:
        headings = re.findall(r"^## (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
        assert headings == ["Question", "Choice", "Alternatives", "Consequence"], page.name
