"""The days on which a place is shut, read from a calendar file (iCalendar, RFC 5545).

Whole days only, once or every year: what public bodies publish as holidays. Anything else is refused in words, because
a holiday that was misread moves every promise made across it.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta

REPEATS_THROUGH = 2060
"""The last year in which a yearly holiday is laid out."""

_LONGEST = 366
_MOST = 20_000
_DAY = timedelta(days=1)
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T000000Z?)?", re.ASCII)
_DAYS_LONG = re.compile(r"P(?:(\d{1,3})D|(\d{1,2})W)", re.ASCII)
_NTH_WEEKDAY = re.compile(r"([+-]?[1-5])(MO|TU|WE|TH|FR|SA|SU)", re.ASCII)

Event = dict[str, list[str]]


class HolidayFileError(ValueError):
    """A calendar file that cannot be read as holidays; says which event, and what to do."""


def holidays_from_ical(text: str, *, through: int = REPEATS_THROUGH) -> set[date]:
    """The dates of all whole-day events in `text`; yearly ones up to the end of the year `through`.

    Reads DTSTART, DTEND (the day after the last), DURATION in days, RRULE yearly (INTERVAL, COUNT, UNTIL, a month with
    a day of the month or with an n-th weekday), RDATE and EXDATE; leaves out what is cancelled. The 29th of February
    repeats in leap years alone.
    Raises HolidayFileError for no calendar, an event at an hour of the day, a rule it does not know, too many days.
    """
    found: set[date] = set()
    for event in _events(text):
        if event.get("STATUS") == ["CANCELLED"]:
            continue
        name = (event.get("SUMMARY") or ["an event without a name"])[0]
        try:
            for start in _starts(event, through):
                found.update(start + nth * _DAY for nth in range(_length(event)))
                if len(found) > _MOST:
                    raise ValueError(f"more than {_MOST:,} days in all are no holidays")
        except (ValueError, OverflowError) as error:
            raise HolidayFileError(f"“{name}”: {error}") from error
    return found


def _events(text: str) -> Iterator[Event]:
    """The properties of each VEVENT by name; parts inside an event, such as alarms, are passed over."""
    lines = [line for line in re.sub(r"\r?\n[ \t]", "", text.removeprefix("\ufeff")).splitlines() if line]
    if not lines or lines[0].strip().upper() != "BEGIN:VCALENDAR":
        raise HolidayFileError("This is no calendar file: it should begin with BEGIN:VCALENDAR.")
    inside: list[str] = []
    event: Event = {}
    for line in lines:
        head, _, value = line.partition(":")
        name = head.partition(";")[0].strip().upper()
        value = value.strip()
        if name == "BEGIN":
            inside.append(value.upper())
            if inside[-1] == "VEVENT":
                event = {}
        elif name == "END":
            if not inside or inside.pop() != value.upper():
                raise HolidayFileError(f"The calendar file is damaged: END:{value} ends nothing.")
            if value.upper() == "VEVENT":
                yield event
        elif inside and inside[-1] == "VEVENT":
            event.setdefault(name, []).append(value)
    if inside:
        raise HolidayFileError(f"The calendar file is cut off: {inside[-1]} has no end.")


def _starts(event: Event, through: int) -> set[date]:
    """The first day of each time that the event takes place."""
    first = _date(_only(event, "DTSTART"), "its start")
    starts = {first}
    for rule in event.get("RRULE", []):
        starts.update(_yearly(first, rule, through))
    starts.update(_dates(event, "RDATE"))
    return starts - _dates(event, "EXDATE")


def _dates(event: Event, name: str) -> set[date]:
    return {_date(part, name) for value in event.get(name, []) for part in value.split(",")}


def _length(event: Event) -> int:
    days = 1
    if "DTEND" in event:
        days = (_date(_only(event, "DTEND"), "its end") - _date(_only(event, "DTSTART"), "its start")).days or 1
    elif "DURATION" in event:
        match = _DAYS_LONG.fullmatch(_only(event, "DURATION"))
        if match is None:
            raise ValueError("its length is not in whole days")
        days = int(match[1] or 0) + 7 * int(match[2] or 0)
    if not 1 <= days <= _LONGEST:
        raise ValueError(f"it lasts {days} days; a holiday has 1 to {_LONGEST}")
    return days


def _only(event: Event, name: str) -> str:
    values = event.get(name, [])
    if len(values) != 1:
        raise ValueError(f"it should have one {name}, and has {len(values) or 'none'}")
    return values[0]


def _date(text: str, what: str) -> date:
    match = _DATE.fullmatch(text)
    if match is None:
        raise ValueError(f"{what} is {text[:40]!r}; only whole days can be holidays, like 20261225")
    return date(int(match[1]), int(match[2]), int(match[3]))


def _yearly(first: date, rule: str, through: int) -> Iterator[date]:
    parts = {}
    for part in rule.split(";"):
        name, _, value = part.partition("=")
        parts[name.strip().upper()] = value.strip().upper()
    unknown = parts.keys() - {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYMONTH", "BYMONTHDAY", "BYDAY", "WKST"}
    if parts.get("FREQ") != "YEARLY" or unknown:
        raise ValueError(f"the rule {rule[:80]!r} is not understood; list its days one by one")
    step = _whole(parts.get("INTERVAL", "1"), rule)
    left = _whole(parts["COUNT"], rule) if "COUNT" in parts else _MOST
    until = _date(re.sub(r"T\d{6}Z?$", "", parts["UNTIL"]), "UNTIL") if "UNTIL" in parts else date.max
    month = _whole(parts.get("BYMONTH", str(first.month)), rule, most=12)
    for year in range(first.year, through + 1, step):
        day = _day_of(year, month, first, parts, rule)
        if day is None or day < first:
            continue
        if day > until or not left:
            return
        left -= 1
        yield day


def _day_of(year: int, month: int, first: date, parts: dict[str, str], rule: str) -> date | None:
    """The day that the rule names in this year; None where the year has no such day."""
    longest = monthrange(year, month)[1]
    if "BYDAY" in parts:
        match = _NTH_WEEKDAY.fullmatch(parts["BYDAY"])
        if match is None or "BYMONTHDAY" in parts or "BYMONTH" not in parts:
            raise ValueError(f"the rule {rule[:80]!r} is not understood; list its days one by one")
        weekday = _WEEKDAYS.index(match[2])
        days = [day for day in range(1, longest + 1) if date(year, month, day).weekday() == weekday]
        nth = int(match[1])
        if abs(nth) > len(days):
            return None
        return date(year, month, days[nth - 1 if nth > 0 else nth])
    day = _whole(parts.get("BYMONTHDAY", str(first.day)), rule, most=31)
    return date(year, month, day) if day <= longest else None


def _whole(text: str, rule: str, *, most: int = 9_999) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= most):
        raise ValueError(f"the rule {rule[:80]!r} is not understood; list its days one by one")
    return int(text[:9])
