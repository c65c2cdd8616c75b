"""Options that several commands share, and what they become."""

from __future__ import annotations

import argparse
import difflib
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from flr.cli.progress import QUIET
from flr.errors import PatientError, PlanError, UsageError
from flr.facts import PATIENT_FACTS, SCAN_FACTS, VESSELS_COUNT, Fact, fact_of, taken_by
from flr.structures import FILE_ROLES, ROLE_NAMES, option_of
from flr.words import british_spelling

if TYPE_CHECKING:
    from datetime import date

    from flr.assessment import Options
    from flr.criteria import SiteLimits
    from flr.criteria.site import SiteFile
    from flr.io.insisted import Insisted
    from flr.io.site_file import Logo
    from flr.job import Asked, Files
    from flr.liver import ScanFacts
    from flr.patient import Patient
    from flr.plans import Plan, Split
    from flr.structures import Role
    from flr.uncertainty import Errors

FORMATS = ("text", "json", "csv", "html", "pdf")


class _Once(argparse.Action):
    """Keeps the value of an option, which may be given once: of two, nobody knows which is meant."""

    _given_to: argparse.Namespace | None = None

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        """Store the value, or raise for the second one."""
        if option_string is not None:
            if self._given_to is namespace:
                raise UsageError(f"{option_string} is given more than once; give it once")
            self._given_to = namespace
        setattr(namespace, self.dest, values)


