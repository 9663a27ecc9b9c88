"""The time a customer is told: rounded up, on the clock of the place, to what one can keep in mind.

Danger to the minute; within four hours to the quarter; within a working day to the hour; else to half a day,
which ends at noon, at closing for the day, or at midnight where nobody closes. Never earlier than the
standard.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from evenhand.care.clock.working import WorkingTime, first_showing

_FOUR_HOURS = timedelta(hours=4)
_MINUTE = timedelta(minutes=1)


def told(
    standard_due: datetime,
    forecast_due: datetime | None,
    made_at: datetime,
    *,
    clock: WorkingTime,
    zone: str,
    is_danger: bool = False,
) -> datetime:
    """The instant (UTC) to promise: the later of both dues, rounded up on the wall clock of `zone`.

    standard_due, forecast_due, made_at: aware; no forecast is None. clock: the place's own hours, also for a
    need that runs at any hour: they say how long a working day is, and when it closes. A time that the wall
    shows twice, on the night on which the clocks go back, is put off to the end of that hour, so that nobody
    has to ask which was meant; danger is told to the minute all the same. Raises ValueError for a time
    without a zone.
    """
    made_at, due = _in_utc(made_at), _in_utc(standard_due)
    if forecast_due is not None:
        due = max(due, _in_utc(forecast_due))
    here = ZoneInfo(zone)
    if is_danger:
        return _up_to(due, 1, here)
    if due - made_at <= _FOUR_HOURS:
        return _shown_once(_up_to(due, 15, here), 15, here)
    if clock.between(made_at, due) <= clock.day_length:
        return _shown_once(_up_to(due, 60, here), 60, here)
    return _shown_once(_end_of_half_day(due, clock, here), 60, here)


def is_stretched(
    due_at: datetime,
    standard_due: datetime,
    made_at: datetime,
    *,
    clock: WorkingTime,
    zone: str,
    is_danger: bool = False,
) -> bool:
    """True where a promise is later than the standard alone, rounded, would have been: the forecast spoke."""
    floor = told(standard_due, None, made_at, clock=clock, zone=zone, is_danger=is_danger)
    return due_at > floor


def _up_to(at: datetime, step: int, zone: ZoneInfo) -> datetime:
    """The first instant from `at` on at which the wall shows a whole multiple of `step` minutes past the hour."""
    while True:
        wall = at.astimezone(zone)
        past = timedelta(minutes=wall.minute % step, seconds=wall.second, microseconds=wall.microsecond)
        if not past:
            return at
        at += step * _MINUTE - past  # once more where the clock changed by less than a step on the way


def _end_of_half_day(at: datetime, clock: WorkingTime, zone: ZoneInfo) -> datetime:
    """Noon, midnight or closing for the day, whichever comes first from `at` on."""
    today = at.astimezone(zone).date()
    noon_or_midnight = (
        mark
        for days, hour in ((0, 12), (1, 0), (1, 12))
        if (mark := first_showing(datetime.combine(today + timedelta(days=days), time(hour)), zone.key)) >= at
    )
    end = next(noon_or_midnight)
    for _, closing in clock.opened_between(at - _MINUTE, end):
        if closing >= at and _closes_for_the_day(closing, clock, zone):
            return closing
    return end


def _closes_for_the_day(closing: datetime, clock: WorkingTime, zone: ZoneInfo) -> bool:
    opens_again = clock.next_open(closing).astimezone(zone).date()
    return opens_again > (closing - _MINUTE).astimezone(zone).date()


def _shown_once(at: datetime, step: int, zone: ZoneInfo) -> datetime:
    """`at`, or the first further step that the wall does not show twice."""
    while _is_shown_twice(at, zone):
        at = _up_to(at + _MINUTE, step, zone)
    return at


def _is_shown_twice(at: datetime, zone: ZoneInfo) -> bool:
    wall = at.astimezone(zone)
    first, second = wall.replace(fold=0).utcoffset(), wall.replace(fold=1).utcoffset()
    return first is not None and second is not None and first > second


def _in_utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError(f"a time needs its zone, and {at!r} has none")
    return at.astimezone(UTC)
