from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from evenhand.care.cases import catalogue
from evenhand.people.models import Person
from factories import NOW, a_desk, a_person, a_place
from tests.desk.conftest import clock
from tests.fairness_pages.world import SMALL, a_fair_desk, audited

__all__ = ["clock"]


@dataclass(frozen=True)
class House:
    """A desk whose audit has found something, and who works there."""

    agent: Person
    supervisor: Person
    auditor: Person
    administrator: Person


@pytest.fixture(scope="module")
def filled(django_db_setup: None, django_db_blocker: Any) -> Iterator[House]:
    """Forty days of cases, audited once for all tests of a file; each test's own changes are undone after it."""
    with django_db_blocker.unblock(), transaction.atomic():
        catalogue.forget()
        agent, supervisor = a_desk(a_place())
        administrator = a_person("Ada Boss", role=Person.Role.ADMINISTRATOR)
        auditor = a_person("Eve Audit", role=Person.Role.AUDITOR)
        desk = a_fair_desk()
        desk.other.append((SMALL / desk.days + 1e-9, {"has_address": False}, 1.0))
        audited(desk, NOW, administrator)
        yield House(agent, supervisor, auditor, administrator)
        transaction.set_rollback(True)
        catalogue.forget()


@pytest.fixture
def sign_in(db: None, clock: object) -> Callable[[Person], Client]:
    """A browser in which this person is signed in."""

    def signed_in(person: Person) -> Client:
        client = Client()
        client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return signed_in


@pytest.fixture
def house(filled: House, db: None, clock: object) -> House:
    return filled
