"""Lengths of time and margins, as people write them."""

from __future__ import annotations

import re

_UNITS = {
    "s": 1, "sec": 1, "secs": 1, "second": 1, "seconds": 1,
    "m": 60, "min": 60, "mins": 60, "minute": 60, "minutes": 60,
    "h": 3600, "hr": 3600, "hrs": 3600, "hour": 3600, "hours": 3600,
    "d": 86_400, "day": 86_400, "days": 86_400, "w": 604_800, "wk": 604_800, "week": 604_800, "weeks": 604_800,
}  # fmt: skip
_PART = re.compile(r"(\d+(?:[.,]\d+)?)\s*([a-z]+)\s*,?\s*", re.ASCII)
_ISO = re.compile(
    r"P(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?",
    re.ASCII,
)
_CLOCK = re.compile(r"(?:(\d+) days?,? )?(\d+):(\d{2})(?::(\d{2})(?:\.\d+)?)?", re.ASCII)


def seconds(text: str, *, day: float = 86_400.0) -> float | None:
    """A length of time in seconds: 4h, 3d, 1h30m, 90 min, P2D, PT4H, 02:30:00, 1 day 02:00:00; None where it is none.

    day: the seconds of a day, which are those of a working day with business hours; a week is then five of them.
    """
    wanted = text.strip()
    if found := _ISO.fullmatch(wanted.upper()):
        if not any(found.groups()):
            return None
        weeks, days, hours, minutes, secs = (float(part or 0) for part in found.groups())
        return weeks * _week(day) + days * day + hours * 3600 + minutes * 60 + secs
    if clock := _CLOCK.fullmatch(wanted):
        days, hours, minutes, secs = (float(part or 0) for part in clock.groups())
        return days * day + hours * 3600 + minutes * 60 + secs
    total, at = 0.0, 0
    low = wanted.casefold()
    while at < len(low):
        part = _PART.match(low, at)
        if part is None or part[2] not in _UNITS:
            return None
        unit = _UNITS[part[2]]
        each = day if unit == 86_400 else _week(day) if unit == 604_800 else unit
        total += float(part[1].replace(",", ".")) * each
        at = part.end()
    return total if low else None


def unit_of(name: str) -> float:
    """The seconds of the unit that a column's name ends in, or holds: "First reply time in minutes"; an hour else."""
    for word in reversed(re.split(r"[^a-z]+", name.casefold())):
        if word in _UNITS and len(word) > 1:
            return float(_UNITS[word])
    return 3600.0


def _week(day: float) -> float:
    return 7 * day if day == 86_400.0 else 5 * day
