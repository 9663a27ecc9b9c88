"""Working time: how much of a place's own hours lies between two instants, and when so much will have run.

A `WorkingTime` is a value: a zone, the hours of each weekday, the days on which the place is shut. It knows
no database, no case and no "now". All lengths are real elapsed time: an hour worked is an hour on a
stop-watch, on the days on which the clocks change too.

Two rules that could have gone otherwise:

* A wall time means the first instant at which the clock on the wall shows it or has passed it. An opening at
  02:30 on the night on which 02:00 becomes 03:00 is the moment of the change; one in an hour that comes twice
  is its first coming. So hours that touch on the wall touch in real time, and no minute counts twice or falls
  through.
* A working day is as long as the place's mean open weekday (weekly hours ÷ weekdays with hours). A standard
  in working days is then one length of working time, the same for every case: the share used grows evenly
  while the place works and two cases of one need never change places. With equal days it ends at the same
  time of day, N open days later.
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZERO = timedelta(0)

_DAY_MINUTES = 24 * 60
_WEEK_MINUTES = 7 * _DAY_MINUTES
_MICROSECONDS = 1_000_000
_FIRST_YEAR, _LAST_YEAR = 1900, 2500

Minutes = tuple[int, int]
"""Opening and closing in minutes after the midnight that begins the day; closing may lie past 24:00."""


class CalendarError(ValueError):
    """A calendar that cannot be used; `field` says which part of it."""

    def __init__(self, where: str, says: str) -> None:
        super().__init__(f"{where}: {says}")
        self.field = where


class NoWorkingHours(CalendarError):
    """A calendar on which nobody ever works, so that nothing could ever fall due."""

    def __init__(self) -> None:
        super().__init__("weekly", "no weekday has any hours, so nothing could ever fall due; give one")


class OutOfCalendarError(ValueError):
    """An instant before 1900 or after 2500, or so much working time that it would end there."""


@dataclass(frozen=True, init=False, repr=False)
class WorkingTime:
    """The hours in which one place works. Immutable, hashable; equal where zone, hours and holidays are.

    zone: IANA name. weekly: weekday (0 is Monday) → intervals of ("HH:MM" or `time`), any number a day;
    "24:00" may close one, and a closing at or before the opening lies on the next day (the interval belongs
    to the day on which it opens, so a holiday takes the whole of it). holidays: local dates on which nothing
    opens. Raises CalendarError naming the field, NoWorkingHours where no weekday has hours.
    """

    zone: str
    weekly: tuple[tuple[Minutes, ...], ...]
    holidays: frozenset[date]
    is_always: bool
    """True where it runs at any hour, so that working time and elapsed time are one."""
    day_length: timedelta
    """The length of one working day: the mean over the weekdays that have hours."""
    _table: _Table | None = field(compare=False)

    def __init__(
        self,
        zone: str,
        weekly: Mapping[int, Sequence[tuple[time | str, time | str]]],
        holidays: Iterable[date] = (),
    ) -> None:
        _check_zone(zone)
        hours = _read_weekly(weekly)
        shut = _read_holidays(holidays)
        minutes = sum(closes - opens for day in hours for opens, closes in day)
        put = object.__setattr__  # frozen: the one place that may set
        put(self, "zone", zone)
        put(self, "weekly", hours)
        put(self, "holidays", shut)
        put(self, "is_always", minutes == _WEEK_MINUTES and not shut)
        put(self, "day_length", timedelta(minutes=minutes) / sum(1 for day in hours if day))
        put(self, "_table", None)

    def between(self, a: datetime, b: datetime) -> timedelta:
        """The working time that runs from `a` to `b`, to the microsecond; none where b <= a.

        a, b: aware, in any zones. Raises ValueError for a time without a zone, OutOfCalendarError outside
        1900–2500.
        """
        start, end = _instant(a), _instant(b)
        if end <= start:
            return ZERO
        if self.is_always:
            return timedelta(microseconds=end - start)
        table = self._covering(start, end)
        return timedelta(microseconds=table.worked_before(end) - table.worked_before(start))

    def after(self, a: datetime, worked: timedelta) -> datetime:
        """The first instant (UTC) by which `worked` has run since `a`: `between(a, after(a, w)) == w`.

        What is used up exactly at closing ends at closing, not at the next opening. Nothing to work ends at
        `a`. Raises ValueError where `worked` is negative or `a` has no zone, OutOfCalendarError past the year
        2500.
        """
        if worked < ZERO:
            raise ValueError(f"working time cannot be run backwards: {worked}")
        start, length = _instant(a), _microseconds(worked)
        if self.is_always or not length:
            return _moment(start + length)
        reach = start + length  # no calendar runs faster than real time
        while True:
            table = self._covering(start, reach)
            if (found := table.when_worked(table.worked_before(start) + length)) is not None:
                return _moment(found)
            reach = table.until + (table.until - start)

    def before(self, a: datetime, worked: timedelta) -> datetime:
        """The last instant (UTC) from which `worked` runs until `a`: `between(before(a, w), a) == w`.

        A clock that had run so long when it stopped, and goes on now, started there. Nothing worked is `a`
        itself. Raises ValueError where `worked` is negative or `a` has no zone, OutOfCalendarError before the
        year 1900.
        """
        if worked < ZERO:
            raise ValueError(f"working time cannot be run backwards: {worked}")
        end, length = _instant(a), _microseconds(worked)
        if self.is_always or not length:
            return _moment(end - length)
        reach = end - length
        while True:
            table = self._covering(reach, end)
            if (target := table.worked_before(end) - length) >= 0:
                return _moment(table.last_worked(target))
            reach = table.since - (end - table.since)

    def working_days(self, days: float) -> timedelta:
        """A standard given in working days as the working time it stands for: `days` mean days."""
        return self.day_length * days

    def days_after(self, a: datetime, days: float) -> datetime:
        """The first instant (UTC) by which so many working days have run: `after(a, working_days(days))`."""
        return self.after(a, self.working_days(days))

    def is_open(self, at: datetime) -> bool:
        """True from the instant of opening up to, and without, that of closing."""
        instant = _instant(at)
        return self.is_always or self._covering(instant, instant).is_open(instant)

    def next_open(self, at: datetime) -> datetime:
        """`at` itself (in UTC) while open, else the next opening."""
        instant = _instant(at)
        if self.is_always:
            return _moment(instant)
        reach = instant
        while True:
            table = self._covering(instant, reach)
            if (found := table.next_open(instant)) is not None:
                return _moment(found)
            reach = table.until + (table.until - instant)

    def opened_between(self, a: datetime, b: datetime) -> list[tuple[datetime, datetime]]:
        """The open stretches between `a` and `b`, cut to them, in order, none empty."""
        start, end = _instant(a), _instant(b)
        if end <= start:
            return []
        if self.is_always:
            return [(_moment(start), _moment(end))]
        table = self._covering(start, end)
        first = bisect_right(table.closings, start)
        last = bisect_left(table.openings, end)
        return [
            (_moment(max(table.openings[i], start)), _moment(min(table.closings[i], end))) for i in range(first, last)
        ]

    def to_json(self) -> str:
        """This calendar as text, the same text for equal calendars; `from_json` reads it back."""
        weekly = {
            name: [[_clock_text(opens), _clock_text(closes, closing=True)] for opens, closes in day]
            for name, day in zip(WEEKDAYS, self.weekly, strict=True)
            if day
        }
        holidays = sorted(day.isoformat() for day in self.holidays)
        return json.dumps({"zone": self.zone, "weekly": weekly, "holidays": holidays})

    @staticmethod
    def from_json(text: str) -> WorkingTime:
        """The calendar written in `text`; the same text gives the same object, its sums already done.

        Form: {"zone": "Europe/Berlin", "weekly": {"monday": [["09:00", "17:00"]], …}, "holidays":
        ["2026-12-25"]}. Raises CalendarError naming the field that is missing, unknown or wrong.
        """
        return _from_json(text)

    def __repr__(self) -> str:
        return f"WorkingTime.from_json({self.to_json()!r})"

    def _covering(self, start: int, end: int) -> _Table:
        table = self._table
        if table is None or start < table.since or end >= table.until:
            table = self._grown(table, start, end)
        return table

    def _grown(self, table: _Table | None, start: int, end: int) -> _Table:
        """A table that reaches a year past both. Whoever is last to store one wins; all are right."""
        first, last = _year(start) - 1, _year(end) + 1
        if first < _FIRST_YEAR - 1 or last > _LAST_YEAR + 1:
            raise _beyond()
        if table is not None:
            first, last = min(first, table.first_year), max(last, table.last_year)
        first, last = max(first, _FIRST_YEAR), min(last, _LAST_YEAR)
        grown = _Table(self, first, last)
        if start < grown.since or end >= grown.until:
            raise _beyond()
        object.__setattr__(self, "_table", grown)
        return grown


class _Table:
    """The open stretches of some years as instants (whole microseconds since 1970), with running sums.

    openings, closings: ascending, never touching. worked: working time from `since` up to each closing.
    """

    __slots__ = ("closings", "first_year", "last_year", "openings", "since", "until", "worked")

    def __init__(self, calendar: WorkingTime, first_year: int, last_year: int) -> None:
        zone = ZoneInfo(calendar.zone)
        self.first_year, self.last_year = first_year, last_year
        self.since = _first_showing(date(first_year, 1, 1), 0, zone)
        self.until = _first_showing(date(last_year + 1, 1, 1), 0, zone)
        self.openings: list[int] = []
        self.closings: list[int] = []
        one = timedelta(days=1)
        day = date(first_year, 1, 1) - one  # the last hours of the year before may reach in
        while day.year <= last_year:
            if day not in calendar.holidays:
                for opens, closes in calendar.weekly[day.weekday()]:
                    self._add(_first_showing(day, opens, zone), _first_showing(day, closes, zone))
            day += one
        self.worked: list[int] = []
        total = 0
        for opening, closing in zip(self.openings, self.closings, strict=True):
            total += closing - opening
            self.worked.append(total)

    def _add(self, opening: int, closing: int) -> None:
        opening, closing = max(opening, self.since), min(closing, self.until)
        if opening >= closing:  # a stretch that the change of the clocks swallowed, or one outside
            return
        if self.closings and self.closings[-1] >= opening:
            self.closings[-1] = closing
        else:
            self.openings.append(opening)
            self.closings.append(closing)

    def worked_before(self, instant: int) -> int:
        i = bisect_right(self.openings, instant) - 1
        if i < 0:
            return 0
        left = self.closings[i] - instant
        return self.worked[i] - left if left > 0 else self.worked[i]

    def when_worked(self, worked: int) -> int | None:
        i = bisect_left(self.worked, worked)
        return self.closings[i] - (self.worked[i] - worked) if i < len(self.worked) else None

    def last_worked(self, worked: int) -> int:
        i = bisect_right(self.worked, worked)
        return self.closings[i] - (self.worked[i] - worked)

    def is_open(self, instant: int) -> bool:
        i = bisect_right(self.openings, instant) - 1
        return i >= 0 and instant < self.closings[i]

    def next_open(self, instant: int) -> int | None:
        i = bisect_right(self.closings, instant)
        return max(instant, self.openings[i]) if i < len(self.openings) else None


def _first_showing(day: date, minutes: int, zone: ZoneInfo) -> int:
    """When the clock in `zone` first shows so many minutes after the midnight of `day`, or more."""
    wall = datetime.combine(day, time(), zone) + timedelta(minutes=minutes)  # wall arithmetic: same tzinfo
    late, early = _instant(wall), _instant(wall.replace(fold=1))
    if early >= late:  # an ordinary time, or one that comes twice, whose first coming fold=0 is
        return late
    # The clock jumps over this time between the two readings; it has passed it at the jump, which we close in
    # on.
    passed = wall.replace(tzinfo=None)
    low, high = early // _MICROSECONDS, late // _MICROSECONDS
    while high - low > 1:
        middle = (low + high) // 2
        shown = (EPOCH + timedelta(seconds=middle)).astimezone(zone).replace(tzinfo=None)
        low, high = (low, middle) if shown >= passed else (middle, high)
    return high * _MICROSECONDS


def first_showing(wall: datetime, zone: str) -> datetime:
    """The first instant (UTC) at which the clock on the wall in `zone` shows `wall`, or has passed it.

    wall: without a zone, to the minute.
    """
    return _moment(_first_showing(wall.date(), wall.hour * 60 + wall.minute, ZoneInfo(zone)))


def _microseconds(length: timedelta) -> int:
    return (length.days * 86_400 + length.seconds) * _MICROSECONDS + length.microseconds


def _instant(at: datetime) -> int:
    """Microseconds since 1970; against EPOCH, in UTC, so that it is never wall arithmetic."""
    try:
        since = at - EPOCH
    except TypeError as error:
        raise ValueError(f"a time needs its zone, and {at!r} has none") from error
    return (since.days * 86_400 + since.seconds) * _MICROSECONDS + since.microseconds


def _moment(instant: int) -> datetime:
    try:
        return EPOCH + timedelta(microseconds=instant)
    except OverflowError as error:
        raise _beyond() from error


def _beyond() -> OutOfCalendarError:
    return OutOfCalendarError(f"working time is counted from {_FIRST_YEAR} to {_LAST_YEAR} only")


def _year(instant: int) -> int:
    """The year of an instant in UTC, or its neighbour: good enough to choose which years to lay out."""
    return 1970 + instant // (31_556_952 * _MICROSECONDS)


def _check_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError, TypeError, AttributeError) as error:
        raise CalendarError("zone", f"{name!r} is no zone that we know; write one like Europe/Berlin") from error


def _read_weekly(
    weekly: Mapping[int, Sequence[tuple[time | str, time | str]]],
) -> tuple[tuple[Minutes, ...], ...]:
    for day in weekly:
        if day not in range(7):
            raise CalendarError("weekly", f"{day!r} is no weekday; Monday is 0 and Sunday 6")
    found: list[tuple[int, int, str]] = []  # minutes after Monday's midnight, and where they were written
    for day in range(7):
        for nth, interval in enumerate(weekly.get(day, ())):
            where = f"weekly.{WEEKDAYS[day]}[{nth}]"
            if isinstance(interval, str) or len(interval) != 2:
                raise CalendarError(where, "hours are a pair, an opening and a closing")
            opens, closes = (_read_clock(part, where) for part in interval)
            if opens == _DAY_MINUTES:
                raise CalendarError(where, "24:00 can close hours but not open them; write 00:00 on the next day")
            if opens == closes:
                raise CalendarError(where, "it opens and closes at the same time; a whole day is 00:00 to 24:00")
            if closes < opens:
                closes += _DAY_MINUTES
            found.append((day * _DAY_MINUTES + opens, day * _DAY_MINUTES + closes, where))
    if not found:
        raise NoWorkingHours
    found.sort()
    again = (found[0][0] + _WEEK_MINUTES, 0, found[0][2])  # Sunday's night may reach into Monday
    for (_, closes, _), (opens, _, where) in zip(found, [*found[1:], again], strict=True):
        if opens < closes:
            raise CalendarError(where, "these hours overlap others")
    days: list[list[Minutes]] = [[] for _ in range(7)]
    for opens, closes, _ in found:
        day = opens // _DAY_MINUTES
        days[day].append((opens - day * _DAY_MINUTES, closes - day * _DAY_MINUTES))
    return tuple(tuple(day) for day in days)


def _read_clock(value: time | str, where: str) -> int:
    if isinstance(value, time):
        if value.tzinfo is not None or value.second or value.microsecond:
            raise CalendarError(where, f"{value} should be a plain time to the minute")
        return value.hour * 60 + value.minute
    hour, colon, minute = value.partition(":") if isinstance(value, str) else ("", "", "")
    if colon and all(part.isascii() and part.isdigit() and len(part) == 2 for part in (hour, minute)):
        minutes = int(hour) * 60 + int(minute)
        if int(minute) < 60 and minutes <= _DAY_MINUTES:
            return minutes
    raise CalendarError(where, f"{value!r} is no time of day; write one like 09:30, up to 24:00")


def _read_holidays(holidays: Iterable[date]) -> frozenset[date]:
    shut = frozenset(holidays)
    for day in shut:
        if isinstance(day, datetime) or not isinstance(day, date):
            raise CalendarError("holidays", f"{day!r} is no date")
    return shut


def _clock_text(minutes: int, *, closing: bool = False) -> str:
    if minutes > _DAY_MINUTES or (minutes == _DAY_MINUTES and not closing):
        minutes -= _DAY_MINUTES
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


@lru_cache(maxsize=512)
def _from_json(text: str) -> WorkingTime:
    try:
        written = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CalendarError("calendar", f"this is no JSON: {error}") from error
    if not isinstance(written, dict):
        raise CalendarError("calendar", "it should be an object with zone, weekly and holidays")
    for key in written:
        if key not in ("zone", "weekly", "holidays"):
            raise CalendarError(str(key), "a calendar has no such field")
    for key in ("zone", "weekly"):
        if key not in written:
            raise CalendarError(key, "this field is missing")
    return WorkingTime(
        written["zone"], _written_weekly(written["weekly"]), _written_holidays(written.get("holidays", []))
    )


def _written_weekly(written: Any) -> dict[int, list[tuple[str, str]]]:
    if not isinstance(written, dict):
        raise CalendarError("weekly", "it should be an object from weekday to hours")
    weekly = {}
    for name, hours in written.items():
        if name not in WEEKDAYS:
            raise CalendarError(f"weekly.{name}", "this is no weekday; write monday to sunday")
        if not isinstance(hours, list) or not all(isinstance(pair, list) for pair in hours):
            raise CalendarError(f"weekly.{name}", 'hours are a list of pairs like [["09:00", "17:00"]]')
        weekly[WEEKDAYS.index(name)] = hours
    return weekly


def _written_holidays(written: Any) -> list[date]:
    if not isinstance(written, list):
        raise CalendarError("holidays", 'it should be a list of dates like ["2026-12-25"]')
    days = []
    for nth, text in enumerate(written):
        try:
            days.append(date.fromisoformat(text))
        except (TypeError, ValueError) as error:
            raise CalendarError(f"holidays[{nth}]", f"{text!r} is no date; write one like 2026-12-25") from error
    return days


ALWAYS = WorkingTime("UTC", {day: [("00:00", "24:00")] for day in range(7)})
"""Runs at any hour: for danger, and for a customer's own deadline."""
