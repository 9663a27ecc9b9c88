"""How the desk stands, in words: how many wait, how many of us are here, how long a newcomer waits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median_low

from evenhand.care.cases.catalogue import catalogue
from evenhand.care.models import Outlook
from evenhand.people.models import Duty, Person

FRESH_FOR = timedelta(minutes=30)


@dataclass(frozen=True)
class Load:
    """waiting: people in all lines. here: how many of us are on duty. wait: a newcomer's, past the standard."""

    waiting: int
    here: int
    wait: timedelta

    @property
    def waiting_in_words(self) -> str:
        return f"{self.waiting:,}"

    @property
    def here_in_words(self) -> str:
        return "1 of us is" if self.here == 1 else f"{self.here:,} of us are"

    @property
    def wait_in_words(self) -> str:
        """ "about 2 days": to the day, the hour or the quarter of an hour, so that nobody reads more into it."""
        for size, one, many in ((timedelta(days=1), "a day", "days"), (timedelta(hours=1), "an hour", "hours")):
            if self.wait >= 0.75 * size:
                count = max(1, round(self.wait / size))
                return one if count == 1 else f"{count} {many}"
        return f"{15 * max(1, round(self.wait / timedelta(minutes=15)))} minutes"


def load_of(person: Person, now: datetime) -> Load | None:
    """The state of overload at the places that a person works for; None while newcomers are answered in time.

    Overload is when a newcomer of some need that runs in working hours is forecast to wait longer than its standard.
    """
    book = catalogue()
    mine = {place.pk for place in person.places.all()}
    outlooks = [
        (book.of_line(line_id), wait, waiting)
        for line_id, wait, waiting in Outlook.objects.filter(
            line__place__in=mine, made_at__gt=now - FRESH_FOR
        ).values_list("line_id", "wait", "waiting")
    ]
    too_long = []
    for line, wait, _ in outlooks:
        if wait is None or line.need.runs_always:
            continue
        if book.clock(line, now).between(now, now + wait) > book.answer_standard(line, now):
            too_long.append(wait)
    if not too_long:
        return None
    # A line's outlook counts those of all lines of its place.
    by_place = {line.place_id: waiting for line, _, waiting in outlooks}
    return Load(sum(by_place.values()), _here(mine, now), median_low(too_long))


def _here(places: set[int], now: datetime) -> int:
    return Duty.objects.filter(place__in=places).at(now).values("person_id").distinct().count()
