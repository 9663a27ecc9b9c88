"""What happens by itself when a time has come: each function does one row, and may meet another worker there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from evenhand.care.cases import hands
from evenhand.care.cases.catalogue import Catalogue, catalogue
from evenhand.care.cases.models import (
    Case,
    Lease,
    Ownership,
    Raising,
)
from evenhand.care.ledger import writing as ledger
from evenhand.care.promises import keeping
from evenhand.care.promises.making import Teller
from evenhand.care.promises.models import Outcome, Promise
from evenhand.ui.languages import spoken_to

ForecastDue = Callable[[Case, datetime], datetime | None]
"""When a waiting case will be answered as things stand, or None where nobody can say."""


class Stuck(Exception):
    """What was to be done to one row failed. The row is named, so that a loop passes it over and does the others."""

    def __init__(self, row: int, kind: type[BaseException]) -> None:
        super().__init__(f"row {row}: {kind.__name__}")
        self.row = row


@contextmanager
def _on(row: int) -> Iterator[None]:
    """One transaction for one row."""
    try:
        with transaction.atomic():
            yield
    except Exception as error:
        raise Stuck(row, type(error)) from error


@dataclass(frozen=True)
class Moved:
    """What a loop did to one case, for the room above to tell the customer."""

    case: Case
    promise: Promise | None
    what: str


def break_one_overdue(now: datetime, without: Collection[int] = ()) -> Moved | None:
    """Judge one promise that has run out: broken, raised to a supervisor, and a next one made at once."""
    due = Promise.objects.due(now).exclude(pk__in=without)
    found = due.order_by("due_at", "pk").values_list("pk", "case_id").first()
    if found is None:
        return None
    with _on(found[0]):
        case = keeping.locked(found[1])
        promise = Promise.objects.select_related("case").get(pk=found[0])
        if not promise.is_running or promise.due_at > now:
            return Moved(case, None, "nothing")
        keeping.end(promise, Outcome.Kind.BROKEN, promise.due_at, now)
        if not case.is_open and promise.kind != Promise.Kind.SUPERVISOR:
            return Moved(case, None, "nothing")
        keeping.raise_to_supervisor(case, Raising.Why.MISSED, now)
        teller, book = Teller(catalogue(), now), catalogue()
        length = _after_a_miss(promise, book, case, now)
        following = keeping.make(case, teller.again(promise, case.line, length), promise)
        if promise.kind == Promise.Kind.RETURN:
            keeping.changed(case, first_unanswered_at=case.first_unanswered_at or promise.due_at, returns_at=None)
        else:
            keeping.changed(case)
        return Moved(case, following, "missed")


def _after_a_miss(promise: Promise, book: Catalogue, case: Case, now: datetime) -> timedelta:
    """A supervisor's two working hours after the first miss, then twice as long each time: honest, and no storm."""
    misses = Outcome.objects.filter(promise__case=case, promise__kind=promise.kind, kind=Outcome.Kind.BROKEN).count()
    two_hours = Teller(book, now).supervisor(case.line).standard
    doublings = min(max(misses - 1, 0), 5)
    return two_hours * (1 << doublings)


def end_one_lapsed_lease(now: datetime, without: Collection[int] = ()) -> Moved | None:
    """A lease ran out without an act: the case is in line again at its old place, and the next person is named."""
    lapsed = Lease.objects.filter(ended_at=None, ends_at__lte=now).exclude(pk__in=without)
    lease = lapsed.order_by("ends_at", "pk").first()
    if lease is None:
        return None
    with _on(lease.pk):
        case = keeping.locked(lease.case_id)
        lease.refresh_from_db()
        if lease.ended_at is not None:
            return Moved(case, None, "nothing")
        hands.end_lease(case, Lease.End.LAPSED, now)
        ledger.write(ledger.Act("lease lapsed", now, case.reference, facts={"person": lease.person_id}))
        before, owner = case.owner_id, hands.Rota(case.line.place, now, without=[lease.person_id]).next_owner()
        hands.make_owner(case, owner, Ownership.Why.LAPSED, now)
        keeping.changed(case)
        return Moved(case, None, "nothing" if owner == before else "new owner")


def come_back_to_one(now: datetime, without: Collection[int] = ()) -> Moved | None:
    """The day has come on which we said we come back by ourselves: the case is in line again."""
    found = Case.objects.filter(returns_at__lte=now).exclude(pk__in=without).order_by("returns_at", "pk").first()
    if found is None:
        return None
    with _on(found.pk):
        case = keeping.locked(found.pk)
        if case.returns_at is None or case.returns_at > now:
            return Moved(case, None, "nothing")
        keeping.changed(case, first_unanswered_at=case.returns_at, returns_at=None)
        ledger.write(ledger.Act("came back", now, case.reference))
        return Moved(case, None, "came back")


def look_at_one_promise(now: datetime, forecast_due: ForecastDue, without: Collection[int] = ()) -> Moved | None:
    """Three quarters of a promise have run: renew it if the forecast says that it will break.

    What somebody has in hand is looked at when they give it back. A promise that was moved twice is not moved again:
    a supervisor is told, and calls.
    """
    found = (
        Promise.objects.to_look_at()
        .filter(renew_at__lte=now)
        .exclude(pk__in=without)
        .order_by("renew_at", "pk")
        .values_list("pk", "case_id")
        .first()
    )
    if found is None:
        return None
    with _on(found[0]):
        case = keeping.locked(found[1])
        promise = Promise.objects.select_related("case").get(pk=found[0])
        if not promise.is_running or promise.is_looked_at:
            return Moved(case, None, "nothing")
        Promise.objects.filter(pk=promise.pk).update(is_looked_at=True)
        if promise.kind != Promise.Kind.ANSWER or promise.due_at <= now:
            return Moved(case, None, "nothing")
        expected = forecast_due(case, now)
        if expected is None or expected <= promise.due_at:
            return Moved(case, None, "nothing")
        if promise.place_in_row > keeping.MOST_RENEWALS:
            if keeping.running(case, Promise.Kind.SUPERVISOR) is not None:
                return Moved(case, None, "nothing")
            keeping.raise_to_supervisor(case, Raising.Why.RENEWED_TWICE, now)
            keeping.changed(case)
            return Moved(case, keeping.make(case, Teller(catalogue(), now).supervisor(case.line)), "raised")
        told = Teller(catalogue(), now).again(promise, case.line, timedelta(0), expected)
        with translation.override(spoken_to(case.language)):
            reason = _("More people than usual are waiting, and we would not have kept the time we told you.")
        return Moved(case, keeping.renew(case, promise, told, now, None, reason), "renewed")
