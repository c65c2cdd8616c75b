"""Assessments, plans and search results as HTML tables that stand by themselves in a notebook."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flr.assessment import Assessment
from flr.errors import UsageError
from flr.plans import Plan
from flr.report.content import report_content
from flr.report.html import band_chart
from flr.report.pages import environment, template_text
from flr.words import FLAG_TONES, FLAG_WORDS, TONE_SIGNS, beneath, number, plain, volume_text

if TYPE_CHECKING:
    from flr.plansearch import SearchResult

_PACKAGE = "flr.notebook"


@dataclass(frozen=True, slots=True)
class Table:
    """HTML that a notebook shows, and a text for where there is none."""

    html: str
    text: str

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return self.text


def assessment_html(assessment: Assessment) -> str:
    """One assessment: flag, volumes, shares, bands, tumours, notes."""
    content = report_content([assessment])
    return _rendered(
        "assessment.html.j2",
        report=content,
        plan=content.plans[0],
        chart=band_chart(content.plans[0].bands),
    )


def assessment_text(assessment: Assessment) -> str:
    """One assessment in a line, where no HTML is shown."""
    remnant = volume_text(assessment.volumes.remnant_ml)
    notation = assessment.plan.notation or assessment.plan.name
    flag = str(assessment.flag)
    if assessment.missing_rows:
        missing = ", ".join(assessment.missing_rows)
        flag = f"{flag} ({assessment.flag_by_volume} by volume; not yet shown: {missing})"
    return f"{plain(assessment.case_id, 80)}, {plain(notation, 200)}: {flag}, remnant {remnant} mL"


def plan_text(plan: Plan) -> str:
    """A plan in a line."""
    return f"{plain(plan.name, 120)} ({plain(plan.notation, 200)}), intent {plan.intent}"


def search_text(result: SearchResult) -> str:
    """A search in a line."""
    best = "none qualifies" if result.best is None else f"best {result.best.plan.notation}"
    return f"{len(result.candidates)} plans that clear {len(result.tumours)} tumours, {best}"


def compare(assessments: Sequence[Assessment] | Assessment) -> Table:
    """Plans side by side; one assessment by itself.

    Raises
    ------
    ValueError
        If there is no assessment.
    UsageError
        If something else is given.
    """
    several = (
        tuple(assessments)
        if isinstance(assessments, Iterable) and not isinstance(assessments, Assessment)
        else (assessments,)
    )
    for given in several:
        if not isinstance(given, Assessment):
            raise UsageError(
                f"compare was given a {type(given).__name__}; expected assessments: give"
                " flr.assess_plans(liver, plans, patient)"
            )
    content = report_content(several)
    notations = ", ".join(plan.notation or plan.name for plan in content.plans)
    text = f"{len(content.plans)} plans: {notations}"
    if content.comparison is None:
        return Table(assessment_html(several[0]), text)
    return Table(_rendered("comparison.html.j2", report=content), text)


def plan_html(plan: Plan) -> str:
    """What a plan removes, and why."""
    return _rendered(
        "plan.html.j2",
        name=plain(plan.name, 120),
        notation=plain(plan.notation, 200),
        intent=plan.intent,
        structures=", ".join(plan.structures),
        cuts=[type(cut).__name__ for cut in plan.cuts],
    )


def search_html(result: SearchResult) -> str:
    """The plans that clear every tumour, best first, and what no plan reaches."""
    rows = [
        {
            "plan": plain(found.plan.notation, 200),
            "front": found.on_front,
            "flr": volume_text(found.flr_ml),
            "percent": number(found.flr_percent_of_measured, 1, [result.limits.minimum_flr_percent]),
            "margin": number(found.least_margin_mm, 1, [result.limits.margin_mm]),
            "sacrificed": volume_text(found.sacrificed_ml),
            "flag": "" if found.assessment is None else FLAG_WORDS[found.assessment.flag_by_volume],
            "tone": "unknown" if found.assessment is None else FLAG_TONES[found.assessment.flag_by_volume],
            "sign": ""
            if found.assessment is None
            else TONE_SIGNS[FLAG_TONES[found.assessment.flag_by_volume]],
            "reason": plain(found.reason, 300),
        }
        for found in result.candidates
    ]
    assessed = {
        plain(found.plan.notation, 200): found.assessment
        for found in result.candidates
        if found.assessment is not None
    }
    return _rendered(
        "search.html.j2",
        rows=rows,
        tumours=", ".join(tumour.name for tumour in result.tumours),
        margin=number(result.limits.margin_mm),
        minimum=number(result.limits.minimum_flr_percent),
        unmet=[plain(found.message, 400) for found in result.unmet],
        missing=beneath(
            {plan: found.missing_rows for plan, found in assessed.items()},
            {plan: found.accepted_rows for plan, found in assessed.items()},
        ),
        others=len(result.others),
        rejected=len(result.rejected),
    )


def _rendered(template: str, /, **values: Any) -> str:
    text: str = environment(_PACKAGE).get_template(template).render(**values, style=own_text("cards.css"))
    return text


def own_text(name: str) -> str:
    """A file of this package's templates."""
    return template_text(_PACKAGE, name)


def rendered_page(template: str, /, **values: Any) -> str:
    """One of this package's pages."""
    text: str = environment(_PACKAGE).get_template(template).render(**values)
    return text
