from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from unittest import mock

import pytest
from django.test import Client
from django.utils import timezone

from evenhand.people.models import Person
from factories import NOW


class Clock:
    """The time that the pages read; a test sets it."""

    def __init__(self) -> None:
        self.now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Iterator[Clock]:
    clock = Clock()
    with mock.patch.object(timezone, "now", clock):
        yield clock


@pytest.fixture
def sign_in(db: None, clock: Clock, settings: object) -> Callable[[Person], Client]:
    """A browser in which this person is signed in."""

    def signed_in(person: Person) -> Client:
        client = Client()
        client.force_login(person)
        return client

    return signed_in


@pytest.fixture
def warm_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    """The catalogue is not read anew in the middle of a count of queries."""
    monkeypatch.setattr("evenhand.care.cases.catalogue.FRESH_FOR", 1e9)
