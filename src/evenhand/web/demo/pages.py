"""What the demo says of itself, and "let an hour pass". In demo mode alone, and on this machine alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from evenhand.care.models import Case, Outcome
from evenhand.fairness.live.models import Policy
from evenhand.people.models import Person
from evenhand.ui.languages import in_english
from evenhand.web.configuration import is_loopback
from evenhand.web.demo import clock, how_drawn, kept
from evenhand.web.demo.clock import real_now
from evenhand.web.demo.organisation import ZONE
from evenhand.web.demo.passing import let_pass
from evenhand.web.demo.visit import VISITORS

Page = Callable[[HttpRequest], HttpResponse]
AN_HOUR, A_DAY = timedelta(hours=1), timedelta(days=1)


def of_the_demo(page: Page) -> Page:
    """Elsewhere than in a demo on this machine, the page does not exist."""

    def opened(request: HttpRequest) -> HttpResponse:
        if not settings.IS_DEMO or not is_loopback(str(request.META.get("REMOTE_ADDR", ""))):
            raise Http404
        return page(request)

    return opened


@never_cache
@require_safe
@of_the_demo
@in_english
def about(request: HttpRequest) -> HttpResponse:
    """What is real here and what is drawn, where to look, and what to try."""
    demo, now = kept.demo_in(settings.DATA), timezone.now()
    names = dict(Person.objects.filter(email__in=[mail for _, mail in VISITORS]).values_list("role", "name"))
    ways_in = demo.ways_in if demo else {}
    outcomes = Outcome.objects.filter(promise__place_in_row=1, promise__kind="answer")
    facts = {
        "now": now,
        "zone": ZoneInfo(ZONE),
        "customer": ways_in.get("customer"),
        "staff": [(role, names.get(role, role), ways_in[role]) for role, _ in VISITORS if role in ways_in],
        "waiting_case": demo.waiting_case if demo else "",
        "waiting_until": demo.is_due_at() if demo else None,
        "cases": Case.objects.count(),
        "in_line": Case.objects.waiting().count(),
        "raised": Case.objects.filter(raised_at__isnull=False).count(),
        "kept": outcomes.filter(kind__in=[Outcome.Kind.KEPT, Outcome.Kind.ASKED]).count(),
        "broken": outcomes.filter(kind=Outcome.Kind.BROKEN).count(),
        "contrasts": how_drawn.contrasts(),
        "has_public_page": Policy.objects.in_force().has_public_page,
        "is_behind": real_now() - now > A_DAY,
    }
    return render(request, "demo/about.html", facts)


@never_cache
@require_POST
@of_the_demo
def hour(request: HttpRequest) -> HttpResponse:
    """Let an hour pass: promises run out, leases lapse, letters go."""
    now = let_pass(AN_HOUR, clock.of(settings.DATA), settings.DATA)
    shown = now.astimezone(ZoneInfo(ZONE))
    messages.success(request, f"An hour has passed: it is {shown:%H:%M} in Oakland now.")
    return redirect("demo:about")
