"""Is it fair? One sentence for everyone in the organisation; the whole report for auditors."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from evenhand.fairness.pages.frame import fairness_page, for_staff
from evenhand.people.opening import StaffRequest


@require_safe
@for_staff
def report(request: StaffRequest) -> HttpResponse:
    return fairness_page(request, "fairness/report.html", timezone.now())
