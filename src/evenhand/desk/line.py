"""The line, "Next", and being on duty."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from evenhand.care.cases.reference import written
from evenhand.care.models import Case
from evenhand.desk import queue
from evenhand.desk.case import ROWS_BESIDE, undelivered
from evenhand.desk.frame import desk_page
from evenhand.desk.load import load_of
from evenhand.desk.staff import StaffRequest, for_staff


@require_GET
@for_staff
def line(request: StaffRequest) -> HttpResponse:
    """Who waits, in order, and how things stand."""
    now = timezone.now()
    rows = queue.page(request.user, now)
    if request.headers.get("HX-Target") == "rows":
        chosen = written(request.GET.get("case", "")[:40])
        return desk_page(request, "desk/line.html#rows", now, rows=rows[:ROWS_BESIDE], chosen=chosen)
    is_part = request.headers.get("HX-Target") == "live"
    return desk_page(
        request,
        "desk/line.html#live" if is_part else "desk/line.html",
        now,
        here="line",
        is_part=is_part,
        rows=rows,
        load=load_of(request.user, now),
        undelivered=undelivered(),
    )


@require_POST
@for_staff
def next_in_line(request: StaffRequest) -> HttpResponse:
    """Take the head of the line; what one held without writing goes back to its place first."""
    lease = queue.take_next(request.user, timezone.now())
    if lease is None:
        messages.info(request, "Nobody is waiting.")
        return redirect("desk:line")
    return redirect("desk:case", lease.case.reference)


@require_POST
@for_staff
def duty(request: StaffRequest) -> HttpResponse:
    """Come on duty or leave it; said twice, it is the same."""
    now = timezone.now()
    if request.POST.get("on") == "yes":
        request.user.come_on_duty(now)
        messages.success(request, "You are on duty: new cases of your places may become yours.")
    else:
        request.user.go_off_duty(now)
        messages.success(request, "You are off duty. What you own stays yours until you hand it on.")
    return redirect("desk:line")


@require_GET
@for_staff
def find(request: StaffRequest) -> HttpResponse:
    """Go to a case by its reference, however it is written."""
    asked = request.GET.get("reference", "").strip()
    reference = written(asked[:40])
    if reference and Case.objects.visible_to(request.user).filter(reference=reference).exists():
        return redirect("desk:case", reference)
    messages.warning(request, f"You have no case “{asked[:40]}”. A reference looks like 4F7-K2Q.")
    return redirect("desk:line")