class Parser(argparse.ArgumentParser):
    """An argument parser for one command: no abbreviations, no repeated values, one message for a mistake."""

    def __init__(self, command: str, description: str, epilog: str | None = None) -> None:
        super().__init__(
            prog=f"flr {command}",
            description=description,
            epilog=epilog,
            allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        for name in (None, "store"):
            self.register("action", name, _Once)
        self.add_argument(QUIET, action="store_true", help="no progress on standard error")

    def parse_known_intermixed_args(
        self, args: Iterable[str] | None = None, namespace: Any = None
    ) -> tuple[Any, list[str]]:
        """As ever; what follows ``--`` are files even where their names begin with a dash."""
        given = _british(sys.argv[1:] if args is None else args)
        if "--" in given:
            # Twice parsed, the mark is lost before the second time; ./ marks a file for good.
            files = given.index("--") + 1
            given[files:] = [f"./{name}" if name.startswith("-") else name for name in given[files:]]
        return super().parse_known_intermixed_args(given, namespace)

    def error(self, message: str) -> NoReturn:
        """Raise instead of printing the whole usage."""
        raise UsageError(f"{message}{self._nearest(message)}; `{self.prog} --help` lists the options")

    def _nearest(self, message: str) -> str:
        """The option that somebody may have meant by one that is not known; empty where there is none."""
        unknown = re.match(r"unrecognized arguments: (--[\w-]+)", message)
        near = difflib.get_close_matches(unknown[1], self._option_string_actions, n=1) if unknown else []
        return f"; did you mean {near[0]!r}?" if near else ""


def _british(args: Iterable[str]) -> list[str]:
    """The arguments with American spellings of options as they are listed; values and files stay."""
    given = list(args)
    options = given.index("--") if "--" in given else len(given)
    for at, text in enumerate(given[:options]):
        if text.startswith("--"):
            name, equals, value = text.partition("=")
            given[at] = f"{british_spelling(name)}{equals}{value}"
    return given


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add ``--json``."""
    parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")


def add_inputs(parser: argparse.ArgumentParser, *, images: bool) -> None:
    """Add inputs, roles and what tells how to read them."""
    parser.add_argument(
        "inputs",
        nargs="*",
        metavar="INPUT",
        type=Path,
        help="label file, folder of masks, or DICOM: SEG, RTSTRUCT, or a folder of them with their images",
    )
    group = parser.add_argument_group("what a file is, where it carries no names")
    for row in FILE_ROLES:
        group.add_argument(option_of(row.role), metavar="FILE", help=row.help)
    if images:
        group.add_argument(
            "--image",
            metavar="FILE",
            help="CT or MR (a file or a DICOM folder), for the pictures and the scan's extent",
        )
    group.add_argument(
        "--scheme", metavar="NAME", help="label scheme of the inputs (see flr schemes), or a .json file"
    )
    group.add_argument(
        "--labels",
        metavar="FILE:1=NAME,2=NAME",
        action="append",
        default=[],
        help="meaning of the values of one file",
    )
    group.add_argument("--resample", choices=("nearest",), help="allow label maps on another grid")
    add_insisted(group)


def add_insisted(group: argparse._ActionsContainer) -> None:
    """Add what somebody may insist on against what files say; an error says so until it is accepted."""
    group.add_argument(
        "--one-patient",
        action="store_true",
        help="DICOM files that name several patients are of one, as in some public data",
    )
    group.add_argument(
        "--same-grid",
        action="store_true",
        help="maps of one matrix and voxel size lie on one another, wherever their headers put them",
    )


def insisted_of(args: argparse.Namespace) -> Insisted:
    """What the command line insists on."""
    from flr.io.insisted import Insisted

    return Insisted(one_patient=args.one_patient, same_grid=args.same_grid)


def add_patient(parser: argparse.ArgumentParser) -> None:
    """Add what is known about the patient; whatever is left out stays unknown."""
    group = parser.add_argument_group("patient (what is left out stays unknown, never zero)")
    add_facts(group, taken_by("option", PATIENT_FACTS))


def add_scan(parser: argparse.ArgumentParser) -> None:
    """Add what a reader signs for about the scan; DICOM headers and case files say some of it themselves."""
    group = parser.add_argument_group("scan and segmentation (printed in the report)")
    add_facts(group, taken_by("option", SCAN_FACTS))
    group.add_argument(
        "--report-date",
        metavar="DATE",
        help="day from which the age of the scan is counted; default SOURCE_DATE_EPOCH, else today",
    )


def add_reviewed(group: argparse._ActionsContainer) -> None:
    """Add whether a person has reviewed the segmentation."""
    add_facts(group, (fact_of("reviewed"),))


def add_facts(group: argparse._ActionsContainer, facts: Iterable[Fact]) -> None:
    """Add an option for each fact; none has a value until somebody gives it."""
    for fact in facts:
        more: dict[str, Any] = {"metavar": fact.placeholder}
        match fact.kind:
            case "number" if not fact.other_units:
                more["type"] = float
            case "yes_no":
                more = {"choices": ("yes", "no")}
            case "words":
                more |= {"action": "append", "default": []}
        group.add_argument(f"--{fact.option}", help=fact.help_text, **more)


def stated_of(args: argparse.Namespace, facts: Iterable[Fact]) -> dict[str, Any]:
    """The facts that the command line states, by key.

    Raises
    ------
    UsageError
        If a text is no value of its fact, or a number about the scan cannot be.
    """
    stated: dict[str, Any] = {}
    for fact in facts:
        given: Any = getattr(args, fact.argument)
        if given is None or given == []:
            continue
        text = " ".join(given) if isinstance(given, list) else given
        try:
            value: Any = fact.value_of(text) if isinstance(text, str) else text
        except PatientError:
            raise
        except ValueError:
            wanted = {"date": "a date such as 2026-01-31", "whole": "a whole number"}.get(
                fact.kind, "a number"
            )
            raise UsageError(f"--{fact.option} {text!r}; expected {wanted}") from None
        if fact.of == "scan" and fact.plausible is not None:
            expected = fact.plausible.expected_of(value)
            if expected is not None:
                raise UsageError(f"--{fact.option} {value:g}; expected {expected}")
        stated[fact.key] = value
    return stated


def scan_facts_of(args: argparse.Namespace) -> ScanFacts:
    """What the command line states about the scan. Raises UsageError for what cannot be."""
    from flr.liver import ScanFacts

    return ScanFacts(**stated_of(args, (fact for fact in SCAN_FACTS if fact.of == "scan")))


def reviewed_of(args: argparse.Namespace) -> bool | None:
    """Whether somebody has reviewed the segmentation; None where that was not said."""
    reviewed: bool | None = stated_of(args, (fact_of("reviewed"),)).get("reviewed")
    return reviewed


def report_date_of(args: argparse.Namespace) -> date:
    """The day of the report: as stated, else today. Raises UsageError as :func:`stated_report_date_of`."""
    from datetime import date

    return stated_report_date_of(args) or date.today()


def stated_report_date_of(args: argparse.Namespace) -> date | None:
    """The day of the report where somebody states one: the same input then gives the same bytes on any day.

    Raises
    ------
    UsageError
        If the option or the variable SOURCE_DATE_EPOCH does not hold a day.
    """
    import os
    from datetime import UTC, datetime

    given = _date_of("--report-date", args.report_date)
    if given is not None:
        return given
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if epoch is None:
        return None
    try:
        return datetime.fromtimestamp(int(epoch), UTC).date()
    except (ValueError, OverflowError, OSError) as error:
        raise UsageError(f"SOURCE_DATE_EPOCH is {epoch!r}; expected seconds since 1970") from error


def _date_of(option: str, text: str | None) -> date | None:
    from datetime import date

    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option} {text!r}; expected a date such as 2026-01-31") from None


def add_identify(parser: argparse.ArgumentParser, what: str) -> None:
    """Add ``--identify``."""
    parser.add_argument("--identify", action="store_true", help=what)


def add_vessel_choices(parser: argparse.ArgumentParser) -> None:
    """Add what every plan of the call does to vessels."""
    for option, what in (
        ("preserve", "vessel that every plan preserves wherever it runs, e.g. RPPV"),
        ("reconstruct", "hepatic vein that is taken and reconstructed, e.g. MHV"),
    ):
        parser.add_argument(
            f"--{option}",
            action="append",
            default=[],
            metavar="VESSEL",
            help=f"{what}; needs --vessels; repeatable, also {option}(VESSEL) in the plan's text",
        )


def with_vessels(plans: Sequence[Plan | Asked], args: argparse.Namespace) -> tuple[Plan | Asked, ...]:
    """The plans with what ``--preserve`` and ``--reconstruct`` say of vessels."""
    from dataclasses import replace

    from flr.plans import Plan
    from flr.plans.notation import VesselTerms, vessel_term

    said = VesselTerms()
    terms = [f"{verb}({name})" for verb in ("preserve", "reconstruct") for name in getattr(args, verb, ())]
    for term in terms:
        said = said.joined(vessel_term(term) or VesselTerms())
    if not terms:
        return tuple(plans)
    if not plans:
        raise UsageError(
            "--preserve and --reconstruct say what a plan does to vessels; name the plan with --plan (a drawn"
            " mask is --plan flr or --plan resected)"
        )
    return tuple(
        plan.with_vessels(said.preserved, said.reconstructed)
        if isinstance(plan, Plan)
        else replace(plan, text=" + ".join([plan.text, *terms]))
        for plan in plans
    )


def add_grading(parser: argparse.ArgumentParser) -> None:
    """Add the choices that change how numbers are computed or graded."""
    group = parser.add_argument_group("grading")
    group.add_argument("--intent", choices=("cure", "debulking"), default="cure")
    add_formulas_and_limits(group)
    group.add_argument(
        "--vessels-count",
        choices=VESSELS_COUNT,
        help="excluded: volumes without the drawn vessels as well; graded are those with vessels (default"
        " included)",
    )
    add_errors(group)
    group.add_argument("--fail-on-flag", action="store_true", help="exit 10 unless every plan is adequate")
    group.add_argument("--case-id", default="case", metavar="TEXT", help="name of the case in every output")


def add_formulas_and_limits(group: argparse._ActionsContainer) -> None:
    """Add which formulas and limits grade, and what is accepted."""
    add_site(group)
    group.add_argument("--bsa-formula", metavar="NAME", help="default mosteller_1987; see flr formulas")
    group.add_argument(
        "--standard-volume-formula",
        metavar="NAME",
        help="default vauthey_2002_bsa; another one is shown and not graded",
    )
    group.add_argument("--limits", metavar="A,B,C", help="a site's own percent limits, e.g. 20,25,30")
    group.add_argument(
        "--limits-source", metavar="TEXT", help="where these limits come from; printed with them"
    )
    group.add_argument(
        "--accept",
        action="append",
        default=[],
        metavar="ROW[=REASON, WHO]",
        help="take responsibility for a row that is not shown (flr criteria lists them) or for a check",
    )


def add_site(group: argparse._ActionsContainer) -> None:
    """Add the site's own file."""
    group.add_argument(
        "--site",
        metavar="FILE.toml",
        help="the site's formulas, limits and default background; default flr/site.toml of the user's"
        " configuration, or of $FLR_SITE; none for no site file",
    )


def site_of(args: argparse.Namespace) -> SiteFile | None:
    """The site file of ``--site``, else that of the user, where there is one.

    Raises
    ------
    UsageError
        As :func:`flr.io.site_file.read_site`.
    """
    path = _site_path(args)
    if path is None:
        return None
    from flr.io.site_file import read_site

    return read_site(path)


def logo_of(args: argparse.Namespace) -> Logo | None:
    """The picture that the site file names, for pages."""
    path = _site_path(args)
    if path is None:
        return None
    from flr.io.site_file import logo_of_site

    return logo_of_site(path)


def _site_path(args: argparse.Namespace) -> Path | None:
    from flr.io.site_file import NONE, user_site_file

    if args.site is not None:
        return None if args.site.casefold() == NONE else Path(args.site)
    return user_site_file()


def add_errors(group: argparse._ActionsContainer) -> None:
    """Add the table of measurement errors."""
    group.add_argument(
        "--errors",
        type=Path,
        metavar="FILE.toml",
        help="a site's own table of measurement errors, instead of the assumed one",
    )


def add_output(parser: argparse.ArgumentParser) -> None:
    """Add where results go."""
    group = parser.add_argument_group("output")
    group.add_argument("--out", type=Path, metavar="DIR", help="folder for the report; replaced file by file")
    group.add_argument(
        "--format",
        metavar="LIST",
        help=f"which of {','.join(FORMATS)}; with --out all, without it text",
    )
    group.add_argument(
        "--ris", action="store_true", help="print one paragraph for the radiology report instead of the text"
    )
    group.add_argument("-v", "--verbose", action="store_true", help="the whole text: limits, scores, notes")


def roles_of(args: argparse.Namespace) -> tuple[dict[Role, Path], bool]:
    """Role files that were given, and whether tumours were declared to be none."""
    declared_none = args.tumours is not None and args.tumours.casefold() == "none"
    roles = {
        role: Path(given)
        for role in ROLE_NAMES
        if (given := getattr(args, role)) is not None and not (role == "tumours" and declared_none)
    }
    return roles, declared_none


def files_of(args: argparse.Namespace) -> Files:
    """The command line's files, and how they are read."""
    from flr.job import Files

    roles, declared_none = roles_of(args)
    return Files(
        inputs=tuple(args.inputs),
        roles=roles,
        tumours_none=declared_none,
        image=getattr(args, "image", None),
        scheme=args.scheme,
        labels=labels_of(args),
        resample=args.resample,
        one_patient=args.one_patient,
        same_grid=args.same_grid,
    )


def plans_of(args: argparse.Namespace, refused: list[PlanError] | None = None) -> tuple[Plan | Asked, ...]:
    """What ``--plan`` asks for: texts, files, and with ``--case`` the names of that file's own plans.

    Parameters
    ----------
    args : Namespace
    refused : list of PlanError, optional
        Takes the errors of texts that are not understood where another one is.

    Raises
    ------
    PlanError
        If a text is not understood, and errors are not taken or no text is understood.
    """
    from flr.io.markups import file_and_side
    from flr.job import Asked
    from flr.plans.notation import with_stated_splits, without_vessel_terms

    own = _own_plans(args)
    splits = splits_of(args)
    used = set()
    plans: list[Plan | Asked] = []
    for text in args.plan:
        if text in own:
            plan = with_stated_splits(own[text], splits)
            used |= set(plan.splits)
            plans.append(plan)
            continue
        asked = Asked(text, args.intent)
        try:
            plan = asked.on(None)  # what nobody understands is refused before anything is read
        except PlanError as error:
            names = ", ".join(repr(name) for name in own)
            said = f"{error}; or a name of {args.case.name}'s own plans: {names}" if own else str(error)
            if refused is None:
                raise PlanError(said) from error
            refused.append(PlanError(said))
            continue
        if file_and_side(without_vessel_terms(text)[0]) is None:
            more = [split for split in with_stated_splits(plan, splits).splits if split not in plan.splits]
            used |= set(more)
            asked = Asked(" + ".join([text, *(split.text for split in more)]), args.intent)
        plans.append(asked)
    if refused and not plans:
        raise refused[0]
    if unused := [split.text for split in splits if split not in used]:
        raise UsageError(
            f"--split: no --plan takes a part of a segment that {unused[0]} divides without saying a border"
            ' of its own; write for example --plan "H4\'58" --split 4=mhv (a plan file says its own)'
        )
    # Where the case file's own plans are assessed, they are told of vessels when they are read.
    return with_vessels(plans, args) if plans or getattr(args, "case", None) is None else ()


def add_split(parser: argparse.ArgumentParser) -> None:
    """Add the borders that divide a segment of which a plan takes a part."""
    parser.add_argument(
        "--split",
        action="append",
        default=[],
        metavar="SEGMENT=BORDER",
        help="border for plans that take a part of a segment and give none: 4=mhv (middle hepatic vein),"
        " 4=portal (level of the portal bifurcation: 4a and 4b), 4=plane(x,y,z,a,b,c); a side may follow"
        " after a comma; an estimate; repeatable",
    )


def splits_of(args: argparse.Namespace) -> tuple[Split, ...]:
    """The borders of ``--split``.

    Raises
    ------
    UsageError
        If one has another form.
    PlanError
        If it is not understood.
    """
    from flr.plans.notation import parse_split

    splits = []
    for text in args.split:
        segment, equals, border = text.partition("=")
        if not (equals and segment.strip() and border.strip()):
            raise UsageError(f"--split {text!r}; expected SEGMENT=BORDER such as 4=mhv or 4=portal")
        splits.append(parse_split(f"split({segment.strip()}, {border.strip()})"))
    return tuple(splits)


def _own_plans(args: argparse.Namespace) -> dict[str, Plan]:
    """The plans of ``--case`` by name, where both it and ``--plan`` are given."""
    path: Path | None = getattr(args, "case", None)
    if path is None or not args.plan:
        return {}
    from flr.io.case import read_case

    return {plan.name: plan for plan in read_case(path).plans}


def labels_of(args: argparse.Namespace) -> Mapping[str, str]:
    """``--labels FILE:MAPPING`` as file to mapping. Raises UsageError when the form is another one."""
    mappings = {}
    for text in args.labels:
        name, colon, mapping = text.rpartition(":")
        if not (colon and name and mapping):
            raise UsageError(f"--labels {text!r}; expected FILE:1=hepatic_vein,2=portal_vein")
        mappings[name] = mapping
    return mappings


def require_input(args: argparse.Namespace, roles: Mapping[Role, Path]) -> None:
    """Raises UsageError when neither an input nor a file in a role is given."""
    if not (args.inputs or roles):
        raise UsageError("no input: give a label file, a folder of masks, or a role such as --segments FILE")


def patient_of(args: argparse.Namespace) -> Patient:
    """The patient of the command line. Raises PatientError for what cannot be true."""
    from flr.patient import Patient

    return Patient(**stated_of(args, taken_by("option", PATIENT_FACTS)))


def options_of(args: argparse.Namespace) -> Options:
    """Grading options of the command line, as far as a command has them; the site file says the rest."""
    from flr.assessment import Options
    from flr.formulas import DEFAULT_BSA_FORMULA, DEFAULT_LIVER_VOLUME_FORMULA
    from flr.quality import split_acceptances

    def said(name: str) -> Any:
        return getattr(args, name, None)

    site = site_of(args)
    formulas = (None, None) if site is None else (site.bsa_formula, site.standard_volume_formula)
    return Options(
        bsa_formula=said("bsa_formula") or formulas[0] or DEFAULT_BSA_FORMULA,
        standard_volume_formula=(
            said("standard_volume_formula") or formulas[1] or DEFAULT_LIVER_VOLUME_FORMULA
        ),
        limits=limits_of(said("limits"), said("limits_source")) or (None if site is None else site.limits),
        site=site,
        accepted=split_acceptances(said("accept") or ()),
        errors=errors_of(args),
        vessels_count=said("vessels_count") or "included",
    )


def errors_of(args: argparse.Namespace) -> Errors:
    """The table of ``--errors``, or the assumed one.

    Raises
    ------
    ReadError, CriterionError
        As :func:`flr.io.errors_table.read_errors`.
    """
    from flr.uncertainty import ERRORS

    path: Path | None = getattr(args, "errors", None)
    if path is None:
        return ERRORS
    from flr.io.errors_table import read_errors

    return read_errors(path)


def cells_of(args: argparse.Namespace) -> dict[str, str]:
    """``--plan``, ``--errors`` and ``--site`` as cells of a manifest, for cases that do not say otherwise.

    Their files lie where the command is given, not beside the manifest.

    Raises
    ------
    ReadError, CriterionError
        If the table of errors cannot be used: refused once, before any case is run.
    """
    from flr.cohort.manifest import plan_file

    cells = {}
    if args.plan:
        plans = [(text, plan_file(text)) for text in args.plan]
        cells["plan"] = ";".join(
            text if file is None else str(Path(file[0]).absolute()) + file[1] for text, file in plans
        )
    if args.errors is not None:
        errors_of(args)
        cells["errors"] = str(args.errors.absolute())
    if (path := _site_path(args)) is not None:
        site_of(args)
        cells["site"] = str(path.absolute())
    return cells


def limits_of(text: str | None, source: str | None) -> SiteLimits | None:
    """A site's own limits. Raises UsageError when they are not three numbers with a source."""
    if text is None:
        if source is not None:
            raise UsageError("--limits-source without --limits; give both or neither")
        return None
    if not source:
        raise UsageError("--limits needs --limits-source: say where the limits come from")
    from flr.criteria import SiteLimits

    try:
        low, minimum, upper = (float(part) for part in text.split(","))
    except ValueError:
        raise UsageError(f"--limits {text!r}; expected three percentages A,B,C such as 20,25,30") from None
    return SiteLimits(very_small_percent=low, minimum_percent=minimum, band_percent=upper, source=source)


def formats_of(args: argparse.Namespace) -> tuple[str, ...]:
    """Output formats that were asked for. Raises UsageError for an unknown one."""
    if args.ris and (args.json or (args.format is not None and not args.out)):
        raise UsageError("--ris prints a paragraph in place of the text; give it without --json and --format")
    if args.format is None:
        return FORMATS if args.out else ("text",)
    chosen = tuple(part.strip().casefold() for part in args.format.split(",") if part.strip())
    unknown = [part for part in chosen if part not in FORMATS]
    if unknown or not chosen:
        raise UsageError(f"--format {args.format!r}; expected some of {','.join(FORMATS)}")
    if not args.out and (files := [part for part in chosen if part in ("html", "pdf")]):
        raise UsageError(f"--format {','.join(files)} needs --out DIR")
    if not args.out and len(chosen) > 1:
        raise UsageError("without --out only one format can be printed; give --out DIR for several")
    return chosen


def _words(values: Sequence[str]) -> list[str]:
    return [word for value in values for word in value.replace(",", " ").split()]
