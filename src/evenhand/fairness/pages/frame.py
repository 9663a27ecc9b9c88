"""Who may open which of the audit's pages, and what stands around them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ParamSpec

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from evenhand.care.cases.catalogue import catalogue
from evenhand.fairness.live.series import zone_of_the_house
from evenhand.people.opening import Opened, Page, StaffRequest, opened_by

P = ParamSpec("P")


def for_staff(page: Page[P]) -> Opened[P]:
    """Everyone in the organisation: the finding in a sentence, one's own tasks, a word to code."""
    return opened_by(page, lambda person: True)


def for_auditors(page: Page[P]) -> Opened[P]:
    """Who reads the audit in detail: auditors, who change nothing, and administrators."""
    return opened_by(page, lambda person: person.may_audit)


def for_administrators(page: Page[P]) -> Opened[P]:
    return opened_by(page, lambda person: person.is_administrator)


def fairness_page(
    request: StaffRequest, template: str, now: datetime, *, status: int = 200, **facts: Any
) -> HttpResponse:
    """A page of the audit in the frame of the desk, its times by the clock of the house."""
    frame = {"person": request.user, "now": now, "here": "fairness", "is_on_duty": request.user.is_on_duty(now)}
    with timezone.override(zone_of_the_house(catalogue())):
        return render(request, template, {**frame, **facts}, status=status)
