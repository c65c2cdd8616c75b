"""A folder of results: one result or none, never two, wherever a run is stopped."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from multiprocessing import get_context
from pathlib import Path

import pytest

from flr.errors import EnvironmentFailure
from flr.files import held, write_text
from flr.results import RECORD_NAME, faults_of, read_record, result_id, result_id_in, write_result

pytestmark = pytest.mark.skipif(os.name == "nt", reason="processes are not forked there")

OLD = {"a.txt": "old", "both.txt": "old", "deep/b.txt": "old"}
NEW = {"both.txt": "new", "c.txt": "new", "deep/er/d.txt": "new"}


def put(folder: Path, content: dict[str, str], by: str = "report") -> list[Path]:
    def write(aside: Path) -> list[str]:
        for name, text in content.items():
            write_text(aside / name, text)
        return list(content)

    return write_result(folder, write, by=by, result=next(iter(content.values())))


def standing(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != RECORD_NAME)
    return {path.relative_to(folder).as_posix(): path.read_text() for path in files}


def rests(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob(".flr-*"))


def seen(folder: Path) -> set[str]:
    """What a person sees in the folder: the results its files belong to."""
    return {text for name, text in standing(folder).items() if not name.startswith(".flr-")}


# Run in a fresh process, which has one thread: only such a process may be forked.
_EVERY_PLACE = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from killing import killed_at, places
from test_results import NEW, OLD, faults_of, put, rests, seen, standing

root = Path(sys.argv[1])
def prepared(number):
    out = root / str(number)
    put(out, OLD)
    (out / "mine.txt").write_text("mine")
    return out

out = prepared(0)
count = places(lambda: put(out, NEW), root)
for place in range(1, count + 1):
    out = prepared(place)
    killed_at(place, lambda: put(out, NEW), root)
    now = seen(out) - {"mine"}
    assert now in ({"old"}, {"new"}, set()), (place, standing(out))
    whole = {n: t for n, t in standing(out).items() if not n.startswith(".flr-")}
    said = faults_of(out)
    assert said or whole in ({**OLD, "mine.txt": "mine"}, {**NEW, "mine.txt": "mine"}), (place, whole)
    put(out, {"e.txt": "next"})
    assert standing(out) == {"mine.txt": "mine", "e.txt": "next"}, (place, standing(out))
    assert rests(out) == [] and faults_of(out) == (), place
print(count)
"""


def test_a_kill_at_any_place_leaves_one_result_or_says_that_it_is_not_whole(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _EVERY_PLACE, str(tmp_path), str(Path(__file__).parent)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) >= 30


@pytest.fixture
def out(tmp_path: Path) -> Path:
    put(tmp_path / "out", OLD)
    return tmp_path / "out"


def test_a_disk_that_refuses_leaves_the_old_result_whole(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a viewer on Windows does that holds one of the files open."""
    whole = Path.replace

    def refuse(self: Path, target: Path) -> Path:
        if self == out / "deep" / "b.txt" or Path(target) == out / "c.txt":
            raise PermissionError(13, "The process cannot access the file")
        return whole(self, target)

    monkeypatch.setattr(Path, "replace", refuse)
    before = standing(out)
    with pytest.raises(EnvironmentFailure, match="earlier result stands there unchanged"):
        put(out, NEW)
    assert (standing(out), faults_of(out), rests(out)) == (before, (), [])
    (out / "deep" / "b.txt").unlink()  # now the last rename of all refuses
    with pytest.raises(EnvironmentFailure, match="earlier result stands"):
        put(out, NEW)
    assert standing(out) == {"a.txt": "old", "both.txt": "old"}


def _slowly(folder: str, text: str) -> None:
    def write(aside: Path) -> list[str]:
        for name in ("a.txt", "b.txt", "c.txt"):
            write_text(aside / name, text)
            time.sleep(0.02)
        return ["a.txt", "b.txt", "c.txt"]

    for _ in range(5):
        write_result(Path(folder), write, by="report", result=text)


def test_two_runs_into_one_folder_do_not_mix(tmp_path: Path) -> None:
    context = get_context("spawn")
    runs = [context.Process(target=_slowly, args=(str(tmp_path / "out"), text)) for text in ("one", "two")]
    for run in runs:
        run.start()
    for run in runs:
        run.join(60)
        assert run.exitcode == 0
    assert len(set(standing(tmp_path / "out").values())) == 1
    assert rests(tmp_path / "out") == []
    assert {one.result for one in read_record(tmp_path / "out").files.values()} == seen(tmp_path / "out")


def test_what_another_run_is_using_is_no_rest(out: Path) -> None:
    used, left = out / ".flr-used", out / ".flr-left"
    for folder in (used, left):
        folder.mkdir()
        (folder / "x").write_text("x")
    (out / ".flr-1-table.csv").write_text("half a ta")
    with held(used) as is_held:
        assert is_held
        put(out, NEW)
        assert rests(out) == [".flr-used"]
    put(out, OLD)
    assert rests(out) == []


def test_what_is_wrong_in_a_folder_is_named(out: Path) -> None:
    assert faults_of(out) == ()
    (out / "a.txt").write_text("edited")
    (out / "both.txt").unlink()
    assert [name for name, _ in faults_of(out)] == ["a.txt", "both.txt"]
    assert [text.split(" ", 1)[1] for _, text in faults_of(out)] == [
        "is not the file that was written with the result: it was edited or damaged",
        "was written with the result and is gone",
    ]


def test_a_record_that_points_outside_moves_nothing(out: Path) -> None:
    """A record is a file that anybody can write: the folder that it names has to be one of ours, here."""
    outside = out.parent / "outside"
    (outside / "new").mkdir(parents=True)
    (outside / "new" / "a.txt").write_text("from outside")
    document = json.loads((out / RECORD_NAME).read_text())
    for aside in ("../outside", str(outside), ".flr-x/../../outside"):
        document["pending"] = {"by": "report", "aside": aside, "result": None, "files": {"a.txt": "0" * 64}}
        (out / RECORD_NAME).write_text(json.dumps(document))
        put(out, OLD)
        assert standing(out) == OLD
        assert (outside / "new" / "a.txt").read_text() == "from outside"


@pytest.fixture
def marked(tmp_path: Path) -> Path:
    return tmp_path / "file"


@pytest.mark.parametrize(
    "content", [b"text ID end", b"\x00\xffID\x00", b"\x1f\x8b not gzip ID"], ids=["text", "binary", "no gzip"]
)
def test_the_identifier_is_found_in_any_file(marked: Path, content: bytes) -> None:
    own = result_id("00ff" * 8)
    marked.write_bytes(content.replace(b"ID", own.encode()))
    assert result_id_in(marked) == own
    marked.write_bytes(content)
    assert result_id_in(marked) is None
