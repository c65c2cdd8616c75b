"""One paragraph for the radiology report, made from the document: it says nothing that the JSON does not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from flr.criteria.texts import listed
from flr.words import (
    FLAG_TONES,
    FLAG_WORDS,
    MISSING,
    STATEMENT,
    formula_words,
    limit_text,
    lower_first,
    measure_digits,
    number,
    plain,
)

_MEASURED: Final = "flr_percent_of_measured"
_STANDARD: Final = "flr_percent_of_standard"
_PER_WEIGHT: Final = "flr_to_body_weight_percent"

SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "reviewed": "Liver volumetry from a segmentation that a person has reviewed.",
        "not_reviewed": "Liver volumetry from a segmentation that no person is known to have reviewed.",
        "typed": "Liver volumetry from volumes as typed; no image was seen.",
        "liver": "Whole liver {total} mL, functional liver {functional} mL, tumour {tumour}.",
        "lower_bounds": "The scan does not hold the whole liver: every volume is a lower bound.",
        "standard": "Standard liver volume {standard} mL ({formula}).",
        "remnant": "{plan}: future liver remnant {remnant} mL; {shares}.",
        "measured": "{value} % of the functional liver",
        "measured_interval": "{value} % of the functional liver (95 % interval {low}–{high})",
        "standard_share": "{value} % of the standard liver volume",
        "per_weight": "{value} % of the body weight",
        "no_share": "no share could be computed",
        "perfused": "{perfused} mL of it keep inflow and outflow ({share} % of the functional liver).",
        "resected": "{names} resected",
        "ablated": "{names} ablated",
        "cut_through": "the plan cuts through {names}",
        "left": "{names} left",
        "margin": "least planned margin {margin} ± {error} mm ({name})",
        "no_tumour": "No tumour is drawn in the liver.",
        "unbelievable": "Nothing is graded: {headline}",
        "flag": "Compared with {limits}: {flag}.",
        "flag_not_shown": "Compared with {limits}: {flag} by volume, but the flag stays indeterminate.",
        "not_shown": "Not shown: {rows}.",
        "by_published": "By the published limits: {flag}.",
        "published": "published minimums for {background} ({percents} %)",
        "site": "the site's own limits ({percents} %, {source})",
        "child": "No adult cut-off applies below 18 years of age.",
        "nothing": "nothing that could be graded",
        "against": "What speaks against it: {facts}.",
        "accepted": "Accepted: {rows}.",
        "not_assessed": "Arterial supply and bile drainage of the remnant are not assessed.",
        "supply_not_assessed": (
            "Inflow, outflow, arterial supply and bile drainage of the remnant are not assessed."
        ),
    }
)
"""Every sentence of the paragraph, by key."""

_BACKGROUND_NOT_GIVEN: Final = "a background that was not given"
_FATES: Final = ("cut_through", "left", "resected", "ablated")


def ris_paragraph(document: Mapping[str, Any]) -> str:
    """The paragraph that a radiologist copies into a report: volumes, shares, tumours and flag of each plan.

    Parameters
    ----------
    document : mapping
        ``flr-assessments`` (all plans of one case) or ``flr-assessment``, as the JSON holds it.

    Returns
    -------
    str
        One line of plain text. No name, number or date of a patient is in it.
    """
    plans: Sequence[Mapping[str, Any]] = document.get("assessments") or [document]
    first = plans[0]
    seen = first["voxels"]["total"] is not None
    opening = "typed" if not seen else "reviewed" if first["provenance"]["reviewed"] else "not_reviewed"
    said = [SENTENCES[opening], _liver(first)]
    if first["volumes_are_lower_bounds"]:
        said.append(SENTENCES["lower_bounds"])
    standard_ml = first["measures"]["standard_liver_volume_ml"]
    if standard_ml is not None:
        formula = formula_words(first["provenance"]["standard_volume_formula"])
        said.append(SENTENCES["standard"].format(standard=number(standard_ml, 0), formula=formula))
    if seen and first["volumes_ml"]["tumour"] == 0.0 and not first["tumours"]:
        said.append(SENTENCES["no_tumour"])
    for plan in plans:
        said += _plan(plan)
    supply = any(plan["perfusion"] is not None and plan["perfusion"]["assessed"] for plan in plans)
    said += [SENTENCES["not_assessed" if supply else "supply_not_assessed"], STATEMENT]
    return " ".join(said)


def _liver(assessment: Mapping[str, Any]) -> str:
    volumes = assessment["volumes_ml"]
    tumour = "not known" if volumes["tumour"] is None else f"{number(volumes['tumour'], 0, [0.0])} mL"
    return SENTENCES["liver"].format(
        total=number(volumes["total"], 0), functional=number(volumes["functional"], 0), tumour=tumour
    )


def _plan(plan: Mapping[str, Any]) -> list[str]:
    """Remnant, tumours and flag of one plan."""
    name, notation = plan["plan"]["name"], plan["plan"]["notation"]
    title = plain(f"{name} ({notation})" if notation and notation != name else name, None)
    said = [
        SENTENCES["remnant"].format(
            plan=title[:1].upper() + title[1:],
            remnant=number(plan["volumes_ml"]["remnant"], 0),
            shares=", ".join(_shares(plan)) or SENTENCES["no_share"],
        )
    ]
    perfused_ml = plan["measures"]["perfused_flr_ml"]
    if perfused_ml is not None and perfused_ml < plan["volumes_ml"]["remnant"]:
        share = plan["measures"]["perfused_flr_percent_of_measured"]
        shown = number(share, 1, _limits(plan, _MEASURED))
        said.append(SENTENCES["perfused"].format(perfused=number(perfused_ml, 0), share=shown))
    said += _tumours(plan["tumours"])
    return [*said, *_verdict(plan)]


def _limits(plan: Mapping[str, Any], measure: str) -> list[float]:
    return sorted({row["limit"] for row in plan["findings"] if row["measure"] == measure})


def _shares(plan: Mapping[str, Any]) -> Iterable[str]:
    """The shares that are known, each on its side of its limits."""
    values, intervals = plan["measures"], plan["intervals"]
    for measure, key in ((_MEASURED, "measured"), (_STANDARD, "standard_share"), (_PER_WEIGHT, "per_weight")):
        value = values[measure]
        if value is None:
            continue
        shown = number(value, measure_digits(measure), _limits(plan, measure))
        interval = intervals.get(measure) if measure == _MEASURED else None
        if interval is None:
            yield SENTENCES[key].format(value=shown)
        else:
            ends = {end: f"{interval[end]:.1f}" for end in ("low", "high")}
            yield SENTENCES["measured_interval"].format(value=shown, **ends)


def _tumours(tumours: Sequence[Mapping[str, Any]]) -> list[str]:
    """What the plan does to each tumour, what it does not treat first; a margin where it treats them all."""
    if not tumours:
        return []
    parts = []
    for fate in _FATES:
        names = [plain(one["name"], 20) for one in tumours if one["fate"] == fate]
        if names:
            parts.append(SENTENCES[fate].format(names=listed(names)))
    margins = [one for one in tumours if one["planned_margin_mm"] is not None]
    if margins and all(one["fate"] in ("resected", "ablated") for one in tumours):
        least = min(margins, key=lambda one: one["planned_margin_mm"])
        parts.append(
            SENTENCES["margin"].format(
                margin=number(least["planned_margin_mm"]),
                error=number(least["planned_margin_error_mm"]),
                name=plain(least["name"], 20),
            )
        )
    text = "; ".join(parts)
    return [f"{text[:1].upper()}{text[1:]}."]


def _verdict(plan: Mapping[str, Any]) -> list[str]:
    """The flag with the limits that it rests on, and what speaks against it."""
    if plan.get("because") == "volumes":
        return [SENTENCES["unbelievable"].format(headline=plain(plan["headline"], 2000))]
    if plan["flag"] == "not_applicable":
        return [SENTENCES["child"]]
    rows = plan.get("reassurance", ())
    missing = [row["row"] for row in rows if row["missing"]]
    by_volume = FLAG_WORDS[plan.get("flag_by_volume", plan["flag"])]
    key = "flag_not_shown" if plan.get("because") == "not_shown" else "flag"
    flag = by_volume if key == "flag_not_shown" else FLAG_WORDS[plan["flag"]]
    said = [SENTENCES[key].format(limits=_limits_text(plan), flag=lower_first(flag))]
    published = plan.get("flag_by_published_limits")
    if published not in (None, plan.get("flag_by_volume")):
        said.append(SENTENCES["by_published"].format(flag=lower_first(FLAG_WORDS[published])))
    if missing:
        said.append(SENTENCES["not_shown"].format(rows=listed(missing)))
    # The tumours are named one by one already, and how certain a flag below the minimum is changes nothing.
    told = {"tumours"} if FLAG_TONES[plan["flag"]] != "below" else {"tumours", "certainty"}
    against = [row["evidence"] for row in rows if row["status"] == "against" and row["row"] not in told]
    if against:
        said.append(SENTENCES["against"].format(facts=plain("; ".join(against), 2000)))
    accepted = [
        ", ".join(part for part in (row["row"], row["reason"], row["who"]) if part)
        for row in rows
        if row["status"] == "accepted"
    ]
    if accepted:
        said.append(SENTENCES["accepted"].format(rows=plain("; ".join(accepted), 2000)))
    return said


def _limits_text(plan: Mapping[str, Any]) -> str:
    percents = ", ".join(map(limit_text, _limits(plan, _MEASURED))) or MISSING
    site = plan["provenance"]["limits"]
    if site is not None:
        return SENTENCES["site"].format(percents=percents, source=plain(site["source"], 300))
    if percents == MISSING:
        return SENTENCES["nothing"]
    conditions = [one for one in plan["provenance"]["conditions"] if one != "unknown"]
    background = listed([plain(one, 40) for one in conditions]) or _BACKGROUND_NOT_GIVEN
    return SENTENCES["published"].format(background=background, percents=percents)
