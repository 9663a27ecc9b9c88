"""Lakeside Bank as rows: its places with their hours and holidays, its staff, and who is on duty when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from django.db import transaction

from evenhand.care.cases import catalogue
from evenhand.care.clock.working import WorkingTime
from evenhand.care.models import Calendar
from evenhand.people.models import Duty, Person, Place
from evenhand.web.demo import organisation
from evenhand.web.demo.organisation import PLACES, STAFF, Hours, OnDuty, turns_of_duty

IN_FORCE_BEFORE = timedelta(days=365)


@transaction.atomic
def found_the_bank(begins: datetime, now: datetime) -> dict[str, Person]:
    """Make the places, their working time and the staff, and enter everyone's turns; staff by mail address.

    begins: aware; since when people work here. Turns reach two weeks beyond `now`, so that somebody is on duty
    while a visitor looks around.
    """
    places = {
        place.slug: Place.objects.create(
            slug=place.slug, name=place.name, zone=place.zone, is_head_office=place.is_head_office
        )
        for place in PLACES
    }
    closed = [day for year in range(begins.year - 1, now.year + 2) for day, _ in organisation.holidays(year)]
    for place in PLACES:
        hours = working_time(place.hours, place.zone, closed)
        Calendar.objects.create(place=places[place.slug], hours=hours.to_json(), in_force_from=begins - IN_FORCE_BEFORE)
    people = {}
    for member in STAFF:
        person = Person.objects.create_user(member.mail, member.name, role=member.role)
        person.places.set([places[slug] for slug in member.places_at(begins, now)])
        people[member.mail] = person
    Person.objects.update(joined_at=begins)
    keep_turns(turns_of_duty(now), people, places)
    catalogue.forget()
    return people


def working_time(hours: Sequence[Hours], zone: str, holidays: Sequence[date]) -> WorkingTime:
    """Weekly intervals of the plan as the clock takes them; one that ends at 00:00 ends with its day."""
    weekly: dict[int, list[tuple[time | str, time | str]]] = {}
    for each in hours:
        weekly.setdefault(each.weekday, []).append((each.begins, each.ends))
    return WorkingTime(zone, weekly, holidays)


def keep_turns(turns: Sequence[OnDuty], people: dict[str, Person], places: dict[str, Place]) -> int:
    """Enter turns of duty as a planned rota: each with its beginning and its end, at the places it is for."""
    rows = [
        Duty(person=people[turn.member.mail], place=places[slug], began_at=turn.begins_at, ended_at=turn.ends_at)
        for turn in turns
        for slug in turn.places
    ]
    return len(Duty.objects.bulk_create(rows))
