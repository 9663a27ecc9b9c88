"""Figures in words, and days by the calendar of the house."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from evenhand.fairness.live.models import Policy, Series
from evenhand.fairness.pages.figures import between, percent, working_hours
from evenhand.fairness.pages.found import began_on
from evenhand.fairness.pages.shouting import midnight
from evenhand.fairness.practice.models import ProbeRun
from evenhand.people.models import Person
from factories import NOW, a_desk, a_person, a_place
from tests.fairness_pages.test_report import shown


@pytest.mark.parametrize(
    ("share", "said"),
    [(0.0, "0"), (0.002, "0.2"), (0.007, "1"), (0.96, "96"), (0.991, "99"), (0.997, "99.7"), (1.0, "100")],
)
def test_a_share_has_one_digit_more_only_where_it_would_say_all_or_none(share, said):
    assert percent(share) == f"{said}\N{NO-BREAK SPACE}%"


def test_both_ends_of_an_interval_are_told_alike():
    assert between((0.962, 0.991)) == "96–99\N{NO-BREAK SPACE}%"


@pytest.mark.parametrize(
    ("wait", "said"),
    [(32, "32 working hours"), (1, "1 working hour"), (0.5, "30 working minutes"), (72, "72 working hours")],
)
def test_a_wait_in_working_time_is_told_in_hours_because_no_working_day_has_twenty_four(wait, said):
    assert working_hours(timedelta(hours=wait)) == said


@pytest.mark.django_db
def test_a_series_that_begins_at_midnight_in_the_east_begins_on_that_day():
    a_place("berlin", zone="Europe/Berlin", is_head_office=True)
    series = Series(began_at=datetime(2026, 9, 30, 22, tzinfo=UTC), policy=Policy())
    assert began_on(series) == date(2026, 10, 1)


@pytest.mark.django_db
def test_the_audit_s_pages_tell_times_by_the_clock_of_the_house(sign_in):
    a_desk(a_place("oakland", zone="America/Los_Angeles", is_head_office=True))
    ProbeRun.objects.create(at=NOW, seed=1, code_version="0.1", pairs=2, unequal=0, longest=0.05)
    said = shown(sign_in(a_person("Eve Audit", role=Person.Role.AUDITOR)).get("/fairness/probes/"))
    assert "3 March 2026, 02:00" in said
    assert "10:00" not in said
    assert midnight(NOW) == datetime(2026, 3, 3, 8, tzinfo=UTC)
