"""The page that an organisation may show everybody: the finding, its uncertainty and its history, and nobody's data.

No group is told apart here but public and private; of each other contrast stands the verdict alone. Figures and counts
are rounded, so that what one day added does not follow from two pages.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from functools import partial
from math import floor, log10
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from evenhand.fairness.live.models import Policy, Result
from evenhand.fairness.live.words import began_on, group_of
from evenhand.fairness.pages.contrast import looks_of
from evenhand.fairness.pages.found import HOW, Found
from evenhand.fairness.pages.telling import is_left_out
from evenhand.fairness.parity import words
from evenhand.fairness.parity.findings import SCHEMA, Outcome
from evenhand.fairness.parity.words import Manner
from evenhand.fairness.report import charts
from evenhand.fairness.report.markup import Markup
from evenhand.stats.cells import Verdict

KEPT_FOR = 3600
"""Seconds for which anybody may keep what is shown: it changes once a night."""


def is_on() -> bool:
    return Policy.objects.in_force().has_public_page


# -- the sentence ----------------------------------------------------------------------------------------------------


def sentence(found: Found) -> str | None:
    """The finding for customers, in the reader's language; None while there is none."""
    said = parts(found)
    return None if said is None else " ".join(part for part in said if part)


def parts(found: Found) -> tuple[str, str] | None:
    """The finding in one sentence, and what else belongs to it; None while there is none."""
    result = found.headline
    if result is None:
        return None
    group, outcome = group_of(result), Outcome(result.outcome)
    same = group.same_need
    if group.verdict is Verdict.TOO_FEW or same is None or same.difference is None:
        return _("Too few people have asked in public yet to say whether that is answered any sooner."), ""
    if group.verdict is Verdict.EQUAL and same.margin is not None:
        about = {"margin": margin(result), "day": on_day(began_on(result.series))}
        return (
            _("Same need, same wait: asking in public is answered no sooner than asking in private."),
            _("Any difference is below %(margin)s, looked at every day since %(day)s.") % about,
        )
    if group.verdict is Verdict.UNEQUAL:
        told_of = _("It should not be, and somebody by name was asked to see to it.")
        return _unequal(outcome, same.difference) % {"size": size(result)}, told_of
    most = _share(same.not_ruled_out, result, within=words.between_of(same))
    return (
        _("No difference is proven between asking in public and in private.")
        if outcome is not Outcome.SOLVED
        else _("No difference is proven in when public and private matters are solved."),
        _("But up to %(most)s cannot be ruled out yet.") % {"most": most},
    )


def _unequal(outcome: Outcome, difference: float) -> str:
    if outcome is Outcome.IN_TIME:
        if difference > 0:
            return _("For the same need, asking in public is answered in time more often than in private, by %(size)s.")
        return _("For the same need, asking in public is answered in time less often than in private, by %(size)s.")
    if difference < 0:
        return _("For the same need, asking in public is served %(size)s sooner than asking in private.")
    return _("For the same need, asking in public is served %(size)s later than asking in private.")


def short(verdict: Verdict) -> str:
    """The finding in a few words, for a badge."""
    return {
        Verdict.EQUAL: _("Same need, same wait, in public and in private"),
        Verdict.UNEQUAL: _("Public and private are not answered alike"),
        Verdict.NOT_PROVEN: _("Public and private: not yet proven alike"),
        Verdict.TOO_FEW: _("Public and private: too few to say"),
    }[verdict]


def chip_words(verdict: Verdict) -> str:
    return {
        Verdict.EQUAL: _("the same"),
        Verdict.UNEQUAL: _("different"),
        Verdict.NOT_PROVEN: _("not yet proven the same"),
        Verdict.TOO_FEW: _("too few to say"),
    }[verdict]


CHIPS = {Verdict.EQUAL: "chip kept", Verdict.UNEQUAL: "chip strong"}


def title_of(contrast: str) -> str:
    """A contrast as customers would put it."""
    return {
        "public": _("Asking in public and in private"),
        "door": _("Every way in"),
        "language": _("Every language"),
        "place": _("Every place"),
        "contact": _("Leaving an address and leaving none"),
        "public_before": _("Having complained in public before"),
        "reach": _("Many followers and few"),
    }.get(contrast, contrast)


# -- figures ---------------------------------------------------------------------------------------------------------


