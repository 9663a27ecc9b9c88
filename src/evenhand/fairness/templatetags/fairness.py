"""Figures of the audit in words, for its templates."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString

from evenhand.fairness.live.contrasts import BY_NAME, OUTCOMES
from evenhand.fairness.live.models import Gap, Result
from evenhand.fairness.live.words import day, sentence
from evenhand.fairness.pages import figures
from evenhand.fairness.report import tables
from evenhand.stats.cells import Verdict

register = template.Library()

register.filter("door", figures.door)
register.filter("percent", figures.percent)
register.filter("share", figures.share)
register.filter("times", figures.times)
register.filter("ratio", figures.ratio)
register.filter("points", figures.points)


@register.filter
def chip(verdict: Verdict | str, said: str = "") -> SafeString:
    """A verdict as a word: {{ verdict|chip }}, or with words of its own."""
    return SafeString(tables.chip(Verdict(verdict), said or None))


@register.filter
def said(result: Result) -> str:
    """What was found of one group, in a sentence or two."""
    return sentence(result)


@register.filter
def gap_said(gap: Gap) -> str:
    """A gap from when it was proven until sameness was, and how it was closed."""
    contrast = BY_NAME.get(gap.contrast)
    group, other = (contrast.label(name) if contrast else name for name in (gap.group, gap.reference))
    outcome = next((one.title for one in OUTCOMES if one.name == gap.outcome), gap.outcome)
    told = f"{outcome}, {group} against {other}: different since {day(gap.since)}"
    if gap.until is None:
        return f"{told}, and not closed yet."
    return f"{told}, proven the same on {day(gap.until)}; {gap.get_levelled_display()}."
