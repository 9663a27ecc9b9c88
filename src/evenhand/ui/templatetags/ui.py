"""Components as template tags. Load with {% load ui %}; `/ui/` shows each of them.

Times are told to the second the page was made at: pass `now`, or put `now` into the context.
"""

from datetime import datetime, timedelta, tzinfo
from typing import Any

from django import template
from django.forms import BoundField
from django.template.context import Context
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from evenhand.ui import times

register = template.Library()


def _now(context: Context, now: datetime | None) -> datetime:
    given = now or context.get("now")
    return given if isinstance(given, datetime) else timezone.now()


def _language() -> str:
    return get_language() or "en"


@register.simple_tag(takes_context=True)
def due(context: Context, due_at: datetime, made_at: datetime | None = None, now: datetime | None = None) -> SafeString:
    """The chip of a running promise: {% due promise.due_at promise.made_at %}."""
    at = _now(context, now)
    soon = times.soon_for(made_at, due_at)
    return format_html(
        '<due-clock state="{}" soon="{}" now="{}"><time class="chip" datetime="{}">{}</time></due-clock>',
        times.state(due_at, at, soon),
        int(soon.total_seconds()),
        at.isoformat(),
        due_at.isoformat(),
        times.time_left(due_at, at, _language()),
    )


@register.simple_tag(takes_context=True)
def due_in(context: Context, due_at: datetime, now: datetime | None = None) -> SafeString:
    """The same in a sentence: "in 2 h 10 min", "12 min ago"."""
    at = _now(context, now)
    return format_html(
        '<due-clock state="{}" tells="until" now="{}"><time datetime="{}">{}</time></due-clock>',
        times.state(due_at, at),
        at.isoformat(),
        due_at.isoformat(),
        times.time_until(due_at, at, _language()),
    )


@register.simple_tag(takes_context=True)
def when(context: Context, at: datetime, zone: tzinfo | None = None, now: datetime | None = None) -> SafeString:
    """A time as people say it at the place: {% when promise.due_at place.zone %} is "Tuesday 14:30"."""
    here = zone or context.get("zone") or timezone.get_current_timezone()
    return format_html(
        '<time datetime="{}">{}</time>',
        at.astimezone(here).isoformat(),
        times.when(at, here, _now(context, now), _language()),
    )


@register.filter
def duration(span: timedelta, kind: str = "") -> str:
    """{{ need.solve_standard|duration }} is "3 days"; with :"working", "3 working days"."""
    return times.duration(span, _language(), is_working=kind == "working")


@register.filter
def initials(name: str) -> str:
    """The first letters of the first and the last name: "Maya Okafor" is "MO"."""
    parts = [part for part in name.replace("-", " ").split() if part[0].isalnum()]
    ends = parts if len(parts) < 2 else [parts[0], parts[-1]]
    return "".join(part[0] for part in ends).upper()


@register.simple_tag
def face(name: str, size: str = "") -> SafeString:
    """The owner's face: initials, hidden from listeners, because the name stands beside it."""
    return format_html('<span class="{}" aria-hidden="true">{}</span>', f"face {size}".strip(), initials(name))


@register.simple_tag
def bar(share: float, label: str, state: str = "") -> SafeString:
    """How much of a promised time has run. share: 0..1, more is full; label: what listeners hear."""
    percent = round(100 * min(max(share, 0.0), 1.0))
    return format_html(
        '<progress class="{}" max="100" value="{}" aria-label="{}">{} %</progress>',
        f"bar {state}".strip(),
        percent,
        label,
        percent,
    )


@register.simple_tag
def key_hint(keys: str) -> SafeString:
    """<kbd> for the eye; the browser is told by `data-key` on the control itself."""
    return format_html('<kbd aria-hidden="true">{}</kbd>', keys)


@register.inclusion_tag("ui/_field.html")
def field(bound: BoundField, hint: str = "") -> dict[str, Any]:
    """A form's field with its label, hint and mistakes: {% field form.words %}."""
    return {"field": bound, "hint": hint or bound.help_text}
