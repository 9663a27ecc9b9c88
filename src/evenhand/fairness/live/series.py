"""Series: a new one each quarter, and where a margin, a contrast or a standard is changed. A case belongs to one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Max

from evenhand.care.cases.catalogue import Catalogue, catalogue
from evenhand.care.ledger import writing as ledger
from evenhand.care.models import Case
from evenhand.fairness.live.contrasts import BY_NAME
from evenhand.fairness.live.models import Clock, Night, Policy, Series
from evenhand.fairness.live.standards import Standards, Yardstick
from evenhand.people.models import Person

MONTHS = 3
"""In a quarter."""


class NotSet(ValueError):
    """A policy that cannot be; nothing was changed. The message says what to do."""


def zone_of_the_house(book: Catalogue) -> ZoneInfo:
    """The zone whose days the audit counts in: the head office's, or the first place's."""
    return ZoneInfo(book.place_named(None).zone) if book.places else ZoneInfo("UTC")


def policy_in_force(now: datetime) -> Policy:
    """The newest policy as a row; the one as shipped is written down when it is first needed."""
    policy = Policy.objects.in_force()
    if policy._state.adding:
        policy, _ = Policy.objects.get_or_create(number=1, defaults={"made_at": now})
    return policy


@transaction.atomic
def set_policy(*, by: Person, reason: str, now: datetime, **changes: Any) -> Policy:
    """Set margins, contrasts, the least shown, the public page, or who gets tasks; signed, with a reason.

    Where a verdict hangs on what was changed, the running series ends now and a new one begins. Nothing changed is
    no new version. Raises NotSet.
    """
    ledger.wait_for_turn()
    before = policy_in_force(now)
    after = Policy(
        number=before.number + 1,
        made_at=now,
        by=by,
        reason=reason.strip(),
        **{name: getattr(before, name) for name in _SET},
    )
    for name, value in changes.items():
        if name not in _SET:
            raise NotSet(f"A policy has no “{name}”.")
        setattr(after, name, value)
    _check(after)
    changed = {name: _said(getattr(after, name)) for name in _SET if getattr(before, name) != getattr(after, name)}
    if not changed:
        return before
    after.save()
    ledger.write(
        ledger.Act(
            "audit set",
            now,
            by=f"person:{by.pk}",
            facts={"policy": after.number, "changed": changed, "breaks": before.measures != after.measures},
            words=[ledger.Kept("reason", "audit policy", str(after.number), after.reason)],
        )
    )
    lay_out(now)
    return after


_SET = (
    "rate_margin",
    "time_margin",
    "least_time_margin",
    "contrasts",
    "least_shown",
    "has_public_page",
    "tasks_to",
)


def _check(policy: Policy) -> None:
    if not policy.reason:
        raise NotSet("Say why it is changed: the reason stands beside the break in the chart.")
    if not (0 < policy.rate_margin < 1 and 0 < policy.time_margin < 1):
        raise NotSet("A margin lies between 0 and 1: .05 is five points, or 5 %.")
    if policy.least_time_margin < timedelta(0):
        raise NotSet("The least margin for times cannot be negative.")
    if policy.least_shown < 2:
        raise NotSet("At least two people: a figure about one shows that person.")
    unknown = [name for name in policy.contrasts if name not in BY_NAME]
    if unknown or not policy.contrasts:
        there = ", ".join(BY_NAME)
        raise NotSet(f"There is no contrast “{unknown[0]}”; there are {there}." if unknown else f"Choose of {there}.")
    if policy.tasks_to is not None and not policy.tasks_to.may_act:
        raise NotSet(f"{policy.tasks_to.name} cannot be given tasks: an auditor reads, and who has left is not here.")


def _said(value: object) -> object:
    if isinstance(value, Person):
        return value.pk
    return value.total_seconds() if isinstance(value, timedelta) else value


@transaction.atomic
def lay_out(now: datetime) -> list[Series]:
    """Every series up to now; those that changes and quarters make necessary are begun. Harmless to repeat.

    What was changed while nobody looked breaks the series when it was changed, not when it is noticed.
    """
    ledger.wait_for_turn()
    book, standards = catalogue(), Standards.known()
    zone = zone_of_the_house(book)
    policies = list(Policy.objects.order_by("number")) or [policy_in_force(now)]
    laid = list(Series.objects.select_related("policy").order_by("number"))
    if not laid:
        first = Case.objects.order_by("opened_at").values_list("opened_at", flat=True).first()
        began = quarter_of(min(first or now, now), zone)
        laid.append(_begin(began, "The first series.", 1, policies, standards, book, now))
    for at, why in _breaks(laid[-1].began_at, now, policies, standards, zone):
        running = laid[-1]
        running.ended_at, running.why_ended = at, why
        running.save(update_fields=["ended_at", "why_ended"])
        laid.append(_begin(at, why, running.number + 1, policies, standards, book, now, before=running))
    return laid


def _begin(
    at: datetime,
    why: str,
    number: int,
    policies: Sequence[Policy],
    standards: Standards,
    book: Catalogue,
    now: datetime,
    before: Series | None = None,
) -> Series:
    yard = Yardstick(book, standards)
    begun = Series.objects.create(
        number=number,
        policy=next((policy for policy in reversed(policies) if policy.made_at <= at), policies[0]),
        began_at=at,
        why=why,
        standards=standards.all_at(at),
        lengths={slug: [_longest(yard, slug, at, clock) for clock in Clock] for slug in sorted(standards.now)},
        needs=sorted(standards.now),
        references={} if before is None else before.references,
        reach_cuts=None if before is None else before.reach_cuts,
    )
    ledger.write(ledger.Act("audit series begun", now, facts={"series": number, "since": at.isoformat(), "why": why}))
    return begun


def _longest(yard: Yardstick, slug: str, at: datetime, clock: Clock) -> int | None:
    need = yard.book.needs[slug]
    lengths = [yard.length(need, place, at, clock) for place in yard.book.places.values()]
    known = [int(length.total_seconds()) for length in lengths if length is not None]
    return max(known, default=None)


def _breaks(
    after: datetime, until: datetime, policies: Sequence[Policy], standards: Standards, zone: ZoneInfo
) -> list[tuple[datetime, str]]:
    """When series break between two times, and why; what happens at one time breaks it once."""
    found = list(standards.changed(after, until))
    for before, policy in pairwise(policies):
        if after < policy.made_at <= until and before.measures != policy.measures:
            found.append((policy.made_at, f"Margins or contrasts were changed by {policy.by}: {policy.reason}"))
    quarter = next_quarter(after, zone)
    while quarter <= until:
        found.append((quarter, "A new quarter."))
        quarter = next_quarter(quarter, zone)
    told: dict[datetime, str] = {}
    for at, why in sorted(found):
        told[at] = f"{told[at]} {why}"[:300] if at in told else why[:300]
    return sorted(told.items())


def quarter_of(at: datetime, zone: ZoneInfo) -> datetime:
    """When the quarter of that time began."""
    day = at.astimezone(zone).date()
    return datetime.combine(date(day.year, (day.month - 1) // MONTHS * MONTHS + 1, 1), time(), zone)


def next_quarter(at: datetime, zone: ZoneInfo) -> datetime:
    """When the next quarter after that time begins."""
    begins = quarter_of(at, zone)
    months = begins.month - 1 + MONTHS
    return datetime.combine(date(begins.year + months // 12, months % 12 + 1, 1), time(), zone)


@dataclass(frozen=True)
class Belonging:
    """Which series a case belongs to: the one that ran when it came in; the running one where that is settled."""

    laid: Sequence[Series]

    def of(self, arrived_at: datetime) -> Series:
        index = max(bisect_right([series.began_at for series in self.laid], arrived_at) - 1, 0)
        found = self.laid[index]
        return found if found.settled_at is None else self.laid[-1]


def last_judged() -> date | None:
    """The last day of maturing that any night has judged: no case is added to it or to a day before."""
    through: date | None = Night.objects.filter(is_done=True).aggregate(last=Max("through"))["last"]
    return through
