"""A task: what somebody named is asked to see to, and what they did about it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from evenhand.fairness.live import tasks
from evenhand.fairness.live.contrasts import BY_NAME
from evenhand.fairness.live.models import Task
from evenhand.fairness.pages.frame import fairness_page, for_staff
from evenhand.people.models import Person
from evenhand.people.opening import StaffRequest


@require_safe
@for_staff
def task(request: StaffRequest, uid: UUID) -> HttpResponse:
    return _page(request, _seen_by(request.user, uid))


@require_POST
@for_staff
def closing(request: StaffRequest, uid: UUID) -> HttpResponse:
    """Say what was done about it. Its person closes it, or an administrator."""
    found = _seen_by(request.user, uid)
    if not _may_close(request.user, found):
        raise Http404
    words = request.POST.get("words", "")[:MOST_WORDS]
    try:
        tasks.close(found, by=request.user, words=words, now=timezone.now())
    except tasks.NotClosed as missing:
        return _page(request, found, status=422, wrong=str(missing), words=words)
    messages.success(request, "Closed. What you wrote stands beside it.")
    return redirect("fairness:report")


MOST_WORDS = 5_000


def _seen_by(person: Person, uid: UUID) -> Task:
    """The task of that number, for its person and for auditors. Foreign and unknown look the same."""
    found = Task.objects.select_related("to", "closed_by", "gap", "result__series").filter(uid=uid).first()
    if found is None or not (found.to_id == person.pk or person.may_audit):
        raise Http404
    return found


def _may_close(person: Person, found: Task) -> bool:
    return person.may_act and (found.to_id == person.pk or person.is_administrator)


def _page(request: StaffRequest, found: Task, *, status: int = 200, wrong: str = "", words: str = "") -> HttpResponse:
    return fairness_page(
        request,
        "fairness/task.html",
        timezone.now(),
        at="task",
        status=status,
        task=found,
        contrast=BY_NAME.get(found.contrast),
        may_close=found.is_open and _may_close(request.user, found),
        wrong=wrong,
        words=words,
    )
