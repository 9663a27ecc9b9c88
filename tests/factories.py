"""Ordinary things for tests: a factory takes what the test is about, the rest is ordinary."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

from evenhand.care.cases import catalogue
from evenhand.care.clock.working import ALWAYS, WorkingTime
from evenhand.care.models import Calendar, Case, Contact
from evenhand.care.triage import admit
from evenhand.care.triage.reading import Judgement
from evenhand.doors.intake import Knock, LetIn, let_in
from evenhand.identity.recognise import Caller
from evenhand.people.models import Person, Place

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NOW = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)
"""A Tuesday, ten in the morning."""

_numbers = itertools.count(1)


def a_place(slug: str = "oakland", *, always_open: bool = True, zone: str = "UTC", **fields: Any) -> Place:
    """A place; open at any hour unless the test is about hours."""
    fields.setdefault("name", slug.title())
    place, is_new = Place.objects.get_or_create(slug=slug, defaults={"zone": zone, **fields})
    if is_new and always_open:
        keep_hours(place, ALWAYS)
    catalogue.forget()
    return place


def keep_hours(place: Place, hours: WorkingTime, since: datetime = NOW - 365 * DAY) -> Calendar:
    kept = Calendar.objects.create(place=place, hours=hours.to_json(), in_force_from=since)
    catalogue.forget()
    return kept


def a_person(
    name: str = "Maya Okafor",
    *,
    role: str = Person.Role.AGENT,
    places: list[Place] | None = None,
    on_duty_since: datetime | None = NOW - DAY,
    email: str = "",
) -> Person:
    """A member of staff who works at every given place (or the usual one) and is on duty."""
    person = Person.objects.create_user(email or f"person{next(_numbers)}@example.org", name, role=role)
    person.places.set(places if places is not None else [a_place()])
    if on_duty_since is not None:
        person.come_on_duty(on_duty_since)
    return person


def an_agent(name: str = "Maya Okafor", **about: Any) -> Person:
    return a_person(name, **about)


def a_supervisor(name: str = "Jonas Ames", **about: Any) -> Person:
    return a_person(name, role=Person.Role.SUPERVISOR, **about)


def a_desk(place: Place | None = None) -> tuple[Person, Person]:
    """An agent and a supervisor on duty at one place."""
    place = place or a_place()
    return an_agent(places=[place]), a_supervisor(places=[place])


def a_knock(words: str = "I was charged twice for the same transfer.", **about: Any) -> Knock:
    about.setdefault("door", "form")
    about.setdefault("sent_at", NOW)
    if "email" in about:
        about["caller"] = Caller(email=about.pop("email"), name=about.pop("name", ""))
    return Knock(words=words, **about)


def let_someone_in(
    words: str = "I was charged twice for the same transfer.", now: datetime = NOW, **about: Any
) -> LetIn:
    about.setdefault("sent_at", now)
    return let_in(a_knock(words, **about), now)


def a_case(words: str = "I was charged twice for the same transfer.", now: datetime = NOW, **about: Any) -> Case:
    """A case that came in by a door; need=slug is what triage reads in its words."""
    need = about.pop("need", None)
    with read_as(need) if need else nullcontext():
        told = let_someone_in(words, now, **about)
    return Case.objects.select_related("line__need", "line__place", "owner").get(pk=told.case_id)


@contextmanager
def read_as(need: str) -> Iterator[None]:
    """Triage reads this need in whatever is said."""

    def read_all(contacts: Sequence[object], **times: object) -> list[Judgement]:
        return [Judgement(need, 0.9, {need: 0.9}, None, True, None, "in a test") for _ in contacts]

    with mock.patch.object(admit, "read_all", read_all):
        yield


def a_contact(case: Case, words: str = "And another thing.", now: datetime = NOW, **about: Any) -> Contact:
    about.setdefault("sent_at", now)
    return Contact.objects.create(uid=uuid.uuid4(), case=case, words=words, received_at=now, **about)