def margin(result: Result) -> str:
    """The margin as it was set: a share of the wait, or points; for a short wait the least time, in minutes."""
    same, outcome = group_of(result).same_need, Outcome(result.outcome)
    mean = None if same is None or outcome.is_rate else words.reference_mean(same)
    if same is not None and same.margin is not None and mean and same.margin > 1.01 * _time_margin(result) * mean:
        return told(outcome, same.margin, HOW)
    return _share(None if same is None else same.margin, result, within=None)


def _time_margin(result: Result) -> float:
    return float(result.series.policy.time_margin)


def size(result: Result) -> str:
    same = group_of(result).same_need
    if same is None:
        return ""
    return _share(same.difference, result, within=words.between_of(same))


def _share(value: float | None, result: Result, *, within: words.Interval) -> str:
    """A size as a share of the wait where it is one; else in its own unit."""
    same, outcome = group_of(result).same_need, Outcome(result.outcome)
    if value is None or same is None:
        return "?"
    mean = None if outcome.is_rate else words.reference_mean(same)
    if mean and mean > 0:
        return local(words.percent(value / mean, None if within is None else (within[0] / mean, within[1] / mean)))
    return told(outcome, value, HOW, within)


def told(outcome: Outcome, value: float, how: Manner, within: words.Interval = None) -> str:
    """A size in the outcome's unit, in the reader's language."""
    if outcome.is_rate:
        points = words.points(value, within).split(" ")[0]
        unit = ngettext("point", "points", 1 if points == "1" else 2)
        return f"{local(points)} {unit}"
    return local(words.told(outcome, value, within, how))


def local(number: str) -> str:
    """Our numbers with the signs of the reader's language."""
    if (get_language() or "en").startswith("es"):
        return number.replace(",", "\N{NO-BREAK SPACE}").replace(".", ",")
    return number


def on_day(day: date) -> str:
    if (get_language() or "en").startswith("es"):
        return date_format(day, "DATE_FORMAT")
    return f"{day.day} {date_format(day, 'F Y')}"


def on_axis(day: date) -> str:
    """A day under a chart, where two stand side by side on a phone: short where the language is long."""
    return date_format(day, "j M Y").lower() if (get_language() or "en").startswith("es") else on_day(day)


def rounded(value: float | None, digits: int = 2) -> float | None:
    """To so many digits that matter: what one more case changes is not seen."""
    if value is None or value == 0:
        return value
    return round(value, digits - 1 - floor(log10(abs(value))))


# -- the page --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One contrast: its verdict, and nothing that tells one of its groups."""

    title: str
    chip: str
    said: str


def lines(found: Found) -> list[Line]:
    return [
        Line(title_of(of.contrast.name), CHIPS.get(of.verdict, "chip"), chip_words(of.verdict))
        for of in found.contrasts
    ]


def history_chart(found: Found) -> Markup | None:
    """How sure we came to be, day by day, of the headline."""
    result = found.headline
    if result is None or result.n is None:
        return None
    looks = looks_of(result.contrast, result.outcome, result.group)
    if not any(one.not_ruled_out is not None for one in looks):
        return None
    begun = [charts.Look(one.on, one.not_ruled_out, one.margin, one.series, why=_("begun anew")) for one in looks]
    return charts.both(partial(_history, begun, Outcome(result.outcome)), "history")


def _history(looks: list[charts.Look], outcome: Outcome, width: int, key: str) -> Markup:
    return charts.history(
        looks, outcome, title=_("Largest difference we cannot rule out"), key=key, how=HOW, width=width, says=spoken()
    )


def spoken() -> charts.HistoryWords:
    """What the chart says, in the reader's language."""
    return charts.HistoryWords(nothing=_("No audit yet."), margin=_("margin"), told=told, day=on_axis, summary=_summary)


def _summary(first: str, last: str, audits: int, most: str | None, on: str | None, margin: str, breaks: int) -> str:
    about = {"first": first, "last": last, "margin": margin, "most": most, "on": on}
    if most is None:
        return _("From %(first)s to %(last)s. Nothing could be said yet; the margin is %(margin)s.") % about
    said = _(
        "From %(first)s to %(last)s. Largest difference not ruled out: %(most)s on %(on)s; the margin is %(margin)s."
    )
    return said % about


