"""What a result says to people, in the words that every audit of ours uses."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, timedelta
from typing import Any

from evenhand.care.cases.catalogue import catalogue
from evenhand.fairness.live.contrasts import BY_NAME
from evenhand.fairness.live.models import Result, Series
from evenhand.fairness.live.series import zone_of_the_house
from evenhand.fairness.parity import findings, words
from evenhand.fairness.parity.findings import Group, NeedFigure, Raw, SameNeed
from evenhand.stats.cells import Verdict

WORKING_HOURS = words.Manner(has_days=False, is_daily=True)
"""Waits are counted in working time, in which a day has not twenty-four hours, and looked at every day."""


def group_of(result: Result) -> Group:
    """A result's figures as an audit's group, with its own name; needs by theirs."""
    said: dict[str, Any] = {name: value for name, value in result.figures.items() if name in _OF_A_GROUP}
    if said.get("raw") is not None:
        said["raw"] = Raw(**said["raw"])
    if said.get("same_need") is not None:
        said["same_need"] = SameNeed(**said["same_need"])
    names = catalogue().needs
    said["drivers"] = tuple(
        NeedFigure(**{**each, "need": names[each["need"]].name if each["need"] in names else each["need"]})
        for each in said.get("drivers") or ()
    )
    said["verdict"] = Verdict(result.verdict) if result.verdict else None
    return Group(**{**said, "group": result.group, "n": result.n or 0, "open": result.open})


_OF_A_GROUP = {field.name for field in fields(Group)}


def sentence(result: Result) -> str:
    """What was found, in a sentence or two."""
    contrast = BY_NAME[result.contrast]
    group = replace(group_of(result), group=contrast.label(result.group))
    whole = findings.Contrast(contrast.title, contrast.label(result.reference), ())
    if result.outcome == "asked":
        return _asked(group, whole)
    outcome = findings.OutcomeFinding(findings.Outcome(result.outcome), (), 0, 0)
    said = words.sentence(whole, outcome, group, WORKING_HOURS)
    if group.verdict is Verdict.EQUAL and result.series_id is not None:
        return f"{said[:-1]}, looked at every day since {day(began_on(result.series))}."
    return said


def _asked(group: Group, contrast: findings.Contrast) -> str:
    """The rate of being asked something back has words of its own: it is neither a wait nor a remedy."""
    whom, other = words.who(contrast.by, group.group), words.who(contrast.by, contrast.reference)
    subject = whom[:1].upper() + whom[1:]
    same = group.same_need
    if group.verdict is None:
        return f"{subject} are what the others are compared with."
    if group.verdict is Verdict.TOO_FEW or same is None or same.difference is None or same.margin is None:
        return f"Too few to say of {whom}: {group.too_few or 'no figures could be had'}."
    if group.verdict is Verdict.EQUAL:
        return (
            f"{subject} are asked something back before they are answered as often as {other}: any difference is "
            f"below {words.points(same.margin)}."
        )
    way = words.way(findings.Outcome.IN_TIME, same.difference)
    if group.verdict is Verdict.UNEQUAL:
        size = words.points(same.difference)
        return f"{subject} are asked something back {size} {way} than {other}."
    most = words.points(same.not_ruled_out or 0.0)
    return f"No difference proven in who is asked something back, but up to {most} cannot be ruled out."


def what_it_takes(result: Result, ends: date) -> str:
    """What would settle a comparison that has proven nothing for weeks. ends: when its series ends."""
    same = group_of(result).same_need
    said = sentence(result)
    if same is None or same.weeks_more is None:
        return (
            f"{said} Wider margins, or contrasts with fewer groups, would settle it sooner; each is a new policy, and "
            "breaks the series."
        )
    if result.day + timedelta(weeks=same.weeks_more) > ends:
        return (
            f"{said} But this series ends on {day(ends)}, and the next begins anew: at this volume it takes a wider "
            "margin, or groups taken together."
        )
    return said


def began_on(series: Series) -> date:
    """The day on which a series began, by the calendar of the house: in the east, midnight is yesterday's in UTC."""
    return series.began_at.astimezone(zone_of_the_house(catalogue())).date()


def day(on: date) -> str:
    """ "3 May 2026"."""
    return f"{on.day} {on:%B %Y}"
