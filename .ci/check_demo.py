"""Check what ``flr demo`` printed and wrote: ``check_demo.py FOLDER PRINTED_TEXT``."""

from __future__ import annotations

import csv
import json
import math
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

VOLUMES = ("resected", "ablated", "remnant", "remnant_tumour", "remnant_nonfunctional")
FLAGS = {
    "not_applicable",
    "below_donor_minimum",
    "consider_two_stage",
    "consider_pve",
    "below_minimum",
    "plan_leaves_tumour",
    "adverse_fact",
    "indeterminate",
    "borderline",
    "adequate",
}


class Page(HTMLParser):
    """Reads a page, collecting its text, the tags left open and what it would fetch from elsewhere."""

    EMPTY = frozenset(
        {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
    )
    OPTIONAL = frozenset(
        {"p", "li", "tr", "td", "th", "thead", "tbody", "tfoot", "dt", "dd", "option", "colgroup"}
        | {"html", "head", "body"}
    )

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.EMPTY:
            self.open.append(tag)
        loads = "href" if tag == "link" else "src"
        for key, value in attrs:
            if key in (loads, "srcset", "poster") and value and not value.startswith(("data:", "#")):
                self.fetched.append(value)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.EMPTY:
            return
        while self.open and self.open[-1] != tag and self.open[-1] in self.OPTIONAL:
            self.open.pop()
        if self.open and self.open[-1] == tag:
            self.open.pop()
        elif tag not in self.OPTIONAL:
            raise SystemExit(f"report.html: </{tag}> closes nothing; open are {self.open[-3:]}")

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def expect(holds: bool, otherwise: str) -> None:
    """End with a message unless something holds."""
    if not holds:
        raise SystemExit(otherwise)


def check_json(path: Path) -> list[dict[str, Any]]:
    """The assessments: known flags, conserved volumes, a citation for every finding."""
    document = json.loads(
        path.read_text(encoding="utf-8"), parse_constant=lambda text: expect(False, f"JSON {text}")
    )
    expect(document["schema"] == "flr-assessments/2", f"schema {document['schema']!r}")
    assessments: list[dict[str, Any]] = document["assessments"]
    expect(bool(assessments), "no assessment in the JSON")
    for assessment in assessments:
        name = assessment["plan"]["notation"]
        volumes = assessment["volumes_ml"]
        expect(assessment["schema"] == "flr-assessment/2", f"{name}: schema {assessment['schema']!r}")
        expect(assessment["flag"] in FLAGS, f"{name}: unknown flag {assessment['flag']!r}")
        expect(assessment["flag"] in assessment["triggers"], f"{name}: its flag is not among its triggers")
        total = math.fsum(volumes[key] for key in VOLUMES)
        expect(400 < volumes["total"] < 5000, f"{name}: a total of {volumes['total']} mL")
        expect(abs(total - volumes["total"]) < 1e-6, f"{name}: parts {total}, total {volumes['total']} mL")
        voxels = assessment["voxels"]
        expect(
            voxels["kept"] + voxels["resected"] + voxels["ablated"] == voxels["total"],
            f"{name}: voxels are not conserved: {voxels}",
        )
        expect(bool(assessment["findings"]), f"{name}: no finding")
        for finding in assessment["findings"]:
            expect(bool(finding["reference"]["text"]), f"{name}: {finding['criterion']} cites nothing")
        expect(
            "artery_and_bile_duct_not_assessed" in assessment["notes"],
            f"{name}: the standing note is missing",
        )
    return assessments


def check_csv(path: Path, assessments: list[dict[str, Any]]) -> None:
    """One table with a row per plan at least, equally long rows and the total as a number."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    expect(len(rows) > len(assessments), f"assessment.csv has {len(rows)} lines for {len(assessments)} plans")
    expect(len({len(row) for row in rows}) == 1, "the rows of assessment.csv differ in length")
    numbers = {
        round(float(cell), 3) for row in rows[1:] for cell in row if re.fullmatch(r"-?\d+\.?\d*", cell)
    }
    total = assessments[0]["volumes_ml"]["total"]
    expect(any(abs(number - total) < 0.1 for number in numbers), "the total is not in assessment.csv")


def check_html(path: Path, assessments: list[dict[str, Any]]) -> None:
    """A whole page that loads nothing from elsewhere and says what it must."""
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    page.close()
    left = [tag for tag in page.open if tag not in Page.OPTIONAL]
    expect(not left, f"report.html leaves {left} open")
    expect(not page.fetched, f"report.html loads {page.fetched[:3]}")
    text = " ".join(" ".join(page.text).split())
    for phrase in ("multidisciplinary team", "not a medical device"):
        expect(phrase in text, f"report.html does not say {phrase!r}")
    for assessment in assessments:
        expect(
            assessment["headline"] in text, f"report.html lacks the headline of {assessment['plan']['name']}"
        )


def check_pictures(folder: Path) -> None:
    """At least one picture, each of which can be read and is not of one colour."""
    pictures = sorted(p for p in folder.rglob("*") if p.suffix in {".png", ".svg"})
    expect(bool(pictures), "no picture was written")
    for path in pictures:
        if path.suffix == ".svg":
            root = ElementTree.parse(path).getroot()
            expect(root.tag.endswith("svg") and len(root) > 0, f"{path.name} is empty")
            continue
        from PIL import Image

        with Image.open(path) as image:
            shades = image.convert("L").getcolors(maxcolors=256) or []
            expect(len(shades) > 1, f"{path.name} is of one colour")


def main(folder: Path, printed: Path) -> None:
    """Check the folder and the printed text of one demo run."""
    assessments = check_json(folder / "assessment.json")
    check_csv(folder / "assessment.csv", assessments)
    check_html(folder / "report.html", assessments)
    check_pictures(folder)
    text = printed.read_text(encoding="utf-8")
    expect("flag" in text.lower(), "the printed text names no flag")
    for assessment in assessments:
        words = (assessment["flag"], assessment["flag"].replace("_", " "))
        expect(any(word in text for word in words), f"the printed text lacks the flag {words[0]}")
    said = re.search(rf"^wrote \d+ files into {re.escape(folder.name)}/:$", text, re.MULTILINE)
    expect(said is not None, f"the printed text does not say where {folder.name} is")
    if (folder / "report.pdf").exists():
        expect((folder / "report.pdf").read_bytes().startswith(b"%PDF-"), "report.pdf is no PDF")
    print(f"{len(assessments)} assessments in {folder.name}:", *sorted(p.name for p in folder.iterdir()))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
