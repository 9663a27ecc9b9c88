"""Are promises kept? Four weeks at a time: the share, the longest wait and the overtaken, never one alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from evenhand.care.models import Promise
from evenhand.fairness.live.models import Policy
from evenhand.fairness.pages.figures import working_hours
from evenhand.fairness.pages.frame import fairness_page, for_auditors
from evenhand.fairness.practice.kept import KeptPromises, by_four_weeks
from evenhand.people.opening import StaffRequest


@dataclass(frozen=True)
class Block:
    """Four weeks. is_held_back: of so few people that a figure would tell of each. waited: of the worst, in words."""

    told: KeptPromises
    is_running: bool
    is_held_back: bool
    waited: str


@require_safe
@for_auditors
def kept(request: StaffRequest) -> HttpResponse:
    now = timezone.now()
    least = Policy.objects.in_force().least_shown
    answers, solutions = (blocks(now, kind, least) for kind in (Promise.Kind.ANSWER, Promise.Kind.SOLUTION))
    over = [each for each in answers if each.told.all.judged and not each.is_running and not each.is_held_back]
    return fairness_page(
        request,
        "fairness/kept.html",
        now,
        at="kept",
        last=over[0] if over else None,
        kinds=[("First answers", answers, True), ("Solutions", solutions, False)],
        least=least,
    )


def blocks(now: datetime, kind: Promise.Kind, least: int) -> list[Block]:
    """The last year, the running four weeks first; none from before the first promise."""
    told = list(by_four_weeks(now, kind=kind))
    first = next((nth for nth, one in enumerate(told) if one.all.judged), len(told))
    return [
        Block(
            one,
            is_running=nth == len(told) - 1,
            is_held_back=0 < one.all.judged < least,
            waited="" if one.all.worst is None else working_hours(one.all.worst.waited),
        )
        for nth, one in reversed(list(enumerate(told)))
        if nth >= first
    ]
