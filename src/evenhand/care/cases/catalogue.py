"""Needs, lines and working times as they stand, kept for a few seconds so that each contact need not ask again."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from evenhand.care.cases.models import Line, Need
from evenhand.care.clock.models import Calendar
from evenhand.care.clock.working import ALWAYS, WorkingTime
from evenhand.people.models import Person, Place

FRESH_FOR = 5.0
# Where an organisation has set no hours: a plain working week.
USUAL_WEEK = {day: [("09:00", "17:00")] for day in range(5)}


@dataclass(frozen=True)
class Catalogue:
    """One look at everything an organisation has set up for triage, promises and lines."""

    needs: dict[str, Need]
    need_by_id: dict[int, Need]
    places: dict[str, Place]
    names: dict[int, str]
    lines: dict[tuple[int, int], Line]
    line_by_id: dict[int, Line]
    _calendars: dict[int, list[tuple[datetime, WorkingTime]]]

    def name(self, person_id: int) -> str:
        """What a member of staff is called."""
        if person_id not in self.names:
            self.names[person_id] = Person.objects.values_list("name", flat=True).get(pk=person_id)
        return self.names[person_id]

    def line(self, need: Need, place: Place) -> Line:
        """The line of a need at a place; a new need or place gets one when it first is asked for."""
        if (found := self.lines.get((need.pk, place.pk))) is None:
            found, is_new = Line.objects.select_related("need", "place").get_or_create(need=need, place=place)
            if not is_new:  # a new one may yet be rolled back, so it is not remembered
                self.lines[need.pk, place.pk] = self.line_by_id[found.pk] = found
        return found

    def of_line(self, line_id: int) -> Line:
        if (found := self.line_by_id.get(line_id)) is None:
            found = Line.objects.select_related("need", "place").get(pk=line_id)
        return found

    def place_named(self, slug: str | None) -> Place:
        """The place of that name; the head office, or else the first, where none is named."""
        if slug and slug in self.places:
            return self.places[slug]
        return next((place for place in self.places.values() if place.is_head_office), self.first_place())

    def first_place(self) -> Place:
        if not self.places:
            raise NoPlaceYet
        return next(iter(self.places.values()))

    def working_time(self, place: Place, at: datetime) -> WorkingTime:
        """The working hours of a place in the version that was in force."""
        versions = self._calendars.get(place.pk, [])
        for since, hours in reversed(versions):
            if since <= at:
                return hours
        return versions[0][1] if versions else _usual(place.zone)

    def clock(self, line: Line, at: datetime) -> WorkingTime:
        """The clock that a need runs by at a place: at any hour, or in its working hours."""
        return ALWAYS if line.need.runs_always else self.working_time(line.place, at)

    def length(self, standard: timedelta, clock: WorkingTime) -> timedelta:
        """A standard as one length on that clock: whole days count as working days."""
        if clock is ALWAYS or not standard.days:
            return standard
        return clock.working_days(standard.days) + timedelta(seconds=standard.seconds)

    def answer_standard(self, line: Line, at: datetime) -> timedelta:
        return self.length(line.need.answer_standard, self.clock(line, at))


class NoPlaceYet(Exception):
    """Nothing can be let in before there is a place to answer it."""

    def __init__(self) -> None:
        super().__init__("This installation has no place yet. Make the first one at the desk, under Places.")


_usual_weeks: dict[str, WorkingTime] = {}
_latest: dict[str, tuple[float, Catalogue]] = {}


def _usual(zone: str) -> WorkingTime:
    if zone not in _usual_weeks:
        _usual_weeks[zone] = WorkingTime(zone, USUAL_WEEK)
    return _usual_weeks[zone]


def catalogue() -> Catalogue:
    """The catalogue, read anew when it is older than a few seconds."""
    name = str(connection.settings_dict["NAME"])
    read_at, found = _latest.get(name, (0.0, None))
    now = time.monotonic()
    if found is None or now - read_at > FRESH_FOR:
        found = _read()
        _latest[name] = (now, found)
    return found


def forget() -> None:
    """Read it anew next time: something in it was changed here."""
    _latest.clear()


_working_times: dict[str, WorkingTime] = {}


def _read() -> Catalogue:
    needs = list(Need.objects.all())
    lines = list(Line.objects.select_related("need", "place"))
    calendars: dict[int, list[tuple[datetime, WorkingTime]]] = {}
    for calendar in Calendar.objects.order_by("place_id", "in_force_from", "pk"):
        if calendar.hours not in _working_times:
            _working_times[calendar.hours] = calendar.working_time()
        calendars.setdefault(calendar.place_id, []).append((calendar.in_force_from, _working_times[calendar.hours]))
    return Catalogue(
        needs={need.slug: need for need in needs},
        need_by_id={need.pk: need for need in needs},
        places={place.slug: place for place in Place.objects.all()},
        names=dict(Person.objects.values_list("pk", "name")),
        lines={(line.need_id, line.place_id): line for line in lines},
        line_by_id={line.pk: line for line in lines},
        _calendars=calendars,
    )
