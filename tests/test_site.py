"""A site's own file: what it sets, how it is recorded, and that it reassures nobody unsaid."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cohorts import make_cohort
from phantoms import couinaud_block, write_nifti

import flr
from flr.assessment import Options
from flr.cli import main
from flr.criteria.site import SiteFile
from flr.documents.schema import check_document, json_schema
from flr.errors import UsageError
from flr.files import sha256_of
from flr.io.site_file import read_logo, read_site, site_schema, user_site_file

LAX = """\
[limits]
very_small_percent = 10
minimum_percent = 15
band_percent = 20
source = "our wish"
"""
NUMBERS = (
    "calc",
    "--total",
    "1500",
    "--tumour",
    "0",
    "--tumours",
    "none",
    "--weight",
    "72",
    "--height",
    "171",
)
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: object) -> tuple[int, str, str]:
        code = main([str(a) for a in arguments])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return code, out, err

    return call


def site(folder: Path, text: str) -> Path:
    path = folder / "site.toml"
    path.write_text(text, encoding="utf-8")
    return path


def result(run: Run, *more: object) -> dict[str, Any]:
    code, out, err = run(*NUMBERS, *more, "--json")
    assert code == 0, err
    document = json.loads(out)
    check_document(document)
    (assessment,) = document["assessments"]
    return dict(assessment)


def test_limits_and_formulas_are_taken_and_recorded(run: Run, tmp_path: Path) -> None:
    path = site(tmp_path, f'bsa_formula = "du_bois_1916"\n{LAX}')
    given = result(run, "--flr", "400", "--condition", "normal", "--site", path)
    provenance = given["provenance"]
    assert provenance["bsa_formula"] == "du_bois_1916"
    assert provenance["limits"]["minimum_percent"] == 15
    assert provenance["site"]["sha256"] == sha256_of(path)
    assert provenance["site"]["limits"]["source"] == "our wish"
    # What the line says wins.
    line = ("--limits", "20,40,50", "--limits-source", "x", "--bsa-formula", "mosteller_1987")
    given = result(run, "--flr", "400", "--condition", "normal", "--site", path, *line)
    assert given["provenance"]["limits"]["minimum_percent"] == 40
    assert given["provenance"]["bsa_formula"] == "mosteller_1987"


@pytest.mark.parametrize("condition", ["normal", "chemotherapy"])
def test_lax_limits_never_reassure_without_being_said(run: Run, tmp_path: Path, condition: str) -> None:
    """The lie: a remnant below every published minimum, called adequate by a file that nobody looks at."""
    path = site(tmp_path, LAX)
    patient = ("--flr", "370", "--condition", condition)  # 24.7 %
    published = result(run, *patient)
    lax = result(run, *patient, "--site", path)
    assert published["flag_by_volume"] in ("consider_pve", "below_minimum")
    assert lax["flag_by_volume"] != published["flag_by_volume"]
    assert lax["flag_by_published_limits"] == published["flag_by_volume"]
    assert "By the site's own limits (our wish); by the published ones: " in lax["headline"]
    assert "the site's minimum 15 %" in lax["headline"]
    for more in ((), ("-v",), ("--ris",)):
        text = " ".join(run(*NUMBERS, *patient, "--site", path, *more)[1].split())
        assert "y the published" in text, more
    # The truth: limits that change nothing are not said to, and stricter ones may only be more cautious.
    strict = site(tmp_path, LAX.replace("10", "45").replace("15", "60").replace("20", "70"))
    given = result(run, *patient, "--site", strict)
    assert given["flag_by_volume"] in ("consider_pve", "below_minimum")
    assert "by the published ones" not in given["headline"]


def test_lax_limits_are_said_beneath_every_table(run: Run, tmp_path: Path) -> None:
    block = couinaud_block()
    write_nifti(tmp_path / "s.nii.gz", block.segments, block.grid)
    path = site(tmp_path, LAX)
    common = ("assess", tmp_path / "s.nii.gz", "--tumours", "none", "--weight", "95", "--height", "180")
    asked = (*common, "--condition", "cirrhosis", "--child-pugh", "A", "--portal-hypertension", "no")
    for plans in ((), ("--plan", "H5678", "--plan", "H45678"), ("--plan", "H5678", "--plan", "H67", "-v")):
        assert "by the published ones: " in run(*asked, *plans, "--site", path)[1]
        assert "by the published ones: " not in run(*asked, *plans)[1]


def test_a_default_background_is_no_statement_about_a_patient(run: Run, tmp_path: Path) -> None:
    """The lie: every liver called normal by a file. The flag by volume follows, the reassurance does not."""
    path = site(tmp_path, 'condition = "normal"\n')
    given = result(run, "--flr", "600", "--site", path)
    assert (given["flag"], given["because"]) == ("indeterminate", "not_shown")
    row = next(row for row in given["reassurance"] if row["row"] == "background")
    assert (row["status"], "the site's default, normal" in row["evidence"]) == ("not shown", True)
    assert "judged by the site's default, normal liver; by the cautious 30 %: " in given["headline"]
    assert given["patient"]["conditions"] == []
    assert given["provenance"]["conditions"] == ["normal"]
    stated = result(run, "--flr", "600", "--condition", "normal", "--site", path)
    assert stated["flag"] == "adequate"
    assert "site's default" not in stated["headline"]
    cirrhotic = result(run, "--flr", "430", "--condition", "cirrhosis", "--site", path)
    assert cirrhotic["provenance"]["conditions"] == ["cirrhosis"]


def test_replay_computes_with_the_file_as_it_was_and_says_that_it_differs(run: Run, tmp_path: Path) -> None:
    path = site(tmp_path, f'condition = "normal"\n{LAX}')
    recorded = tmp_path / "r.json"
    recorded.write_text(run(*NUMBERS, "--flr", "400", "--site", path, "--json")[1], encoding="utf-8")
    code, _, err = run("replay", recorded, "--site", path)
    assert (code, err) == (0, "")
    code, _, err = run("replay", recorded)
    assert code == 0
    assert "with a site file, there is none now" in err
    path.write_text(LAX, encoding="utf-8")
    code, _, err = run("replay", recorded, "--site", path)
    assert code == 0
    assert "the site file has changed since the result was computed (condition)" in err


def test_the_file_of_the_user_is_found_by_commands_and_never_by_the_library(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FLR_SITE")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert user_site_file() is None
    (tmp_path / "flr").mkdir()
    site(tmp_path / "flr", LAX)
    assert user_site_file() == tmp_path / "flr" / "site.toml"
    assert result(run, "--flr", "400")["provenance"]["site"]["name"] == "site.toml"
    assert "site" not in result(run, "--flr", "400", "--site", "none")["provenance"]
    monkeypatch.setenv("FLR_SITE", "none")
    assert "site" not in result(run, "--flr", "400")["provenance"]
    quiet = flr.assess_numbers(total_ml=1500, flr_ml=400, patient=flr.Patient(weight_kg=72, height_cm=171))
    assert quiet.provenance.site is None
    assert quiet.provenance.limits is None


def test_the_same_at_other_doors(run: Run, tmp_path: Path) -> None:
    path = site(tmp_path, LAX)
    manifest = make_cohort(tmp_path / "cohort", 1)
    code, _, err = run("cohort", "run", manifest, "--out", tmp_path / "out", "--workers", "0", "--site", path)
    assert code == 0, err
    lines = (tmp_path / "out" / "cases.jsonl").read_text(encoding="utf-8").splitlines()
    documents = [json.loads(line) for line in lines]
    assert documents
    assert {one["provenance"]["site"]["sha256"] for one in documents} == {sha256_of(path)}
    direct = flr.assess_numbers(
        total_ml=1500,
        flr_ml=400,
        patient=flr.Patient(weight_kg=72, height_cm=171, condition="normal"),
        options=Options(site=(own := read_site(path)), limits=own.limits),
    )
    typed = result(run, "--flr", "400", "--condition", "normal", "--site", path)
    assert direct.flag_by_volume == typed["flag_by_volume"]
    assert direct.flag_by_published_limits == typed["flag_by_published_limits"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("condition = ", "is not TOML"),
        ('conditions = "normal"\n', "did you mean 'condition'?"),
        ('condition = "healthy"\n', "expected one of normal, chemotherapy, steatosis, cirrhosis, biliary"),
        ('condition = "donor"\n', "expected one of normal"),
        ('bsa_formula = "x"\n', "expected one of"),
        ('language = "tlh"\n', "expected one of en"),
        ("[limits]\nminimum_percent = 25\n", "the key 'very_small_percent' is missing"),
        (LAX.replace("15", "9"), "expected three percentages A < B <= C"),
        (LAX.replace("our wish", " "), "no source"),
        (LAX.replace("15", '"15"'), "minimum_percent"),
        ('logo = "absent.png"\n', "logo"),
        ('logo = "text.png"\n', "expected PNG, JPEG or SVG by its content"),
        ('logo = "active.svg"\n', "a script or a link"),
    ],
)
def test_a_broken_file_is_refused_with_what_is_allowed(
    run: Run, tmp_path: Path, text: str, says: str
) -> None:
    (tmp_path / "text.png").write_text("no picture", encoding="utf-8")
    (tmp_path / "active.svg").write_text("<svg><script>1</script></svg>", encoding="utf-8")
    code, out, err = run(*NUMBERS, "--flr", "400", "--site", site(tmp_path, text))
    assert (code, out) == (2, "")
    assert says in err
    assert str(tmp_path) not in err


def test_a_logo_is_known_by_its_content(tmp_path: Path) -> None:
    for name, content, kind in (
        ("a.txt", b"\x89PNG\r\n\x1a\n...", "image/png"),
        ("b", b"\xff\xd8\xff\xe0...", "image/jpeg"),
        ("c.svg", b'<?xml version="1.0"?>\n<svg xmlns="x"><path d="M0"/></svg>', "image/svg+xml"),
    ):
        (tmp_path / name).write_bytes(content)
        assert read_logo(tmp_path / name).media_type == kind
    given = read_site(site(tmp_path, 'logo = "a.txt"\n'))
    assert given.logo is not None
    assert given.logo.sha256 == sha256_of(tmp_path / "a.txt")


def test_the_schema_is_closed_and_the_record_refuses_unknown_words() -> None:
    schema = json_schema("flr-site/1")
    assert schema == site_schema()
    assert schema["additionalProperties"] is False
    with pytest.raises(UsageError, match="language is 'tlh'"):
        SiteFile(name="s", sha256="0", language="tlh")
