"""What stands around every page of the desk: the way to the others, with how many wait on each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from evenhand.care.models import Case
from evenhand.desk import queue
from evenhand.desk.staff import StaffRequest
from evenhand.people.models import Person


@dataclass(frozen=True)
class Counts:
    """How many stand on each page, counted to a thousand, in words."""

    waiting: str
    mine: str
    raised: str


def counts_for(person: Person) -> Counts:
    raised = Case.objects.visible_to(person).filter(raised_at__isnull=False) if person.is_supervisor else None
    return Counts(
        waiting=queue.count_words(queue.count_waiting(person)),
        mine=queue.count_words(_to_a_thousand(Case.objects.open().filter(owner=person))),
        raised=queue.count_words(_to_a_thousand(raised)) if raised is not None else "",
    )


def _to_a_thousand(cases: Any) -> int:
    count: int = cases.order_by()[: queue.COUNTED_TO + 1].count()
    return count


def desk_page(
    request: StaffRequest, template: str, now: datetime, *, here: str = "", status: int = 200, **facts: Any
) -> HttpResponse:
    """A page of the desk, or a part of one, with what stands around it. here: which link of the frame it is."""
    frame = {
        "person": request.user,
        "now": now,
        "here": here,
        "counts": counts_for(request.user),
        "is_on_duty": request.user.is_on_duty(now),
    }
    return render(request, template, {**frame, **facts}, status=status)
