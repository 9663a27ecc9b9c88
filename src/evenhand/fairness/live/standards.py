"""The standard of a need as it was when a case came in, and when three of them have run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from evenhand.care.cases.catalogue import Catalogue
from evenhand.care.clock.working import ALWAYS, WorkingTime, first_showing
from evenhand.care.models import Entry, Need
from evenhand.fairness.live.models import Clock
from evenhand.people.models import Person, Place
from evenhand.stats.outcomes import STANDARDS

Pair = tuple[int, int | None]
"""Answer and solution, in seconds as published; a need without a standard for its solution has None."""


@dataclass(frozen=True)
class Change:
    """A standard was changed: when, which, from what to what, by whom (a person's key as the ledger has it)."""

    at: datetime
    need: str
    before: Pair
    after: Pair
    by: str


@dataclass(frozen=True)
class Standards:
    """Every standard, now and before: the ledger tells what was changed, when and by whom."""

    now: Mapping[str, Pair]
    changes: tuple[Change, ...]

    @classmethod
    def known(cls) -> Standards:
        rows = Need.objects.values_list("slug", "answer_standard", "solve_standard")
        now = {
            slug: (int(answer.total_seconds()), None if solve is None else int(solve.total_seconds()))
            for slug, answer, solve in rows
        }
        # What concerns no case has no subject: few entries, found by the ledger's index.
        entries = Entry.objects.filter(subject="", act="standard set").order_by("seq")
        changes = []
        for at, by, body in entries.values_list("at", "by", "body"):
            facts = json.loads(body)
            before, after = ((said["answer_s"], said["solve_s"]) for said in (facts["before"], facts["after"]))
            if before != after:
                changes.append(Change(at, facts["need"], before, after, by))
        return cls(now, tuple(changes))

    def at(self, need: str, when: datetime) -> Pair:
        """The standards of a need at that time. Raises KeyError for a need that is not there."""
        found = self.now[need]
        for change in reversed(self.changes):
            if change.need != need:
                continue
            if change.at <= when:
                return change.after
            found = change.before
        return found

    def all_at(self, when: datetime) -> dict[str, Pair]:
        return {need: self.at(need, when) for need in self.now}

    def changed(self, after: datetime, until: datetime) -> list[tuple[datetime, str]]:
        """What was changed since, up to then, in words."""
        names = dict(Need.objects.values_list("slug", "name"))
        return [
            (change.at, f"The standard of {names.get(change.need, change.need)} was changed{_by(change.by)}.")
            for change in self.changes
            if after < change.at <= until
        ]


def _by(key: str) -> str:
    kind, _, number = key.partition(":")
    if kind != "person" or not number.isdigit():
        return ""
    name = Person.objects.filter(pk=int(number)).values_list("name", flat=True).first()
    return f" by {name}" if name else ""


@dataclass
class Yardstick:
    """What each case is measured by: its place's hours, and the standard of its need when it came in."""

    book: Catalogue
    standards: Standards
    _matures: dict[tuple[int, int, date, str], date] = field(default_factory=dict)
    _zones: dict[str, ZoneInfo] = field(default_factory=dict)

    def clock(self, need: Need, place: Place, at: datetime) -> WorkingTime:
        return ALWAYS if need.runs_always else self.book.working_time(place, at)

    def length(self, need: Need, place: Place, at: datetime, which: Clock) -> timedelta | None:
        """The standard of then, as one length on the clock of then; None where the need has none."""
        answer, solution = self.standards.at(need.slug, at)
        seconds = answer if which is Clock.ANSWER else solution
        if seconds is None:
            return None
        return self.book.length(timedelta(seconds=seconds), self.clock(need, place, at))

    def day(self, at: datetime, place: Place) -> date:
        """The date that the clock on the wall of the place shows."""
        if place.zone not in self._zones:
            self._zones[place.zone] = ZoneInfo(place.zone)
        return at.astimezone(self._zones[place.zone]).date()

    def end_of(self, day: date, place: Place) -> datetime:
        """The first instant of the next day at the place."""
        return first_showing(datetime.combine(day + timedelta(days=1), time()), place.zone)

    def matures_on(self, need: Need, place: Place, day: date, which: Clock) -> date:
        """The day on which the last case that came in on `day` has had its three standards.

        One for all cases of a need, a place and a day of arrival, so that a cell is judged whole. The need must have
        such a standard.
        """
        key = (need.pk, place.pk, day, which.value)
        if key not in self._matures:
            end = self.end_of(day, place)
            last = end - timedelta(microseconds=1)
            length = self.length(need, place, last, which)
            assert length is not None
            self._matures[key] = self.day(self.clock(need, place, last).after(end, STANDARDS * length), place)
        return self._matures[key]

    def matures_everywhere_on(self, need: Need, place: Place, day: date, which: Clock) -> date:
        """The same, for the place that takes longest among those with a line of this need."""
        places = {line.place for (need_id, _), line in self.book.lines.items() if need_id == need.pk} | {place}
        return max(self.matures_on(need, each, day, which) for each in places)
