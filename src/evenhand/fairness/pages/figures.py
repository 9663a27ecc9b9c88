"""Figures in words, as the audit's pages tell them."""

from __future__ import annotations

from datetime import timedelta
from math import isfinite

from evenhand.fairness.live.contrasts import BY_NAME
from evenhand.fairness.parity.words import length
from evenhand.fairness.practice.afterwards import Share
from evenhand.fairness.practice.kept import Kept
from evenhand.fairness.practice.recoding import Gap
from evenhand.fairness.practice.squeaky import Matched
from evenhand.stats.suppression import LEAST, to_hide

DASH = "—"


def door(name: str) -> str:
    """A door as it is called, where doors are what is compared."""
    return BY_NAME["door"].label(name) or "unknown"


def percent(share: float | None) -> str:
    """ "96 %", "99.7 %": with a digit more only where whole numbers would say all or none."""
    if share is None:
        return DASH
    hundred = 100 * share
    digits = 1 if round(hundred) in (0, 100) and 0 < hundred < 100 else 0
    return f"{hundred:.{digits}f}\N{NO-BREAK SPACE}%"


def between(interval: tuple[float, float] | None) -> str:
    """An interval of shares: "91–97 %"."""
    if interval is None:
        return ""
    low, high = (percent(each).removesuffix("\N{NO-BREAK SPACE}%") for each in interval)
    return f"{low}–{high}\N{NO-BREAK SPACE}%" if low != high else f"{high}\N{NO-BREAK SPACE}%"


def share(of: Share | Kept) -> str:
    """A share with its interval: "38 % (21–57 %)"."""
    return DASH if of.share is None else f"{percent(of.share)} ({between(of.interval)})"


def times(value: float | None) -> str:
    """A ratio: "×1.24"; "—" where there is none."""
    if value is None or not isfinite(value):
        return DASH
    return f"×{value:.2f}" if value < 10 else f"×{value:.0f}"


def ratio(one: Matched) -> str:
    """A rate ratio with its interval: "×1.24 (1.10–1.41)"."""
    if not isfinite(one.ratio):
        return DASH
    high = f"{one.high:.2f}" if isfinite(one.high) else "∞"
    return f"{times(one.ratio)} ({one.low:.2f}–{high})"


def points(gap: Gap) -> str:
    """A difference of two shares with its interval: "−2.1 points (−5.0 to +0.8)"."""
    if not isfinite(gap.theta):
        return DASH
    size, low, high = (f"{100 * each:+.1f}".replace("-", "−") for each in (gap.theta, gap.low, gap.high))
    return f"{size} points ({low} to {high})"


def working_hours(span: timedelta) -> str:
    """A wait in working time, in hours: a working day is as long as its place is open, and no two need be alike."""
    number, unit = length(span / timedelta(hours=1), has_days=False).split(" ")
    name = {"h": "working hour", "min": "working minute", "s": "second"}[unit]
    return f"{number} {name}" + ("" if number == "1" else "s")


def hidden(counts: list[int], least: int = LEAST) -> list[bool]:
    """Which parts of one whole, whose sum is shown, are not: no small one, and none that follows from the others."""
    return [bool(each) for each in to_hide(counts, least)[:-1]] if counts else []
