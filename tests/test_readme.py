"""What README.md shows is what happens.

In README.md
- ``<!-- command: demo -->`` and ``<!-- command: test -->``, each on a line of its own before a fenced block,
  name the two commands that the gate runs as they stand;
- a ``console`` block is run: lines after ``$`` are commands, the others are what they print (``...`` stands
  for anything); the working folder holds a copy of ``sample_data/``;
- a ``python`` block is run, all of them in one namespace and in order; a ``text`` block that follows directly
  is what it prints;
- other blocks (``sh``, ``json``, …) are only shown.
"""

from __future__ import annotations

import contextlib
import doctest
import importlib.util
import io
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
README = CHECKOUT / "README.md"
PAGES = [README, CHECKOUT / "docs" / "tutorial.md", *sorted((CHECKOUT / "docs" / "howto").glob("*.md"))]
COMMANDS = {
    "demo": "python3 -m venv .venv && .venv/bin/pip install '.[view]' && .venv/bin/flr demo",
    "test": "python3 -m venv .venv && .venv/bin/pip install -e '.[all,test]' && .venv/bin/pytest",
}


@dataclass(frozen=True)
class Block:
    """A fenced block, with the line directly above its fence and the language of a block just before it."""

    language: str
    text: str
    line: int
    above: str
    follows: str


def blocks_of(markdown: str) -> list[Block]:
    found: list[Block] = []
    lines = markdown.splitlines()
    at, last_end = 0, -2
    while at < len(lines):
        if not lines[at].startswith("```"):
            at += 1
            continue
        end = next(n for n in range(at + 1, len(lines)) if lines[n].startswith("```"))
        between = "".join(lines[last_end + 1 : at]).strip() if found else "start"
        follows = found[-1].language if found and not between else ""
        above = lines[at - 1].strip() if at else ""
        text = "\n".join(lines[at + 1 : end]) + "\n"
        found.append(Block(lines[at].strip("` "), text, at + 1, above, follows))
        at, last_end = end + 1, end
    return found


def same(expected: str, printed: str) -> str:
    """The difference between what a document shows and what was printed; empty when there is none."""
    options = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    checker = doctest.OutputChecker()
    if checker.check_output(expected, printed, options):
        return ""
    return f"shown:\n{expected}\nprinted:\n{printed}"


def console_steps(text: str) -> list[tuple[str, str]]:
    """Commands of a console block with the output shown after each."""
    parts = re.split(r"^\$ ", text, flags=re.MULTILINE)
    assert not parts[0].strip(), "a console block begins with a command"
    steps = []
    for part in parts[1:]:
        command = re.match(r"(?:.*\\\n)*.*\n", part)
        assert command is not None
        steps.append((command.group(), part[command.end() :]))
    return steps


@pytest.fixture
def desk(tmp_path: Path, sample_data: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with the sample data in it and the environment's commands on the path."""
    shutil.copytree(sample_data, tmp_path / "sample_data")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
    monkeypatch.setenv("COLUMNS", "110")
    return tmp_path


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_command_stands_after_its_marker(name: str) -> None:
    found = [
        b for b in blocks_of(README.read_text(encoding="utf-8")) if b.above == f"<!-- command: {name} -->"
    ]
    assert [b.text.strip() for b in found] == [COMMANDS[name]]


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_console_shows_what_is_printed(page: Path, desk: Path) -> None:
    blocks = [b for b in blocks_of(page.read_text(encoding="utf-8")) if b.language == "console"]
    assert blocks or page.parent.name == "howto", f"{page.name} shows no command with its output"
    for block in blocks:
        for command, shown in console_steps(block.text):
            done = subprocess.run(
                ["bash", "-c", command],
                cwd=desk,
                capture_output=True,
                text=True,
                timeout=120,
                stdin=subprocess.DEVNULL,
                check=False,
            )
            where = f"{page.name} line {block.line}"
            assert done.returncode == 0, f"{where}: {command}{done.stderr}"
            assert not (difference := same(shown, done.stdout)), f"{where}: {difference}"


def test_every_link_between_pages_leads_somewhere() -> None:
    pages = [*CHECKOUT.glob("*.md"), *(CHECKOUT / "docs").rglob("*.md")]
    faults = [
        f"{page.relative_to(CHECKOUT)}: {target}"
        for page in pages
        if "generated" not in page.parts
        for target in re.findall(
            r"\]\((?!https?:|#|mailto:)([^)\s#]+)[^)]*\)", page.read_text(encoding="utf-8")
        )
        if not (page.parent / target).exists()
    ]
    assert len(pages) > 20
    assert faults == []


def test_the_site_and_the_index_lead_to_every_page() -> None:
    docs = CHECKOUT / "docs"
    contents = (docs / "contents.rst").read_text(encoding="utf-8")
    index = (docs / "index.md").read_text(encoding="utf-8")
    pages = [page.relative_to(docs).with_suffix("").as_posix() for page in docs.glob("*.md")]
    pages += [page.relative_to(docs).with_suffix("").as_posix() for page in docs.glob("howto/*.md")]
    assert len(pages) > 20
    assert [page for page in pages if not re.search(rf"^   {re.escape(page)}$", contents, re.MULTILINE)] == []
    assert [page for page in pages if page != "index" and f"({page}.md)" not in index] == []


@pytest.mark.parametrize("repository", ["", "https://host.example/flr"])
def test_the_readme_of_a_package_has_no_link_that_leads_nowhere(repository: str) -> None:
    pytest.importorskip("hatchling")
    spec = importlib.util.spec_from_file_location("hatch_build", CHECKOUT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    build = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build)
    text = build.readme_for_an_index(README.read_text(encoding="utf-8"), repository)
    targets = re.findall(r"\]\(([^)]+)\)", text)
    assert all(target.startswith("https://") for target in targets)
    assert bool(targets) == bool(repository)
    assert "docs/planning.md" in text


def test_the_python_runs(desk: Path) -> None:
    blocks = blocks_of(README.read_text(encoding="utf-8"))
    assert any(b.language == "python" for b in blocks), "the README shows no Python"
    namespace: dict[str, object] = {"__name__": "__readme__"}
    printed = ""
    for block in blocks:
        if block.language == "python":
            stream = io.StringIO()
            with contextlib.redirect_stdout(stream):
                exec(compile(block.text, f"README.md:{block.line}", "exec"), namespace)
            printed = stream.getvalue()
        elif block.language == "text" and block.follows == "python":
            assert not (difference := same(block.text, printed)), f"README line {block.line}: {difference}"


def test_blocks_are_found() -> None:
    fence = "```"
    text = (
        f"# x\n<!-- command: demo -->\n{fence}sh\na && \\\nb\n{fence}\n\n{fence}text\nout\n{fence}\n"
        f"words\n{fence}text\nmore\n{fence}\n"
    )
    assert [(b.language, b.text, b.above, b.follows) for b in blocks_of(text)] == [
        ("sh", "a && \\\nb\n", "<!-- command: demo -->", ""),
        ("text", "out\n", "", "sh"),
        ("text", "more\n", "words", ""),
    ]


def test_a_console_block_is_taken_apart() -> None:
    assert console_steps("$ flr a \\\n  b\none\ntwo\n$ flr c\n") == [
        ("flr a \\\n  b\n", "one\ntwo\n"),
        ("flr c\n", ""),
    ]
    assert same("one ...\n", "one 2 three\n") == ""
    assert "printed:\n2" in same("1\n", "2\n")
