"""Does shouting pay? What a post buys, what silence costs, and what those who posted had tried before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_safe

from evenhand.care.cases.catalogue import catalogue
from evenhand.fairness.live.models import Policy
from evenhand.fairness.live.series import zone_of_the_house
from evenhand.fairness.pages.figures import hidden
from evenhand.fairness.pages.frame import fairness_page, for_auditors
from evenhand.fairness.parity.words import length
from evenhand.fairness.practice.afterwards import FOLLOWED, Afterwards, went_public_afterwards
from evenhand.fairness.practice.before import before_the_post, paths
from evenhand.fairness.practice.kept import FOUR_WEEKS
from evenhand.fairness.practice.squeaky import OfNeed, Wheel, wheel
from evenhand.people.opening import StaffRequest
from evenhand.stats.suppression import to_hide

SHOWN = 20
PAST = 3 * FOUR_WEEKS
"""How far back matters left past their time are looked for: so that most have been followed for four weeks."""


@dataclass(frozen=True)
class Part:
    """A count of people; None where it is too small to be shown, or would give a small one away."""

    name: str
    count: int | None


@dataclass(frozen=True)
class NeedRow:
    """One need of the test; held back where its cases, or those of them that were public, are too few."""

    found: OfNeed
    is_held_back: bool


@require_safe
@for_auditors
def shouting(request: StaffRequest) -> HttpResponse:
    now = timezone.now()
    least = Policy.objects.in_force().least_shown
    start, end = midnight(now) - FOUR_WEEKS, midnight(now)
    found = wheel(start, end, now)
    after = went_public_afterwards(end - PAST, end, now)
    earlier = moment_in(request.GET.get("before", ""))
    before = before_the_post(request.user, end - PAST, now)
    told = paths(request.user, end - PAST, now, before=earlier, at_most=SHOWN + 1)
    return fairness_page(
        request,
        "fairness/shouting.html",
        now,
        at="shouting",
        wheel=found,
        parts=parts_of(found, least),
        needs=needs_of(found, least),
        least=least,
        after=after,
        is_after_shown=is_shown(after, least),
        followed=FOLLOWED.days,
        before=before,
        tried_for="" if before.hours is None else length(before.hours),
        paths=told[:SHOWN],
        older=f"?before={told[SHOWN - 1].went_public_at.isoformat()}" if len(told) > SHOWN else "",
        newer="?" if earlier else "",
    )


def midnight(now: datetime) -> datetime:
    """The day's beginning at the house: a span that ends there is the same however often one looks."""
    here = now.astimezone(zone_of_the_house(catalogue()))
    return here.replace(hour=0, minute=0, second=0, microsecond=0)


def moment_in(text: str) -> datetime | None:
    """A time with its zone, as a page's own link tells it; None for anything else."""
    try:
        found = parse_datetime(text.replace(" ", "+"))
    except ValueError:
        return None
    return found if found is not None and timezone.is_aware(found) else None


def parts_of(found: Wheel, least: int) -> list[Part]:
    counts = [found.private, found.turned, found.began_public]
    names = ("never public while they waited", "went public while they waited", "came in public")
    return [
        Part(name, None if is_hidden else count)
        for name, count, is_hidden in zip(names, counts, hidden(counts, least), strict=True)
    ]


def needs_of(found: Wheel, least: int) -> list[NeedRow]:
    """Every need with a figure. A need whose answers were too few is held back, and the next smallest with it where
    what is left would give them away."""
    known = [one for one in found.by_need if one.matched.weight > 0]
    if not known:
        return []
    answers = [list(one.matched.observed) for one in known]
    blank = [bool(each.any()) for each in to_hide(answers, least)[: len(known), :2]]
    return [NeedRow(one, bool(each)) for one, each in zip(known, blank, strict=True)]


def is_shown(after: Afterwards, least: int) -> bool:
    """Whether both shares are of enough people, or of nobody."""
    return all(one.of == 0 or one.of >= least for one in (after.told, after.untold))
