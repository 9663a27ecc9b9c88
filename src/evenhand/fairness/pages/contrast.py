"""One contrast: what was found, what drives it, and how sure we came to be of it, day by day."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from evenhand.fairness.live import reading
from evenhand.fairness.live.contrasts import BY_NAME, CONTRASTS, OUTCOMES, Contrast
from evenhand.fairness.live.models import Gap, Result, Series
from evenhand.fairness.live.words import sentence
from evenhand.fairness.pages import figures, telling
from evenhand.fairness.pages.found import HOW, Found, Of
from evenhand.fairness.pages.frame import fairness_page, for_auditors
from evenhand.fairness.parity import findings
from evenhand.fairness.parity.findings import Outcome
from evenhand.fairness.practice import recoding
from evenhand.fairness.practice.models import Round
from evenhand.fairness.report import charts, page, tables
from evenhand.fairness.report.markup import Markup
from evenhand.people.opening import StaffRequest
from evenhand.stats.cells import Verdict

SERIES_BACK = 8
"""Two years, where nothing but quarters ended a series."""
CHARTS = 4
SAID = 4
ROUNDS = 12


@dataclass(frozen=True)
class Drawn:
    """One group's history: the chart, and in words what was found last."""

    name: str
    chart: Markup
    said: str
    verdict: Verdict


@require_safe
@for_auditors
def contrast(request: StaffRequest, name: str) -> HttpResponse:
    which = BY_NAME.get(name)
    if which is None:
        raise Http404
    now, found = timezone.now(), Found.lately()
    of = found.of(name)
    if of is None:
        return fairness_page(
            request,
            "fairness/contrast.html",
            now,
            at="contrast",
            which=which,
            contrasts=CONTRASTS,
            found=found,
            of=None,
        )
    chosen = request.GET.get("outcome", "")
    compared = next((each for each in OUTCOMES if each.name == chosen), OUTCOMES[1])
    whole = replace(of.with_curves(), coding=coding_of(which, now, found.policy.least_shown))
    return fairness_page(
        request,
        "fairness/contrast.html",
        now,
        at="contrast",
        which=which,
        contrasts=CONTRASTS,
        found=found,
        of=of,
        chip=tables.chip(of.verdict),
        headline=telling.contrast_headline(of),
        said=sentences(of),
        chosen=compared,
        outcomes=OUTCOMES,
        histories=histories(of, compared.name),
        evidence=page.evidence(whole, HOW, level=2, key=f"c-{name}"),
        asked=[each for each in of.judged if each.outcome == "asked"],
        held_back=held_back(of),
        without=without(of),
        gaps=Gap.objects.filter(contrast=name).order_by("-since", "-pk")[:20],
        breaks=Series.objects.select_related("policy__by").order_by("-number")[:SERIES_BACK],
        method=telling.method(found.policy),
    )


def sentences(of: Of) -> list[tuple[Markup, str]]:
    """What is found of each group on the headlines and the wait, those found different first; what is missing where
    too few are, said once."""
    rank = {Verdict.UNEQUAL: 0, Verdict.NOT_PROVEN: 1, Verdict.EQUAL: 2, Verdict.TOO_FEW: 3}
    told = [each for each in of.judged if each.outcome != "asked"]
    told.sort(key=lambda each: (rank[Verdict(each.verdict)], -(each.n or 0), each.pk))
    few: set[str] = set()
    once: dict[str, Markup] = {}
    for each in told:
        if each.verdict == Verdict.TOO_FEW and each.group in few:
            continue
        if each.verdict == Verdict.TOO_FEW:
            few.add(each.group)
        once.setdefault(sentence(each), tables.chip(Verdict(each.verdict)))
    return [(chip, said) for said, chip in list(once.items())[:SAID]]


def held_back(of: Of) -> list[tuple[str, str]]:
    """(group, why) of those of whom no figure is shown, or too little is known."""
    told: dict[str, str] = {}
    for each in of.results:
        why = each.figures.get("too_few")
        if why and (each.n is None or each.verdict == Verdict.TOO_FEW):
            told.setdefault(of.contrast.label(each.group), str(why))
    return list(told.items())


def without(of: Of) -> int:
    """How many matured cases are in no group of this contrast."""
    known = [each.figures.get("all") or {} for each in of.results if each.is_reference and each.outcome == "in_time"]
    return max((int(one.get("without") or 0) for one in known), default=0)


def histories(of: Of, outcome: str) -> list[Drawn]:
    """The largest difference that could not be ruled out, day by day over all series, for the groups that matter."""
    drawn = []
    newest = {each.group: each for each in of.judged if each.outcome == outcome and each.n is not None}
    for group in [name for name in of.groups if name in newest][:CHARTS]:
        looks = looks_of(of.contrast.name, outcome, group)
        if not any(one.not_ruled_out is not None for one in looks):
            continue
        name = of.contrast.label(group)
        drawn.append(
            Drawn(
                name, history_chart(looks, newest[group], name), sentence(newest[group]), Verdict(newest[group].verdict)
            )
        )
    return drawn


def history_chart(looks: list[charts.Look], result: Result, name: str) -> Markup:
    told = Outcome.IN_TIME if result.outcome == "asked" else Outcome(result.outcome)
    return charts.both(
        lambda width, key: charts.history(
            looks,
            told,
            title=f"{name}: largest difference we cannot rule out",
            key=key,
            how=HOW,
            width=width,
        ),
        f"history-{result.contrast}-{result.group}",
    )


def looks_of(contrast: str, outcome: str, group: str) -> list[charts.Look]:
    """Every day of every series; each series by itself, as figures of two cannot be joined."""
    looks: list[charts.Look] = []
    for series in reversed(Series.objects.select_related("policy").order_by("-number")[:SERIES_BACK]):
        told = reading.history(series, contrast, outcome, group)
        if told is None or not told.margin or all(most is None for most in told.not_ruled_out):
            continue
        looks += [
            charts.Look(on, most, told.margin, str(series.number), why="new series")
            for on, most in zip(told.days, told.not_ruled_out, strict=True)
        ]
    return looks


def coding_of(which: Contrast, now: datetime, least: int) -> tuple[findings.Coding, ...]:
    """How the needs of each group agree with their blind re-coding, where it is known by this contrast."""
    if which.name not in ("public", "door"):
        return ()
    rounds = list(Round.objects.order_by("-number")[:ROUNDS])
    if not rounds:
        return ()
    found = recoding.result(now, *rounds)
    parts = found.by_publicity if which.name == "public" else found.by_door
    hidden = figures.hidden([each.n for each in parts.values()], least)
    told = []
    for (group, each), blank in zip(parts.items(), hidden, strict=True):
        if blank or each.agreement is None:
            continue
        kappa = each.agreement.kappa
        told.append(
            findings.Coding(
                which.label(group),
                each.n,
                each.agreement.agreed,
                kappa.value if kappa else None,
                kappa.low if kappa else None,
                kappa.high if kappa else None,
            )
        )
    return tuple(told)
