"""Standards in words, for templates of the desk."""

from __future__ import annotations

from django import template

from evenhand.care.models import Need
from evenhand.ui import times

register = template.Library()


@register.filter
def answered_within(need: Need) -> str:
    """{{ need|answered_within }} is "4 working hours"."""
    return times.duration(need.answer_standard, "en", is_working=not need.runs_always)


@register.filter
def solved_within(need: Need) -> str:
    """{{ need|solved_within }}; a dash where there is nothing to solve."""
    if need.solve_standard is None:
        return "–"
    return times.duration(need.solve_standard, "en", is_working=not need.runs_always)
