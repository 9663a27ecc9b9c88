"""The open cases that a person owns."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from evenhand.care.models import Case
from evenhand.desk.frame import desk_page
from evenhand.desk.listing import listed
from evenhand.desk.staff import StaffRequest, for_staff

SHOWN = 100


@require_safe
@for_staff
def mine(request: StaffRequest) -> HttpResponse:
    """The longest open ones, as many as one can look over, the nearest promise first."""
    owned = Case.objects.visible_to(request.user).open().filter(owner=request.user)
    cases = list(owned.select_related("line__need", "line__place").order_by("opened_at", "pk")[: SHOWN + 1])
    rows = listed(cases[:SHOWN])
    rows.sort(key=lambda row: (row.promise is None, row.promise and row.promise.due_at, row.case.pk))
    return desk_page(request, "desk/mine.html", timezone.now(), here="mine", rows=rows, has_more=len(cases) > SHOWN)
