"""Some days of the demo, replayed once for every test of this folder that only looks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.test import override_settings

from evenhand.care.cases import catalogue
from evenhand.care.promises import outlook
from evenhand.web.demo.draw import draw
from evenhand.web.demo.founding import found_the_bank
from evenhand.web.demo.organisation import turns_of_duty
from evenhand.web.demo.replay import Count, Replay

SEED = 7
OPENED = datetime.fromisoformat("2026-03-05T11:40:00-08:00")
"""A Thursday before noon, when most of the staff are here."""


@dataclass
class Replayed:
    begins: datetime
    ends: datetime
    count: Count


def a_replay(days: float, ends: datetime = OPENED, *, stops_after: float | None = None) -> Replayed:
    """The last days before `ends`; with stops_after, only so many of them."""
    catalogue.forget()
    outlook.forget()
    begins = ends - timedelta(days=days)
    until = ends if stops_after is None else begins + timedelta(days=stops_after)
    people = found_the_bank(begins, ends)
    arrivals = [each for each in draw(SEED, ends) if begins <= each.sent_at < until]
    count = Replay(arrivals, turns_of_duty(ends), people, begins=begins, ends=until, leaves=2).run()
    return Replayed(begins, until, count)


@pytest.fixture(scope="module")
def four_days(django_db_setup: None, django_db_blocker: object) -> Iterator[Replayed]:
    """Four days in the rows of the database, for reading; taken back at the end."""
    with django_db_blocker.unblock(), override_settings(IS_DEMO=True), transaction.atomic():
        yield a_replay(4)
        transaction.set_rollback(True)
    catalogue.forget()
    outlook.forget()


@pytest.fixture
def in_the_demo(settings: object) -> None:
    settings.IS_DEMO = True
