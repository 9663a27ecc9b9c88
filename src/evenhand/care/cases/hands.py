"""Whose hands a case is in: owners by name, leases, and what happens when a lease runs out."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from datetime import datetime

from django.db import connection
from django.db.models import Q

from evenhand.care.asking import find, find_all
from evenhand.care.cases.models import Case, Lease, OpenLoad, Ownership
from evenhand.care.ledger import writing as ledger
from evenhand.people.models import Duty, Person, Place


class NobodyWorksHere(Exception):
    """There is no member of staff at all, so nobody could own a case."""

    def __init__(self, place: Place) -> None:
        super().__init__(f"Nobody works at {place}, nor anywhere else. Invite the first colleague, then try again.")


class Rota:
    """Who could own a case of a place now, least laden first; it counts along as it names owners."""

    def __init__(self, place: Place, now: datetime, without: Iterable[int] = ()) -> None:
        self._heap = _candidates(place, now, frozenset(without))
        heapq.heapify(self._heap)

    def next_owner(self) -> int:
        """The person with the fewest open cases; ties go to whoever joined first."""
        load, person = self._heap[0]
        heapq.heapreplace(self._heap, (load + 1, person))
        return person


_ON_DUTY = """
    SELECT COALESCE(care_openload.count, 0), people_person.id, people_person.role
    FROM people_duty
    JOIN people_person ON people_person.id = people_duty.person_id
    LEFT JOIN care_openload ON care_openload.person_id = people_person.id
    WHERE people_duty.place_id = %s AND people_person.is_active AND people_person.role <> 'auditor'
      AND people_duty.began_at <= %s AND (people_duty.ended_at IS NULL OR people_duty.ended_at > %s)
"""


def _candidates(place: Place, now: datetime, without: frozenset[int]) -> list[tuple[int, int]]:
    """(open cases, person): agents on duty at the place; failing them whoever is; then who works there; then anyone.

    Asked for every contact, so the usual case is one plain query.
    """
    at = connection.ops.adapt_datetimefield_value(now)
    with connection.cursor() as cursor:
        cursor.execute(_ON_DUTY, [place.pk, at, at])
        on_duty = {(load, person, role) for load, person, role in cursor.fetchall()}
    everyone = {(load, person) for load, person, _ in on_duty}
    agents = {(load, person) for load, person, role in on_duty if role == Person.Role.AGENT}
    for choice in (agents, everyone):
        if left := [(load, person) for load, person in choice if person not in without] or list(choice):
            return left
    active = Person.objects.who_act()
    for people in (active.filter(role=Person.Role.AGENT, places=place), active.filter(places=place), active):
        if found := list(people.values_list("pk", flat=True)):
            loads = dict(OpenLoad.objects.filter(person__in=found).values_list("person_id", "count"))
            some = [person for person in found if person not in without] or found
            return [(loads.get(person, 0), person) for person in some]
    raise NobodyWorksHere(place)


def supervisor_for(place: Place, now: datetime) -> Person:
    """The supervisor who is told, one who may open the case: on duty at its place, or works there, or sees all.

    Failing all, whoever there is.
    """
    active = Person.objects.who_act()
    supervisors = active.filter(role__in=[Person.Role.SUPERVISOR, Person.Role.ADMINISTRATOR]).order_by("pk")
    on_duty = Duty.objects.filter(place=place).at(now).values("person_id")
    only = supervisors.filter(role=Person.Role.SUPERVISOR)
    see_all = supervisors.filter(Q(role=Person.Role.ADMINISTRATOR) | Q(places__is_head_office=True))
    for choice in (only.filter(pk__in=on_duty), only.filter(places=place), see_all, supervisors, active):
        if found := choice.first():
            return found
    raise NobodyWorksHere(place)


def count_open(person_id: int, by: int) -> None:
    """Keep the number of a person's open cases as it changes."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE care_openload SET count = count + %s WHERE person_id = %s", [by, person_id])
        is_kept = cursor.rowcount > 0
    if not is_kept:
        OpenLoad.objects.get_or_create(person_id=person_id, defaults={"count": max(by, 0)})


def make_owner(case: Case, person_id: int, why: Ownership.Why, now: datetime) -> None:
    """Name the owner; nothing happens when it is theirs already."""
    if case.owner_id == person_id:
        return
    if case.is_open:
        count_open(case.owner_id, -1)
        count_open(person_id, +1)
    before, case.owner_id = case.owner_id, person_id
    Case.objects.filter(pk=case.pk).update(owner_id=person_id)
    Ownership.objects.create(case=case, person_id=person_id, why=why, began_at=now)
    ledger.write(
        ledger.Act(
            "owner named",
            now,
            case.reference,
            facts={"owner": person_id, "before": before, "why": why.value},
        )
    )


def own_again(case: Case, now: datetime) -> None:
    """A case is open again: where its owner has left meanwhile, the next person is named."""
    if not case.owner.is_active:
        make_owner(case, Rota(case.line.place, now, [case.owner_id]).next_owner(), Ownership.Why.HANDED_ON, now)


def take(case: Case, person: Person, now: datetime, until: datetime, *, reason: str = "", overtaken: int = 0) -> Lease:
    """Put the case into a person's hands until then; they own it from now on, and the customer's page says so."""
    Lease.objects.filter(case=case, ended_at=None).update(ended_at=now, end=Lease.End.TAKEN)
    lease = Lease.objects.create(
        case=case, person=person, taken_at=now, ends_at=until, reason=reason, overtaken=overtaken
    )
    case.lease_ends_at = until
    Case.objects.filter(pk=case.pk).update(lease_ends_at=until)
    ledger.write(
        ledger.Act(
            "taken",
            now,
            case.reference,
            f"person:{person.pk}",
            {"until": until.isoformat(), "overtaken": overtaken, "is_head": not reason},
        )
    )
    make_owner(case, person.pk, Ownership.Why.TOOK, now)
    return lease


def end_lease(case: Case, how: Lease.End, now: datetime) -> Lease | None:
    """Take the case out of whosever hands it is in; its place in line is untouched."""
    lease = find(Lease, "case_id = %s AND ended_at IS NULL", case.pk)
    if lease is not None:
        lease.ended_at, lease.end = now, how
        lease.save(update_fields=["ended_at", "end"])
    if case.lease_ends_at is not None:
        case.lease_ends_at = None
        Case.objects.filter(pk=case.pk).update(lease_ends_at=None)
    return lease


def give_back_all(person: Person, now: datetime) -> None:
    """Give back what this person holds and has not written in."""
    for lease in find_all(Lease, "person_id = %s AND ended_at IS NULL", person.pk):
        end_lease(lease.case, Lease.End.GIVEN_BACK, now)
        ledger.write(ledger.Act("given back", now, lease.case.reference, f"person:{person.pk}"))
