"""The cache: off in the library, on in commands, private, bounded, and never able to change a number."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from vessel_phantoms import random_liver

import flr.cache
from flr.cache import VARIABLE, Cache, active, key_of, switched_on
from flr.cli import main
from flr.io.read import read_liver
from flr.liver import Liver
from flr.perfusion import Perfusion, perfused_remnant, with_estimated_parts
from flr.plans import parse_plan, trees_of, volumes
from flr.territories import VesselTrees


@pytest.fixture(name="folder")
def a_cache_that_is_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv(VARIABLE, str(folder))
    return folder


@pytest.fixture(name="liver", scope="module")
def a_liver_with_vessels() -> Liver:
    return random_liver(5)


def found(liver: Liver, plan: str = "H567") -> Perfusion:
    asked = parse_plan(plan)
    result = perfused_remnant(liver, asked, volumes(liver, asked))
    assert isinstance(result, Perfusion)
    return result


def afresh(liver: Liver) -> Liver:
    """The same liver, of which nothing is known yet."""
    return replace(liver)


def test_a_command_finds_the_same_with_and_without_the_cache(
    liver: Liver, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = found(afresh(liver))
    assert list(folder.glob("*.npz"))
    read = found(afresh(liver))
    monkeypatch.setenv(VARIABLE, "off")
    without = found(afresh(liver))
    for other in (written, read):
        assert np.array_equal(other.fates, without.fates)
        assert np.array_equal(other.table.ml, without.table.ml)
        assert other.vessels == without.vessels
        assert other.notes == without.notes


def test_trees_come_back_as_they_were(liver: Liver, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trees_of(afresh(liver))
    read = trees_of(afresh(liver))
    monkeypatch.setenv(VARIABLE, "off")
    without = trees_of(afresh(liver))
    assert folder.is_dir()
    assert isinstance(read, VesselTrees)
    for one, other in zip(read.trees, without.trees, strict=True):
        assert one.nearest is not None
        assert replace(one, nearest=None) == replace(other, nearest=None)


def test_undivided_vessels_divide_a_liver_alike(sample_data: Path, folder: Path) -> None:
    baseline = sample_data / "baseline"
    whole = read_liver(baseline / "segments.nii.gz", baseline / "vessels.nii.gz", tumours="none")
    one_part = np.asfortranarray((whole.parts > 0).astype(np.uint8))
    undivided = replace(whole, parts=one_part, part_names=("liver",))
    first, second = with_estimated_parts(afresh(undivided)), with_estimated_parts(afresh(undivided))
    assert list(folder.glob("*.npz"))
    assert np.array_equal(first.parts, second.parts)
    assert np.array_equal(found(first, "H5678").fates, found(second, "H5678").fates)


def test_another_liver_is_another_entry(liver: Liver, folder: Path) -> None:
    trees_of(afresh(liver))
    count = len(list(folder.glob("*.npz")))
    thinner = {name: mask.copy(order="F") for name, mask in liver.vessels.items()}
    thinner["portal_vein_segment_5"][:, :, ::2] = False
    changed = replace(liver, vessels=thinner)
    trees_of(changed)
    assert len(list(folder.glob("*.npz"))) > count
    mask = np.zeros((3, 4, 2), dtype=bool)
    assert key_of("a", mask) != key_of("a", mask.reshape(4, 3, 2))
    assert key_of("a", "bc") != key_of("ab", "c")


def test_every_voxel_of_a_mask_is_part_of_its_name() -> None:
    """Few voxels or many, at the beginning, in a last word that is not full, or all."""
    rng = np.random.default_rng(0)
    for share in (0.0, 0.001, 0.05, 0.5, 1.0):
        mask = np.asfortranarray(rng.random((7, 11, 13)) < share)
        names = {key_of("a", mask)}
        for voxel in (0, 1, 500, mask.size - 2, mask.size - 1):
            other = mask.ravel("F").copy()
            other[voxel] ^= True
            names.add(key_of("a", other.reshape(mask.shape, order="F")))
        assert len(names) == 6
        assert key_of("a", np.ascontiguousarray(mask)) == key_of("a", mask)


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "text", "other_arrays", "other_facts"])
def test_a_damaged_entry_is_computed_again(liver: Liver, folder: Path, damage: str) -> None:
    before = found(afresh(liver))
    for path in folder.glob("*.npz"):
        content = bytearray(path.read_bytes())
        if damage == "cut":
            path.write_bytes(content[: len(content) // 2])
        elif damage == "flipped":
            content[len(content) // 2] ^= 0xFF
            path.write_bytes(content)
        elif damage == "empty":
            path.write_bytes(b"")
        elif damage == "text":
            path.write_text("not an archive")
        elif damage == "other_arrays":
            Cache(folder).put(path.stem, {"unknown": np.zeros(3)}, {"trees": {}})
        else:
            Cache(folder).put(path.stem, {}, ["RPV"])
    again = found(afresh(liver))
    assert np.array_equal(again.fates, before.fates)


def test_the_folder_is_its_owners_alone(folder: Path) -> None:
    cache = Cache(folder)
    cache.put("a" * 40, {"x": np.arange(3)}, {})
    entry = cache.get("a" * 40)
    assert entry is not None
    assert entry.arrays["x"].tolist() == [0, 1, 2]
    if os.name == "posix":
        assert stat.S_IMODE(folder.stat().st_mode) == stat.S_IRWXU
        folder.chmod(0o777)
        assert cache.get("a" * 40) is None
        cache.put("b" * 40, {"x": np.arange(3)}, {})
        assert not (folder / f"{'b' * 40}.npz").exists()


def test_what_was_not_used_for_longest_goes_first(folder: Path) -> None:
    cache = Cache(folder)
    for number in range(4):
        key = str(number) * 40
        cache.put(key, {"x": np.zeros(100)}, {})
        os.utime(folder / f"{key}.npz", (1000.0 + number, 1000.0 + number))
    cache.get("1" * 40)
    Cache(folder, most_bytes=3000).put("9" * 40, {"x": np.zeros(100)}, {})
    left = {path.stem[0] for path in folder.glob("*.npz")}
    assert {"1", "9"} <= left
    assert "0" not in left
    assert sum(path.stat().st_size for path in folder.glob("*.npz")) <= 3000


def test_a_cache_that_cannot_be_written_costs_nothing(
    liver: Liver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "file" / "cache"))
    assert found(afresh(liver)).perfused_low_ml > 0.0


def test_the_library_keeps_nothing_and_a_command_does(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert active() is None
    with switched_on():
        assert active() == Cache(tmp_path / "flr")
    assert active() is None


def test_names_in_the_cache_are_hashes(
    sample_data: Path, folder: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    own = tmp_path / "Doe_Jane"
    shutil.copytree(sample_data / "baseline", own)
    words = [str(own / f"{name}.nii.gz") for name in ("segments", "vessels", "organs")]
    asked = ["assess", *words, "--tumours", "none", "--plan", "H67", "--case-id", "doe", "--json"]
    assert main(asked) == 0
    first = json.loads(capsys.readouterr().out)
    assert main(asked) == 0
    assert json.loads(capsys.readouterr().out) == first
    kept = list(folder.iterdir())
    assert kept
    for path in kept:
        assert len(path.stem) == 40
        assert set(path.stem) <= set("0123456789abcdef")
        assert b"doe" not in path.read_bytes().lower()


def test_several_processes_share_it(folder: Path, tmp_path: Path) -> None:
    script = tmp_path / "keep.py"
    script.write_text(
        "import sys, numpy as np\nfrom pathlib import Path\nfrom flr.cache import Cache\n"
        "cache = Cache(Path(sys.argv[1]), most_bytes=40_000)\n"
        "for n in range(40):\n"
        "    key = f'{n % 7:040d}'\n"
        "    cache.put(key, {'x': np.full(1000, n % 7)}, {'n': n % 7})\n"
        "    entry = cache.get(key)\n"
        "    assert entry is None or (entry.arrays['x'] == entry.facts['n']).all()\n"
    )
    running = [subprocess.Popen([sys.executable, str(script), str(folder)]) for _ in range(3)]
    assert [process.wait(timeout=120) for process in running] == [0, 0, 0]
    assert not [path for path in folder.iterdir() if path.suffix != ".npz"]


def test_the_module_costs_the_help_nothing() -> None:
    code = "import sys, flr.cache; sys.exit('numpy' in sys.modules or 'zipfile' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    assert flr.cache.MOST_BYTES == 10**9
