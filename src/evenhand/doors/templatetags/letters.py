"""Words for letters: times at the customer's place, standards as they are published."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django import template
from django.utils import timezone
from django.utils.translation import get_language

from evenhand.care.models import Promise
from evenhand.ui import times

register = template.Library()


@register.filter
def by_when(at: datetime, zone: str) -> str:
    """{{ promise.due_at|by_when:place.zone }}: "Tuesday 14:30"."""
    return times.when(at, ZoneInfo(zone), timezone.now(), get_language() or "en")


@register.filter
def standard_words(promise: Promise) -> str:
    """The published standard behind a promise: "4 working hours"."""
    return times.duration(promise.published_standard(), get_language() or "en", is_working=promise.is_in_working_time)
