"""Lakeside Bank, which does not exist: its places, its hours, its holidays and who sits at the desk when.

Plain data. Hours and turns are local to the place's zone; weekday 0 is Monday. A turn is time at the desk,
not a working day: people of a branch answer for some hours a week and serve at the counter the rest.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

NAME = "Lakeside Bank"
ZONE = "America/Los_Angeles"
Role = Literal["agent", "supervisor", "administrator"]

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = range(7)
MIDNIGHT = time(0, 0)  # as an end, the end of that day


@dataclass(frozen=True, slots=True)
class Hours:
    """One interval of a week; an end of 00:00 is the end of that day."""

    weekday: int
    begins: time
    ends: time

    @property
    def length(self) -> timedelta:
        minutes = (self.ends.hour * 60 + self.ends.minute) or 24 * 60
        return timedelta(minutes=minutes - self.begins.hour * 60 - self.begins.minute)


@dataclass(frozen=True, slots=True)
class Place:
    """Where customers are served. share: its part of all contacts."""

    slug: str
    name: str
    zone: str
    hours: tuple[Hours, ...]
    share: float
    is_head_office: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who answers. places: whose lines they take from. pace: 1 is usual, .8 takes a quarter longer."""

    name: str
    mail: str
    role: Role
    places: tuple[str, ...]
    turns: tuple[Hours, ...]
    languages: tuple[str, ...] = ("en",)
    pace: float = 1.0


@dataclass(frozen=True, slots=True)
class Absence:
    """A week, counted from the first of the eight, in which a member is not at the desk."""

    mail: str
    week: int


def _week(begins: int, ends: int, *weekdays: int) -> tuple[Hours, ...]:
    return tuple(Hours(day, time(begins), time(ends % 24)) for day in weekdays)


WORKDAYS = (MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY)
BRANCH_HOURS = _week(9, 18, *WORKDAYS)
HEAD_OFFICE_HOURS = _week(8, 19, *WORKDAYS) + _week(9, 14, SATURDAY)

OAKLAND, FREMONT, BERKELEY, LAKESIDE = "oakland", "fremont", "berkeley", "lakeside"
PLACES = (
    Place(OAKLAND, "Oakland", ZONE, BRANCH_HOURS, share=0.28),
    Place(FREMONT, "Fremont", ZONE, BRANCH_HOURS, share=0.22),
    Place(BERKELEY, "Berkeley", ZONE, BRANCH_HOURS, share=0.18),
    Place(LAKESIDE, "Lakeside head office", ZONE, HEAD_OFFICE_HOURS, share=0.32, is_head_office=True),
)
EVERYWHERE = (OAKLAND, FREMONT, BERKELEY, LAKESIDE)


def _nth(year: int, month: int, weekday: int, n: int) -> date:
    """The n-th such weekday of a month; n = -1 is the last."""
    if n > 0:
        first = date(year, month, 1)
        return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1))
    last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    return last - timedelta(days=(last.weekday() - weekday) % 7)


def holidays(year: int) -> tuple[tuple[date, str], ...]:
    """The days of a year on which the bank is closed. A fixed day that falls on Sunday is kept on Monday."""

    def kept(day: date) -> date:
        return day + timedelta(days=1) if day.weekday() == SUNDAY else day

    return (
        (kept(date(year, 1, 1)), "New Year's Day"),
        (_nth(year, 1, MONDAY, 3), "Martin Luther King Jr. Day"),
        (_nth(year, 2, MONDAY, 3), "Presidents' Day"),
        (_nth(year, 5, MONDAY, -1), "Memorial Day"),
        (kept(date(year, 6, 19)), "Juneteenth"),
        (kept(date(year, 7, 4)), "Independence Day"),
        (_nth(year, 9, MONDAY, 1), "Labor Day"),
        (_nth(year, 10, MONDAY, 2), "Columbus Day"),
        (kept(date(year, 11, 11)), "Veterans Day"),
        (_nth(year, 11, THURSDAY, 4), "Thanksgiving Day"),
        (kept(date(year, 12, 25)), "Christmas Day"),
    )


def _member(
    name: str,
    places: tuple[str, ...],
    *turns: tuple[Hours, ...],
    role: Role = "agent",
    languages: tuple[str, ...] = ("en",),
    pace: float = 1.0,
) -> Member:
    plain = name.lower().replace(". ", ".").replace(" ", ".").replace("'", "")
    plain = plain.translate(str.maketrans("áéíóúñüç", "aeiounuc"))
    return Member(name, f"{plain}@lakeside.example", role, places, sum(turns, ()), languages, pace)


