"""Raised cases: what a supervisor has to see to, why and since when."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from evenhand.care.cases.reference import written
from evenhand.care.models import Case, Promise, Raising
from evenhand.care.promises import keeping
from evenhand.desk.frame import desk_page
from evenhand.desk.listing import Row, listed
from evenhand.desk.staff import StaffRequest, for_supervisors

SHOWN = 100


@dataclass(frozen=True)
class Raised:
    """A case with every reason for which it stands before a supervisor."""

    row: Row
    raisings: list[Raising]

    @property
    def is_called_for(self) -> bool:
        """A supervisor's answer is promised: only that answer settles it."""
        return self.row.promise is not None and self.row.promise.kind == Promise.Kind.SUPERVISOR


@require_safe
@for_supervisors
def raised(request: StaffRequest) -> HttpResponse:
    now = timezone.now()
    cases = list(
        Case.objects.visible_to(request.user)
        .filter(raised_at__isnull=False)
        .select_related("line__need", "line__place", "owner")
        .order_by("raised_at", "pk")[: SHOWN + 1]
    )
    raisings = defaultdict(list)
    for raising in Raising.objects.filter(case__in=cases, settled_at=None).select_related("to", "by"):
        raisings[raising.case_id].append(raising)
    rows = listed(cases[:SHOWN], Promise.Kind.SUPERVISOR)
    return desk_page(
        request,
        "desk/supervisor.html",
        now,
        here="supervisor",
        raised=[Raised(row, raisings[row.case.pk]) for row in rows],
        has_more=len(cases) > SHOWN,
    )


@require_POST
@for_supervisors
def seen_to(request: StaffRequest, reference: str) -> HttpResponse:
    """A supervisor has seen to it. Where the customer was promised their answer, only that answer settles it."""
    now = timezone.now()
    with transaction.atomic():
        found = Case.objects.visible_to(request.user).filter(reference=written(reference)).first()
        if found is None:
            raise Http404
        case = keeping.locked(found.pk)
        if keeping.running(case, Promise.Kind.SUPERVISOR) is not None:
            messages.warning(request, "The customer was promised a supervisor's answer. Write it: that settles it.")
            return redirect("desk:case", case.reference)
        settled = keeping.settle_raisings(case, request.user, now)
    messages.success(request, f"{case.reference} is seen to." if settled else f"{case.reference} was seen to already.")
    return redirect("desk:supervisor")
