"""Lakeside Bank, which does not exist: its places, its hours, its holidays and who sits at the desk when.

Two things are so that the audit has something to find, and both happen in real offices. Until the quarter begins
Fremont has somebody at the desk for two hours and a half a day; then Denise Carter and Luis Herrera move there from
Oakland, where that leaves four hours. And the back office takes its cases in the order in which customers
wrote, so that solutions come after much the same time for everybody.

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
Role = Literal["agent", "supervisor", "auditor", "administrator"]

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
    """Somebody who answers. places: whose lines they take from; places_before: until the quarter began, where others.
    pace: 1 is usual, .8 takes a quarter longer."""

    name: str
    mail: str
    role: Role
    places: tuple[str, ...]
    turns: tuple[Hours, ...]
    languages: tuple[str, ...] = ("en",)
    pace: float = 1.0
    places_before: tuple[str, ...] = ()

    def places_at(self, at: datetime, now: datetime) -> tuple[str, ...]:
        """Whose lines they take from at a time, in the replay that ends now; both aware."""
        return self.places_before if self.places_before and at < quarter_began(now) else self.places


def _week(begins: float, ends: float, *weekdays: int) -> tuple[Hours, ...]:
    return tuple(Hours(day, _clock(begins), _clock(ends)) for day in weekdays)


def _clock(hour: float) -> time:
    return time(int(hour) % 24, round(hour % 1 * 60))


WORKDAYS = (MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY)
BRANCH_HOURS = _week(9, 18, *WORKDAYS)
HEAD_OFFICE_HOURS = _week(8, 19, *WORKDAYS) + _week(9, 14, SATURDAY)

OAKLAND, FREMONT, BERKELEY, LAKESIDE = "oakland", "fremont", "berkeley", "lakeside"
PLACES = (
    Place(OAKLAND, "Oakland", ZONE, BRANCH_HOURS, share=0.21),
    Place(FREMONT, "Fremont", ZONE, BRANCH_HOURS, share=0.31),
    Place(BERKELEY, "Berkeley", ZONE, BRANCH_HOURS, share=0.08),
    Place(LAKESIDE, "Lakeside head office", ZONE, HEAD_OFFICE_HOURS, share=0.4, is_head_office=True),
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
    before: tuple[str, ...] = (),
) -> Member:
    plain = name.lower().replace(". ", ".").replace(" ", ".").replace("'", "")
    plain = plain.translate(str.maketrans("áéíóúñüç", "aeiounuc"))
    return Member(name, f"{plain}@lakeside.example", role, places, sum(turns, ()), languages, pace, before)


_EN_ES = ("en", "es")
STAFF = (
    # Oakland
    _member("Maya Okafor", (OAKLAND,), _week(9, 11.5, *WORKDAYS)),
    _member("Ngozi Eze", (OAKLAND,), _week(15, 16.5, *WORKDAYS), pace=0.9),
    # Fremont
    _member("Priya Raman", (FREMONT,), _week(9, 11.5, *WORKDAYS)),
    # at Oakland, until they are moved to Fremont
    _member("Denise Carter", (FREMONT,), _week(9, 13, *WORKDAYS), before=(OAKLAND,)),
    _member("Luis Herrera", (FREMONT,), _week(13, 18, *WORKDAYS), languages=_EN_ES, before=(OAKLAND,)),
    # Berkeley
    _member("Hannah Lindqvist", (BERKELEY,), _week(9, 13, *WORKDAYS)),
    _member("Minh Tran", (BERKELEY,), _week(13, 18, *WORKDAYS)),
    # head office
    _member("J. Ames", (LAKESIDE, BERKELEY), _week(9, 13, *WORKDAYS), pace=1.1),
    _member("Rosa Delgado", (LAKESIDE, BERKELEY), _week(13, 17, *WORKDAYS), languages=_EN_ES),
    _member("Carmen Reyes", (LAKESIDE,), _week(11, 15, *WORKDAYS), languages=_EN_ES),
    _member("Wei Zhang", (LAKESIDE,), _week(9, 11, *WORKDAYS)),
    _member("Farid Azizi", (LAKESIDE,), _week(15, 18, *WORKDAYS), pace=0.9),
    _member("George Whitfield", (LAKESIDE,), _week(10, 12, TUESDAY, THURSDAY), pace=0.8),
    _member("Yuki Tanaka", (LAKESIDE,), _week(14, 16, MONDAY, WEDNESDAY)),
    # the evening, weekend and night desk, for all places: whoever has a deadline or is in danger does not wait
    _member("Daniel Kim", EVERYWHERE, _week(17, 0, MONDAY, TUESDAY, WEDNESDAY, THURSDAY)),
    _member("Leilani Kealoha", EVERYWHERE, _week(17, 0, FRIDAY, SATURDAY, SUNDAY), languages=_EN_ES),
    _member("Tomasz Nowak", EVERYWHERE, _week(9, 17, SATURDAY)),
    _member("Aisha Mohamud", EVERYWHERE, _week(9, 17, SUNDAY)),
    _member("Samuel Adeyemi", EVERYWHERE, _week(0, 9, MONDAY, TUESDAY, WEDNESDAY, THURSDAY)),
    _member("Irene Papadakis", EVERYWHERE, _week(0, 9, FRIDAY, SATURDAY, SUNDAY), languages=_EN_ES),
    # supervisors answer calls for a supervisor, take what was missed, and danger where nobody else is at the desk
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
    _member("Amara Singh", (LAKESIDE,), role="auditor"),
    _member("Robin Castellano", (LAKESIDE,), role="administrator"),
)
BACK_OFFICE_DAYS, GIVE_OR_TAKE = 2.0, timedelta(hours=1)
"""What an agent cannot decide comes back from the back office so many working days after the customer wrote."""

BEFORE_THE_QUARTER = timedelta(days=43)
"""So long before the quarter the replay begins: time enough for the audit to find the gap at Fremont."""
INTO_THE_QUARTER = timedelta(weeks=7)
"""So far into it the bank opens to visitors, or up to a week further: an audit's series begins with a quarter."""
BUSY_WEEKS_AGO = 3
AWAY_IN_THE_BUSY_WEEK = (
    "rosa.delgado@lakeside.example",
    "minh.tran@lakeside.example",
    "carmen.reyes@lakeside.example",
)