_EN_ES = ("en", "es")
STAFF = (
    # Oakland
    _member("Maya Okafor", (OAKLAND,), _week(9, 12, *WORKDAYS)),
    _member("Denise Carter", (OAKLAND,), _week(12, 15, *WORKDAYS)),
    _member("Luis Herrera", (OAKLAND,), _week(15, 18, *WORKDAYS), languages=_EN_ES),
    _member("Ngozi Eze", (OAKLAND, BERKELEY), _week(9, 12, MONDAY, TUESDAY), pace=0.9),
    # Fremont
    _member("Priya Raman", (FREMONT,), _week(9, 12, *WORKDAYS)),
    _member("Carmen Reyes", (FREMONT,), _week(12, 15, *WORKDAYS), languages=_EN_ES),
    _member("Wei Zhang", (FREMONT,), _week(15, 18, *WORKDAYS)),
    _member("Farid Azizi", (FREMONT, OAKLAND), _week(13, 16, MONDAY), pace=0.9),
    # Berkeley
    _member("Hannah Lindqvist", (BERKELEY,), _week(9, 13, *WORKDAYS)),
    _member("Minh Tran", (BERKELEY,), _week(13, 18, *WORKDAYS)),
    # head office, which helps everywhere
    _member("J. Ames", EVERYWHERE, _week(9, 13, *WORKDAYS), pace=1.1),
    _member("Rosa Delgado", EVERYWHERE, _week(13, 17, *WORKDAYS), languages=_EN_ES),
    _member("Tomasz Nowak", EVERYWHERE, _week(8, 12, MONDAY, TUESDAY), _week(9, 17, SATURDAY)),
    _member("Aisha Mohamud", EVERYWHERE, _week(9, 17, SUNDAY), _week(15, 19, MONDAY, FRIDAY)),
    _member("Daniel Kim", EVERYWHERE, _week(17, 0, MONDAY, TUESDAY, WEDNESDAY, THURSDAY)),
    _member("Leilani Kealoha", EVERYWHERE, _week(17, 0, FRIDAY, SATURDAY, SUNDAY), languages=_EN_ES),
    # the night desk: whoever has a deadline or is in danger does not wait for the morning
    _member("Samuel Adeyemi", EVERYWHERE, _week(0, 9, MONDAY, TUESDAY, WEDNESDAY, THURSDAY)),
    _member("Irene Papadakis", EVERYWHERE, _week(0, 9, FRIDAY, SATURDAY, SUNDAY), languages=_EN_ES),
    _member("George Whitfield", (LAKESIDE,), _week(10, 12, TUESDAY, THURSDAY), pace=0.8),
    _member("Yuki Tanaka", (LAKESIDE, FREMONT), _week(14, 16, MONDAY, WEDNESDAY)),
    # supervisors answer calls for a supervisor and take what was missed; they are on call outside these hours
    _member("Ruth Bergman", EVERYWHERE, _week(8, 16, *WORKDAYS), role="supervisor"),
    _member(
        "Antonio Vargas",
        EVERYWHERE,
        _week(12, 20, *WORKDAYS),
        role="supervisor",
        languages=_EN_ES,
    ),
    _member(
        "Grace Oyelaran",
        EVERYWHERE,
        _week(9, 17, SATURDAY, SUNDAY),
        _week(9, 12, MONDAY),
        role="supervisor",
    ),
    _member("Robin Castellano", (LAKESIDE,), role="administrator"),
)

WEEKS = 8
BUSY_WEEK = 5  # the first being 1
ABSENCES = (
    Absence("rosa.delgado@lakeside.example", BUSY_WEEK),
    Absence("minh.tran@lakeside.example", BUSY_WEEK),
    Absence("maya.okafor@lakeside.example", BUSY_WEEK),
)


@dataclass(frozen=True, slots=True)
class OnDuty:
    """A turn as it falls in the calendar; both times UTC."""

    member: Member
    begins_at: datetime
    ends_at: datetime


def week_of(at: datetime, now: datetime) -> int:
    """Which of the eight weeks before `now` a time lies in, 1 to 8; what lies outside counts to the nearest."""
    return max(1, min(WEEKS, WEEKS - math.floor((now - at) / timedelta(weeks=1))))


def turns_of_duty(now: datetime, ahead: timedelta = timedelta(days=14)) -> list[OnDuty]:
    """Every turn from eight weeks before `now` until `ahead` after it, in order of its beginning.

    now: aware. Absences are taken out, and on holidays the turns of those who work for a branch alone.
    """
    zone = ZoneInfo(ZONE)
    begins, ends = now - timedelta(weeks=WEEKS), now + ahead
    away = {(absence.mail, absence.week) for absence in ABSENCES}
    first, last = begins.astimezone(zone).date(), ends.astimezone(zone).date()
    closed = {day for year in range(first.year, last.year + 1) for day, _ in holidays(year)}
    found = []
    for days in range(-1, (last - first).days + 1):
        day = first + timedelta(days=days)
        for member in STAFF:
            if day in closed and member.places != EVERYWHERE:
                continue
            for turn in member.turns:
                if turn.weekday != day.weekday():
                    continue
                from_at = datetime.combine(day, turn.begins, zone).astimezone(UTC)
                end_day = day + timedelta(days=turn.ends == MIDNIGHT)
                to_at = datetime.combine(end_day, turn.ends, zone).astimezone(UTC)
                is_past = from_at <= now
                if is_past and (member.mail, week_of(from_at, now)) in away:
                    continue
                if to_at > begins and from_at < ends:
                    found.append(OnDuty(member, from_at, to_at))
    return sorted(found, key=lambda duty: (duty.begins_at, duty.member.mail))


@dataclass(frozen=True, slots=True)
class Work:
    """How long an agent of pace 1 works on a case of a need, in minutes.

    answer, solve: medians of the first answer and of the work after a promise, log-normal with `spread`.
    solves, asks: the share of first answers that solve, and that ask the customer; the others promise.
    """

    answer: float
    solve: float
    solves: float
    asks: float
    spread: float = 0.45


WORK = {
    "danger": Work(answer=6, solve=20, solves=0.7, asks=0.0, spread=0.3),
    "deadline": Work(answer=11, solve=15, solves=0.75, asks=0.05, spread=0.35),
    "shut-out": Work(answer=13, solve=15, solves=0.65, asks=0.1),
    "money": Work(answer=44, solve=48, solves=0.4, asks=0.12),
    "wrong": Work(answer=49, solve=54, solves=0.4, asks=0.12),
    "question": Work(answer=9, solve=12, solves=0.9, asks=0.04),
    "view": Work(answer=8, solve=10, solves=1.0, asks=0.0),
    "thanks": Work(answer=4, solve=5, solves=1.0, asks=0.0),
}


def work_of(need: str) -> Work:
    """The work of a need's slug, the four grades of deadline being one kind of work."""
    return WORK["deadline" if need.startswith("deadline") else need]
