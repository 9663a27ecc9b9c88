"""How long a newcomer would wait in each line, forecast every minute from who waits, who comes and who is here."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import cast
from zoneinfo import ZoneInfo

import numpy as np
from django.db import connection
from django.db.models import Count, F, Func, QuerySet, TextField
from django.db.models.functions import TruncHour
from numpy.typing import NDArray

from evenhand.care.cases.catalogue import Catalogue, catalogue
from evenhand.care.cases.models import Case, Lease
from evenhand.care.promises import making
from evenhand.care.promises.calibration import Calibration as Stretch
from evenhand.care.promises.forecast import (
    Load,
    Terms,
    forecast_all,
    forecast_of,
    hours_of_the_week,
    level_of_the_last_day,
)
from evenhand.care.promises.models import Calibration, Outlook
from evenhand.people.models import Duty, Person, Place

Floats = NDArray[np.float64]

AGE_EDGES = np.array(
    [0, 0.25, 0.5, 1, 2, 3, 4, 6, 8, 12, 16, 24, 36, 48, 72, 96, 120, 168, 240, 336, 504, 1000, 9000], dtype=float
)
WEEKS_LOOKED_BACK = 4
ANSWERS_AN_HOUR_AT_FIRST = 4.0
"""What one person answers in an hour where nothing has been measured yet."""
SHARE_OF_DUTY_SPENT_ANSWERING = 0.85
HOUR = timedelta(hours=1)
READ_AT_ONCE = 2_000
"""Cases of a place whose waits are read one by one; a longer line is counted by age."""


def look_ahead(now: datetime) -> int:
    """Forecast every line anew; returns how many there are."""
    book, outlooks = catalogue(), []
    stretches = dict(Calibration.objects.values_list("line_id", "state"))
    here = Counter(place for place, _ in Duty.objects.at(now).values_list("place_id", "person_id").distinct())
    for place in book.places.values():
        load, terms = load_at(place, now, book)
        waits = forecast_all(load, terms, now) if load.capacity.any() else {}
        waiting = round(sum(float(counts.sum()) for counts in load.waiting.values()))
        for slug, need in book.needs.items():
            line, wait = book.line(need, place), waits.get(slug)
            stretch = Stretch.from_json(stretches.get(line.pk, {}))
            stretched = None if wait is None else stretch.stretched(wait)
            outlooks.append(
                Outlook(
                    line=line,
                    made_at=now,
                    wait=wait,
                    stretched_wait=stretched,
                    waiting=waiting,
                    on_duty=here[place.pk],
                )
            )
    Outlook.objects.bulk_create(
        outlooks,
        update_conflicts=True,
        unique_fields=["line"],
        update_fields=["made_at", "wait", "stretched_wait", "waiting", "on_duty"],
        batch_size=400,
    )
    return len(outlooks)


def forecast_due(case: Case, now: datetime) -> datetime | None:
    """When a waiting case will be answered as things stand; None where nobody can say."""
    if case.first_unanswered_at is None:
        return None
    book = catalogue()
    load, terms = load_at(case.line.place, now, book, without=case.pk)
    if not load.capacity.any():
        return None
    since = min(case.first_unanswered_at, now)
    return now + forecast_of(load, terms, case.line.need.slug, now, max(since, now - timedelta(hours=8_000)))


def load_at(
    place: Place, now: datetime, book: Catalogue, *, without: int | None = None
) -> tuple[Load, dict[str, Terms]]:
    """What waits at a place, what is to come and who is there.

    without: a case that is not counted, because it is the one asked about: nobody waits for themselves.
    """
    terms = {
        need.slug: Terms(
            standard=book.answer_standard(book.line(need, place), now),
            weight=float(need.weight),
            is_danger=need.is_danger,
            clock=book.clock(book.line(need, place), now),
        )
        for need in book.needs.values()
    }
    arrivals, last_day = _arrivals(place, now, book)
    load = Load(
        age_edges=AGE_EDGES,
        waiting=_waiting({book.line(need, place).pk: slug for slug, need in book.needs.items()}, now, without),
        arrivals=arrivals,
        capacity=_capacity(place, now),
        zone=place.zone,
        level=level_of_the_last_day(last_day, arrivals, place.zone, now),
    )
    return load, terms


def _waiting(slugs: dict[int, str], now: datetime, without: int | None) -> dict[str, Floats]:
    """need → (B,) cases of its line by how long they have waited, those in somebody's hands among them.

    slugs: line → need. A short line is read as it stands; of a long one each age is counted, which is one range of
    the line's index.
    """
    others = Case.objects.exclude(pk=without) if without is not None else Case.objects.all()
    in_line = others.waiting().order_by()
    rows = list(in_line.filter(line_id__in=slugs).values_list("line_id", "first_unanswered_at")[: READ_AT_ONCE + 1])
    counts = {line: np.zeros(len(AGE_EDGES) - 1) for line in slugs}
    if len(rows) > READ_AT_ONCE:
        rows = []
        for line in slugs:
            counts[line] += _counted(in_line.filter(line_id=line), now)
    in_hand = others.filter(line_id__in=slugs, lease_ends_at__isnull=False)
    rows += in_hand.values_list("line_id", "first_unanswered_at")
    for line, since in rows:
        if since is not None and since <= now:
            hours = (now - since) / HOUR
            counts[line][min(int(np.searchsorted(AGE_EDGES, hours, side="right")) - 1, len(AGE_EDGES) - 2)] += 1
    return {slugs[line]: ages for line, ages in counts.items()}


def _counted(line: QuerySet[Case], now: datetime) -> Floats:
    """(B,) cases of a long line by age."""
    return np.array(
        [
            line.filter(
                first_unanswered_at__gt=now - timedelta(hours=float(old)),
                first_unanswered_at__lte=now - timedelta(hours=float(young)),
            ).count()
            for young, old in pairwise(AGE_EDGES)
        ],
        dtype=float,
    )


_profiles: dict[tuple[str, int], tuple[datetime, dict[str, Floats]]] = {}


def _arrivals(place: Place, now: datetime, book: Catalogue) -> tuple[dict[str, Floats], int]:
    """need → (168,) cases an hour over the last weeks by hour of the local week; and how many came in 24 hours."""
    name = (str(connection.settings_dict["NAME"]), place.pk)
    made_at, profile = _profiles.get(name, (None, {}))
    if made_at is None or not timedelta(0) <= now - made_at < timedelta(hours=1):
        profile = _profile(place, now, book)
        _profiles[name] = (now, profile)
    lines = [book.line(need, place).pk for need in book.needs.values()]
    last_day = Case.objects.filter(line_id__in=lines, opened_at__gt=now - timedelta(days=1), opened_at__lte=now)
    return profile, last_day.count()


def forget() -> None:
    """Measure arrivals and pace anew next time, and read the forecasts anew."""
    _profiles.clear()
    _paces.clear()
    making.forget()


def _profile(place: Place, now: datetime, book: Catalogue) -> dict[str, Floats]:
    slugs = {book.line(need, place).pk: slug for slug, need in book.needs.items()}
    cases = Case.objects.filter(
        line_id__in=slugs, opened_at__gt=now - timedelta(weeks=WEEKS_LOOKED_BACK), opened_at__lte=now
    )
    zone = ZoneInfo(place.zone)
    counts: dict[str, Floats] = defaultdict(lambda: np.zeros(168))
    first = now
    for line_id, hour, count in _by_hour(cases):
        local = hour.astimezone(zone)
        counts[slugs[line_id]][local.weekday() * 24 + local.hour] += count
        first = min(first, hour)
    weeks = min(max((now - first) / timedelta(weeks=1), 1.0), float(WEEKS_LOOKED_BACK))
    # An hour is smoothed with its neighbours: a few cases a week say little about any one hour.
    return {slug: _smooth(week) / weeks for slug, week in counts.items()}


def _by_hour(cases: QuerySet[Case]) -> list[tuple[int, datetime, int]]:
    if connection.vendor == "sqlite":
        hour = Func(F("opened_at"), 1, 13, function="SUBSTR", output_field=TextField())
        rows = cases.annotate(hour=hour).values_list("line_id", "hour").annotate(count=Count("pk")).order_by()
        return [
            (line, datetime.fromisoformat(f"{written}:00").replace(tzinfo=UTC), count) for line, written, count in rows
        ]
    found = cases.annotate(hour=TruncHour("opened_at", tzinfo=UTC)).values_list("line_id", "hour")
    return cast(list[tuple[int, datetime, int]], list(found.annotate(count=Count("pk")).order_by()))


def _smooth(week: Floats) -> Floats:
    smooth: Floats = (np.roll(week, 1) + 2 * week + np.roll(week, -1)) / 4
    return smooth


def _capacity(place: Place, now: datetime) -> Floats:
    """(168,) cases an hour that the people on duty can answer, by hour of the local week.

    People: the mean of the last weeks' duty in that hour of the week; where nobody has been on duty yet, those on
    duty now. Each counts for an equal share of the places they work for. Rate: from how long cases were in hand.
    """
    shares, people, weeks, rate = _usual_duty(place, now)
    if weeks < 1.0:
        here = sum(
            shares.get(person, 1.0)
            for person in Duty.objects.filter(place=place).at(now).values_list("person_id", flat=True)
        )
        people = np.maximum(people, np.where(_usual_hours(place, now), here, 0.0))
    capacity: Floats = people / max(weeks, 1.0) * rate * SHARE_OF_DUTY_SPENT_ANSWERING
    return capacity


_duties: dict[tuple[str, int], tuple[datetime, tuple[dict[int, float], Floats, float, float]]] = {}


def _usual_duty(place: Place, now: datetime) -> tuple[dict[int, float], Floats, float, float]:
    """Shares, person-hours of the last weeks, over how many, and answers an hour of one person.

    All of it is weeks long and changes little: it is measured every three hours, in the first week every hour.
    """
    name = (str(connection.settings_dict["NAME"]), place.pk)
    made_at, found = _duties.get(name, (None, None))
    if made_at is None or found is None or not timedelta(0) <= now - made_at < (3 * HOUR if found[2] >= 1.0 else HOUR):
        shares = _shares(place)
        found = (shares, *_people_on_duty(place, shares, now), _answers_an_hour(now))
        _duties[name] = (now, found)
    return found


def _people_on_duty(place: Place, shares: dict[int, float], now: datetime) -> tuple[Floats, float]:
    """(168,) person-hours of duty by hour of the local week over the last weeks, and over how many weeks."""
    begins = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(weeks=WEEKS_LOOKED_BACK)
    rows = [
        (shares.get(person, 1.0), (began - begins) / HOUR, (min(ended or now, now) - begins) / HOUR)
        for person, began, ended in Duty.objects.filter(place=place, began_at__lt=now)
        .exclude(ended_at__lt=begins)
        .values_list("person_id", "began_at", "ended_at")
    ]
    if not rows:
        return np.zeros(168), 0.0
    share, began, ended = np.array(rows).T
    began = np.maximum(began, 0.0)
    # How many are here changes at each coming and going; what has been worked by the end of each hour is its sum.
    times = np.concatenate([began, ended])
    order = np.argsort(times, kind="stable")
    times = times[order]
    here = np.cumsum(np.concatenate([share, -share])[order])
    worked = np.concatenate([[0.0], np.cumsum(here[:-1] * np.diff(times))])
    hours = np.arange(WEEKS_LOOKED_BACK * 168 + 2)
    each = np.diff(np.interp(hours, times, worked))
    people: Floats = np.bincount(hours_of_the_week(place.zone, begins, len(each)), each, 168).astype(float)
    until = (now - begins) / HOUR
    return people, min((until - float(began.min())) / 168, float(WEEKS_LOOKED_BACK))


def _usual_hours(place: Place, now: datetime) -> NDArray[np.bool_]:
    """(168,) the hours of the local week in which the place works."""
    hours = catalogue().working_time(place, now)
    zone = ZoneInfo(place.zone)
    monday = now.astimezone(zone).replace(hour=0, minute=30, second=0, microsecond=0)
    monday -= timedelta(days=monday.weekday())
    return np.array([hours.is_open(monday + timedelta(hours=hour)) for hour in range(168)])


def _shares(place: Place) -> dict[int, float]:
    """Person → the part of their time that is this place's, an equal one for each place they work for."""
    # Counted apart: in one query the places counted would be the one that was asked for.
    counts = Person.objects.filter(pk__in=place.people.values("pk")).annotate(count=Count("places"))
    return {person: 1.0 / max(1, count) for person, count in counts.values_list("pk", "count")}


_paces: dict[str, tuple[datetime, float]] = {}


def _answers_an_hour(now: datetime) -> float:
    """What one person answers in an hour, wherever they sit: measured once for all places that are looked at now."""
    name = str(connection.settings_dict["NAME"])
    made_at, pace = _paces.get(name, (None, 0.0))
    if made_at != now:
        pace = _measured_pace(now)
        _paces[name] = (now, pace)
    return pace


def _measured_pace(now: datetime) -> float:
    """From how long the last cases were in hand (five minutes at least)."""
    acted = Lease.objects.filter(end=Lease.End.ACTED, taken_at__lte=now).order_by("-pk")[:400]
    minutes = [
        (ended - taken) / timedelta(minutes=1) for taken, ended in acted.values_list("taken_at", "ended_at") if ended
    ]
    if len(minutes) < 20:
        return ANSWERS_AN_HOUR_AT_FIRST
    return 60.0 / max(float(np.mean(minutes)), 5.0)
