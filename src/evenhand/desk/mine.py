"""The open cases that a person owns."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from evenhand.care.models import Case, Promise
from evenhand.desk.frame import desk_page
from evenhand.desk.listing import listed
from evenhand.desk.staff import StaffRequest, for_staff
from evenhand.people.models import Person

SHOWN = 100


def owned_by(person: Person) -> QuerySet[Case]:
    """The open cases of theirs, the nearest promise first."""
    nearest = Promise.objects.filter(case=OuterRef("pk"), is_running=True).order_by("due_at")
    return (
        Case.objects.visible_to(person)
        .open()
        .filter(owner=person)
        .annotate(nearest_due=Subquery(nearest.values("due_at")[:1]))
        .order_by(F("nearest_due").asc(nulls_last=True), "pk")
    )


@require_safe
@for_staff
def mine(request: StaffRequest) -> HttpResponse:
    now: datetime = timezone.now()
    cases = list(owned_by(request.user).select_related("line__need", "line__place")[: SHOWN + 1])
    return desk_page(
        request, "desk/mine.html", now, here="mine", rows=listed(cases[:SHOWN]), has_more=len(cases) > SHOWN
    )
