"""Sent mail, in the demo alone: every letter that went out, as its customer would read it."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from evenhand.doors.models import SentMail
from evenhand.ui.languages import in_english

A_PAGE = 40


@require_safe
@in_english
def letters(request: HttpRequest) -> HttpResponse:
    if not settings.IS_DEMO:
        raise Http404
    after = request.GET.get("after", "")
    found = SentMail.objects.filter(pk__lt=int(after)) if after.isdigit() else SentMail.objects.all()
    page = list(found.order_by("-pk")[: A_PAGE + 1])
    facts = {"letters": page[:A_PAGE], "older": page[A_PAGE - 1].pk if len(page) > A_PAGE else None}
    return render(request, "post/letters.html", facts | {"now": timezone.now()})


@require_safe
@in_english
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    if not settings.IS_DEMO:
        raise Http404
    return render(request, "post/letter.html", {"letter": get_object_or_404(SentMail, pk=pk), "now": timezone.now()})