def _of_everybody(request: HttpRequest) -> Found:
    if not is_on():
        raise Http404
    return Found.lately()


def _kept(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = f"public, max-age={KEPT_FOR}"
    return response


@require_safe
def public(request: HttpRequest) -> HttpResponse:
    found = _of_everybody(request)
    result, policy = found.headline, found.policy
    nothing = _("Asking in public and in private is not compared here.") if is_left_out(found) else None
    said = parts(found) or (nothing or _("No audit has found anything yet."), "")
    facts = {
        "found": found,
        "headline": said[0],
        "and_also": said[1],
        "chip": None if result is None else chip_words(Verdict(result.verdict)),
        "chip_kind": None if result is None else CHIPS.get(Verdict(result.verdict), "chip"),
        "lines": lines(found),
        "chart": history_chart(found),
        "through": None if found.night is None or found.night.through is None else on_day(found.night.through),
        "about_cases": None if result is None else about(found),
        "rate_margin": local(f"{100 * policy.rate_margin:g}"),
        "time_margin": local(f"{100 * policy.time_margin:g}"),
        "least_margin": f"{policy.least_time_margin.total_seconds() / 60:g}",
        "least_shown": policy.least_shown,
        "badge_url": f"{settings.BASE_URL}/fairness/badge.svg",
    }
    return _kept(render(request, "fairness/public.html", facts))


def about(found: Found) -> str | None:
    """About how many cases the headline rests on, in two digits."""
    of, result = found.of("public"), found.headline
    if of is None or result is None:
        return None
    cases = [each.n for each in of.results if each.outcome == result.outcome]
    if any(each is None for each in cases):
        return None
    return local(f"{rounded(float(sum(each or 0 for each in cases))):,.0f}")


@require_safe
def public_json(request: HttpRequest) -> HttpResponse:
    """The same for programs; anybody's page may ask for it."""
    body = json.dumps(as_json(_of_everybody(request)), indent=1, ensure_ascii=False, allow_nan=False)
    response = HttpResponse(body, content_type="application/json", headers={"Access-Control-Allow-Origin": "*"})
    return _kept(response)


def as_json(found: Found) -> dict[str, Any]:
    """schema; organisation; through, since: dates; sentence; verdict, of the headline; headline: outcome, unit, and
    its figures in two digits; contrasts: [{contrast, verdict}]; margins; history: [{on, not_ruled_out, margin,
    series}]. Times in hours of working time, rates as shares of 1; None where there is no figure."""
    result = found.headline
    told: dict[str, Any] = {
        "schema": SCHEMA,
        "organisation": settings.ORGANISATION,
        "through": None if found.night is None or found.night.through is None else found.night.through.isoformat(),
        "since": None if result is None else began_on(result.series).isoformat(),
        "sentence": sentence(found),
        "verdict": None if result is None else result.verdict,
        "headline": None,
        "contrasts": [{"contrast": of.contrast.name, "verdict": of.verdict.value} for of in found.contrasts],
        "margins": found.policy.margins,
        "history": [],
    }
    if result is None or result.n is None:
        return told
    same = group_of(result).same_need
    told["headline"] = {"outcome": result.outcome, "unit": Outcome(result.outcome).unit} | {
        name: None if same is None or result.verdict == Verdict.TOO_FEW else rounded(getattr(same, name))
        for name in ("difference", "low", "high", "margin", "not_ruled_out")
    }
    told["history"] = [
        {
            "on": one.on.isoformat(),
            "not_ruled_out": rounded(one.not_ruled_out),
            "margin": rounded(one.margin),
            "series": int(one.series),
        }
        for one in looks_of(result.contrast, result.outcome, result.group)
    ]
    return told


@require_safe
def badge(request: HttpRequest) -> HttpResponse:
    """A picture for any page: the finding in a few words, and whether it is proven."""
    found = _of_everybody(request)
    verdict = Verdict.TOO_FEW if found.headline is None else Verdict(found.headline.verdict)
    response = HttpResponse(
        charts.badge(short(verdict), verdict, word=chip_words(verdict)), content_type="image/svg+xml"
    )
    # Its own few styles stand inside it; nothing else may come in, and nothing may run.
    response._csp_exempt = True  # type: ignore[attr-defined]
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return _kept(response)