@dataclass(frozen=True, slots=True)
class OnDuty:
    """A turn as it falls in the calendar, and the places it is for; both times UTC."""

    member: Member
    begins_at: datetime
    ends_at: datetime
    places: tuple[str, ...] = EVERYWHERE


def opens_at(now: datetime) -> datetime:
    """The latest time, by whole weeks before `now` at the same hour of the wall clock, that lies in the eighth week
    of a quarter. now: aware; returned in UTC."""
    local = now.astimezone(ZoneInfo(ZONE))
    for weeks in range(14):
        found = local - timedelta(weeks=weeks)  # on the wall: the hour stays, whatever the season
        if INTO_THE_QUARTER <= found - quarter_began(found) < INTO_THE_QUARTER + timedelta(weeks=1):
            return found.astimezone(UTC)
    raise AssertionError("a quarter has more than thirteen weeks")


def quarter_began(now: datetime) -> datetime:
    """The first midnight of the quarter, at the head office."""
    local = now.astimezone(ZoneInfo(ZONE))
    return datetime(local.year, (local.month - 1) // 3 * 3 + 1, 1, tzinfo=ZoneInfo(ZONE))


def replay_begins(now: datetime) -> datetime:
    """When the replay that ends now begins, in UTC."""
    return quarter_began(now).astimezone(UTC) - BEFORE_THE_QUARTER


def is_busy(at: datetime, now: datetime) -> bool:
    """Whether a time lies in the week, counted back from now, in which more people write and three are away."""
    return math.floor((now - at) / timedelta(weeks=1)) == BUSY_WEEKS_AGO


def turns_of_duty(now: datetime, ahead: timedelta = timedelta(days=14)) -> list[OnDuty]:
    """Every turn from when the replay begins until `ahead` after `now`, in order of its beginning.

    now: aware. Absences are taken out, and on holidays the turns of those who work for a branch alone.
    """
    zone = ZoneInfo(ZONE)
    begins, ends = replay_begins(now), now + ahead
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
                if is_busy(from_at, now) and member.mail in AWAY_IN_THE_BUSY_WEEK:
                    continue
                if to_at > begins and from_at < ends:
                    found.append(OnDuty(member, from_at, to_at, member.places_at(from_at, now)))
    return sorted(found, key=lambda duty: (duty.begins_at, duty.member.mail))


@dataclass(frozen=True, slots=True)
class Work:
    """How long an agent of pace 1 works on a case of a need, in minutes.

    answer, solve: medians of the first answer and of the work after a promise, log-normal with `spread`.
    solves, asks: the share of first answers that solve, and that ask the customer; the others promise.
    waits_for_the_back_office: the rest cannot begin before the back office has decided.
    """

    answer: float
    solve: float
    solves: float
    asks: float
    spread: float = 0.45
    waits_for_the_back_office: bool = False


WORK = {
    "danger": Work(answer=6, solve=20, solves=0.7, asks=0.0, spread=0.3),
    "deadline": Work(answer=11, solve=15, solves=0.75, asks=0.05, spread=0.35),
    "shut-out": Work(answer=13, solve=15, solves=0.65, asks=0.1),
    "money": Work(answer=15, solve=6, solves=0.0, asks=0.01, waits_for_the_back_office=True),
    "wrong": Work(answer=16, solve=6, solves=0.0, asks=0.01, waits_for_the_back_office=True),
    "question": Work(answer=9, solve=12, solves=0.9, asks=0.04),
    "view": Work(answer=8, solve=10, solves=1.0, asks=0.0),
    "thanks": Work(answer=4, solve=5, solves=1.0, asks=0.0),
}


def work_of(need: str) -> Work:
    """The work of a need's slug, the four grades of deadline being one kind of work."""
    return WORK["deadline" if need.startswith("deadline") else need]
