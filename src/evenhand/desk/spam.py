"""What is set aside as spam: a state that people can see, with a clock. Nothing is discarded."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from evenhand.care.cases.reference import written
from evenhand.care.models import Case, SpamMark
from evenhand.care.promises import keeping, staff
from evenhand.desk.frame import desk_page
from evenhand.desk.queue import first_words
from evenhand.desk.staff import StaffRequest, for_staff
from evenhand.people.models import Person

SHOWN = 100


def set_aside(person: Person) -> QuerySet[SpamMark]:
    """Marks that hold, of cases this person may read: those to be looked at again first, the earliest due first."""
    return (
        SpamMark.objects.filter(case__in=Case.objects.visible_to(person).filter(spam_at__isnull=False), lifted_at=None)
        .select_related("case__line__need", "case__line__place", "by", "confirmed_by")
        .order_by("confirmed_at", "look_again_by", "pk")
    )


@require_safe
@for_staff
def spam_list(request: StaffRequest) -> HttpResponse:
    now = timezone.now()
    unlooked = set_aside(request.user).filter(confirmed_at=None)[: SHOWN + 1]
    looked = set_aside(request.user).filter(confirmed_at__isnull=False).order_by("-confirmed_at")[:20]
    marks = [*unlooked, *looked]
    words = first_words([mark.case_id for mark in marks])
    return desk_page(
        request,
        "desk/spam.html",
        now,
        here="spam",
        marks=[(mark, words.get(mark.case_id, ""), mark.by_id == request.user.pk) for mark in marks],
    )


@require_POST
@for_staff
def confirmed(request: StaffRequest, reference: str) -> HttpResponse:
    """A second person agrees that it is spam."""
    case = _visible(request, reference)
    try:
        staff.is_spam(case.pk, by=request.user, now=timezone.now())
    except keeping.NotPossible as why:
        messages.warning(request, str(why))
    else:
        messages.success(request, f"{case.reference} is spam. It stays here to be read, and can still be taken out.")
    return redirect("desk:spam-list")


@require_POST
@for_staff
def lifted(request: StaffRequest, reference: str) -> HttpResponse:
    """It is no spam: back in line at the place it had."""
    case = _visible(request, reference)
    staff.not_spam(case.pk, by=request.user, now=timezone.now())
    messages.success(request, f"{case.reference} is back, at the place it had.")
    return redirect("desk:case", case.reference)


def _visible(request: StaffRequest, reference: str) -> Case:
    case = Case.objects.visible_to(request.user).filter(reference=written(reference)).first()
    if case is None:
        raise Http404
    return case
