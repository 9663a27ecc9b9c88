"""Fields of slips, standards in words, and what the frame counts, for templates of the desk."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template
from django.template.context import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from evenhand.care.models import Need
from evenhand.desk.frame import Counts, counts_for
from evenhand.desk.slips import Slip
from evenhand.ui import times

register = template.Library()


@register.simple_tag
def words(slip: Slip, name: str, label: str, hint: str = "", rows: int = 2) -> SafeString:
    """A field for words: {% words acts.note "words" "Your note" "stays in" %}."""
    # The line break keeps a browser from swallowing one that was written first.
    box = format_html(
        '<textarea name="{}" rows="{}"{}>\n{}</textarea>', name, rows, _ids(slip, name), _said(slip, name)
    )
    return _field(slip, name, label, hint, box)


@register.simple_tag
def short_words(slip: Slip, name: str, label: str, hint: str = "") -> SafeString:
    box = format_html('<input type="text" name="{}" value="{}"{}>', name, _said(slip, name), _ids(slip, name))
    return _field(slip, name, label, hint, box)


@register.simple_tag
def moment(slip: Slip, name: str, label: str, hint: str = "") -> SafeString:
    """A field for a day and a time, as the clock at the place shows it."""
    box = format_html('<input type="datetime-local" name="{}" value="{}"{}>', name, _said(slip, name), _ids(slip, name))
    return _field(slip, name, label, hint, box)


@register.simple_tag
def choice(slip: Slip, name: str, label: str, options: Iterable[tuple[Any, str]], hint: str = "") -> SafeString:
    """One of some (value, words)."""
    chosen = str(_said(slip, name))
    said = format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        ((value, SafeString(" selected") if str(value) == chosen else "", words) for value, words in options),
    )
    return _field(slip, name, label, hint, format_html('<select name="{}"{}>{}</select>', name, _ids(slip, name), said))


def _said(slip: Slip, name: str) -> Any:
    return slip.said.get(name, "")


def _ids(slip: Slip, name: str) -> SafeString:
    if name not in slip.wrong:
        return format_html(' id="{}-{}"', slip.name, name)
    return format_html(' id="{0}-{1}" aria-invalid="true" aria-describedby="{0}-{1}_error"', slip.name, name)


def _field(slip: Slip, name: str, label: str, hint: str, box: SafeString) -> SafeString:
    wrong = slip.wrong.get(name, "")
    return format_html(
        '<div class="field{}"><label for="{}-{}">{}{}</label>{}{}</div>',
        " wrong" if wrong else "",
        slip.name,
        name,
        label,
        format_html(' <span class="hint">{}</span>', hint) if hint else "",
        box,
        wrong,
    )


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


@register.simple_tag(takes_context=True)
def frame_counts(context: Context) -> Counts:
    """How many stand on each page, also where another room's page stands in the desk's frame and counted nothing."""
    counted = context.get("counts")
    return counted if isinstance(counted, Counts) else counts_for(context["person"])
