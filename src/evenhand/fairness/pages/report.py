"""Is it fair? One sentence for everyone in the organisation; the whole report for auditors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from evenhand.fairness.live.contrasts import NOT_YET, OUTCOMES
from evenhand.fairness.live.models import Result, Task
from evenhand.fairness.live.night import ask_for_one
from evenhand.fairness.live.words import group_of
from evenhand.fairness.pages import figures, telling
from evenhand.fairness.pages.found import HOW, Found, Of, left_out
from evenhand.fairness.pages.frame import fairness_page, for_administrators, for_auditors, for_staff
from evenhand.fairness.pages.shouting import midnight
from evenhand.fairness.parity import words
from evenhand.fairness.parity.findings import Contrast, Outcome, OutcomeFinding, overall
from evenhand.fairness.practice.kept import FOUR_WEEKS, Kept, KeptPromises, kept_promises
from evenhand.fairness.report import charts, page, tables
from evenhand.fairness.report.markup import NOTHING, Markup, joined, tag
from evenhand.people.opening import StaffRequest
from evenhand.stats.cells import Verdict


@require_safe
@for_staff
def report(request: StaffRequest) -> HttpResponse:
    now, person = timezone.now(), request.user
    found = Found.lately()
    told: dict[str, Any] = {
        "at": "report",
        "found": found,
        "chip": tables.chip(telling.chip_verdict(found), telling.chip(found)),
        "headline": telling.headline(found),
        "lead": telling.lead(found),
        "rests_on": telling.rests_on(found),
        "gaps": telling.gap_sentences(found),
        "tasks": open_tasks(person.pk, has_all=person.may_audit),
    }
    if not person.may_audit:
        return fairness_page(request, "fairness/sentence.html", now, **told)
    start = midnight(now) - FOUR_WEEKS
    kept = kept_promises(start, midnight(now), now)
    series = found.contrasts[0].series if found.contrasts else None
    return fairness_page(
        request,
        "fairness/report.html",
        now,
        **told,
        cards=headline_cards(found),
        treated=treated(found),
        kept=kept,
        kept_by=kept_by(kept, found.policy.least_shown),
        worst_waited=None if kept.all.worst is None else figures.working_hours(kept.all.worst.waited),
        left_out=left_out(series) if series is not None else {},
        not_yet=NOT_YET,
        method=telling.method(found.policy),
    )


@require_safe
@for_auditors
def running(request: StaffRequest) -> HttpResponse:
    """When the audit last ran, and whether one is under way: what the report asks for anew while one is."""
    return fairness_page(
        request, "fairness/report.html#running", timezone.now(), found=Found.lately(), at="report", is_part=True
    )


@require_POST
@for_administrators
def audit_now(request: StaffRequest) -> HttpResponse:
    """Ask for an audit; the loop takes it up within seconds."""
    ask_for_one(by=request.user, now=timezone.now())
    messages.success(request, "Asked for. The results stand here as soon as they are there.")
    return redirect("fairness:report")


def open_tasks(person: int, *, has_all: bool) -> list[Task]:
    mine = Q() if has_all else Q(to=person)
    return list(Task.objects.open().filter(mine).select_related("to").order_by("kind", "opened_at", "pk")[:50])


# -- the evidence for the headline -----------------------------------------------------------------------------------


def headline_cards(found: Found) -> list[Markup]:
    """For the first answer, and as large for the solution: the differences by way in, beside who still waits."""
    public, door = found.of("public"), found.of("door")
    rows = []
    for outcome in (Outcome.WAIT, Outcome.SOLVED):
        drawn = [
            (of, of_outcome)
            for of in (public, door)
            if of is not None and (of_outcome := _finding(of.finding, outcome)) is not None
        ]
        if not drawn:
            continue
        cards = [_ways_card(drawn, outcome)]
        if public is not None:
            whole = public.with_curves()
            waiting = _finding(whole, outcome)
            if waiting is not None and waiting.curves:
                cards.append(page.waiting_card(whole, waiting, HOW, level=2, key=f"h-w-{outcome.value}"))
        rows.append(tag("div", *cards, class_="evidence two" if len(cards) > 1 else "evidence"))
    return rows


def _finding(contrast: Contrast, outcome: Outcome) -> OutcomeFinding | None:
    return next((one for one in contrast.outcomes if one.outcome is outcome), None)


def _ways_card(drawn: Sequence[tuple[Of, OutcomeFinding]], outcome: Outcome) -> Markup:
    """Public against private, then each door against the largest, on one card."""
    parts: list[object] = []
    for k, (of, finding) in enumerate(drawn):
        reference = of.contrast.label(of.results[0].reference)
        rows = charts.rows_of(finding, reference)
        parts += [
            tag("h3", of.contrast.title, class_="minor"),
            charts.both(partial(_forest, rows, outcome, reference), f"h-{outcome.value}-{k}"),
            tables.behind("The figures behind it", tables.groups(of.finding, finding, HOW)),
        ]
    title = words.outcome_title(outcome, HOW)
    return tag(
        "section",
        tag("h2", f"{title}, by way in"),
        tag(
            "p",
            "Difference for the same need on the same day. Wholly inside the band is the same.",
            class_="small quiet",
        ),
        *parts,
        class_="card pad",
    )


def _forest(rows: list[charts.Row], outcome: Outcome, reference: str, width: int, key: str) -> Markup:
    title = f"{words.outcome_title(outcome, HOW)}: differences from {words.plain(reference)}"
    return charts.forest(rows, outcome, title=title, key=key, how=HOW, width=width)


# -- who is treated differently --------------------------------------------------------------------------------------


def treated(found: Found) -> Markup:
    """Every group against the one it is compared with, on every outcome, with its finding."""
    columns = [
        tables.Column("Between", False),
        tables.Column("Cases"),
        *(tables.Column(_SHORT[compared.name]) for compared in OUTCOMES),
        tables.Column("Finding", False),
    ]
    rows = [_row(of, group) for of in found.contrasts for group in of.groups]
    return tables.table("Each group against the one it is compared with", columns, rows, is_heard=True)


_SHORT = {"in_time": "In time", "wait": "First answer", "asked": "Asked back", "solved": "Solved"}


def _row(of: Of, group: str) -> list[object]:
    by_outcome = {each.outcome: each for each in of.judged if each.group == group}
    first = next(iter(by_outcome.values()))
    name = words.plain(of.contrast.label(group))
    link = tag("a", f"{name[:1].upper()}{name[1:]}", href=reverse("fairness:contrast", args=[of.contrast.name]))
    between = tag("span", link, Markup(" and "), of.contrast.label(first.reference))
    cases = [each.n for each in by_outcome.values() if each.n]
    return [
        between,
        f"{max(cases):,}" if cases else tables.DASH,
        *(difference(by_outcome.get(compared.name)) for compared in OUTCOMES),
        finding(list(by_outcome.values())),
    ]


def difference(result: Result | None) -> str:
    """A signed difference for the same need: "+6 min"; a dash where there is none to show."""
    if result is None or result.verdict == Verdict.TOO_FEW:
        return tables.DASH
    same = group_of(result).same_need
    if same is None:
        return tables.DASH
    return words.signed(outcome_of(result), same.difference, words.between_of(same), HOW)


def outcome_of(result: Result) -> Outcome:
    """What it is told as: being asked back is a rate."""
    return Outcome.IN_TIME if result.outcome == "asked" else Outcome(result.outcome)


def finding(results: Sequence[Result]) -> Markup:
    """One chip for a row, the worst of all its outcomes; beside it in what, or what is missing."""
    worst = overall(tuple(Verdict(each.verdict) for each in results))
    if worst is Verdict.UNEQUAL:
        return _beside(worst, f"in {_named(results, worst)}")
    if worst is Verdict.NOT_PROVEN:
        open_, few = _named(results, worst), _named(results, Verdict.TOO_FEW)
        why = [*([f"in {open_}"] if open_ else []), *([f"too few for {few}"] if few else [])]
        return _beside(worst, "; ".join(why))
    if worst is Verdict.TOO_FEW:
        missing = next((few for each in results if (few := each.figures.get("too_few"))), None)
        return joined([tables.chip(worst), tag("span", missing, class_="tiny below") if missing else NOTHING])
    return tables.chip(worst)


def _beside(verdict: Verdict, said: str) -> Markup:
    """A chip and a few words, in one piece: where a row stands as a list, the two stay together."""
    return tag("span", joined([tables.chip(verdict), tag("span", said, class_="tiny")], " "))


def _named(results: Sequence[Result], verdict: Verdict) -> str:
    """The outcomes of that verdict, as they stand after "in"."""
    names = [_SHORT[each.outcome].lower().removeprefix("in ") for each in results if each.verdict == verdict]
    return words.listed(names) if names else ""


# -- kept promises ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class KeptRow:
    """Kept promises of one way in; None where that many are too few to be shown."""

    name: str
    kept: Kept | None


def kept_by(kept: KeptPromises, least: int) -> list[KeptRow]:
    """By publicity and by door, without small groups. Two ways to part one whole give more away than one: where a door
    is too small, no door is told."""
    sides = [KeptRow(name.capitalize(), one) for name, one in kept.by_publicity.items()]
    doors = [KeptRow(figures.door(name), one) for name, one in kept.by_door.items()]
    told = [sides] if any(figures.hidden([one.judged for one in kept.by_door.values()], least)) else [sides, doors]
    rows: list[KeptRow] = []
    for part in told:
        hidden = figures.hidden([row.kept.judged if row.kept else 0 for row in part], least)
        rows += [KeptRow(row.name, None) if blank else row for row, blank in zip(part, hidden, strict=True)]
    return rows if len(told) == 2 else [*rows, *([KeptRow("By door", None)] if doors else [])]
